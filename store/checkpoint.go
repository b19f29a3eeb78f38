package store

import (
	"context"
	"sync/atomic"
	"time"
)

// checkpointer moves SQLite's write-ahead log into the database file beside the
// writer, which would otherwise stop for it in the middle of a commit. A passive
// checkpoint blocks nobody, but under steady load it never reaches the end of the
// log, which therefore cannot start anew: when the log has become long the
// writer itself finishes the rest, which is short by then.
type checkpointer struct {
	db     *DB
	groups atomic.Int64 // committed since the last checkpoint
	long   atomic.Bool  // the writer has to finish one
	stop   context.CancelFunc
	done   chan struct{}
}

const (
	checkpointEvery = 500 * time.Millisecond
	longLog         = 32_768 // pages of 4 KiB
)

func newCheckpointer(db *DB) *checkpointer {
	ctx, cancel := context.WithCancel(context.Background())
	c := &checkpointer{db: db, stop: cancel, done: make(chan struct{})}
	go c.run(ctx)
	return c
}

func (c *checkpointer) close() {
	c.stop()
	<-c.done
}

func (c *checkpointer) run(ctx context.Context) {
	defer close(c.done)
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if c.groups.Swap(0) == 0 {
			continue
		}
		pages, err := c.checkpoint(ctx, "PASSIVE")
		if err != nil && ctx.Err() == nil {
			c.db.log.Error("database: checkpoint failed", "error", err)
		}
		c.long.Store(pages > longLog)
	}
}

// checkpoint runs one and returns how many pages the log holds.
func (c *checkpointer) checkpoint(ctx context.Context, mode string) (pages int, err error) {
	var busy, moved int
	err = c.db.pools[0].QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &pages, &moved)
	return pages, err
}

// committed is called by the writer between two transactions.
func (c *checkpointer) committed() {
	c.groups.Add(1)
	if c.long.Swap(false) {
		if _, err := c.checkpoint(context.Background(), "RESTART"); err != nil {
			c.db.log.Error("database: checkpoint failed", "error", err)
		}
	}
}
