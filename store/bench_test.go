package store_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/store"
)

// BenchmarkWrite is the cost of one archived message (a ledger row and two
// archive entries) with so many writers waiting at the same moment.
func BenchmarkWrite(b *testing.B) {
	engines := []struct {
		name string
		open func() store.Options
	}{
		{"sqlite", func() store.Options { return store.Options{Dir: b.TempDir()} }},
		{"postgres", func() store.Options { return store.Options{URL: boardtest.Postgres(b)} }},
	}
	for _, engine := range engines {
		for _, writers := range []int{1, 10, 100, 1000} {
			b.Run(fmt.Sprintf("%s/writers=%d", engine.name, writers), func(b *testing.B) {
				benchmarkWrite(b, openTest(b, engine.open()), writers)
			})
		}
	}
}

func benchmarkWrite(b *testing.B, db *store.DB, writers int) {
	tenant, accounts := people(b, db, 100)
	body := strings.Repeat("x", 330)
	var commits, next atomic.Int64
	db.Committed(func(switchboard.Position) { commits.Add(1) })
	b.ReportAllocs()
	b.ResetTimer()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			from, to := accounts[w%100], accounts[(w+50)%100]
			for next.Add(1) <= int64(b.N) {
				e, entries := message(tenant.ID, from, to, body)
				if err := db.Write(b.Context(), func(tx *store.Tx) error { tx.Append(e, entries...); return nil }); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	seconds := b.Elapsed().Seconds()
	b.ReportMetric(float64(b.N)/seconds, "messages/s")
	b.ReportMetric(float64(commits.Load())/seconds, "commits/s")
}
