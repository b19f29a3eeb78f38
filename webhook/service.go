package webhook

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
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
	Workers   int               // webhooks that are served at the same time on this node; 256 when 0
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

// DeliveryQuery selects deliveries by State (pending, delivered, failed) and
// id. The limit is 100 when it is zero, and at most 1000.
type DeliveryQuery = store.DeliveryQuery

// ReplayRequest selects the deliveries to send again: one, all since a time,
// or, when it is zero, all that failed.
type ReplayRequest struct {
	Delivery int64
	Since    time.Time
}

// Service delivers events and manages where they go. All methods are safe for
// concurrent use.
type Service struct {
	Options
	client  *http.Client
	holder  string // this node in claims
	poked   chan struct{}
	mu      sync.Mutex
	fed     map[int64]bool // webhooks to look at next
	resolve func(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// New makes a Service.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxWebhooks == 0 {
		o.MaxWebhooks = switchboard.MaxWebhooks
	}
	if o.Retries == nil {
		o.Retries = []time.Duration{5 * time.Second, 30 * time.Second}
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Workers == 0 {
		o.Workers = 256
	}
	if o.Transport == nil {
		o.Transport = newTransport(o.AllowPrivate)
	}
	return &Service{Options: o, client: newClient(o.Transport), holder: switchboard.NewName(), poked: make(chan struct{}, 1), fed: make(map[int64]bool),
		resolve: net.DefaultResolver.LookupNetIP}
}
