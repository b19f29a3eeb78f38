package webhook

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
	DB  *store.DB
	Bus *bus.Bus
	Log *slog.Logger     // slog.Default when nil
	Now func() time.Time // time.Now when nil; the same as the store's

	AllowPrivate bool // let webhooks point into private networks: trials and tests
	MaxWebhooks  int  // of a tenant; switchboard.MaxWebhooks when 0

	Transport http.RoundTripper // for tests; nil: one that refuses addresses that are not public
	Retries   []time.Duration   // delay before each further attempt; 5 s and 30 s when nil
	Timeout   time.Duration     // of one attempt; 10 s when 0
	Workers   int               // webhooks that are served at the same time on this node; 64 when 0
}

// Webhook is a customer's URL that gets events.
type Webhook struct {
	ID         int64
	EventTypes []string
	URL        string // without username and password
	BasicAuth  bool   // a username and password are sent
	Secret     string // whsec_…; only Get shows it, to administrators
	Created    time.Time
	Succeeded  time.Time // when a delivery succeeded last; zero if never
	Failing    time.Time // since when none has succeeded; zero when all is well
}

// Delivery is one event on its way to a webhook, or what became of it.
type Delivery = store.Delivery

// Registration is what a customer says about a webhook.
type Registration struct {
	EventTypes []string // names in any case, or their documented numbers
	URL        string   // http or https; user:password@ is sent as HTTP Basic
}

// DeliveryQuery selects deliveries. Zero fields select nothing away.
type DeliveryQuery struct {
	State  string // pending, delivered or failed
	Before int64  // with a smaller id
	Limit  int    // 100 when 0, at most 1000
}

// ReplayRequest selects the deliveries to send again: one, all since a time,
// or, when it is zero, all that failed.
type ReplayRequest struct {
	Delivery int64
	Since    time.Time
}

// Service delivers events and manages where they go. All methods are safe for
// concurrent use.
type Service struct{ Options }

// New makes a Service.
func New(o Options) *Service { return &Service{Options: o} }

// Run queues and delivers until ctx ends.
func (s *Service) Run(ctx context.Context) error { return nil }

// List returns the tenant's webhooks, oldest first.
func (s *Service) List(ctx context.Context, p switchboard.Principal) ([]Webhook, error) {
	return nil, nil
}

// Get returns one webhook; administrators see its secret.
func (s *Service) Get(ctx context.Context, p switchboard.Principal, id int64) (Webhook, error) {
	return Webhook{}, nil
}

// Create registers a webhook. If the tenant has one with this URL (whatever
// the credentials) the error is a Conflict and the webhook the existing one.
func (s *Service) Create(ctx context.Context, p switchboard.Principal, r Registration) (Webhook, error) {
	return Webhook{}, nil
}

// Update replaces a webhook's URL and events.
func (s *Service) Update(ctx context.Context, p switchboard.Principal, id int64, r Registration) error {
	return nil
}

// Delete removes a webhook and what waits for it.
func (s *Service) Delete(ctx context.Context, p switchboard.Principal, id int64) error { return nil }

// DeleteAll removes all webhooks of the tenant; NotFound if there are none.
func (s *Service) DeleteAll(ctx context.Context, p switchboard.Principal) error { return nil }

// Deliveries lists a webhook's deliveries, newest first.
func (s *Service) Deliveries(ctx context.Context, p switchboard.Principal, id int64, q DeliveryQuery) ([]Delivery, error) {
	return nil, nil
}

// Replay queues deliveries of a webhook again and returns how many.
func (s *Service) Replay(ctx context.Context, p switchboard.Principal, id int64, r ReplayRequest) (int, error) {
	return 0, nil
}
