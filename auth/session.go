package auth

import (
	"context"
	"crypto/sha256"
	"net/http"
	"time"

	"switchboard"
	"switchboard/store"
	"switchboard/web"
)

const (
	sessionLife   = 12 * time.Hour
	sessionCookie = "switchboard-session"
)

// cookieName carries the prefix that keeps other hosts of the domain and plain
// HTTP from setting it (RFC 6265bis §4.1.3.2).
func cookieName(name string, secure bool) string {
	if secure {
		return "__Host-" + name
	}
	return name
}

func cookie(r *http.Request, name, value string, life time.Duration) *http.Cookie {
	secure := web.Scheme(r) == "https"
	c := &http.Cookie{Name: cookieName(name, secure), Value: value, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(life.Seconds())}
	if life <= 0 {
		c.MaxAge = -1
	}
	return c
}

// cookieValue reads a cookie of ours by its header. Over TLS only the name counts
// that no other host and no plain HTTP can set: whoever could plant the other one
// could sign the browser in as himself.
func cookieValue(ctx context.Context, h http.Header, name string) string {
	r := http.Request{Header: h}
	if c, err := r.Cookie(cookieName(name, web.ClientScheme(ctx) == "https")); err == nil {
		return c.Value
	}
	return ""
}

// browser is a browser that is signed in.
type browser struct {
	principal switchboard.Principal
	version   int64 // of the account's credential
	signedIn  time.Time
}

// startSession signs a browser in.
func (s *Service) startSession(w http.ResponseWriter, r *http.Request, p switchboard.Principal) error {
	value := switchboard.NewToken() + switchboard.NewToken()
	before := cookieValue(r.Context(), r.Header, sessionCookie)
	err := s.db.Write(r.Context(), func(tx *store.Tx) error {
		c, err := tx.Credential(p.Account)
		if err != nil {
			return err
		}
		if before != "" { // nobody is left signed in by a cookie that is overwritten
			if err := tx.DeleteBrowserSession(secretHash(before)); err != nil {
				return err
			}
		}
		return tx.InsertBrowserSession(store.BrowserSession{Hash: secretHash(value), Account: p.Account, Version: c.Version,
			Expires: tx.Now().Add(sessionLife)})
	})
	if before != "" {
		s.epoch.Add(1)
	}
	if err == nil {
		http.SetCookie(w, cookie(r, sessionCookie, value, sessionLife))
	}
	return err
}

// endSession signs a browser out.
func (s *Service) endSession(ctx context.Context, h http.Header) error {
	value := cookieValue(ctx, h, sessionCookie)
	if value == "" {
		return nil
	}
	err := s.db.Write(ctx, func(tx *store.Tx) error { return tx.DeleteBrowserSession(secretHash(value)) })
	s.epoch.Add(1)
	return err
}

// BrowserSession tells who is signed in by the request's cookie.
func (s *Service) BrowserSession(r *http.Request) (switchboard.Principal, bool) {
	b, ok := s.session(r.Context(), r.Header)
	return b.principal, ok
}

// sessionHit is a browser session as of a moment.
type sessionHit struct {
	browser browser
	ok      bool
	expires time.Time
	at      time.Time
	epoch   int64
}

func (s *Service) session(ctx context.Context, h http.Header) (browser, bool) {
	value := cookieValue(ctx, h, sessionCookie)
	if len(value) != 64 {
		return browser{}, false
	}
	key := tokenKey(sha256.Sum256([]byte(value)))
	now, epoch := s.now(), s.epoch.Load()
	hit, ok := s.browsers.get(key)
	if !ok || web.Fresh(ctx) || hit.epoch != epoch || now.Sub(hit.at) >= stateLife || now.Before(hit.at) {
		var err error
		if hit, err = s.readSession(ctx, key); err != nil {
			s.log.Warn("auth: cannot read a browser session", "error", err)
			return browser{}, false
		}
		hit.at, hit.epoch = now, epoch
		if hit.ok || ok { // unknown ones would only fill it
			s.browsers.put(key, hit)
		}
	}
	if !hit.ok || !now.Before(hit.expires) {
		return browser{}, false
	}
	return hit.browser, true
}

func (s *Service) readSession(ctx context.Context, key tokenKey) (hit sessionHit, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		row, err := tx.BrowserSession(key[:])
		if err != nil {
			return err
		}
		state, err := tx.TokenState("", 0, row.Account)
		if err != nil {
			return err
		}
		hit.ok = state.Version == row.Version && !state.Disabled && state.Kind != deletedKind
		hit.expires = row.Expires
		hit.browser = browser{version: row.Version, signedIn: row.Created, principal: switchboard.Principal{
			Tenant: state.Tenant, Account: row.Account, Kind: state.Kind, Admin: state.Admin, Localpart: state.Localpart,
			Domain: state.Domain, Scopes: RoleScopes(state.Kind, state.Admin), Dialect: switchboard.PublicDialect, Expires: row.Expires,
		}}
		return nil
	})
	if err == store.ErrNone {
		err = nil
	}
	return hit, err
}
