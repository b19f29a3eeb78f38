package chat

import (
	"time"

	"switchboard"
	"switchboard/store"
)

// The types of a message (RFC 6121 §5.2.2).
const (
	Chat      = "chat"
	Normal    = "normal" // also what an absent type means
	Groupchat = "groupchat"
	Headline  = "headline"
	Error     = "error"
)

// Draft is a message that somebody wants to send.
//
// Stanza is the whole <message/> element with the right from and to and
// without any <stanza-id/> that claims to be ours; Send keeps it, so the caller must
// not change it afterwards. For a group chat replaces from (by the member's
// address in the group) and removes to, which each delivery adds.
type Draft struct {
	To     switchboard.JID // the zero JID is the sender's own bare address (RFC 6120 §10.3.1)
	Type   string          // "" is Normal
	ID     string          // the stanza's id attribute, may be empty
	Stanza []byte
	Store  bool // it has a body or another payload that is worth keeping
	Quiet  bool // it is only about other messages (a receipt, a marker): neither unread nor a chat's newest one
	NoCopy bool // no carbons (XEP-0280 §6.1: private and no-copy, or not eligible)

	Resource string // of the sending stream; "" for REST
	Stream   string // names the sending stream, which gets no carbon of it

	with func(*store.Tx) error // what becomes true together with the message; may be nil
}

// Message is a message after the rules have passed it. Number and StanzaID are
// its place in the archive of whoever it is shown to: the recipient's in a
// Delivery, the sender's in the result of Send, the group's for a group.
type Message struct {
	Position switchboard.Position // 0 if it was not stored
	Time     time.Time
	From, To switchboard.JID // From has the sender's resource; in a group it is group@mix.domain/localpart
	Type, ID string
	Stanza   []byte                // as archived; without stanza-id
	Sender   switchboard.AccountID // 0 for the server itself
	Group    switchboard.GroupID   // 0 for 1-1
	Number   int64                 // 1, 2, 3 … in the archive; 0 if it was not stored
	StanzaID string                // the archive's id of it (XEP-0359), "" if it was not stored
}

// SendOptions adorn SendText.
type SendOptions struct {
	ID      string // the stanza's id; a new UUID when empty
	Thread  string
	ReplyTo string // archive id or stanza's id of the message that this one answers (XEP-0461)

	author  string // of the message that ReplyTo names
	payload []byte // elements beside the text
	with    func(*store.Tx) error
}
