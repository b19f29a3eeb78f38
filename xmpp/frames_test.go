package xmpp_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// rawSocket opens a WebSocket and leaves the frames to the test.
func rawSocket(t *testing.T, b *board) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(b.ws, "ws://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	_, err = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	if answer, err := http.ReadResponse(r, nil); err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(answer, err)
	}
	return c, r
}

// frame is a WebSocket frame (RFC 6455 §5.2), masked with zeros.
func frame(first byte, data string) string {
	if len(data) > 125 {
		return string([]byte{first, 0x80 | 126, byte(len(data) >> 8), byte(len(data)), 0, 0, 0, 0}) + data
	}
	return string([]byte{first, 0x80 | byte(len(data)), 0, 0, 0, 0}) + data
}

// TestBrokenFrames: what is no WebSocket ends the connection, and nobody says
// that something is wrong with the server; fragments are put together.
func TestBrokenFrames(t *testing.T) {
	b := newBoard(t, nil, "romeo")
	open := "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='" + domain + "' version='1.0'/>"
	for name, say := range map[string]string{
		"unmasked":           "\x81\x01<",
		"stray continuation": frame(0x80, "<a/>"),
		"interleaved":        frame(0x01, "<a xmlns='x'>") + frame(0x81, "</a>"),
		"reserved opcode":    frame(0x83, "x"),
		"long ping":          frame(0x89, strings.Repeat("x", 126)),
		"endless":            "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00" + strings.Repeat(" ", 20<<10),
		"closed":             frame(0x88, ""),
	} {
		t.Run(name, func(t *testing.T) {
			c, r := rawSocket(t, b)
			var fragments strings.Builder
			for i := range open {
				first := byte(0x00)
				if i == 0 {
					first = 0x01
				}
				if i == len(open)-1 {
					first |= 0x80
				}
				fragments.WriteString(frame(first, open[i:i+1]))
			}
			if _, err := io.WriteString(c, fragments.String()); err != nil {
				t.Fatal(err)
			}
			var heard strings.Builder
			for !strings.Contains(heard.String(), "</stream:features>") {
				b, err := r.ReadByte()
				if err != nil {
					t.Fatalf("after %q: %v", heard.String(), err)
				}
				heard.WriteByte(b)
			}
			_, _ = io.WriteString(c, say)
			rest, _ := io.ReadAll(r)
			if strings.Contains(string(rest), "internal-server-error") {
				t.Errorf("got %q", rest)
			}
		})
	}
	eventually(t, "all streams are gone", func() bool { return b.Negotiating() == 0 })
}
