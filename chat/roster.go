package chat

import (
	"context"
	"slices"

	"switchboard"
	"switchboard/bus"
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

// RemoveRosterItem removes a contact and ends both subscriptions (RFC 6121 §2.5).
func (s *Service) RemoveRosterItem(ctx context.Context, p switchboard.Principal, jid switchboard.JID) error {
	a, err := s.asker(ctx, p)
	if err != nil {
		return err
	}
	return s.exchange(ctx, a, jid.Bare(), func(x *exchange) error {
		if !x.own.row.Listed {
			return errRosterItem
		}
		before := subscriptionOf(x.own.row)
		if before.to || before.asked {
			if err := x.deliver(Unsubscribe, nil); err != nil {
				return err
			}
		}
		if before.from || before.requested {
			if err := x.deliver(Unsubscribed, nil); err != nil {
				return err
			}
		}
		if before.from {
			x.order(a, x.otherJID, x.other, true)
		}
		x.own.row.Name, x.own.row.Labels = "", nil
		if err := x.own.put(subscription{}, false, true); err != nil {
			return err
		}
		return x.tx.TrimRoster(a.id, keptRemovals)
	})
}

// Subscription acts on a subscription stanza that an account sends: kind is
// subscribe, subscribed, unsubscribe or unsubscribed (RFC 6121 §3). stanza is the
// whole <presence/> with from and to bare; nil makes a plain one. What the
// streams of either side have to know is signalled to them.
func (s *Service) Subscription(ctx context.Context, p switchboard.Principal, to switchboard.JID, kind string, stanza []byte) error {
	a, err := s.asker(ctx, p)
	to = to.Bare()
	switch {
	case err != nil:
		return err
	case kind != Subscribe && kind != Subscribed && kind != Unsubscribe && kind != Unsubscribed:
		return errSubscription
	case a.kind == switchboard.Visitor:
		return errVisitor
	case to == a.jid: // one's own presence needs no subscription
		return nil
	case to.Domain != a.tenant.domain && to.Domain != a.tenant.groupHost:
		return errForeignDomain
	case a.blocked(to):
		return errBlocked
	}
	if len(stanza) > switchboard.MaxStanza {
		return errTooLarge
	}
	return s.exchange(ctx, a, to, func(x *exchange) error {
		before := subscriptionOf(x.own.row)
		next, route := before.outbound(kind)
		listed := x.own.row.Listed || kind == Subscribe || next.from || next.approved
		if err := x.own.put(next, listed, false); err != nil {
			return err
		}
		if route {
			if err := x.deliver(kind, stanza); err != nil {
				return err
			}
		}
		if next.from != before.from { // §3.1.5, §3.2.2
			x.order(a, to, x.other, !next.from)
		}
		return nil
	})
}

// exchange is a change of the roster of one account, and of its contact's as far
// as it follows from the first.
type exchange struct {
	s        *Service
	tx       *store.Tx
	a, other *account // other is nil if there is no such account, or it blocks a
	otherJID switchboard.JID
	own      side
	theirs   side
	signals  []bus.Signal // for after the commit
}

// side is one account's row for the other.
type side struct {
	x     *exchange
	owner *account
	row   store.Contact
}

// exchange runs change on a's row for a contact within a transaction, and
// announces its consequences after the commit.
func (s *Service) exchange(ctx context.Context, a *account, jid switchboard.JID, change func(*exchange) error) error {
	other, err := s.counterpart(ctx, a, jid)
	if err != nil {
		return err
	}
	var x *exchange
	err = s.db.Write(ctx, func(tx *store.Tx) (err error) {
		x = &exchange{s: s, tx: tx, a: a, other: other, otherJID: jid}
		if err = x.own.load(x, a, jid); err != nil {
			return err
		}
		if other != nil {
			if err = x.theirs.load(x, other, a.jid); err != nil {
				return err
			}
		}
		return change(x)
	})
	if err != nil {
		return err
	}
	for _, sig := range x.signals {
		s.bus.Signal(sig, nil)
	}
	return nil
}

func (s *Service) counterpart(ctx context.Context, a *account, jid switchboard.JID) (*account, error) {
	if jid.Domain != a.tenant.domain || jid.Local == "" {
		return nil, nil
	}
	other, err := s.account(ctx, a.tenant.id, jid.Local)
	switch {
	case err == store.ErrNone:
		return nil, nil
	case err != nil:
		return nil, err
	case !other.visibleTo(a):
		return nil, nil
	}
	return other, nil
}

func (d *side) load(x *exchange, owner *account, jid switchboard.JID) (err error) {
	d.x, d.owner = x, owner
	d.row, err = x.tx.Contact(owner.id, jid.String())
	if err == store.ErrNone {
		d.row, err = store.Contact{Account: owner.id, JID: jid.String()}, nil
	}
	if jid.Domain == owner.tenant.domain {
		d.row.Localpart = jid.Local
	}
	return err
}

// put stores the row in a new state, with a new revision and a push if its owner
// sees a difference (or always, for a change of the name).
func (d *side) put(next subscription, listed, changed bool) error {
	before := subscriptionOf(d.row)
	visible := changed || listed != d.row.Listed ||
		listed && (next.to != before.to || next.from != before.from || next.asked != before.asked || next.approved != before.approved)
	if !visible && next == before {
		return nil
	}
	if (listed || next.requested) && !d.row.Listed && !before.requested {
		n, err := d.x.tx.CountContacts(d.owner.id)
		if err != nil {
			return err
		}
		if n >= switchboard.MaxRoster {
			return errRosterFull
		}
	}
	d.row.To, d.row.From, d.row.Asked, d.row.Requested, d.row.Approved = next.to, next.from, next.asked, next.requested, next.approved
	d.row.Listed = listed
	if !next.requested {
		d.row.Request = nil
	}
	if visible {
		var err error
		if d.row.Revision, err = d.x.tx.NextRosterRevision(d.owner.id); err != nil {
			return err
		}
		d.x.signal(d.owner, KindRoster, &RosterPush{Item: itemOf(d.row), Revision: d.row.Revision})
	}
	return d.x.tx.PutContact(d.row)
}

// deliver brings a stanza to the contact's side (RFC 6121 §3.1.3 and its like),
// and the server's own answer back.
func (x *exchange) deliver(kind string, stanza []byte) error {
	if x.other == nil {
		return nil // nobody there to answer: the request stays pending
	}
	if stanza == nil {
		stanza = plainPresence(x.a.jid, x.otherJID, kind)
	}
	before := subscriptionOf(x.theirs.row)
	next, hand, answer := before.inbound(kind)
	if next.requested && !before.requested {
		x.theirs.row.Request = stanza
	}
	switch err := x.theirs.put(next, x.theirs.row.Listed || next.from || next.to, false); {
	case err == errRosterFull:
		return nil // the contact takes no more requests
	case err != nil:
		return err
	}
	if hand {
		x.signal(x.other, KindSubscription, &SubscriptionPresence{From: x.a.jid, To: x.otherJID, Type: kind, Stanza: stanza})
	}
	if before.from && !next.from { // §3.3.3
		x.order(x.other, x.a.jid, x.a, true)
	}
	if answer != "" {
		return x.answered(answer)
	}
	return nil
}

// answered is the contact's side's own answer on the asker's side.
func (x *exchange) answered(kind string) error {
	before := subscriptionOf(x.own.row)
	next, hand, _ := before.inbound(kind)
	if err := x.own.put(next, x.own.row.Listed, false); err != nil || !hand {
		return err
	}
	x.signal(x.a, KindSubscription, &SubscriptionPresence{From: x.otherJID, To: x.a.jid, Type: kind,
		Stanza: plainPresence(x.otherJID, x.a.jid, kind)})
	x.order(x.other, x.a.jid, x.a, false)
	return nil
}

func plainPresence(from, to switchboard.JID, kind string) []byte {
	dst := appendAttribute([]byte("<presence"), "from", from.String())
	dst = appendAttribute(dst, "to", to.String())
	return append(appendAttribute(dst, "type", kind), "/>"...)
}

func (x *exchange) signal(to *account, kind string, v bus.Value) {
	x.signals = append(x.signals, bus.Signal{Topic: bus.Account(to.id), Kind: kind, Value: v})
}

// order makes an account's streams send their presence to somebody.
func (x *exchange) order(of *account, to switchboard.JID, account *account, unavailable bool) {
	if account != nil {
		x.signal(of, KindPresence, &PresenceOrder{To: to, Account: account.id, Unavailable: unavailable})
	}
}

// PendingRequests returns the subscription requests that wait for the asker's
// answer: each available stream gets them first (RFC 6121 §3.1.3).
func (s *Service) PendingRequests(ctx context.Context, p switchboard.Principal) ([]SubscriptionPresence, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return nil, err
	}
	var all []SubscriptionPresence
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		rows, err := tx.Requests(a.id)
		for _, c := range rows {
			from, err := switchboard.ParseJID(c.JID)
			if err != nil || a.blocked(from) {
				continue
			}
			all = append(all, SubscriptionPresence{From: from, To: a.jid, Type: Subscribe, Stanza: c.Request})
		}
		return err
	})
	return all, err
}

// Contacts returns the contacts that share presence with the asker in one
// direction or both, without those that either side blocks.
func (s *Service) Contacts(ctx context.Context, p switchboard.Principal) ([]Contact, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return nil, err
	}
	var all []Contact
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		peers, err := tx.Peers(a.id, a.tenant.id)
		if err != nil || len(peers) == 0 {
			return err
		}
		blockers, err := tx.BlockedBy(a.tenant.id, a.bare)
		if err != nil {
			return err
		}
		hidden := make(map[switchboard.AccountID]bool, len(blockers))
		for _, b := range blockers {
			hidden[b.ID] = true
		}
		for _, peer := range peers {
			j, err := switchboard.ParseJID(peer.JID)
			if err == nil && !hidden[peer.Account] && !a.blocked(j) {
				all = append(all, Contact{JID: j, Account: peer.Account, From: peer.From, To: peer.To})
			}
		}
		return nil
	})
	return all, err
}

// MaySeePresence reports whether the asker may know another account's presence:
// it is subscribed to it (or is it), and neither blocks the other.
func (s *Service) MaySeePresence(ctx context.Context, p switchboard.Principal, of switchboard.JID) (bool, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return false, err
	}
	of = of.Bare()
	if of == a.jid {
		return true, nil
	}
	other, err := s.counterpart(ctx, a, of)
	if err != nil || other == nil || a.blocked(of) {
		return false, err
	}
	var c store.Contact
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		c, err = tx.Contact(other.id, a.bare)
		return err
	})
	if err == store.ErrNone {
		return false, nil
	}
	return c.From, err
}
