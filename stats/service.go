package stats

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"switchboard"
	"switchboard/bus"
	"switchboard/store"
)

// Options are what a Service needs.
type Options struct {
	DB      *store.DB
	Bus     *bus.Bus
	Log     *slog.Logger // slog.Default when nil
	Version string       // of the server, shown as a label
}

// Figures are a tenant's conversations and operators at this moment.
type Figures struct {
	Waiting  int // in a queue
	Active   int // with an operator
	Wrapping int // ended, the operator's result is awaited
	Online   int // operators
	Opened   int // conversations opened today (UTC)
	Handled  int // conversations that an operator had, ended today (UTC)
}

// Service keeps the figures. All methods are safe for concurrent use.
type Service struct{}

// New makes a Service.
func New(o Options) *Service { return &Service{} }

// Run folds events until ctx ends.
func (s *Service) Run(ctx context.Context) error { return nil }

// Handler serves /metrics in the formats of Prometheus.
func (s *Service) Handler() http.Handler { return http.NotFoundHandler() }

// Figures returns the figures of the principal's tenant.
func (s *Service) Figures(ctx context.Context, p switchboard.Principal) (Figures, error) {
	return Figures{}, nil
}

// Observe counts an HTTP request; it is made for web.Options.Observe.
func (s *Service) Observe(pattern string, status int, took time.Duration) {}

// Login counts an attempt to sign in: how (password, token, key, …), and
// whether it succeeded.
func (s *Service) Login(how string, ok bool) {}

// Stream counts a stream that was opened (+1) or closed (-1), by transport
// (tcp, websocket).
func (s *Service) Stream(transport string, delta int) {}

// Counter registers a figure of another room that only grows, read at each
// scrape; its name gets the prefix switchboard_ and must end in _total.
func (s *Service) Counter(name, help string, read func() float64) {}

// Gauge registers a figure of another room, read at each scrape; its name gets
// the prefix switchboard_.
func (s *Service) Gauge(name, help string, read func() float64) {}
