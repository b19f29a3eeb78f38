package xmpp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"switchboard/stanza"
	"switchboard/web"
)

// WebSocket serves XMPP over WebSocket (RFC 7395), usually at /xmpp-websocket.
func (srv *Server) WebSocket() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !srv.originAllowed(r) {
			http.Error(w, "this page may not open a stream here", http.StatusForbidden)
			return
		}
		if !slices.Contains(subprotocols(r), "xmpp") { // RFC 7395 §3.1
			http.Error(w, "the WebSocket subprotocol xmpp is missing", http.StatusBadRequest)
			return
		}
		tap := &hijackTap{ResponseWriter: w}
		conn, err := websocket.Accept(tap, r, &websocket.AcceptOptions{
			Subprotocols: []string{"xmpp"}, InsecureSkipVerify: true, // the origin was checked above
		})
		if err != nil {
			return // Accept has answered
		}
		// Larger than a stanza may be, so that the parser finds out and says so.
		conn.SetReadLimit(int64(srv.opts.MaxStanza) + 1024)
		k := &wsLink{conn: conn, cork: tap.cork, state: r.TLS, safe: web.Scheme(r) == "https", addr: web.ClientIP(r)}
		k.trust(srv.limitsBefore())
		s := newStream(srv, "websocket")
		s.hang = k.close
		go srv.serve(s, k.addr, func() (link, error) { return k, nil })
	})
}

func subprotocols(r *http.Request) (list []string) {
	for p := range strings.SplitSeq(strings.Join(r.Header.Values("Sec-WebSocket-Protocol"), ","), ",") {
		list = append(list, strings.TrimSpace(p))
	}
	return list
}

// originAllowed keeps other sites' pages from opening streams in a browser
// (RFC 6455 §10.2). Programs send no Origin.
func (srv *Server) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	return strings.EqualFold(u.Host, r.Host) ||
		slices.ContainsFunc(srv.opts.Origins, func(o string) bool { return o == "*" || strings.EqualFold(o, origin) })
}

// wsLink is a stream's link over WebSocket: one element a frame, each with its
// own namespace declarations (RFC 7395 §3.3).
type wsLink struct {
	conn   *websocket.Conn
	cork   *corkConn
	parser stanza.Parser
	state  *tls.ConnectionState
	safe   bool
	addr   netip.Addr
	frame  []byte // room for one outgoing frame; only while writing
}

func (k *wsLink) frameElement() (stanza.Element, error) {
	for {
		typ, r, err := k.conn.Reader(context.Background())
		if err != nil { // closed without <close/>, or broken, or no WebSocket any more
			return stanza.Element{}, errors.Join(errGone, err)
		}
		if typ != websocket.MessageText { // RFC 7395 §3.2
			return stanza.Element{}, stanza.NewStreamError(stanza.BadFormat, "frames must be text")
		}
		e, err := k.parser.ReadFrame(r)
		if isEOF(err) { // a frame of whitespace says nothing
			continue
		}
		if _, ours := errors.AsType[*stanza.StreamError](err); err != nil && !ours {
			err = errors.Join(errGone, err)
		}
		return e, err
	}
}

func (k *wsLink) header() (stanza.Element, error) {
	e, err := k.frameElement()
	if err == nil && !e.Is(stanza.NSFraming, "open") {
		return e, stanza.NewStreamError(stanza.InvalidNamespace, "a stream begins with <open/>") // RFC 7395 §3.3.2
	}
	return e, err
}

func (k *wsLink) next() (stanza.Element, error) {
	e, err := k.frameElement()
	switch {
	case err != nil:
		return e, err
	case e.Is(stanza.NSFraming, "close"):
		return e, stanza.ErrStreamClosed
	case e.Is(stanza.NSFraming, "open"):
		return e, stanza.NewStreamError(stanza.StreamPolicyViolation, "the stream is open already")
	}
	return e, nil
}

func (k *wsLink) trust(l stanza.Limits) { k.parser.Limits = l }

func (k *wsLink) write(items []item, wrote func()) error {
	k.cork.hold()
	var err error
	for i := range items {
		k.frame = items[i].appendStandalone(k.frame[:0])
		if err = k.conn.Write(context.Background(), websocket.MessageText, k.frame); err != nil {
			break
		}
		if k.cork.waiting() >= writeChunk {
			if err = k.cork.release(); err != nil {
				break
			}
			wrote()
			k.cork.hold()
		}
	}
	k.frame = nil
	return errors.Join(err, k.cork.release())
}

func (k *wsLink) appendOpen(dst []byte, h streamHeader) []byte {
	dst = append(dst, "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'"...)
	return append(appendHeaderAttrs(dst, h), "/>"...)
}

func (k *wsLink) appendFeatures(dst, inner []byte) []byte {
	dst = append(dst, "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"...)
	return append(append(dst, inner...), "</stream:features>"...)
}

func (k *wsLink) appendError(dst []byte, err *stanza.StreamError) []byte {
	return err.AppendFramed(dst)
}

func (k *wsLink) appendClose(dst []byte) []byte {
	return append(dst, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"...)
}

func (k *wsLink) startTLS() error { return errors.New("no STARTTLS over WebSocket") } // RFC 7395 §3.9

func (k *wsLink) secure() *tls.ConnectionState { return k.state }
func (k *wsLink) private() bool                { return k.safe }
func (k *wsLink) remote() netip.Addr           { return k.addr }
func (k *wsLink) hurry(until time.Time)        { _ = k.cork.SetDeadline(until) }
func (k *wsLink) halfClose()                   {}

// drain lets the closing handshake take place (RFC 7395 §3.6.1).
func (k *wsLink) drain(bool) { _ = k.conn.Close(websocket.StatusNormalClosure, "") }

func (k *wsLink) close() { _ = k.conn.CloseNow() }

func (k *wsLink) release() { k.parser.Close() }

// hijackTap catches the connection that the WebSocket library takes over, so
// that several frames can leave in one write.
type hijackTap struct {
	http.ResponseWriter
	cork *corkConn
}

func (t *hijackTap) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	_ = conn.SetDeadline(time.Time{}) // those of the HTTP server were for the request
	t.cork = &corkConn{Conn: conn}
	rw.Writer.Reset(t.cork)
	return t.cork, rw, nil
}

// corkConn gathers writes while it is held.
type corkConn struct {
	net.Conn
	mu   sync.Mutex
	held bool
	buf  []byte
}

func (c *corkConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held {
		c.buf = append(c.buf, p...)
		return len(p), nil
	}
	return c.Conn.Write(p)
}

func (c *corkConn) hold() {
	c.mu.Lock()
	c.held = true
	c.mu.Unlock()
}

func (c *corkConn) waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.buf)
}

// release writes what was gathered. Control frames that come meanwhile wait:
// they must not stand inside of it.
func (c *corkConn) release() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = false
	b := c.buf
	c.buf = nil
	if len(b) == 0 {
		return nil
	}
	_, err := c.Conn.Write(b)
	return err
}
