// Package stats is live figures folded from events, and Prometheus.
//
// Each node folds the ledger by itself: a snapshot when it starts, then every
// event. What a node counts of its own work (requests, logins, streams) comes
// in through hooks that node wires; rooms do not know stats.
package stats
