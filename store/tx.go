package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"switchboard"
)

// Tx is a transaction. Its methods are facts, not rules; it must not be used
// after the function that it was given to has returned, nor by two goroutines.
type Tx struct {
	ctx     context.Context
	c       *conn
	db      *DB
	now     time.Time
	writing bool
	dirty   bool // something was written since the job began
	broken  bool // a statement failed, so that PostgreSQL refuses further ones
	facts   []fact
	last    switchboard.Position
	news    bool // a fact that is no message was appended
}

// Now is the time of the transaction, in UTC and whole microseconds.
func (tx *Tx) Now() time.Time {
	if tx.now.IsZero() {
		tx.now = tx.db.now()
	}
	return tx.now.UTC().Truncate(time.Microsecond)
}

// exec runs a statement and returns how many rows it changed.
func (tx *Tx) exec(query string, args ...any) (int64, error) {
	s, err := tx.c.stmt(tx.ctx, query)
	if err != nil {
		return 0, tx.failed(err)
	}
	tx.dirty = true
	r, err := s.ExecContext(tx.ctx, args...)
	if err != nil {
		return 0, tx.failed(err)
	}
	return r.RowsAffected()
}

// query runs a statement that returns rows. A statement with RETURNING must
// use mutate instead.
func (tx *Tx) query(query string, args ...any) (*sql.Rows, error) {
	s, err := tx.c.stmt(tx.ctx, query)
	if err != nil {
		return nil, tx.failed(err)
	}
	rows, err := s.QueryContext(tx.ctx, args...)
	return rows, tx.failed(err)
}

// mutate runs a statement with RETURNING for one row.
func (tx *Tx) mutate(query string, args ...any) scanner {
	tx.dirty = true
	return tx.row(query, args...)
}

// row runs a query for at most one row. Scan returns ErrNone where there is none.
func (tx *Tx) row(query string, args ...any) scanner {
	s, err := tx.c.stmt(tx.ctx, query)
	if err != nil {
		return scanner{tx: tx, err: err}
	}
	return scanner{tx: tx, row: s.QueryRowContext(tx.ctx, args...)}
}

// ErrNone says that a row that was asked for does not exist. Rooms turn it
// into an error of their own words.
var ErrNone = switchboard.E(switchboard.NotFound, "not-found", "there is no such thing")

// ErrDuplicate says that a row with the same key exists.
var ErrDuplicate = switchboard.E(switchboard.Conflict, "exists-already", "it exists already")

// scanner is the row of a query.
type scanner struct {
	tx  *Tx
	row *sql.Row
	err error
}

// Scan reads the row's columns.
func (s scanner) Scan(dest ...any) error {
	err := s.err
	if err == nil {
		err = s.row.Scan(dest...)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNone
	}
	return s.tx.failed(err)
}

func (tx *Tx) failed(err error) error {
	switch {
	case err == nil:
		return nil
	case tx.db.dialect.duplicate(err):
		tx.broken = true
		return ErrDuplicate.Because(err)
	}
	tx.broken = true
	return err
}

// collect reads all rows of a query with a function for one row.
func collect[T any](rows *sql.Rows, err error, scan func(func(...any) error) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// micros is the stored form of a time; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// bit is the stored form of a boolean.
func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
