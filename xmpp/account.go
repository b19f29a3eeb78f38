package xmpp

import (
	"slices"
	"sync"
	"sync/atomic"

	"switchboard"
	"switchboard/bus"
)

// account is an account with resources on this node. It exists as long as it
// has one.
type account struct {
	server *Server
	id     switchboard.AccountID
	who    *switchboard.Principal // of whichever stream came first
	bare   switchboard.JID
	all    atomic.Pointer[[]*resource] // never changed, only replaced
	viewed atomic.Bool                 // its views have been looked at (see view)
	avatar atomic.Pointer[string]      // the hash of its picture; nil until somebody asks (XEP-0153)
	cancel func()                      // ends the subscription to the account's topic
}

// list is the account's resources here, at this moment.
func (a *account) list() []*resource { return *a.all.Load() }

// accountTable finds accounts by their ids.
type accountTable struct{ shards [64]accountShard }

type accountShard struct {
	mu  sync.Mutex
	all map[switchboard.AccountID]*account
}

func (t *accountTable) init() {
	for i := range t.shards {
		t.shards[i].all = make(map[switchboard.AccountID]*account)
	}
}

func (t *accountTable) shard(id switchboard.AccountID) *accountShard {
	return &t.shards[uint64(id)%uint64(len(t.shards))]
}

// each calls fn for every account, without holding a lock.
func (t *accountTable) each(fn func(*account)) {
	var all []*account
	for i := range t.shards {
		sh := &t.shards[i]
		all = all[:0]
		sh.mu.Lock()
		for _, a := range sh.all {
			all = append(all, a)
		}
		sh.mu.Unlock()
		for _, a := range all {
			fn(a)
		}
	}
}

// enter adds a resource to its account. Those that it replaces are taken out
// and returned: the one of the same name, and the one of the same device.
func (srv *Server) enter(r *resource) (replaced []*resource, err error) {
	sh := srv.accounts.shard(r.who.Account)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	a := sh.all[r.who.Account]
	if a == nil {
		a = &account{server: srv, id: r.who.Account, who: r.who, bare: r.who.Bare()}
		a.all.Store(&[]*resource{})
		sh.all[a.id] = a
		a.cancel = srv.opts.Bus.Subscribe(bus.Account(a.id), a.receive)
	}
	r.account = a
	var kept []*resource
	for _, o := range a.list() {
		if o.jid == r.jid || o.who.Device != 0 && o.who.Device == r.who.Device {
			replaced = append(replaced, o)
		} else {
			kept = append(kept, o)
		}
	}
	if len(kept) >= srv.opts.MaxStreams { // RFC 6120 §7.6.2.1
		return nil, switchboard.E(switchboard.TooMany, "too-many-streams", "this account has too many streams")
	}
	kept = append(slices.Clip(kept), r)
	a.all.Store(&kept)
	return replaced, nil
}

// leave takes a resource out of its account. It reports whether it was the
// last one here.
func (srv *Server) leave(r *resource) (lastOne bool) {
	a := r.account
	sh := srv.accounts.shard(a.id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	old := a.list()
	i := slices.Index(old, r)
	if i < 0 {
		return false
	}
	kept := slices.Delete(slices.Clone(old), i, i+1)
	a.all.Store(&kept)
	if len(kept) > 0 {
		return false
	}
	a.cancel()
	delete(sh.all, a.id)
	return true
}

// find returns an account that has resources here, or nil.
func (t *accountTable) find(id switchboard.AccountID) *account {
	sh := t.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.all[id]
}
