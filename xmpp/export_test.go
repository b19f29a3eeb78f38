package xmpp

import (
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/stanza"
)

// Sweep looks after deadlines, as Run does every second.
func (srv *Server) Sweep(now time.Time) { srv.sweep(now) }

// Negotiating is how many streams are under negotiation.
func (srv *Server) Negotiating() int { return srv.door.size() }

// Resources counts the resources of an account that are bound here, and those
// of them that have a stream.
func (srv *Server) Resources(id switchboard.AccountID) (bound, connected int) {
	a := srv.accounts.find(id)
	if a == nil {
		return 0, 0
	}
	for _, r := range a.list() {
		bound++
		if r.current() != nil {
			connected++
		}
	}
	return bound, connected
}

// VCardWith is a vCard that somebody published, as it is shown when the profile
// says something else.
func VCardWith(raw []byte, p chat.Profile) []byte {
	w := stanza.NewWriter(nil).Start("vCard", "xmlns", stanza.NSVCard)
	writeVCard(w, raw, &p)
	return w.Bytes()
}

// ProfileOf is what a vCard says of a profile.
func ProfileOf(raw []byte) (chat.Profile, error) {
	var p stanza.Parser
	defer p.Close()
	e, err := p.Parse(raw)
	if err != nil {
		return chat.Profile{}, err
	}
	return vcardProfile(e), nil
}

// Register adds a specification, for the test of duplicates.
func Register(spec, feature string) {
	g := newRegistry()
	g.add(&extension{Spec: "XEP-0001", Feature: map[string]entity{"urn:one": onServer}})
	g.add(&extension{Spec: spec, Feature: map[string]entity{feature: onServer}})
}

// CopyOf is a stanza as it goes to a client: with an attribute and a child added,
// and standing for itself if it is alone.
func CopyOf(raw, head, tail []byte, alone bool) []byte {
	it := item{raw: raw, head: head, tail: tail, what: counted}
	if alone {
		return it.appendStandalone(nil)
	}
	return it.appendTo(nil)
}

// Interests are the nodes of which a client wants notifications.
func Interests(answer []byte) ([]string, error) {
	e, err := stanza.Parse(answer)
	return interestsOf(e), err
}
