package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"switchboard"
)

// Options say which database to open.
type Options struct {
	URL string // postgres://…; empty: SQLite in Dir
	Dir string // the data directory
	Now func() time.Time
	Log *slog.Logger
}

// DB is an open database. All methods are safe for concurrent use.
type DB struct {
	dialect dialect
	pools   [2]*sql.DB // writing, reading; the same on PostgreSQL
	readers *readers
	writer  *writer
	now     func() time.Time
	log     *slog.Logger

	last    atomic.Int64 // the newest position known here
	changed broadcast    // the ledger has grown
	news    broadcast    // … by other facts than messages
	hooks   []func(switchboard.Position)
	hooksMu sync.RWMutex
}

// ErrClosed is returned by a Write or Submit after Close.
var ErrClosed = switchboard.E(switchboard.Unavailable, "store-closed", "the server is shutting down")

// Open opens the database, brings its schema up to date and starts the writer.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d, write, read, err := openPools(ctx, o)
	if err != nil {
		return nil, err
	}
	db := &DB{dialect: d, pools: [2]*sql.DB{write, read}, now: o.Now, log: o.Log}
	if err := db.start(ctx); err != nil {
		write.Close()
		read.Close()
		return nil, err
	}
	return db, nil
}

func (db *DB) start(ctx context.Context) error {
	if err := migrate(ctx, db.pools[0], &db.dialect); err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	db.readers = newReaders(db.pools[1], &db.dialect)
	err := db.Read(ctx, func(tx *Tx) error {
		last, err := tx.LastPosition()
		db.last.Store(int64(last))
		return err
	})
	if err != nil {
		return err
	}
	db.writer, err = newWriter(ctx, db)
	return err
}

// Engine is "sqlite" or "postgres".
func (db *DB) Engine() string { return db.dialect.name }

// Close waits for what has been queued, then closes the database.
func (db *DB) Close() error {
	db.writer.close()
	db.readers.close()
	err := db.pools[0].Close()
	if db.pools[1] != db.pools[0] {
		err = errors.Join(err, db.pools[1].Close())
	}
	return err
}

// Read runs fn in a read-only transaction: all that it sees is of one moment.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	c, err := db.readers.get(ctx)
	if err != nil {
		return unavailable(err)
	}
	begin, end := "BEGIN", "COMMIT"
	if db.dialect.shared {
		begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	}
	healthy := false
	defer func() { db.readers.put(c, healthy) }()
	if err := c.command(ctx, begin); err != nil {
		return unavailable(err)
	}
	// A statement that the context interrupted leaves a transaction that still
	// has to end, hence the background context.
	defer func() { healthy = c.command(context.Background(), end) == nil }()
	return fn(&Tx{ctx: ctx, c: c, db: db})
}

// Write runs fn in a transaction and returns after its commit. It may share the
// transaction with others; fn may run more than once, so it must do nothing
// but use tx and assign captured variables, and it must not block.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	done := make(chan error, 1)
	db.writer.submit(&job{fn: fn, answer: done})
	// What has been queued will be committed: to return early would leave the
	// caller in the dark about it.
	return <-done
}

// Submit queues fn like Write and returns at once. done is called after the
// commit (or failure); calls come one after another, in the order of commits,
// which is the order of submission, so done must not block.
func (db *DB) Submit(fn func(*Tx) error, done func(error)) {
	db.writer.submit(&job{fn: fn, done: done})
}

// Committed registers a function that is called after each commit that
// appended events, with the newest position. It must not block. Register
// before there is traffic.
func (db *DB) Committed(fn func(switchboard.Position)) {
	db.hooksMu.Lock()
	defer db.hooksMu.Unlock()
	db.hooks = append(db.hooks, fn)
}

// Last is the newest position that was committed or seen by this process.
func (db *DB) Last() switchboard.Position { return switchboard.Position(db.last.Load()) }

// Advance tells followers that another node has committed up to a position.
func (db *DB) Advance(to switchboard.Position) {
	db.advance(to)
	db.news.notify()
}

func (db *DB) advance(to switchboard.Position) {
	for {
		old := db.last.Load()
		if int64(to) <= old {
			return
		}
		if db.last.CompareAndSwap(old, int64(to)) {
			db.changed.notify()
			return
		}
	}
}

func (db *DB) announce(last switchboard.Position, news bool) {
	db.advance(last)
	if news {
		db.news.notify()
	}
	db.hooksMu.RLock()
	defer db.hooksMu.RUnlock()
	for _, fn := range db.hooks {
		fn(last)
	}
}

func unavailable(err error) error {
	var e *switchboard.Error
	if errors.As(err, &e) {
		return err
	}
	return switchboard.E(switchboard.Unavailable, "store-unavailable", "the database does not answer; try again").Because(err)
}

// broadcast wakes everybody who waits for the next change.
type broadcast struct {
	mu sync.Mutex
	ch chan struct{}
}

func (b *broadcast) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

func (b *broadcast) notify() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}
