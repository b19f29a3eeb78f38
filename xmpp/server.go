package xmpp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"switchboard"
	"switchboard/auth"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/stanza"
)

// Observer counts what streams do.
type Observer interface {
	Login(mechanism string, ok bool)    // an exchange of SASL ended
	Stream(transport string, delta int) // a stream was connected (+1) or ended (-1): tcp, websocket
}

type noObserver struct{}

func (noObserver) Login(string, bool) {}
func (noObserver) Stream(string, int) {}

// Options are what a Server needs. Auth, Chat, Bus and Domain are required.
type Options struct {
	Auth    *auth.Service
	Chat    *chat.Service
	Bus     *bus.Bus
	Domain  string                   // the domain that is assumed when a client names none
	Hosts   func(domain string) bool // whether a domain is served here; nil: Domain alone
	TLS     *tls.Config              // for STARTTLS and direct TLS over TCP; nil: no TLS
	Plain   bool                     // allow SASL PLAIN without TLS, from this machine
	Origins []string                 // web origins, other than our own, whose pages may open WebSocket streams; "*" is all
	Now     func() time.Time         // time.Now when nil
	Log     *slog.Logger             // slog.Default when nil
	Version string                   // what XEP-0092 tells

	Observe Observer // counts; may be nil

	PublicURL string // where HTTP reaches this server: files are uploaded there; empty: nowhere

	// Limits; 0 means the limit of package switchboard or what is said here.
	MaxStanza        int
	MaxStanzaNoAuth  int
	MaxOutbound      int // bytes waiting for one stream
	MaxUnacked       int // stanzas kept for resumption
	MaxStreams       int // of an account on one node
	MaxNegotiating   int // streams that have not been bound, in all: 20 000
	MaxNegotiatingIP int // … and of one address: 500
	MaxInFlight      int // messages of one stream whose commit is awaited: 64
	HandshakeTimeout time.Duration
	ResumeTimeout    time.Duration
	WriteTimeout     time.Duration // of one write to a client that reads nothing: 30 s
}

// Server is the XMPP server of a node.
type Server struct {
	opts     Options
	log      *slog.Logger
	tick     atomic.Uint32 // counts the sweeps, from 1
	door     *admission
	accounts accountTable
	asleep   sleepers
	workers  workers
	caps     capsCache
	renewals renewals
	leaf     *x509.Certificate
	direct   *tls.Config // for direct TLS
	streams  tally
	stopping atomic.Bool
	capsOnce sync.Once
	capsText string   // see ownCaps
	returned sync.Map // AccountID → *Principal: whose messages went another way while stopping
}

// New makes a Server. It listens to nothing and starts nothing.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Observe == nil {
		o.Observe = noObserver{}
	}
	orInt := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	orTime := func(v *time.Duration, def time.Duration) {
		if *v == 0 {
			*v = def
		}
	}
	orInt(&o.MaxStanza, switchboard.MaxStanza)
	orInt(&o.MaxStanzaNoAuth, switchboard.MaxStanzaNoAuth)
	orInt(&o.MaxOutbound, switchboard.MaxOutbound)
	orInt(&o.MaxUnacked, switchboard.MaxUnacked)
	orInt(&o.MaxStreams, switchboard.MaxStreams)
	orInt(&o.MaxNegotiating, 20_000)
	orInt(&o.MaxNegotiatingIP, 500)
	orInt(&o.MaxInFlight, 64)
	o.MaxInFlight = min(o.MaxInFlight, 64) // the width of resource.ahead
	orTime(&o.HandshakeTimeout, switchboard.HandshakeTimeout)
	orTime(&o.ResumeTimeout, switchboard.ResumeTimeout)
	orTime(&o.WriteTimeout, 30*time.Second)
	srv := &Server{opts: o, log: o.Log, door: newAdmission(o.MaxNegotiating, o.MaxNegotiatingIP)}
	srv.tick.Store(1)
	srv.accounts.init()
	srv.asleep.init()
	srv.workers.init(64)
	srv.leaf = leafOf(o.TLS)
	if o.TLS != nil {
		srv.direct = o.TLS.Clone()
		srv.direct.NextProtos = []string{"xmpp-client"} // XEP-0368 §2
	}
	return srv
}

// leafOf is the one certificate that a configuration can present, for channel
// binding; nil when it depends on the client.
func leafOf(c *tls.Config) *x509.Certificate {
	if c == nil || c.GetCertificate != nil || c.GetConfigForClient != nil || len(c.Certificates) != 1 {
		return nil
	}
	if leaf := c.Certificates[0].Leaf; leaf != nil {
		return leaf
	}
	leaf, err := x509.ParseCertificate(c.Certificates[0].Certificate[0])
	if err != nil {
		return nil
	}
	return leaf
}

func (srv *Server) certificate() *x509.Certificate { return srv.leaf }

// hosts reports whether a domain is served here.
func (srv *Server) hosts(domain string) bool {
	return domain == srv.opts.Domain || srv.opts.Hosts != nil && srv.opts.Hosts(domain)
}

func (srv *Server) limitsBefore() stanza.Limits {
	return stanza.Limits{Bytes: srv.opts.MaxStanzaNoAuth}
}

func (srv *Server) limitsAfter() stanza.Limits { return stanza.Limits{Bytes: srv.opts.MaxStanza} }

// sweepEvery is how often deadlines are looked at.
const sweepEvery = time.Second

// Run looks after deadlines until ctx ends; then it ends all streams and
// returns when they have gone.
func (srv *Server) Run(ctx context.Context) error {
	t := time.NewTicker(sweepEvery)
	defer t.Stop()
	defer srv.renewals.stop()
	defer srv.opts.Chat.WatchAccounts(srv.accountChanged)()
	for {
		select {
		case <-t.C:
			srv.sweep(srv.opts.Now())
		case <-ctx.Done():
			srv.shutdown()
			srv.workers.stop()
			return nil
		}
	}
}

// sweep ends what has taken too long.
func (srv *Server) sweep(now time.Time) {
	tick := srv.tick.Add(1)
	srv.door.expire(now)
	for _, r := range srv.asleep.expired(now) {
		r.end(nil)
	}
	limit := uint32(srv.opts.WriteTimeout / sweepEvery)
	if tick%4 != 0 {
		return
	}
	srv.accounts.each(func(a *account) {
		for _, r := range a.list() {
			if s := r.current(); s != nil {
				if began := s.began.Load(); began != 0 && tick-began > limit {
					s.link.close() // the write fails, the rest follows
				}
			}
		}
	})
}

// shutdown ends all streams.
func (srv *Server) shutdown() {
	srv.stopping.Store(true)
	srv.door.closeAll(errShutdown)
	srv.accounts.each(func(a *account) {
		for _, r := range a.list() {
			r.shutdown()
		}
	})
	late := time.After(2 * lingering)
	select {
	case <-srv.streams.none():
	case <-late:
		srv.log.Warn("some streams did not end in time")
	}
	srv.settle(late)
}

// settle waits until the messages that streams could not deliver while the
// server stopped are where they will be found.
func (srv *Server) settle(late <-chan time.Time) {
	var settled sync.WaitGroup
	srv.returned.Range(func(_, who any) bool {
		settled.Add(1)
		// It answers when nothing of the account is on its way any more.
		srv.opts.Chat.Attach(*who.(*switchboard.Principal), math.MaxInt64, func([]chat.Message, error) { settled.Done() })
		return true
	})
	done := make(chan struct{})
	go func() { settled.Wait(); close(done) }()
	select {
	case <-done:
	case <-late:
		srv.log.Warn("some messages may not wait offline; the archive has them")
	}
}

// ServeTCP accepts streams from a listener until ctx ends.
func (srv *Server) ServeTCP(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for pause := time.Duration(0); ; {
		conn, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			go srv.accept(conn)
		case ctx.Err() != nil:
			return nil
		default: // out of file descriptors, perhaps: the clients that wait are not lost
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			srv.log.Warn("cannot accept a connection", "error", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// accept takes a TCP connection up to the point where it is a link.
func (srv *Server) accept(conn net.Conn) {
	from, _ := netip.ParseAddrPort(conn.RemoteAddr().String())
	s := newStream(srv, "tcp")
	s.hang = func() { _ = conn.Close() }
	srv.serve(s, from.Addr(), func() (link, error) {
		return newTCP(conn, srv.opts.TLS, srv.direct, srv.limitsBefore())
	})
}

// serve runs a stream from its connection to its resource, and starts its
// reading goroutine.
func (srv *Server) serve(s *stream, from netip.Addr, connect func() (link, error)) {
	srv.opened(s)
	p := srv.door.enter(from, srv.opts.Now().Add(srv.opts.HandshakeTimeout), s.kill)
	if srv.stopping.Load() {
		s.kill(errShutdown)
	}
	var r *resource
	s.talk = &negotiation{door: p}
	err := s.unpanic(guarded(func() (err error) { r, err = s.establish(connect); return err }))
	srv.door.leave(p)
	if err != nil {
		s.mu.Lock()
		if s.cause != nil {
			err = s.cause
		}
		s.mu.Unlock()
		s.finish(err)
		srv.closed(s)
		return
	}
	s.talk = nil
	go s.read(r) // with a small stack of its own
}

func (srv *Server) opened(s *stream) {
	srv.streams.add()
	srv.opts.Observe.Stream(s.transport, 1)
}

func (srv *Server) closed(s *stream) {
	srv.opts.Observe.Stream(s.transport, -1)
	srv.streams.done()
}

func (s *stream) establish(connect func() (link, error)) (*resource, error) {
	k, err := connect()
	if err != nil {
		s.hang()
		return nil, err
	}
	s.mu.Lock()
	s.link = k
	s.mu.Unlock()
	return s.negotiate()
}

// EndStreams ends the streams of an account, or of one device of it, on every
// node, with a stream error. code is one of the Ended constants, or empty. Its
// tokens and passwords are auth's affair.
func (srv *Server) EndStreams(account switchboard.AccountID, device switchboard.DeviceID, condition stanza.StreamCondition, text, code string) {
	srv.opts.Bus.Signal(bus.Signal{Topic: bus.Account(account), Kind: kindEnd,
		Value: &endSignal{Device: device, Condition: condition, Text: text, Code: code}}, nil)
}
