package web

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"switchboard"
)

// state is what the stages know about one request. It travels in the
// request's context, is made by Kernel.Handler, and belongs to the request's
// goroutine.
type state struct {
	kernel  *Kernel
	request *http.Request // as it came, before an API rewrites its path
	id      string
	pattern string      // the route of an API, for Observe
	table   *ErrorTable // of the API that was entered; nil outside
	shared  string      // the prefix under which the token chose the dialect; "" at an API's own
	body    io.ReadCloser
	uploads []*Upload
	release func() bool // of a Transfer: the end of the request cuts nothing any more

	asked     bool // the credentials have been looked at
	principal switchboard.Principal
	cookie    bool // a browser session, not a token, says who is asking
	refused   error
}

type stateKey struct{}

func stateOf(ctx context.Context) *state {
	s, _ := ctx.Value(stateKey{}).(*state)
	return s
}

// RequestID is the id of the request that ctx belongs to, "" outside one.
func RequestID(ctx context.Context) string {
	if s := stateOf(ctx); s != nil {
		return s.id
	}
	return ""
}

// requestID takes over an id that a proxy or client gave, if it is harmless in
// logs and headers.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if n := len(id); n < 8 || n > 64 {
		return switchboard.NewName()
	}
	for _, c := range []byte(id) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.') {
			return switchboard.NewName()
		}
	}
	return id
}

// ClientIP is the address of the client. X-Forwarded-For is read from its
// right end, as far as the addresses there are trusted proxies: what stands
// further left was written by the client.
func ClientIP(r *http.Request) netip.Addr {
	addr := peer(r)
	s := stateOf(r.Context())
	if s == nil || !s.trusted(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := parseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return addr
		}
		addr = hop
		if !s.trusted(addr) {
			break
		}
	}
	return addr
}

// ClientAddr is ClientIP of the request that ctx belongs to.
func ClientAddr(ctx context.Context) netip.Addr {
	if s := stateOf(ctx); s != nil {
		return ClientIP(s.request)
	}
	return netip.Addr{}
}

// ClientAgent is the User-Agent of the request that ctx belongs to: what the
// client says of itself.
func ClientAgent(ctx context.Context) string {
	if s := stateOf(ctx); s != nil {
		return s.request.UserAgent()
	}
	return ""
}

// ClientHost is the Host, without its port, of the request that ctx belongs to:
// what the client calls this server, so not to be trusted for more than that.
func ClientHost(ctx context.Context) string {
	s := stateOf(ctx)
	if s == nil {
		return ""
	}
	u, err := url.Parse("//" + s.request.Host)
	if err != nil || u.Host != s.request.Host {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// ClientScheme is Scheme of the request that ctx belongs to, "" outside one.
func ClientScheme(ctx context.Context) string {
	if s := stateOf(ctx); s != nil {
		return Scheme(s.request)
	}
	return ""
}

// Scheme is "https" or "http", as the client sees it.
func Scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	if s := stateOf(r.Context()); s != nil && s.trusted(peer(r)) {
		if strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
			return "https"
		}
	}
	return "http"
}

func (s *state) trusted(a netip.Addr) bool {
	for _, p := range s.kernel.opts.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func peer(r *http.Request) netip.Addr {
	a, _ := parseAddr(r.RemoteAddr)
	return a
}

// parseAddr reads an address with or without a port.
func parseAddr(s string) (netip.Addr, error) {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err
}
