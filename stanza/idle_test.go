package stanza

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

const testHeader = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`

// watched is a source that looks at its Reader whenever that waits for input.
type watched struct {
	r     *Reader
	reads []string
	waits int
	held  int // how often the Reader had memory while it waited for a new element
}

func (w *watched) Read(p []byte) (int, error) {
	return w.ReadIdle(func() []byte { return p }, func() {})
}

func (w *watched) ReadIdle(take func() []byte, give func()) (int, error) {
	w.waits++
	if w.r.w == w.r.r && (w.r.buf != nil || w.r.doc != nil) {
		w.held++
	}
	if len(w.reads) == 0 {
		return 0, io.EOF
	}
	take()
	give() // a false alarm
	n := copy(take(), w.reads[0])
	w.reads = w.reads[1:]
	return n, nil
}

// TestIdleOwnsNothing: a Reader that waits between elements has no buffer.
func TestIdleOwnsNothing(t *testing.T) {
	w := &watched{reads: []string{testHeader, "<a/>", " ", "<a/> ", "<a", "/>", "<a/><a/>", "<a/> <", "a/>", "\n\n"}}
	w.r = NewReader(w, Limits{})
	if _, err := w.r.Header(); err != nil {
		t.Fatal(err)
	}
	for range 7 {
		if e, err := w.r.Next(); err != nil || string(e.Raw()) != "<a/>" {
			t.Fatalf("%s, %v", e.Raw(), err)
		}
	}
	if _, err := w.r.Next(); err != io.EOF {
		t.Fatal(err)
	}
	if w.held > 0 || w.r.buf != nil || w.r.doc != nil {
		t.Errorf("the reader had memory in %d of %d waits", w.held, w.waits)
	}
}

func TestIdleConn(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	r := NewReader(IdleConn(server), Limits{})

	long := "<b>" + strings.Repeat("x", 100_000) + "</b>"
	go func() {
		for _, s := range []string{testHeader, "<a/>", long, " ", "<a/>"} {
			io.WriteString(client, s)
		}
	}()
	if _, err := r.Header(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<a/>", long, "<a/>"} {
		if e, err := r.Next(); err != nil || string(e.Raw()) != want {
			t.Fatalf("%d bytes of %d, %v", len(e.Raw()), len(want), err)
		}
	}
	server.SetReadDeadline(time.Now())
	if _, err := r.Next(); !os.IsTimeout(err) {
		t.Fatalf("no deadline but %v", err)
	}
	server.SetReadDeadline(time.Time{})
	io.WriteString(client, "<c/>")
	if e, err := r.Next(); err != nil || e.Name() != "c" {
		t.Fatal(err)
	}
	client.Close()
	if _, err := r.Next(); err != io.EOF {
		t.Fatalf("no end but %v", err)
	}
	if got := r.Received(); got != int64(len(testHeader+"<a/>"+long+" "+"<a/>"+"<c/>")) {
		t.Errorf("%d bytes received", got)
	}
}

func TestBuffers(t *testing.T) {
	for n := 1; n <= 2<<20; n *= 3 {
		b := takeBuffer(n)
		if len(*b) < n || len(*b) < smallest {
			t.Errorf("%d bytes for %d", len(*b), n)
		}
		giveBuffer(b)
	}
}

// BenchmarkIdleConn reads stanzas from a socket, waiting for each.
func BenchmarkIdleConn(b *testing.B) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	server, err := listener.Accept()
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	r := NewReader(IdleConn(server), Limits{})
	io.WriteString(client, testHeader)
	if _, err := r.Header(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		io.WriteString(client, "<message to='a@b' type='chat'><body>hello</body></message>")
		if _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
	}
}
