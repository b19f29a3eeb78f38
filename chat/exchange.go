package chat

import (
	"context"

	"switchboard"
	"switchboard/bus"
	"switchboard/store"
)

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
