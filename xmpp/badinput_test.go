package xmpp_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"switchboard/boardtest"
	"switchboard/stanza"
	"switchboard/xmpp"
)

const header = "<?xml version='1.0'?><stream:stream to='" + domain + "' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"

// talk writes to a fresh TCP connection and reads until the server closes it.
func talk(t *testing.T, b *board, say string) string {
	t.Helper()
	c, err := net.Dial("tcp", b.tcp)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	go func() { _, _ = c.Write([]byte(say)) }()
	var heard bytes.Buffer
	if _, err := io.Copy(&heard, c); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("after %q: %v", heard.String(), err)
	}
	return heard.String()
}

// TestStreamErrors: whatever a client says before authentication, it hears our
// header first, then the error, then the end (RFC 6120 §4.9).
func TestStreamErrors(t *testing.T) {
	b := newBoard(t, nil, "romeo")
	for _, c := range []struct{ name, say, condition string }{
		{"no XML", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "not-well-formed"},
		{"not well-formed", header + "<a></b>", "not-well-formed"},
		{"no stream", "<message xmlns='jabber:client'/>", "invalid-namespace"},
		{"wrong stream namespace", "<stream:stream to='" + domain + "' version='1.0' xmlns='jabber:client' xmlns:stream='urn:x'>", "invalid-namespace"},
		{"wrong content namespace", "<stream:stream to='" + domain + "' version='1.0' xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'>", "invalid-namespace"},
		{"unknown host", strings.Replace(header, domain, "elsewhere.example", 1), "host-unknown"},
		{"no host", strings.Replace(header, "to='"+domain+"'", "", 1), "improper-addressing"},
		{"old version", strings.Replace(header, "1.0' xmlns", "0.9' xmlns", 1), "unsupported-version"},
		{"no version", "<stream:stream to='" + domain + "' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>", "unsupported-version"},
		{"another encoding", "<?xml version='1.0' encoding='UTF-16'?>" + header[21:], "unsupported-encoding"},
		{"comment", header + "<!-- hi -->", "restricted-xml"},
		{"processing instruction", header + "<?php ?>", "restricted-xml"},
		{"DTD", "<!DOCTYPE x [<!ENTITY a 'b'>]>" + header, "restricted-xml"},
		{"entity", header + "<a xmlns='x'>&lol;</a>", "restricted-xml"},
		{"stanza before authentication", header + "<message to='romeo@" + domain + "'><body>x</body></message>", "not-authorized"},
		{"iq before authentication", header + "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>", "not-authorized"},
		{"unknown element", header + "<dance xmlns='urn:dance'/>", "unsupported-stanza-type"},
		{"undeclared prefix", header + "<x:a/>", "not-well-formed"},
		{"too large", header + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + strings.Repeat("QUFB", 4000) + "</auth>", "policy-violation"},
		{"too large header", "<stream:stream " + strings.Repeat("a", 20000), "policy-violation"},
		{"too deep", header + strings.Repeat("<a xmlns='x'>", 200), "policy-violation"},
		{"data before the TLS handshake", header + "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><presence/>", "policy-violation"},
		{"bad UTF-8", header + "<a xmlns='x'>\xff\xfe</a>", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			heard := talk(t, b, c.say)
			if !strings.HasPrefix(heard, "<?xml version='1.0'?><stream:stream ") {
				t.Errorf("no header of ours comes first: %q", heard)
			}
			if !strings.Contains(heard, "<stream:error><"+c.condition) {
				t.Errorf("want <%s/>, got %q", c.condition, heard)
			}
			if !strings.HasSuffix(heard, "</stream:error></stream:stream>") || strings.Count(heard, "<stream:stream ") != 1 {
				t.Errorf("the stream does not end as it should: %q", heard)
			}
		})
	}
	eventually(t, "all streams are gone", func() bool { return b.Negotiating() == 0 })
}

// TestErrorInRestart: a stream that has authenticated begins anew, even if there
// is nothing to say in it but an error.
func TestErrorInRestart(t *testing.T) {
	b := newBoard(t, nil, "romeo")
	auth := "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
		base64.StdEncoding.EncodeToString([]byte("\x00romeo\x00"+boardtest.Password)) + "</auth>"
	for _, after := range []string{"<presence/>", "<", header[:60] + " <", strings.Replace(header, "1.0' xmlns", "0.9' xmlns", 1)} {
		heard := talk(t, b, header+auth+after+">")
		_, restarted, _ := strings.Cut(heard, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
		if !strings.HasPrefix(restarted, "<?xml version='1.0'?><stream:stream ") || strings.Count(restarted, "<stream:stream ") != 1 ||
			!strings.HasSuffix(restarted, "</stream:error></stream:stream>") {
			t.Errorf("%s\nis answered %s", after, heard)
		}
	}
}

// TestStanzasThatEndTheStream: after authentication too, what is no XMPP ends
// the stream, and what is leaves it alive (see testdata/rfc6120_iq.script).
func TestStanzasThatEndTheStream(t *testing.T) {
	b := newBoard(t, nil, "romeo", "juliet")
	for _, c := range []struct{ name, say, condition string }{
		{"not well-formed", "<message><body></message>", "not-well-formed"},
		{"comment", "<message><!-- x --></message>", "restricted-xml"},
		{"entity", "<message><body>&lol;</body></message>", "restricted-xml"},
		{"forged sender", "<message from='juliet@" + domain + "' to='romeo@" + domain + "'><body>x</body></message>", "invalid-from"},
		{"forged resource", "<message from='romeo@" + domain + "/other' to='romeo@" + domain + "'><body>x</body></message>", "invalid-from"},
		{"forged presence", "<presence from='juliet@" + domain + "'/>", "invalid-from"},
		{"forged iq", "<iq from='juliet@" + domain + "' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>", "invalid-from"},
		{"no stanza", "<dance/>", "unsupported-stanza-type"},
		{"unknown namespace", "<dance xmlns='urn:dance'/>", "unsupported-stanza-type"},
		{"of another stream", "<message xmlns='jabber:server' to='x'/>", "unsupported-stanza-type"},
		{"too deep", "<message>" + strings.Repeat("<a xmlns='x'>", 100) + strings.Repeat("</a>", 100) + "</message>", "policy-violation"},
		{"too large", "<message><body>" + strings.Repeat("x", 300<<10) + "</body></message>", "policy-violation"},
		{"too many attributes", "<message " + manyAttributes(100) + "/>", "policy-violation"},
		{"ack without stream management", "<a xmlns='urn:xmpp:sm:3' h='1'/>", "unsupported-stanza-type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.bound(t, "romeo", "r")
			_ = r.TrySend(c.say)
			e := r.Ended(true)
			if e == nil || string(e.Condition) != c.condition {
				t.Errorf("want <%s/>, got %v", c.condition, e)
			}
		})
	}
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d='' ", i)
	}
	return b.String()
}

// TestTruncated: connections that end anywhere leave nothing behind.
func TestTruncated(t *testing.T) {
	b := newBoard(t, nil, "romeo")
	whole := header + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAGNvcnJlY3Q=</auth>"
	for n := 0; n < len(whole); n += 7 {
		c, err := net.Dial("tcp", b.tcp)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write([]byte(whole[:n]))
		_ = c.Close()
	}
	eventually(t, "all streams are gone", func() bool { return b.Negotiating() == 0 })
	r := b.bound(t, "romeo", "r")
	_, _ = r.Conn().Write([]byte("<message to='romeo@" + domain + "'><body>half"))
	r.Break()
	id := b.principal(t, "romeo").Account
	eventually(t, "the resource is gone", func() bool { n, _ := b.Resources(id); return n == 0 })
}

// TestDribble: a stanza that comes byte by byte is a stanza.
func TestDribble(t *testing.T) {
	b := newBoard(t, nil, "romeo")
	r := b.client(t, "romeo", "r")
	for _, c := range []byte("<message to='romeo@" + domain + "' type='chat' id='d'><body>slow &amp; steady ž</body></message>") {
		if _, err := r.Conn().Write([]byte{c}); err != nil {
			t.Fatal(err)
		}
	}
	if e := r.Next(); e.ID() != "d" || e.ChildText("", "body") != "slow & steady ž" {
		t.Errorf("got %s", e.Raw())
	}
}

// TestHalfOpen: a thousand connections that say nothing do not keep others out,
// and go when their time is over.
func TestHalfOpen(t *testing.T) {
	b := newBoard(t, func(o *xmpp.Options) { o.MaxNegotiatingIP = 100 }, "romeo")
	var open []net.Conn
	for range 1000 {
		c, err := net.Dial("tcp", b.tcp)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		open = append(open, c)
	}
	for closed := 0; closed < 900; { // the others made room
		closed = 0
		for _, c := range open {
			_ = c.SetReadDeadline(time.Now().Add(time.Millisecond / 10))
			if _, err := c.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				closed++
			}
		}
	}
	eventually(t, "a hundred wait", func() bool { return b.Negotiating() == 100 })
	b.client(t, "romeo", "r")
	b.Sweep(b.now.Now().Add(time.Minute))
	eventually(t, "nobody waits any more", func() bool { return b.Negotiating() == 0 })
	for _, c := range open {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("a connection that said nothing is still open: ", err)
		}
	}
}

// TestSlowHandshake: who begins and does not go on hears why it ends.
func TestSlowHandshake(t *testing.T) {
	b := newBoard(t, nil, "romeo")
	c := boardtest.DialXMPP(t, b.onTCP())
	c.Open()
	b.Sweep(b.now.Now().Add(time.Minute))
	if e := c.Ended(true); e == nil || e.Condition != stanza.ConnectionTimeout {
		t.Errorf("got %v", e)
	}
}

// TestReadsNothing: a client that reads nothing is cut off, what it did not
// read waits for it, and nobody else notices.
func TestReadsNothing(t *testing.T) {
	b := newBoard(t, func(o *xmpp.Options) { o.MaxOutbound = 64 << 10; o.WriteTimeout = 5 * time.Second }, "romeo", "juliet", "mercutio")
	deaf := b.client(t, "juliet", "deaf")
	if c, ok := deaf.Conn().(*net.TCPConn); ok {
		_ = c.SetReadBuffer(4096)
	}
	romeo := b.client(t, "romeo", "r")
	mercutio := b.client(t, "mercutio", "m")
	id := b.principal(t, "juliet").Account
	body := strings.Repeat("It is the east, and Juliet is the sun. ", 100)
	sent := 0
	for bound := 1; bound > 0 && sent < 5000; bound, _ = b.Resources(id) {
		for range 50 {
			romeo.Send(fmt.Sprintf("<message to='juliet@%s' type='chat' id='s%d'><body>%s</body></message>", domain, sent, body))
			sent++
		}
		romeo.Sync()
		b.Sweep(b.now.Now())
	}
	eventually(t, "the deaf client is gone", func() bool { bound, _ := b.Resources(id); return bound == 0 })
	mercutio.Send("<message to='romeo@" + domain + "' type='chat' id='m'><body>still here</body></message>")
	romeo.Until("a message", func(e stanza.Element) bool { return e.ID() == "m" })
	again := b.client(t, "juliet", "again")
	last := fmt.Sprintf("s%d", sent-1)
	again.Until("the last message", func(e stanza.Element) bool { return e.ID() == last })
}

// TestAsksAndReadsNothing: whoever asks for much and does not read it stops
// being answered, and costs no more than its queue.
func TestAsksAndReadsNothing(t *testing.T) {
	b := newBoard(t, func(o *xmpp.Options) { o.MaxOutbound = 256 << 10 }, "romeo")
	r := b.bound(t, "romeo", "r")
	ask := strings.Repeat("<iq type='get' id='d' to='"+domain+"'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", 100)
	total := 0
	for total < 1<<26 {
		_ = r.Conn().SetWriteDeadline(time.Now().Add(2 * time.Second)) // in which a server that goes on takes something
		n, err := r.Conn().Write([]byte(ask))
		total += n
		if err != nil {
			break
		}
	}
	if total >= 1<<26 {
		t.Error("the server takes requests without end")
	}
	r.Break()
	id := b.principal(t, "romeo").Account
	eventually(t, "the resource is gone", func() bool { n, _ := b.Resources(id); return n == 0 })
}
