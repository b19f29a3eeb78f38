package chat_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/chat"
)

var fixedTime = time.Date(2026, 1, 2, 3, 4, 5, 678000, time.UTC)

// attach takes over the offline messages as a stream does, and drops them.
func (w *world) attach(p switchboard.Principal, s *stream) {
	w.t.Helper()
	var after int64
	for {
		page, err := w.chat.Offline(w.t.Context(), p, after, 7)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		s.queue(page)
		after = page[len(page)-1].Number
	}
	done := make(chan struct{})
	w.chat.Attach(p, after, func(rest []chat.Message, err error) {
		if err != nil {
			w.t.Error(err)
		}
		s.queue(rest)
		if len(rest) > 0 {
			after = rest[len(rest)-1].Number
		}
		s.mu.Lock()
		s.available = true
		s.mu.Unlock()
		close(done)
	})
	<-done
	w.chat.DropOffline(p, after)
}

func (s *stream) queue(page []chat.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range page {
		s.got = append(s.got, &chat.Delivery{Message: &page[i]})
	}
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

func (s *stream) leave() {
	s.mu.Lock()
	s.available = false
	s.mu.Unlock()
	s.cancel()
}

// connectUnavailable is connect before the initial presence.
func (w *world) connectUnavailable(p switchboard.Principal, resource string) *stream {
	s := w.connect(p, resource)
	s.mu.Lock()
	s.available = false
	s.mu.Unlock()
	return s
}

func TestOffline(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		alice, bob := w.user("alice"), w.user("bob")
		for i := range 20 {
			w.send(alice, draft(alice, "", "bob@example.org", chat.Chat, fmt.Sprint(i), "x"))
		}
		w.send(alice, draft(alice, "", "bob@example.org", chat.Headline, "h", "headlines do not wait"))
		w.send(alice, draft(alice, "", "bob@example.org/r", chat.Normal, "n", "normal to a full address does not wait"))
		w.send(alice, draft(alice, "", "bob@example.org/r", chat.Chat, "20", "chat does"))
		w.send(alice, draft(alice, "", "bob@example.org", chat.Chat, "typing", ""))
		s := w.connectUnavailable(bob, "r")
		w.attach(bob, s)
		for i, d := range s.deliveries(t, 21) {
			if d.Message.ID != fmt.Sprint(i) || d.Message.From != jid("alice@example.org") || d.Message.StanzaID == "" {
				t.Fatalf("message %d is %+v", i, d.Message)
			}
		}
		w.send(alice, draft(alice, "", "bob@example.org", chat.Chat, "live", "x"))
		s.deliveries(t, 22)
		s.leave()
		if left, err := w.chat.Offline(t.Context(), bob, 0, 10); err != nil || len(left) != 0 {
			t.Errorf("%d messages still wait, %v", len(left), err)
		}
	})
}

func TestNotTaken(t *testing.T) { // somebody is connected, but takes nothing
	eachEngine(t, func(t *testing.T, w *world) {
		alice, bob := w.user("alice"), w.user("bob")
		s := w.connectUnavailable(bob, "r")
		for i := range 5 {
			w.send(alice, draft(alice, "", "bob@example.org", chat.Chat, fmt.Sprint(i), "x"))
		}
		w.attach(bob, s)
		for i, d := range s.deliveries(t, 5) {
			if d.Message.ID != fmt.Sprint(i) {
				t.Fatalf("message %d is %s", i, d.Message.ID)
			}
		}
	})
}

func TestRedeliver(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		alice, bob := w.user("alice"), w.user("bob")
		phone := w.connect(bob, "phone")
		w.send(alice, draft(alice, "", "bob@example.org", chat.Chat, "1", "x"))
		m := phone.deliveries(t, 1)[0].Message
		phone.leave()
		w.chat.Redeliver(bob, m)
		w.send(alice, draft(alice, "", "bob@example.org", chat.Chat, "2", "x"))
		laptop := w.connectUnavailable(bob, "laptop")
		w.attach(bob, laptop)
		got := laptop.deliveries(t, 2)
		if got[0].Message.ID != "1" || got[0].Message.Number != m.Number || got[1].Message.ID != "2" {
			t.Errorf("got %+v, %+v", got[0].Message, got[1].Message)
		}
		w.chat.Redeliver(bob, m)
		if again := laptop.deliveries(t, 3)[2]; again.Message.ID != "1" {
			t.Errorf("got %+v", again.Message)
		}
	})
}

// TestComingAndGoing sends without pause while the recipient comes and goes:
// whatever the moment, each message reaches exactly one stream or the offline
// store, in order.
func TestComingAndGoing(t *testing.T) {
	const senders, each = 4, 250
	eachEngine(t, func(t *testing.T, w *world) {
		people := w.users(senders)
		bob := w.user("bob")
		var sent sync.WaitGroup
		over := make(chan struct{})
		for _, p := range people {
			sent.Go(func() {
				for i := range each {
					to := "bob@example.org"
					if i%3 == 0 {
						to += "/r"
					}
					if _, err := w.chat.Send(t.Context(), p, draft(p, "", to, chat.Chat, fmt.Sprint(i), "x")); err != nil {
						t.Error(err)
					}
				}
			})
		}
		go func() { sent.Wait(); close(over) }()
		var got []*chat.Delivery
		for going := true; going; {
			select {
			case <-over:
				going = false
			default:
			}
			s := w.connectUnavailable(bob, "other")
			w.attach(bob, s)
			for range 3 { // stay for a few deliveries
				select {
				case <-s.changed:
				case <-over:
				}
			}
			s.leave()
			s.mu.Lock()
			got = append(got, s.got...)
			s.mu.Unlock()
		}
		last := w.connectUnavailable(bob, "other")
		w.attach(bob, last)
		last.mu.Lock()
		got = append(got, last.got...)
		last.mu.Unlock()
		next := map[switchboard.AccountID]int{}
		for n, d := range got {
			if want := fmt.Sprint(next[d.Message.Sender]); d.Message.ID != want {
				t.Fatalf("delivery %d: message %s of account %d, want %s", n, d.Message.ID, d.Message.Sender, want)
			}
			next[d.Message.Sender]++
		}
		for _, p := range people {
			if next[p.Account] != each {
				t.Errorf("%d messages of %s arrived, want %d", next[p.Account], p.Localpart, each)
			}
		}
	})
}
