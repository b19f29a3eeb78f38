package chat

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"switchboard"
	"switchboard/store"
)

// Profile is what an account shows of itself.
type Profile = store.Profile

// Person is an account as others see it.
type Person struct {
	Account  switchboard.AccountID
	JID      switchboard.JID
	Kind     switchboard.AccountKind
	Profile  Profile
	Blocked  bool // by an administrator: it can be seen, but not written to
	Created  time.Time
	LastSeen time.Time // when its last stream ended; zero where blocking hides it
}

// PeopleQuery asks for persons of the tenant.
type PeopleQuery struct {
	Search         string
	Page           int                     // from 1
	Size           int                     // 0 means 50
	Kind           switchboard.AccountKind // "" means users
	MetadataKey    string                  // only persons that have this key …
	MetadataValues []string                // … with one of these values, if there are any
	All            bool                    // also who blocks the asker; needs users.read
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
// found, nor is a person that is none (a visitor for a user, an API key) or is
// being deleted. Whom the asker blocks it still sees, so as to unblock.
func (s *Service) Person(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (Person, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return Person{}, err
	}
	row, err := s.person(ctx, p, jid)
	if err != nil {
		return Person{}, err
	}
	return a.sees(row), nil
}

// sees is an account that may be seen as another one sees it.
func (a *account) sees(row store.Account) Person {
	person := personOf(row, a.tenant.domain)
	if a.blocked(person.JID) {
		person.LastSeen = time.Time{}
	}
	return person
}

func personOf(row store.Account, domain string) Person {
	return Person{Account: row.ID, JID: switchboard.JID{Local: row.Localpart, Domain: domain}, Kind: row.Kind,
		Profile: row.Profile, Blocked: row.Blocked(), Created: row.Created, LastSeen: row.Seen}
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
	case a.gone, a.kind == switchboard.Client, a.blocked(who.jid):
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
	if q.All {
		if err := p.Require(switchboard.ScopeUsersRead); err != nil {
			return PeoplePage{}, err
		}
	}
	page, size := paging(q.Page, q.Size, 50)
	var answer PeoplePage
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		hidden, err := hiddenFrom(tx, a)
		if err != nil {
			return err
		}
		if q.All {
			hidden = nil
		}
		return eachAccount(tx, a.tenant.id, q, func(row store.Account) {
			if row.Gone() || hidden[row.ID] || !q.matches(row) {
				return
			}
			if n := answer.Total; n >= (page-1)*size && n < page*size {
				answer.People = append(answer.People, a.sees(row))
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
