package chat

import "switchboard"

// BlockPush is the value of KindBlocking (XEP-0191 §3.3, §3.5): these addresses
// were blocked or (Blocked false) unblocked; no addresses means that all were.
// For the presence that blocking hides or shows again there are signals of
// KindPresence of their own.
type BlockPush struct {
	Blocked bool
	JIDs    []switchboard.JID
}
