package chat_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"switchboard"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/store"
)

func (w *world) send(p switchboard.Principal, d chat.Draft) chat.Message {
	w.t.Helper()
	m, err := w.chat.Send(context.Background(), p, d)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

func wantCode(t testing.TB, err error, kind switchboard.Kind, code string) {
	t.Helper()
	if e := switchboard.AsError(err); e == nil || e.Kind != kind || e.Code != code {
		t.Errorf("got error %v, want %s %s", err, kind, code)
	}
}

func TestSendToBare(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		alice, bob := w.user("alice"), w.user("bob")
		phone, laptop, desk := w.connect(bob, "phone"), w.connect(alice, "laptop"), w.connect(alice, "desk")
		d := draft(alice, "laptop", "bob@example.org", chat.Chat, "m1", "hello")
		sent := w.send(alice, d)
		got := phone.deliveries(t, 1)[0]
		if got.Carbon != chat.Direct || !bytes.Equal(got.Message.Stanza, d.Stanza) || got.Message.Number != 1 || got.Message.StanzaID == "" ||
			got.Message.From != jid("alice@example.org/laptop") || got.Message.Sender != alice.Account || got.Message.ID != "m1" {
			t.Errorf("delivered %+v", got.Message)
		}
		copied := desk.deliveries(t, 1)[0]
		if copied.Carbon != chat.Sent || copied.Message.StanzaID != sent.StanzaID || copied.Message.StanzaID == got.Message.StanzaID {
			t.Errorf("carbon %+v of %+v", copied.Message, sent)
		}
		laptop.deliveries(t, 0)
		if sent.Position != got.Message.Position || sent.Position == 0 || sent.Time.IsZero() || sent.Number != 1 {
			t.Errorf("sent %+v", sent)
		}
	})
}

func TestSendToFull(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		alice, bob := w.user("alice"), w.user("bob")
		phone, tablet := w.connect(bob, "phone"), w.connect(bob, "tablet")
		w.send(alice, draft(alice, "", "bob@example.org/phone", chat.Chat, "m1", "hello"))
		if d := phone.deliveries(t, 1)[0]; d.Carbon != chat.Direct || d.Resource != "phone" {
			t.Errorf("phone got %+v", d)
		}
		if d := tablet.deliveries(t, 1)[0]; d.Carbon != chat.Received {
			t.Errorf("tablet got %+v", d)
		}
		// RFC 6121 §8.5.3.2.1: the resource has gone.
		w.send(alice, draft(alice, "", "bob@example.org/gone", chat.Chat, "m2", "chat goes to the others"))
		w.send(alice, draft(alice, "", "bob@example.org/gone", chat.Normal, "m3", "normal goes nowhere"))
		w.send(alice, draft(alice, "", "bob@example.org", chat.Chat, "m4", "last"))
		for _, s := range []*stream{phone, tablet} {
			got := s.deliveries(t, 3)
			if got[1].Message.ID != "m2" || got[1].Carbon != chat.Direct || got[2].Message.ID != "m4" {
				t.Errorf("%s got %s, %s", s.resource, got[1].Message.ID, got[2].Message.ID)
			}
		}
	})
}

func TestSendToSelf(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		alice := w.user("alice")
		phone, laptop := w.connect(alice, "phone"), w.connect(alice, "laptop")
		d := draft(alice, "phone", "alice@example.org", chat.Chat, "m1", "note")
		d.To = switchboard.JID{} // RFC 6120 §10.3.1
		m := w.send(alice, d)
		w.send(alice, draft(alice, "phone", "alice@example.org/laptop", chat.Chat, "m2", "note"))
		if got := phone.deliveries(t, 1); got[0].Message.ID != "m1" || got[0].Message.StanzaID != m.StanzaID {
			t.Errorf("phone got %+v", got[0])
		}
		laptop.deliveries(t, 2)
		page, err := w.chat.Archive(t.Context(), alice, chat.ArchiveQuery{})
		if err != nil || len(page.Messages) != 2 {
			t.Errorf("%d messages in the archive, %v", len(page.Messages), err)
		}
	})
}

func TestRefusals(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		alice, bob, visitor := w.user("alice"), w.user("bob"), w.account("guest", switchboard.Visitor)
		off := w.user("off")
		w.write(func(tx *store.Tx) error { return tx.SetAccountDisabled(off.Account, true) })
		ctx := t.Context()
		if err := w.chat.Block(ctx, bob, jid("alice@example.org")); err != nil {
			t.Fatal(err)
		}
		long := draft(bob, "", "alice@example.org", chat.Chat, "x", strings.Repeat("x", switchboard.MaxStanza))
		mute := alice
		mute.Scopes = nil
		for name, c := range map[string]struct {
			p    switchboard.Principal
			d    chat.Draft
			kind switchboard.Kind
			code string
		}{
			"nobody":            {switchboard.Principal{}, draft(alice, "", "bob@example.org", chat.Chat, "x", "x"), switchboard.Unauthorized, "token-missing"},
			"no scope":          {mute, draft(alice, "", "bob@example.org", chat.Chat, "x", "x"), switchboard.Forbidden, "scope-missing"},
			"disabled sender":   {off, draft(off, "", "bob@example.org", chat.Chat, "x", "x"), switchboard.Forbidden, "account-disabled"},
			"unknown":           {alice, draft(alice, "", "nobody@example.org", chat.Chat, "x", "x"), switchboard.NotFound, "recipient-unavailable"},
			"disabled":          {alice, draft(alice, "", "off@example.org", chat.Chat, "x", "x"), switchboard.NotFound, "recipient-unavailable"},
			"the host":          {alice, draft(alice, "", "example.org", chat.Chat, "x", "x"), switchboard.NotFound, "recipient-unavailable"},
			"foreign":           {alice, draft(alice, "", "bob@example.com", chat.Chat, "x", "x"), switchboard.NotFound, "remote-server-not-found"},
			"blocked by":        {alice, draft(alice, "", "bob@example.org", chat.Chat, "x", "x"), switchboard.NotFound, "recipient-unavailable"},
			"blocks":            {bob, draft(bob, "", "alice@example.org", chat.Chat, "x", "x"), switchboard.NotAllowed, "blocked"},
			"groupchat":         {alice, draft(alice, "", "off@example.org", chat.Groupchat, "x", "x"), switchboard.NotFound, "recipient-unavailable"},
			"unknown group":     {alice, draft(alice, "", "g@mix.example.org", chat.Groupchat, "x", "x"), switchboard.NotFound, "group-not-found"},
			"visitor to user":   {visitor, draft(visitor, "", "bob@example.org", chat.Chat, "x", "x"), switchboard.Forbidden, "visitor-not-allowed"},
			"user to visitor":   {bob, draft(bob, "", "guest@example.org", chat.Chat, "x", "x"), switchboard.NotFound, "recipient-unavailable"},
			"too large":         {bob, long, switchboard.TooLarge, "message-too-large"},
			"SQL for a name":    {alice, draft(alice, "", "o%5c27or1=1--@example.org", chat.Chat, "x", "x"), switchboard.NotFound, "recipient-unavailable"},
			"another's account": {switchboard.Principal{Tenant: w.tenant.ID, Account: bob.Account, Localpart: "alice", Domain: domain, Scopes: alice.Scopes}, draft(alice, "", "bob@example.org", chat.Chat, "x", "x"), switchboard.Unauthorized, "account-gone"},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := w.chat.Send(ctx, c.p, c.d)
				wantCode(t, err, c.kind, c.code)
			})
		}
		for _, kind := range []string{chat.Headline, chat.Error} { // RFC 6121 §8.5.1: in silence
			if _, err := w.chat.Send(ctx, alice, draft(alice, "", "nobody@example.org", kind, "x", "")); err != nil {
				t.Errorf("%s to nobody: %v", kind, err)
			}
		}
		if err := w.chat.Unblock(ctx, bob); err != nil {
			t.Fatal(err)
		}
		w.send(alice, draft(alice, "", "bob@example.org", chat.Chat, "x", "x"))
	})
}

func TestSendText(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		alice, bob := w.user("alice"), w.user("bob")
		phone := w.connect(bob, "phone")
		text := `'; DROP TABLE ledger; -- <script>alert("x")</script> & 😀 ]]>`
		m, err := w.chat.SendText(t.Context(), alice, jid("bob@example.org"), text, chat.SendOptions{ID: "a'b"})
		if err != nil {
			t.Fatal(err)
		}
		got := phone.deliveries(t, 1)[0].Message
		if got.Body() != text || got.ID != "a'b" || m.ID != "a'b" || got.Type != chat.Chat {
			t.Errorf("got %q, %+v", got.Body(), got)
		}
		if m, err := w.chat.SendText(t.Context(), alice, jid("bob@example.org"), "x", chat.SendOptions{}); err != nil || len(m.ID) != 36 {
			t.Errorf("no UUID: %q, %v", m.ID, err)
		}
		_, err = w.chat.SendText(t.Context(), alice, jid("bob@example.org"), "\x00", chat.SendOptions{})
		wantCode(t, err, switchboard.Invalid, "text-invalid")
		_, err = w.chat.SendText(t.Context(), alice, jid("bob@example.org"), "", chat.SendOptions{})
		wantCode(t, err, switchboard.Invalid, "text-missing")
	})
}

// TestOrder sends stored and other messages from many senders at once: each
// recipient gets those of each sender in the order of the calls, once, and both
// archives hold the stored ones in that order without gaps.
func TestOrder(t *testing.T) {
	const senders, recipients, each = 12, 3, 80
	eachEngine(t, func(t *testing.T, w *world) {
		people := w.users(senders + recipients)
		streams := make([]*stream, recipients)
		for i := range streams {
			streams[i] = w.connect(people[senders+i], "r")
		}
		stored := make([]int, recipients)
		total := make([]int, recipients)
		var mu sync.Mutex
		var wg sync.WaitGroup
		for n, p := range people[:senders] {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(1, uint64(n)))
				for i := range each {
					to := r.IntN(recipients)
					body := ""
					if r.IntN(3) > 0 {
						body = "b"
					}
					mu.Lock()
					total[to]++
					if body != "" {
						stored[to]++
					}
					mu.Unlock()
					wg.Add(1)
					w.chat.SendAsync(p, draft(p, "", people[senders+to].Bare().String(), chat.Chat, fmt.Sprint(i), body),
						func(_ chat.Message, err error) {
							if err != nil {
								t.Error(err)
							}
							wg.Done()
						})
				}
			})
		}
		wg.Wait()
		for i, s := range streams {
			last := map[switchboard.AccountID]int{}
			number := int64(0)
			for _, d := range s.deliveries(t, total[i]) {
				var id int
				fmt.Sscan(d.Message.ID, &id)
				if before, seen := last[d.Message.Sender]; seen && id <= before {
					t.Fatalf("%d after %d from the same sender", id, before)
				}
				last[d.Message.Sender] = id
				if d.Message.Number != 0 {
					if number++; d.Message.Number != number {
						t.Fatalf("number %d, want %d", d.Message.Number, number)
					}
				}
			}
			if number != int64(stored[i]) {
				t.Errorf("%d stored messages delivered, want %d", number, stored[i])
			}
		}
		for _, p := range people[:senders] {
			checkArchive(t, w, p)
		}
	})
}

// checkArchive checks that an archive has no gaps and is in the order of its
// stanza ids.
func checkArchive(t *testing.T, w *world, p switchboard.Principal) {
	t.Helper()
	q := chat.ArchiveQuery{Max: 50}
	number, id := int64(0), -1
	for {
		page, err := w.chat.Archive(t.Context(), p, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Messages {
			if number++; m.Number != number {
				t.Fatalf("number %d, want %d", m.Number, number)
			}
			var n int
			fmt.Sscan(m.ID, &n)
			if n <= id {
				t.Fatalf("message %d after %d", n, id)
			}
			id = n
		}
		if page.Complete {
			return
		}
		q.After = page.Last
	}
}

func TestDeliveryCrossesNodes(t *testing.T) {
	in := &chat.Delivery{Account: 5, Resource: "r", Stream: "s", Carbon: chat.Sent, NoCopy: true, Message: &chat.Message{
		Position: 9, Time: fixedTime, From: jid("a@b/c"), To: jid("d@e/f"), Type: chat.Chat, ID: "i", Stanza: []byte("<message/>"),
		Sender: 3, Group: 4, Number: 8, StanzaID: "x"}}
	data, err := in.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var out chat.Delivery
	if err := out.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	a, b := fmt.Sprintf("%+v", *in.Message), fmt.Sprintf("%+v", *out.Message)
	in.Message, out.Message = nil, nil
	if a != b || *in != out {
		t.Errorf("%s %+v came back as %s %+v", a, in, b, out)
	}
	for n := range len(data) - len("<message/>") {
		if err := out.UnmarshalBinary(data[:n]); err == nil {
			t.Errorf("%d bytes are taken for a delivery", n)
		}
	}
}

func FuzzDelivery(f *testing.F) {
	for _, d := range []*chat.Delivery{{Message: &chat.Message{}}, {Account: 1, Resource: "r", Message: &chat.Message{ID: "x", Stanza: []byte("<message/>")}}} {
		data, err := d.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var d chat.Delivery
		if d.UnmarshalBinary(data) != nil {
			return
		}
		again, err := d.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var e chat.Delivery
		if err := e.UnmarshalBinary(again); err != nil || fmt.Sprintf("%+v", *d.Message) != fmt.Sprintf("%+v", *e.Message) {
			t.Fatalf("%+v came back as %+v, %v", d.Message, e.Message, err)
		}
	})
}

func TestSignalsCarryThePosition(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	alice, bob := w.user("alice"), w.user("bob")
	got := make(chan bus.Signal, 1)
	t.Cleanup(w.bus.Subscribe(bus.Account(bob.Account), func(s bus.Signal) bool { got <- s; return true }))
	m := w.send(alice, draft(alice, "", "bob@example.org", chat.Headline, "x", "x"))
	if s := <-got; s.Kind != chat.KindDeliver || s.Position != m.Position {
		t.Errorf("%+v, want position %d", s, m.Position)
	}
}
