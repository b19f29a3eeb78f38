package web

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Transfer lifts the bounds that suit ordinary requests for one that carries a
// file, either way: the size of the body, and the time that reading it and
// writing the answer may take. Instead the client may not be silent, or read
// nothing, for longer than idle. When the request's context ends, because the
// server stops, reading fails. The handler uses what Transfer returns and
// bounds the body's size itself.
func Transfer(w http.ResponseWriter, r *http.Request, idle time.Duration) (http.ResponseWriter, *http.Request) {
	control := http.NewResponseController(w)
	out := &transferWriter{ResponseWriter: w, control: control, idle: idle}
	out.extend()
	s := stateOf(r.Context())
	if r.Body == nil || r.Body == http.NoBody || s == nil {
		return out, r
	}
	body := &transferBody{ReadCloser: s.body, control: control, idle: idle, ctx: r.Context()}
	if timed, is := s.body.(*timedBody); is {
		body.ReadCloser = timed.ReadCloser
	}
	body.release = context.AfterFunc(body.ctx, func() { control.SetReadDeadline(time.Unix(1, 0)) })
	s.release = body.release
	r = r.WithContext(r.Context())
	r.Body = body
	return out, r
}

// transferBody gives each read its own time.
type transferBody struct {
	io.ReadCloser
	control *http.ResponseController
	idle    time.Duration
	ctx     context.Context
	release func() bool
	set     time.Time
}

func (b *transferBody) Read(p []byte) (int, error) {
	if now := time.Now(); now.Sub(b.set) > b.idle/10 {
		b.set = now
		b.control.SetReadDeadline(now.Add(b.idle))
	}
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.release()
		b.control.SetReadDeadline(time.Time{}) // see timedBody
	}
	return n, err
}

// transferWriter gives each write its own time.
type transferWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	idle    time.Duration
	set     time.Time
}

// Unwrap lets http.ResponseController reach the connection.
func (w *transferWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *transferWriter) extend() {
	if now := time.Now(); now.Sub(w.set) > w.idle/10 {
		w.set = now
		w.control.SetWriteDeadline(now.Add(w.idle))
	}
}

func (w *transferWriter) Write(p []byte) (int, error) {
	w.extend()
	return w.ResponseWriter.Write(p)
}

func (w *transferWriter) WriteHeader(status int) {
	w.extend() // the body may have taken long
	w.ResponseWriter.WriteHeader(status)
}
