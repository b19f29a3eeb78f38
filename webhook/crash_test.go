package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/bus"
	"switchboard/store"
	"switchboard/webhook"
)

// victim holds the store options of the process that is to be killed.
const victim = "WEBHOOK_TEST_VICTIM"

// dieWorking delivers until it is killed.
func dieWorking() {
	var o store.Options
	if err := json.Unmarshal([]byte(os.Getenv(victim)), &o); err != nil {
		panic(err)
	}
	db, err := store.Open(context.Background(), o)
	if err != nil {
		panic(err)
	}
	go io.Copy(io.Discard, os.Stdin) // ends when the parent dies
	panic(webhook.New(webhook.Options{DB: db, Bus: bus.New(bus.Options{}), AllowPrivate: true}).Run(context.Background()))
}

// startVictim starts that process.
func startVictim(t *testing.T, o store.Options) *exec.Cmd {
	text, err := json.Marshal(map[string]string{"URL": o.URL, "Dir": o.Dir})
	must(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victim+"="+string(text))
	cmd.Stderr = os.Stderr
	must(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd
}

func TestNothingIsLostByKill(t *testing.T) {
	eachEngine(t, func(t *testing.T, b *board) {
		const events, killAt = 40, 15
		reached, never := make(chan struct{}), make(chan struct{})
		r := newReceiver(t, func(n int, _ request, w http.ResponseWriter) {
			if n == killAt {
				close(reached)
				<-never
			}
		})
		defer close(never)
		s := webhook.New(b.options())
		id := b.register(s, r.URL, "SessionCreated")
		for n := range switchboard.ConversationID(events) {
			b.happen(n, switchboard.ConversationNew)
		}
		if b.opts.URL == "" {
			must(t, b.db.Close()) // one process at a time is how SQLite is used
		}
		killed := startVictim(t, b.opts)
		select {
		case <-reached:
		case <-time.After(30 * time.Second):
			t.Fatal("the process delivers nothing")
		}
		must(t, killed.Process.Kill())
		killed.Wait()
		if b.opts.URL == "" {
			b.db = b.open()
		}
		b.clock.micros.Store(time.Now().Add(time.Minute).UnixMicro()) // its claim, by its own clock, has run out
		s, _ = b.run(b.options())
		list := b.settled(s, id, "all delivered", each(events, "delivered"))
		got := r.requests()
		if again := got[killAt]; again.id != killAt-1 || again.header.Get("webhook-id") != got[killAt-1].header.Get("webhook-id") ||
			again.header.Get("webhook-id") != list[killAt-1].Message {
			t.Errorf("after the crash the first is %d, %v", again.id, again.header)
		}
		got = slices.Delete(got, killAt-1, killAt) // it was sent twice
		for i, q := range got {
			if q.id != int64(i) {
				t.Fatalf("request %d is about %d", i, q.id)
			}
		}
		if len(got) != events {
			t.Errorf("%d requests", len(got))
		}
	})
}

// TestStoreIsLostDuringDelivery is a database that goes away while a receiver
// thinks: its answer cannot be noted, so the event comes again.
func TestStoreIsLostDuringDelivery(t *testing.T) {
	b := newBoard(t, store.Options{Dir: t.TempDir()})
	release := make(chan struct{})
	r := newReceiver(t, func(n int, _ request, w http.ResponseWriter) {
		if n == 1 {
			<-release
		}
	})
	s, stop := b.run(b.options())
	id := b.register(s, r.URL, "SessionCreated")
	b.happen(1, switchboard.ConversationNew)
	eventually(t, "asked", func() bool { return len(r.requests()) == 1 })
	must(t, b.db.Close())
	close(release)
	stop()
	b.db = b.open()
	b.clock.micros.Add(time.Minute.Microseconds())
	s, _ = b.run(b.options())
	b.settled(s, id, "delivered", each(1, "delivered"))
	if got := r.requests(); len(got) != 2 || got[0].header.Get("webhook-id") != got[1].header.Get("webhook-id") {
		t.Errorf("requests: %v", got)
	}
}

// TestStopGivesBack is an orderly stop: the claim is given back, so that the
// next process need not wait for it to run out.
func TestStopGivesBack(t *testing.T) {
	eachEngine(t, func(t *testing.T, b *board) {
		release := make(chan struct{})
		r := newReceiver(t, func(n int, _ request, w http.ResponseWriter) {
			if n == 1 {
				<-release
			}
		})
		s, stop := b.run(b.options())
		id := b.register(s, r.URL, "SessionCreated")
		b.happen(1, switchboard.ConversationNew)
		eventually(t, "asked", func() bool { return len(r.requests()) == 1 })
		stop()
		close(release)
		s, _ = b.run(b.options())
		if list := b.settled(s, id, "delivered", each(1, "delivered")); list[0].Attempts != 1 {
			t.Errorf("%+v", list[0])
		}
	})
}

// TestTwoNodes lets two nodes work on one database: every event once, in order.
func TestTwoNodes(t *testing.T) {
	b := newBoard(t, store.Options{URL: boardtest.Postgres(t)})
	const hooks, events = 6, 20
	r := newReceiver(t, nil)
	s := webhook.New(b.options())
	var ids []int64
	for n := range hooks {
		ids = append(ids, b.register(s, fmt.Sprintf("http://%d@%s/%d", n, r.Listener.Addr(), n), "SessionCreated", "SessionEnded"))
	}
	for range 2 {
		o := b.options()
		o.DB, o.Bus, o.Workers = b.open(), bus.New(bus.Options{}), 2
		b.run(o)
	}
	for n := range switchboard.ConversationID(events) {
		b.happen(n, switchboard.ConversationNew, switchboard.ConversationEnded)
	}
	for _, id := range ids {
		b.settled(s, id, "all delivered", each(2*events, "delivered"))
	}
	next := map[string]int{}
	for _, q := range r.requests() {
		n := next[q.basic]
		if q.id != int64(n/2) || q.event != []string{"SessionCreated", "SessionEnded"}[n%2] {
			t.Fatalf("%s: request %d is %s about %d", q.basic, n, q.event, q.id)
		}
		next[q.basic]++
	}
	if len(next) != hooks {
		t.Errorf("%d receivers", len(next))
	}
}
