package web

import (
	"sync"
	"time"
)

// limiterKeys bounds what a RateLimiter remembers: two generations of this
// many keys. Whoever floods it with keys makes it forget old ones, never grow.
const limiterKeys = 50_000

// RateLimiter is a token bucket per key: burst events at once, then rate
// events a second. It is safe for concurrent use.
type RateLimiter struct {
	rate  float64
	burst float64
	now   func() time.Time

	mu       sync.Mutex
	young    map[string]bucket
	old      map[string]bucket
	capacity int
}

type bucket struct {
	level float64
	at    time.Time
}

// NewRateLimiter makes a limiter of rate events a second and burst at once; a
// nil now means time.Now.
func NewRateLimiter(rate float64, burst int, now func() time.Time) *RateLimiter {
	if now == nil {
		now = time.Now
	}
	return &RateLimiter{rate: rate, burst: float64(burst), now: now, young: map[string]bucket{}, capacity: limiterKeys}
}

// Allow takes one event from key's allowance, or says how long to wait.
func (l *RateLimiter) Allow(key string) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.look(key)
	if b.level < 1 {
		return false, l.wait(b)
	}
	b.level--
	l.keep(key, b)
	return true, 0
}

// Check is Allow without taking anything: for work that only costs when it
// fails, such as a password.
func (l *RateLimiter) Check(key string) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.look(key)
	if b.level < 1 {
		return false, l.wait(b)
	}
	return true, 0
}

// Forget gives key its whole allowance back.
func (l *RateLimiter) Forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.young, key)
	delete(l.old, key)
}

// look is key's bucket as it is now.
func (l *RateLimiter) look(key string) bucket {
	now := l.now()
	b, ok := l.young[key]
	if !ok {
		if b, ok = l.old[key]; !ok {
			return bucket{l.burst, now}
		}
	}
	if passed := now.Sub(b.at); passed > 0 {
		b.level = min(l.burst, b.level+passed.Seconds()*l.rate)
		b.at = now
	}
	return b
}

func (l *RateLimiter) keep(key string, b bucket) {
	if len(l.young) >= l.capacity {
		if _, ok := l.young[key]; !ok {
			l.old, l.young = l.young, make(map[string]bucket)
		}
	}
	l.young[key] = b
}

func (l *RateLimiter) wait(b bucket) time.Duration {
	if l.rate <= 0 {
		return time.Hour
	}
	return time.Duration((1 - b.level) / l.rate * float64(time.Second)).Round(time.Millisecond)
}
