package interop

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"switchboard/boardtest"
	"switchboard/stanza"
)

// dial opens a TCP connection that goes away with the test.
func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// A thousand connections that never get anywhere, of each kind, keep nobody
// from signing in, and go away in time.
func TestHalfOpen(t *testing.T) {
	t.Parallel()
	b := boardtest.NewBinary(t, boardtest.BinaryOptions{Args: []string{"--insecure-plain", "--set", "limits.handshake=20s"}})
	b.AddUsers(t, "alice", "bob")
	b.Start(t)
	const header = "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
	beginnings := []string{
		"",            // nothing at all
		"<stream:str", // half a tag
		header,        // a stream that goes no further
		header + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>biwsbj1hbGljZSxyPXg=</auth>", // half a sign-in
		header + "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",                                                // no handshake after it
		"\x16\x03\x01\x02\x00",                     // half a ClientHello
		"<a b='" + strings.Repeat("x", 9000),       // a large attribute
		"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", // to the wrong port
	}
	var open []net.Conn
	for i := range 1000 {
		conn := dial(t, b.XMPP)
		if _, err := io.WriteString(conn, beginnings[i%len(beginnings)]); err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
	}
	for range 200 {
		if _, err := io.WriteString(dial(t, b.HTTP), "POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	c := plainClient(t, b.XMPP, "alice")
	c.Come("")
	xmppClient(t, b, "bob").Close()
	if token, status := login(t, b, "alice", boardtest.Password); token == "" {
		t.Errorf("the API: %d", status)
	}
	if took := time.Since(began); took > 15*time.Second { // none of them has gone away yet
		t.Errorf("signing in among them took %v", took)
	}
	for i, conn := range open { // each is closed by the server
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Fatalf("%q is still open", beginnings[i%len(beginnings)])
		}
	}
	c.Sync()
}

// A client that reads nothing while another floods it is cut off; nobody else
// notices, and nothing of the flood is lost.
func TestClientThatReadsNothing(t *testing.T) {
	t.Parallel()
	b := boardtest.NewBinary(t, boardtest.BinaryOptions{Args: []string{"--insecure-plain", "--set", "limits.max_outbound=1048576"}})
	b.AddUsers(t, "alice", "bob", "carol", "dave")
	b.Start(t)
	deaf := plainClient(t, b.XMPP, "bob")
	if err := deaf.Conn().(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	deaf.Come("")
	alice := plainClient(t, b.XMPP, "alice")
	others := startTalk(t, b.XMPP, "carol", "dave")

	const flood = 250
	filling := strings.Repeat("<&amp;>"[1:6], 10_000) // 50 kB, 10 kB of text
	flooded := make(chan error, 1)
	go func() {
		for n := range flood {
			if err := alice.TrySend(fmt.Sprintf("<message type='chat' to='bob@localhost'><body>%d %s</body></message>", n, filling)); err != nil {
				flooded <- err
				return
			}
		}
		flooded <- nil
	}()
	if err := <-flooded; err != nil {
		t.Fatal("the flood: ", err)
	}
	alice.Sync() // all of it is handled
	others.until(t, others.acknowledged()+200)
	others.stop(t)

	// bob comes back, and has it all: what he did not read waits offline.
	got := 0
	for {
		e, err := deaf.Read()
		if err != nil {
			break
		}
		if e.Name() == stanza.Message {
			got++
		}
	}
	if got >= flood {
		t.Errorf("the client that does not read was sent all %d messages", got)
	}
	bob := plainClient(t, b.XMPP, "bob")
	bob.Send("<presence/>")
	for n := 0; n < flood; {
		e := bob.Until("the flood", func(e stanza.Element) bool { return e.Name() == stanza.Message })
		var at int
		if _, err := fmt.Sscan(e.ChildText(stanza.NSClient, "body"), &at); err != nil {
			t.Fatal(err)
		}
		if n == 0 && at > 0 && at <= got {
			n = at // what he has read before
		}
		if at != n {
			t.Fatalf("message %d came, want %d; he had read %d", at, n, got)
		}
		n++
	}
	for n, a := range readArchive(t, bob, "") {
		if !strings.HasPrefix(a.body, fmt.Sprint(n, " ")) {
			t.Fatalf("message %d of the archive is %.20q", n, a.body)
		}
	}
}

// A request body that never ends does not hold a stop up for long.
func TestStopWithSlowRequests(t *testing.T) {
	t.Parallel()
	b := boardtest.StartBinary(t, boardtest.BinaryOptions{Args: []string{"--set", "limits.shutdown=1s"}})
	for range 10 {
		if _, err := io.WriteString(dial(t, b.HTTP), "POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(dial(t, b.XMPP), "<stream:str"); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(context.Background(), "GET", b.URL()+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	stop(t, b)
}
