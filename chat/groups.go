package chat

import (
	"context"
	"time"
	"unicode/utf8"

	"switchboard"
	"switchboard/store"
)

// GroupHost is the host of a tenant's groups.
func GroupHost(domain string) string { return "mix." + domain }

// Group is a chat with members.
type Group struct {
	ID      switchboard.GroupID
	Tenant  switchboard.TenantID
	JID     switchboard.JID // bare
	Name    string
	Archive switchboard.ArchiveID
	Blocked bool // by an administrator: it takes no messages
	Created time.Time
}

// NewGroup says what group to make. Whoever makes it by CreateGroup becomes a
// member too, as its owner.
type NewGroup struct {
	Name    string
	Members []switchboard.AccountID
}

// Role is what a member may do to a group.
type Role string

const (
	Owner       Role = "owner" // may also add and remove others
	Participant Role = "member"
)

// Member is an account in a group.
type Member struct {
	Account switchboard.AccountID
	JID     switchboard.JID // bare address of the account
	Name    string
	Kind    switchboard.AccountKind
	Role    Role
	Joined  time.Time
}

// GroupChange is the value of KindGroup: the account is in the group now, or no
// longer.
type GroupChange struct {
	Group  switchboard.GroupID
	JID    switchboard.JID
	Name   string
	Member bool
}

// Announce tells the streams concerned what a transaction has done. Call the one
// of the last run of the transaction's function, once, after the commit; inside
// the done function of store.Submit it keeps the order of all other deliveries.
type Announce func()

const (
	maxMembers   = 1000
	maxGroupName = 255 // characters
)

var (
	errGroupName   = switchboard.Ef(switchboard.Invalid, "group-name-invalid", "a group's name has at most %d characters", maxGroupName).InField("groupName")
	errManyMembers = switchboard.Ef(switchboard.TooMany, "too-many-members", "a group has at most %d members", maxMembers)
	errNotOwner    = switchboard.E(switchboard.Forbidden, "not-the-owner", "only an owner of the group may do this")
	errNoMember    = switchboard.E(switchboard.NotFound, "member-not-found", "this account is not in the group")
)

func checkGroupName(name string) error {
	if utf8.RuneCountInString(name) > maxGroupName || !validText(name) {
		return errGroupName
	}
	return nil
}

func (t *tenant) groupOf(row store.Group) Group {
	return Group{ID: row.ID, Tenant: row.Tenant, JID: switchboard.JID{Local: row.Localpart, Domain: t.groupHost}, Name: row.Name,
		Archive: row.Archive, Blocked: row.Blocked, Created: row.Created}
}

// CreateGroup makes a group of the asker and those that he may write to.
func (s *Service) CreateGroup(ctx context.Context, p switchboard.Principal, g NewGroup) (Group, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return Group{}, err
	}
	if a.kind == switchboard.Visitor {
		return Group{}, errVisitor
	}
	if err := s.Feature(ctx, p, switchboard.FeatureGroupChat); err != nil {
		return Group{}, err
	}
	var made Group
	var announce Announce
	err = s.db.Write(ctx, func(tx *store.Tx) (err error) {
		for _, id := range g.Members {
			if err := s.mayAdd(tx, a, id); err != nil {
				return err
			}
		}
		made, announce, err = s.createGroup(tx, a.tenant.id, g, a.id)
		return err
	})
	if err != nil {
		return Group{}, err
	}
	announce()
	return made, nil
}

// mayAdd checks that one account may put another into a group.
func (s *Service) mayAdd(tx *store.Tx, a *account, id switchboard.AccountID) error {
	row, err := tx.Account(id)
	if err == store.ErrNone || err == nil && row.Tenant != a.tenant.id {
		return errUnreachable
	}
	if err != nil {
		return err
	}
	other, err := s.accountOf(tx, row)
	switch {
	case err != nil:
		return err
	case other.id == a.id:
		return nil
	case a.blocked(other.jid):
		return errBlocked
	case other.disabled, !other.visibleTo(a):
		return errUnreachable
	}
	return nil
}

// AddMember adds an account to a group that the asker owns.
func (s *Service) AddMember(ctx context.Context, p switchboard.Principal, jid, account switchboard.JID) error {
	a, g, err := s.owned(ctx, p, jid)
	if err != nil {
		return err
	}
	if err := s.Feature(ctx, p, switchboard.FeatureGroupChat); err != nil {
		return err
	}
	other, err := s.recipient(ctx, a, account.Bare())
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *store.Tx) (Announce, error) {
		if err := stillOwns(tx, g, a); err != nil {
			return nil, err
		}
		if err := s.mayAdd(tx, a, other.id); err != nil {
			return nil, err
		}
		return s.AddMemberTx(tx, g.id, other.id)
	})
}

// stillOwns is owned as of the transaction: what this node remembers may be old.
func stillOwns(tx *store.Tx, g *group, a *account) error {
	switch m, err := tx.Member(g.id, a.id); {
	case err == store.ErrNone:
		return errNoGroup
	case err == nil && m.Role != string(Owner):
		return errNotOwner
	default:
		return err
	}
}

// RemoveMember removes an account from a group that the asker owns, or the asker.
// A group that its only owner leaves is its oldest member's.
func (s *Service) RemoveMember(ctx context.Context, p switchboard.Principal, jid, account switchboard.JID) error {
	a, err := s.asker(ctx, p)
	if err != nil {
		return err
	}
	g, err := s.groupFor(ctx, a, jid)
	if err != nil {
		return err
	}
	if account.Bare() != a.jid {
		if _, _, err := s.owned(ctx, p, jid); err != nil {
			return err
		}
	}
	for _, m := range g.members {
		if m.localpart == account.Local && account.Domain == a.tenant.domain {
			return s.change(ctx, func(tx *store.Tx) (Announce, error) {
				if m.id != a.id {
					if err := stillOwns(tx, g, a); err != nil {
						return nil, err
					}
				}
				was, err := tx.Member(g.id, m.id)
				if unlessNone(err) != nil {
					return nil, err
				}
				announce, err := s.RemoveMemberTx(tx, g.id, m.id)
				if err != nil {
					return nil, err
				}
				return announce, inherit(tx, g.id, was)
			})
		}
	}
	return errNoMember
}

func (s *Service) owned(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (*account, *group, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	g, err := s.groupFor(ctx, a, jid)
	if err != nil {
		return nil, nil, err
	}
	if m, _ := g.member(a.id); m.role != Owner {
		return nil, nil, errNotOwner
	}
	return a, g, nil
}

func (s *Service) change(ctx context.Context, fn func(*store.Tx) (Announce, error)) error {
	var announce Announce
	err := s.db.Write(ctx, func(tx *store.Tx) (err error) {
		announce, err = fn(tx)
		return err
	})
	if err == nil {
		announce()
	}
	return err
}

// Members lists the members of a group that the asker is in.
func (s *Service) Members(ctx context.Context, p switchboard.Principal, jid switchboard.JID) ([]Member, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return nil, err
	}
	g, err := s.groupFor(ctx, a, jid)
	if err != nil {
		return nil, err
	}
	var all []Member
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		all, err = s.MembersTx(tx, g.id)
		return err
	})
	return all, err
}

// Groups lists the groups that the asker is in, the one with the newest message first.
func (s *Service) Groups(ctx context.Context, p switchboard.Principal) ([]Group, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return nil, err
	}
	var all []Group
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.Memberships(a.id)
		for _, row := range rows {
			all = append(all, a.tenant.groupOf(row.Group))
		}
		return err
	})
	return all, err
}

// GroupByJID returns a group that the asker is in.
func (s *Service) GroupByJID(ctx context.Context, p switchboard.Principal, jid switchboard.JID) (Group, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return Group{}, err
	}
	g, err := s.groupFor(ctx, a, jid)
	if err != nil {
		return Group{}, err
	}
	var found Group
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		found, err = s.GroupTx(tx, g.id)
		return err
	})
	return found, err
}
