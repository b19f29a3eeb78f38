package xmpp

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"switchboard"
	"switchboard/stanza"
)

// Why a stream ends without its client having asked for it.
var (
	errCrowded       = stanza.NewStreamError(stanza.StreamConstraint, "too many connections wait for authentication")
	errSlowHandshake = stanza.NewStreamError(stanza.ConnectionTimeout, "authentication took too long")
	errOverflow      = stanza.NewStreamError(stanza.StreamPolicyViolation, "you do not read what you are sent")
	errShutdown      = stanza.NewStreamError(stanza.SystemShutdown, "")
	errReplaced      = stanza.NewStreamError(stanza.StreamConflict, "replaced by a new connection")
	errInternal      = stanza.NewStreamError(stanza.StreamInternalError, "")

	errGone = errors.New("xmpp: the connection has gone")
)

// What a stream is at.
type phase uint8

const (
	opening phase = iota // our header has not been written; the connection cannot be written to by others
	open                 // anything may be written
	closing              // its last words are queued or written
	broken               // nothing can be written any more
)

// lingering bounds how long a stream that ends may take to say so.
const lingering = 5 * time.Second

// stream is one XMPP connection of a client.
type stream struct {
	server *Server
	link   link
	who    *switchboard.Principal // nil before authentication; set by the reading goroutine
	talk   *negotiation           // nil once the stream is bound

	transport string // tcp, websocket

	mu       sync.Mutex
	changed  sync.Cond // the queue was written or the phase has changed
	queue    []item
	waiting  int // bytes in the queue and in the write under way
	phase    phase
	restarts bool          // the client is about to open its stream, and ours is not open (yet, or again)
	writing  bool          // a writer goroutine exists
	cause    error         // why it ends, if that was decided by another goroutine
	hang     func()        // while opening: cuts the connection
	began    atomic.Uint32 // the server's tick when the write under way last went on; 0 if there is none
	res      *resource     // set when bound
}

func newStream(srv *Server, transport string) *stream {
	s := &stream{server: srv, transport: transport}
	s.changed.L = &s.mu
	return s
}

var itemSlices = sync.Pool{New: func() any { q := make([]item, 0, 16); return &q }}

// push queues an item. It reports false when the stream takes no more.
func (s *stream) push(it item) bool {
	s.mu.Lock()
	if s.phase != open {
		s.mu.Unlock()
		return false
	}
	size := it.size()
	if s.waiting > 0 && s.waiting+size > s.server.opts.MaxOutbound {
		s.mu.Unlock()
		s.kill(errOverflow)
		return false
	}
	s.add(it)
	s.mu.Unlock()
	return true
}

// add queues an item and sees to it that there is a writer. The lock is held.
func (s *stream) add(it item) {
	if s.queue == nil {
		s.queue = *itemSlices.Get().(*[]item)
	}
	s.queue = append(s.queue, it)
	s.waiting += it.size()
	if !s.writing {
		s.writing = true
		go s.write()
	}
}

func (s *stream) pushRaw(raw []byte) bool { return s.push(item{raw: raw}) }

// write is the stream's writer: it writes until the queue is empty, all that
// waits at a time in one go.
func (s *stream) write() {
	s.mu.Lock()
	for len(s.queue) > 0 && s.phase != broken {
		batch := s.queue
		s.queue = nil
		s.mu.Unlock()

		s.writes()
		err := s.unpanic(guarded(func() error { return s.link.write(batch, s.writes) }))
		s.began.Store(0)

		end := batch[len(batch)-1].what == last
		if err == nil {
			s.delivered(batch)
			if end {
				s.link.halfClose()
			}
		}
		s.mu.Lock()
		if err != nil {
			s.breakDown(batch)
			break
		}
		for i := range batch {
			s.waiting -= batch[i].size()
		}
		recycle(batch)
		s.changed.Broadcast()
	}
	s.writing = false
	s.changed.Broadcast()
	s.mu.Unlock()
}

// writes says that a write begins, or goes on: who reads slowly is not who reads
// nothing.
func (s *stream) writes() { s.began.Store(s.server.tick.Load()) }

// breakDown is called with the lock held when a write has failed: what could
// not be written is kept for whoever cleans up.
func (s *stream) breakDown(batch []item) {
	s.queue = append(batch, s.queue...)
	if s.phase != broken {
		s.phase = broken
		go s.link.close() // wakes the reader
	}
}

func recycle(batch []item) {
	if cap(batch) > 256 {
		return
	}
	clear(batch)
	batch = batch[:0]
	itemSlices.Put(&batch)
}

// delivered says that messages were handed to the connection. With stream
// management it is the acknowledgement that counts: those that it keeps have no
// arrival here (see keepUnacked).
func (s *stream) delivered(batch []item) {
	for i := range batch {
		if c := batch[i].came; c != nil {
			c.delivered(s.server)
		}
	}
}

// room waits until the client has read most of what it was sent: whoever asks
// for much and reads slowly is answered slowly.
func (s *stream) room() {
	s.mu.Lock()
	for s.phase == open && s.waiting > s.server.opts.MaxOutbound/4 {
		s.changed.Wait()
	}
	s.mu.Unlock()
}

// flush waits until all that was queued is written.
func (s *stream) flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.writing && s.phase != broken {
		s.changed.Wait()
	}
	if s.phase == broken {
		return errGone
	}
	return nil
}

// live reports whether the stream still takes and gives stanzas.
func (s *stream) live() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phase <= open
}

// kill ends the stream from any goroutine. The reading goroutine finishes it.
func (s *stream) kill(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.phase {
	case open:
		s.cause = cause
		s.lastWords(cause)
		wait := lingering
		if s.res == nil || s.server.stopping.Load() { // not worth waiting for
			wait = time.Second
		}
		s.link.hurry(time.Now().Add(wait))
	case opening:
		s.cause = cause
		s.phase = broken
		if s.hang != nil {
			go s.hang()
		}
	}
}

// lastWords queues the stream error, if there is one, and the end of the
// stream. The lock is held.
func (s *stream) lastWords(cause error) {
	if s.restarts { // RFC 6120 §4.9.1.2: our header comes before the error
		s.add(item{raw: s.link.appendOpen(nil, streamHeader{From: s.server.opts.Domain, ID: switchboard.NewName()})})
	}
	if e := stanza.StreamErrorFrom(cause); e != nil {
		if cause == errOverflow {
			s.dropQueue()
		}
		s.add(item{raw: s.link.appendError(nil, e)})
	}
	s.add(item{raw: s.link.appendClose(nil), what: last})
	s.phase = closing
	s.changed.Broadcast()
}

// dropQueue gives up what waits, for a client that does not read it. Messages
// go another way.
func (s *stream) dropQueue() {
	if r := s.res; r != nil {
		undelivered := s.queue
		s.queue = nil
		go r.giveBack(undelivered)
	}
	s.queue = nil
}

// finish ends the stream, on its reading goroutine. err is why reading ended.
// It returns the items that were never written.
func (s *stream) finish(err error) (unwritten []item) {
	closed := errors.Is(err, stanza.ErrStreamClosed)
	speak := closed || !errors.Is(err, errGone) && stanza.StreamErrorFrom(err) != nil
	s.mu.Lock()
	if s.phase == opening && s.link != nil && speak {
		s.phase, s.restarts = open, true
	}
	switch {
	case s.phase == open && speak:
		s.lastWords(err)
		s.link.hurry(time.Now().Add(lingering))
	case s.phase <= open:
		s.phase = broken
	}
	for s.writing && s.phase == closing {
		s.changed.Wait()
	}
	polite := s.phase == closing
	s.mu.Unlock()
	if s.link != nil {
		if polite && !gone(err) {
			s.link.drain(closed)
		}
		s.link.close()
	}
	s.mu.Lock()
	s.phase = broken
	for s.writing {
		s.changed.Wait()
	}
	unwritten, s.queue = s.queue, nil
	s.changed.Broadcast()
	s.mu.Unlock()
	if s.link != nil {
		s.link.release()
	}
	return unwritten
}

// unpanic logs a bug of ours and tells the client no more than that there was
// one.
func (s *stream) unpanic(err error) error {
	var p *panicError
	if !errors.As(err, &p) {
		return err
	}
	s.server.log.Error("a stream ends because of a bug", "error", p)
	return errInternal
}

// gone reports whether an error says that there is no connection any more.
func gone(err error) bool {
	var ne net.Error
	return isEOF(err) || errors.Is(err, errGone) || errors.Is(err, net.ErrClosed) || errors.As(err, &ne)
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
