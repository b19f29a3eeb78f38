package chat_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"switchboard"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/store"
)

// TestTwoNodes sends from one node to streams on another.
func TestTwoNodes(t *testing.T) {
	server, err := bus.Embedded(bus.EmbeddedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	there := *w
	w.node(server.URL(), "a")
	there.node(server.URL(), "b")
	alice, bob := w.user("alice"), w.user("bob")

	phone := there.connect(bob, "phone")
	settled(t, w, bob.Account, phone)
	w.send(alice, draft(alice, "", "bob@example.org", chat.Chat, "1", "to the bare address"))
	w.send(alice, draft(alice, "", "bob@example.org/phone", chat.Chat, "2", "to the full one"))
	w.send(alice, draft(alice, "", "bob@example.org/gone", chat.Chat, "3", "to one that has gone"))
	for i, d := range phone.deliveries(t, 3) {
		if d.Message.ID != fmt.Sprint(i+1) || d.Message.Number != int64(i+1) || d.Message.StanzaID == "" {
			t.Errorf("delivery %d: %+v", i, d.Message)
		}
	}
	there.attach(bob, phone) // waits for what is not settled yet
	if left, err := there.chat.Offline(t.Context(), bob, 0, 10); err != nil || len(left) != 0 {
		t.Errorf("%d taken messages wait offline, %v", len(left), err)
	}

	phone.leave()
	gone := make(chan struct{})
	go func() { // the last of the interest has to reach the server
		defer close(gone)
		for taken := true; taken; {
			answer := make(chan bool, 1)
			w.bus.Signal(bus.Signal{Topic: bus.Account(bob.Account), Kind: "probe"}, func(t bool) { answer <- t })
			taken = <-answer
		}
	}()
	<-gone
	w.send(alice, draft(alice, "", "bob@example.org", chat.Chat, "4", "while nobody is there"))
	tablet := there.connectUnavailable(bob, "tablet")
	for tablet.count() == 0 { // the first node settles it when the second one has answered
		there.attach(bob, tablet)
	}
	if d := tablet.deliveries(t, 1)[0]; d.Message.ID != "4" {
		t.Errorf("got %+v", d.Message)
	}
}

// node gives the world a bus and a chat service of its own on the same store.
func (w *world) node(url, name string) {
	w.bus = bus.New(bus.Options{NATS: url, Node: name, Wait: 20 * time.Second})
	w.chat = chat.New(chat.Options{DB: w.db, Bus: w.bus, Now: w.clock.now})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := w.bus.Run(ctx); err != nil {
			w.t.Error(err)
		}
	}()
	w.t.Cleanup(func() { stop(); <-ended })
}

// settled waits until a node reaches a stream on another one.
func settled(t *testing.T, from *world, account switchboard.AccountID, s *stream) {
	t.Helper()
	for {
		answer := make(chan bool, 1)
		from.bus.Signal(bus.Signal{Topic: bus.Account(account), Kind: chat.KindDeliver, Value: &chat.Delivery{Message: &chat.Message{}}},
			func(taken bool) { answer <- taken })
		if <-answer {
			break
		}
	}
	s.mu.Lock()
	s.got = nil
	s.mu.Unlock()
}
