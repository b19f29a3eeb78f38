package xmpp

import "switchboard/stanza"

// What is passed on between clients and has its place in the archive's rules:
// see resource.classify. Receipts are the clients' own affair; the server
// shows no feature for them but its accounts' archives keep them.
var (
	_ = register(extension{Spec: "XEP-0184", Title: "Message Delivery Receipts", Version: "1.4.0"})
	_ = register(extension{Spec: "XEP-0334", Title: "Message Processing Hints", Version: "0.3.0",
		Feature: map[string]entity{stanza.NSHints: onServer}})
)
