package stanza

import (
	"errors"
	"io"
)

// ErrStreamClosed is what Reader.Next returns when the peer closed its side of
// the stream properly, by </stream:stream>. A connection that just ends gives
// io.EOF between elements and io.ErrUnexpectedEOF inside one.
var ErrStreamClosed = errors.New("the peer closed the stream")

// IdleReader is a source that can wait for input without holding a buffer. A
// Reader that has nothing buffered asks it so.
type IdleReader interface {
	io.Reader
	// ReadIdle waits until there is something to read, then reads it. It calls
	// take for a buffer to read into, and give to hand it back if there was
	// nothing after all, before it waits (again).
	ReadIdle(take func() []byte, give func()) (int, error)
}

// Reader cuts the byte stream of a TCP connection into a stream header and
// first-level elements (RFC 6120 §4). One goroutine may use it. Between
// elements it owns no buffer: those come from a pool when input arrives, and go
// back when all of it was used.
//
// An error of XML or of a limit, ErrStreamClosed and the end of the connection
// are final. After any other error of the source, such as a deadline that
// passed, Header and Next may be called again and go on where they stopped.
type Reader struct {
	src      io.Reader
	idle     IdleReader // src, if it is one
	limits   Limits
	take     func() []byte
	give     func()
	buf      *[]byte // nil while there is no input
	r, w     int     // what is buffered and not used
	used     int     // of that, the bytes of the element that Next returned
	doc      *document
	scope    *scope // what the stream header declared
	name     string // of the stream element as written; "" before the header
	closed   bool   // the header closed itself
	err      error  // final
	received int64
	probe    [32]byte // waits on a source that is no IdleReader
}

// NewReader makes a Reader. If src is an IdleReader (see IdleConn) the Reader
// waits without a buffer; else it waits with a few bytes of its own.
func NewReader(src io.Reader, l Limits) *Reader {
	r := &Reader{limits: l.withDefaults()}
	r.take = func() []byte {
		r.buf = takeBuffer(smallest)
		return *r.buf
	}
	r.give = r.drop
	r.setSource(src)
	return r
}

func (r *Reader) setSource(src io.Reader) {
	r.src = src
	r.idle, _ = src.(IdleReader)
}

// SetLimits changes the limits, say after authentication.
func (r *Reader) SetLimits(l Limits) { r.limits = l.withDefaults() }

// Reset makes the Reader read from another source, such as the TLS connection
// after STARTTLS, and drops whatever was buffered; see Buffered. A Header is
// expected next.
func (r *Reader) Reset(src io.Reader) {
	r.Close()
	r.setSource(src)
	r.scope, r.name, r.closed, r.err = nil, "", false, nil
}

// Buffered is how many bytes were read from the source and not yet used. After
// <starttls/> it must be 0: what was sent in plain text must not be taken for
// something that came by TLS.
func (r *Reader) Buffered() int { return r.w - r.r - r.used }

// Received is how many bytes came from the source in all.
func (r *Reader) Received() int64 { return r.received }

// Close gives the buffers back; the goroutine that reads calls it when it is
// done. A closed Reader may only be Reset.
func (r *Reader) Close() {
	if r.doc != nil {
		r.doc.release()
		r.doc = nil
	}
	r.drop()
	if r.err == nil {
		r.err = io.ErrClosedPipe
	}
}

// drop gives the buffer back with whatever it holds.
func (r *Reader) drop() {
	if r.buf != nil {
		giveBuffer(r.buf)
		r.buf = nil
	}
	r.r, r.w, r.used = 0, 0, 0
}

// input is what is buffered and not used.
func (r *Reader) input() []byte {
	if r.buf == nil {
		return nil
	}
	return (*r.buf)[r.r:r.w]
}

// advance is done with n bytes of the input. When nothing is left the buffer
// goes back.
func (r *Reader) advance(n int) {
	if r.r += n; r.r >= r.w {
		r.drop()
	}
}

// finish is done with the element that was returned last.
func (r *Reader) finish() {
	if r.doc == nil || r.used == 0 {
		return
	}
	n := r.used
	r.used = 0
	r.advance(n)
	if r.buf == nil {
		r.doc.release()
		r.doc = nil
	} else {
		r.doc.reset(r.scope)
	}
}

// fail makes an error final and gives the buffers back.
func (r *Reader) fail(err error) error {
	r.err = err
	if r.doc != nil {
		r.doc.release()
		r.doc = nil
	}
	r.drop()
	return err
}

// skip leaves out white space and waits for something else.
func (r *Reader) skip() error {
	for {
		b := r.input()
		if n := skipSpace(b, 0); n > 0 {
			r.advance(n)
			b = b[n:]
		}
		if len(b) > 0 {
			return nil
		}
		if r.doc != nil { // wait with nothing
			r.doc.release()
			r.doc = nil
		}
		if err := r.fill(); err != nil {
			return err
		}
	}
}

// need waits until there are n bytes of input.
func (r *Reader) need(n int) error {
	for r.w-r.r < n {
		if err := r.fill(); err != nil {
			return err
		}
	}
	return nil
}

// fill reads more input.
func (r *Reader) fill() error {
	for range 100 {
		n, err := r.read()
		if n > 0 {
			r.w += n
			r.received += int64(n)
			return nil // an error comes again
		}
		if r.buf != nil && r.r == r.w {
			r.drop()
		}
		switch {
		case err == io.EOF && r.w > r.r:
			return r.fail(io.ErrUnexpectedEOF)
		case err == io.EOF:
			return r.fail(io.EOF)
		case err != nil:
			return err
		}
	}
	return io.ErrNoProgress
}

func (r *Reader) read() (int, error) {
	if r.buf != nil {
		return r.src.Read(r.room())
	}
	if r.idle != nil {
		return r.idle.ReadIdle(r.take, r.give)
	}
	n, err := r.src.Read(r.probe[:])
	if n > 0 {
		copy(r.take(), r.probe[:n])
	}
	return n, err
}

// room makes free space after the input and returns it.
func (r *Reader) room() []byte {
	b := *r.buf
	if r.r > 0 && len(b)-r.w < len(b)/4 {
		copy(b, b[r.r:r.w])
		r.r, r.w = 0, r.w-r.r
	}
	if r.w == len(b) {
		grown := takeBuffer(2 * len(b))
		copy(*grown, b)
		giveBuffer(r.buf)
		r.buf = grown
	}
	return (*r.buf)[r.w:]
}
