package xmpp

import (
	"strings"

	"switchboard"
	"switchboard/stanza"
)

// negotiation is what a stream needs until it is bound.
type negotiation struct {
	domain   string
	from     switchboard.JID // who the client says it is; only to be polite
	mech     mechanism       // the SASL exchange under way
	how      string          // its name
	failures int
	door     *applicant
}

// negotiate takes a stream from its header to its resource (RFC 6120 §4.3).
func (s *stream) negotiate() (*resource, error) {
	for {
		if err := s.openStream(); err != nil {
			return nil, err
		}
		restart := false
		for !restart {
			e, err := s.link.next()
			if err != nil {
				return nil, err
			}
			var r *resource
			if s.who == nil {
				restart, err = s.beforeAuth(e)
			} else {
				r, err = s.beforeBind(e)
			}
			if err != nil || r != nil {
				return r, err
			}
		}
	}
}

// openStream reads the client's header, and answers with our own and the
// features (RFC 6120 §4.2, §4.3.2).
func (s *stream) openStream() error {
	e, err := s.link.header()
	if err != nil {
		return err
	}
	s.server.door.spoke(s.talk.door)
	fault := s.readHeader(e)
	h := streamHeader{From: s.talk.domain, ID: switchboard.NewName(), To: s.talk.from}
	s.mu.Lock()
	s.restarts = false
	if s.phase == opening {
		s.phase = open
	}
	if s.phase != open {
		s.mu.Unlock()
		return errGone
	}
	raw := s.link.appendOpen(nil, h)
	s.add(item{raw: raw})
	if fault == nil {
		s.add(item{raw: s.link.appendFeatures(nil, s.features())})
	}
	s.mu.Unlock()
	return fault
}

// readHeader checks what the client says at the start of a stream. Whatever is
// wrong with it, our own header goes first.
func (s *stream) readHeader(e stanza.Element) error {
	if s.talk.domain == "" {
		s.talk.domain = s.server.opts.Domain
	}
	if e.Name() == "stream" && e.DefaultNamespace() != stanza.NSClient { // RFC 6120 §4.8.2
		return stanza.NewStreamError(stanza.InvalidNamespace, "the content namespace is jabber:client")
	}
	if from, err := e.JID("from"); err == nil && s.talk.from.IsZero() {
		s.talk.from = from
	}
	to, err := e.JID("to")
	switch {
	case err != nil:
		return stanza.NewStreamError(stanza.HostUnknown, "the domain is malformed")
	case to.IsZero(): // RFC 6120 §4.7.2.1
		return stanza.NewStreamError(stanza.ImproperAddressing, "the attribute to is missing")
	case to.Local != "" || to.Resource != "" || !s.server.hosts(to.Domain):
		return stanza.NewStreamError(stanza.HostUnknown, "this domain is not served here")
	case s.who != nil && to.Domain != s.who.Domain:
		return stanza.NewStreamError(stanza.HostUnknown, "you have authenticated with another domain")
	}
	s.talk.domain = to.Domain
	major, _, _ := strings.Cut(e.Attr("version"), ".")
	if major != "1" { // RFC 6120 §4.7.5
		return stanza.NewStreamError(stanza.UnsupportedVersion, "the version is 1.0")
	}
	return nil
}

// features is what the stream offers next.
func (s *stream) features() (dst []byte) {
	if s.who == nil {
		if s.offersTLS() {
			dst = append(dst, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>"...)
			if len(s.mechanisms()) == 0 {
				dst = append(dst, "<required/>"...) // RFC 6120 §5.4.1
			}
			dst = append(dst, "</starttls>"...)
		}
		return s.appendMechanisms(dst)
	}
	dst = append(dst, "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"+
		"<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>"...)
	for _, x := range registered.offers {
		dst = x.Offer(s, dst)
	}
	return dst
}

func (s *stream) offersTLS() bool {
	k, tcp := s.link.(*tcpLink)
	return tcp && k.tls == nil && k.config != nil
}

// beforeAuth takes an element of a stream that has not authenticated.
func (s *stream) beforeAuth(e stanza.Element) (restart bool, err error) {
	switch {
	case e.Is(stanza.NSTLS, "starttls"):
		return true, s.startTLS()
	case e.Namespace() == stanza.NSSASL:
		return s.sasl(e)
	case e.Namespace() == stanza.NSClient: // RFC 6120 §6.3.1, §4.9.3.12
		return false, stanza.NewStreamError(stanza.StreamNotAuthorized, "authenticate first")
	}
	return false, stanza.NewStreamError(stanza.UnsupportedStanzaType, "this is not expected here")
}

// startTLS answers <starttls/> (RFC 6120 §5.4).
func (s *stream) startTLS() error {
	if !s.offersTLS() {
		s.pushRaw([]byte("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"))
		return stanza.ErrStreamClosed // RFC 6120 §5.4.2.2: the stream ends
	}
	k := s.link.(*tcpLink)
	if k.reader.Buffered() > 0 {
		return k.startTLS() // says what is wrong
	}
	s.pushRaw([]byte("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"))
	if err := s.flush(); err != nil {
		return err
	}
	s.mu.Lock()
	s.phase = opening // nothing may be written while the handshake goes on
	s.mu.Unlock()
	s.talk.mech, s.talk.from = nil, switchboard.JID{} // RFC 6120 §5.4.3.3: what was said before is forgotten
	return k.startTLS()
}

// beforeBind takes an element between authentication and bind (RFC 6120 §7).
func (s *stream) beforeBind(e stanza.Element) (*resource, error) {
	if h, ok := registered.settle[elementKey{e.Namespace(), e.Name()}]; ok {
		return h.Handle(s, e)
	}
	if e.Namespace() != stanza.NSClient {
		return nil, stanza.NewStreamError(stanza.UnsupportedStanzaType, "this is not expected here")
	}
	bind := e.Child(stanza.NSBind, "bind")
	if e.Name() != stanza.IQ || e.Type() != stanza.Set || bind.IsZero() {
		return nil, stanza.NewStreamError(stanza.StreamNotAuthorized, "bind a resource first") // RFC 6120 §7.1
	}
	r, err := s.server.bind(s, bind.ChildText(stanza.NSBind, "resource"))
	if err != nil {
		s.pushRaw(stanza.AppendBounce(nil, e, stanza.ErrorFrom(err)))
		return nil, nil
	}
	w := stanza.NewWriter(nil)
	w.Start("bind", "xmlns", stanza.NSBind).Leaf("jid", r.jid.String()).End()
	h := stanza.Header{Name: stanza.IQ, ID: e.ID(), Type: stanza.Result}
	s.pushRaw(h.Append(nil, w.Bytes()))
	return r, nil
}
