package xmpp

import (
	"cmp"
	"context"
	"slices"

	"switchboard"
	"switchboard/chat"
	"switchboard/stanza"
)

// Offline messages: those that came for the bare address while no resource
// took them.
var _ = register(extension{Spec: "XEP-0160", Title: "Best Practices for Handling Offline Messages", Version: "1.0.1",
	Feature: map[string]entity{stanza.NSOffline: onServer}})

var _ = register(extension{Spec: "XEP-0203", Title: "Delayed Delivery", Version: "2.0",
	Feature: map[string]entity{stanza.NSDelay: onServer}})

// offlinePage is how many messages are read at once.
const offlinePage = 50

// handOver is the time while a resource gets its offline messages. Messages
// that come meanwhile for other resources of the account are kept for it.
type handOver struct {
	live  []item
	again bool // there is more: look once more when it is over
}

// handOver gives a resource that has become available the messages that wait,
// then lets it take those that come (see chat.Service.Attach).
func (r *resource) handOver(ctx context.Context) {
	r.mu.Lock()
	if r.attached || r.handing != nil || r.presence == nil || r.gone {
		r.mu.Unlock()
		return
	}
	h := &handOver{}
	r.handing = h
	r.mu.Unlock()
	page := r.readOffline(ctx, 0)
	if size(page) <= r.server.opts.MaxOutbound/4 && len(page) < offlinePage {
		r.sendAll(r.offlineItems(page))
		r.finishHandOver(h, after(page, 0))
		return
	}
	go func() { // much: the client's acknowledgements must be heard meanwhile
		from := int64(0)
		for len(page) > 0 && r.sendSlowly(h, r.offlineItems(page)) {
			from = after(page, from)
			ctx, cancel := ask()
			page = r.readOffline(ctx, from)
			cancel()
		}
		r.finishHandOver(h, from)
	}()
}

// readOffline reads a page of what waits after a number.
func (r *resource) readOffline(ctx context.Context, from int64) []chat.Message {
	page, err := r.server.opts.Chat.Offline(ctx, *r.who, from, offlinePage)
	if err != nil {
		r.server.log.Error("offline messages cannot be read", "jid", r.jid.String(), "error", err)
	}
	return page
}

// after is the number of a page's last message.
func after(page []chat.Message, from int64) int64 {
	if len(page) == 0 {
		return from
	}
	return page[len(page)-1].Number
}

// size is how many bytes messages have.
func size(page []chat.Message) (n int) {
	for i := range page {
		n += len(page[i].Stanza)
	}
	return n
}

// sendSlowly sends items as the client takes them. It reports false when the
// hand-over has been called off.
func (r *resource) sendSlowly(h *handOver, items []item) bool {
	for i := range items {
		if !r.roomy(h) || !r.send(items[i]) {
			return false
		}
	}
	return true
}

// roomy waits until the client has taken most of what it was sent. It reports
// false when the hand-over has been called off.
func (r *resource) roomy(h *handOver) bool {
	if s := r.current(); s != nil {
		s.room()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.gone && r.handing == h && (r.stream == nil || r.sm != nil && r.sm.full(r.server)) {
		r.quiet.Wait()
	}
	return !r.gone && r.handing == h
}

func (r *resource) finishHandOver(h *handOver, after int64) {
	r.server.opts.Chat.Attach(*r.who, after, func(rest []chat.Message, err error) {
		if err != nil {
			r.server.log.Error("offline messages cannot be read", "jid", r.jid.String(), "error", err)
		}
		r.attach(h, rest)
	})
}

// offlineItems makes items of messages, with the time at which they came
// (XEP-0203). The last of them ends the wait of all.
func (r *resource) offlineItems(page []chat.Message) []item {
	page = r.fresh(page)
	items := make([]item, len(page))
	for i := range page {
		m := &page[i]
		tail := stanza.AppendStanzaID(make([]byte, 0, 192), r.account.bare, m.StanzaID)
		tail = stanza.AppendDelay(tail, switchboard.JID{Domain: r.who.Domain}, m.Time)
		items[i] = item{raw: m.Stanza, tail: tail, what: counted,
			came: &arrival{who: r.who, msg: m, waits: true}}
	}
	if n := len(items); n > 0 {
		items[n-1].came.upTo = page[n-1].Number
	}
	return items
}

// attach ends the hand-over: the rest, and what came for others meanwhile, in
// the order of the ledger. It runs in the order of all deliveries.
func (r *resource) attach(h *handOver, rest []chat.Message) {
	items := r.offlineItems(rest)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.handing != h { // unavailable again, or gone
		return
	}
	r.handing = nil
	r.attached = true
	if len(h.live) > 0 {
		items = append(items, h.live...)
		slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(a.position(), b.position()) })
	}
	for i := range items {
		r.sendLocked(&items[i])
	}
	if h.again {
		go r.lookOffline()
	}
}

func (it *item) position() switchboard.Position {
	if it.came == nil {
		return 0
	}
	return it.came.msg.Position
}

// keepForHandOver keeps a message that another resource took. A client that does
// not take what waits for it while more and more comes is given up.
func (r *resource) keepForHandOver(it item) {
	it.came = &arrival{who: it.came.who, msg: it.came.msg, waits: true} // the other one answers for it
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.handing == nil || r.gone:
	case len(r.handing.live) >= r.server.opts.MaxUnacked:
		r.overdue()
	default:
		r.handing.live = append(r.handing.live, it)
	}
}

// lookOffline hands over once more if a message waits that the resources here
// should have had. On one node alone there is none (see chat.Service.Attach).
func (a *account) lookOffline() {
	if !a.server.opts.Bus.Shared() {
		return
	}
	for _, r := range a.list() {
		r.mu.Lock()
		if r.handing != nil {
			r.handing.again = true
		}
		look := r.attached && r.priority >= 0
		r.mu.Unlock()
		if look {
			go r.lookOffline()
		}
	}
}

func (r *resource) lookOffline() {
	ctx, cancel := ask()
	defer cancel()
	page := r.readOffline(ctx, 0)
	r.mu.Lock()
	again := r.attached && slices.ContainsFunc(page, func(m chat.Message) bool { return !r.has(m.Number) })
	if again {
		r.attached = false
	}
	r.mu.Unlock()
	if again {
		r.handOver(ctx)
	}
}
