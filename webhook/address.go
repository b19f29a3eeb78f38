package webhook

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"switchboard"
)

var errPrivate = switchboard.E(switchboard.Invalid, "url-private",
	"this URL points into a private network; use an address that is reachable from the internet, "+
		"or have whoever runs this server allow private webhooks").InField("callbackUrl")

func badURL(message string) error {
	return switchboard.E(switchboard.Invalid, "url-invalid", message).InField("callbackUrl")
}

// guard is a net.Dialer's Control: it sees the address that is really dialled,
// after every lookup, so that no name can lead elsewhere than it did when the
// webhook was registered.
func guard(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !switchboard.PublicAddr(to.Addr()) {
		return errPrivate
	}
	return nil
}

// newTransport makes the transport that reaches public addresses only. It uses
// no proxy: the check would see the proxy's address.
func newTransport(allowPrivate bool) *http.Transport {
	d := &net.Dialer{Timeout: 5 * time.Second}
	if !allowPrivate {
		d.Control = guard
	}
	return &http.Transport{DialContext: d.DialContext, TLSHandshakeTimeout: 5 * time.Second, DisableCompression: true,
		MaxResponseHeaderBytes: 32 << 10, MaxIdleConns: 100, MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second,
		ForceAttemptHTTP2: true}
}

const maxURL = 2048

// target is a checked URL.
type target struct{ url, username, password string }

// parseTarget checks the form of a callback URL and takes it apart.
func parseTarget(raw string) (t target, host string, err error) {
	raw = strings.TrimSpace(raw)
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return t, "", badURL("name the URL that gets the events")
	case len(raw) > maxURL:
		return t, "", badURL("must be at most " + strconv.Itoa(maxURL) + " bytes")
	case err != nil || u.Opaque != "" || u.Hostname() == "" || !utf8.ValidString(raw):
		return t, "", badURL("must be a URL such as https://example.com/events")
	case u.Scheme != "http" && u.Scheme != "https":
		return t, "", badURL("must begin with http:// or https://")
	}
	if port, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || port < 1 || port > 65535) {
		return t, "", badURL("the port must be 1 to 65535")
	}
	if u.User != nil {
		t.username = u.User.Username()
		t.password, _ = u.User.Password()
		if strings.ContainsFunc(t.username+t.password, unicode.IsControl) || !utf8.ValidString(t.username+t.password) ||
			strings.Contains(t.username, ":") { // RFC 7617 §2
			return t, "", badURL("the username and password must be plain text, the username without a colon")
		}
	}
	if host, err = asciiHost(u.Hostname()); err != nil {
		return t, "", badURL("the host name is not valid")
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	t.url = u.String()
	return t, host, nil
}

var hostProfile = idna.New(idna.MapForLookup(), idna.StrictDomainName(false))

// asciiHost is the host as a resolver gets it.
func asciiHost(host string) (string, error) {
	if _, err := netip.ParseAddr(host); err == nil {
		return host, nil
	}
	host, err := hostProfile.ToASCII(host)
	return strings.ToLower(strings.TrimSuffix(host, ".")), err
}

// checkHost refuses a host that leads into a private network. A name that does
// not resolve now may do so later; the dialer checks again.
func (s *Service) checkHost(ctx context.Context, host string) error {
	if s.AllowPrivate {
		return nil
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if !switchboard.PublicAddr(a) {
			return errPrivate
		}
		return nil
	}
	if a, numeric := oldAddress(host); numeric {
		if !switchboard.PublicAddr(a) {
			return errPrivate
		}
		return badURL("write the address as four numbers")
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".internal") ||
		strings.HasSuffix(host, ".local") {
		return errPrivate
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	found, err := s.resolve(ctx, "ip", host)
	if err != nil {
		return nil
	}
	for _, a := range found {
		if !switchboard.PublicAddr(a) {
			return errPrivate
		}
	}
	return nil
}

// oldAddress reads the short, octal and hexadecimal spellings of an IPv4
// address (127.1, 0x7f000001) that some resolvers take. numeric tells a host that can be
// nothing else, because its last part is a number; what cannot be read is the zero
// address, which is not public.
func oldAddress(host string) (a netip.Addr, numeric bool) {
	parts := strings.Split(host, ".")
	last := parts[len(parts)-1]
	if last == "" || last[0] < '0' || last[0] > '9' {
		return a, false
	}
	if _, err := strconv.ParseUint(last, 0, 64); err != nil && strings.Trim(last, "0123456789") != "" {
		return a, false
	}
	if len(parts) > 4 {
		return a, true
	}
	var whole uint64
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 0, 32)
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		if err != nil || n >= 1<<bits {
			return a, true
		}
		whole = whole<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(whole >> 24), byte(whole >> 16), byte(whole >> 8), byte(whole)}), true
}
