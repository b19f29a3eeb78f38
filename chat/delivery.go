package chat

import (
	"switchboard"
)

// The kinds of signals that chat sends to the topic bus.Account of an account.
const (
	KindDeliver      = "deliver"      // *Delivery: hand a message to streams
	KindOffline      = "offline"      // no value: a message waits offline that a stream which takes bare deliveries has missed; it calls Offline and Attach again
	KindRoster       = "roster"       // *RosterPush: push an item to the streams that asked for the roster
	KindSubscription = "subscription" // *SubscriptionPresence: hand a subscription stanza to available streams
	KindPresence     = "presence"     // *PresenceOrder: send this account's presence to somebody
	KindBlocking     = "blocking"     // *BlockPush: push to the streams that asked for the block list
	KindGroup        = "group"        // *GroupChange: the account's membership of a group has changed
)

// Carbon says whether a delivery is the message itself or a copy of it (XEP-0280).
type Carbon uint8

const (
	Direct   Carbon = iota // the message itself
	Sent                   // a copy for the sender's other streams
	Received               // a copy for the recipient's other streams
)

// Delivery is the value of KindDeliver. What the streams of Account on a node
// do with it, and whether their subscriber returns true (taken):
//
//   - Direct, Resource "": each available stream of non-negative priority gets
//     the message; taken if there was one (RFC 6121 §8.5.2). A stream with carbons
//     that is not one of them may get a Received copy; that does not count as taken.
//   - Direct, Resource r: the stream with that resource gets it whatever its
//     priority; taken if there is one (§8.5.3.1). If nobody takes it chat follows
//     with a Direct delivery to the bare address (type chat) or with nothing.
//   - Received, Resource r: every stream with carbons but r's gets a copy.
//   - Sent, Resource r, Stream x: every stream with carbons gets a copy, but
//     neither x nor, when Resource is not empty, the stream with that resource:
//     the account wrote to itself there and has it already.
//
// A stream that is cut but may be resumed takes what a live one would.
// Copies are signalled only where XEP-0280 §6.1 allows them. A Message with a
// Group goes to every available stream, also to the sender's own (Direct,
// Resource ""); nothing waits offline.
type Delivery struct {
	Account  switchboard.AccountID
	Resource string
	Stream   string
	Carbon   Carbon
	NoCopy   bool
	Message  *Message // shared: never changed
}
