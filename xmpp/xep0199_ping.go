package xmpp

import "switchboard/stanza"

// Pings. The answer comes after everything that the client sent before is
// committed.
var _ = register(extension{Spec: "XEP-0199", Title: "XMPP Ping", Version: "2.0.1",
	Feature: map[string]entity{stanza.NSPing: onServer | onSelf},
	IQ: []iqRoute{{stanza.Get, stanza.NSPing, "ping", onServer | onSelf,
		func(*request) ([]byte, error) { return nil, nil }}},
})
