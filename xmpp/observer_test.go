package xmpp_test

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	"switchboard/boardtest"
	"switchboard/xmpp"
)

// tally counts what it is told.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *tally) Login(mechanism string, ok bool) { c.add(fmt.Sprint(mechanism, " ", ok), 1) }

func (c *tally) Stream(transport string, delta int) { c.add(transport, delta) }

func (c *tally) add(what string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[what] += n
}

func (c *tally) is(want map[string]int) func() bool {
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return maps.Equal(c.counts, want)
	}
}

// TestObserver: each exchange and each stream is counted once, by its kind.
func TestObserver(t *testing.T) {
	seen := &tally{counts: map[string]int{}}
	b := newBoard(t, func(o *xmpp.Options) { o.Observe = seen }, "romeo")
	wrong := boardtest.DialXMPP(t, b.onTCP())
	wrong.Open()
	if e := wrong.Auth("PLAIN", []byte("\x00romeo\x00wrong")); failureOf(e) != "not-authorized" {
		t.Fatal(e)
	}
	wrong.Close()
	c := boardtest.DialXMPP(t, b.onTCP())
	c.Login("romeo", boardtest.Password)
	c.Bind("orchard")
	w := boardtest.DialXMPP(t, b.onWebSocket())
	w.Login("romeo", boardtest.Password)
	w.Bind("garden")
	eventually(t, "two streams", seen.is(map[string]int{"PLAIN false": 1, "PLAIN true": 2, "tcp": 1, "websocket": 1}))
	c.Close()
	eventually(t, "one stream less", seen.is(map[string]int{"PLAIN false": 1, "PLAIN true": 2, "tcp": 0, "websocket": 1}))
}
