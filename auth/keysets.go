package auth

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/go-jose/go-jose/v4"

	"switchboard"
)

const (
	setLife  = 10 * time.Minute // how long a tenant's key set is kept
	setStale = time.Hour        // how long it serves while a new one cannot be had
	setPause = 30 * time.Second // between two fetches for an unknown key
	maxSet   = 256 << 10
	maxSets  = 1000
)

var (
	errIdentityProvider = switchboard.E(switchboard.Unavailable, "identity-provider-unavailable",
		"the keys of the app's identity provider cannot be fetched; try again")
	errSetPrivate = errField(settingJWKS, "url-private", "this URL points into a private network; use an address that is reachable from the internet")
)

// keySets keeps the key sets of tenants' identity providers for a while.
type keySets struct {
	http *http.Client
	mu   sync.Mutex
	sets map[string]*fetchedSet
}

// fetchedSet is one provider's keys. Its lock is held while they are fetched, so
// that whoever needs them at that moment shares one request.
type fetchedSet struct {
	mu    sync.Mutex
	keys  jose.JSONWebKeySet
	at    time.Time // when they were fetched; zero: never
	tried time.Time
	err   error // of the last try
}

func (k *keySets) set(address string) *fetchedSet {
	k.mu.Lock()
	defer k.mu.Unlock()
	set := k.sets[address]
	if set == nil {
		if k.sets == nil || len(k.sets) >= maxSets {
			k.sets = map[string]*fetchedSet{}
		}
		set = &fetchedSet{}
		k.sets[address] = set
	}
	return set
}

// find returns the key that a token names, fetched again when it is not there.
// While the provider does not answer, the keys that are known go on.
func (k *keySets) find(ctx context.Context, s *Service, address, kid, alg string) (*jose.JSONWebKey, error) {
	set := k.set(address)
	set.mu.Lock()
	defer set.mu.Unlock()
	now := s.now()
	key := set.key(kid, alg)
	if key != nil && now.Sub(set.at) < setLife {
		return key, nil
	}
	if set.tried.IsZero() || now.Sub(set.tried) >= setPause {
		set.tried = now
		keys, err := k.fetch(ctx, address)
		if set.err = err; err != nil {
			s.log.Warn("auth: cannot fetch an identity provider's keys", "url", address, "error", err)
		} else {
			set.keys, set.at = keys, now
		}
		key = set.key(kid, alg)
	}
	switch {
	case key != nil && now.Sub(set.at) < setStale:
		return key, nil
	case set.err != nil:
		return nil, errIdentityProvider.Because(set.err)
	}
	return nil, nil
}

func (f *fetchedSet) key(kid, alg string) *jose.JSONWebKey {
	i := slices.IndexFunc(f.keys.Keys, func(j jose.JSONWebKey) bool {
		return j.KeyID == kid && j.IsPublic() && j.Use != "enc" && (j.Algorithm == "" || j.Algorithm == alg)
	})
	if i < 0 {
		return nil
	}
	return &f.keys.Keys[i]
}

func (k *keySets) fetch(ctx context.Context, address string) (set jose.JSONWebKeySet, err error) {
	// Others wait for this too: it does not end with whoever asked first.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return set, err
	}
	resp, err := k.http.Do(req)
	if err != nil {
		return set, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return set, errIdentityProvider
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, maxSet)).Decode(&set)
	return set, err
}

// careful is a client that waits only so long, and goes where it was told to:
// an identity provider's keys are where it said.
func careful(t http.RoundTripper) *http.Client {
	return &http.Client{Timeout: 5 * time.Second, Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

// setTransport reaches public addresses only: tenants say where it goes. It uses
// no proxy, because the check would see the proxy's address.
func setTransport(allowPrivate bool) *http.Transport {
	d := &net.Dialer{Timeout: 5 * time.Second}
	if !allowPrivate {
		d.Control = func(_, address string, _ syscall.RawConn) error { // after every lookup: no name can lead elsewhere
			to, err := netip.ParseAddrPort(address)
			if err != nil || !switchboard.PublicAddr(to.Addr()) {
				return errSetPrivate
			}
			return nil
		}
	}
	return &http.Transport{DialContext: d.DialContext, TLSHandshakeTimeout: 5 * time.Second, MaxResponseHeaderBytes: 32 << 10,
		MaxIdleConnsPerHost: 1, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true}
}

// checkSetURL checks the setting identity.jwks: TLS, or this very machine where
// that is allowed.
func checkSetURL(address string, allowPrivate bool) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && loopbackHost(u.Hostname())) {
		return errField(settingJWKS, "url-malformed", "want an https URL")
	}
	if a, err := netip.ParseAddr(u.Hostname()); !allowPrivate && (loopbackHost(u.Hostname()) || err == nil && !switchboard.PublicAddr(a)) {
		return errSetPrivate
	}
	return nil
}
