package switchboard

import (
	"errors"
	"fmt"
)

// Kind says what sort of failure an Error is. Each front maps kinds to its own
// answers (HTTP status, RFC 6120 condition, RFC 6749 code).
type Kind uint8

const (
	Internal     Kind = iota // our fault; the message is fixed, the cause is logged
	Invalid                  // the request cannot be understood or breaks a rule of form
	Unauthorized             // who asks is not known
	Forbidden                // who asks may not
	NotFound                 // the thing does not exist, or who asks may not know that it does
	Conflict                 // the thing exists already or has changed meanwhile
	NotAllowed               // the thing does not allow that operation now (a device limit, a closed conversation)
	TooLarge                 // over a size limit
	TooMany                  // over a rate or number limit; try later
	Unsupported              // a media type, feature or namespace that we do not have
	Unavailable              // a part that is needed does not answer; try later
	numKinds
)

var kindNames = [numKinds]string{"internal", "invalid", "unauthorized", "forbidden", "not-found", "conflict",
	"not-allowed", "too-large", "too-many", "unsupported", "unavailable"}

func (k Kind) String() string {
	if k < numKinds {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Kinds lists every kind, for tests that walk a front's table.
func Kinds() []Kind {
	all := make([]Kind, numKinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

// Error is the one error type that crosses rooms. Code is stable and
// documented (lower-case words with hyphens), Message is safe to show to
// whoever asked, Field names the offending input if there is one. Cause is for
// the log alone.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	Field   string
	Cause   error
}

func (e *Error) Error() string {
	s := e.Kind.String() + " " + e.Code + ": " + e.Message
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is(err, template) true for errors of the same kind and code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Code == e.Code
}

// E makes an error of a kind with its stable code and safe message.
func E(k Kind, code, message string) *Error { return &Error{Kind: k, Code: code, Message: message} }

// Ef is E with a formatted message; the arguments must be safe to show.
func Ef(k Kind, code, format string, args ...any) *Error {
	return E(k, code, fmt.Sprintf(format, args...))
}

// InField returns a copy of the error that names the offending input.
func (e *Error) InField(name string) *Error {
	c := *e
	c.Field = name
	return &c
}

// Because returns a copy of the error with a hidden cause.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// AsError finds the Error in err; any other error becomes Internal, with err
// as its hidden cause. AsError(nil) is nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Message: "something went wrong on our side", Cause: err}
}

// KindOf is the kind of an error, and none of the kinds for nil.
func KindOf(err error) Kind {
	if err == nil {
		return numKinds
	}
	return AsError(err).Kind
}
