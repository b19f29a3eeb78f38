package web

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"switchboard"
)

const (
	heartbeat    = 15 * time.Second // proxies cut connections that are silent for longer
	eventTimeout = 10 * time.Second // for a client that reads nothing
)

// Stream is a stream of server-sent events (HTML §9.2). Its methods may be
// called from several goroutines.
type Stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	ctx     context.Context
	cancel  context.CancelCauseFunc
	mu      sync.Mutex
	beat    *time.Timer
}

// NewStream starts a stream: it sends the headers and then a comment every 15
// seconds until Close, or until the client has left. It fails, before anything
// is written, on a connection that cannot flush.
func NewStream(w http.ResponseWriter, r *http.Request) (*Stream, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	s := &Stream{w: w, control: http.NewResponseController(w), ctx: ctx, cancel: cancel}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	s.control.SetReadDeadline(time.Time{})
	s.control.SetWriteDeadline(time.Now().Add(eventTimeout))
	if err := s.control.Flush(); err != nil {
		cancel(err)
		return nil, switchboard.E(switchboard.Unsupported, "no-streaming", "this connection cannot stream").Because(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beat = time.AfterFunc(heartbeat, s.pulse)
	return s, nil
}

// LastEventID is where the client wants to go on: the Last-Event-ID header of
// a reconnect, or the query's after.
func LastEventID(r *http.Request) string {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return id
	}
	for k, v := range r.URL.Query() {
		if strings.EqualFold(k, "after") || strings.EqualFold(k, "lastEventId") {
			return v[0]
		}
	}
	return ""
}

// Send writes one event; id and event may be empty. After an error the stream
// is over.
func (s *Stream) Send(id, event string, data []byte) error {
	var b bytes.Buffer
	if id != "" {
		b.WriteString("id: " + oneLine(id) + "\n")
	}
	if event != "" {
		b.WriteString("event: " + oneLine(event) + "\n")
	}
	for line := range bytes.SplitSeq(bytes.ReplaceAll(data, []byte("\r"), nil), []byte("\n")) {
		b.WriteString("data: ")
		b.Write(line)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	return s.write(b.Bytes())
}

func (s *Stream) pulse() {
	if s.write([]byte(": \n\n")) == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.ctx.Err() == nil {
			s.beat.Reset(heartbeat)
		}
	}
}

func (s *Stream) write(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	s.control.SetWriteDeadline(time.Now().Add(eventTimeout))
	_, err := s.w.Write(b)
	if err == nil {
		err = s.control.Flush()
	}
	if err != nil {
		s.cancel(err)
	}
	return err
}

// Done is closed when the client has left or the stream is closed.
func (s *Stream) Done() <-chan struct{} { return s.ctx.Done() }

// Close stops the heartbeats. It must be called before the handler returns.
func (s *Stream) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beat.Stop()
	s.cancel(http.ErrServerClosed)
}

func oneLine(s string) string { return strings.NewReplacer("\n", " ", "\r", " ").Replace(s) }
