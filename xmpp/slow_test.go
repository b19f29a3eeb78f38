package xmpp_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"switchboard/boardtest"
	"switchboard/stanza"
	"switchboard/xmpp"
)

// pipe is a connection without any buffer: what its client has not read has not
// been written.
type pipe struct {
	net.Conn
	t     *testing.T
	heard []byte
}

type localConn struct{ net.Conn }

func (localConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// once is a listener to which one client comes.
type once struct {
	net.Listener
	conn chan net.Conn
}

func (l once) Accept() (net.Conn, error) {
	if c, ok := <-l.conn; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (l once) Close() error { close(l.conn); return nil }

// pipe connects, signs in and binds.
func (b *board) pipe(t *testing.T, name, resource string) *pipe {
	t.Helper()
	client, server := net.Pipe()
	l := once{conn: make(chan net.Conn, 1)}
	l.conn <- localConn{server}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- b.ServeTCP(ctx, l) }()
	t.Cleanup(func() { cancel(); <-served; _ = client.Close() })
	c := &pipe{Conn: client, t: t}
	c.say(header)
	c.hear("</stream:features>")
	c.say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + base64.StdEncoding.EncodeToString([]byte("\x00"+name+"\x00"+boardtest.Password)) + "</auth>")
	c.hear("<success")
	c.say(header)
	c.hear("</stream:features>")
	c.say("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + resource + "</resource></bind></iq>")
	c.hear("</iq>")
	return c
}

func (c *pipe) say(xml string) {
	c.t.Helper()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Write([]byte(xml)); err != nil {
		c.t.Fatalf("%.100s: %v", xml, err)
	}
}

// hear reads up to some words, and no further than it must.
func (c *pipe) hear(words string) {
	c.t.Helper()
	_ = c.SetDeadline(time.Now().Add(patience))
	buf := make([]byte, 1)
	for !bytes.HasSuffix(c.heard, []byte(words)) {
		n, err := c.Read(buf)
		if err != nil {
			c.t.Fatalf("%q does not come: %v", words, err)
		}
		c.heard = append(c.heard, buf[:n]...)
	}
	c.heard = c.heard[:0]
}

// TestLostBeforeStreamManagement: a message that was on its way when the client
// enabled stream management, and did not arrive, is not lost.
func TestLostBeforeStreamManagement(t *testing.T) {
	b := newBoard(t, nil, "romeo", "juliet")
	romeo := b.client(t, "romeo", "r")
	phone := b.pipe(t, "juliet", "phone")
	phone.say("<presence/>")
	phone.hear("</presence>")
	romeo.Send("<message to='juliet@" + domain + "/phone' type='chat' id='m'><body>x</body></message>")
	romeo.Sync()
	phone.say("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
	_ = phone.Close()
	id := b.principal(t, "juliet").Account
	// Whether the resource waits to be resumed hangs on what the server saw first, the request or the break.
	eventually(t, "the stream is gone", func() bool { _, connected := b.Resources(id); return connected == 0 })
	b.now.advance(time.Hour)
	b.Sweep(b.now.Now())
	eventually(t, "the resource is gone", func() bool { n, _ := b.Resources(id); return n == 0 })
	b.client(t, "juliet", "desk").Until("m", isMessage("m"))
}

// TestReadsSlowly: a client behind a slow line may take longer over what waits
// for it than one that reads nothing is given.
func TestReadsSlowly(t *testing.T) {
	b := newBoard(t, func(o *xmpp.Options) { o.WriteTimeout = 20 * time.Second }, "romeo", "juliet")
	romeo := b.client(t, "romeo", "r")
	phone := b.pipe(t, "juliet", "phone")
	phone.say("<presence/>")
	phone.hear("</presence>")
	body := strings.Repeat("x", 8<<10)
	for i := range 60 {
		romeo.Send(fmt.Sprintf("<message to='juliet@%s' type='chat' id='m%d'><body>%s</body></message>", domain, i, body))
	}
	romeo.Sync()
	for i := range 60 {
		phone.hear("</message>")
		if i%2 == 0 {
			for range 4 {
				b.Sweep(b.now.Now())
			}
		}
	}
	phone.say("<iq type='get' id='p' to='" + domain + "'><ping xmlns='urn:xmpp:ping'/></iq>")
	phone.hear("id='p' type='result'/>")
}

// TestHandOverIsBounded: a client that does not take what waits for it, while
// others of its account get more and more, is given up.
func TestHandOverIsBounded(t *testing.T) {
	b := newBoard(t, func(o *xmpp.Options) { o.MaxUnacked = 100 }, "romeo", "juliet")
	romeo := b.client(t, "romeo", "r")
	say := func(from, to int) {
		for i := from; i < to; i++ {
			romeo.Send(fmt.Sprintf("<message to='juliet@%s' type='chat' id='n%d'><body>x</body></message>", domain, i))
		}
		romeo.Sync()
	}
	say(0, 120)
	lazy := b.bound(t, "juliet", "lazy")
	enable(t, lazy)
	lazy.Send("<presence/>")
	lazy.Until("the first", isMessage("n0"))
	desk := b.client(t, "juliet", "desk")
	desk.Until("the last that waited", isMessage("n119"))
	say(120, 320)
	desk.Until("the last", isMessage("n319"))
	if e := lazy.Ended(true); e == nil || e.Condition != stanza.StreamPolicyViolation {
		t.Errorf("got %v", e)
	}
}
