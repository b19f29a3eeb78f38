package xmpp

import "switchboard/stanza"

// Ids of archived messages. They are added on delivery and are those of the
// recipient's archive; ids that a client claims for archives here are taken
// out of what it sends (XEP-0359 §5): see resource.claimsOurs.
var _ = register(extension{Spec: "XEP-0359", Title: "Unique and Stable Stanza IDs", Version: "0.7.0",
	Feature: map[string]entity{stanza.NSStanzaID: onServer | onSelf | onAccount | onGroup}})
