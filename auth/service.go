package auth

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"switchboard"
	"switchboard/store"
	"switchboard/web"
)

// Options configures a Service. Only DB is required.
type Options struct {
	DB  *store.DB
	Log *slog.Logger
	Now func() time.Time

	// PublicURL is where browsers reach this server ("https://chat.example.com").
	// When it is empty each request's Host decides, if it is loopback, an IP
	// address, a tenant's domain or one of Hosts.
	PublicURL string
	Hosts     []string // further names under which browsers may reach this server, without port
	Origins   []string // other web origins whose pages may call the userinfo and revocation endpoints (CORS)

	AllowPrivate bool // let tenants' key sets (identity.jwks) be in this server's own network: trials and tests

	Iterations int           // of PBKDF2 for new passwords; 0 means DefaultIterations
	TokenLife  time.Duration // of access tokens; 0 means switchboard.TokenLife
	MaxDevices int           // devices of an account unless its tenant says otherwise; 0 means switchboard.MaxDevices
	MaxKeys    int           // live API keys of a tenant; 0 means switchboard.MaxKeys

	Providers []Provider // other OpenID providers at which accounts may sign in

	HTTP *http.Client // asks Providers; nil means a careful one
}

// DefaultIterations of PBKDF2 (RFC 7677 §4 asks for 4096 or more).
const DefaultIterations = 10_000

// Account is an account as the store keeps it.
type Account = store.Account

// Profile is what an account shows of itself.
type Profile = store.Profile

// Tenant is a tenant as the store keeps it. Secret must not leave the server.
type Tenant = store.Tenant

// Device is one login of an account.
type Device = store.Device

// Service is the room: all methods are safe for concurrent use.
type Service struct {
	opts Options
	db   *store.DB
	now  func() time.Time
	log  *slog.Logger

	slots     chan struct{} // one for each key derivation that may run at once
	names     *web.RateLimiter
	addresses *web.RateLimiter
	codes     *web.RateLimiter // of devices that ask to be signed in, mistyped or guessed
	asks      *web.RateLimiter // of devices, by address
	passwords *recent[passwordKey, passwordHit]
	process   []byte // keys the passwords cache; dies with the process

	known    atomic.Pointer[knownDomains]
	tokens   *recent[tokenKey, *tokenHit]
	clients  *recent[string, clientHit]
	browsers *recent[tokenKey, sessionHit]
	epoch    atomic.Int64 // counts what may have ended somebody's right to be
	ring     keyRing
	sets     keySets // of tenants' identity providers
	external map[string]*external

	secretMu sync.Mutex
	secret   []byte // shared by all nodes

	hooksMu sync.RWMutex
	hooks   []func(Revocation)
}

// New makes the service. It has no side effects; Run starts its upkeep.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Iterations == 0 {
		o.Iterations = DefaultIterations
	}
	if o.TokenLife == 0 {
		o.TokenLife = switchboard.TokenLife
	}
	if o.MaxDevices == 0 {
		o.MaxDevices = switchboard.MaxDevices
	}
	if o.MaxKeys == 0 {
		o.MaxKeys = switchboard.MaxKeys
	}
	if o.HTTP == nil {
		o.HTTP = careful(http.DefaultTransport)
	}
	o.Hosts = slices.Clone(o.Hosts)
	for i, h := range o.Hosts {
		o.Hosts[i] = strings.ToLower(h)
	}
	s := &Service{
		opts: o, db: o.DB, now: o.Now, log: o.Log,
		slots:     make(chan struct{}, 2*runtime.GOMAXPROCS(0)),
		names:     web.NewRateLimiter(1.0/15, 10, o.Now),
		addresses: web.NewRateLimiter(1, 100, o.Now),
		codes:     web.NewRateLimiter(1.0/15, 10, o.Now),
		asks:      web.NewRateLimiter(2, 60, o.Now),
		passwords: newRecent[passwordKey, passwordHit](20_000),
		tokens:    newRecent[tokenKey, *tokenHit](50_000),
		clients:   newRecent[string, clientHit](10_000),
		browsers:  newRecent[tokenKey, sessionHit](10_000),
		process:   make([]byte, 32),
		sets:      keySets{http: careful(setTransport(o.AllowPrivate))},
		external:  externals(o.Providers),
	}
	rand.Read(s.process)
	return s
}

// derived is a key for one purpose, the same on every node of the installation.
func (s *Service) derived(ctx context.Context, purpose string) ([]byte, error) {
	s.secretMu.Lock()
	defer s.secretMu.Unlock()
	if s.secret == nil {
		fresh, value := make([]byte, 32), []byte(nil)
		rand.Read(fresh)
		err := s.db.Write(ctx, func(tx *store.Tx) (err error) {
			value, err = tx.Secret("master", fresh)
			return err
		})
		if err != nil {
			return nil, err
		}
		s.secret = value
	}
	return hkdf.Key(sha256.New, s.secret, nil, "switchboard "+purpose, 32)
}
