package chat

import (
	"context"
	"sync"
	"sync/atomic"

	"switchboard"
	"switchboard/bus"
	"switchboard/store"
)

// tenant is what the rules remember of a tenant.
type tenant struct {
	id        switchboard.TenantID
	domain    string
	groupHost string
	ids       *idKey
	features  atomic.Pointer[features] // as of the last change that this node knows
}

// account is what the rules remember of an account.
type account struct {
	id       switchboard.AccountID
	tenant   *tenant
	kind     switchboard.AccountKind
	archive  switchboard.ArchiveID
	jid      switchboard.JID // bare
	bare     string          // jid as text
	disabled bool
	gone     bool // it is being deleted, or was
	blocks   map[switchboard.JID]struct{}
	lane     *lane
}

// lane is what is on its way from and to an account. It outlives the facts
// beside it.
type lane struct {
	sending   atomic.Int32 // messages sent and not yet delivered
	elsewhere atomic.Bool  // the last message was taken on another node

	mu        sync.Mutex
	unsettled int          // delivered messages that may yet go to the offline store, or leave it
	holding   int          // streams that wait until none is unsettled …
	waiting   []*attaching // … and have not been served yet
	held      []*sending   // what came meanwhile
	late      []int64      // numbers that went to the offline store out of order
}

func (l *lane) idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sending.Load() == 0 && l.unsettled == 0 && l.holding == 0
}

// group is what the rules remember of a group.
type group struct {
	id      switchboard.GroupID
	tenant  *tenant
	name    string
	archive switchboard.ArchiveID
	jid     switchboard.JID
	blocked bool // by an administrator
	members []member
}

type member struct {
	id        switchboard.AccountID
	localpart string
	role      Role
}

// member finds an account among the members.
func (g *group) member(id switchboard.AccountID) (member, bool) {
	for _, m := range g.members {
		if m.id == id {
			return m, true
		}
	}
	return member{}, false
}

func newAccountCache() *cache[account] {
	return newCache(func(fresh, old *account) {
		if fresh.id == old.id { // a name may be given to another account later
			fresh.lane = old.lane
		}
	}, func(a *account) bool { return a.lane.idle() })
}

func newGroupCache() *cache[group] {
	return newCache(func(_, _ *group) {}, func(*group) bool { return true })
}

// tenants remembers every tenant: there are few.
type tenants struct {
	mu   sync.RWMutex
	byID map[switchboard.TenantID]*tenant
}

func (s *Service) tenant(tx *store.Tx, id switchboard.TenantID) (*tenant, error) {
	s.tenants.mu.RLock()
	t := s.tenants.byID[id]
	s.tenants.mu.RUnlock()
	if t != nil {
		return t, nil
	}
	row, err := tx.Tenant(id)
	if err != nil {
		return nil, err
	}
	key, err := newIDKey(row.Secret)
	if err != nil {
		return nil, err
	}
	t = &tenant{id: id, domain: row.Domain, groupHost: GroupHost(row.Domain), ids: key}
	on := featuresOf(row.Settings)
	t.features.Store(&on)
	s.tenants.mu.Lock()
	defer s.tenants.mu.Unlock()
	if other := s.tenants.byID[id]; other != nil {
		return other, nil
	}
	s.tenants.byID[id] = t
	s.bus.Subscribe(bus.Tenant(id), s.hearForget)
	return t, nil
}

// account returns an account by its localpart, or store.ErrNone.
func (s *Service) account(ctx context.Context, tenant switchboard.TenantID, localpart string) (*account, error) {
	return s.accounts.get(cacheKey{tenant, localpart}, func() (a *account, err error) {
		err = s.db.Read(ctx, func(tx *store.Tx) error {
			row, err := tx.AccountByName(tenant, localpart)
			if err == nil {
				a, err = s.accountOf(tx, row)
			}
			return err
		})
		return a, err
	})
}

func (s *Service) accountOf(tx *store.Tx, row store.Account) (*account, error) {
	t, err := s.tenant(tx, row.Tenant)
	if err != nil {
		return nil, err
	}
	blocks, err := tx.Blocks(row.ID)
	if err != nil {
		return nil, err
	}
	a := &account{id: row.ID, tenant: t, kind: row.Kind, archive: row.Archive, disabled: row.Disabled, gone: row.Gone(),
		jid: switchboard.JID{Local: row.Localpart, Domain: t.domain}, lane: &lane{}}
	a.bare = a.jid.String()
	if len(blocks) > 0 {
		a.blocks = make(map[switchboard.JID]struct{}, len(blocks))
	}
	for _, text := range blocks {
		if j, err := switchboard.ParseJID(text); err == nil {
			a.blocks[j] = struct{}{}
		}
	}
	return a, nil
}

// asker returns the account of a principal who may chat.
func (s *Service) asker(ctx context.Context, p switchboard.Principal) (*account, error) {
	a, err := s.anyAsker(ctx, p)
	if err == nil && a.disabled {
		return nil, errAccountDisabled
	}
	return a, err
}

// anyAsker is asker also of an account that may no longer sign in.
func (s *Service) anyAsker(ctx context.Context, p switchboard.Principal) (*account, error) {
	if err := p.Require(switchboard.ScopeChat); err != nil {
		return nil, err
	}
	a, err := s.account(ctx, p.Tenant, p.Localpart)
	switch {
	case err == store.ErrNone, err == nil && a.id != p.Account:
		return nil, errAccountGone
	case err != nil:
		return nil, err
	}
	return a, nil
}

// group returns a group by its localpart, or store.ErrNone.
func (s *Service) group(ctx context.Context, tenant switchboard.TenantID, localpart string) (*group, error) {
	return s.groups.get(cacheKey{tenant, localpart}, func() (g *group, err error) {
		err = s.db.Read(ctx, func(tx *store.Tx) error {
			row, err := tx.GroupByName(tenant, localpart)
			if err == nil {
				g, err = s.groupOf(tx, row)
			}
			return err
		})
		return g, err
	})
}

func (s *Service) groupOf(tx *store.Tx, row store.Group) (*group, error) {
	t, err := s.tenant(tx, row.Tenant)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Members(row.ID)
	if err != nil {
		return nil, err
	}
	g := &group{id: row.ID, tenant: t, name: row.Name, archive: row.Archive, blocked: row.Blocked, members: make([]member, len(rows)),
		jid: switchboard.JID{Local: row.Localpart, Domain: t.groupHost}}
	for i, m := range rows {
		g.members[i] = member{m.Account, m.Localpart, Role(m.Role)}
	}
	return g, nil
}

// groupFor returns a group that an account is in; a stranger cannot tell a
// group that he is not in from one that does not exist.
func (s *Service) groupFor(ctx context.Context, a *account, jid switchboard.JID) (*group, error) {
	if jid.Domain != a.tenant.groupHost || jid.Local == "" {
		return nil, errNoGroup
	}
	g, err := s.group(ctx, a.tenant.id, jid.Local)
	if err == store.ErrNone {
		return nil, errNoGroup
	}
	if err != nil {
		return nil, err
	}
	if _, in := g.member(a.id); !in {
		return nil, errNoGroup
	}
	return g, nil
}

// forgetAccount drops what every node remembers of an account.
func (s *Service) forgetAccount(t switchboard.TenantID, localpart string) {
	s.accounts.forget(cacheKey{t, localpart})
	s.tellForget(t, &forget{Localpart: localpart})
}

// forgetGroup drops what every node remembers of a group.
func (s *Service) forgetGroup(t switchboard.TenantID, localpart string) {
	s.groups.forget(cacheKey{t, localpart})
	s.tellForget(t, &forget{Localpart: localpart, Group: true})
}

// tellForget tells the other nodes. The signal has a position, so that a node
// which it does not reach forgets everything (see bus.Resync): a block or a removal
// that it never heard of would not count there.
func (s *Service) tellForget(t switchboard.TenantID, v *forget) {
	s.bus.Signal(bus.Signal{Topic: bus.Tenant(t), Kind: kindForget, Position: max(s.db.Last(), 1), Value: v}, nil)
}

func (s *Service) hearForget(sig bus.Signal) bool {
	switch v := sig.Value.(type) {
	case *forget:
		key := cacheKey{switchboard.TenantID(sig.Topic.ID), v.Localpart}
		if v.Group {
			s.groups.forget(key)
		} else {
			s.accounts.forget(key)
		}
	default:
		if sig.Kind == bus.Resync {
			s.accounts.forgetAll()
			s.groups.forgetAll()
		}
	}
	return false
}

// blocked reports whether an account's list holds an address, its bare form or
// its domain (XEP-0191 §4).
func (a *account) blocked(j switchboard.JID) bool {
	if len(a.blocks) == 0 {
		return false
	}
	for _, form := range [...]switchboard.JID{j, j.Bare(), j.Host(), {Domain: j.Domain, Resource: j.Resource}} {
		if _, is := a.blocks[form]; is {
			return true
		}
	}
	return false
}
