package xmpp_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"switchboard/bus"
	"switchboard/chat"
	"switchboard/stanza"
	"switchboard/xmpp"
)

// secondNode starts another node's rooms over the same database, joined by
// NATS with a first one whose bus is given.
func secondNode(t *testing.T, b *board, url string) *board {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	n := &board{db: b.db, auth: b.auth, now: b.now, files: b.files}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	n.bus = bus.New(bus.Options{NATS: url, Node: "two", Wait: patience, Log: log})
	n.chat = chat.New(chat.Options{DB: b.db, Bus: n.bus, Log: log, Blob: b.files})
	n.Server = xmpp.New(xmpp.Options{Auth: b.auth, Chat: n.chat, Bus: n.bus, Domain: domain, Plain: true, Log: log})
	running.Go(func() { _ = n.bus.Run(ctx) })
	running.Go(func() { _ = n.chat.Run(ctx) })
	n.stop = sync.OnceFunc(n.listen(t))
	t.Cleanup(func() { n.stop(); cancel(); running.Wait() })
	eventually(t, "the second node is connected", n.bus.Connected)
	return n
}

// TestTwoNodes: it does not matter on which node a stream is.
func TestTwoNodes(t *testing.T) {
	nats, err := bus.Embedded(bus.EmbeddedOptions{Node: "one"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nats.Stop)
	one := newBoardWith(t, bus.Options{NATS: nats.URL(), Node: "one", Wait: patience}, nil, "romeo", "juliet")
	eventually(t, "the first node is connected", one.bus.Connected)
	two := secondNode(t, one, nats.URL())

	romeo := one.client(t, "romeo", "one")
	juliet := two.client(t, "juliet", "two")
	message := func(id string) string {
		return "<message to='juliet@" + domain + "' type='chat' id='" + id + "'><body>over there</body></message>"
	}
	romeo.Send(message("m"))
	juliet.Until("m", isMessage("m"))
	juliet.Send("<message to='" + romeo.JID + "' type='chat' id='n'><body>and back</body></message>")
	romeo.Until("n", isMessage("n"))

	// Subscription and presence.
	romeo.Send("<presence to='juliet@" + domain + "' type='subscribe'/>")
	juliet.Until("a request", func(e stanza.Element) bool { return e.Type() == stanza.Subscribe })
	juliet.Send("<presence to='romeo@" + domain + "' type='subscribed'/>")
	present := func(e stanza.Element) bool {
		return e.Name() == stanza.Presence && e.Attr("from") == juliet.JID && e.Type() == ""
	}
	romeo.Until("her presence", present)
	again := one.client(t, "romeo", "again")
	again.Until("her presence", present)

	// An iq to a resource there.
	romeo.Send("<iq type='get' id='q' to='" + juliet.JID + "'><ping xmlns='urn:xmpp:ping'/></iq>")
	juliet.Until("an iq", func(e stanza.Element) bool { return e.Name() == stanza.IQ && e.ID() == "q" })
	juliet.Send("<iq type='result' id='q' to='" + romeo.JID + "'/>")
	romeo.Until("an answer", func(e stanza.Element) bool { return e.ID() == "q" && e.Type() == stanza.Result })
	if e := romeo.Ask("<iq type='get' id='q2' to='juliet@" + domain + "/nowhere'><ping xmlns='urn:xmpp:ping'/></iq>"); e.Type() != stanza.TypeError {
		t.Errorf("got %s", e.Raw())
	}

	// The same resource on the other node takes the place of this one.
	moved := one.bound(t, "juliet", "two")
	if e := juliet.Ended(true); e == nil || e.Condition != stanza.StreamConflict {
		t.Errorf("got %v", e)
	}
	moved.Come("")
	romeo.Send(message("m3"))
	moved.Until("m3", isMessage("m3"))

	// Who is revoked is revoked everywhere.
	two.EndStreams(one.principal(t, "juliet").Account, 0, stanza.StreamNotAuthorized, "revoked", "")
	if e := moved.Ended(true); e == nil || e.Condition != stanza.StreamNotAuthorized {
		t.Errorf("got %v", e)
	}
}
