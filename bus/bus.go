package bus

import (
	"context"
	"log/slog"
	"time"

	"switchboard"
)

// Topic is what a signal is about; subscribers choose by it.
type Topic struct {
	Kind byte
	ID   int64
}

// Account is the topic of what concerns one account, wherever its streams are.
func Account(id switchboard.AccountID) Topic { return Topic{'a', int64(id)} }

// Tenant is the topic of what concerns a whole tenant. It is meant for a few
// subscribers on each node, not for one per stream.
func Tenant(id switchboard.TenantID) Topic { return Topic{'t', int64(id)} }

// Ledger is the topic of commits: each signal carries the last position.
func Ledger() Topic { return Topic{'l', 0} }

// Signal announces something to whoever is subscribed to its topic.
type Signal struct {
	Topic    Topic
	Kind     string               // what it is; a kind with a Value has a decoder, see Register
	Position switchboard.Position // of the committed fact; 0 for what is not in the ledger
	Value    Value                // may be nil; shared by all subscribers, so never changed
}

// Resync is the kind of the signal that a subscriber gets when signals on its
// topic may have been lost: catch up from the store. It has neither a position
// nor a value, and what the subscriber returns for it is not looked at.
const Resync = "resync"

// Options configure a Bus. The zero value is a bus within this process.
type Options struct {
	NATS   string        // URL of one server or several, with commas; "" means in-process only
	Node   string        // name of this node, for logs and other nodes' logs
	Prefix string        // first word of NATS subjects; "sb" when empty
	Wait   time.Duration // how long other nodes may take to say whether they took a signal; 2 s when 0
	Log    *slog.Logger  // slog.Default when nil

	queue int           // signals that wait for the network; for tests
	beat  time.Duration // how often nodes greet each other; for tests
	stall time.Duration // how long a server may read nothing; for tests
}

// Bus is one node's end of the bus.
type Bus struct {
	local localTable
	work  workTable
	link  *link // nil when in-process only
}

// New makes a Bus. Local subscribers work at once; other nodes are reached
// while Run runs.
func New(o Options) *Bus {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	b := &Bus{}
	b.local.init()
	if o.NATS != "" {
		b.link = newLink(b, o)
	}
	return b
}

// Run connects to the other nodes, if a NATS server is configured, and returns
// when ctx ends. A server that does not answer is tried again and again; local
// signals do not depend on it. Run may be called once.
func (b *Bus) Run(ctx context.Context) error {
	if b.link != nil {
		return b.link.run(ctx)
	}
	<-ctx.Done()
	return nil
}

// Connected reports whether signals reach the other nodes. A bus without NATS
// has no other nodes and is always connected.
func (b *Bus) Connected() bool { return b.link == nil || b.link.up.Load() }

// Subscribe calls fn for every signal on a topic until cancel is called. fn
// runs on the goroutine that signals, or on the one that reads from the
// network, and must not block; it may signal, subscribe and cancel. It returns
// whether somebody here took what the signal carries. Once cancel has returned
// no new call starts, but one that runs on another goroutine may be finishing.
func (b *Bus) Subscribe(t Topic, fn func(Signal) bool) (cancel func()) {
	s, first := b.local.add(t, fn)
	if first && b.link != nil {
		b.link.interestChanged(t)
	}
	return func() {
		if b.local.remove(t, s) && b.link != nil {
			b.link.interestChanged(t)
		}
	}
}

// Shared reports whether there may be other nodes.
func (b *Bus) Shared() bool { return b.link != nil }

// Reach waits until the NATS server knows of every subscription that was made
// before: from then on a signal of another node at the same server is heard.
// With several servers the others know a little later (see Resync). It returns
// at once when there are no other nodes in reach.
func (b *Bus) Reach(ctx context.Context) error {
	if b.link == nil || !b.link.up.Load() {
		return nil
	}
	return b.link.reach(ctx)
}

// Interested reports whether somebody on this node is subscribed to a topic.
func (b *Bus) Interested(t Topic) bool { return b.local.interested(t) }

// Signal delivers s to the subscribers on this node, in the order of their
// subscriptions and before it returns, and sends it to the other nodes. done,
// unless nil, is called exactly once with whether a subscriber anywhere took
// it: before Signal returns when that is known here, later and from another
// goroutine when other nodes are asked. It must not block. A node that does not
// answer in time has not taken the signal. Signal itself never waits for the
// network.
func (b *Bus) Signal(s Signal, done func(taken bool)) {
	taken := b.local.deliver(s)
	switch {
	case b.link == nil:
		if done != nil {
			done(taken)
		}
	case taken || done == nil:
		b.link.send(s, nil)
		if done != nil {
			done(taken)
		}
	default:
		b.link.send(s, done)
	}
}
