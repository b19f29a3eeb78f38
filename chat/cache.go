package chat

import (
	"hash/maphash"
	"sync"

	"switchboard"
)

const (
	cacheShards = 64
	cacheSlots  = 4096 // entries of one shard
)

// cacheKey names an account or a group as a stanza does.
type cacheKey struct {
	tenant    switchboard.TenantID
	localpart string
}

// cache remembers what the database says of accounts or groups. An entry is
// forgotten when it changes; whoever has its pointer keeps the old facts.
type cache[V any] struct {
	seed   maphash.Seed
	shards [cacheShards]cacheShard[V]
	adopt  func(fresh, old *V) // what a fresh value takes over from the one before
	idle   func(*V) bool       // whether an entry may be dropped to make room
}

type cacheShard[V any] struct {
	mu      sync.RWMutex
	changes uint64 // counts what was forgotten, so that a slow load is noticed
	slots   map[cacheKey]*cacheSlot[V]
}

type cacheSlot[V any] struct {
	value *V
	stale bool
}

func newCache[V any](adopt func(fresh, old *V), idle func(*V) bool) *cache[V] {
	c := &cache[V]{seed: maphash.MakeSeed(), adopt: adopt, idle: idle}
	for i := range c.shards {
		c.shards[i].slots = make(map[cacheKey]*cacheSlot[V])
	}
	return c
}

func (c *cache[V]) shard(k cacheKey) *cacheShard[V] {
	return &c.shards[(maphash.String(c.seed, k.localpart)^uint64(k.tenant))%cacheShards]
}

// get returns an entry, loaded if need be.
func (c *cache[V]) get(k cacheKey, load func() (*V, error)) (*V, error) {
	sh := c.shard(k)
	sh.mu.RLock()
	slot, changes := sh.slots[k], sh.changes
	if slot != nil && !slot.stale {
		v := slot.value
		sh.mu.RUnlock()
		return v, nil
	}
	sh.mu.RUnlock()
	v, err := load()
	if err != nil {
		return nil, err
	}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	slot = sh.slots[k]
	switch {
	case slot == nil:
		c.makeRoom(sh)
		sh.slots[k] = &cacheSlot[V]{value: v, stale: sh.changes != changes}
	case slot.stale:
		c.adopt(v, slot.value)
		slot.value, slot.stale = v, sh.changes != changes
	default: // another goroutine was faster
		v = slot.value
	}
	return v, nil
}

func (c *cache[V]) makeRoom(sh *cacheShard[V]) {
	if len(sh.slots) < cacheSlots {
		return
	}
	looked := 0
	for k, slot := range sh.slots { // a map gives them in no order
		if c.idle(slot.value) {
			delete(sh.slots, k)
			return
		}
		if looked++; looked == 32 {
			return
		}
	}
}

// forget makes the next get load the entry again.
func (c *cache[V]) forget(k cacheKey) {
	sh := c.shard(k)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.changes++
	if slot := sh.slots[k]; slot != nil {
		slot.stale = true
	}
}

// forgetAll makes every get load again.
func (c *cache[V]) forgetAll() {
	for i := range c.shards {
		sh := &c.shards[i]
		sh.mu.Lock()
		sh.changes++
		for _, slot := range sh.slots {
			slot.stale = true
		}
		sh.mu.Unlock()
	}
}
