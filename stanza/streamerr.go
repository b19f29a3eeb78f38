package stanza

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
func StreamConditions() []StreamCondition { return nil }

// StreamError ends a stream (RFC 6120 §4.9). Reader and Parser return one for
// whatever breaks a rule of XML or a limit.
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

func (e *StreamError) Error() string { return "" }

// AppendTo appends <stream:error/> for a stream whose header bound the prefix
// stream.
func (e *StreamError) AppendTo(dst []byte) []byte { return dst }

// AppendFramed appends the error as a WebSocket message of its own, which
// declares its namespaces (RFC 7395 §3.5).
func (e *StreamError) AppendFramed(dst []byte) []byte { return dst }

// StreamErrorFrom maps any error to the stream error that the peer may see; an
// error of the connection itself (io.EOF, a timeout) gives nil.
func StreamErrorFrom(err error) *StreamError { return nil }

// StreamErrorOf reads a received <stream:error/>. It is nil if e is none.
func StreamErrorOf(e Element) *StreamError { return nil }

// SASLCondition is a failure of authentication (RFC 6120 §6.5).
type SASLCondition string

// The defined failures of authentication.
const (
	SASLAborted              SASLCondition = "aborted"
	SASLAccountDisabled      SASLCondition = "account-disabled"
	SASLCredentialsExpired   SASLCondition = "credentials-expired"
	SASLEncryptionRequired   SASLCondition = "encryption-required"
	SASLIncorrectEncoding    SASLCondition = "incorrect-encoding"
	SASLInvalidAuthzid       SASLCondition = "invalid-authzid"
	SASLInvalidMechanism     SASLCondition = "invalid-mechanism"
	SASLMalformedRequest     SASLCondition = "malformed-request"
	SASLMechanismTooWeak     SASLCondition = "mechanism-too-weak"
	SASLNotAuthorized        SASLCondition = "not-authorized"
	SASLTemporaryAuthFailure SASLCondition = "temporary-auth-failure"
)

// AppendSASLFailure appends <failure/> with its condition and an optional text.
func AppendSASLFailure(dst []byte, c SASLCondition, text string) []byte { return dst }
