package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"switchboard"
	"switchboard/store"
)

const (
	externalPath   = issuerPath + "/external"
	externalCookie = "switchboard-external"
	tripLife       = 10 * time.Minute
)

// trip is a browser's way to another provider and back, kept in its cookie,
// which only we can read and make.
type trip struct {
	Provider string `json:"p"`
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"` // of PKCE
	Back     string `json:"b"`
	Asked    int64  `json:"t"`
	Fresh    bool   `json:"f"` // the person has to sign in there again
}

// externalRoutes are the ways to each provider and back.
func (s *Service) externalRoutes(routes map[string]http.Handler) {
	for _, e := range s.external {
		routes[e.path()] = getPage(s, func(w http.ResponseWriter, r *http.Request) { s.leave(w, r, e) })
		routes[e.path()+"/callback"] = getPage(s, func(w http.ResponseWriter, r *http.Request) { s.comeBack(w, r, e) })
	}
}

func getPage(s *Service, h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET")
			s.showError(w, r, http.StatusMethodNotAllowed, "no-page")
			return
		}
		h(w, r)
	})
}

// leave sends the browser to a provider.
func (s *Service) leave(w http.ResponseWriter, r *http.Request, e *external) {
	found, err := s.discover(r.Context(), e)
	if err != nil {
		s.externalTrouble(w, r, err)
		return
	}
	back := returnAddress(r)
	t := trip{Provider: e.slug, State: switchboard.NewToken(), Nonce: switchboard.NewToken(), Verifier: oauth2.GenerateVerifier(), Back: back,
		Asked: s.now().Unix(), Fresh: asksFresh(back)}
	value, err := s.seal(r, t)
	if err != nil {
		s.externalTrouble(w, r, err)
		return
	}
	http.SetCookie(w, cookie(r, externalCookie, value, tripLife))
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(t.Verifier), oidc.Nonce(t.Nonce)}
	if t.Fresh {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	if name := r.URL.Query().Get("name"); name != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", name[:min(len(name), 400)]))
	}
	http.Redirect(w, r, e.config(found, s.Origin(r)).AuthCodeURL(t.State, options...), http.StatusSeeOther)
}

// asksFresh reports whether an address is one that wants a new sign-in.
func asksFresh(back string) bool {
	u, err := url.Parse(back)
	return err == nil && u.Query().Get(paramAfter) != ""
}

// comeBack takes what a provider answers. Only the browser that left may come
// back, once, from where it went (RFC 9700 §2.1, RFC 9207 §2.4).
func (s *Service) comeBack(w http.ResponseWriter, r *http.Request, e *external) {
	t, ok := s.unseal(r)
	http.SetCookie(w, cookie(r, externalCookie, "", 0))
	q := r.URL.Query()
	age := s.now().Sub(time.Unix(t.Asked, 0))
	switch {
	case !ok, t.Provider != e.slug, age < 0, age >= tripLife, len(q["state"]) != 1 || len(q["code"]) > 1,
		subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(t.State)) != 1, !e.answers(q["iss"]):
		s.showError(w, r, http.StatusForbidden, "stale")
		return
	case q.Get("error") != "" || q.Get("code") == "": // its words are the sender's
		s.showError(w, r, http.StatusForbidden, "provider-refused")
		return
	}
	subject, claims, err := s.redeem(r.Context(), e, s.Origin(r), q.Get("code"), &t)
	var p switchboard.Principal
	if err == nil {
		var tenant Tenant
		if tenant, err = s.screenTenant(r); err == nil {
			p, err = s.linked(r.Context(), tenant.ID, e, subject, claims)
		}
	}
	if err == nil {
		err = s.startSession(w, r, p)
	}
	if err != nil {
		s.externalTrouble(w, r, err)
		return
	}
	http.Redirect(w, r, localAddress(t.Back, homePath), http.StatusSeeOther)
}

// screenTenant is whose screen a browser sees.
func (s *Service) screenTenant(r *http.Request) (Tenant, error) {
	return s.tenantBy(r.Context(), func(tx *store.Tx) (Tenant, error) {
		if d := s.loginDomain(r); d != "" {
			return tx.TenantByDomain(d)
		}
		return tx.FirstTenant()
	}, errNoTenant)
}

func (s *Service) externalTrouble(w http.ResponseWriter, r *http.Request, err error) {
	s.log.Warn("auth: sign-in at another provider", "error", err)
	switch switchboard.AsError(err).Code {
	case errProviderDown.Code:
		s.showError(w, r, http.StatusBadGateway, "provider-down")
	case errNoLink.Code:
		s.showError(w, r, http.StatusForbidden, "provider-unknown")
	case errDisabled.Code:
		s.showError(w, r, http.StatusForbidden, "disabled")
	default:
		s.showError(w, r, http.StatusServiceUnavailable, "trouble")
	}
}

func (s *Service) sealer(r *http.Request) (cipher.AEAD, error) {
	key, err := s.derived(r.Context(), "trips to other providers")
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (s *Service) seal(r *http.Request, t trip) (string, error) {
	aead, err := s.sealer(r)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	if len(plain) > 2500 { // browsers drop cookies beyond 4096 bytes
		return "", errors.New("auth: the address to come back to is too long for a cookie")
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, plain, nil)), nil
}

func (s *Service) unseal(r *http.Request) (t trip, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(cookieValue(r.Context(), r.Header, externalCookie))
	if err != nil {
		return t, false
	}
	aead, err := s.sealer(r)
	if err != nil || len(sealed) < aead.NonceSize() {
		return t, false
	}
	n := aead.NonceSize()
	plain, err := aead.Open(nil, sealed[:n], sealed[n:], nil)
	return t, err == nil && json.Unmarshal(plain, &t) == nil
}
