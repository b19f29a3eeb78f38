package bus

import (
	"sync"
	"sync/atomic"
)

// localTable holds the subscribers on this node. Lists are copied when they
// change, so a signal walks one without holding a lock.
type localTable struct {
	shards [64]shard
}

type shard struct {
	mu     sync.RWMutex
	topics map[Topic][]*subscriber
	_      [32]byte // keeps neighbours off one cache line
}

type subscriber struct {
	fn   func(Signal) bool
	gone atomic.Bool
}

func (l *localTable) init() {
	for i := range l.shards {
		l.shards[i].topics = make(map[Topic][]*subscriber)
	}
}

// shard spreads neighbouring ids over the shards (Fibonacci hashing).
func (l *localTable) shard(t Topic) *shard {
	h := (uint64(t.ID) ^ uint64(t.Kind)<<56) * 0x9e3779b97f4a7c15
	return &l.shards[h>>58]
}

// add subscribes fn and reports whether it is the topic's first subscriber.
func (l *localTable) add(t Topic, fn func(Signal) bool) (s *subscriber, first bool) {
	s = &subscriber{fn: fn}
	sh := l.shard(t)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	old := sh.topics[t]
	sh.topics[t] = append(old[:len(old):len(old)], s)
	return s, len(old) == 0
}

// remove ends a subscription and reports whether it was the topic's last.
func (l *localTable) remove(t Topic, s *subscriber) (last bool) {
	if s.gone.Swap(true) {
		return false
	}
	sh := l.shard(t)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	old := sh.topics[t]
	if len(old) == 1 {
		delete(sh.topics, t)
		return true
	}
	kept := make([]*subscriber, 0, len(old)-1)
	for _, o := range old {
		if o != s {
			kept = append(kept, o)
		}
	}
	sh.topics[t] = kept
	return false
}

func (l *localTable) interested(t Topic) bool {
	sh := l.shard(t)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return len(sh.topics[t]) > 0
}

// deliver calls the subscribers of the signal's topic, none of which may hold
// up the others, and reports whether any took it.
func (l *localTable) deliver(s Signal) (taken bool) {
	sh := l.shard(s.Topic)
	sh.mu.RLock()
	subscribers := sh.topics[s.Topic]
	sh.mu.RUnlock()
	for _, o := range subscribers {
		if !o.gone.Load() && o.fn(s) {
			taken = true
		}
	}
	return taken
}

// each calls fn for every topic that has a subscriber, without holding a lock.
func (l *localTable) each(fn func(Topic)) {
	var topics []Topic
	for i := range l.shards {
		sh := &l.shards[i]
		topics = topics[:0]
		sh.mu.RLock()
		for t := range sh.topics {
			topics = append(topics, t)
		}
		sh.mu.RUnlock()
		for _, t := range topics {
			fn(t)
		}
	}
}
