package xmpp

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"switchboard"
	"switchboard/stanza"
)

// mechanism is one SASL exchange (RFC 4422). step takes what the client sent
// and returns what to answer; who is set when the client has proved itself.
type mechanism interface {
	step(in []byte) (out []byte, who *switchboard.Principal, err error)
}

// saslKind is a mechanism as it is offered.
type saslKind struct {
	name  string
	rank  int  // order in which they are listed, the best first
	bind  bool // it needs channel binding
	clear bool // it shows the password to whoever listens
	start func(s *stream) mechanism
}

var saslKinds = map[string]saslKind{}

// registerSASL adds a mechanism; it is called while the package is initialised.
func registerSASL(k saslKind) saslKind {
	if _, twice := saslKinds[k.name]; twice {
		panic("xmpp: SASL mechanism " + k.name + " is registered twice")
	}
	saslKinds[k.name] = k
	return k
}

// saslFailure is an error that becomes <failure/> (RFC 6120 §6.5).
type saslFailure struct {
	condition stanza.SASLCondition
	text      string
	cause     error
}

func (f *saslFailure) Error() string { return string(f.condition) + " " + f.text }
func (f *saslFailure) Unwrap() error { return f.cause }

func fail(c stanza.SASLCondition, text string) error { return &saslFailure{condition: c, text: text} }

// failureOf maps what auth says to a failure.
func failureOf(err error) *saslFailure {
	var f *saslFailure
	if errors.As(err, &f) {
		return f
	}
	e := switchboard.AsError(err)
	f = &saslFailure{condition: stanza.SASLNotAuthorized, text: e.Message, cause: err}
	switch e.Kind {
	case switchboard.TooMany, switchboard.Unavailable, switchboard.Internal:
		f.condition = stanza.SASLTemporaryAuthFailure
	case switchboard.Forbidden, switchboard.NotAllowed:
		f.condition = stanza.SASLAccountDisabled
	case switchboard.Invalid:
		f.condition = stanza.SASLMalformedRequest
	}
	return f
}

// maxSASLFailures is how often a client may try on one stream (RFC 6120
// §6.4.5 asks for at least two and at most five).
const maxSASLFailures = 3

// authTimeout bounds one question to auth.
const authTimeout = 15 * time.Second

// mechanisms lists what this stream may use. Without TLS that is nothing,
// unless nobody can listen because the client is on this machine.
func (s *stream) mechanisms() (list []saslKind) {
	private := s.link.private()
	local := s.link.remote().IsLoopback()
	if !private && !local {
		return nil
	}
	binding := s.bindings()
	for _, k := range saslKinds {
		switch {
		case k.bind && len(binding) == 0:
		case k.clear && !private && !s.server.opts.Plain:
		default:
			list = append(list, k)
		}
	}
	slices.SortFunc(list, func(a, b saslKind) int { return cmp.Compare(a.rank, b.rank) })
	return list
}

func (s *stream) appendMechanisms(dst []byte) []byte {
	list := s.mechanisms()
	if len(list) == 0 {
		return dst
	}
	dst = append(dst, "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"...)
	for _, k := range list {
		dst = append(append(append(dst, "<mechanism>"...), k.name...), "</mechanism>"...)
	}
	dst = append(dst, "</mechanisms>"...)
	if b := s.bindings(); len(b) > 0 { // XEP-0440 §2
		dst = append(dst, "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>"...)
		for _, t := range b {
			dst = append(append(append(dst, "<channel-binding type='"...), t.Type...), "'/>"...)
		}
		dst = append(dst, "</sasl-channel-binding>"...)
	}
	return dst
}

// sasl takes an element of the SASL exchange (RFC 6120 §6.4). restart is true
// when the client has authenticated: it opens a new stream.
func (s *stream) sasl(e stanza.Element) (restart bool, err error) {
	out, who, err := s.saslStep(e)
	switch {
	case err != nil:
		s.tried(false)
		return false, s.saslFailed(failureOf(err))
	case who == nil:
		s.pushRaw(appendSASL(nil, "challenge", out, false))
		return false, nil
	}
	s.tried(true)
	s.who = who
	s.link.trust(s.server.limitsAfter())
	s.pushRaw(appendSASL(nil, "success", out, out == nil))
	s.mu.Lock()
	s.restarts = true // RFC 6120 §6.4.6
	s.mu.Unlock()
	return true, nil
}

// tried ends an exchange.
func (s *stream) tried(ok bool) {
	if s.talk.mech != nil {
		s.server.opts.Observe.Login(s.talk.how, ok)
	}
	s.talk.mech = nil
}

func (s *stream) saslFailed(f *saslFailure) error {
	if f.condition == stanza.SASLTemporaryAuthFailure && f.cause != nil && switchboard.KindOf(f.cause) == switchboard.Internal {
		s.server.log.Error("authentication failed on our side", "error", f.cause)
	}
	s.pushRaw(stanza.AppendSASLFailure(nil, f.condition, f.text))
	s.talk.failures++
	if s.talk.failures >= maxSASLFailures {
		return stanza.NewStreamError(stanza.StreamPolicyViolation, "too many failed attempts")
	}
	return nil
}

func (s *stream) saslStep(e stanza.Element) ([]byte, *switchboard.Principal, error) {
	switch e.Name() {
	case "auth":
		kinds := s.mechanisms()
		i := slices.IndexFunc(kinds, func(k saslKind) bool { return k.name == e.Attr("mechanism") })
		if i < 0 {
			return nil, nil, s.noMechanism(e.Attr("mechanism"))
		}
		s.talk.mech, s.talk.how = kinds[i].start(s), kinds[i].name
		if e.Text() == "" { // RFC 6120 §6.4.2: no initial response
			return []byte{}, nil, nil
		}
	case "response":
		if s.talk.mech == nil {
			return nil, nil, fail(stanza.SASLMalformedRequest, "there is no exchange to go on with")
		}
	case "abort":
		return nil, nil, fail(stanza.SASLAborted, "")
	default:
		return nil, nil, fail(stanza.SASLMalformedRequest, "")
	}
	in, err := decodeSASL(e.Text())
	if err != nil {
		return nil, nil, fail(stanza.SASLIncorrectEncoding, "this is not base64")
	}
	return s.talk.mech.step(in)
}

// noMechanism says why a mechanism cannot be used.
func (s *stream) noMechanism(name string) error {
	if _, known := saslKinds[name]; known && !s.link.private() {
		return fail(stanza.SASLEncryptionRequired, "use TLS first")
	}
	return fail(stanza.SASLInvalidMechanism, "")
}

// decodeSASL reads base64, strictly: no white space, no missing padding, no
// bits beyond the end (RFC 6120 §6.4.2). A single = stands for nothing.
func decodeSASL(text string) ([]byte, error) {
	if text == "=" {
		return []byte{}, nil
	}
	for i := range len(text) {
		if text[i] == '\n' || text[i] == '\r' { // the decoder would skip them
			return nil, errors.New("line break")
		}
	}
	return base64.StdEncoding.Strict().DecodeString(text)
}

func appendSASL(dst []byte, name string, data []byte, empty bool) []byte {
	dst = append(append(append(dst, '<'), name...), " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"...)
	if empty || len(data) == 0 && name == "challenge" {
		return append(dst, "/>"...)
	}
	dst = append(dst, '>')
	if len(data) == 0 { // RFC 6120 §6.4.6: additional data of zero length
		dst = append(dst, '=')
	}
	dst = base64.StdEncoding.AppendEncode(dst, data)
	return append(append(append(dst, "</"...), name...), '>')
}

// mayChat is the last question to a principal: may it have a stream here?
func (s *stream) mayChat(p switchboard.Principal, authzid string) (*switchboard.Principal, error) {
	if p.Domain != s.talk.domain || !p.May(switchboard.ScopeChat) {
		return nil, fail(stanza.SASLNotAuthorized, "this account may not chat here")
	}
	if authzid != "" { // RFC 6120 §6.3.8: to act as somebody else is not possible
		j, err := switchboard.ParseJID(authzid)
		if err != nil || j != p.Bare() {
			return nil, fail(stanza.SASLInvalidAuthzid, "you can only be yourself")
		}
	}
	return &p, nil
}

func authContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), authTimeout)
}
