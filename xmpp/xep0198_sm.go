package xmpp

import (
	"strconv"
	"sync"
	"time"

	"switchboard"
	"switchboard/stanza"
)

// Stream management: what was handled is acknowledged, what was not
// acknowledged is kept, and a stream that broke can be taken up again.
//
// What a client is told to be handled is committed. What the server sent is
// delivered when the client says so; when a stream is not resumed in time, its
// messages go to the account's other resources or wait offline, once.
var _ = register(extension{Spec: "XEP-0198", Title: "Stream Management", Version: "1.6.3",
	Offer: func(_ *stream, dst []byte) []byte { return append(dst, "<sm xmlns='urn:xmpp:sm:3'/>"...) },
	Settle: []settleRoute{
		{stanza.NSSM3, "resume", resume},
		{stanza.NSSM3, "enable", func(s *stream, _ stanza.Element) (*resource, error) { // §3: only after bind
			s.pushRaw(appendSMFailed(nil, stanza.UnexpectedRequest, nil))
			return nil, nil
		}},
	},
	Element: []elementRoute{
		{stanza.NSSM3, "enable", enable},
		{stanza.NSSM3, "r", func(r *resource, _ *stream, _ stanza.Element) error { r.askedForAck(); return nil }},
		{stanza.NSSM3, "a", acknowledged},
		{stanza.NSSM3, "resume", func(_ *resource, s *stream, _ stanza.Element) error { // §5: only before bind
			s.pushRaw(appendSMFailed(nil, stanza.UnexpectedRequest, nil))
			return nil
		}},
	},
	Handled: (*resource).answerAck,
	Keep:    (*resource).keepUnacked,
	Linger:  (*resource).fallAsleep,
})

// smState is a resource's stream management. It is guarded by the resource's
// lock.
type smState struct {
	id      string // for resumption; "" if that was not asked for
	offset  uint32 // number of the last stanza before <enabled/>
	early   uint32 // stanzas that the client was sent before it, while it may still count them
	asked   bool   // the client waits for an answer to <r/> …
	askedAt uint32 // … that covers this stanza
	asking  bool   // we wait for an answer to <r/> …
	askedOf uint32 // … that covers this many stanzas
	acked   uint32 // stanzas that the client has acknowledged
	unacked []item
	bytes   int
	until   time.Time // while asleep: when it is too late to resume
}

// take empties the queue of what was not acknowledged.
func (m *smState) take() []item {
	q := m.unacked
	m.unacked, m.bytes = nil, 0
	return q
}

// full reports whether the client should acknowledge something before it gets
// more than it asked for.
func (m *smState) full(srv *Server) bool {
	return len(m.unacked) > srv.opts.MaxUnacked/2 || m.bytes > srv.opts.MaxOutbound/2
}

func appendSMFailed(dst []byte, c stanza.Condition, h *uint32) []byte {
	dst = append(dst, "<failed xmlns='urn:xmpp:sm:3'"...)
	if h != nil {
		dst = append(strconv.AppendUint(append(dst, " h='"...), uint64(*h), 10), '\'')
	}
	dst = append(append(dst, "><"...), c...)
	return append(dst, " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"...)
}

// enable answers <enable/> (XEP-0198 §3).
func enable(r *resource, s *stream, e stanza.Element) error {
	// Nothing that came before is counted, so it has to be out of the way.
	r.settleAll()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sm != nil {
		s.pushRaw(appendSMFailed(nil, stanza.UnexpectedRequest, nil))
		return nil
	}
	m := &smState{offset: r.read, early: r.early + 1} // and the answer to bind
	dst := append([]byte(nil), "<enabled xmlns='urn:xmpp:sm:3'"...)
	if e.Bool("resume") {
		m.id = switchboard.NewToken()
		dst = append(append(dst, " resume='true' id='"...), m.id...)
		dst = append(dst, "' max='"...)
		dst = strconv.AppendInt(dst, int64(r.server.opts.ResumeTimeout/time.Second), 10)
		dst = append(dst, '\'')
	}
	s.pushRaw(append(dst, "/>"...))
	r.sm = m // from now on the client says what it has
	return nil
}

// settleAll waits until everything that was read is handled.
func (r *resource) settleAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.handled != r.read {
		r.quiet.Wait()
	}
}

// askedForAck is <r/>: the answer covers everything that was read before, so it
// waits until that is committed (XEP-0198 §4).
func (r *resource) askedForAck() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sm == nil {
		return
	}
	r.sm.asked, r.sm.askedAt = true, r.read
	r.answerAck()
}

// answerAck answers <r/> as soon as it can. The resource is locked.
func (r *resource) answerAck() {
	m := r.sm
	if m == nil || !m.asked || int32(r.handled-m.askedAt) < 0 {
		return
	}
	m.asked = false
	if r.stream != nil {
		dst := append([]byte(nil), "<a xmlns='urn:xmpp:sm:3' h='"...)
		dst = strconv.AppendUint(dst, uint64(r.handled-m.offset), 10)
		r.stream.pushRaw(append(dst, "'/>"...))
	}
}

var ackRequest = []byte("<r xmlns='urn:xmpp:sm:3'/>")

// keepUnacked sends a stanza and keeps it until it is acknowledged. The
// resource is locked.
func (r *resource) keepUnacked(it *item) bool {
	m := r.sm
	if it.what == plain || it.what == last {
		return false
	}
	if m == nil {
		r.early++
		return false
	}
	if len(m.unacked) >= r.server.opts.MaxUnacked && r.stream == nil ||
		len(m.unacked) >= 16*r.server.opts.MaxUnacked || m.bytes+it.size() > 2*r.server.opts.MaxOutbound {
		r.overdue()
		return false
	}
	m.unacked = append(m.unacked, *it)
	m.bytes += it.size()
	if r.stream != nil {
		passing := *it
		passing.came = nil // it is the acknowledgement that counts
		r.stream.push(passing)
		if !m.asking {
			m.ask(r.stream)
		}
	}
	return true
}

// sent is how many stanzas the client was sent.
func (m *smState) sent() uint32 { return m.acked + uint32(len(m.unacked)) }

// ask requests an acknowledgement.
func (m *smState) ask(s *stream) {
	m.asking, m.askedOf = s.pushRaw(ackRequest), m.sent()
}

// overdue gives up a resource that does not acknowledge. It is locked.
func (r *resource) overdue() {
	if r.stream != nil {
		r.stream.kill(errOverflow)
		return
	}
	go r.end(nil)
}

// acknowledged is <a/> from the client (XEP-0198 §4).
func acknowledged(r *resource, _ *stream, e stanza.Element) error {
	h, err := strconv.ParseUint(e.Attr("h"), 10, 32)
	if err != nil {
		return stanza.NewStreamError(stanza.BadFormat, "h is a number")
	}
	r.mu.Lock()
	if r.sm == nil {
		r.mu.Unlock()
		return stanza.NewStreamError(stanza.UnsupportedStanzaType, "stream management is not enabled")
	}
	r.sm.asking = false
	done, err := r.sm.ack(uint32(h))
	// Only what was sent since is asked for: a client that counts too few would
	// be asked in a circle.
	if err == nil && r.sm.sent() != r.sm.askedOf && r.stream != nil {
		r.sm.ask(r.stream)
	}
	r.quiet.Broadcast()
	r.mu.Unlock()
	for i := range done {
		if c := done[i].came; c != nil {
			c.delivered(r.server)
		}
	}
	return err
}

// ack takes out what the client has handled. Numbers wrap around (§4). One that
// goes back says nothing new: a client may begin to count from zero a moment
// after <enabled/>, and only too high a number is an error (§5). A client that
// had not begun anew when it was first asked says one that is too high by what
// came before <enabled/>: that says nothing either, once.
func (m *smState) ack(h uint32) (done []item, err error) {
	n := h - m.acked
	if int32(n) < 0 {
		return nil, nil
	}
	kept := uint32(len(m.unacked))
	if n > kept && n-kept <= m.early {
		m.early = 0
		return nil, nil
	}
	if n > kept {
		app := append([]byte(nil), "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='"...)
		app = strconv.AppendUint(app, uint64(h), 10)
		app = strconv.AppendUint(append(app, "' send-count='"...), uint64(m.acked+kept), 10)
		return nil, &stanza.StreamError{Condition: stanza.StreamUndefined, App: append(app, "'/>"...)}
	}
	if n > 0 {
		m.early = 0
	}
	m.acked = h
	done = m.unacked[:n:n]
	m.unacked = m.unacked[n:]
	if len(m.unacked) == 0 {
		m.unacked = nil
	}
	for i := range done {
		m.bytes -= done[i].size()
	}
	return done, nil
}

// fallAsleep keeps a resource whose connection broke, if it may be resumed.
// The resource is locked.
func (r *resource) fallAsleep(s *stream, cause error) bool {
	if r.sm == nil || r.sm.id == "" || r.server.stopping.Load() || !gone(cause) {
		return false // a stream that was ended properly is over (XEP-0198 §5)
	}
	r.sm.until = r.server.opts.Now().Add(r.server.opts.ResumeTimeout)
	r.sm.asking, r.sm.asked = false, false
	if r.csi != nil { // XEP-0352 §5.1: a resumed client is active until it says otherwise
		for _, it := range r.csi.held {
			r.sm.unacked = append(r.sm.unacked, it)
			r.sm.bytes += it.size()
		}
		r.csi = nil
	}
	r.server.asleep.add(r, r.sm.until)
	return true
}

// resume answers <resume/> (XEP-0198 §5).
func resume(s *stream, e stanza.Element) (*resource, error) {
	h, err := strconv.ParseUint(e.Attr("h"), 10, 32)
	if err != nil {
		s.pushRaw(appendSMFailed(nil, stanza.BadRequest, nil))
		return nil, nil
	}
	r := s.server.findResumable(s, e.Attr("previd"))
	if r == nil {
		s.pushRaw(appendSMFailed(nil, stanza.ItemNotFound, s.server.asleep.handledBy(s.who.Account, e.Attr("previd"))))
		return nil, nil
	}
	r.dismissReader()
	r.settleAll() // what is being committed counts as handled
	r.mu.Lock()
	if r.gone || r.reader {
		r.mu.Unlock()
		s.pushRaw(appendSMFailed(nil, stanza.ItemNotFound, s.server.asleep.handledBy(s.who.Account, e.Attr("previd"))))
		return nil, nil
	}
	done, err := r.sm.ack(uint32(h))
	if err != nil { // it sleeps on until its time is over
		r.mu.Unlock()
		return nil, err
	}
	r.server.asleep.remove(r)
	r.takeOver(s)
	r.mu.Unlock()
	for i := range done {
		if c := done[i].came; c != nil {
			c.delivered(r.server)
		}
	}
	return r, nil
}

// takeOver gives a resource to the stream that resumes it. It is locked.
func (r *resource) takeOver(s *stream) {
	m := r.sm
	dst := append([]byte(nil), "<resumed xmlns='urn:xmpp:sm:3' previd='"...)
	dst = append(append(dst, m.id...), "' h='"...)
	dst = strconv.AppendUint(dst, uint64(r.handled-m.offset), 10)
	s.pushRaw(append(dst, "'/>"...))
	s.mu.Lock()
	for i := range m.unacked { // however many they are
		again := m.unacked[i]
		again.came = nil
		s.add(again)
	}
	s.res = r
	s.mu.Unlock()
	if len(m.unacked) > 0 {
		m.ask(s)
	}
	r.stream, r.reader = s, true
	r.quiet.Broadcast()
}

// findResumable finds the resource of an account that a stream may resume.
func (srv *Server) findResumable(s *stream, id string) *resource {
	if id == "" {
		return nil
	}
	a := srv.accounts.find(s.who.Account)
	if a == nil {
		return nil
	}
	for _, r := range a.list() {
		r.mu.Lock()
		ok := r.sm != nil && r.sm.id == id && r.who.Device == s.who.Device && !r.gone
		r.mu.Unlock()
		if ok {
			return r
		}
	}
	return nil
}

// dismissReader ends the old stream of a resource, of whose death the server
// had not heard, and waits until nobody reads it any more.
func (r *resource) dismissReader() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.stream; old != nil {
		go old.link.close()
	}
	for r.reader {
		r.quiet.Wait()
	}
}

// sleepers are the resources that wait for being resumed, and for a while what
// those had handled that were not.
type sleepers struct {
	mu   sync.Mutex
	all  map[*resource]time.Time
	past map[string]pastStream
}

// pastStream is what is remembered of a stream that can no longer be resumed.
type pastStream struct {
	account switchboard.AccountID
	handled uint32
	until   time.Time
}

// maxPast bounds what is remembered.
const maxPast = 10_000

func (p *sleepers) init() {
	p.all = make(map[*resource]time.Time)
	p.past = make(map[string]pastStream)
}

func (p *sleepers) add(r *resource, until time.Time) {
	p.mu.Lock()
	p.all[r] = until
	p.mu.Unlock()
}

func (p *sleepers) remove(r *resource) {
	p.mu.Lock()
	delete(p.all, r)
	p.mu.Unlock()
}

// expired takes out those for which it is too late.
func (p *sleepers) expired(now time.Time) (late []*resource) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for r, until := range p.all {
		if !now.Before(until) {
			late = append(late, r)
			delete(p.all, r)
		}
	}
	for id, s := range p.past {
		if now.After(s.until) {
			delete(p.past, id)
		}
	}
	return late
}

// remember keeps how much a resource had handled, so that a client that comes
// too late learns what it need not send again (XEP-0198 §5).
func (p *sleepers) remember(r *resource, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.past) < maxPast {
		p.past[r.sm.id] = pastStream{r.account.id, r.handled - r.sm.offset, now.Add(r.server.opts.ResumeTimeout)}
	}
}

func (p *sleepers) handledBy(account switchboard.AccountID, id string) *uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.past[id]; ok && s.account == account {
		return &s.handled
	}
	return nil
}
