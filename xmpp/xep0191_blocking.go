package xmpp

import (
	"switchboard"
	"switchboard/chat"
	"switchboard/stanza"
)

// The blocking command. What blocking means is chat's affair; here it is
// asked for and told.
var _ = register(extension{Spec: "XEP-0191", Title: "Blocking Command", Version: "1.3",
	Feature: map[string]entity{stanza.NSBlocking: onServer},
	IQ: []iqRoute{
		{stanza.Get, stanza.NSBlocking, "blocklist", onSelf, blockList},
		{stanza.Set, stanza.NSBlocking, "block", onSelf, block},
		{stanza.Set, stanza.NSBlocking, "unblock", onSelf, unblock},
	},
})

func blockList(rq *request) ([]byte, error) {
	rq.r.mu.Lock()
	rq.r.watches = true // before the list is read, so that no change is missed
	rq.r.mu.Unlock()
	list, err := rq.chat().Blocked(rq.ctx, rq.who())
	if err != nil {
		return nil, err
	}
	return blockElement("blocklist", list), nil
}

func blockElement(name string, list []switchboard.JID) []byte {
	w := stanza.NewWriter(nil)
	w.Start(name, "xmlns", stanza.NSBlocking)
	for _, j := range list {
		w.Empty("item", "jid", j.String())
	}
	return w.End().Bytes()
}

// blockItems reads the addresses of a request.
func blockItems(rq *request) ([]switchboard.JID, error) {
	var list []switchboard.JID
	for e := range rq.payload.ChildrenNamed(stanza.NSBlocking, "item") {
		j, err := e.JID("jid")
		if err != nil || j.IsZero() {
			return nil, stanza.NewError(stanza.JIDMalformed, "") // XEP-0191 §3.3
		}
		list = append(list, j)
	}
	return list, nil
}

func block(rq *request) ([]byte, error) {
	list, err := blockItems(rq)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, stanza.NewError(stanza.BadRequest, "nobody is named") // XEP-0191 §3.3
	}
	reports, err := reportsOf(rq)
	if err != nil {
		return nil, err
	}
	if err := rq.chat().Block(rq.ctx, rq.who(), list...); err != nil {
		return nil, err
	}
	for i := range reports {
		reports[i].file(rq)
	}
	return nil, nil
}

func unblock(rq *request) ([]byte, error) {
	list, err := blockItems(rq)
	if err != nil {
		return nil, err
	}
	return nil, rq.chat().Unblock(rq.ctx, rq.who(), list...)
}

// blocking refuses a request to somebody whom the asker blocks, or who blocks the
// asker (XEP-0191 §3.3): the former is told so, the latter not.
func (rq *request) blocking() error {
	blocks, err := rq.chat().Blocks(rq.ctx, rq.who(), rq.h.To)
	if err != nil || !blocks {
		return err
	}
	if _, err := rq.chat().Reach(rq.ctx, rq.who(), rq.h.To); switchboard.KindOf(err) == switchboard.NotAllowed {
		return err
	}
	return errNoRoute
}

// pushBlocks tells the resources that have asked for the list what has changed
// (XEP-0191 §3.3).
func (a *account) pushBlocks(v *chat.BlockPush) {
	name := "unblock"
	if v.Blocked {
		name = "block"
	}
	for _, r := range a.list() {
		r.mu.Lock()
		wants := r.watches
		r.mu.Unlock()
		if wants {
			r.pushIQ(blockElement(name, v.JIDs))
		}
		if v.Blocked {
			r.withdraw(v.JIDs)
		}
	}
}

// withdraw takes back the presence that a resource has directed at who is now
// blocked (XEP-0191 §3.3); contacts hear of it from chat.
func (r *resource) withdraw(blocked []switchboard.JID) {
	gone := map[switchboard.JID]switchboard.AccountID{}
	r.mu.Lock()
	for to, id := range r.directed {
		for _, j := range blocked {
			if j == to || j == to.Bare() || j == to.Host() {
				gone[to] = id
				delete(r.directed, to)
			}
		}
	}
	r.mu.Unlock()
	r.sayUnavailable(false, gone, nil)
}
