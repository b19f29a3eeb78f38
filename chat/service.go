package chat

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"switchboard"
	"switchboard/blob"
	"switchboard/bus"
	"switchboard/store"
)

// Options are what a Service needs.
type Options struct {
	DB  *store.DB
	Bus *bus.Bus
	Now func() time.Time // time.Now when nil
	Log *slog.Logger     // slog.Default when nil

	Blob  *blob.Store // where files are; nil: there are none
	Media MediaOptions
}

// Service holds the rules of chat. All methods are safe for concurrent use.
type Service struct {
	db       *store.DB
	bus      *bus.Bus
	now      func() time.Time
	log      *slog.Logger
	tenants  tenants
	accounts *cache[account]
	groups   *cache[group]
	watcher  atomic.Pointer[func(switchboard.AccountID)]
	due      chan struct{} // a deletion is due, or was asked for
	told     atomic.Int64  // position up to which people have been told

	blob      *blob.Store
	media     MediaOptions
	janitor   chan struct{} // files are to be removed
	rendering chan struct{} // held while a picture is in memory
}

// New makes a Service. It does nothing until it is asked.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Media.MaxSize <= 0 {
		o.Media.MaxSize = maxMedia
	}
	if o.Media.Quota <= 0 {
		o.Media.Quota = mediaQuota
	}
	return &Service{blob: o.Blob, media: o.Media, janitor: make(chan struct{}, 1), rendering: make(chan struct{}, renderers),
		db: o.DB, bus: o.Bus, now: o.Now, log: o.Log, accounts: newAccountCache(), groups: newGroupCache(), due: make(chan struct{}, 1),
		tenants: tenants{byID: make(map[switchboard.TenantID]*tenant)}}
}

// Run keeps what the Service remembers of accounts up to date with the ledger,
// whoever changed it, tells people what concerns them and erases accounts that
// are due, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	seen := s.db.Last()
	s.accounts.forgetAll() // what changed before is not followed
	s.reloadTenants(ctx)
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { s.tellPeople(ctx) })
	beside.Go(func() { s.eraseDue(ctx) })
	beside.Go(func() { s.tidyMedia(ctx) })
	for s.db.WaitChange(ctx, seen) == nil {
		var events []switchboard.Event
		var last switchboard.Position
		err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
			if last, err = tx.LastPosition(); err == nil {
				events, err = tx.Facts(seen, 1000)
			}
			return err
		})
		if err != nil {
			if ctx.Err() == nil {
				s.log.Error("chat: cannot follow the ledger", "error", err)
			}
			pause(ctx, time.Second)
			continue
		}
		if len(events) == 1000 {
			last = events[len(events)-1].Position
		}
		s.follow(ctx, events)
		seen = last
		pause(ctx, followPause)
	}
	return nil
}

// followPause lies between two looks at the ledger, so that a busy one costs little.
const followPause = 20 * time.Millisecond

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (s *Service) follow(ctx context.Context, events []switchboard.Event) {
	for _, e := range events {
		switch e.Kind {
		case switchboard.AccountChanged, switchboard.AccountRestored:
			s.forgetByID(ctx, switchboard.AccountID(e.Subject))
			s.tellWatcher(switchboard.AccountID(e.Subject))
		case switchboard.AccountDeleting:
			s.forgetByID(ctx, switchboard.AccountID(e.Subject))
			s.wakeEraser()
		case switchboard.TenantChanged:
			s.reloadTenant(ctx, e.Tenant)
		case switchboard.AccountDeleted:
			s.accounts.forgetAll() // its name is gone
			s.groups.forgetAll()
		}
	}
}

func (s *Service) forgetByID(ctx context.Context, id switchboard.AccountID) {
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		row, err := tx.Account(id)
		if err == nil {
			s.accounts.forget(cacheKey{row.Tenant, row.Localpart})
		}
		return err
	})
	if err != nil && err != store.ErrNone {
		s.log.Error("chat: cannot look up a changed account", "account", int64(id), "error", err)
	}
}
