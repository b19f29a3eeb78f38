package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"switchboard"
)

// Options configures a Kernel. Every field may be left out.
type Options struct {
	Log *slog.Logger
	Now func() time.Time

	// Authenticate turns a token into who is asking. An error of kind
	// Unauthorized means "not a valid token"; another kind is passed on.
	Authenticate func(ctx context.Context, token string) (switchboard.Principal, error)
	// BrowserSession tells who is signed in by the request's cookies.
	BrowserSession func(r *http.Request) (switchboard.Principal, bool)
	// LoginURL is where a browser that is not signed in is sent; nil or "" means
	// that browsers get 401 like everybody.
	LoginURL func(r *http.Request) string

	TrustedProxies []netip.Prefix // whose X-Forwarded-For and X-Forwarded-Proto are believed
	MaxBody        int64          // bytes of a request body; 0 means switchboard.MaxBody
	BodyTimeout    time.Duration  // to read a request; 0 means 30 s
	WriteTimeout   time.Duration  // to write an answer that is no stream; 0 means 60 s
	HSTS           bool           // tell browsers to use only TLS; for a public name with a real certificate
	Version        string         // shown in the OpenAPI document

	// Observe is called after each request: pattern is the route as registered
	// ("GET /public/api/v1/Sessions/{id}"), never the path as sent.
	Observe func(pattern string, status int, took time.Duration)
}

// Kernel is the HTTP side of a node: one mux, the stages around it, and the
// APIs mounted on it.
type Kernel struct {
	opts Options
	mux  *http.ServeMux
	once sync.Once // mounts the APIs when the first Handler is asked for
	apis []*API
	docs documents
}

// New makes a kernel. It listens to nothing and starts nothing.
func New(o Options) *Kernel {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxBody == 0 {
		o.MaxBody = switchboard.MaxBody
	}
	if o.BodyTimeout == 0 {
		o.BodyTimeout = 30 * time.Second
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = time.Minute
	}
	return &Kernel{opts: o, mux: http.NewServeMux()}
}

// Mux is where pages, sockets and other plain handlers are mounted.
func (k *Kernel) Mux() *http.ServeMux { return k.mux }

// SetAuth gives the kernel its authentication when that room is built after
// the kernel. It must be called before the first request; a nil argument
// leaves what is there.
func (k *Kernel) SetAuth(authenticate func(context.Context, string) (switchboard.Principal, error),
	session func(*http.Request) (switchboard.Principal, bool), login func(*http.Request) string) {
	if authenticate != nil {
		k.opts.Authenticate = authenticate
	}
	if session != nil {
		k.opts.BrowserSession = session
	}
	if login != nil {
		k.opts.LoginURL = login
	}
}

// Server is an http.Server around Handler. Every request's context ends with
// ctx, so that streams end when the node stops; its deadlines are such that a client who
// sends or reads nothing cannot stretch.
func (k *Kernel) Server(ctx context.Context) *http.Server {
	return &http.Server{
		Handler:           k.Handler(),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(k.opts.Log.Handler(), slog.LevelDebug),
	}
}
