package chat

// The subscription state machine of RFC 6121 Appendix A, as pure functions.

// The subscription stanzas.
const (
	Subscribe    = "subscribe"
	Subscribed   = "subscribed"
	Unsubscribe  = "unsubscribe"
	Unsubscribed = "unsubscribed"
)

// subscription is one side's state (A.1): the nine states are the combinations
// of the first four in which an ask does not stand beside what it asks for.
type subscription struct {
	to        bool // the owner gets the contact's presence
	from      bool // the contact gets the owner's
	asked     bool // pending out
	requested bool // pending in
	approved  bool // the owner has approved a request that has not come yet (§3.4)
}

// name is the state as a roster item shows it.
func (s subscription) name() string {
	switch {
	case s.to && s.from:
		return SubscriptionBoth
	case s.to:
		return SubscriptionTo
	case s.from:
		return SubscriptionFrom
	}
	return SubscriptionNone
}

// outbound is what a stanza that the owner sends does on the owner's side (A.2):
// the next state, and whether the contact's side hears of it.
func (s subscription) outbound(kind string) (next subscription, route bool) {
	next = s
	switch kind {
	case Subscribe: // A.2.1
		next.asked = !s.to
		return next, true
	case Unsubscribe: // A.2.2
		next.to, next.asked = false, false
		return next, true
	case Subscribed: // A.2.3, and §3.4 where nothing was asked
		if s.requested {
			next.from, next.requested = true, false
			return next, true
		}
		next.approved = s.approved || !s.from
		return next, false
	case Unsubscribed: // A.2.4
		next.from, next.requested, next.approved = false, false, false
		return next, s.from || s.requested
	}
	return s, false
}

// inbound is what a stanza that the contact sends does on the owner's side (A.3):
// the next state, whether the owner's streams get the stanza, and the answer
// that the server gives in the owner's name, if any.
func (s subscription) inbound(kind string) (next subscription, deliver bool, answer string) {
	next = s
	switch kind {
	case Subscribe: // A.3.1
		switch {
		case s.from:
			return s, false, Subscribed
		case s.approved: // §3.4.2
			next.from = true
			return next, false, Subscribed
		case s.requested:
			return s, false, ""
		}
		next.requested = true
		return next, true, ""
	case Unsubscribe: // A.3.2
		next.from, next.requested = false, false
		return next, s.from || s.requested, ""
	case Subscribed: // A.3.3
		if !s.asked {
			return s, false, ""
		}
		next.to, next.asked = true, false
		return next, true, ""
	case Unsubscribed: // A.3.4
		next.to, next.asked = false, false
		return next, s.to || s.asked, ""
	}
	return s, false, ""
}
