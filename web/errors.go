package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"switchboard"
)

// Problem is one failed request, ready to be shaped by a dialect.
type Problem struct {
	Err        *switchboard.Error
	Status     int
	Fields     []FieldError // offending inputs, at least one if Err.Field is set
	Body       any          // what the handler attached with WithBody
	RequestID  string
	RetryAfter time.Duration
	header     http.Header
}

// FieldError says what is wrong with one input.
type FieldError struct{ Field, Message string }

// ErrorTable is how a dialect writes errors.
type ErrorTable struct {
	// Status maps an error to its HTTP status; nil means Status.
	Status func(e *switchboard.Error) int
	// Body shapes the answer; a nil result is an empty body. A nil Body writes
	// {"code","message"} and, where there are any, "fields".
	Body func(p *Problem) any
	// Documents lists the statuses that every operation may answer with and a
	// value of the type of their bodies (nil: no body), for OpenAPI.
	Documents map[int]any
}

// Status is the usual HTTP status of a kind of error (RFC 9110 §15.5, §15.6;
// 429 is RFC 6585 §4).
func Status(e *switchboard.Error) int {
	switch e.Kind {
	case switchboard.Invalid:
		return http.StatusBadRequest
	case switchboard.Unauthorized:
		return http.StatusUnauthorized
	case switchboard.Forbidden:
		return http.StatusForbidden
	case switchboard.NotFound:
		return http.StatusNotFound
	case switchboard.Conflict, switchboard.NotAllowed:
		return http.StatusConflict
	case switchboard.TooLarge:
		return http.StatusRequestEntityTooLarge
	case switchboard.TooMany:
		return http.StatusTooManyRequests
	case switchboard.Unsupported:
		return http.StatusUnsupportedMediaType
	case switchboard.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// FieldErrors is an error about several inputs at once; it unwraps to the
// first. It must not be empty.
type FieldErrors []*switchboard.Error

func (f FieldErrors) Error() string {
	all := make([]string, len(f))
	for i, e := range f {
		all[i] = e.Field + ": " + e.Message
	}
	return strings.Join(all, "; ")
}

// Unwrap is the first of the errors.
func (f FieldErrors) Unwrap() error { return f[0] }

// BadField is the error for one input that is wrong.
func BadField(field, message string) *switchboard.Error {
	return switchboard.E(switchboard.Invalid, "invalid-field", message).InField(field)
}

type bodyError struct {
	error
	body any
}

func (e bodyError) Unwrap() error { return e.error }

// WithBody makes body the answer's JSON instead of the dialect's usual shape
// (the Public API answers 409 with the id of what exists).
func WithBody(err error, body any) error { return bodyError{err, body} }

type retryError struct {
	error
	after time.Duration
}

func (e retryError) Unwrap() error { return e.error }

// WithRetryAfter adds a Retry-After header to the answer.
func WithRetryAfter(err error, after time.Duration) error { return retryError{err, after} }

// newProblem gathers what is known about an error.
func newProblem(err error, t *ErrorTable) *Problem {
	p := &Problem{Err: switchboard.AsError(err)}
	status := Status
	if t != nil && t.Status != nil {
		status = t.Status
	}
	p.Status = status(p.Err)
	var fields FieldErrors
	if errors.As(err, &fields) {
		for _, e := range fields {
			p.Fields = append(p.Fields, FieldError{e.Field, e.Message})
		}
	} else if p.Err.Field != "" {
		p.Fields = []FieldError{{p.Err.Field, p.Err.Message}}
	}
	var b bodyError
	if errors.As(err, &b) {
		p.Body = b.body
	}
	var r retryError
	if errors.As(err, &r) {
		p.RetryAfter = r.after
	}
	return p
}
