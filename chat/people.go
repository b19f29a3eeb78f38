package chat

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"switchboard"
	"switchboard/bus"
	"switchboard/store"
)

// What happens to an account concerns others: they are told by notices. Some of
// it happens in other rooms, or on a node that has stopped meanwhile; so it is
// read from the ledger, each fact by one node.

// cursorPeople names how far the facts about people have been told.
const cursorPeople = "chat.people"

// accountChange is the payload of an account's facts, as far as they are told.
type accountChange struct {
	Changed string               `json:"changed,omitempty"` // changedProfile
	Change  string               `json:"change,omitempty"`  // disabled, enabled, …: of the room auth
	Device  switchboard.DeviceID `json:"device,omitempty"`
	Type    string               `json:"type,omitempty"`
}

const changedProfile = "profile"

func (c *accountChange) read(e switchboard.Event) {
	if len(e.Payload) > 0 {
		_ = json.Unmarshal(e.Payload, c) // what is no object says nothing
	}
}

// concernsPeople tells whether a fact has to be told.
func concernsPeople(e switchboard.Event) bool {
	switch e.Kind {
	case switchboard.AccountDeleting, switchboard.AccountRestored, switchboard.DeviceAdded:
		return true
	case switchboard.AccountChanged:
		var c accountChange
		c.read(e)
		return c.Changed == changedProfile || c.Change == "disabled" || c.Change == "enabled"
	}
	return false
}

// tellPeople tells the facts that no node has told yet, until ctx ends.
func (s *Service) tellPeople(ctx context.Context) {
	var at switchboard.Position
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		at, err = tx.Cursor(cursorPeople)
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.log.Error("chat: cannot read how far people have been told", "error", err)
	}
	for ctx.Err() == nil {
		next, err := s.tellSome(ctx, at)
		if err == nil {
			s.told.Store(int64(next))
		}
		switch {
		case err == nil && next > at:
			at = next
			continue
		case err != nil && ctx.Err() == nil:
			s.log.Error("chat: cannot tell people what has changed", "error", err)
			pause(ctx, followPause*50)
		}
		if s.db.WaitChange(ctx, at) != nil {
			return
		}
		pause(ctx, followPause)
	}
}

// tellSome tells the next facts and returns how far it has come.
func (s *Service) tellSome(ctx context.Context, at switchboard.Position) (switchboard.Position, error) {
	const batch = 500
	var events []switchboard.Event
	var last switchboard.Position
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if last, err = tx.LastPosition(); err == nil && last > at {
			events, err = tx.Facts(at, batch)
		}
		return err
	})
	if err != nil {
		return at, err
	}
	if len(events) == batch {
		last = events[batch-1].Position
	}
	var concerned []switchboard.Event
	for _, e := range events {
		if concernsPeople(e) {
			concerned = append(concerned, e)
		}
	}
	if len(concerned) == 0 {
		return max(at, last), nil
	}
	mine, err := s.claimFacts(ctx, concerned)
	if err != nil {
		return at, err
	}
	for _, e := range mine {
		if err := s.tell(ctx, e); err != nil { // a notice is lost, no more
			s.log.Error("chat: people are not told what has changed", "position", int64(e.Position), "error", err)
		}
	}
	return max(at, last), nil
}

// claimFacts returns those of the facts that no node has told yet; from now on this one has.
func (s *Service) claimFacts(ctx context.Context, events []switchboard.Event) (mine []switchboard.Event, err error) {
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		mine = nil
		told, err := tx.Cursor(cursorPeople)
		if err != nil {
			return err
		}
		for _, e := range events {
			if e.Position > told {
				mine = append(mine, e)
			}
		}
		if len(mine) == 0 {
			return nil
		}
		_, err = tx.MoveCursor(cursorPeople, told, mine[len(mine)-1].Position)
		return err
	})
	return mine, err
}

// tell tells everybody concerned.
func (s *Service) tell(ctx context.Context, e switchboard.Event) error {
	var c accountChange
	c.read(e)
	id := switchboard.AccountID(e.Subject)
	if e.Kind == switchboard.DeviceAdded {
		s.notify(id, &Notice{Kind: NoticeDeviceAdded,
			Fields: map[string]string{"type": c.Type, "device": strconv.FormatInt(int64(c.Device), 10)}})
		return nil
	}
	var row store.Account
	var a *account
	var friends, admins []switchboard.AccountID
	var peers []store.Peer
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if row, err = tx.Account(id); err != nil {
			return err
		}
		if a, err = s.accountOf(tx, row); err != nil {
			return err
		}
		if friends, err = acquainted(tx, a); err != nil {
			return err
		}
		if peers, err = tx.Peers(id, row.Tenant); err == nil {
			admins, err = tx.AdminIDs(row.Tenant)
		}
		return err
	})
	if err != nil {
		return unlessNone(err)
	}
	s.forgetAccount(row.Tenant, row.Localpart)
	n := &Notice{JID: a.jid}
	switch {
	case e.Kind == switchboard.AccountDeleting:
		n.Kind = NoticeDeleted
		s.showGone(peers, a)
	case c.Change == "disabled":
		n.Kind = NoticeAdminBlocked
		friends = append(friends, admins...)
	case c.Change == "enabled":
		n.Kind = NoticeAdminUnblocked
		friends = append(append(friends, admins...), id)
	default: // a profile, or somebody is back
		n.Kind, n.Fields = NoticeProfile, s.profileFields(row)
		friends = append(friends, id)
	}
	friends = once(friends)
	s.notifyAll(friends, n)
	if c.Change == "disabled" && strings.HasPrefix(row.Image, profilePrefix) { // its addresses have ended
		s.notifyAll(friends, &Notice{Kind: NoticeProfile, JID: a.jid, Fields: s.profileFields(row)})
	}
	return nil
}

// showGone makes contacts see an account go whose streams end.
func (s *Service) showGone(peers []store.Peer, a *account) {
	for _, peer := range peers {
		if j, err := switchboard.ParseJID(peer.JID); err == nil && peer.From {
			s.orderPresence(a.id, j, peer.Account, true)
		}
	}
}

// profileFields are what a notice says of a profile.
func (s *Service) profileFields(row store.Account) map[string]string {
	image, thumb := s.ImagePaths(row.Image)
	return map[string]string{"name": row.Name, "email": row.Email, "mobile": row.Mobile, "status": row.Status, "image": image, "thumb": thumb}
}

// acquainted are the accounts that an account has in its roster or that have it
// in theirs, and those with whom it has a chat; less those that either side blocks.
func acquainted(tx *store.Tx, a *account) ([]switchboard.AccountID, error) {
	names, err := acquaintances(tx, a)
	if err != nil {
		return nil, err
	}
	hidden, err := hiddenFrom(tx, a)
	if err != nil {
		return nil, err
	}
	rows, err := tx.AccountsByNames(a.tenant.id, slices.Collect(maps.Keys(names)))
	if err != nil {
		return nil, err
	}
	holders, err := tx.RosterHolders(a.bare)
	if err != nil {
		return nil, err
	}
	var all []switchboard.AccountID
	for _, row := range append(rows, holders...) {
		if !row.Disabled && !hidden[row.ID] && !a.blocked(switchboard.JID{Local: row.Localpart, Domain: a.tenant.domain}) {
			all = append(all, row.ID)
		}
	}
	return all, nil
}

// reloadTenants makes this node see the settings of the tenants that it knows.
func (s *Service) reloadTenants(ctx context.Context) {
	s.tenants.mu.RLock()
	ids := slices.Collect(maps.Keys(s.tenants.byID))
	s.tenants.mu.RUnlock()
	for _, id := range ids {
		s.reloadTenant(ctx, id)
	}
}

// reloadTenant makes this node see a tenant's settings as they are now, and tells
// the streams that are connected here if that changes what they may do.
func (s *Service) reloadTenant(ctx context.Context, id switchboard.TenantID) {
	s.tenants.mu.RLock()
	t := s.tenants.byID[id]
	s.tenants.mu.RUnlock()
	if t == nil {
		return
	}
	var row store.Tenant
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		row, err = tx.Tenant(id)
		return err
	})
	if err != nil {
		s.log.Error("chat: cannot read the settings of a tenant", "tenant", int64(id), "error", err)
		return
	}
	fresh := featuresOf(row.Settings)
	old := t.features.Swap(&fresh)
	n := &Notice{Kind: NoticeFeatures, Fields: make(map[string]string, len(fresh))}
	same := true
	for f, on := range fresh {
		n.Fields[string(f)] = strconv.FormatBool(on)
		same = same && old != nil && (*old)[f] == on
	}
	if !same {
		s.tellConnected(ctx, id, n)
	}
}

// tellConnected gives a notice to the accounts of a tenant that are connected to
// this node; the other nodes do the same.
func (s *Service) tellConnected(ctx context.Context, id switchboard.TenantID, n *Notice) {
	const batch = 1000
	for after := switchboard.AccountID(0); ; {
		var ids []switchboard.AccountID
		err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
			ids, err = tx.AccountIDs(id, after, batch)
			return err
		})
		if err != nil {
			s.log.Error("chat: streams are not told of the features", "tenant", int64(id), "error", err)
			return
		}
		for _, account := range ids {
			if after = account; s.bus.Interested(bus.Account(account)) {
				s.notify(account, n)
			}
		}
		if len(ids) < batch {
			return
		}
	}
}
