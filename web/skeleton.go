package web

import (
	"context"
	"io/fs"
	"net/http"
	"net/netip"
	"time"

	"switchboard"
)

type documents struct{}
type folder struct{}
type route struct{}

func newAPI(*Kernel, APIOptions) *API { panic("soon") }
func handle[I, O any](a *API, op Op, handler func(ctx context.Context, p switchboard.Principal, in *I) (*O, error)) {
	panic("soon")
}
func handleHTTP(a *API, op Op, handler func(w http.ResponseWriter, r *http.Request, p switchboard.Principal) error) {
	panic("soon")
}

// Handler is the whole HTTP side: stages, mux, APIs.
func (k *Kernel) Handler() http.Handler { panic("soon") }

// Routes lists every operation of every API, sorted: "METHOD path scope summary".
func (k *Kernel) Routes() string { panic("soon") }

// Routes lists the operations of one API, sorted, for its golden file.
func (a *API) Routes() string { panic("soon") }

// WriteError writes err as the table says; a nil table is the plain shape.
func WriteError(w http.ResponseWriter, r *http.Request, t *ErrorTable, err error) { panic("soon") }

// WriteJSON writes v with a status.
func WriteJSON(w http.ResponseWriter, status int, v any) { panic("soon") }

// ReadJSON decodes a body of at most MaxBody bytes for a handler outside the APIs.
func ReadJSON(r *http.Request, v any) error { panic("soon") }

// PrincipalOf tells who is asking, inside a handler of an API or behind Require.
func PrincipalOf(ctx context.Context) switchboard.Principal { panic("soon") }

// RequestID is the id of the request that ctx belongs to.
func RequestID(ctx context.Context) string { panic("soon") }

// Principal authenticates a plain request (bearer token, or browser session
// with the cross-site check).
func (k *Kernel) Principal(r *http.Request) (switchboard.Principal, error) { panic("soon") }

// ClientIP is the address of the client, seen through trusted proxies.
func ClientIP(r *http.Request) netip.Addr { panic("soon") }

// Scheme is "https" or "http" as the client sees it, through trusted proxies.
func Scheme(r *http.Request) string { panic("soon") }

// RateLimiter allows Burst events at once and Rate a second, per key, in
// bounded memory.
type RateLimiter struct{}

// NewRateLimiter makes a limiter of rate events a second and burst at once,
// that remembers at most 100 000 keys.
func NewRateLimiter(rate float64, burst int, now func() time.Time) *RateLimiter { panic("soon") }

// Allow takes one event from key's allowance, or says how long to wait.
func (l *RateLimiter) Allow(key string) (ok bool, wait time.Duration) { panic("soon") }

// Stream is a server-sent event stream (HTML §9.2).
type Stream struct{}

// NewStream starts a stream: headers, flush, heartbeats every 15 s until Close or the client leaves.
func NewStream(w http.ResponseWriter, r *http.Request) (*Stream, error) { panic("soon") }

// LastEventID is where the client wants to go on: the Last-Event-ID header, or the query's after.
func LastEventID(r *http.Request) string { panic("soon") }

// Send writes one event; id and event may be empty.
func (s *Stream) Send(id, event string, data []byte) error { panic("soon") }

// Done is closed when the client has left.
func (s *Stream) Done() <-chan struct{} { panic("soon") }

// Close stops the heartbeats.
func (s *Stream) Close() { panic("soon") }

// File returns a file of the multipart form of the request that ctx belongs to; nil if there is none.
func File(ctx context.Context, name string) *Upload { panic("soon") }

// Upload is a file from a multipart form.
type Upload struct {
	Name        string // as the client called it; never a path
	ContentType string
	Data        []byte
}

// StaticOptions configures Static.
type StaticOptions struct {
	SPA      string // file served for unknown paths without an extension: "index.html"
	CSP      string // Content-Security-Policy of its pages
	Anywhere bool   // other sites may load it (CORS *): the widget
}

// Static serves an embedded build: ETag, gzip, immutable caching of hashed names.
func Static(files fs.FS, o StaticOptions) http.Handler { panic("soon") }

// SetCSP replaces the strict Content-Security-Policy of an answer; call it before writing.
func SetCSP(w http.ResponseWriter, policy string) { panic("soon") }

// CORS lets pages of other origins call h with a token (never with cookies).
func CORS(h http.Handler, origins ...string) http.Handler { panic("soon") }

// Time is written as ISO-8601 with offset and microseconds, and read liberally; null when zero.
type Time struct{ time.Time }

// Duration is written as an ISO-8601 duration.
type Duration time.Duration

// ParseTime reads the forms of date and time that clients send.
func ParseTime(s string, zone *time.Location) (time.Time, error) { panic("soon") }

// FormatTime writes 2024-05-02T16:05:24.454661+02:00.
func FormatTime(t time.Time) string { panic("soon") }

// FormatDuration writes PT1H2M3.5S.
func FormatDuration(d time.Duration) string { panic("soon") }

// ParseDuration reads an ISO-8601 duration or hh:mm:ss.
func ParseDuration(s string) (time.Duration, error) { panic("soon") }
