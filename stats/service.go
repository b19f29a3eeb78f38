package stats

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

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

// Figures are a tenant's conversations and operators at this moment, and what
// has happened since this node was started.
type Figures struct {
	Waiting  int // conversations in a queue
	Active   int // with an operator
	Wrapping int // ended, the operator's result is awaited
	Online   int // operators
	Opened   int // conversations begun since the start
	Handled  int // conversations ended since the start that an operator had
}

// Service keeps the figures. All methods are safe for concurrent use.
type Service struct {
	Options
	registry *prometheus.Registry
	metrics

	mu    sync.RWMutex
	state *state // nil until Run has taken its snapshot
}

// New makes a Service.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Service{Options: o, registry: prometheus.NewRegistry()}
	s.register()
	return s
}

// Figures returns the figures of the principal's tenant.
func (s *Service) Figures(_ context.Context, p switchboard.Principal) (Figures, error) {
	if err := p.Require(switchboard.ScopeSessionsRead); err != nil {
		return Figures{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.state == nil {
		return Figures{}, switchboard.E(switchboard.Unavailable, "figures-starting", "the figures are being gathered; try again")
	}
	return s.state.figures(p.Tenant), nil
}

// pace is how often the figures follow the ledger at most: a busy server
// commits a thousand times as often.
const pace = 100 * time.Millisecond

// Run folds events until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	var st *state
	for ctx.Err() == nil {
		var more bool
		err := s.DB.Read(ctx, func(tx *store.Tx) (err error) {
			if st == nil {
				st, err = snapshot(tx)
				return err
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			more, err = st.advance(tx)
			return err
		})
		switch {
		case err != nil && ctx.Err() == nil:
			s.Log.Error("stats: cannot read the ledger", "error", err)
			more = false
		case err == nil:
			s.mu.Lock()
			s.state = st
			s.mu.Unlock()
		}
		if !more {
			s.pause(ctx, st)
		}
	}
	return nil
}

// pause waits for the pace, then until there is something new. Another process
// may write without telling this one: WaitChange looks after a second.
func (s *Service) pause(ctx context.Context, st *state) {
	timer := time.NewTimer(pace)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
		if st != nil {
			_ = s.DB.WaitChange(ctx, st.at) // only says that ctx has ended
		}
	}
}
