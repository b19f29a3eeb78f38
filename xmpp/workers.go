package xmpp

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// tally counts what exists. Other than a WaitGroup's, its count may rise again
// while somebody waits for it to be none.
type tally struct {
	mu    sync.Mutex
	n     int
	empty chan struct{} // closed when n is 0; nil unless somebody waits
}

func (t *tally) add() {
	t.mu.Lock()
	t.n++
	t.mu.Unlock()
}

func (t *tally) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n--; t.n == 0 && t.empty != nil {
		close(t.empty)
		t.empty = nil
	}
}

// none returns a channel that is closed once there is none.
func (t *tally) none() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.empty
	if c == nil {
		c = make(chan struct{})
	}
	if t.n == 0 {
		close(c)
		return c
	}
	t.empty = c
	return c
}

// workers runs what needs a deep stack (whatever asks the database) on
// goroutines that are few and stay, so that the many that read streams keep
// small stacks.
type workers struct {
	jobs chan job
	idle chan struct{} // room for workers that wait
	over chan struct{} // closed when nobody shall wait any more
}

type job struct {
	fn   func() error
	done chan error
}

func (w *workers) init(idle int) {
	w.jobs = make(chan job)
	w.idle = make(chan struct{}, idle)
	w.over = make(chan struct{})
}

// stop lets go of the workers that wait. Jobs may still come.
func (w *workers) stop() { close(w.over) }

var answers = sync.Pool{New: func() any { return make(chan error, 1) }}

// do runs fn on a worker and returns what it returned.
func (w *workers) do(fn func() error) error {
	j := job{fn, answers.Get().(chan error)}
	select {
	case w.jobs <- j:
	default:
		go w.work(j)
	}
	err := <-j.done
	answers.Put(j.done)
	return err
}

func (w *workers) work(j job) {
	for {
		j.done <- guarded(j.fn)
		select {
		case w.idle <- struct{}{}:
		default:
			return // enough wait already
		}
		select {
		case j = <-w.jobs:
			<-w.idle
		case <-w.over:
			return
		}
	}
}

// guarded makes an error of a panic: it ends one stream, not the server.
func guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	return fn()
}

// panicError is a bug of ours.
type panicError struct{ text string }

func (e *panicError) Error() string { return e.text }

func panicked(p any) error { return &panicError{fmt.Sprintf("panic: %v\n%s", p, debug.Stack())} }
