package xmpp

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"switchboard"
	"switchboard/bus"
	"switchboard/stanza"
)

// resource is a bound address of an account (RFC 6120 §7).
type resource struct {
	server  *Server
	account *account
	jid     switchboard.JID
	who     *switchboard.Principal
	key     string // names it among all that ever were, for chat and other nodes

	mu     sync.Mutex
	quiet  sync.Cond // handled has caught up with read, or the reader has gone
	stream *stream   // nil while it waits for being resumed
	reader bool      // a goroutine reads its stream
	gone   bool      // nothing reaches it any more …
	over   bool      // … and everybody knows

	// Stanzas are numbered as they are read. Those up to handled have been
	// handled and what they led to is committed; of the 64 after it, ahead says
	// which have been handled too (they wait for an earlier one).
	read, handled uint32
	ahead         uint64
	spoke         bool // a message came since the last stanza of another kind; the reader's alone

	presence   []byte // what was last sent to all; nil: unavailable
	priority   int8
	attached   bool      // it takes messages to the bare address
	handing    *handOver // offline messages are being handed over
	directed   map[switchboard.JID]switchboard.AccountID
	interested bool                 // it has asked for the roster (RFC 6121 §2.1.6) …
	roster     switchboard.Revision // … and has it as of this revision
	watches    bool                 // it has asked for the block list (XEP-0191 §3.2)
	carbons    bool                 // XEP-0280
	got        []int64              // numbers of messages that it got last, the oldest …
	gotNext    int                  // … at this place
	notices    bool                 // it wants our own notices
	noPhoto    bool                 // its presence says that there is no picture (XEP-0398 §4)
	caps       *clientCaps          // nil until presence says something (XEP-0115) …
	asking     string               // … and the id of our question for them, while it waits
	csi        *csiState
	sm         *smState
	early      uint32 // stanzas that it was sent while sm was nil
}

// bind gives an authenticated stream its resource (RFC 6120 §7.6, §7.7). A
// resource of the same name, or of the same device, is replaced: the newer
// stream is the one that has a client behind it.
func (srv *Server) bind(s *stream, name string) (*resource, error) {
	if name == "" {
		name = switchboard.NewName()[:12]
	}
	jid, err := s.who.Bare().WithResource(name)
	if err != nil {
		return nil, stanza.NewError(stanza.BadRequest, "the resource has characters that are not allowed")
	}
	r := &resource{server: srv, jid: jid, who: s.who, key: switchboard.NewName(), stream: s, reader: true}
	r.quiet.L = &r.mu
	replaced, err := srv.enter(r)
	if err != nil {
		return nil, err
	}
	for _, o := range replaced {
		o.replace()
	}
	srv.reach()
	s.mu.Lock()
	s.res = r
	s.mu.Unlock()
	srv.opts.Bus.Signal(bus.Signal{Topic: bus.Account(r.account.id), Kind: kindBound,
		Value: &boundSignal{Key: r.key, Resource: jid.Resource, Device: s.who.Device}}, nil)
	return r, nil
}

// reachTime bounds how long a stream waits for the other nodes to know of it.
const reachTime = time.Second

// reach waits until the other nodes know which accounts are here. What they
// signal to a resource would else be lost when it comes just after the bind.
func (srv *Server) reach() {
	ctx, cancel := context.WithTimeout(context.Background(), reachTime)
	defer cancel()
	if err := srv.opts.Bus.Reach(ctx); err != nil {
		srv.log.Warn("the other nodes may not know of a new stream yet", "error", err)
	}
}

// replace ends a resource that a newer one takes the place of. When it returns,
// everybody has been told that the old one is not available.
func (r *resource) replace() {
	if s := r.current(); s != nil {
		s.kill(errReplaced)
	}
	r.end(nil)
	r.mu.Lock()
	defer r.mu.Unlock()
	for !r.over {
		r.quiet.Wait()
	}
}

// current is the resource's stream, nil while it has none.
func (r *resource) current() *stream {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stream
}

// read is the reading goroutine of a bound stream. Its frame, and those below
// it while it waits, are kept small: together they have to fit into a quarter
// of the stack, or else the stack of an idle stream does not shrink.
func (s *stream) read(r *resource) {
	defer func() {
		if p := recover(); p != nil {
			s.ended(r, panicked(p))
		}
	}()
	for {
		s.room()
		e, err := s.link.next()
		if err == nil {
			err = s.take(r, e)
		}
		if err != nil {
			s.ended(r, err)
			return
		}
	}
}

// ended cleans up after a bound stream.
func (s *stream) ended(r *resource, err error) {
	defer s.server.closed(s)
	err = s.unpanic(err)
	s.mu.Lock()
	cause := s.cause
	s.mu.Unlock()
	if cause == nil {
		cause = err
	}
	if s.server.log.Enabled(context.Background(), slog.LevelDebug) && !errors.Is(cause, stanza.ErrStreamClosed) {
		s.server.log.Debug("stream ends", "jid", r.jid.String(), "cause", cause)
	}
	// The resource goes first, so that nobody gives it anything more.
	r.detach(s, cause)
	r.giveBack(s.finish(cause))
	r.mu.Lock()
	r.reader = false
	r.quiet.Broadcast()
	r.mu.Unlock()
}

// take handles one element. An error ends the stream.
func (s *stream) take(r *resource, e stanza.Element) error {
	if !s.live() {
		return nil // what comes after our last words is not looked at
	}
	if e.Namespace() == stanza.NSClient {
		switch e.Name() {
		case stanza.Message:
			return r.takeMessage(s, e)
		case stanza.Presence:
			return r.inTurn(func() error { return r.takePresence(e) })
		case stanza.IQ:
			return r.inTurn(func() error { return r.takeIQ(e) })
		}
		return stanza.NewStreamError(stanza.UnsupportedStanzaType, "")
	}
	if h, ok := registered.element[elementKey{e.Namespace(), e.Name()}]; ok {
		return h.Handle(r, s, e)
	}
	return stanza.NewStreamError(stanza.UnsupportedStanzaType, "") // RFC 6120 §4.9.3.24
}

// begin numbers a stanza, when there is room for one more whose commit is
// awaited.
func (r *resource) begin() (number uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.read-r.handled >= uint32(r.server.opts.MaxInFlight) {
		r.quiet.Wait()
	}
	r.read++
	return r.read
}

// complete says that a stanza was handled and what it led to is committed.
func (r *resource) complete(number uint32) {
	r.mu.Lock()
	r.ahead |= 1 << (number - r.handled - 1)
	for r.ahead&1 != 0 {
		r.ahead >>= 1
		r.handled++
	}
	if registered.handled != nil {
		registered.handled(r)
	}
	r.quiet.Broadcast()
	r.mu.Unlock()
}

// inTurn handles a stanza when all earlier ones of its stream are committed,
// and handed to those who are here: it must not overtake them (RFC 6120 §10.1).
func (r *resource) inTurn(handle func() error) (err error) {
	n := r.begin()
	r.mu.Lock()
	for r.handled != n-1 {
		r.quiet.Wait()
	}
	r.mu.Unlock()
	err = r.server.workers.do(func() error {
		if r.spoke { // a message counts as handled before it is handed on
			r.spoke = false
			handed := make(chan struct{})
			r.server.opts.Chat.InTurn(func() { close(handed) })
			<-handed
		}
		return handle()
	})
	r.complete(n)
	return err
}

// send hands an item to the client, in order with all others. It reports false
// when that is not possible any more.
func (r *resource) send(it item) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sendLocked(&it)
}

func (r *resource) sendLocked(it *item) bool {
	if r.gone {
		return false
	}
	if registered.hold != nil && registered.hold(r, it) {
		return true
	}
	return r.passOn(it)
}

// passOn is sendLocked without the stage that holds back.
func (r *resource) passOn(it *item) bool {
	if registered.keep != nil && registered.keep(r, it) {
		return true
	}
	return r.stream != nil && r.stream.push(*it)
}

// detach takes the stream away from its resource, which may stay, to be resumed.
func (r *resource) detach(s *stream, cause error) {
	r.mu.Lock()
	if r.stream != s { // another stream has taken over, or it has ended
		r.mu.Unlock()
		return
	}
	if !r.gone && registered.linger != nil && registered.linger(r, s, cause) {
		r.stream = nil
		r.mu.Unlock()
		return
	}
	r.mu.Unlock()
	r.end(s)
}

// end ends the resource: contacts are told, what it could not deliver goes
// another way.
func (r *resource) end(s *stream) {
	r.mu.Lock()
	if r.gone || s == nil && r.stream != nil && r.stream.live() {
		r.mu.Unlock()
		return
	}
	r.gone = true
	was := r.presence
	r.presence, r.attached = nil, false
	directed := r.directed
	r.directed = nil
	r.handing = nil
	r.forgetCaps()
	var kept []item
	if r.sm != nil {
		kept = r.sm.take()
		if r.sm.id != "" {
			r.server.asleep.remember(r, r.server.opts.Now())
		}
	}
	if r.csi != nil {
		kept = append(kept, r.csi.held...)
		r.csi.held = nil
	}
	r.quiet.Broadcast()
	r.mu.Unlock()
	if was != nil || len(directed) > 0 {
		if err := r.server.workers.do(func() error { r.sayUnavailable(was != nil, directed, nil); return nil }); err != nil {
			r.server.log.Error("contacts do not hear that a resource has gone", "jid", r.jid.String(), "error", err)
		}
	}
	// Only now another of this name can be bound without waiting for this one.
	lastOne := r.server.leave(r)
	r.mu.Lock()
	r.over = true
	r.quiet.Broadcast()
	r.mu.Unlock()
	r.giveBack(kept)
	if lastOne {
		r.server.opts.Chat.Seen(*r.who)
	}
}

// giveBack sends messages that did not reach the client another way.
func (r *resource) giveBack(items []item) {
	for i := range items {
		if c := items[i].came; c != nil {
			c.lost(r.server)
		}
	}
}

// shutdown ends the resource because the node stops.
func (r *resource) shutdown() {
	if s := r.current(); s != nil {
		s.kill(errShutdown)
		return
	}
	r.end(nil)
}
