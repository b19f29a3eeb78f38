package xmpp_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"switchboard/boardtest"
	"switchboard/stanza"
	"switchboard/xmpp"
)

func isMessage(id string) func(stanza.Element) bool {
	return func(e stanza.Element) bool { return e.Name() == stanza.Message && e.ID() == id }
}

// enable switches stream management on and returns the id for resumption.
func enable(t *testing.T, c *boardtest.XMPPClient) string {
	t.Helper()
	c.Send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
	e := c.Next()
	if !e.Is(stanza.NSSM3, "enabled") || e.Attr("id") == "" {
		t.Fatalf("got %s", e.Raw())
	}
	return e.Attr("id")
}

// archiveIDs are the ids of the stanzas in a client's own archive.
func archiveIDs(t *testing.T, c *boardtest.XMPPClient) (ids []string) {
	t.Helper()
	c.Send("<iq type='set' id='all'><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>250</max></set></query></iq>")
	for {
		e := c.Next()
		if e.Name() == stanza.IQ && e.ID() == "all" {
			return ids
		}
		if r := e.Child(stanza.NSMAM2, "result"); !r.IsZero() {
			ids = append(ids, r.Child("urn:xmpp:forward:0", "forwarded").Child(stanza.NSClient, "message").ID())
		}
	}
}

// TestExpiry: a stream that is not resumed in time is over; what it did not
// acknowledge reaches the account another way, once, and is archived once.
func TestExpiry(t *testing.T) {
	for _, other := range []bool{false, true} {
		t.Run(fmt.Sprintf("another resource %v", other), func(t *testing.T) {
			b := newBoard(t, func(o *xmpp.Options) { o.ResumeTimeout = time.Minute }, "romeo", "juliet")
			romeo := b.client(t, "romeo", "r")
			phone := b.bound(t, "juliet", "phone")
			previous := enable(t, phone)
			phone.Send("<presence/>")
			phone.Sync()
			romeo.Send("<message to='juliet@" + domain + "' type='chat' id='m1'><body>seen, not acknowledged</body></message>")
			phone.Until("m1", isMessage("m1"))
			phone.Break()
			id := b.principal(t, "juliet").Account
			eventually(t, "the stream is gone, the resource stays", func() bool {
				bound, connected := b.Resources(id)
				return bound == 1 && connected == 0
			})
			romeo.Send("<message to='juliet@" + domain + "' type='chat' id='m2'><body>while away</body></message>")
			romeo.Sync()
			var desk *boardtest.XMPPClient
			if other {
				desk = b.client(t, "juliet", "desk")
			}
			b.now.advance(2 * time.Minute)
			b.Sweep(b.now.Now())
			if desk == nil {
				eventually(t, "the resource is gone", func() bool { n, _ := b.Resources(id); return n == 0 })
				desk = b.client(t, "juliet", "desk")
			}
			desk.Until("m1", isMessage("m1"))
			desk.Until("m2", isMessage("m2"))
			romeo.Send("<message to='juliet@" + domain + "' type='chat' id='m3'><body>last</body></message>")
			if e := desk.Until("a message", func(e stanza.Element) bool { return e.Name() == stanza.Message }); e.ID() != "m3" {
				t.Errorf("something came twice: %s", e.Raw())
			}
			if ids := strings.Join(archiveIDs(t, desk), " "); ids != "m1 m2 m3" {
				t.Error("the archive holds ", ids)
			}
			late := boardtest.DialXMPP(t, b.onTCP())
			late.Login("juliet", boardtest.Password)
			late.Send("<resume xmlns='urn:xmpp:sm:3' previd='" + previous + "' h='0'/>")
			if e := late.Next(); !e.Is(stanza.NSSM3, "failed") || e.Attr("h") == "" {
				t.Errorf("resumed too late: %s", e.Raw())
			}
		})
	}
}

// TestForkedAndLost: a message that two resources got is lost only when both
// have lost it.
func TestForkedAndLost(t *testing.T) {
	b := newBoard(t, func(o *xmpp.Options) { o.ResumeTimeout = time.Minute }, "romeo", "juliet")
	romeo := b.client(t, "romeo", "r")
	var phones []*boardtest.XMPPClient
	for _, name := range []string{"one", "two"} {
		c := b.bound(t, "juliet", name)
		enable(t, c)
		c.Send("<presence/>")
		c.Sync()
		phones = append(phones, c)
	}
	romeo.Send("<message to='juliet@" + domain + "' type='chat' id='a'><body>a</body></message>")
	for _, c := range phones {
		c.Until("a", isMessage("a"))
	}
	id := b.principal(t, "juliet").Account
	phones[0].Break()
	eventually(t, "one is cut", func() bool { _, n := b.Resources(id); return n == 1 })
	b.now.advance(2 * time.Minute)
	b.Sweep(b.now.Now())
	phones[1].Sync()
	for _, raw := range phones[1].Pending() {
		if strings.Contains(raw, "id='a'") {
			t.Error("the other resource has it twice: ", raw)
		}
	}
	phones[1].Break()
	eventually(t, "both are cut", func() bool { _, n := b.Resources(id); return n == 0 })
	b.now.advance(2 * time.Minute)
	b.Sweep(b.now.Now())
	eventually(t, "both are gone", func() bool { n, _ := b.Resources(id); return n == 0 })
	c := b.client(t, "juliet", "three")
	c.Until("a", isMessage("a"))
}

// TestTooHigh: a client cannot have handled what was never sent (XEP-0198 §4).
func TestTooHigh(t *testing.T) {
	b := newBoard(t, nil, "romeo")
	c := b.bound(t, "romeo", "r")
	enable(t, c)
	c.Send("<a xmlns='urn:xmpp:sm:3' h='5'/>")
	e := c.Ended(true)
	if e == nil || e.Condition != stanza.StreamUndefined || !strings.Contains(string(e.App), "handled-count-too-high") ||
		!strings.Contains(string(e.App), "send-count='0'") {
		t.Errorf("got %+v", e)
	}
}

// TestResumedTooHigh: nor can who resumes; what it wanted to resume ends when its
// time is over, as if nobody had asked for it.
func TestResumedTooHigh(t *testing.T) {
	b := newBoard(t, func(o *xmpp.Options) { o.ResumeTimeout = time.Minute }, "romeo", "juliet")
	juliet := b.client(t, "juliet", "j")
	c := b.bound(t, "romeo", "r")
	previous := enable(t, c)
	c.Send("<presence/>")
	c.Send("<presence to='juliet@" + domain + "'/>")
	juliet.Until("presence", func(e stanza.Element) bool { return e.Name() == stanza.Presence && e.Attr("from") == c.JID })
	c.Break()
	again := boardtest.DialXMPP(t, b.onTCP())
	again.Login("romeo", boardtest.Password)
	again.Send("<resume xmlns='urn:xmpp:sm:3' previd='" + previous + "' h='99'/>")
	if e := again.Ended(true); e == nil || !strings.Contains(string(e.App), "handled-count-too-high") {
		t.Errorf("got %v", e)
	}
	b.now.advance(2 * time.Minute)
	b.Sweep(b.now.Now())
	juliet.Until("unavailable presence", func(e stanza.Element) bool { return e.Type() == stanza.Unavailable && e.Attr("from") == c.JID })
}

// TestManyUnacked: an absent client's queue is bounded; what is beyond waits
// offline with the rest, nothing is lost.
func TestManyUnacked(t *testing.T) {
	b := newBoard(t, func(o *xmpp.Options) { o.MaxUnacked = 50 }, "romeo", "juliet")
	romeo := b.client(t, "romeo", "r")
	phone := b.bound(t, "juliet", "phone")
	enable(t, phone)
	phone.Send("<presence/>")
	phone.Sync()
	phone.Break()
	id := b.principal(t, "juliet").Account
	eventually(t, "the stream is gone", func() bool { _, n := b.Resources(id); return n == 0 })
	const n = 200
	for i := range n {
		romeo.Send(fmt.Sprintf("<message to='juliet@%s' type='chat' id='n%d'><body>x</body></message>", domain, i))
	}
	romeo.Sync()
	eventually(t, "the resource is given up", func() bool { n, _ := b.Resources(id); return n == 0 })
	desk := b.bound(t, "juliet", "desk")
	enable(t, desk)
	desk.Send("<presence/>")
	seen, handled := map[string]bool{}, 0
	for len(seen) < n {
		e := desk.Next()
		switch {
		case e.Is(stanza.NSSM3, "r"):
			desk.Send(fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", handled))
		case e.Name() == stanza.Message:
			if seen[e.ID()] {
				t.Fatalf("%s came twice", e.ID())
			}
			seen[e.ID()] = true
			handled++
		default:
			handled++
		}
	}
}

// TestManyOffline: more messages than fit into the outgoing queue come one
// after the other, as fast as the client takes them, to the last.
func TestManyOffline(t *testing.T) {
	for _, sm := range []bool{false, true} {
		t.Run(fmt.Sprintf("acknowledged %v", sm), func(t *testing.T) {
			b := newBoard(t, func(o *xmpp.Options) { o.MaxOutbound = 64 << 10 }, "romeo", "juliet")
			romeo := b.client(t, "romeo", "r")
			body := strings.Repeat("x", 2000)
			const n = 300
			for i := range n {
				romeo.Send(fmt.Sprintf("<message to='juliet@%s' type='chat' id='n%d'><body>%s</body></message>", domain, i, body))
			}
			romeo.Sync()
			c := b.bound(t, "juliet", "c")
			if sm {
				enable(t, c)
			}
			c.Send("<presence/>")
			next, handled := 0, 0
			for next < n {
				e := c.Next()
				switch {
				case e.Is(stanza.NSSM3, "r"):
					c.Send(fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", handled))
				case e.Name() == stanza.Message:
					if want := fmt.Sprintf("n%d", next); e.ID() != want {
						t.Fatalf("%s came in the place of %s", e.ID(), want)
					}
					next++
					handled++
				default:
					handled++
				}
			}
			romeo.Send("<message to='juliet@" + domain + "' type='chat' id='live'><body>x</body></message>")
			c.Until("a live message", isMessage("live"))
		})
	}
}

// TestShutdown: a server that stops says so; what clients with stream
// management have not acknowledged is there after its next start.
func TestShutdown(t *testing.T) {
	b := newBoard(t, nil, "romeo", "juliet")
	romeo := b.client(t, "romeo", "r")
	phone := b.bound(t, "juliet", "phone")
	enable(t, phone)
	phone.Send("<presence/>")
	phone.Sync()
	half := boardtest.DialXMPP(t, b.onTCP())
	half.Open()
	romeo.Send("<message to='juliet@" + domain + "' type='chat' id='m'><body>x</body></message>")
	phone.Until("m", isMessage("m"))
	stopped := make(chan struct{})
	go func() { b.stop(); close(stopped) }()
	for _, c := range []*boardtest.XMPPClient{romeo, half} {
		if e := c.Ended(true); e == nil || e.Condition != stanza.SystemShutdown {
			t.Errorf("got %v", e)
		}
		c.Break()
	}
	phone.Ended(true)
	phone.Break()
	<-stopped
	waiting, err := b.chat.Offline(t.Context(), b.principal(t, "juliet"), 0, 10)
	if err != nil || len(waiting) != 1 || waiting[0].ID != "m" {
		t.Errorf("after the stop %d messages wait: %v", len(waiting), err)
	}
}
