// Package webhook is signed delivery of events to customers' URLs: queue,
// retry, replay.
//
// A durable cursor over the ledger turns each event into one delivery row for
// every webhook that wants it, in ledger order and in the transaction that moves
// the cursor: an event that was committed is queued once, whatever happens. One worker at
// a time claims a webhook by a lease on its row and sends its deliveries
// strictly in order, so that a receiver sees the events of each conversation
// and operator as they happened.
//
// A delivery is at least once: the result is stored after the answer, and the
// webhook-id is the same each time, so that a receiver can tell a repetition.
// One that fails is tried twice more; then it is kept as failed, to be looked at
// and replayed, and the next one goes on. A webhook that has taken nothing for three days is
// removed.
//
// Requests are signed as Standard Webhooks 1.0 says. They never go to an
// address that is not public, unless the server is configured so.
package webhook
