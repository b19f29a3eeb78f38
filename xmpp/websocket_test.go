package xmpp_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"switchboard/boardtest"
	"switchboard/stanza"
	"switchboard/xmpp"
)

// TestOrigin: pages of other sites open no streams; our own, those that are
// listed, and programs do.
func TestOrigin(t *testing.T) {
	b := newBoard(t, func(o *xmpp.Options) { o.Origins = []string{"https://app.example"} })
	for origin, welcome := range map[string]bool{
		"":                                      true,
		"http" + strings.TrimPrefix(b.ws, "ws"): true,
		"https://app.example":                   true,
		"https://evil.example":                  false,
		"https://app.example.evil.example":      false,
		"null":                                  false,
		"http" + strings.TrimPrefix(b.ws, "ws") + "1": false,
	} {
		h := http.Header{}
		if origin != "" {
			h.Set("Origin", origin)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		c, answer, err := websocket.Dial(ctx, b.ws, &websocket.DialOptions{Subprotocols: []string{"xmpp"}, HTTPHeader: h})
		cancel()
		switch {
		case welcome && err != nil:
			t.Errorf("%q is refused: %v", origin, err)
		case !welcome && (err == nil || answer == nil || answer.StatusCode != http.StatusForbidden):
			t.Errorf("%q is let in", origin)
		}
		if c != nil {
			_ = c.CloseNow()
		}
	}
}

// TestFrames: what is no RFC 7395 ends as RFC 6120 says.
func TestFrames(t *testing.T) {
	b := newBoard(t, nil, "romeo")
	open := "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='" + domain + "' version='1.0'/>"
	for _, c := range []struct {
		name, condition string
		say             []string
	}{
		{"a stream header", "invalid-namespace", []string{"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='x' version='1.0'/>"}},
		{"not well-formed", "not-well-formed", []string{open, "<a"}},
		{"two elements", "", []string{open, "<a xmlns='x'/><b xmlns='x'/>"}},
		{"opened twice", "policy-violation", []string{open, open}},
		{"unknown host", "host-unknown", []string{strings.Replace(open, domain, "elsewhere.example", 1)}},
		{"stanza before authentication", "not-authorized", []string{open, "<presence xmlns='jabber:client'/>"}},
		{"comment", "restricted-xml", []string{open, "<!-- x -->"}},
		{"too large", "policy-violation", []string{open, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + strings.Repeat("QUFB", 5000) + "</auth>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := boardtest.DialXMPP(t, b.onWebSocket())
			for _, frame := range c.say {
				s.Send(frame)
			}
			if e := s.Header(); !e.Is(stanza.NSFraming, "open") || e.Attr("from") != domain {
				t.Errorf("no <open/> of ours comes first: %s", e.Raw())
			}
			e := s.Ended(true)
			if e == nil || c.condition != "" && string(e.Condition) != c.condition {
				t.Errorf("want <%s/>, got %v", c.condition, e)
			}
		})
	}
	t.Run("no subprotocol", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if _, answer, err := websocket.Dial(ctx, b.ws, nil); err == nil || answer.StatusCode != http.StatusBadRequest {
			t.Error("let in without the subprotocol xmpp: ", err)
		}
	})
	t.Run("binary", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		c, _, err := websocket.Dial(ctx, b.ws, &websocket.DialOptions{Subprotocols: []string{"xmpp"}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.CloseNow()
		if err := c.Write(ctx, websocket.MessageBinary, []byte(open)); err != nil {
			t.Fatal(err)
		}
		var heard strings.Builder
		for err == nil {
			var frame []byte
			_, frame, err = c.Read(ctx)
			heard.Write(frame)
		}
		if !strings.Contains(heard.String(), "bad-format") || websocket.CloseStatus(err) != websocket.StatusNormalClosure {
			t.Errorf("got %s, %v", heard.String(), err)
		}
	})
}

// TestFramesStandAlone: every frame is a document of its own (RFC 7395 §3.3.3):
// encoding/xml reads each of them in boardtest's dialogues inside a stream, and
// here without one.
func TestFramesStandAlone(t *testing.T) {
	b := newBoard(t, nil, "romeo", "juliet")
	c := boardtest.DialXMPP(t, b.onWebSocket())
	c.Login("romeo", boardtest.Password)
	c.Bind("r")
	c.Come("")
	juliet := b.client(t, "juliet", "j")
	juliet.Send("<message to='romeo@" + domain + "' type='chat' id='m'><body>x</body></message>")
	e := c.Until("a message", func(e stanza.Element) bool { return e.ID() == "m" })
	alone, err := stanza.Parse(e.Raw())
	if err != nil || !alone.Is(stanza.NSClient, "message") {
		t.Errorf("%s: %v", e.Raw(), err)
	}
	c.Close()
}

// TestOddResource: an address may hold what XML must not.
func TestOddResource(t *testing.T) {
	b := newBoard(t, nil, "romeo", "juliet")
	odd := `<'&"> é`
	for name, at := range map[string]boardtest.XMPPAddress{"tcp": b.onTCP(), "websocket": b.onWebSocket()} {
		t.Run(name, func(t *testing.T) {
			r := boardtest.DialXMPP(t, at)
			r.Login("romeo", boardtest.Password)
			r.Bind(odd)
			if want := "romeo@" + domain + "/" + odd; r.JID != want {
				t.Fatalf("bound %q", r.JID)
			}
			r.Come("")
			j := b.client(t, "juliet", name)
			j.Send("<message to='romeo@" + domain + "/" + stanza.Escape(odd) + "' type='chat' id='m'><body>x</body></message>")
			if e := r.Until("a message", func(e stanza.Element) bool { return e.ID() == "m" }); e.Attr("to") != r.JID {
				t.Errorf("got %s", e.Raw())
			}
			r.Send("<message to='" + j.JID + "' type='chat' id='n'><body>y</body></message>")
			if e := j.Until("a message", func(e stanza.Element) bool { return e.ID() == "n" }); e.Attr("from") != r.JID {
				t.Errorf("got %s", e.Raw())
			}
			r.Close()
		})
	}
}
