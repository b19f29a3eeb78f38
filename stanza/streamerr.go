package stanza

import (
	"cmp"
	"errors"
	"io"
	"net"
	"os"

	"switchboard"
)

// StreamCondition is a defined condition of a stream error (RFC 6120 §4.9.3).
type StreamCondition string

// The defined stream conditions.
const (
	BadFormat              StreamCondition = "bad-format"
	BadNamespacePrefix     StreamCondition = "bad-namespace-prefix"
	StreamConflict         StreamCondition = "conflict"
	ConnectionTimeout      StreamCondition = "connection-timeout"
	HostGone               StreamCondition = "host-gone"
	HostUnknown            StreamCondition = "host-unknown"
	ImproperAddressing     StreamCondition = "improper-addressing"
	StreamInternalError    StreamCondition = "internal-server-error"
	InvalidFrom            StreamCondition = "invalid-from"
	InvalidNamespace       StreamCondition = "invalid-namespace"
	InvalidXML             StreamCondition = "invalid-xml"
	StreamNotAuthorized    StreamCondition = "not-authorized"
	NotWellFormed          StreamCondition = "not-well-formed"
	StreamPolicyViolation  StreamCondition = "policy-violation"
	RemoteConnectionFailed StreamCondition = "remote-connection-failed"
	Reset                  StreamCondition = "reset"
	StreamConstraint       StreamCondition = "resource-constraint"
	RestrictedXML          StreamCondition = "restricted-xml"
	SeeOtherHost           StreamCondition = "see-other-host"
	SystemShutdown         StreamCondition = "system-shutdown"
	StreamUndefined        StreamCondition = "undefined-condition"
	UnsupportedEncoding    StreamCondition = "unsupported-encoding"
	UnsupportedFeature     StreamCondition = "unsupported-feature"
	UnsupportedStanzaType  StreamCondition = "unsupported-stanza-type"
	UnsupportedVersion     StreamCondition = "unsupported-version"
)

// StreamConditions lists every defined stream condition.
func StreamConditions() []StreamCondition {
	return []StreamCondition{BadFormat, BadNamespacePrefix, StreamConflict, ConnectionTimeout, HostGone, HostUnknown, ImproperAddressing, StreamInternalError, InvalidFrom, InvalidNamespace, InvalidXML, StreamNotAuthorized, NotWellFormed, StreamPolicyViolation, RemoteConnectionFailed, Reset, StreamConstraint, RestrictedXML, SeeOtherHost, SystemShutdown, StreamUndefined, UnsupportedEncoding, UnsupportedFeature, UnsupportedStanzaType, UnsupportedVersion}
}

// StreamError ends a stream (RFC 6120 §4.9). Reader and Parser return one for
// whatever breaks a rule of XML or a limit; those are shared, so make a copy to
// change one.
type StreamError struct {
	Condition StreamCondition
	Text      string // for people; optional
	Host      string // where to go instead, for SeeOtherHost
	App       []byte // an application-specific condition: one whole element; optional
}

// NewStreamError makes an error of a condition with a text, which may be empty.
func NewStreamError(c StreamCondition, text string) *StreamError {
	return &StreamError{Condition: c, Text: text}
}

func (e *StreamError) Error() string {
	if e.Text == "" {
		return "stream error " + string(e.Condition)
	}
	return "stream error " + string(e.Condition) + ": " + e.Text
}

// Is makes errors.Is true for stream errors of the same condition.
func (e *StreamError) Is(target error) bool {
	t, ok := target.(*StreamError)
	return ok && t.Condition == e.Condition
}

// As makes a switchboard.Error of it for rooms that do not know of streams.
func (e *StreamError) As(target any) bool {
	t, ok := target.(**switchboard.Error)
	if ok {
		*t = switchboard.E(switchboard.Invalid, "xmpp-"+string(e.Condition), cmp.Or(e.Text, "the XMPP stream broke a rule"))
	}
	return ok
}

// AppendTo appends <stream:error/> for a stream whose header bound the prefix
// stream.
func (e *StreamError) AppendTo(dst []byte) []byte { return e.append(dst, "") }

// AppendFramed appends the error as a WebSocket message of its own, which
// declares its namespaces (RFC 7395 §3.5).
func (e *StreamError) AppendFramed(dst []byte) []byte {
	return e.append(dst, " xmlns:stream='"+NSStream+"'")
}

func (e *StreamError) append(dst []byte, declaration string) []byte {
	c := cmp.Or(e.Condition, StreamUndefined)
	dst = append(dst, "<stream:error"...)
	dst = append(append(dst, declaration...), '>')
	host := ""
	if c == SeeOtherHost {
		host = e.Host
	}
	dst = appendCondition(dst, string(c), NSStreamErrors, host)
	dst = appendErrorText(dst, e.Text, NSStreamErrors, "")
	dst = append(dst, e.App...)
	return append(dst, "</stream:error>"...)
}

// StreamErrorFrom maps any error to the stream error that the peer may see.
// Where there is nobody left to see one (the connection ended, the peer closed
// the stream) it is nil.
func StreamErrorFrom(err error) *StreamError {
	if err == nil || errors.Is(err, ErrStreamClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) {
		return nil
	}
	if e, ok := errors.AsType[*StreamError](err); ok {
		return e
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return NewStreamError(ConnectionTimeout, "")
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return nil
	}
	switch e := switchboard.AsError(err); e.Kind {
	case switchboard.Internal:
		return NewStreamError(StreamInternalError, e.Message)
	case switchboard.Unauthorized, switchboard.Forbidden:
		return NewStreamError(StreamNotAuthorized, e.Message)
	case switchboard.Conflict:
		return NewStreamError(StreamConflict, e.Message)
	case switchboard.Unavailable:
		return NewStreamError(StreamConstraint, e.Message)
	case switchboard.NotFound:
		return NewStreamError(HostUnknown, e.Message)
	case switchboard.Unsupported:
		return NewStreamError(UnsupportedFeature, e.Message)
	case switchboard.Invalid:
		return NewStreamError(BadFormat, e.Message)
	default: // NotAllowed, TooLarge, TooMany
		return NewStreamError(StreamPolicyViolation, e.Message)
	}
}

// StreamErrorOf reads a received <stream:error/>. It is nil if e is none.
func StreamErrorOf(el Element) *StreamError {
	if !el.Is(NSStream, "error") {
		return nil
	}
	e := &StreamError{Condition: StreamUndefined}
	for child := range el.Children() {
		switch {
		case child.Is(NSStreamErrors, "text"):
			e.Text = child.Text()
		case string(child.NamespaceBytes()) == NSStreamErrors:
			e.Condition, e.Host = StreamCondition(child.Name()), child.Text()
		case e.App == nil:
			e.App = child.Append(nil)
		}
	}
	return e
}
