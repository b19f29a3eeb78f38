package stanza

// Namespaces.
const (
	NSXML   = "http://www.w3.org/XML/1998/namespace"
	NSXMLNS = "http://www.w3.org/2000/xmlns/"

	NSClient        = "jabber:client"                           // RFC 6120 §4.8.2
	NSServer        = "jabber:server"                           // RFC 6120 §4.8.2
	NSComponent     = "jabber:component:accept"                 // XEP-0114
	NSStream        = "http://etherx.jabber.org/streams"        // RFC 6120 §4.8.1
	NSStreamErrors  = "urn:ietf:params:xml:ns:xmpp-streams"     // RFC 6120 §4.9
	NSStanzaErrors  = "urn:ietf:params:xml:ns:xmpp-stanzas"     // RFC 6120 §8.3
	NSTLS           = "urn:ietf:params:xml:ns:xmpp-tls"         // RFC 6120 §5
	NSSASL          = "urn:ietf:params:xml:ns:xmpp-sasl"        // RFC 6120 §6
	NSBind          = "urn:ietf:params:xml:ns:xmpp-bind"        // RFC 6120 §7
	NSSession       = "urn:ietf:params:xml:ns:xmpp-session"     // RFC 3921 §3
	NSFraming       = "urn:ietf:params:xml:ns:xmpp-framing"     // RFC 7395
	NSRoster        = "jabber:iq:roster"                        // RFC 6121 §2
	NSRosterVer     = "urn:xmpp:features:rosterver"             // RFC 6121 §2.6
	NSPreApproval   = "urn:xmpp:features:pre-approval"          // RFC 6121 §3.4
	NSErrors        = "urn:xmpp:errors"                         // XEP-0205 §3.2, application conditions
	NSSASL2         = "urn:xmpp:sasl:2"                         // XEP-0388
	NSBind2         = "urn:xmpp:bind:0"                         // XEP-0386
	NSFAST          = "urn:xmpp:fast:0"                         // XEP-0484
	NSCB            = "urn:xmpp:sasl-cb:0"                      // XEP-0440
	NSLimits        = "urn:xmpp:stream-limits:0"                // XEP-0478
	NSBOSH          = "http://jabber.org/protocol/httpbind"     // XEP-0124
	NSXBOSH         = "urn:xmpp:xbosh"                          // XEP-0206
	NSForm          = "jabber:x:data"                           // XEP-0004
	NSOffline       = "msgoffline"                              // XEP-0160
	NSLast          = "jabber:iq:last"                          // XEP-0012
	NSDiscoInfo     = "http://jabber.org/protocol/disco#info"   // XEP-0030
	NSDiscoItems    = "http://jabber.org/protocol/disco#items"  // XEP-0030
	NSMUC           = "http://jabber.org/protocol/muc"          // XEP-0045
	NSMUCUser       = "http://jabber.org/protocol/muc#user"     // XEP-0045
	NSMUCAdmin      = "http://jabber.org/protocol/muc#admin"    // XEP-0045
	NSMUCOwner      = "http://jabber.org/protocol/muc#owner"    // XEP-0045
	NSPrivate       = "jabber:iq:private"                       // XEP-0049
	NSCommands      = "http://jabber.org/protocol/commands"     // XEP-0050
	NSVCard         = "vcard-temp"                              // XEP-0054
	NSVCardUpdate   = "vcard-temp:x:update"                     // XEP-0153
	NSRSM           = "http://jabber.org/protocol/rsm"          // XEP-0059
	NSPubSub        = "http://jabber.org/protocol/pubsub"       // XEP-0060
	NSPubSubEvent   = "http://jabber.org/protocol/pubsub#event" // XEP-0060
	NSPubSubErrors  = "http://jabber.org/protocol/pubsub#errors"
	NSPubSubOwner   = "http://jabber.org/protocol/pubsub#owner"
	NSPubSubOptions = "http://jabber.org/protocol/pubsub#publish-options"
	NSOOB           = "jabber:x:oob"                          // XEP-0066
	NSRegister      = "jabber:iq:register"                    // XEP-0077
	NSChatStates    = "http://jabber.org/protocol/chatstates" // XEP-0085
	NSVersion       = "jabber:iq:version"                     // XEP-0092
	NSCaps          = "http://jabber.org/protocol/caps"       // XEP-0115
	NSConference    = "jabber:x:conference"                   // XEP-0249
	NSReceipts      = "urn:xmpp:receipts"                     // XEP-0184
	NSBlocking      = "urn:xmpp:blocking"                     // XEP-0191
	NSBlockErrors   = "urn:xmpp:blocking:errors"              // XEP-0191 §3.5
	NSReporting     = "urn:xmpp:reporting:1"                  // XEP-0377
	NSSM3           = "urn:xmpp:sm:3"                         // XEP-0198
	NSPing          = "urn:xmpp:ping"                         // XEP-0199
	NSTime          = "urn:xmpp:time"                         // XEP-0202
	NSDelay         = "urn:xmpp:delay"                        // XEP-0203
	NSExtDisco      = "urn:xmpp:extdisco:2"                   // XEP-0215
	NSCarbons2      = "urn:xmpp:carbons:2"                    // XEP-0280
	NSForward       = "urn:xmpp:forward:0"                    // XEP-0297
	NSHash          = "urn:xmpp:hashes:2"                     // XEP-0300
	NSReplace       = "urn:xmpp:message-correct:0"            // XEP-0308
	NSMAM2          = "urn:xmpp:mam:2"                        // XEP-0313
	NSMAM2Extended  = "urn:xmpp:mam:2#extended"               // XEP-0313
	NSMarkers       = "urn:xmpp:chat-markers:0"               // XEP-0333
	NSHints         = "urn:xmpp:hints"                        // XEP-0334
	NSCSI           = "urn:xmpp:csi:0"                        // XEP-0352
	NSPush          = "urn:xmpp:push:0"                       // XEP-0357
	NSStanzaID      = "urn:xmpp:sid:0"                        // XEP-0359
	NSUpload        = "urn:xmpp:http:upload:0"                // XEP-0363
	NSMIX           = "urn:xmpp:mix:core:1"                   // XEP-0369
	NSBookmarks     = "urn:xmpp:bookmarks:1"                  // XEP-0402
	NSOldBookmarks  = "storage:bookmarks"                     // XEP-0048
	NSOccupantID    = "urn:xmpp:occupant-id:0"                // XEP-0421
	NSFallback      = "urn:xmpp:fallback:0"                   // XEP-0428
	NSRetract       = "urn:xmpp:message-retract:1"            // XEP-0424
	NSReactions     = "urn:xmpp:reactions:0"                  // XEP-0444
	NSReply         = "urn:xmpp:reply:0"                      // XEP-0461
	NSDisplayed     = "urn:xmpp:mds:displayed:0"              // XEP-0490
	NSSearch        = "jabber:iq:search"                      // XEP-0055
	NSStats         = "http://jabber.org/protocol/stats"      // XEP-0039
	NSAvatarData    = "urn:xmpp:avatar:data"                  // XEP-0084
	NSAvatarMeta    = "urn:xmpp:avatar:metadata"              // XEP-0084
	NSNick          = "http://jabber.org/protocol/nick"       // XEP-0172
	NSXHTML         = "http://jabber.org/protocol/xhtml-im"   // XEP-0071
	NSAddresses     = "http://jabber.org/protocol/address"    // XEP-0033
	NSJingleMessage = "urn:xmpp:jingle-message:0"             // XEP-0353
	NSJingle        = "urn:xmpp:jingle:1"                     // XEP-0166
	NSOMEMO         = "eu.siacs.conversations.axolotl"        // XEP-0384 0.3
	NSOMEMO2        = "urn:xmpp:omemo:2"                      // XEP-0384
	NSEME           = "urn:xmpp:eme:0"                        // XEP-0380
	NSConversation  = "urn:switchboard:conversation:0"        // our own: changes of a customer conversation
)

// Kinds of stanza (RFC 6120 §8): the names of their elements.
const (
	Message  = "message"
	Presence = "presence"
	IQ       = "iq"
)

// Types of message (RFC 6121 §5.2.2). No type means Normal.
const (
	Normal    = "normal"
	Chat      = "chat"
	Groupchat = "groupchat"
	Headline  = "headline"
)

// Types of iq (RFC 6120 §8.2.3). TypeError serves all three kinds of stanza.
const (
	Get       = "get"
	Set       = "set"
	Result    = "result"
	TypeError = "error"
)

// Types of presence (RFC 6121 §4.7.1). No type means available.
const (
	Unavailable  = "unavailable"
	Subscribe    = "subscribe"
	Subscribed   = "subscribed"
	Unsubscribe  = "unsubscribe"
	Unsubscribed = "unsubscribed"
	Probe        = "probe"
)
