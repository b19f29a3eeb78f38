package chat

import (
	"context"
	"slices"
	"strings"
	"time"

	"switchboard"
	"switchboard/bus"
	"switchboard/store"
)

const (
	eraseLease = 2 * time.Minute
	erasePause = time.Second
)

// wakeEraser makes eraseDue look at once.
func (s *Service) wakeEraser() {
	select {
	case s.due <- struct{}{}:
	default:
	}
}

// eraseDue erases the accounts that are due until ctx ends.
func (s *Service) eraseDue(ctx context.Context) {
	holder := switchboard.NewName()
	for ctx.Err() == nil {
		done, err := s.eraseNext(ctx, holder)
		if err != nil && ctx.Err() == nil {
			s.log.Error("chat: an account is not erased yet", "error", err)
		}
		if done && err == nil {
			continue
		}
		timer := time.NewTimer(erasePause)
		select {
		case <-s.due:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// eraseNext claims an account that is due and erases it; false means that there is none.
func (s *Service) eraseNext(ctx context.Context, holder string) (bool, error) {
	var due bool
	var last switchboard.Position
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if due, err = tx.DeletionDue(); err == nil && due {
			last, err = tx.LastPosition()
		}
		return err
	})
	if err != nil || !due {
		return false, err
	}
	for s.told.Load() < int64(last) { // who knows the account hears of it while that can be found out
		if ctx.Err() != nil {
			return false, nil
		}
		pause(ctx, followPause)
	}
	e := erasure{s: s, ctx: ctx, holder: holder}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		d, err := tx.ClaimDeletion(holder, eraseLease)
		if err != nil {
			return err
		}
		if e.row, err = tx.Account(d.Account); err != nil {
			return err
		}
		e.a, err = s.accountOf(tx, e.row)
		return err
	})
	if err == store.ErrNone { // another node was faster
		return false, nil
	}
	if err == nil {
		err = e.run()
	}
	return true, err
}

// erasure is one account on its way out. Each step does its work in batches and
// finds out itself what is left of it, so that it can begin again after a crash.
type erasure struct {
	s      *Service
	ctx    context.Context
	holder string
	row    store.Account
	a      *account
}

// errLost says that another node has the account now.
var errLost = switchboard.E(switchboard.Conflict, "claim-lost", "another node has taken this over")

const eraseBatch = 100

func (e *erasure) run() error {
	for _, step := range []func() error{e.belongings, e.roster, e.customer, e.threads, e.groups, e.archive, e.end} {
		if err := step(); err != nil {
			return err
		}
	}
	e.s.accounts.forgetAll()
	return nil
}

// write is one batch: it goes on only while the claim is this node's.
func (e *erasure) write(fn func(*store.Tx) error) error {
	return e.s.db.Write(e.ctx, func(tx *store.Tx) error {
		switch held, err := tx.HoldDeletion(e.row.ID, e.holder, eraseLease); {
		case err != nil:
			return err
		case !held:
			return errLost
		}
		return fn(tx)
	})
}

// belongings removes what the account has published: its picture and files, its
// vCard and all that it has for other clients.
func (e *erasure) belongings() error {
	err := e.write(func(tx *store.Tx) error {
		if err := tx.DoomMediaOf(e.row.ID); err != nil {
			return err
		}
		return tx.DeletePEP(e.row.ID)
	})
	e.s.wakeJanitor()
	return err
}

// threads empties what the account wrote to others, in their archives: each
// thread of its own archive says with whom, and goes when that is done.
func (e *erasure) threads() error {
	var peers []string
	err := e.s.db.Read(e.ctx, func(tx *store.Tx) (err error) {
		peers, err = tx.HeadPeers(e.row.Archive)
		return err
	})
	if err != nil {
		return err
	}
	for _, peer := range peers {
		if err := e.thread(peer); err != nil {
			return err
		}
	}
	return nil
}

func (e *erasure) thread(peer string) error {
	var other store.Account
	err := e.s.db.Read(e.ctx, func(tx *store.Tx) error {
		j, err := switchboard.ParseJID(peer)
		if err != nil || j.Domain != e.a.tenant.domain || j.Local == "" || j == e.a.jid {
			return nil
		}
		other, err = tx.AccountByName(e.row.Tenant, j.Local)
		return unlessNone(err)
	})
	if err != nil {
		return err
	}
	if other.ID != 0 {
		if err := e.empty(other.Archive, e.a.bare); err != nil {
			return err
		}
	}
	return e.write(func(tx *store.Tx) error {
		if other.ID != 0 {
			if err := showNewest(tx, other.Archive, e.a.bare); err != nil {
				return err
			}
		}
		return tx.DropThread(e.row.Archive, peer)
	})
}

// empty empties the account's messages in one thread of an archive.
func (e *erasure) empty(archive switchboard.ArchiveID, peer string) error {
	for after, more := int64(0), true; more; {
		err := e.write(func(tx *store.Tx) error {
			next, err := tx.EmptyThread(archive, peer, e.row.ID, after, eraseBatch)
			if more = next > 0; more {
				after = next
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// showNewest makes the newest message of a thread that still has words the one
// that is shown; nothing unread is left in it.
func showNewest(tx *store.Tx, archive switchboard.ArchiveID, peer string) error {
	find := store.ArchiveRange{Peer: peer, OnlyPeer: true, Newest: true, Limit: eraseBatch}
	for {
		rows, err := tx.ArchiveMessages(archive, find)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if m := ReadMessage(row.Payload); m.Body() != "" {
				return tx.SetHead(archive, peer, row.Number, 0)
			}
		}
		if len(rows) < find.Limit {
			return tx.SetHead(archive, peer, 0, 0)
		}
		find.Below = rows[len(rows)-1].Number
	}
}

// groups empties what the account wrote in groups and takes it out of them.
func (e *erasure) groups() error {
	for after := switchboard.GroupID(0); ; {
		var rows []store.Group
		err := e.s.db.Read(e.ctx, func(tx *store.Tx) (err error) {
			rows, err = tx.WrittenGroups(e.row, e.a.bare, after, eraseBatch)
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, g := range rows {
			for _, peer := range []string{e.a.bare, store.QuietPeer} {
				if err := e.empty(g.Archive, peer); err != nil {
					return err
				}
			}
			if err := e.leave(g); err != nil {
				return err
			}
			after = g.ID
		}
	}
}

// leave takes the account out of a group; if nobody owns the group then, its
// oldest member does.
func (e *erasure) leave(g store.Group) error {
	var announce Announce
	err := e.write(func(tx *store.Tx) (err error) {
		was, err := tx.Member(g.ID, e.row.ID)
		if unlessNone(err) != nil {
			return err
		}
		if announce, err = e.s.RemoveMemberTx(tx, g.ID, e.row.ID); err != nil {
			return err
		}
		return inherit(tx, g.ID, was)
	})
	if err == nil {
		announce()
	}
	return err
}

// inherit gives a group that its only owner has left to its oldest member.
func inherit(tx *store.Tx, id switchboard.GroupID, left store.Member) error {
	if left.Role != string(Owner) {
		return nil
	}
	members, err := tx.Members(id)
	if err != nil || len(members) == 0 || slices.ContainsFunc(members, func(m store.Member) bool { return m.Role == string(Owner) }) {
		return err
	}
	return tx.SetMemberRole(id, members[0].Account, string(Owner))
}

// archive removes the account's own archive.
func (e *erasure) archive() error {
	for left := int64(1); left > 0; {
		err := e.write(func(tx *store.Tx) (err error) {
			left, err = tx.CutArchive(e.row.Archive, e.row.ID, 5*eraseBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// roster takes the account out of other people's rosters, which are told.
func (e *erasure) roster() error {
	var holders []store.Account
	err := e.s.db.Read(e.ctx, func(tx *store.Tx) (err error) {
		holders, err = tx.RosterHolders(e.a.bare)
		return err
	})
	if err != nil {
		return err
	}
	for _, holder := range holders {
		var push *RosterPush
		err := e.write(func(tx *store.Tx) (err error) {
			push, err = dropContact(tx, holder.ID, e.a.bare)
			return err
		})
		if err != nil {
			return err
		}
		e.s.orderPresence(e.row.ID, switchboard.JID{Local: holder.Localpart, Domain: e.a.tenant.domain}, holder.ID, true)
		if push != nil {
			e.s.bus.Signal(bus.Signal{Topic: bus.Account(holder.ID), Kind: KindRoster, Value: push}, nil)
		}
	}
	return nil
}

// dropContact removes an address from a roster, as its owner could; the push is
// nil if the owner never saw it there.
func dropContact(tx *store.Tx, owner switchboard.AccountID, jid string) (*RosterPush, error) {
	c, err := tx.Contact(owner, jid)
	if err != nil {
		return nil, unlessNone(err)
	}
	listed := c.Listed
	c = store.Contact{Account: owner, JID: c.JID, Localpart: c.Localpart}
	if c.Revision, err = tx.NextRosterRevision(owner); err != nil {
		return nil, err
	}
	if err := tx.PutContact(c); err != nil {
		return nil, err
	}
	if err := tx.TrimRoster(owner, keptRemovals); err != nil || !listed {
		return nil, err
	}
	return &RosterPush{Item: itemOf(c), Revision: c.Revision}, nil
}

// customer empties what conversations say of a customer. The words of operators
// and bots in the conversations that they served stay: they are not their own.
func (e *erasure) customer() error {
	var own []switchboard.ConversationID
	if err := e.write(func(tx *store.Tx) (err error) {
		own, err = tx.EraseVisitor(e.row.ID)
		return err
	}); err != nil || len(own) == 0 {
		return err
	}
	for after := switchboard.Position(0); ; {
		var facts []switchboard.Event
		err := e.s.db.Read(e.ctx, func(tx *store.Tx) (err error) {
			facts, err = tx.Facts(after, 1000)
			return err
		})
		if err != nil || len(facts) == 0 {
			return err
		}
		after = facts[len(facts)-1].Position
		facts = slices.DeleteFunc(facts, func(f switchboard.Event) bool {
			return f.Tenant != e.row.Tenant || !strings.HasPrefix(string(f.Kind), "conversation.") ||
				!slices.Contains(own, switchboard.ConversationID(f.Subject))
		})
		if len(facts) == 0 {
			continue
		}
		if err := e.write(func(tx *store.Tx) error { return tx.ForgetGuest(facts) }); err != nil {
			return err
		}
	}
}

// end removes the rest, unless something has come meanwhile from a node that did
// not know yet.
func (e *erasure) end() error {
	late := false
	err := e.write(func(tx *store.Tx) error {
		peers, err := tx.HeadPeers(e.row.Archive)
		if late = len(peers) > 0; late || err != nil {
			return err
		}
		memberships, err := tx.Memberships(e.row.ID)
		if err != nil {
			return err
		}
		for _, m := range memberships { // of conversations
			if _, err := tx.DeleteMember(m.ID, e.row.ID); err != nil {
				return err
			}
		}
		if err := tx.DoomMediaOf(e.row.ID); err != nil { // what a node took that did not know yet
			return err
		}
		if err := tx.DeletePEP(e.row.ID); err != nil {
			return err
		}
		if err := tx.EraseReported(e.row, e.a.bare); err != nil {
			return err
		}
		if err := tx.EraseAccount(e.row, e.a.bare); err != nil {
			return err
		}
		tx.Append(&switchboard.Event{Tenant: e.row.Tenant, Kind: switchboard.AccountDeleted, Subject: int64(e.row.ID),
			Payload: switchboard.Payload(switchboard.AccountFact{Account: e.row.ID, Name: e.row.Localpart})})
		return nil
	})
	if late && err == nil {
		return e.run()
	}
	return err
}
