package stanza

import (
	"cmp"
	"errors"
	"maps"
	"slices"

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
func Conditions() []Condition { return slices.Sorted(maps.Keys(conditionTypes)) }

// Type is the error type that goes with the condition (RFC 6120 §8.3.3).
func (c Condition) Type() ErrorType { return cmp.Or(conditionTypes[c], Cancel) }

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
func (e *Error) With(app []byte) *Error {
	c := *e
	c.App = app
	return &c
}

// OfType returns a copy of the error with another type than the condition's
// own.
func (e *Error) OfType(t ErrorType) *Error {
	c := *e
	c.Type = t
	return &c
}

func (e *Error) Error() string {
	if e.Text == "" {
		return "stanza error " + string(e.Condition)
	}
	return "stanza error " + string(e.Condition) + ": " + e.Text
}

// Is makes errors.Is true for stanza errors of the same condition.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Condition == e.Condition
}

// AppendTo appends the <error/> element.
func (e *Error) AppendTo(dst []byte) []byte {
	c := cmp.Or(e.Condition, UndefinedCondition)
	dst = append(dst, "<error"...)
	if e.By != "" {
		dst = AppendAttr(dst, "by", e.By)
	}
	dst = AppendAttr(dst, "type", string(cmp.Or(e.Type, c.Type())))
	dst = append(dst, '>')
	address := ""
	if c == Gone || c == Redirect {
		address = e.Address
	}
	dst = appendCondition(dst, string(c), NSStanzaErrors, address)
	dst = appendErrorText(dst, e.Text, NSStanzaErrors, e.Lang)
	dst = append(dst, e.App...)
	return append(dst, "</error>"...)
}

func appendCondition(dst []byte, name, ns, text string) []byte {
	dst = append(append(dst, '<'), name...)
	dst = AppendAttr(dst, "xmlns", ns)
	if text == "" {
		return append(dst, '/', '>')
	}
	dst = AppendEscaped(append(dst, '>'), text)
	dst = append(append(dst, '<', '/'), name...)
	return append(dst, '>')
}

func appendErrorText(dst []byte, text, ns, lang string) []byte {
	if text == "" {
		return dst
	}
	dst = AppendAttr(append(dst, "<text"...), "xmlns", ns)
	dst = AppendAttr(dst, "xml:lang", cmp.Or(lang, "en"))
	dst = AppendEscaped(append(dst, '>'), text)
	return append(dst, "</text>"...)
}

// kindConditions maps each kind of failure to its condition.
var kindConditions = map[switchboard.Kind]Condition{
	switchboard.Internal:     InternalServerError,
	switchboard.Invalid:      BadRequest,
	switchboard.Unauthorized: NotAuthorized,
	switchboard.Forbidden:    Forbidden,
	switchboard.NotFound:     ItemNotFound,
	switchboard.Conflict:     ConflictCondition,
	switchboard.NotAllowed:   NotAllowed,
	switchboard.TooLarge:     PolicyViolation,
	switchboard.TooMany:      ResourceConstraint,
	switchboard.Unsupported:  FeatureNotImplemented,
	switchboard.Unavailable:  ServiceUnavailable,
}

// codeConditions are codes that RFC 6120 has a condition of its own for.
var codeConditions = map[string]Condition{
	"jid-malformed":  JIDMalformed,
	"not-acceptable": NotAcceptable,
}

// ConditionOf is the condition that a kind of failure maps to.
func ConditionOf(k switchboard.Kind) Condition {
	return cmp.Or(kindConditions[k], InternalServerError)
}

// ErrorFrom maps any error to the stanza error that its sender may see. A
// *Error stays what it is; a switchboard.Error is mapped by its kind, with its
// message as the text; of any other error nothing is told. ErrorFrom(nil) is
// nil.
func ErrorFrom(err error) *Error {
	if err == nil {
		return nil
	}
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	e := switchboard.AsError(err)
	c, ok := codeConditions[e.Code]
	if !ok {
		c = ConditionOf(e.Kind)
	}
	answer := NewError(c, e.Message)
	if e.Kind == switchboard.Unavailable {
		answer.Type = Wait // it may come back
	}
	return answer
}

// ErrorOf reads the <error/> of a received stanza of type error. It is nil if
// there is none.
func ErrorOf(stanza Element) *Error {
	el := stanza.Child("", "error")
	if el.IsZero() {
		return nil
	}
	e := &Error{Type: ErrorType(el.Type()), Condition: UndefinedCondition, By: el.Attr("by")}
	for child := range el.Children() {
		switch {
		case child.Is(NSStanzaErrors, "text"):
			e.Text, e.Lang = child.Text(), child.Attr("xml:lang")
		case string(child.NamespaceBytes()) == NSStanzaErrors:
			e.Condition, e.Address = Condition(child.Name()), child.Text()
		case e.App == nil:
			e.App = child.Append(nil)
		}
	}
	return e
}
