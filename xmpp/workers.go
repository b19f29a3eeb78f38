package xmpp

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// workers runs what needs a deep stack (whatever asks the database) on
// goroutines that are few and stay, so that the many that read streams keep
// small stacks.
type workers struct {
	jobs chan job
	idle chan struct{} // room for workers that wait
}

type job struct {
	fn   func() error
	done chan error
}

func (w *workers) init(idle int) {
	w.jobs = make(chan job)
	w.idle = make(chan struct{}, idle)
}

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
		j = <-w.jobs
		<-w.idle
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
