package xmpp

import "switchboard/stanza"

// Client state indication: while a client is inactive, what it can wait for
// waits. Nothing is lost and nothing overtakes: before anything else is sent,
// what waits goes first.
var _ = register(extension{Spec: "XEP-0352", Title: "Client State Indication", Version: "1.0.0",
	Offer: func(_ *stream, dst []byte) []byte { return append(dst, "<csi xmlns='urn:xmpp:csi:0'/>"...) },
	Element: []elementRoute{
		{stanza.NSCSI, "active", func(r *resource, _ *stream, _ stanza.Element) error { r.setActive(true); return nil }},
		{stanza.NSCSI, "inactive", func(r *resource, _ *stream, _ stanza.Element) error { r.setActive(false); return nil }},
	},
	Hold: (*resource).holdLight,
})

// maxHeld is how many stanzas wait for an inactive client before all are sent.
const maxHeld = 200

// csiState exists while the client is inactive.
type csiState struct{ held []item }

func (r *resource) setActive(active bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !active && r.csi == nil:
		r.csi = &csiState{}
	case active && r.csi != nil:
		r.flushHeld()
		r.csi = nil
	}
}

// flushHeld sends what waits. The resource is locked.
func (r *resource) flushHeld() {
	held := r.csi.held
	r.csi.held = nil
	for i := range held {
		r.passOn(&held[i])
	}
}

// holdLight holds an item back that an inactive client can wait for.
func (r *resource) holdLight(it *item) bool {
	if r.csi == nil {
		return false
	}
	if it.what == light && len(r.csi.held) < maxHeld {
		r.csi.held = append(r.csi.held, *it)
		return true
	}
	if it.what != plain {
		r.flushHeld()
	}
	return false
}
