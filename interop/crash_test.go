package interop

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"switchboard/boardtest"
)

const (
	pairs = 20   // accounts that write, each to one of its own
	shots = 2    // how often the server is killed
	burst = 1500 // messages acknowledged in all before it is
)

// A server that is killed under load has kept every message that it has
// acknowledged, to the sender or by delivering it, in both archives, once, in
// the order in which they were written, without gaps.
func TestCrash(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func(t testing.TB) string{
		"SQLite":     func(testing.TB) string { return "" },
		"PostgreSQL": boardtest.Postgres,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := boardtest.NewBinary(t, boardtest.BinaryOptions{Database: database(t), Args: []string{"--insecure-plain"}})
			b.AddUsers(t, slices.Concat(numbered("writer%d", 0, pairs), numbered("reader%d", 0, pairs))...)
			b.Start(t)
			history := make([]story, pairs)
			for range shots {
				crash(t, b, history)
			}
			if out := b.MustRun(t, "", "doctor"); !strings.Contains(out, "no gaps") {
				t.Errorf("doctor: %s", out)
			}
		})
	}
}

// story is what a pair has in its archives.
type story []string

// crash kills the server while all pairs talk, starts it again, and checks what
// it knows.
func crash(t *testing.T, b *boardtest.Binary, history []story) {
	t.Helper()
	talks := make([]*talk, pairs)
	for i := range talks {
		talks[i] = startTalk(t, b.XMPP, fmt.Sprint("writer", i), fmt.Sprint("reader", i))
	}
	for _, k := range talks {
		k.until(t, burst/pairs)
	}
	b.Kill(t)
	total := 0
	for _, k := range talks {
		k.over(t)
		total += k.acknowledged()
	}
	t.Logf("killed with %d messages acknowledged", total)
	b.Start(t)
	var all sync.WaitGroup
	for i, k := range talks {
		reader, writer := plainClient(t, b.XMPP, k.to), plainClient(t, b.XMPP, k.from)
		all.Go(func() {
			theirs, own := readArchive(t, reader, ""), readArchive(t, writer, "")
			history[i] = k.check(t, history[i], texts(t, theirs), texts(t, own))
		})
	}
	all.Wait()
}

// check compares both archives with what was there before and what has been
// sent since, and returns what is there now.
func (k *talk) check(t *testing.T, before story, theirs, own []string) story {
	if !slices.Equal(theirs, own) {
		t.Errorf("%s has %d messages, %s %d, or others", k.to, len(theirs), k.from, len(own))
		return own
	}
	if len(own) < len(before) || !slices.Equal(own[:len(before)], before) {
		t.Errorf("%s: what was there before is no longer", k.from)
		return own
	}
	since := own[len(before):]
	if len(since) < k.acknowledged() {
		t.Errorf("%s: %d messages are kept, %d were acknowledged", k.from, len(since), k.acknowledged())
	}
	if len(since) > len(k.sent) || !slices.Equal(since, k.sent[:len(since)]) {
		t.Errorf("%s: what was kept is not what was sent, from the first on", k.from)
	}
	return own
}
