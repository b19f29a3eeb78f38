package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"switchboard"
)

// strictCSP is for answers that are no pages; SetCSP replaces it.
const strictCSP = "default-src 'none'; frame-ancestors 'none'"

// Handler is the whole HTTP side: the stages, the mux and the APIs. What is
// registered after the first call of Handler on an API's prefix is too late.
func (k *Kernel) Handler() http.Handler {
	k.once.Do(k.mount)
	return http.HandlerFunc(k.serve)
}

func (k *Kernel) serve(w http.ResponseWriter, r *http.Request) {
	began := time.Now() // a duration is measured, not told: not Options.Now
	s := &state{kernel: k, request: r, id: requestID(r)}
	r = r.WithContext(context.WithValue(r.Context(), stateKey{}, s))
	s.request = r
	rec := &recorder{ResponseWriter: w}
	k.guard(rec, r, s)
	defer k.finish(rec, r, s, began)
	k.mux.ServeHTTP(rec, r)
}

// guard sets what protects the browser from the answer and the server from
// the request.
func (k *Kernel) guard(w *recorder, r *http.Request, s *state) {
	h := w.Header()
	h.Set("X-Request-Id", s.id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", strictCSP)
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	if k.opts.HSTS && Scheme(r) == "https" {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	control := http.NewResponseController(w.ResponseWriter)
	control.SetWriteDeadline(time.Now().Add(k.opts.WriteTimeout))
	s.body = r.Body
	if r.Body != nil && r.Body != http.NoBody {
		control.SetReadDeadline(time.Now().Add(k.opts.BodyTimeout))
		s.body = &timedBody{r.Body, control}
		r.Body = http.MaxBytesReader(w, s.body, k.opts.MaxBody)
	}
}

// timedBody lifts the read deadline once the body has been read: net/http
// watches the connection from then on, and an expired deadline would look to
// it as if the client had gone.
type timedBody struct {
	io.ReadCloser
	control *http.ResponseController
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// finish turns a panic into a 500, writes the access log line and counts.
func (k *Kernel) finish(w *recorder, r *http.Request, s *state, began time.Time) {
	cut := false
	if s.release != nil { // the connection is the next request's when this one's context ends
		s.release()
	}
	if v := recover(); v != nil {
		if v == http.ErrAbortHandler {
			cut = true
		} else {
			k.opts.Log.Error("panic in a handler", "request", s.id, "method", r.Method, "path", r.URL.Path,
				"panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			if w.status == 0 {
				SetCSP(w, strictCSP)
				WriteError(w, r, s.table, switchboard.AsError(fmt.Errorf("panic: %v", v)))
			} else {
				cut = true
			}
		}
	}
	if w.status == 0 {
		w.status = http.StatusOK
	}
	took := time.Since(began)
	k.access(w, r, s, took)
	if k.opts.Observe != nil {
		pattern := s.pattern
		if pattern == "" {
			pattern = r.Pattern
		}
		k.opts.Observe(pattern, w.status, took)
	}
	if cut {
		panic(http.ErrAbortHandler) // net/http closes the connection: the client sees that the answer is not whole
	}
}

// access writes one line per request. The query stays out of it (codes and
// one-time links travel there), and so do headers.
func (k *Kernel) access(w *recorder, r *http.Request, s *state, took time.Duration) {
	level := slog.LevelInfo
	switch {
	case w.status >= 500:
		level = slog.LevelWarn
	case r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics":
		level = slog.LevelDebug
	}
	if !k.opts.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{slog.String("request", s.id), slog.String("method", r.Method), slog.String("path", shown(r.URL.Path)),
		slog.Int("status", w.status), slog.Int64("bytes", w.bytes), slog.Duration("took", took),
		slog.String("client", ClientIP(r).String())}
	if s.principal.Known() {
		attrs = append(attrs, slog.Int64("account", int64(s.principal.Account)))
	}
	k.opts.Log.LogAttrs(r.Context(), level, "http", attrs...)
}

// shown cuts a path that somebody made long on purpose.
func shown(path string) string {
	if len(path) > 200 {
		return path[:200] + "…"
	}
	return path
}

// SetCSP replaces the strict Content-Security-Policy of an answer; call it
// before writing. A policy that allows framing lifts X-Frame-Options too.
func SetCSP(w http.ResponseWriter, policy string) {
	w.Header().Set("Content-Security-Policy", policy)
	if strings.Contains(policy, "frame-ancestors") && !strings.Contains(policy, "frame-ancestors 'none'") {
		w.Header().Del("X-Frame-Options")
	}
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Flush implements http.Flusher.
func (w *recorder) Flush() {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if f, ok := w.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Hijack implements http.Hijacker, for WebSocket.
func (w *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil && w.status == 0 {
		w.status = http.StatusSwitchingProtocols
	}
	return conn, rw, err
}
