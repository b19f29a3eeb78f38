package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"switchboard"
	"switchboard/api/platform"
	"switchboard/api/public"
	"switchboard/auth"
	"switchboard/bus"
	"switchboard/channel"
	"switchboard/config"
	"switchboard/stanza"
	"switchboard/web"
	"switchboard/xmpp"
)

// Node is a server: the rooms and the fronts on them.
type Node struct {
	*Rooms
	Info Info // where it listens; set before ready is called

	kernel *web.Kernel
	xmpp   *xmpp.Server
	tls    *tls.Config
	http   net.Listener
	tcp    net.Listener // nil when XMPP over TCP is off
}

// Info tells where a node can be reached.
type Info struct {
	HTTP, XMPP string // addresses that it listens on; XMPP is "off" without TCP
	URL        string // where browsers reach it
	FirstAdmin auth.FirstAdmin
}

// Run builds a node, serves until ctx ends, and then drains and stops. ready is
// called once it listens.
func Run(ctx context.Context, c config.Config, o Options, ready func(*Node)) error {
	rooms, err := Open(ctx, c, o)
	if err != nil {
		return err
	}
	n := &Node{Rooms: rooms}
	if err := n.prepare(ctx); err != nil {
		return errors.Join(err, n.unlisten(), n.Close())
	}
	return errors.Join(n.serve(ctx, ready), n.Close())
}

// prepare builds the fronts and opens the listeners.
func (n *Node) prepare(ctx context.Context) error {
	c, log := n.Config, n.opts.Log
	var err error
	if n.tls, err = serverTLS(c, n.Tenant.Domain); err != nil {
		return err
	}
	proxies, err := prefixes(c.HTTP.TrustedProxies)
	if err != nil {
		return err
	}
	n.kernel = web.New(web.Options{Log: log, Now: n.opts.Now, TrustedProxies: proxies, MaxBody: int64(c.Limits.MaxBody), HSTS: c.HTTP.HSTS,
		Version: n.opts.Version, Observe: n.Stats.Observe, Authenticate: n.Auth.Verify, BrowserSession: n.Auth.BrowserSession})
	n.Auth.Mount(n.kernel)
	n.Auth.OnRevoked(n.revoked)
	if err := n.listen(); err != nil {
		return err
	}
	n.xmpp = xmpp.New(xmpp.Options{Observe: n.Stats, Auth: n.Auth, Chat: n.Chat, Bus: n.Bus, Domain: n.Tenant.Domain, TLS: n.tls, Plain: c.InsecurePlain,
		Now: n.opts.Now, Log: log, Version: n.opts.Version, MaxStanza: c.Limits.MaxStanza, MaxStanzaNoAuth: c.Limits.MaxStanzaNoAuth,
		MaxOutbound: c.Limits.MaxOutbound, MaxStreams: c.Limits.MaxStreams, MaxNegotiating: c.Limits.MaxConnections,
		HandshakeTimeout: c.Limits.Handshake.Std(), ResumeTimeout: c.Limits.Resume.Std(), PublicURL: n.Info.URL,
		Origins: []string{"*"}})
	n.fronts()
	if n.Info.FirstAdmin, err = n.Auth.EnsureFirstAdmin(ctx, n.Tenant.Domain); err != nil {
		return err
	}
	if c.Demo && n.NewTenant {
		return n.seedDemo(ctx)
	}
	return nil
}

func (n *Node) fronts() {
	public.New(public.Options{Kernel: n.kernel, Auth: n.Auth, Chat: n.Chat, Desk: n.Desk, Webhook: n.Webhook})
	platform.New(platform.Options{Kernel: n.kernel, Auth: n.Auth, Chat: n.Chat, Now: n.opts.Now, Domain: n.Tenant.Domain, XMPP: n.Info.XMPP,
		PublicURL: n.Info.URL})
	channel.NewWebChat(channel.WebChatOptions{Kernel: n.kernel, Auth: n.Auth, Desk: n.Desk, Now: n.opts.Now, Default: n.Tenant.GUID})
	n.pages()
}

// revoked ends the streams of an account or device that lost its right to be.
func (n *Node) revoked(r auth.Revocation) {
	text, code := "this device was signed out", xmpp.EndedDeviceRevoked
	switch r.Reason {
	case auth.ReasonDisabled:
		text, code = "this account may no longer sign in", xmpp.EndedAccountBlocked
	case auth.ReasonDeleted:
		text, code = "this account was deleted", xmpp.EndedAccountDeleted
	case auth.ReasonPassword:
		text, code = "the password was changed; sign in again", xmpp.EndedPasswordChanged
	case auth.ReasonReplaced:
		text, code = "another device took this one's place", xmpp.EndedDeviceReplaced
	}
	n.xmpp.EndStreams(r.Account, r.Device, stanza.StreamNotAuthorized, text, code)
}

func (n *Node) listen() (err error) {
	c := n.Config
	if n.http, err = net.Listen("tcp", c.HTTP.Address); err != nil {
		return fmt.Errorf("cannot listen for HTTP: %w (choose another address with --http)", err)
	}
	n.Info.HTTP, n.Info.XMPP = n.http.Addr().String(), "off"
	if c.XMPP.Address != "off" {
		if n.tcp, err = net.Listen("tcp", c.XMPP.Address); err != nil {
			return fmt.Errorf("cannot listen for XMPP: %w (choose another address with --xmpp)", err)
		}
		n.Info.XMPP = n.tcp.Addr().String()
	}
	n.Info.URL = c.PublicURL
	if n.Info.URL == "" {
		scheme := "http"
		if c.HTTP.TLS {
			scheme = "https"
		}
		n.Info.URL = scheme + "://" + n.Info.HTTP
	}
	if c.HTTP.TLS {
		web := n.tls.Clone()
		web.NextProtos = []string{"h2", "http/1.1"}
		n.http = tls.NewListener(n.http, web)
	}
	return nil
}

// unlisten closes the listeners of a node that does not come to serve.
func (n *Node) unlisten() (err error) {
	for _, l := range []net.Listener{n.http, n.tcp} {
		if l != nil {
			err = errors.Join(err, l.Close())
		}
	}
	return err
}

// serve runs everything until ctx ends or a part fails. Parts stop in the
// reverse order of their start: listeners, streams, rooms.
func (n *Node) serve(ctx context.Context, ready func(*Node)) error {
	rooms, stopRooms := context.WithCancelCause(context.Background())
	fronts, stopFronts := context.WithCancelCause(ctx)
	fail := func(err error) {
		if err != nil {
			stopFronts(err)
		}
	}
	n.shareLedger()
	var low, high sync.WaitGroup
	for _, run := range []func(context.Context) error{n.Bus.Run, n.Auth.Run, n.Chat.Run, n.Webhook.Run, n.Stats.Run, giveMemoryBack} {
		low.Go(func() { fail(run(rooms)) })
	}
	server := n.kernel.Server(fronts)
	high.Go(func() { fail(n.xmpp.Run(fronts)) })
	if n.tcp != nil {
		high.Go(func() { fail(n.xmpp.ServeTCP(fronts, n.tcp)) })
	}
	high.Go(func() {
		if err := server.Serve(n.http); !errors.Is(err, http.ErrServerClosed) {
			fail(err)
		}
	})
	if ready != nil {
		ready(n)
	}
	<-fronts.Done()
	n.drain(server)
	high.Wait()
	stopRooms(nil)
	low.Wait()
	if err := context.Cause(fronts); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// drain lets requests under way finish, for as long as the configuration says.
func (n *Node) drain(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), n.Config.Limits.Shutdown.Std())
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		server.Close()
	}
}

// shareLedger tells the other nodes how far the ledger has come, and hears it
// from them.
func (n *Node) shareLedger() {
	n.Bus.Subscribe(bus.Ledger(), func(s bus.Signal) bool {
		n.Store.Advance(s.Position)
		return true
	})
	n.Store.Committed(func(last switchboard.Position) {
		n.Bus.Signal(bus.Signal{Topic: bus.Ledger(), Kind: "ledger", Position: last}, nil)
	})
}

func prefixes(texts []string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, t := range texts {
		p, err := netip.ParsePrefix(t)
		if err != nil {
			return nil, fmt.Errorf("http.trusted_proxies: %w", err)
		}
		list = append(list, p)
	}
	return list, nil
}
