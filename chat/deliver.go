package chat

import (
	"time"

	"switchboard/bus"
	"switchboard/store"
)

// committed tells the sender and delivers. It runs on the store's announcing
// goroutine, in the order of commits, or (for what is not stored, when nothing
// of the sender is on its way) on the sender's own.
func (x *sending) committed(err error) {
	if err != nil {
		x.from.lane.sending.Add(-1)
		if x.done != nil {
			x.done(Message{}, err)
		}
		return
	}
	sent := x.place()
	if x.done != nil {
		x.done(*sent, nil)
	}
	if x.group != nil {
		x.fanOut()
		x.from.lane.sending.Add(-1)
		return
	}
	if x.copies && (x.to != x.from || x.resource != "") {
		x.s.bus.Signal(bus.Signal{Topic: bus.Account(x.from.id), Kind: KindDeliver, Position: sent.Position,
			Value: &Delivery{Account: x.from.id, Resource: x.ownResource(), Stream: x.stream, Carbon: Sent, Message: sent}}, nil)
	}
	x.hand()
}

// ownResource is the resource of the sender's that the message went to itself.
func (x *sending) ownResource() string {
	if x.to == x.from {
		return x.resource
	}
	return ""
}

// place fills in where the message was stored and returns it as the sender sees it.
func (x *sending) place() *Message {
	m := &x.message
	if !x.stored {
		m.Time = x.s.now().UTC().Truncate(time.Microsecond)
		return m
	}
	ids := x.from.tenant.ids
	m.Position, m.Time = x.event.Position, x.event.Time
	if x.group != nil || x.to == x.from {
		m.Number, m.StanzaID = x.own.Number, ids.encode(x.own.Archive, x.own.Number)
		return m
	}
	m.Number, m.StanzaID = x.their.Number, ids.encode(x.their.Archive, x.their.Number)
	sent := *m
	sent.Number, sent.StanzaID = x.own.Number, ids.encode(x.own.Archive, x.own.Number)
	return &sent
}

// fanOut signals a group's message to every member, the sender's own streams
// included.
func (x *sending) fanOut() { x.s.fanOut(x.group, &x.message) }

func (s *Service) fanOut(g *group, m *Message) {
	all := make([]Delivery, len(g.members))
	for i, member := range g.members {
		all[i] = Delivery{Account: member.id, Message: m}
		s.bus.Signal(bus.Signal{Topic: bus.Account(member.id), Kind: KindDeliver, Position: m.Position, Value: &all[i]}, nil)
	}
}

// hand delivers to the recipient, unless a stream of his is just taking over his
// offline messages: then the message waits for it (see Attach).
func (x *sending) hand() {
	lane := x.to.lane
	lane.mu.Lock()
	if lane.holding > 0 {
		lane.held = append(lane.held, x)
		lane.mu.Unlock()
		return
	}
	if x.keeps {
		lane.unsettled++
	}
	lane.mu.Unlock()
	x.offer(x.resource)
}

// offer signals the message to the recipient's streams and counts it as delivered.
func (x *sending) offer(resource string) {
	d := &Delivery{Account: x.to.id, Resource: resource, NoCopy: !x.copies, Message: &x.message}
	answered := x.settled
	if resource != "" {
		answered = x.fullAnswered
	}
	x.s.bus.Signal(bus.Signal{Topic: bus.Account(x.to.id), Kind: KindDeliver, Position: x.message.Position, Value: d}, answered)
	if resource == x.resource {
		x.from.lane.sending.Add(-1)
	}
}

// fullAnswered goes on when the addressed resource has or has not taken it (RFC
// 6121 §8.5.3).
func (x *sending) fullAnswered(taken bool) {
	switch {
	case taken && x.copies && x.to != x.from:
		x.s.bus.Signal(bus.Signal{Topic: bus.Account(x.to.id), Kind: KindDeliver, Position: x.message.Position,
			Value: &Delivery{Account: x.to.id, Resource: x.resource, Stream: x.stream, Carbon: Received, Message: &x.message}}, nil)
		x.settled(true)
	case taken, x.message.Type != Chat:
		x.settled(taken)
	default: // §8.5.3.2.1: as if it were addressed to the bare address
		x.offer("")
	}
}

// settled makes the offline store agree with what has happened. For whom nobody
// is known to be connected the row was written together with the message; so a
// crash in between loses nothing, and in the normal case no second write is needed.
func (x *sending) settled(taken bool) {
	lane := x.to.lane
	if elsewhere := taken && !x.s.bus.Interested(bus.Account(x.to.id)); elsewhere != lane.elsewhere.Load() {
		lane.elsewhere.Store(elsewhere)
	}
	if !x.keeps {
		return
	}
	archive, number := x.to.archive, x.message.Number
	switch {
	case taken && x.offline:
		x.s.db.Submit(func(tx *store.Tx) error { return tx.DeleteOffline(archive, number, number) }, func(err error) {
			x.report(err)
			x.s.settle(x.to)
		})
	case !taken && !x.offline:
		x.s.db.Submit(func(tx *store.Tx) error { return tx.InsertOffline(archive, number) }, func(err error) {
			x.report(err)
			if x.again {
				lane.addLate(number)
			}
			x.s.settle(x.to)
			// A stream that took over its offline messages meanwhile, on another node,
			// has missed this one.
			x.s.bus.Signal(bus.Signal{Topic: bus.Account(x.to.id), Kind: KindOffline}, nil)
		})
	default:
		x.s.settle(x.to)
	}
}

func (x *sending) report(err error) {
	if err != nil {
		x.s.log.Error("chat: the offline store does not agree with a delivery", "account", int64(x.to.id), "error", err)
	}
}
