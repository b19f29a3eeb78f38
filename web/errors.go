package web

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
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

	table *ErrorTable
	scope string // that was missing
}

// Error and GetStatus make a Problem huma's error type.
func (p *Problem) Error() string { return p.Err.Error() }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

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

// scopeError remembers which scope was missing, for RFC 6750 §3.
type scopeError struct {
	error
	scope string
}

func (e scopeError) Unwrap() error { return e.error }

// newProblem gathers what is known about an error.
func newProblem(err error, t *ErrorTable, requestID string) *Problem {
	p := &Problem{Err: switchboard.AsError(err), RequestID: requestID, table: t}
	status := Status
	if t != nil && t.Status != nil {
		status = t.Status
	}
	p.Status = status(p.Err)
	if fields, ok := errors.AsType[FieldErrors](err); ok {
		for _, e := range fields {
			p.Fields = append(p.Fields, FieldError{e.Field, e.Message})
		}
	} else if p.Err.Field != "" {
		p.Fields = []FieldError{{p.Err.Field, p.Err.Message}}
	}
	if b, ok := errors.AsType[bodyError](err); ok {
		p.Body = b.body
	}
	if r, ok := errors.AsType[retryError](err); ok {
		p.RetryAfter = r.after
	}
	if s, ok := errors.AsType[scopeError](err); ok {
		p.scope = s.scope
	}
	return p
}

// plainBody is the shape of errors outside the dialects.
type plainBody struct {
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Fields  map[string]string `json:"fields,omitempty"`
}

// shape is the body to write, nil for none.
func (p *Problem) shape() any {
	switch {
	case p.Body != nil:
		return p.Body
	case p.table != nil && p.table.Body != nil:
		return p.table.Body(p)
	}
	return plainBody{Code: p.Err.Code, Message: p.Err.Message, Fields: p.FieldMap()}
}

// FieldMap is Fields as a map; of two messages about one field the first
// stands. It is nil if there are no fields.
func (p *Problem) FieldMap() map[string]string {
	if len(p.Fields) == 0 {
		return nil
	}
	m := make(map[string]string, len(p.Fields))
	for _, f := range p.Fields {
		if _, ok := m[f.Field]; !ok {
			m[f.Field] = f.Message
		}
	}
	return m
}

// setHeaders writes what every dialect's error carries in its header.
func (p *Problem) setHeaders(h http.Header) {
	h.Set("X-Error-Code", p.Err.Code)
	h.Set("Cache-Control", "no-store")
	if c := challenge(p, p.scope); c != "" {
		h.Set("WWW-Authenticate", c)
	}
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.RetryAfter.Seconds()))))
	}
}

// log tells operators what the client is not told.
func (p *Problem) log(k *Kernel) {
	if p.Err.Kind == switchboard.Internal || p.Err.Kind == switchboard.Unavailable {
		k.opts.Log.Error("request failed", "request", p.RequestID, "code", p.Err.Code, "error", p.Err)
	} else if p.Err.Cause != nil {
		k.opts.Log.Debug("request refused", "request", p.RequestID, "code", p.Err.Code, "error", p.Err)
	}
}

// WriteError answers with err as the table says; a nil table gives the plain
// shape {"code","message","fields"}.
func WriteError(w http.ResponseWriter, r *http.Request, t *ErrorTable, err error) {
	p := newProblem(err, t, RequestID(r.Context()))
	if s := stateOf(r.Context()); s != nil {
		p.log(s.kernel)
	}
	p.write(w)
}

// write answers with the problem.
func (p *Problem) write(w http.ResponseWriter) {
	p.setHeaders(w.Header())
	body := p.shape()
	if body == nil {
		w.Header().Del("Content-Type")
		w.WriteHeader(p.Status)
		return
	}
	WriteJSON(w, p.Status, body)
}

// Reporter is the part of testing.TB that CheckErrorTable needs.
type Reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// CheckErrorTable is for a dialect's test: it walks every kind of error
// through the table and reports a status that is not want's, a kind that want
// does not name, a body that JSON cannot write, and a message that leaks the
// hidden cause.
func CheckErrorTable(t Reporter, table ErrorTable, want map[switchboard.Kind]int) {
	t.Helper()
	for _, kind := range switchboard.Kinds() {
		secret := "hidden cause of " + kind.String()
		err := switchboard.E(kind, "some-code", "some message").InField("field").Because(errors.New(secret))
		p := newProblem(err, &table, "request")
		status, ok := want[kind]
		if !ok {
			t.Errorf("kind %s: no status is expected of it", kind)
		} else if p.Status != status {
			t.Errorf("kind %s: status %d, want %d", kind, p.Status, status)
		}
		body, jsonErr := json.Marshal(p.shape())
		if jsonErr != nil {
			t.Errorf("kind %s: %v", kind, jsonErr)
		}
		if strings.Contains(string(body), secret) {
			t.Errorf("kind %s: the body shows the hidden cause: %s", kind, body)
		}
	}
}
