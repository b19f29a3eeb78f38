package stanza

import (
	"errors"
	"io"
)

// ErrStreamClosed is what Reader.Next returns when the peer closed its side of
// the stream properly, by </stream:stream>. A connection that just ends gives
// io.EOF between elements and io.ErrUnexpectedEOF inside one.
var ErrStreamClosed = errors.New("the peer closed the stream")

// Limits bound what one element may cost. A zero field takes its default from
// the limits of package switchboard.
type Limits struct {
	Bytes      int // of one first-level element, or of the stream header
	Depth      int // of nested elements; the first-level element is the first
	Attributes int // of one element
	Elements   int // in one first-level element
}

// IdleReader is a source that can wait for input without holding a buffer. A
// Reader that has nothing buffered asks it so.
type IdleReader interface {
	io.Reader
	// ReadIdle waits until there is something to read, then calls buffer
	// once for space and reads into it. It may call buffer again after a
	// false alarm; each call replaces the one before.
	ReadIdle(buffer func() []byte) (int, error)
}

// Reader cuts the byte stream of a TCP connection into a stream header and
// first-level elements (RFC 6120 §4). One goroutine may use it. Between
// elements it owns no buffer: those come from a pool when input arrives, and go
// back when all of it was used.
type Reader struct{ src io.Reader }

// NewReader makes a Reader. If src is an IdleReader (see IdleConn) the Reader
// waits without a buffer; else it waits with a few bytes of its own.
func NewReader(src io.Reader, l Limits) *Reader { return &Reader{src: src} }

// Header reads the start of a stream: an XML declaration, if there is one, and
// the start tag <stream:stream …>. It must come before Next, and again after a
// stream restart. The Element has attributes and no content; its Prefix and
// DefaultNamespace tell how the peer declared its namespaces.
func (r *Reader) Header() (Element, error) { return Element{}, nil }

// Next reads the next first-level element. Whitespace between elements is
// skipped (RFC 6120 §4.6.1).
func (r *Reader) Next() (Element, error) { return Element{}, nil }

// SetLimits changes the limits, say after authentication.
func (r *Reader) SetLimits(l Limits) {}

// Reset makes the Reader read from another source, such as the TLS connection
// after STARTTLS, and drops whatever was buffered; see Buffered. A Header is
// expected next.
func (r *Reader) Reset(src io.Reader) {}

// Buffered is how many bytes were read from the source and not yet used. After
// <starttls/> it must be 0: what was sent in plain text must not be taken for
// something that came by TLS.
func (r *Reader) Buffered() int { return 0 }

// Received is how many bytes came from the source in all.
func (r *Reader) Received() int64 { return 0 }

// Close gives the buffers back. The Reader must not be used any more.
func (r *Reader) Close() {}
