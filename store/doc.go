// Package store is everything durable: one SQL text for SQLite and PostgreSQL,
// migrations, transactions, the ledger and claims.
//
// A DB has one writer. Write and Submit queue a function; the writer runs all
// that wait at the same moment in one transaction, so that they share one
// fsync, and announces them after the commit in the order of that commit.
// Append buffers facts; at the end of the transaction the buffered facts get
// their positions, their numbers in each archive and their rows in a few
// multi-row statements.
//
// The first thing that a transaction with facts locks is the row of
// ledger_head, and it keeps it until its commit: positions are given in the
// order of commits, without gaps, also by several nodes on one PostgreSQL. A
// reader of the ledger therefore never passes a position that may still be
// filled, and nothing needs to know about transaction ids.
package store
