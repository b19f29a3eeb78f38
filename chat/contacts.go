package chat

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"switchboard"
	"switchboard/store"
)

// PendingRequests returns the subscription requests that wait for the asker's
// answer: each available stream gets them first (RFC 6121 §3.1.3).
func (s *Service) PendingRequests(ctx context.Context, p switchboard.Principal) ([]SubscriptionPresence, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return nil, err
	}
	var all []SubscriptionPresence
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.Requests(a.id)
		for _, c := range rows {
			from, err := switchboard.ParseJID(c.JID)
			if err != nil || a.blocked(from) {
				continue
			}
			all = append(all, SubscriptionPresence{From: from, To: a.jid, Type: Subscribe, Stanza: c.Request})
		}
		return err
	})
	return all, err
}

// PresenceContacts returns the contacts that share presence with the asker in
// one direction or both, without those that either side blocks. Also for an
// account that may no longer sign in: its contacts have to hear that it has gone.
func (s *Service) PresenceContacts(ctx context.Context, p switchboard.Principal) ([]Contact, error) {
	a, err := s.anyAsker(ctx, p)
	if err != nil {
		return nil, err
	}
	var all []Contact
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		peers, err := tx.Peers(a.id, a.tenant.id)
		if err != nil || len(peers) == 0 {
			return err
		}
		hidden, err := hiddenFrom(tx, a)
		if err != nil {
			return err
		}
		for _, peer := range peers {
			j, err := switchboard.ParseJID(peer.JID)
			if err == nil && !hidden[peer.Account] && !a.blocked(j) {
				all = append(all, Contact{JID: j, Account: peer.Account, From: peer.From, To: peer.To})
			}
		}
		return nil
	})
	return all, err
}

// MaySeePresence reports whether the asker may know another account's presence:
// it is subscribed to it (or is it), and neither blocks the other.
func (s *Service) MaySeePresence(ctx context.Context, p switchboard.Principal, of switchboard.JID) (bool, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return false, err
	}
	of = of.Bare()
	if of == a.jid {
		return true, nil
	}
	other, err := s.counterpart(ctx, a, of)
	if err != nil || other == nil || a.blocked(of) {
		return false, err
	}
	var c store.Contact
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		c, err = tx.Contact(other.id, a.bare)
		return err
	})
	if err == store.ErrNone {
		return false, nil
	}
	return c.From, err
}

// Contacts returns a page of the persons in the asker's roster and of all with
// whom it has a chat, by name, under the rules of Person.
func (s *Service) Contacts(ctx context.Context, p switchboard.Principal, q PeopleQuery) (PeoplePage, error) {
	return s.peoplePage(ctx, p, q, func(tx *store.Tx, a *account) ([]store.Account, error) {
		names, err := acquaintances(tx, a)
		if err != nil {
			return nil, err
		}
		hidden, err := hiddenFrom(tx, a)
		if err != nil {
			return nil, err
		}
		rows, err := tx.AccountsByNames(a.tenant.id, slices.Collect(maps.Keys(names)))
		return slices.DeleteFunc(rows, func(row store.Account) bool { return hidden[row.ID] }), err
	})
}

// acquaintances are the localparts in an account's roster, and of those with whom it has a chat.
func acquaintances(tx *store.Tx, a *account) (map[string]bool, error) {
	names := make(map[string]bool)
	contacts, err := tx.Contacts(a.id, -1)
	if err != nil {
		return nil, err
	}
	for _, c := range contacts {
		if c.Listed && c.Localpart != "" {
			names[c.Localpart] = true
		}
	}
	heads, err := tx.Heads(a.archive)
	for _, h := range heads {
		if j, err := switchboard.ParseJID(h.Peer); err == nil && j.Domain == a.tenant.domain && j.Local != "" {
			names[j.Local] = true
		}
	}
	delete(names, a.jid.Local)
	return names, err
}

// BlockedPeople returns a page of the persons whom the asker blocks, by name.
func (s *Service) BlockedPeople(ctx context.Context, p switchboard.Principal, q PeopleQuery) (PeoplePage, error) {
	return s.peoplePage(ctx, p, q, func(tx *store.Tx, a *account) ([]store.Account, error) {
		texts, err := tx.Blocks(a.id)
		if err != nil {
			return nil, err
		}
		var names []string
		for _, j := range parseAll(texts) {
			if j.Domain == a.tenant.domain && j.Local != "" && j.IsBare() {
				names = append(names, j.Local)
			}
		}
		rows, err := tx.AccountsByNames(a.tenant.id, names)
		if err != nil {
			return nil, err
		}
		hidden, err := hiddenFrom(tx, a)
		for i := range rows {
			if hidden[rows[i].ID] { // each blocks the other
				rows[i].Profile, rows[i].Seen = Profile{}, time.Time{}
			}
		}
		return rows, err
	})
}

// BlockedByPeople returns a page of the persons who block the asker, by name.
// Their profiles are hidden from whom they block: only the address is told.
func (s *Service) BlockedByPeople(ctx context.Context, p switchboard.Principal, q PeopleQuery) (PeoplePage, error) {
	return s.peoplePage(ctx, p, q, func(tx *store.Tx, a *account) ([]store.Account, error) {
		rows, err := tx.BlockedBy(a.tenant.id, a.bare)
		for i := range rows {
			rows[i].Profile, rows[i].Seen = Profile{}, time.Time{}
		}
		return rows, err
	})
}

// peoplePage makes a page of the accounts that find returns.
func (s *Service) peoplePage(ctx context.Context, p switchboard.Principal, q PeopleQuery, find func(*store.Tx, *account) ([]store.Account, error)) (PeoplePage, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return PeoplePage{}, err
	}
	var rows []store.Account
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = find(tx, a)
		return err
	})
	rows = slices.DeleteFunc(rows, func(row store.Account) bool {
		return row.Gone() || row.Kind == switchboard.Client || q.Kind != "" && row.Kind != q.Kind || !q.matches(row) || !q.finds(row)
	})
	slices.SortFunc(rows, func(x, y store.Account) int {
		return cmp.Or(cmp.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)), cmp.Compare(x.Localpart, y.Localpart))
	})
	page, size := paging(q.Page, q.Size, 50)
	answer := PeoplePage{Total: len(rows), Pages: pages(len(rows), size)}
	first := min((page-1)*size, len(rows))
	for _, row := range rows[first:min(first+size, len(rows))] {
		answer.People = append(answer.People, a.sees(row))
	}
	return answer, err
}

// finds tells whether a row has what is searched for in its name or localpart.
func (q PeopleQuery) finds(row store.Account) bool {
	part := strings.ToLower(q.Search)
	return part == "" || strings.Contains(row.Localpart, part) || strings.Contains(strings.ToLower(row.Name), part)
}
