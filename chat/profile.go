package chat

import (
	"context"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"switchboard"
	"switchboard/bus"
	"switchboard/store"
)

// Profile is what an account shows of itself.
type Profile = store.Profile

// Person is an account as others see it.
type Person struct {
	Account switchboard.AccountID
	JID     switchboard.JID
	Kind    switchboard.AccountKind
	Profile Profile
	Created time.Time
}

// PeopleQuery asks for persons of the tenant.
type PeopleQuery struct {
	Search         string
	Page           int                     // from 1
	Size           int                     // 0 means 50
	Kind           switchboard.AccountKind // "" means users
	MetadataKey    string                  // only persons that have this key …
	MetadataValues []string                // … with one of these values, if there are any
}

// PeoplePage is a page of persons.
type PeoplePage struct {
	People []Person
	Total  int
	Pages  int
}

var (
	errNoPerson     = switchboard.E(switchboard.NotFound, "user-not-found", "there is no such user")
	errManyMetadata = switchboard.Ef(switchboard.Invalid, "too-much-metadata", "a profile has at most %d metadata pairs",
		switchboard.MaxMetadata).InField("metaData")
)

// checkProfile applies the limits of a profile.
func checkProfile(p Profile) error {
	fields := []struct {
		name, text string
		max        int
	}{{"name", p.Name, 255}, {"email", p.Email, 254}, {"mobile", p.Mobile, 30}, {"status", p.Status, 1000}, {"image", p.Image, 2048}}
	if len(p.Metadata) > switchboard.MaxMetadata {
		return errManyMetadata
	}
	for k, v := range p.Metadata {
		fields = append(fields, struct {
			name, text string
			max        int
		}{"metaData", k + v, 4096})
	}
	for _, f := range fields {
		switch {
		case utf8.RuneCountInString(f.text) > f.max:
			return switchboard.Ef(switchboard.Invalid, "field-too-long", "%s has more than %d characters", f.name, f.max).InField(f.name)
		case !validText(f.text):
			return switchboard.Ef(switchboard.Invalid, "field-invalid", "%s has characters that are not allowed", f.name).InField(f.name)
		}
	}
	return nil
}

// Person returns an account as others see it. Whoever blocks the asker is not
// found, nor is a person that is none: a visitor for a user, an API key.
func (s *Service) Person(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (Person, error) {
	row, err := s.person(ctx, p, jid)
	if err != nil {
		return Person{}, err
	}
	return personOf(row, jid.Domain), nil
}

func personOf(row store.Account, domain string) Person {
	return Person{Account: row.ID, JID: switchboard.JID{Local: row.Localpart, Domain: domain}, Kind: row.Kind,
		Profile: row.Profile, Created: row.Created}
}

func (s *Service) person(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (row store.Account, err error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return row, err
	}
	if jid.Domain != a.tenant.domain || jid.Local == "" {
		return row, errNoPerson
	}
	other, err := s.account(ctx, a.tenant.id, jid.Local)
	switch {
	case err == store.ErrNone:
		return row, errNoPerson
	case err != nil:
		return row, err
	case other.id != a.id && !other.visibleTo(a):
		return row, errNoPerson
	}
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		row, err = tx.Account(other.id)
		return err
	})
	if err == store.ErrNone {
		err = errNoPerson
	}
	return row, err
}

// visibleTo says whether somebody may know that an account is there.
func (a *account) visibleTo(who *account) bool {
	switch {
	case a.disabled, a.kind == switchboard.Client, a.blocked(who.jid):
		return false
	case a.kind == switchboard.Visitor:
		return who.kind != switchboard.User && who.kind != switchboard.Visitor
	}
	return who.kind != switchboard.Visitor
}

// People returns a page of the tenant's persons, by localpart.
func (s *Service) People(ctx context.Context, p switchboard.Principal, q PeopleQuery) (PeoplePage, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return PeoplePage{}, err
	}
	if a.kind == switchboard.Visitor {
		return PeoplePage{}, errVisitor
	}
	if q.Kind == "" {
		q.Kind = switchboard.User
	}
	page, size := paging(q.Page, q.Size, 50)
	var answer PeoplePage
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		blockers, err := tx.BlockedBy(a.tenant.id, a.bare)
		if err != nil {
			return err
		}
		hidden := make(map[switchboard.AccountID]bool)
		for _, b := range blockers {
			hidden[b.ID] = true
		}
		return eachAccount(tx, a.tenant.id, q, func(row store.Account) {
			if row.Disabled || hidden[row.ID] || !q.matches(row) {
				return
			}
			if n := answer.Total; n >= (page-1)*size && n < page*size {
				answer.People = append(answer.People, personOf(row, a.tenant.domain))
			}
			answer.Total++
		})
	})
	answer.Pages = pages(answer.Total, size)
	return answer, err
}

func (q PeopleQuery) matches(row store.Account) bool {
	if q.MetadataKey == "" {
		return true
	}
	v, has := row.Metadata[q.MetadataKey]
	return has && (len(q.MetadataValues) == 0 || slices.Contains(q.MetadataValues, v))
}

func eachAccount(tx *store.Tx, tenant switchboard.TenantID, q PeopleQuery, fn func(store.Account)) error {
	find := store.AccountQuery{Kind: q.Kind, Search: q.Search, Limit: 500}
	for {
		rows, err := tx.Accounts(tenant, find)
		if err != nil {
			return err
		}
		for _, row := range rows {
			fn(row)
		}
		if len(rows) < find.Limit {
			return nil
		}
		find.Offset += len(rows)
	}
}

// SetProfile stores the asker's profile.
func (s *Service) SetProfile(ctx context.Context, p switchboard.Principal, profile Profile) error {
	return s.changeProfile(ctx, p, func(old *Profile) { *old = profile })
}

// SetMetadata replaces the metadata in the asker's profile.
func (s *Service) SetMetadata(ctx context.Context, p switchboard.Principal, metadata map[string]string) error {
	return s.changeProfile(ctx, p, func(old *Profile) { old.Metadata = metadata })
}

func (s *Service) changeProfile(ctx context.Context, p switchboard.Principal, change func(*Profile)) error {
	a, err := s.asker(ctx, p)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(map[string]string{"changed": "profile"})
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		row, err := tx.Account(a.id)
		if err != nil {
			return err
		}
		change(&row.Profile)
		if err := checkProfile(row.Profile); err != nil {
			return err
		}
		tx.Append(&switchboard.Event{Tenant: a.tenant.id, Kind: switchboard.AccountChanged, Subject: int64(a.id), Actor: a.id,
			Payload: payload})
		return tx.UpdateProfile(a.id, row.Profile)
	})
}

// LastSeen returns when an account's last stream ended; the zero time if it has
// one now or never had. Who is blocked sees nothing (NotFound).
func (s *Service) LastSeen(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (time.Time, error) {
	row, err := s.person(ctx, p, jid)
	if err != nil || s.bus.Interested(bus.Account(row.ID)) {
		return time.Time{}, err
	}
	return row.Seen, nil
}

// Seen stores that an account's last stream has ended now.
func (s *Service) Seen(p switchboard.Principal) {
	at := s.now()
	s.db.Submit(func(tx *store.Tx) error {
		err := tx.SetAccountSeen(p.Account, at)
		if err == store.ErrNone { // deleted meanwhile
			err = nil
		}
		return err
	}, func(err error) {
		if err != nil {
			s.log.Error("chat: the time of leaving is lost", "account", int64(p.Account), "error", err)
		}
	})
}
