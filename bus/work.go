package bus

import (
	"slices"
	"sync"
)

// workTable holds who waits for work on this node, by queue.
type workTable struct {
	mu     sync.Mutex
	queues map[string][]chan struct{}
}

// Wake tells whoever waits for a queue, on every node, that there is work in
// it. It is called after the commit that put the work there. Calls may be
// merged and, between nodes, lost.
func (b *Bus) Wake(queue string) {
	b.work.wake(queue)
	if b.link != nil {
		b.link.wake(queue)
	}
}

// Woken returns a channel that is ready after one or more calls of Wake for the
// queue, and when some may have been missed. Being woken is a reason to look
// for work in the store and to claim it there, not a promise that there is
// some.
func (b *Bus) Woken(queue string) (woken <-chan struct{}, cancel func()) {
	c := make(chan struct{}, 1)
	b.work.mu.Lock()
	defer b.work.mu.Unlock()
	if b.work.queues == nil {
		b.work.queues = make(map[string][]chan struct{})
	}
	b.work.queues[queue] = append(b.work.queues[queue], c)
	return c, func() { b.work.remove(queue, c) }
}

func (w *workTable) remove(queue string, c chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queues[queue] = slices.DeleteFunc(w.queues[queue], func(o chan struct{}) bool { return o == c })
}

func (w *workTable) wake(queue string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.queues[queue] {
		poke(c)
	}
}

func (w *workTable) wakeAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, waiting := range w.queues {
		for _, c := range waiting {
			poke(c)
		}
	}
}

// poke makes a channel of capacity one ready.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
