package stanza

import (
	"switchboard"
)

// Condition is a defined condition of a stanza error (RFC 6120 §8.3.3).
type Condition string

// The defined conditions, each with the type that the RFC gives it (see
// Condition.Type).
const (
	BadRequest            Condition = "bad-request"
	ConflictCondition     Condition = "conflict"
	FeatureNotImplemented Condition = "feature-not-implemented"
	Forbidden             Condition = "forbidden"
	Gone                  Condition = "gone"
	InternalServerError   Condition = "internal-server-error"
	ItemNotFound          Condition = "item-not-found"
	JIDMalformed          Condition = "jid-malformed"
	NotAcceptable         Condition = "not-acceptable"
	NotAllowed            Condition = "not-allowed"
	NotAuthorized         Condition = "not-authorized"
	PolicyViolation       Condition = "policy-violation"
	RecipientUnavailable  Condition = "recipient-unavailable"
	Redirect              Condition = "redirect"
	RegistrationRequired  Condition = "registration-required"
	RemoteServerNotFound  Condition = "remote-server-not-found"
	RemoteServerTimeout   Condition = "remote-server-timeout"
	ResourceConstraint    Condition = "resource-constraint"
	ServiceUnavailable    Condition = "service-unavailable"
	SubscriptionRequired  Condition = "subscription-required"
	UndefinedCondition    Condition = "undefined-condition"
	UnexpectedRequest     Condition = "unexpected-request"
)

// ErrorType tells the sender of a stanza what to do about its error (RFC 6120
// §8.3.2).
type ErrorType string

// The types of stanza errors.
const (
	Auth     ErrorType = "auth"     // retry after providing credentials
	Cancel   ErrorType = "cancel"   // do not retry
	Continue ErrorType = "continue" // only a warning
	Modify   ErrorType = "modify"   // retry after changing the data
	Wait     ErrorType = "wait"     // retry after waiting
)

var conditionTypes = map[Condition]ErrorType{
	BadRequest: Modify, ConflictCondition: Cancel, FeatureNotImplemented: Cancel, Forbidden: Auth, Gone: Cancel,
	InternalServerError: Cancel, ItemNotFound: Cancel, JIDMalformed: Modify, NotAcceptable: Modify, NotAllowed: Cancel,
	NotAuthorized: Auth, PolicyViolation: Modify, RecipientUnavailable: Wait, Redirect: Modify,
	RegistrationRequired: Auth, RemoteServerNotFound: Cancel, RemoteServerTimeout: Wait, ResourceConstraint: Wait,
	ServiceUnavailable: Cancel, SubscriptionRequired: Auth, UndefinedCondition: Cancel, UnexpectedRequest: Wait,
}

// Conditions lists every defined condition.
func Conditions() []Condition { return nil }

// Type is the error type that goes with the condition (RFC 6120 §8.3.3).
func (c Condition) Type() ErrorType { return conditionTypes[c] }

// Error is a stanza error (RFC 6120 §8.3.2). It is an error value too.
type Error struct {
	Type      ErrorType // empty: the condition's own
	Condition Condition
	Text      string // for people; optional
	Lang      string // of the text; empty: en
	By        string // the address that made the error; optional
	Address   string // the new address, for Gone and Redirect
	App       []byte // an application-specific condition: one whole element; optional
}

// NewError makes an error of a condition with a text for people, which may be
// empty.
func NewError(c Condition, text string) *Error { return &Error{Condition: c, Text: text} }

// With returns a copy of the error with an application-specific condition, one
// whole element such as <unsupported xmlns='…'/>.
func (e *Error) With(app []byte) *Error { c := *e; c.App = app; return &c }

func (e *Error) Error() string { return "" }

// AppendTo appends the <error/> element.
func (e *Error) AppendTo(dst []byte) []byte { return dst }

// ErrorFrom maps any error to the stanza error that its sender may see. A
// *Error stays what it is; a switchboard.Error is mapped by its kind, and its
// Code becomes the application-specific condition of our own namespace; other
// errors tell nothing.
func ErrorFrom(err error) *Error { return nil }

// ConditionOf is the condition that a kind of failure maps to.
func ConditionOf(k switchboard.Kind) Condition { return "" }

// ErrorOf reads the <error/> of a received stanza of type error. It is nil if
// there is none.
func ErrorOf(e Element) *Error { return nil }
