package xmpp

import (
	"switchboard"
	"switchboard/chat"
	"switchboard/stanza"
)

// Copies of messages for the other resources of an account. Which messages are
// copied is decided by resource.classify (XEP-0280 §6.1) and by chat.
var _ = register(extension{Spec: "XEP-0280", Title: "Message Carbons", Version: "1.0.1",
	Feature: map[string]entity{
		stanza.NSCarbons2:          onServer | onSelf,
		"urn:xmpp:carbons:rules:0": onServer | onSelf, // XEP-0280 §6.1
	},
	IQ: []iqRoute{
		{stanza.Set, stanza.NSCarbons2, "enable", onSelf | onServer, carbonsOn(true)},
		{stanza.Set, stanza.NSCarbons2, "disable", onSelf | onServer, carbonsOn(false)},
	},
})

func carbonsOn(on bool) func(*request) ([]byte, error) {
	return func(rq *request) ([]byte, error) {
		rq.r.mu.Lock()
		rq.r.carbons = on
		rq.r.mu.Unlock()
		return nil, nil
	}
}

// deliverCopies hands out copies that chat asks for: see chat.Delivery.
func (a *account) deliverCopies(d *chat.Delivery) {
	kind := "sent"
	if d.Carbon == chat.Received {
		kind = "received"
	}
	var it item
	for _, r := range a.list() {
		if !r.copies() || d.Resource != "" && r.jid.Resource == d.Resource || d.Carbon == chat.Sent && r.key == d.Stream {
			continue
		}
		if it.raw == nil {
			it = carbonItem(kind, a.bare, d.Message)
		}
		r.sendCopy(it)
	}
}

func (r *resource) copies() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.carbons
}

// sendCopy sends a copy, addressed to the resource that gets it (XEP-0280 §7).
func (r *resource) sendCopy(it item) {
	it.head = stanza.AppendAttr(nil, "to", r.jid.String())
	r.send(it)
}

// carbonItem is a copy of a message (XEP-0280 §7, §8): from the account's own
// bare address, for sendCopy.
func carbonItem(kind string, bare switchboard.JID, m *chat.Message) item {
	h := stanza.Header{Name: stanza.Message, From: bare, Type: m.Type}
	if h.Type == chat.Normal {
		h.Type = ""
	}
	inner := append(make([]byte, 0, len(m.Stanza)+512), '<')
	inner = append(append(inner, kind...), " xmlns='urn:xmpp:carbons:2'>"...)
	inner = appendForwarded(inner, m, bare, nil, false)
	inner = append(append(append(inner, "</"...), kind...), '>')
	what := counted
	if m.StanzaID == "" {
		what = light
	}
	return item{raw: h.Append(nil, inner), what: what}
}
