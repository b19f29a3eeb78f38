package auth

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"switchboard/store"
	"switchboard/web"
)

// issuerPath follows the origin in the issuer's name.
const issuerPath = "/login"

// Origin is the scheme and authority by which the client reaches this server:
// Options.PublicURL, or the request's Host if that is a name of ours. Any
// other Host is answered with our own name, so that nobody is led elsewhere.
func (s *Service) Origin(r *http.Request) string {
	if s.opts.PublicURL != "" {
		return strings.TrimRight(s.opts.PublicURL, "/")
	}
	scheme := web.Scheme(r)
	if host, ok := plainHost(r.Host); ok && s.ours(r.Context(), host) {
		return scheme + "://" + strings.ToLower(r.Host)
	}
	if domains := s.domains(r.Context()); len(domains) > 0 {
		return scheme + "://" + domains[0]
	}
	return scheme + "://localhost"
}

func (s *Service) issuer(r *http.Request) string { return s.Origin(r) + issuerPath }

// homeOrigin is the origin in tokens that are made without a request.
func (s *Service) homeOrigin(domain string) string {
	if s.opts.PublicURL != "" {
		return strings.TrimRight(s.opts.PublicURL, "/")
	}
	return "http://" + domain
}

// issuedHere reports whether an issuer is one of this installation's names.
func (s *Service) issuedHere(ctx context.Context, issuer string) bool {
	origin, ok := strings.CutSuffix(issuer, issuerPath)
	if !ok {
		return false
	}
	if s.opts.PublicURL != "" {
		return origin == strings.TrimRight(s.opts.PublicURL, "/")
	}
	u, err := url.Parse(origin)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return false
	}
	host, ok := plainHost(u.Host)
	return ok && s.ours(ctx, host)
}

// plainHost takes the port off a Host and refuses what is not a host.
func plainHost(hostport string) (string, bool) {
	u, err := url.Parse("//" + hostport)
	if err != nil || u.Host != hostport || hostport == "" || u.User != nil {
		return "", false
	}
	host := strings.ToLower(u.Hostname())
	if _, err := netip.ParseAddr(host); err != nil && strings.Contains(host, ":") {
		return "", false // "::" is neither an address in brackets nor a name with a port
	}
	return host, true
}

// ours reports whether browsers may reach this server by a name: loopback, a
// literal address (which no foreign name server can point at us), a tenant's
// domain, or one that is configured.
func (s *Service) ours(ctx context.Context, host string) bool {
	if host == "localhost" || slices.Contains(s.opts.Hosts, host) {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return slices.Contains(s.domains(ctx), host)
}

func loopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// knownDomains is the list of tenants' domains, as of a moment.
type knownDomains struct {
	list []string
	at   time.Time
}

// domains lists the tenants' domains, the oldest tenant's first.
func (s *Service) domains(ctx context.Context) []string {
	now := s.now()
	if k := s.known.Load(); k != nil && now.Sub(k.at) < 10*time.Second && len(k.list) > 0 {
		return k.list
	}
	k := knownDomains{at: now}
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		tenants, err := tx.Tenants()
		for _, t := range tenants {
			k.list = append(k.list, t.Domain)
		}
		return err
	})
	if err == nil {
		s.known.Store(&k)
	}
	return k.list
}
