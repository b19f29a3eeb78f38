package chat

import (
	"context"
	"slices"

	"switchboard"
	"switchboard/store"
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

const (
	maxRosterName = 1023 // bytes of a contact's name or of a roster group's
	maxLabels     = 64   // roster groups of one contact
	keptRemovals  = 1000 // removed contacts that are kept for deltas
)

var (
	errRosterFull   = switchboard.Ef(switchboard.TooMany, "roster-full", "a roster has at most %d contacts", switchboard.MaxRoster)
	errRosterItem   = switchboard.E(switchboard.NotFound, "contact-not-found", "this address is not in the roster")
	errRosterSelf   = switchboard.E(switchboard.NotAllowed, "contact-self", "your own address cannot be in your roster")
	errRosterName   = switchboard.Ef(switchboard.Invalid, "contact-name-invalid", "a name or group in the roster has at most %d bytes", maxRosterName)
	errLabelEmpty   = switchboard.E(switchboard.Invalid, "roster-group-empty", "a roster group has a name")
	errLabelTwice   = switchboard.E(switchboard.Invalid, "roster-group-twice", "a roster group is named twice")
	errLabels       = switchboard.Ef(switchboard.TooMany, "too-many-roster-groups", "a contact is in at most %d roster groups", maxLabels)
	errSubscription = switchboard.E(switchboard.Invalid, "subscription-kind", "this is no subscription stanza")
)

func itemOf(c store.Contact) RosterItem {
	j, _ := switchboard.ParseJID(c.JID)
	item := RosterItem{JID: j, Name: c.Name, Groups: c.Labels, Ask: c.Asked, Approved: c.Approved,
		Subscription: subscriptionOf(c).name()}
	if !c.Listed {
		return RosterItem{JID: j, Subscription: SubscriptionRemove}
	}
	return item
}

func subscriptionOf(c store.Contact) subscription {
	return subscription{to: c.To, from: c.From, asked: c.Asked, requested: c.Requested, approved: c.Approved}
}

// Roster returns the asker's roster; since is the revision that the client has,
// nil if it has none. Deltas are given as long as they are kept (RFC 6121 §2.6).
func (s *Service) Roster(ctx context.Context, p switchboard.Principal, since *switchboard.Revision) (Roster, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return Roster{}, err
	}
	var r Roster
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		last, floor, err := tx.RosterRevision(a.id)
		if err != nil {
			return err
		}
		after := switchboard.Revision(-1)
		if since != nil && *since >= floor && *since <= last {
			after = *since
		}
		r = Roster{Full: after < 0, Revision: last}
		rows, err := tx.Contacts(a.id, after)
		for _, c := range rows {
			if c.Listed || !r.Full {
				r.Items = append(r.Items, itemOf(c))
			}
		}
		return err
	})
	return r, err
}

func checkItem(a *account, item RosterItem) error {
	switch {
	case item.JID == a.jid:
		return errRosterSelf
	case item.JID.IsZero():
		return errRosterItem
	case len(item.Name) > maxRosterName || !validText(item.Name):
		return errRosterName
	case len(item.Groups) > maxLabels:
		return errLabels
	}
	for i, g := range item.Groups {
		switch {
		case g == "":
			return errLabelEmpty
		case len(g) > maxRosterName || !validText(g):
			return errRosterName
		case slices.Contains(item.Groups[:i], g):
			return errLabelTwice
		}
	}
	return nil
}

// SetRosterItem adds a contact or changes its name and groups (RFC 6121 §2.3, §2.4).
func (s *Service) SetRosterItem(ctx context.Context, p switchboard.Principal, item RosterItem) error {
	a, err := s.asker(ctx, p)
	if err != nil {
		return err
	}
	item.JID = item.JID.Bare()
	if err := checkItem(a, item); err != nil {
		return err
	}
	return s.exchange(ctx, a, item.JID, func(x *exchange) error {
		x.own.row.Name, x.own.row.Labels = item.Name, item.Groups
		return x.own.put(subscriptionOf(x.own.row), true, true)
	})
}
