package web

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"switchboard"
)

var (
	errNoToken  = switchboard.E(switchboard.Unauthorized, "token-missing", "send a token in the Authorization header")
	errBadToken = switchboard.E(switchboard.Unauthorized, "token-invalid", "the token is not valid")
	errOldToken = switchboard.E(switchboard.Unauthorized, "token-expired", "the token has expired")
	errCross    = switchboard.E(switchboard.Forbidden, "cross-site", "a browser session may not be used from another site")
	errSimple   = switchboard.E(switchboard.Forbidden, "cross-site",
		"with a browser session, send application/json: forms are what other sites can send")
)

// PrincipalOf tells who is asking: nobody, outside a handler of an API.
func PrincipalOf(ctx context.Context) switchboard.Principal {
	if s := stateOf(ctx); s != nil {
		return s.principal
	}
	return switchboard.Principal{}
}

// Principal tells who is asking by a plain handler's request: by its token, or
// by its browser session, which is then checked against other sites' requests.
func (k *Kernel) Principal(r *http.Request) (switchboard.Principal, error) {
	s := stateOf(r.Context())
	if s == nil {
		s = &state{kernel: k, request: r}
	}
	if err := s.ask(r); err != nil {
		return switchboard.Principal{}, err
	}
	return s.principal, s.sameSite(r)
}

// token is the credential of the Authorization header. Clients write "Bearer",
// "bearer" (RFC 9110 §11.1: without regard to case) or, for the Platform API,
// the token alone.
func token(r *http.Request) string {
	all := r.Header.Values("Authorization")
	if len(all) != 1 {
		return ""
	}
	value := strings.TrimSpace(all[0])
	scheme, rest, two := strings.Cut(value, " ")
	switch {
	case !two && !strings.EqualFold(value, "bearer"):
		return value
	case strings.EqualFold(scheme, "bearer"):
		return strings.TrimSpace(rest)
	}
	return ""
}

// ask finds out, once per request, who is asking. A token wins over a cookie.
func (s *state) ask(r *http.Request) error {
	if s.asked {
		return s.refused
	}
	s.asked = true
	s.refused = s.identify(r)
	if s.refused != nil {
		s.principal = switchboard.Principal{}
	}
	return s.refused
}

// Again finds out anew who is asking, with nothing remembered from a moment
// ago: for a stream that has noted where it begins, so that what ended the right
// to it is seen either here or after that place.
func Again(r *http.Request) error {
	s := stateOf(r.Context())
	if s == nil {
		return errNoToken
	}
	return s.identify(r.WithContext(context.WithValue(r.Context(), freshKey{}, true)))
}

type freshKey struct{}

// Fresh reports whether nothing remembered may be used to find out who is asking.
func Fresh(ctx context.Context) bool { return ctx.Value(freshKey{}) != nil }

func (s *state) identify(r *http.Request) error {
	o := &s.kernel.opts
	if t := token(r); t != "" {
		if o.Authenticate == nil {
			return errBadToken
		}
		p, err := o.Authenticate(r.Context(), t)
		switch {
		case err != nil && switchboard.KindOf(err) == switchboard.Internal && r.Context().Err() != nil:
			return switchboard.E(switchboard.Unavailable, "canceled", "the request was given up").Because(err)
		case err != nil:
			return err
		case !p.Known():
			return errBadToken
		case !p.Expires.IsZero() && !o.Now().Before(p.Expires):
			return errOldToken
		}
		s.principal = p
		return nil
	}
	if o.BrowserSession != nil && len(r.Header.Values("Authorization")) == 0 {
		if p, ok := o.BrowserSession(r); ok && p.Known() {
			s.principal, s.cookie = p, true
			return nil
		}
	}
	return errNoToken
}

// sameSite refuses a request that another site made a signed-in browser send.
// Reading is free: what a page of another origin gets back, it cannot see.
func (s *state) sameSite(r *http.Request) error {
	if !s.cookie || r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return nil
	}
	if !SameOrigin(r) {
		return errCross
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch media {
	case "application/x-www-form-urlencoded", "multipart/form-data", "text/plain":
		return errSimple // Fetch §2.2.2: what may cross origins without a preflight
	case "":
		if r.ContentLength != 0 && r.Header.Get("Sec-Fetch-Site") == "" {
			return errSimple
		}
	}
	return nil
}

// SameOrigin reports whether the browser says that a page of this very origin
// sent the request (Fetch Metadata §2.3, or else RFC 6454 §7). A request that
// says nothing is not trusted.
func SameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	u, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// wantsPage reports whether a person in front of a browser asks: then a
// redirect to the login screen says more than 401.
func wantsPage(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return false
	}
	html, json := quality(r, "text/html"), quality(r, "application/json")
	return html > 0 && html >= json
}

// quality is the weight of a media type that Accept names in full (RFC 9110
// §12.5.1), 0 if it does not.
func quality(r *http.Request, media string) float64 {
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		name, params, err := mime.ParseMediaType(part)
		if err != nil || name != media {
			continue
		}
		q := 1.0
		if v, ok := params["q"]; ok {
			if _, err := fmt.Sscanf(v, "%g", &q); err != nil {
				return 0
			}
		}
		return q
	}
	return 0
}

// challenge is the WWW-Authenticate header of an answer (RFC 6750 §3).
func challenge(p *Problem, scope string) string {
	c := `Bearer realm="switchboard"`
	switch {
	case p.Err.Kind == switchboard.Unauthorized && aboutToken(p.Err.Code):
		c += `, error="invalid_token"`
	case p.Err.Kind == switchboard.Forbidden && scope != "":
		c += fmt.Sprintf(`, error="insufficient_scope", scope=%q`, scope)
	case p.Err.Kind != switchboard.Unauthorized:
		return ""
	}
	return c
}

// aboutToken reports whether a refusal is that of a token. Without one there is no
// error to name (RFC 6750 §3.1), and a wrong password is none of its errors.
func aboutToken(code string) bool {
	return code != errNoToken.Code && (strings.HasPrefix(code, "token-") || strings.HasPrefix(code, "account-"))
}

// toLogin sends a browser to the login screen, if there is one.
func (s *state) toLogin(w http.ResponseWriter, r *http.Request) bool {
	login := s.kernel.opts.LoginURL
	if login == nil || !wantsPage(r) {
		return false
	}
	target := login(s.request)
	if target == "" {
		return false
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusFound)
	return true
}
