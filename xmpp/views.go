package xmpp

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"switchboard"
	"switchboard/chat"
	"switchboard/stanza"
)

// The profile of an account is one truth with several views: the vCard, and the
// nodes of personal eventing that are named here. Whoever publishes to such a
// node changes the profile; when the profile has changed, whoever changed it,
// its nodes are renewed and announced. A node that says what the profile says
// is left alone, in whatever words: so nothing goes round in circles.

// view is a node that shows a part of the profile.
type view struct {
	Node string
	// take changes the profile as an item says that the client publishes, and
	// returns the payload that is stored. It may be nil.
	take func(rq *request, id string, payload stanza.Element) ([]byte, error)
	// drop is for when the client removes the item, or the node. It may be nil.
	drop func(rq *request) error
	// renew publishes the node again if it says something else than the profile.
	// It may be nil.
	renew func(v *shown) error
}

var views []*view

// registerView adds a view; it is called while the package is initialised.
func registerView(v view) *view {
	if viewOf(v.Node) != nil {
		panic("xmpp: node " + v.Node + " is registered twice")
	}
	views = append(views, &v)
	return &v
}

// viewOf is the view that a node is, nil for most nodes.
func viewOf(node string) *view {
	for _, v := range views {
		if v.Node == node {
			return v
		}
	}
	return nil
}

// without removes something from a node, and from the profile what the node shows.
func without(rq *request, node string, remove func() error) error {
	v := viewOf(node)
	if v == nil || v.drop == nil {
		return pubsubFault(remove())
	}
	defer rq.r.server.renewals.lock(rq.r.who.Account)()
	if err := remove(); err != nil {
		return pubsubFault(err)
	}
	return v.drop(rq)
}

// shown is a profile whose views are renewed.
type shown struct {
	ctx     context.Context
	srv     *Server
	who     switchboard.Principal
	person  chat.Person
	picture chat.Picture
	nodes   map[string]chat.PEPConfig // those that the account has
}

// item is the payload of the last item of a node of the account, and its id;
// the zero Element if there is none. It is void after the next call.
func (v *shown) item(p *stanza.Parser, node string) (id string, payload stanza.Element, err error) {
	if _, has := v.nodes[node]; !has {
		return "", stanza.Element{}, nil
	}
	items, _, err := v.srv.opts.Chat.Items(v.ctx, v.who, chat.ItemQuery{Owner: v.who.Bare(), Node: node, Max: 1})
	if err != nil || len(items) == 0 {
		var e *switchboard.Error
		if errors.As(err, &e) && e.Kind == switchboard.NotFound {
			err = nil
		}
		return "", stanza.Element{}, err
	}
	payload, err = p.Parse(items[0].Payload)
	return items[0].Item, payload, err
}

func (v *shown) publish(node, id string, payload []byte) error {
	_, err := v.srv.opts.Chat.Publish(v.ctx, v.who, chat.Publication{Node: node, Item: id, Payload: payload, Changed: true})
	return err
}

// renewViews makes an account's nodes say what its profile says.
func (srv *Server) renewViews(ctx context.Context, who switchboard.Principal) error {
	if who.Kind == switchboard.Visitor {
		return nil
	}
	defer srv.renewals.lock(who.Account)()
	v := &shown{ctx: ctx, srv: srv, who: who}
	var err error
	if v.person, err = srv.opts.Chat.Person(ctx, who, who.Bare()); err != nil {
		return err
	}
	if v.person.Profile.Image != "" {
		if v.picture, err = srv.opts.Chat.Picture(ctx, who, who.Bare()); err != nil {
			return err
		}
	}
	nodes, err := srv.opts.Chat.Nodes(ctx, who, who.Bare())
	if err != nil {
		return err
	}
	v.nodes = make(map[string]chat.PEPConfig, len(nodes))
	for _, n := range nodes {
		v.nodes[n.Node] = n.Config
	}
	for _, w := range views {
		if w.renew != nil && !v.nodes[w.Node].Transient { // one that keeps nothing is never out of date
			if err := w.renew(v); err != nil {
				return fmt.Errorf("%s: %w", w.Node, err)
			}
		}
	}
	return nil
}

// viewsChanged renews the views of an account. That it cannot be done is
// nobody's fault who asks.
func (srv *Server) viewsChanged(who switchboard.Principal) {
	ctx, cancel := ask()
	defer cancel()
	if err := srv.renewViews(ctx, who); err != nil {
		srv.log.Warn("what an account shows of its profile is not up to date", "account", int64(who.Account), "error", err)
	}
}

// freshen renews the views of somebody who is asked for them: the profile may
// have been changed just now.
func (srv *Server) freshen(rq *request, owner switchboard.JID) {
	if owner == rq.r.account.bare {
		srv.viewsChanged(*rq.r.who)
		return
	}
	id, err := rq.chat().Reach(rq.ctx, rq.who(), owner)
	if err != nil || id == 0 {
		return
	}
	if who, err := rq.chat().PrincipalOf(rq.ctx, id); err == nil {
		srv.viewsChanged(who)
	}
}

// renewals are the accounts whose profiles have changed and whose views have not
// been looked at since.
type renewals struct {
	turns   [64]sync.Mutex // of whoever changes nodes and profile, by account: each sees both or neither
	mu      sync.Mutex
	waiting map[switchboard.AccountID]bool
	running bool
	stopped bool
	idle    sync.WaitGroup
}

// lock waits for its turn with an account.
func (q *renewals) lock(id switchboard.AccountID) (unlock func()) {
	m := &q.turns[uint64(id)%uint64(len(q.turns))]
	m.Lock()
	return m.Unlock
}

// accountChanged hears that an account has changed, whoever changed it. Every
// node of a cluster does; the first one renews, the others find nothing to do.
func (srv *Server) accountChanged(id switchboard.AccountID) {
	q := &srv.renewals
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopped {
		return
	}
	if q.waiting == nil {
		q.waiting = make(map[switchboard.AccountID]bool)
	}
	q.waiting[id] = true
	if !q.running {
		q.running = true
		q.idle.Go(srv.renewWaiting)
	}
}

func (srv *Server) renewWaiting() {
	q := &srv.renewals
	for {
		q.mu.Lock()
		var next switchboard.AccountID
		for id := range q.waiting {
			next = id
			break
		}
		if next == 0 || q.stopped {
			q.running = false
			q.mu.Unlock()
			return
		}
		delete(q.waiting, next)
		q.mu.Unlock()
		if err := guarded(func() error { srv.renewOne(next); return nil }); err != nil {
			srv.log.Error("views are not renewed because of a bug", "account", int64(next), "error", err)
		}
	}
}

func (srv *Server) renewOne(id switchboard.AccountID) {
	ctx, cancel := ask()
	defer cancel()
	who, err := srv.opts.Chat.PrincipalOf(ctx, id)
	if err == nil {
		err = srv.renewViews(ctx, who)
	}
	if kind := switchboard.KindOf(err); err != nil && kind != switchboard.Forbidden && kind != switchboard.Unauthorized && kind != switchboard.NotFound {
		srv.log.Warn("what an account shows of its profile is not up to date", "account", int64(id), "error", err)
	}
}

// stop waits for what is under way; nothing follows.
func (q *renewals) stop() {
	q.mu.Lock()
	q.stopped = true
	q.mu.Unlock()
	q.idle.Wait()
}

// changeProfile changes the profile of who asks.
func changeProfile(rq *request, change func(*chat.Profile)) error {
	return rq.chat().SetProfileOf(rq.ctx, rq.who(), rq.r.who.Account, change)
}

// saying makes a profile say what a vCard says of the things that both have.
func saying(is chat.Profile) func(*chat.Profile) {
	return func(p *chat.Profile) {
		p.Name, p.Email, p.Mobile, p.Status = is.Name, is.Email, is.Mobile, is.Status
	}
}
