package store

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"switchboard"
)

// maxGroup bounds how many queued functions share one transaction: enough to
// pay for the fsync many times over, few enough to keep the wait short.
const maxGroup = 2000

// job is a queued Write.
type job struct {
	fn     func(*Tx) error
	answer chan<- error // Write
	done   func(error)  // Submit
	err    error
}

// group is what one transaction committed: its jobs in order, and the newest
// position if it appended events.
type group struct {
	jobs []*job
	last switchboard.Position
	news bool // it appended facts other than messages
}

// writer runs queued jobs on the one writing connection, and announces what
// was committed on a second goroutine, so that the next transaction runs while
// the previous one is being delivered.
type writer struct {
	db       *DB
	c        *conn
	mu       sync.Mutex
	queue    []*job
	spare    []*job
	closed   bool
	wake     chan struct{}
	announce chan group
	ended    sync.WaitGroup
	logs     *checkpointer // of SQLite; nil otherwise
}

func newWriter(ctx context.Context, db *DB) (*writer, error) {
	c, err := openConn(ctx, db.pools[0], &db.dialect)
	if err != nil {
		return nil, unavailable(err)
	}
	w := &writer{db: db, c: c, wake: make(chan struct{}, 1), announce: make(chan group, 4)}
	if !db.dialect.shared {
		w.logs = newCheckpointer(db)
	}
	w.ended.Go(w.run)
	w.ended.Go(w.announcer)
	return w, nil
}

func (w *writer) submit(j *job) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		j.finish(ErrClosed)
		return
	}
	w.queue = append(w.queue, j)
	select {
	case w.wake <- struct{}{}:
	default:
	}
	w.mu.Unlock()
}

func (j *job) finish(err error) {
	if j.done != nil {
		j.done(err)
	} else {
		j.answer <- err
	}
}

func (w *writer) close() {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.closed = true
	close(w.wake)
	w.mu.Unlock()
	w.ended.Wait()
	if w.logs != nil {
		w.logs.close()
	}
	w.c.close()
}

// take removes up to maxGroup jobs from the queue.
func (w *writer) take() (jobs []*job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) <= maxGroup {
		jobs, w.queue, w.spare = w.queue, w.spare[:0], nil
		return jobs
	}
	jobs = append([]*job(nil), w.queue[:maxGroup]...)
	w.queue = append(w.queue[:0], w.queue[maxGroup:]...)
	return jobs
}

func (w *writer) run() {
	defer close(w.announce)
	for range w.wake {
		w.drain()
	}
	w.drain() // what was queued before close
}

func (w *writer) drain() {
	for {
		jobs := w.take()
		if len(jobs) == 0 {
			return
		}
		w.announce <- w.commit(jobs)
		if w.logs != nil {
			w.logs.committed()
		}
	}
}

func (w *writer) announcer() {
	for g := range w.announce {
		if g.last > 0 {
			w.db.announce(g.last, g.news)
		}
		for i, j := range g.jobs {
			j.finish(j.err)
			g.jobs[i] = nil
		}
		w.mu.Lock()
		if w.spare == nil {
			w.spare = g.jobs[:0]
		}
		w.mu.Unlock()
	}
}

// commit runs the jobs in one transaction and sets their errors. The first try
// runs them one after another without savepoints: most never fail once they
// have written something. If one does, all is rolled back and run again, each
// in a savepoint of its own.
func (w *writer) commit(jobs []*job) group {
	const tries = 8
	for try := 1; ; try++ {
		out, err := w.attempt(jobs, false)
		if out.again && err == nil {
			out, err = w.attempt(jobs, true)
		}
		if err == nil {
			return group{jobs, out.last, out.news}
		}
		retry := w.db.dialect.retry(err)
		if !retry {
			w.reconnect(err)
		}
		if try == tries || (!retry && try > 1) || out.doubtful {
			for _, j := range jobs {
				j.err = unavailable(err)
			}
			return group{jobs: jobs}
		}
		time.Sleep(time.Duration(try) * 5 * time.Millisecond)
	}
}

// outcome is how a transaction ended.
type outcome struct {
	last     switchboard.Position
	news     bool
	again    bool // it was undone and wants a second attempt with savepoints
	doubtful bool // the database may have committed it: it must not be run again
}

// attempt is one transaction over all jobs; err is a failure of it as a whole.
func (w *writer) attempt(jobs []*job, savepoints bool) (outcome, error) {
	ctx := context.Background()
	if err := w.c.command(ctx, w.db.dialect.begin); err != nil {
		_ = w.c.command(ctx, "ROLLBACK") // it may have begun and not got further
		return outcome{}, err
	}
	tx := &Tx{ctx: ctx, c: w.c, db: w.db, now: w.db.now(), writing: true}
	for _, j := range jobs {
		var again bool
		var err error
		if savepoints {
			err = tx.runInSavepoint(j)
		} else {
			again = !tx.runPlain(j)
		}
		if err != nil || again {
			_ = w.c.command(ctx, "ROLLBACK")
			return outcome{again: again}, err
		}
	}
	if !savepoints {
		if err := tx.flush(); err != nil {
			_ = w.c.command(ctx, "ROLLBACK")
			// A fact that cannot be stored is one job's fault: find out whose.
			return outcome{again: !w.db.dialect.retry(err)}, retryable(w.db, err)
		}
	}
	if err := w.c.command(ctx, "COMMIT"); err != nil {
		rolledBack := w.c.command(ctx, "ROLLBACK") == nil || w.db.dialect.retry(err)
		return outcome{doubtful: !rolledBack}, err
	}
	return outcome{last: tx.last, news: tx.news}, nil
}

func retryable(db *DB, err error) error {
	if db.dialect.retry(err) {
		return err
	}
	return nil
}

// runPlain runs one job; false means that it failed after it had written.
func (tx *Tx) runPlain(j *job) bool {
	mark := len(tx.facts)
	tx.dirty = false
	j.err = guard(j.fn, tx)
	if j.err == nil {
		return true
	}
	if mark <= len(tx.facts) { // else it has flushed, and is dirty
		clear(tx.facts[mark:])
		tx.facts = tx.facts[:mark]
	}
	return !tx.dirty && !tx.broken
}

// runInSavepoint runs one job so that its failure undoes only its own work. The
// returned error is one of the whole transaction.
func (tx *Tx) runInSavepoint(j *job) error {
	if err := tx.c.command(tx.ctx, "SAVEPOINT job"); err != nil {
		return err
	}
	last := tx.last
	j.err = guard(j.fn, tx)
	if j.err == nil {
		j.err = tx.flush()
	}
	if j.err == nil {
		return tx.c.command(tx.ctx, "RELEASE SAVEPOINT job")
	}
	if tx.db.dialect.retry(j.err) {
		return j.err
	}
	tx.facts, tx.last, tx.broken = nil, last, false
	if err := tx.c.command(tx.ctx, "ROLLBACK TO SAVEPOINT job"); err != nil {
		return err
	}
	return tx.c.command(tx.ctx, "RELEASE SAVEPOINT job")
}

// guard turns a panic of one job into its error: the others must not suffer.
func guard(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			tx.dirty = true
			err = switchboard.AsError(fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack()))
		}
	}()
	return fn(tx)
}

// reconnect replaces the writing connection after a failure of the transaction.
func (w *writer) reconnect(cause error) {
	w.db.log.Error("database: transaction failed", "error", cause)
	c, err := openConn(context.Background(), w.db.pools[0], &w.db.dialect)
	if err != nil {
		return // the old one stays; the next transaction will say the same
	}
	w.c.drop()
	w.c = c
}
