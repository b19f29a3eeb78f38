package chat_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/store"
)

// BenchmarkSend is the cost of one message between two connected accounts:
// rules, both archives, commit, delivery. Each sender keeps one message in
// flight, so that the number of senders is the number that wait at a moment.
func BenchmarkSend(b *testing.B) {
	for _, senders := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("sqlite/senders=%d", senders), func(b *testing.B) {
			benchmarkSend(b, newWorld(b, store.Options{Dir: b.TempDir()}), senders)
		})
		b.Run(fmt.Sprintf("postgres/senders=%d", senders), func(b *testing.B) {
			benchmarkSend(b, newWorld(b, store.Options{URL: boardtest.Postgres(b)}), senders)
		})
	}
}

func benchmarkSend(b *testing.B, w *world, senders int) {
	pairs := w.users(2 * min(senders, 100))
	var delivered, commits atomic.Int64
	for _, p := range pairs {
		w.bus.Subscribe(bus.Account(p.Account), func(s bus.Signal) bool {
			if d, is := s.Value.(*chat.Delivery); is && d.Carbon == chat.Direct {
				delivered.Add(1)
				return true
			}
			return false
		})
	}
	w.db.Committed(func(switchboard.Position) { commits.Add(1) })
	body := strings.Repeat("x", 230)
	drafts := make([]chat.Draft, len(pairs)/2)
	for i := range drafts {
		drafts[i] = draft(pairs[2*i], "r", pairs[2*i+1].Bare().String(), chat.Chat, "id", body)
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu()
	var wg sync.WaitGroup
	var next atomic.Int64
	for i := range senders {
		p, d := pairs[i%len(drafts)*2], drafts[i%len(drafts)]
		wg.Add(1)
		var again func(chat.Message, error)
		again = func(m chat.Message, err error) {
			if err != nil {
				b.Error(err)
			}
			if next.Add(1) > int64(b.N) {
				wg.Done()
				return
			}
			w.chat.SendAsync(p, d, again)
		}
		again(chat.Message{}, nil)
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64((cpu()-before).Nanoseconds())/1e3/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(float64(b.N)/float64(max(commits.Load(), 1)), "messages/commit")
}

// cpu is the processor time of this process: unlike the clock it does not depend
// on what else the machine does.
func cpu() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkRules is chat's own part: rules and delivery of a message that is not stored.
func BenchmarkRules(b *testing.B) {
	w := newWorld(b, store.Options{Dir: b.TempDir()})
	alice, bob := w.user("alice"), w.user("bob")
	b.Cleanup(w.bus.Subscribe(bus.Account(bob.Account), func(bus.Signal) bool { return true }))
	d := draft(alice, "r", "bob@example.org", chat.Chat, "i", "x")
	d.Store = false // the same way, without the write
	b.ReportAllocs()
	for b.Loop() {
		w.chat.SendAsync(alice, d, func(_ chat.Message, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
}
