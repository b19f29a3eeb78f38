package switchboard

import "time"

// Limits on what a stranger can make grow. Configuration may lower or raise
// those that have a setting; these are the defaults.
const (
	MaxStanza        = 256 << 10 // bytes of one stanza after authentication (XEP-0478)
	MaxStanzaNoAuth  = 10 << 10  // bytes of one element before authentication
	MaxDepth         = 64        // nesting of elements in a stanza
	MaxAttributes    = 64        // attributes of one element
	MaxBody          = 1 << 20   // bytes of a JSON or form request body
	MaxIdentifier    = 191       // bytes of an account's localpart
	MaxMetadata      = 3         // metadata pairs of an account: what the Platform API and its SDK say
	MaxDevices       = 10        // devices of an account; a tenant may set another limit
	MaxOutbound      = 4 << 20   // bytes waiting for one slow stream
	MaxUnacked       = 1000      // stanzas kept for resumption (XEP-0198)
	MaxStreams       = 64        // live streams of an account
	MaxRoster        = 5000      // roster items of an account
	MaxPage          = 250       // archive results of one page asked for by a client
	MaxFieldText     = 10_000    // characters of a free text field in the APIs
	MaxWebhooks      = 100       // webhooks of a tenant
	MaxKeys          = 1000      // live API keys of a tenant
	TokenLife        = time.Hour
	HandshakeTimeout = 30 * time.Second // from connect to bound stream
	ResumeTimeout    = 5 * time.Minute  // how long a cut stream may be resumed
)
