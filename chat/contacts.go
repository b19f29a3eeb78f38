package chat

import (
	"context"

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

// Contacts returns the contacts that share presence with the asker in one
// direction or both, without those that either side blocks.
func (s *Service) Contacts(ctx context.Context, p switchboard.Principal) ([]Contact, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return nil, err
	}
	var all []Contact
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		peers, err := tx.Peers(a.id, a.tenant.id)
		if err != nil || len(peers) == 0 {
			return err
		}
		blockers, err := tx.BlockedBy(a.tenant.id, a.bare)
		if err != nil {
			return err
		}
		hidden := make(map[switchboard.AccountID]bool, len(blockers))
		for _, b := range blockers {
			hidden[b.ID] = true
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
