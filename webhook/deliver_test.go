package webhook_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/store"
	"switchboard/webhook"
)

var lifecycle = []switchboard.EventKind{switchboard.ConversationNew, switchboard.ConversationStarted,
	switchboard.ConversationOperatorJoined, switchboard.ConversationForwarded, switchboard.ConversationEnded,
	switchboard.ConversationOperatorLeft, switchboard.ConversationOperatorConcluded, switchboard.ConversationChanged}

var names = []string{"SessionCreated", "SessionStarted", "SessionOperatorJoined", "SessionForwarded", "SessionEnded",
	"SessionOperatorLeft", "SessionOperatorConcluded"}

func TestDeliversInOrderAndSigned(t *testing.T) {
	eachEngine(t, func(t *testing.T, b *board) {
		r := newReceiver(t, nil)
		s, _ := b.run(b.options())
		b.happen(1, lifecycle...) // before the registration: not its business
		all := b.register(s, strings.Replace(r.URL, "://", "://us%20er:p%40ss@", 1)+"/hook?secret=x", names...)
		some := b.register(s, r.URL+"/other", "sessionended", "2")
		for id := range switchboard.ConversationID(30) {
			b.happen(100+id, lifecycle...)
		}
		b.settled(s, all, "all delivered", each(30*len(names), "delivered"))
		b.settled(s, some, "some delivered", each(30*2, "delivered"))
		one, err := s.Get(t.Context(), b.admin, all)
		must(t, err)
		var got, other []string
		for _, q := range r.requests() {
			if q.basic != "" {
				verify(t, one.Secret, q)
				got = append(got, fmt.Sprint(q.id, q.event))
				if q.basic != "us er:p@ss" {
					t.Errorf("basic auth %q", q.basic)
				}
			} else {
				other = append(other, fmt.Sprint(q.id, q.event))
			}
		}
		var want, wantOther []string
		for id := range 30 {
			for _, n := range names {
				want = append(want, fmt.Sprint(100+id, n))
			}
			wantOther = append(wantOther, fmt.Sprint(100+id, "SessionCreated"), fmt.Sprint(100+id, "SessionEnded"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		if !slices.Equal(other, wantOther) {
			t.Errorf("got %v", other)
		}
	})
}

func TestRetriesThenGoesOn(t *testing.T) {
	eachEngine(t, func(t *testing.T, b *board) {
		r := newReceiver(t, func(n int, q request, w http.ResponseWriter) {
			if n <= 3 {
				w.WriteHeader(http.StatusInternalServerError)
				fmt.Fprintf(w, "try %d\x00\xff %s", n, strings.Repeat("long ", 1000))
			}
		})
		s, _ := b.run(b.options())
		id := b.register(s, r.URL, "SessionCreated", "SessionEnded")
		b.happen(1, switchboard.ConversationNew, switchboard.ConversationEnded)
		for n, delay := range []time.Duration{5 * time.Second, 30 * time.Second} {
			list := b.settled(s, id, "an attempt failed", func(l []webhook.Delivery) bool { return len(l) == 2 && l[0].Attempts == n+1 })
			d := list[0]
			if d.State != "pending" || d.Due.Sub(b.clock.Now()) != delay || d.Status != 500 || !strings.HasPrefix(d.Answer, fmt.Sprintf("try %d ", n+1)) ||
				len(d.Answer) > 500 || list[1].Attempts != 0 {
				t.Errorf("after attempt %d: %+v, then %+v", n+1, d, list[1])
			}
			b.advance(delay - time.Second)
			if n := len(r.requests()); n != d.Attempts {
				t.Errorf("%d requests before it is time", n)
			}
			b.advance(time.Second)
		}
		list := b.settled(s, id, "the second one delivered", func(l []webhook.Delivery) bool { return l[1].State == "delivered" })
		if list[0].State != "failed" || list[0].Attempts != 3 {
			t.Errorf("the first: %+v", list[0])
		}
		got := r.requests()
		for _, q := range got[:3] {
			if q.header.Get("webhook-id") != list[0].Message || q.event != "SessionCreated" || q.body != got[0].body {
				t.Errorf("retried as %v %s", q.header, q.body)
			}
		}
		if one, _ := s.Get(t.Context(), b.admin, id); !one.Failing.IsZero() || one.Succeeded.IsZero() {
			t.Errorf("health: %+v", one)
		}
		if n, err := s.Replay(t.Context(), b.admin, id, webhook.ReplayRequest{}); n != 1 || err != nil {
			t.Errorf("replayed %d, %v", n, err)
		}
		b.settled(s, id, "replayed", each(2, "delivered"))
		if q := r.requests()[4]; q.header.Get("webhook-id") != list[0].Message {
			t.Errorf("replayed as %v", q.header)
		}
	})
}

func TestReplayOfOneAndSince(t *testing.T) {
	b := newBoard(t, store.Options{Dir: t.TempDir()})
	r := newReceiver(t, nil)
	s, _ := b.run(b.options())
	id := b.register(s, r.URL, "SessionCreated")
	b.happen(1, switchboard.ConversationNew)
	b.settled(s, id, "delivered", each(1, "delivered"))
	b.advance(time.Minute)
	b.happen(2, switchboard.ConversationNew)
	list := b.settled(s, id, "delivered", each(2, "delivered"))
	for i, step := range []struct {
		ask   webhook.ReplayRequest
		again int64 // the conversation
	}{{webhook.ReplayRequest{Delivery: list[0].ID}, 1}, {webhook.ReplayRequest{Since: b.clock.Now()}, 2}} {
		if n, err := s.Replay(t.Context(), b.admin, id, step.ask); n != 1 || err != nil {
			t.Fatalf("%+v: %d, %v", step.ask, n, err)
		}
		eventually(t, "sent again", func() bool { return len(r.requests()) == 3+i })
		if q := r.requests()[2+i]; q.id != step.again {
			t.Errorf("sent %d again, want %d", q.id, step.again)
		}
	}
	if _, err := s.Replay(t.Context(), b.admin, id, webhook.ReplayRequest{Delivery: 999}); switchboard.KindOf(err) != switchboard.NotFound {
		t.Errorf("an unknown delivery: %v", err)
	}
}

func TestGoneAndRedirect(t *testing.T) {
	eachEngine(t, func(t *testing.T, b *board) {
		elsewhere := newReceiver(t, nil)
		r := newReceiver(t, func(n int, q request, w http.ResponseWriter) {
			if q.event == "SessionCreated" {
				w.WriteHeader(http.StatusGone)
				return
			}
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(http.StatusTemporaryRedirect)
		})
		o := b.options()
		o.Retries = []time.Duration{0, 0}
		s, _ := b.run(o)
		id := b.register(s, r.URL, "SessionCreated", "SessionEnded")
		b.happen(1, switchboard.ConversationNew, switchboard.ConversationEnded)
		list := b.settled(s, id, "both failed", each(2, "failed"))
		if list[0].Attempts != 1 || list[0].Status != 410 {
			t.Errorf("gone: %+v", list[0])
		}
		if list[1].Attempts != 3 || list[1].Status != 307 || !strings.Contains(list[1].Answer, "redirect") {
			t.Errorf("redirected: %+v", list[1])
		}
		if n := len(elsewhere.requests()); n != 0 {
			t.Errorf("%d redirects were followed", n)
		}
	})
}

func TestSlowReceiversDoNotHoldOthersBack(t *testing.T) {
	eachEngine(t, func(t *testing.T, b *board) {
		release := make(chan struct{})
		slow := newReceiver(t, func(n int, _ request, w http.ResponseWriter) {
			if n == 1 {
				<-release
			}
		})
		quick := newReceiver(t, nil)
		o := b.options()
		o.Workers, o.Timeout = 2, time.Minute
		s, _ := b.run(o)
		held := b.register(s, slow.URL, "SessionCreated")
		id := b.register(s, quick.URL, "SessionCreated")
		b.happen(1, switchboard.ConversationNew)
		eventually(t, "the slow one is asked", func() bool { return len(slow.requests()) == 1 })
		for n := range switchboard.ConversationID(20) {
			b.happen(2+n, switchboard.ConversationNew)
		}
		b.settled(s, id, "the quick one has all", each(21, "delivered"))
		close(release)
		b.settled(s, held, "the slow one too", each(21, "delivered"))
	})
}

func TestNoAnswerIsAFailure(t *testing.T) {
	b := newBoard(t, store.Options{Dir: t.TempDir()})
	release := make(chan struct{})
	r := newReceiver(t, func(int, request, http.ResponseWriter) { <-release })
	defer close(release)
	o := b.options()
	o.Timeout, o.Retries = 20*time.Millisecond, []time.Duration{}
	s, _ := b.run(o)
	id := b.register(s, r.URL, "SessionCreated")
	b.happen(1, switchboard.ConversationNew)
	if list := b.settled(s, id, "failed", each(1, "failed")); list[0].Status != 0 || !strings.HasPrefix(list[0].Answer, "no answer within") {
		t.Errorf("%+v", list[0])
	}
}

func TestRemovedAfterThreeDays(t *testing.T) {
	eachEngine(t, func(t *testing.T, b *board) {
		r := newReceiver(t, func(_ int, _ request, w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) })
		o := b.options()
		o.Retries = []time.Duration{}
		s, _ := b.run(o)
		id := b.register(s, r.URL, "SessionCreated")
		for n, pause := range []time.Duration{0, 36 * time.Hour, 35 * time.Hour} {
			b.advance(pause)
			b.happen(switchboard.ConversationID(n), switchboard.ConversationNew)
			b.settled(s, id, "failed", each(n+1, "failed"))
		}
		b.advance(time.Hour)
		b.happen(9, switchboard.ConversationNew)
		eventually(t, "removed", func() bool {
			_, err := s.Get(context.Background(), b.admin, id)
			return err != nil && switchboard.KindOf(err) == switchboard.NotFound
		})
		must(t, b.db.Read(t.Context(), func(tx *store.Tx) error {
			all, err := tx.Events(0, 100)
			last := all[len(all)-1]
			if last.Kind != switchboard.WebhookChanged || !strings.Contains(string(last.Payload), "undeliverable") || last.Subject != id {
				t.Errorf("last event %+v %s", last, last.Payload)
			}
			return err
		}))
	})
}

func TestOldDeliveriesArePruned(t *testing.T) {
	b := newBoard(t, store.Options{Dir: t.TempDir()})
	r := newReceiver(t, nil)
	s, _ := b.run(b.options())
	id := b.register(s, r.URL, "SessionCreated")
	b.happen(1, switchboard.ConversationNew)
	b.settled(s, id, "delivered", each(1, "delivered"))
	b.advance(7*24*time.Hour + time.Second)
	b.settled(s, id, "pruned", each(0, ""))
}
