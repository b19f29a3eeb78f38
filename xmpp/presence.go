package xmpp

import (
	"context"
	"strconv"
	"strings"
	"time"

	"switchboard"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/stanza"
)

// maxDirected bounds the addresses that a resource may send presence to beside
// its contacts.
const maxDirected = 1000

// maxPresence bounds the bytes of presence, which is kept as long as it holds.
const maxPresence = 16 << 10

// askTimeout bounds one question to chat.
const askTimeout = 15 * time.Second

// ask makes a context for a question to chat on behalf of a client.
func ask() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), askTimeout)
}

// takePresence handles a presence stanza of the client (RFC 6121 §4).
func (r *resource) takePresence(e stanza.Element) error {
	h, err := stanza.HeaderOf(e)
	if err != nil {
		r.bounce(e, err)
		return nil
	}
	if err := r.checkFrom(e, h); err != nil {
		return err
	}
	h.From = r.jid
	switch {
	case h.Type == "" && h.To.IsZero():
		err = r.setPresence(e)
	case h.Type == stanza.Unavailable && h.To.IsZero():
		r.setUnavailable(e)
	case h.To.IsZero():
		err = stanza.NewError(stanza.BadRequest, "presence of this type needs an address")
	case h.Type == "" || h.Type == stanza.Unavailable:
		err = r.directPresence(e, h)
	case h.Type == stanza.Probe:
		err = r.probe(h)
	case h.Type == stanza.TypeError: // nobody waits for it
	case isSubscription(h.Type):
		err = r.subscription(e, h)
	default:
		err = stanza.NewError(stanza.BadRequest, "there is no such type of presence")
	}
	if err != nil && h.Type != stanza.TypeError {
		r.send(errorItem(h, err))
	}
	return nil
}

func isSubscription(typ string) bool {
	switch typ {
	case stanza.Subscribe, stanza.Subscribed, stanza.Unsubscribe, stanza.Unsubscribed:
		return true
	}
	return false
}

// priorityOf reads the priority (RFC 6121 §4.7.2.3).
func priorityOf(e stanza.Element) (int8, error) {
	p := e.Child("", "priority")
	if p.IsZero() {
		return 0, nil
	}
	n, err := strconv.ParseInt(strings.TrimSpace(p.Text()), 10, 8)
	if err != nil {
		return 0, stanza.NewError(stanza.BadRequest, "a priority is a number from -128 to 127")
	}
	return int8(n), nil
}

// setPresence is initial presence and every later change of it (RFC 6121 §4.2,
// §4.4).
func (r *resource) setPresence(e stanza.Element) error {
	priority, err := priorityOf(e)
	if err != nil {
		return err
	}
	ctx, cancel := ask()
	defer cancel()
	hash := r.account.avatarHash(ctx)
	edits, own := withPhoto(e, hash, stanza.SetJID("from", r.jid), stanza.RemoveAttr("to"))
	raw := e.Append(nil, edits...)
	if len(raw) > maxPresence {
		return stanza.NewError(stanza.PolicyViolation, "this presence is too large")
	}
	r.mu.Lock()
	if r.gone {
		r.mu.Unlock()
		return nil
	}
	initial := r.presence == nil
	r.presence, r.priority, r.noPhoto = raw, priority, own
	r.mu.Unlock()
	if now := r.account.avatarHash(ctx); now != hash { // it has changed in between
		if fresh := r.rehash(now); fresh != nil {
			raw = fresh
		}
	}
	contacts, err := r.server.opts.Chat.PresenceContacts(ctx, *r.who)
	if err != nil {
		return err
	}
	r.tellOwn(&presenceSignal{From: r.jid, Stanza: raw})
	r.tellContacts(contacts, raw)
	if initial {
		r.askContacts(contacts)
		if err := r.showRequests(ctx); err != nil {
			return err
		}
	}
	if priority >= 0 {
		r.handOver(ctx)
	}
	if initial && !r.account.viewed.Swap(true) {
		r.server.accountChanged(r.account.id)
	}
	r.noteCaps(e)
	return nil
}

// tellOwn shows presence to the account's own available resources, this one
// too (RFC 6121 §4.2.2).
func (r *resource) tellOwn(v *presenceSignal) {
	r.server.opts.Bus.Signal(bus.Signal{Topic: bus.Account(r.account.id), Kind: kindPresence, Value: v}, nil)
}

// tellContacts broadcasts presence to those who are subscribed to it.
func (r *resource) tellContacts(contacts []chat.Contact, raw []byte) {
	v := &presenceSignal{From: r.jid, Stanza: raw}
	for _, c := range contacts {
		if c.From && c.Account != 0 {
			r.server.opts.Bus.Signal(bus.Signal{Topic: bus.Account(c.Account), Kind: kindPresence, Value: v}, nil)
		}
	}
}

// askContacts asks for the presence of those whom the account is subscribed
// to, and of its own other resources (RFC 6121 §4.3.1, §4.2.2).
func (r *resource) askContacts(contacts []chat.Contact) {
	v := &probeSignal{Account: r.account.id, Resource: r.jid.Resource}
	for _, c := range contacts {
		if c.To && c.Account != 0 {
			r.server.opts.Bus.Signal(bus.Signal{Topic: bus.Account(c.Account), Kind: kindProbe, Value: v}, nil)
		}
	}
	r.server.opts.Bus.Signal(bus.Signal{Topic: bus.Account(r.account.id), Kind: kindProbe, Value: v}, nil)
}

// showRequests shows the subscription requests that wait for an answer (RFC
// 6121 §3.1.3).
func (r *resource) showRequests(ctx context.Context) error {
	requests, err := r.server.opts.Chat.PendingRequests(ctx, *r.who)
	for _, q := range requests {
		r.send(item{raw: q.Stanza, what: counted})
	}
	return err
}

// setUnavailable is the end of being available (RFC 6121 §4.5).
func (r *resource) setUnavailable(e stanza.Element) {
	raw := e.Append(nil, stanza.SetJID("from", r.jid), stanza.RemoveAttr("to"))
	r.mu.Lock()
	was, directed := r.presence != nil, r.directed
	r.presence, r.attached, r.handing, r.directed = nil, false, nil, nil
	r.forgetCaps()
	r.quiet.Broadcast()
	r.mu.Unlock()
	if !was && len(directed) == 0 {
		return
	}
	r.send(item{raw: raw, head: stanza.AppendAttr(nil, "to", r.jid.String()), what: counted}) // §4.5.2
	r.sayUnavailable(was, directed, raw)
}

// sayUnavailable tells everybody who saw the resource that it is not available
// any more (RFC 6121 §4.5.2, §4.6.3). raw may be nil.
func (r *resource) sayUnavailable(was bool, directed map[switchboard.JID]switchboard.AccountID, raw []byte) {
	if raw == nil {
		raw = unavailable(r.jid)
	}
	told := map[switchboard.AccountID]bool{}
	if was {
		ctx, cancel := ask()
		defer cancel()
		contacts, err := r.server.opts.Chat.PresenceContacts(ctx, *r.who)
		if err != nil {
			r.server.log.Warn("contacts do not hear that a resource has gone", "jid", r.jid.String(), "error", err)
		}
		r.tellOwn(&presenceSignal{From: r.jid, Stanza: raw, Gone: r.key})
		r.tellContacts(contacts, raw)
		for _, c := range contacts {
			told[c.Account] = c.From
		}
		told[r.account.id] = true
	}
	for to, id := range directed {
		if !told[id] {
			r.server.opts.Bus.Signal(bus.Signal{Topic: bus.Account(id), Kind: kindPresence,
				Value: &presenceSignal{From: r.jid, Resource: to.Resource, Stanza: raw}}, nil)
		}
	}
}

func unavailable(from switchboard.JID) []byte {
	return stanza.Header{Name: stanza.Presence, From: from, Type: stanza.Unavailable}.Append(nil)
}

// directPresence sends presence to somebody who need not be a contact (RFC 6121
// §4.6).
func (r *resource) directPresence(e stanza.Element, h stanza.Header) error {
	if h.To.Domain != r.who.Domain || h.To.Local == "" {
		return nil // a group, our own domain: nobody wants to know
	}
	ctx, cancel := ask()
	defer cancel()
	id, err := r.server.opts.Chat.Reach(ctx, *r.who, h.To)
	if err != nil || id == 0 {
		return nil // RFC 6121 §8.5.1: silently ignored
	}
	edits := []stanza.Edit{stanza.SetJID("from", r.jid), stanza.RemoveAttr("to")}
	if h.Type == "" {
		edits, _ = withPhoto(e, r.account.avatarHash(ctx), edits...)
	}
	raw := e.Append(nil, edits...)
	r.mu.Lock()
	switch {
	case h.Type == stanza.Unavailable:
		delete(r.directed, h.To)
	case len(r.directed) >= maxDirected:
		r.mu.Unlock()
		return stanza.NewError(stanza.ResourceConstraint, "too many addresses of directed presence")
	default:
		if r.directed == nil {
			r.directed = map[switchboard.JID]switchboard.AccountID{}
		}
		r.directed[h.To] = id
	}
	r.mu.Unlock()
	r.server.opts.Bus.Signal(bus.Signal{Topic: bus.Account(id), Kind: kindPresence,
		Value: &presenceSignal{From: r.jid, Resource: h.To.Resource, Stanza: raw}}, nil)
	return nil
}

// probe answers a probe that the client itself sends.
func (r *resource) probe(h stanza.Header) error {
	ctx, cancel := ask()
	defer cancel()
	may, err := r.server.opts.Chat.MaySeePresence(ctx, *r.who, h.To.Bare())
	if err != nil || !may { // who may not know learns nothing (RFC 6121 §4.3.2)
		return nil
	}
	id, err := r.server.opts.Chat.Reach(ctx, *r.who, h.To.Bare())
	if err == nil && id != 0 {
		r.server.opts.Bus.Signal(bus.Signal{Topic: bus.Account(id), Kind: kindProbe,
			Value: &probeSignal{Account: r.account.id, Resource: r.jid.Resource}}, nil)
	}
	return nil
}

// subscription passes a subscription stanza to the rules (RFC 6121 §3).
func (r *resource) subscription(e stanza.Element, h stanza.Header) error {
	var raw []byte
	if e.Count() > 0 || h.ID != "" {
		raw = e.Append(nil, stanza.SetJID("from", r.account.bare), stanza.SetJID("to", h.To.Bare()))
	}
	ctx, cancel := ask()
	defer cancel()
	return r.server.opts.Chat.Subscription(ctx, *r.who, h.To.Bare(), h.Type, raw)
}

// showPresence hands presence to available resources.
func (a *account) showPresence(v *presenceSignal) {
	var bare []byte
	for _, r := range a.list() {
		if v.Resource != "" && v.Resource != r.jid.Resource {
			continue
		}
		if v.Resource != "" {
			bare = stanza.AppendAttr(nil, "to", r.jid.String())
		} else if bare == nil {
			bare = stanza.AppendAttr(nil, "to", a.bare.String())
		}
		r.mu.Lock()
		switch {
		case r.presence == nil:
		case v.Gone != "" && v.From == r.jid && v.Gone != r.key:
			// Another node was late to say so of one whose place this one has taken.
			go r.repeatPresence(r.presence)
		default:
			r.sendLocked(&item{raw: v.Stanza, head: bare, what: light})
		}
		r.mu.Unlock()
	}
}

// repeatPresence puts right what others believe.
func (r *resource) repeatPresence(raw []byte) {
	ctx, cancel := ask()
	defer cancel()
	contacts, err := r.server.opts.Chat.PresenceContacts(ctx, *r.who)
	if err != nil {
		r.server.log.Warn("contacts think that a resource is not available", "jid", r.jid.String(), "error", err)
		return
	}
	r.tellOwn(&presenceSignal{From: r.jid, Stanza: raw})
	r.tellContacts(contacts, raw)
}

// answerProbe sends the presence of the account's resources to one that may
// have it.
func (a *account) answerProbe(v *probeSignal) {
	for _, r := range a.list() {
		r.mu.Lock()
		raw := r.presence
		r.mu.Unlock()
		if raw == nil || v.Account == a.id && v.Resource == r.jid.Resource {
			continue
		}
		a.server.opts.Bus.Signal(bus.Signal{Topic: bus.Account(v.Account), Kind: kindPresence,
			Value: &presenceSignal{From: r.jid, Resource: v.Resource, Stanza: raw}}, nil)
	}
}

// sendPresenceTo shows the account's presence to somebody who has just got, or
// lost, the right to see it.
func (a *account) sendPresenceTo(v *chat.PresenceOrder) {
	if v.Account == 0 {
		return
	}
	for _, r := range a.list() {
		r.mu.Lock()
		raw := r.presence
		r.mu.Unlock()
		if raw == nil {
			continue
		}
		if v.Unavailable {
			raw = unavailable(r.jid)
		}
		a.server.opts.Bus.Signal(bus.Signal{Topic: bus.Account(v.Account), Kind: kindPresence,
			Value: &presenceSignal{From: r.jid, Stanza: raw}}, nil)
	}
}

// showSubscription hands a subscription stanza to available resources.
func (a *account) showSubscription(v *chat.SubscriptionPresence) {
	for _, r := range a.list() {
		r.takeAvailable(item{raw: v.Stanza, what: counted})
	}
	if v.Type == stanza.Subscribed {
		a.sendLastOf(v.From.Bare())
	}
}
