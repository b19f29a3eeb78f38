package xmpp

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"switchboard/stanza"
)

// tcpLink is a stream's link over TCP (RFC 6120 §3), with TLS or without.
type tcpLink struct {
	conn   net.Conn
	tls    *tls.Conn // nil without TLS
	reader *stanza.Reader
	config *tls.Config
}

// source gives a Reader the byte that told whether TLS begins at once.
type source struct {
	io.Reader
	idle  stanza.IdleReader // the same, if it can wait without a buffer
	first [1]byte
	has   bool
}

func (c *source) Read(p []byte) (int, error) {
	if c.has && len(p) > 0 {
		c.has = false
		p[0] = c.first[0]
		return 1, nil
	}
	return c.Reader.Read(p)
}

// ReadIdle waits without a buffer, if the connection can.
func (c *source) ReadIdle(take func() []byte, give func()) (int, error) {
	if !c.has && c.idle != nil {
		return c.idle.ReadIdle(take, give)
	}
	return c.readFirst(take, give)
}

func (c *source) readFirst(take func() []byte, give func()) (int, error) {
	n, err := c.Read(take())
	if n == 0 {
		give()
	}
	return n, err
}

// replay is a connection whose first byte has been read already.
type replay struct {
	net.Conn
	source source
}

func (c *replay) Read(p []byte) (int, error) { return c.source.Read(p) }

const tlsHandshake = 0x16 // content type of a ClientHello's record (RFC 8446 §5.1)

// newTCP makes a link. It reads the first byte, to see whether the client
// begins with TLS (XEP-0368 §2), which then follows another configuration than
// STARTTLS.
func newTCP(conn net.Conn, config, direct *tls.Config, l stanza.Limits) (*tcpLink, error) {
	k := &tcpLink{conn: conn, config: config}
	src := &source{Reader: stanza.IdleConn(conn)}
	src.idle, _ = src.Reader.(stanza.IdleReader)
	if config != nil {
		n, err := src.ReadIdle(func() []byte { return src.first[:] }, func() {})
		if err != nil {
			return nil, err
		}
		src.has = n == 1
		if src.has && src.first[0] == tlsHandshake {
			k.tls = tls.Server(&replay{conn, source{Reader: conn, first: src.first, has: true}}, direct)
			if err := k.tls.Handshake(); err != nil {
				return nil, errors.Join(errGone, err)
			}
			k.reader = stanza.NewReader(k.tls, l)
			return k, nil
		}
	}
	k.reader = stanza.NewReader(src, l)
	return k, nil
}

func (k *tcpLink) header() (stanza.Element, error) { return k.reader.Header() }
func (k *tcpLink) next() (stanza.Element, error)   { return k.reader.Next() }
func (k *tcpLink) trust(l stanza.Limits)           { k.reader.SetLimits(l) }

// writeChunk is how much is gathered for one write.
const writeChunk = 32 << 10

var chunks = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

func (k *tcpLink) write(items []item, wrote func()) error {
	p := chunks.Get().(*[]byte)
	b := (*p)[:0]
	var err error
	for i := range items {
		b = items[i].appendTo(b)
		if len(b) >= writeChunk && err == nil {
			_, err = k.writer().Write(b)
			b = b[:0]
			wrote()
		}
	}
	if len(b) > 0 && err == nil {
		_, err = k.writer().Write(b)
	}
	if cap(b) <= 2*writeChunk { // a huge one is not kept
		*p = b[:0]
		chunks.Put(p)
	}
	return err
}

func (k *tcpLink) writer() io.Writer {
	if k.tls != nil {
		return k.tls
	}
	return k.conn
}

func (k *tcpLink) appendOpen(dst []byte, h streamHeader) []byte {
	dst = append(dst, "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"...)
	return append(appendHeaderAttrs(dst, h), '>')
}

func appendHeaderAttrs(dst []byte, h streamHeader) []byte {
	dst = stanza.AppendAttr(dst, "id", h.ID)
	dst = stanza.AppendAttr(dst, "from", h.From)
	if !h.To.IsZero() { // RFC 6120 §4.7.2
		dst = stanza.AppendAttr(dst, "to", h.To.String())
	}
	return append(dst, " version='1.0' xml:lang='en'"...)
}

func (k *tcpLink) appendFeatures(dst, inner []byte) []byte {
	return append(append(append(dst, "<stream:features>"...), inner...), "</stream:features>"...)
}

func (k *tcpLink) appendError(dst []byte, err *stanza.StreamError) []byte { return err.AppendTo(dst) }

func (k *tcpLink) appendClose(dst []byte) []byte { return append(dst, "</stream:stream>"...) }

func (k *tcpLink) startTLS() error {
	if k.reader.Buffered() > 0 { // RFC 6120 §5.4.3.3: nothing may follow <starttls/>
		return stanza.NewStreamError(stanza.StreamPolicyViolation, "data was sent before the TLS handshake")
	}
	c := tls.Server(k.conn, k.config)
	if err := c.Handshake(); err != nil { // RFC 6120 §5.4.3.2: the connection ends without a word
		return errors.Join(errGone, err)
	}
	k.tls = c
	k.reader.Reset(c)
	return nil
}

func (k *tcpLink) secure() *tls.ConnectionState {
	if k.tls == nil {
		return nil
	}
	st := k.tls.ConnectionState()
	return &st
}

func (k *tcpLink) private() bool { return k.tls != nil }

func (k *tcpLink) remote() netip.Addr {
	a, _ := netip.ParseAddrPort(k.conn.RemoteAddr().String())
	return a.Addr().Unmap()
}

func (k *tcpLink) hurry(until time.Time) { _ = k.conn.SetDeadline(until) }

func (k *tcpLink) halfClose() {
	if k.tls != nil {
		_ = k.tls.CloseWrite() // only a courtesy
	}
	if c, ok := k.conn.(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite()
	}
}

func (k *tcpLink) drain(closed bool) {
	if !closed {
		_, _ = io.CopyN(io.Discard, k.conn, 4<<20) // until the deadline
	}
}

func (k *tcpLink) close() { _ = k.conn.Close() }

func (k *tcpLink) release() { k.reader.Close() }
