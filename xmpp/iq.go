package xmpp

import (
	"context"

	"switchboard"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/stanza"
)

// request is an iq of type get or set that is answered here.
type request struct {
	ctx     context.Context
	r       *resource
	h       stanza.Header
	payload stanza.Element
	on      entity
	after   func() // called when the answer is queued; may be nil
}

// who is who asks.
func (rq *request) who() switchboard.Principal { return *rq.r.who }

func (rq *request) chat() *chat.Service { return rq.r.server.opts.Chat }

// takeIQ handles an iq stanza of the client (RFC 6120 §8.2.3, RFC 6121 §8.5).
func (r *resource) takeIQ(e stanza.Element) error {
	h, err := stanza.HeaderOf(e)
	if err != nil {
		r.bounce(e, err)
		return nil
	}
	if err := r.checkFrom(e, h); err != nil {
		return err
	}
	h.From = r.jid
	switch h.Type {
	case stanza.Get, stanza.Set:
		inner, after, err := r.answer(e, h)
		switch {
		case err != nil:
			r.send(errorItem(h, err))
		case inner != nil:
			r.send(item{raw: h.AppendResult(nil, inner), what: counted})
		}
		if after != nil {
			after()
		}
	case stanza.Result, stanza.TypeError:
		r.routeAnswer(e, h)
	default:
		r.send(errorItem(h, stanza.NewError(stanza.BadRequest, "an iq is of type get, set, result or error")))
	}
	return nil
}

// answer finds who answers a request. inner is not nil when there is a result
// to be sent now.
func (r *resource) answer(e stanza.Element, h stanza.Header) (inner []byte, after func(), err error) {
	payload := e.First()
	if h.ID == "" || e.Count() != 1 {
		return nil, nil, stanza.NewError(stanza.BadRequest, "a request has an id and one element in it")
	}
	ctx, cancel := ask()
	defer cancel()
	on, err := r.target(h.To)
	if err != nil {
		return nil, nil, err
	}
	if on == 0 {
		return nil, nil, r.route(ctx, e, h)
	}
	for _, route := range registered.iq[iqKey{h.Type, payload.Namespace(), payload.Name()}] {
		if route.On&on == 0 {
			continue
		}
		rq := &request{ctx: ctx, r: r, h: h, payload: payload, on: on}
		inner, err = route.Handle(rq)
		if inner == nil {
			inner = []byte{}
		}
		return inner, rq.after, err
	}
	return nil, nil, errNoRoute // RFC 6120 §8.3.3.19
}

// target says what kind of address a request goes to; 0 is somebody's full
// address.
func (r *resource) target(to switchboard.JID) (entity, error) {
	groups := chat.GroupHost(r.who.Domain)
	switch {
	case to.IsZero() || to == r.account.bare:
		return onSelf, nil
	case to.Domain == r.who.Domain && to.Local == "" && to.IsBare():
		return onServer, nil
	case to.Domain == groups && to.Local == "":
		return onHost, nil
	case to.Domain == groups && to.IsBare():
		return onGroup, nil
	case to.Domain == r.who.Domain && to.Local != "" && to.IsBare():
		return onAccount, nil
	case to.Domain == r.who.Domain && to.Local != "":
		return 0, nil
	case to.Domain == r.who.Domain || to.Domain == groups:
		return 0, errNoRoute
	}
	return 0, stanza.NewError(stanza.RemoteServerNotFound, "")
}

// route sends a request on to a full address. Whether anybody is there is
// told only to those who may know it.
func (r *resource) route(ctx context.Context, e stanza.Element, h stanza.Header) error {
	id, err := r.server.opts.Chat.Reach(ctx, *r.who, h.To)
	if switchboard.KindOf(err) == switchboard.NotAllowed { // XEP-0191 §3.3: the asker blocks whom it asks
		return err
	}
	if err != nil || id == 0 {
		return errNoRoute
	}
	free := id == r.account.id
	if !free {
		if free, err = r.server.opts.Chat.MaySeePresence(ctx, *r.who, h.To.Bare()); err != nil {
			return err
		}
	}
	v := &iqSignal{From: r.jid, Resource: h.To.Resource, Free: free, Stanza: r.stamped(e, h)}
	r.server.opts.Bus.Signal(bus.Signal{Topic: bus.Account(id), Kind: kindIQ, Value: v}, func(taken bool) {
		if !taken { // RFC 6121 §8.5.3.2.3
			r.send(errorItem(h, errNoRoute))
		}
	})
	return nil
}

// routeAnswer sends a result or an error on to who asked. Answers to us, and
// to nobody, end here.
func (r *resource) routeAnswer(e stanza.Element, h stanza.Header) {
	if h.To.Domain != r.who.Domain || h.To.Local == "" || h.To.IsBare() {
		r.learnCaps(e, h)
		return
	}
	ctx, cancel := ask()
	defer cancel()
	id, err := r.server.opts.Chat.Reach(ctx, *r.who, h.To)
	if err != nil || id == 0 {
		return
	}
	v := &iqSignal{From: r.jid, Resource: h.To.Resource, Free: true, Stanza: r.stamped(e, h)}
	r.server.opts.Bus.Signal(bus.Signal{Topic: bus.Account(id), Kind: kindIQ, Value: v}, nil)
}

// stamped is a copy of a stanza with its true addresses.
func (r *resource) stamped(e stanza.Element, h stanza.Header) []byte {
	return e.Append(nil, stanza.SetJID("from", r.jid), stanza.SetJID("to", h.To))
}
