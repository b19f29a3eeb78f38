package chat

import (
	"switchboard"
)

// The subscription states that a roster item shows (RFC 6121 §2.1.2.5).
const (
	SubscriptionNone   = "none"
	SubscriptionTo     = "to"
	SubscriptionFrom   = "from"
	SubscriptionBoth   = "both"
	SubscriptionRemove = "remove" // only in a push or a delta
)

// RosterItem is a contact as its owner sees it (RFC 6121 §2.1.2).
type RosterItem struct {
	JID          switchboard.JID
	Name         string
	Groups       []string
	Subscription string
	Ask          bool // ask='subscribe': we asked and wait
	Approved     bool // approved='true': pre-approval (RFC 6121 §3.4)
}

// Roster is a roster, or what has changed in it since the revision asked for.
type Roster struct {
	Full     bool // Items is the whole roster; otherwise deltas, oldest first (RFC 6121 §2.6)
	Items    []RosterItem
	Revision switchboard.Revision
}

// RosterPush is the value of KindRoster (RFC 6121 §2.1.6).
type RosterPush struct {
	Item     RosterItem
	Revision switchboard.Revision
}

// SubscriptionPresence is the value of KindSubscription: a <presence/> of type
// subscribe, subscribed, unsubscribe or unsubscribed for the available streams
// of the account on the topic. Stanza is the whole element, from and to bare.
type SubscriptionPresence struct {
	From, To switchboard.JID
	Type     string
	Stanza   []byte
}

// PresenceOrder is the value of KindPresence: the streams of the account on the
// topic send their current presence to an account, or (Unavailable) presence of
// type unavailable in their name. A subscription has begun or ended.
type PresenceOrder struct {
	To          switchboard.JID
	Account     switchboard.AccountID // of To; its streams listen on bus.Account
	Unavailable bool
}

// Contact is a roster item with what presence needs to know.
type Contact struct {
	JID     switchboard.JID
	Account switchboard.AccountID // 0 if it is not an account here
	From    bool                  // it is subscribed to us: it gets our presence
	To      bool                  // we are subscribed to it: we get its presence
}
