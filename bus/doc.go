// Package bus carries signals between nodes and knows who is connected where: in-process or NATS.
//
// It has two delivery kinds:
//
//   - A signal ([Bus.Signal], [Bus.Subscribe]) is delivered at most once. It
//     carries the ledger position of the fact that it announces, so that a
//     receiver sees a gap and catches up from the store. What need not last
//     (typing, presence) is a signal without a position.
//   - Work ([Bus.Wake], [Bus.Woken]) is done at least once, by the one node that
//     claims it in the store. The bus carries the wake-up call alone; whoever
//     waits for work also looks by itself from time to time.
//
// Within one process a signal is a few function calls: subscribers run in the
// order of their subscriptions before Signal returns, values are passed by
// pointer and nothing is encoded. When a NATS server is configured, each topic
// with a subscriber on this node is one NATS subscription: interest is the
// routing table, and "no responders" means that nobody is connected anywhere.
//
// Signals of one publisher on one topic arrive in order. Whenever some may have
// been lost on the way (a lost connection, a full queue, a node that was out of
// reach), the subscribers of the topics concerned get a signal of kind [Resync]
// as soon as the way is open again: they then read from the store what lies
// after the last position they have seen. The same signal tells a first
// subscriber that the other nodes know of it now.
package bus
