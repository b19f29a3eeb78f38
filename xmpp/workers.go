package xmpp

import "sync"

// workers runs what needs a deep stack (whatever asks the database) on
// goroutines that are few and stay, so that the many that read streams keep
// small stacks.
type workers struct {
	jobs chan job
	idle chan struct{} // room for workers that wait
}

type job struct {
	fn   func()
	done *sync.WaitGroup
}

func (w *workers) init(idle int) {
	w.jobs = make(chan job)
	w.idle = make(chan struct{}, idle)
}

var groups = sync.Pool{New: func() any { return new(sync.WaitGroup) }}

// do runs fn on a worker and returns when it has returned.
func (w *workers) do(fn func()) {
	done := groups.Get().(*sync.WaitGroup)
	done.Add(1)
	j := job{fn, done}
	select {
	case w.jobs <- j:
	default:
		go w.work(j)
	}
	done.Wait()
	groups.Put(done)
}

func (w *workers) work(j job) {
	for {
		j.fn()
		j.done.Done()
		select {
		case w.idle <- struct{}{}:
		default:
			return // enough wait already
		}
		j = <-w.jobs
		<-w.idle
	}
}
