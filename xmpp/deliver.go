package xmpp

import (
	"bytes"
	"errors"

	"switchboard"
	"switchboard/chat"
	"switchboard/stanza"
)

// deliver hands a message to the account's resources here, as chat.Delivery
// says (RFC 6121 §8.5). It reports whether one of them took it.
func (a *account) deliver(d *chat.Delivery) (taken bool) {
	m := d.Message
	if d.Carbon != chat.Direct {
		a.deliverCopies(d)
		return false
	}
	it := item{raw: m.Stanza, what: counted}
	if m.Type == chat.Headline || m.StanzaID == "" && m.Type != chat.Error && !bytes.Contains(m.Stanza, bodyTag) {
		it.what = light
	}
	if m.Group != 0 { // the group's archive has it; each member's copy gets its own address
		it.head = stanza.AppendAttr(nil, "to", a.bare.String())
		if m.StanzaID != "" {
			it.tail = stanza.AppendStanzaID(nil, m.From.Bare(), m.StanzaID)
		}
		for _, r := range a.list() {
			taken = r.takeAvailable(it) || taken
		}
		return taken
	}
	if m.StanzaID != "" {
		it.came = &arrival{who: a.who, msg: m}
		it.came.left.Store(1)
		it.tail = stanza.AppendStanzaID(make([]byte, 0, 96), a.bare, m.StanzaID)
	}
	if d.Resource != "" {
		taken = a.deliverFull(d.Resource, it)
	} else {
		taken = a.deliverBare(d, it)
	}
	if c := it.came; c != nil && c.left.Add(-1) == 0 && !c.done.Load() {
		return false // all that took it have lost it meanwhile
	}
	return taken
}

// bodyTag is in what somebody has written, to be kept or not.
var bodyTag = []byte("<body")

// deliverFull hands a message to one resource (RFC 6121 §8.5.3.1).
func (a *account) deliverFull(name string, it item) bool {
	for _, r := range a.list() {
		if r.jid.Resource == name {
			return r.takeOne(it)
		}
	}
	return false
}

// deliverBare hands a message to every available resource of non-negative
// priority (RFC 6121 §8.5.2.1.1). Those with carbons and a negative priority
// get a copy (XEP-0280 §7).
func (a *account) deliverBare(d *chat.Delivery, it item) (taken bool) {
	list := a.list()
	for _, r := range list {
		taken = r.takeBare(it) || taken
	}
	if !taken {
		return false
	}
	var copied item
	for _, r := range list {
		late, copies := r.missed()
		if late && it.came != nil { // what is not stored it has taken itself
			r.keepForHandOver(it)
		}
		if copies && !d.NoCopy {
			if copied.raw == nil {
				copied = carbonItem("received", a.bare, d.Message)
			}
			r.sendCopy(copied)
		}
	}
	return taken
}

// takeOne takes an item whatever the resource's presence.
func (r *resource) takeOne(it item) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if it.came != nil {
		if r.had(it.came.msg.Number) {
			return true
		}
		it.came.left.Add(1)
	}
	ok := r.sendLocked(&it)
	if !ok && it.came != nil {
		it.came.left.Add(-1)
	}
	return ok
}

// takeBare takes a message to the bare address if the resource gets those.
func (r *resource) takeBare(it item) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.presence == nil || r.priority < 0 {
		return false
	}
	if !r.attached {
		// It gets its offline messages first. What would not wait there, waits here.
		if it.came != nil || r.handing == nil || len(r.handing.live) >= maxHeld {
			return false
		}
		r.handing.live = append(r.handing.live, it)
		return true
	}
	if it.came != nil {
		if r.had(it.came.msg.Number) {
			return true
		}
		it.came.left.Add(1)
	}
	ok := r.sendLocked(&it)
	if !ok && it.came != nil {
		it.came.left.Add(-1)
	}
	return ok
}

// takeAvailable takes a message if the resource is available.
func (r *resource) takeAvailable(it item) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.presence != nil && r.sendLocked(&it)
}

// missed tells why a resource did not get a message to the bare address that
// another one took: its offline messages are being handed over, or it has
// carbons and a negative priority.
func (r *resource) missed() (late, copies bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.handing != nil, r.carbons && (r.presence == nil || r.priority < 0)
}

// deliverIQ hands an iq stanza to a resource, if the sender may know that it
// is there (RFC 6121 §8.5.3.1; RFC 6120 §13.10.2).
func (a *account) deliverIQ(v *iqSignal) bool {
	for _, r := range a.list() {
		if r.jid.Resource != v.Resource {
			continue
		}
		r.mu.Lock()
		_, shown := r.directed[v.From]
		if !shown {
			_, shown = r.directed[v.From.Bare()]
		}
		ok := (v.Free || shown) && r.sendLocked(&item{raw: v.Stanza, what: counted})
		r.mu.Unlock()
		return ok
	}
	return false
}

// errorItem is the answer of type error to a stanza that a client sent.
func errorItem(h stanza.Header, err error) item {
	return item{raw: h.AppendError(nil, stanzaError(err)), what: counted}
}

// errNoRoute is the answer when nobody is there who could give one, and when
// it must not be told whether somebody is (RFC 6121 §8.5).
var errNoRoute = stanza.NewError(stanza.ServiceUnavailable, "")

// stanzaError is what the sender of a stanza sees of an error. Some that chat
// knows have answers of their own.
func stanzaError(err error) *stanza.Error {
	var e *switchboard.Error
	if errors.As(err, &e) {
		switch e.Code {
		case "recipient-unavailable":
			return errNoRoute
		case "remote-server-not-found":
			return stanza.NewError(stanza.RemoteServerNotFound, e.Message)
		case "blocked": // XEP-0191 §3.3: the sender has blocked whom it writes to
			return stanza.NewError(stanza.NotAcceptable, e.Message).OfType(stanza.Cancel).With([]byte("<blocked xmlns='urn:xmpp:blocking:errors'/>"))
		}
	}
	return stanza.ErrorFrom(err)
}

// forwarded appends a message wrapped for a carbon or an archive's result
// (XEP-0297), with its id in the archive of by.
func appendForwarded(dst []byte, m *chat.Message, by switchboard.JID, head []byte, delay bool) []byte {
	it := item{raw: m.Stanza, head: head, what: counted}
	if m.StanzaID != "" {
		it.tail = stanza.AppendStanzaID(nil, by, m.StanzaID)
	}
	dst = append(dst, "<forwarded xmlns='urn:xmpp:forward:0'>"...)
	if delay {
		dst = stanza.AppendDelay(dst, switchboard.JID{}, m.Time)
	}
	return append(it.appendStandalone(dst), "</forwarded>"...)
}
