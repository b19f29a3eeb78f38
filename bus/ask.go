package bus

import (
	"context"
	"sync"
	"time"
)

// askTable holds the questions "did anybody take it?" that other nodes have not
// answered yet.
type askTable struct {
	mu     sync.Mutex
	last   uint64
	open   map[uint64]ask // nil once closed
	opened chan struct{}  // ready when there is something to reap
}

type ask struct {
	done  func(taken bool)
	until time.Time
}

func (a *askTable) init() {
	a.open = make(map[uint64]ask)
	a.opened = make(chan struct{}, 1)
}

// add opens a question and returns its number, or 0 once the table is closed.
func (a *askTable) add(done func(bool), wait time.Duration) uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open == nil {
		return 0
	}
	a.last++
	a.open[a.last] = ask{done, time.Now().Add(wait)}
	if len(a.open) == 1 {
		poke(a.opened)
	}
	return a.last
}

// answer settles a question; a second answer is ignored.
func (a *askTable) answer(n uint64, taken bool) {
	a.mu.Lock()
	q, open := a.open[n]
	delete(a.open, n)
	a.mu.Unlock()
	if open {
		q.done(taken)
	}
}

// hasten lets a question wait no longer than this from now.
func (a *askTable) hasten(n uint64, wait time.Duration) {
	until := time.Now().Add(wait)
	a.mu.Lock()
	defer a.mu.Unlock()
	if q, open := a.open[n]; open && until.Before(q.until) {
		q.until = until
		a.open[n] = q
	}
}

// expire settles the questions that have waited long enough and reports
// whether others are still open.
func (a *askTable) expire(now time.Time) (more bool) {
	var late []ask
	a.mu.Lock()
	for n, q := range a.open {
		if !now.Before(q.until) {
			late = append(late, q)
			delete(a.open, n)
		}
	}
	more = len(a.open) > 0
	a.mu.Unlock()
	for _, q := range late {
		q.done(false)
	}
	return more
}

// close settles all questions and takes no more.
func (a *askTable) close() {
	a.mu.Lock()
	open := a.open
	a.open = nil
	a.mu.Unlock()
	for _, q := range open {
		q.done(false)
	}
}

// reap settles questions that nobody answers in time.
func (l *link) reap(ctx context.Context) {
	interval := max(l.opts.Wait/40, time.Millisecond)
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for {
		select {
		case <-l.asks.opened:
			timer.Reset(interval)
		case <-timer.C:
			if l.asks.expire(time.Now()) {
				timer.Reset(interval)
			}
		case <-ctx.Done():
			return
		}
	}
}
