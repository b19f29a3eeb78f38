package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"switchboard"
	"switchboard/auth"
	"switchboard/boardtest"
)

// fakeProvider is an OpenID provider that keeps the rules, unless it is told
// to break one.
type fakeProvider struct {
	t   *testing.T
	web *httptest.Server
	key *ecdsa.PrivateKey
	now func() time.Time

	mu     sync.Mutex
	codes  map[string]url.Values // authorization requests, by code
	person map[string]any        // claims of who is signed in there
	spoil  func(claims map[string]any)
	sign   func(claims map[string]any) string
	asked  url.Values // the last authorization request
}

const fakeSecret = "the provider's secret"

func newFakeProvider(t *testing.T) *fakeProvider {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &fakeProvider{t: t, key: key, now: time.Now, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.json(w, map[string]any{"issuer": p.web.URL, "authorization_endpoint": p.web.URL + "/auth", "token_endpoint": p.web.URL + "/token",
			"jwks_uri": p.web.URL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"}, "response_types_supported": []string{"code"},
			"subject_types_supported": []string{"public"}, "authorization_response_iss_parameter_supported": true})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.json(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "one", Algorithm: "ES256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /auth", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	p.web = httptest.NewServer(mux)
	t.Cleanup(p.web.Close)
	return p
}

func (p *fakeProvider) json(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *fakeProvider) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	p.asked = q
	for name, want := range map[string]string{"response_type": "code", "client_id": "us", "code_challenge_method": "S256"} {
		if q.Get(name) != want {
			p.t.Errorf("%s is %q", name, q.Get(name))
		}
	}
	if len(q.Get("state")) < 32 || len(q.Get("nonce")) < 32 || !strings.Contains(q.Get("scope"), "openid") {
		p.t.Errorf("the request lacks something: %v", q)
	}
	code := switchboard.NewToken()
	p.codes[code] = q
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.web.URL}}.Encode(), http.StatusFound)
}

func (p *fakeProvider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	} else {
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	}
	asked, ok := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id != "us" || secret != fakeSecret || !ok || asked.Get("redirect_uri") != r.PostFormValue("redirect_uri") ||
		asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) {
		w.WriteHeader(http.StatusBadRequest)
		p.json(w, map[string]any{"error": "invalid_grant"})
		return
	}
	now := p.now()
	claims := map[string]any{"iss": p.web.URL, "aud": "us", "nonce": asked.Get("nonce"), "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	for k, v := range p.person {
		claims[k] = v
	}
	if p.spoil != nil {
		p.spoil(claims)
	}
	sign := p.sign
	if sign == nil {
		sign = func(c map[string]any) string { return signed(p.t, jose.ES256, p.key, "one", c) }
	}
	p.json(w, map[string]any{"access_token": "x", "token_type": "Bearer", "expires_in": 3600, "id_token": sign(claims)})
}

// signed makes a JWT.
func signed(t *testing.T, alg jose.SignatureAlgorithm, key any, kid string, claims any) string {
	t.Helper()
	o := (&jose.SignerOptions{}).WithType("JWT")
	if kid != "" {
		o = o.WithHeader("kid", kid)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, o)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(s).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func person(subject, email string, verified any) map[string]any {
	return map[string]any{"sub": subject, "email": email, "email_verified": verified}
}

// externalEnv is a service with one other provider and an operator who signs in there.
func externalEnv(t *testing.T, database string, trust bool) (*env, *fakeProvider, auth.Account) {
	p := newFakeProvider(t)
	e := newEnv(t, database, func(o *auth.Options) {
		o.Providers = []auth.Provider{{Name: "Google", Issuer: p.web.URL, ClientID: "us", ClientSecret: fakeSecret, TrustEmail: trust}}
		o.HTTP = p.web.Client()
	})
	p.now = e.clock.Now
	olga := e.account("olga", switchboard.Operator, false)
	e.must(e.SetProvider(t.Context(), e.root, olga.ID, "google", "Olga@Example.com"))
	return e, p, olga
}

// visit goes to the provider and comes back, as far as a browser follows.
func (p *fakeProvider) visit(b *browser, back string) answer {
	b.t.Helper()
	there := location(b.t, b.get("/login/external/google?"+url.Values{"ReturnUrl": {back}}.Encode()))
	return b.get(location(b.t, b.get(there.String())).String())
}

func TestOtherProvider(t *testing.T) {
	body := func(t *testing.T, database string) {
		e, p, olga := externalEnv(t, database, false)
		if _, err := e.Password(t.Context(), "", "olga", rightPassword, "a"); err == nil {
			t.Fatal("the password still works")
		}
		if name, err := e.ProviderOf(t.Context(), e.root, olga.ID); err != nil || name != "Google" {
			t.Fatalf("%q %v", name, err)
		}
		b := e.browser()
		if page := b.get("/login/Account/Login?ReturnUrl=%2Fapi"); !strings.Contains(page.text, `href="/login/external/google?ReturnUrl=%2Fapi"`) {
			t.Fatal(page.text)
		}
		p.person = person("108", "olga@example.com", true)
		if a := p.visit(b, "/api?x=1"); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/api?x=1" || b.me() != 200 {
			t.Fatalf("%d %s", a.StatusCode, a.text)
		}
		// From now on the subject counts and the address does not.
		p.person = person("108", "renamed@example.com", false)
		if a := p.visit(e.browser(), "/"); a.StatusCode != http.StatusSeeOther {
			t.Fatalf("%d %s", a.StatusCode, a.text)
		}
		thief := e.browser()
		p.person = person("666", "olga@example.com", true)
		if a := p.visit(thief, "/"); a.StatusCode != 403 || thief.me() != 401 || !strings.Contains(a.text, "Nobody here signs in") {
			t.Fatalf("whoever has the address now is let in: %d", a.StatusCode)
		}
		// No second way in.
		wantCode(t, e.SetPassword(t.Context(), e.root, olga.ID, "another password"), "account-provider")
		p.person = person("108", "", nil)
		e.must(e.SetEnabled(t.Context(), e.root, olga.ID, false))
		if a := p.visit(e.browser(), "/"); a.StatusCode != 403 || b.me() != 401 {
			t.Fatalf("a blocked account: %d", a.StatusCode)
		}
		e.must(e.SetEnabled(t.Context(), e.root, olga.ID, true))
		e.must(e.SetProvider(t.Context(), e.root, olga.ID, "", ""))
		if a := p.visit(e.browser(), "/"); a.StatusCode != 403 {
			t.Fatalf("an account of ours: %d", a.StatusCode)
		}
		e.must(e.SetPassword(t.Context(), e.root, olga.ID, "another password"))
	}
	t.Run("sqlite", func(t *testing.T) { body(t, "") })
	t.Run("postgres", func(t *testing.T) { body(t, boardtest.Postgres(t)) })
}

func TestOtherProviderFirstSignIn(t *testing.T) {
	e, p, _ := externalEnv(t, "", false)
	e.account("local", switchboard.Operator, false)
	twin := e.account("twin", switchboard.Operator, false)
	for name, who := range map[string]map[string]any{
		"not verified":     person("1", "olga@example.com", false),
		"nothing said":     person("1", "olga@example.com", nil),
		"another address":  person("1", "eva@example.com", true),
		"no address":       person("1", "", true),
		"no subject":       person("", "olga@example.com", true),
		"an account's own": person("1", "local@example.com", true),
	} {
		p.person = who
		if a := p.visit(e.browser(), "/"); a.StatusCode != 403 {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	p.person = person("1", "olga@example.com", true)
	e.must(e.SetProvider(t.Context(), e.root, twin.ID, "Google", "olga@example.com"))
	if a := p.visit(e.browser(), "/"); a.StatusCode != 403 {
		t.Errorf("two accounts with one address: %d", a.StatusCode)
	}
	e.must(e.SetProvider(t.Context(), e.root, twin.ID, "Google", "twin@example.com"))
	if a := p.visit(e.browser(), "/"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
	wantCode(t, e.SetProvider(t.Context(), e.root, twin.ID, "Yahoo", "twin@example.com"), "provider-unknown")
	wantCode(t, e.SetProvider(t.Context(), e.root, twin.ID, "Google", ""), "email-missing")
	wantCode(t, e.SetProvider(t.Context(), e.login("local"), twin.ID, "Google", "twin@example.com"), "scope-missing")

	trusting, p, _ := externalEnv(t, "", true)
	p.person = map[string]any{"sub": "1", "email": "OLGA@example.com"}
	if a := p.visit(trusting.browser(), "/"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("a directory of one's own: %d", a.StatusCode)
	}
}

// OpenID Connect Core §3.1.3.7, by the names of the conformance suite's tests of relying parties.
func TestOtherProviderTokens(t *testing.T) {
	e, p, _ := externalEnv(t, "", false)
	p.person = person("1", "olga@example.com", true)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	e.must(err)
	set := func(name string, value any) func(map[string]any) {
		return func(c map[string]any) {
			if c[name] = value; value == nil {
				delete(c, name)
			}
		}
	}
	for name, spoil := range map[string]func(map[string]any){
		"invalid-iss": set("iss", "https://evil.example"), "missing-aud": set("aud", nil), "invalid-aud": set("aud", "somebody"),
		"invalid-azp": set("azp", "somebody"), "many-aud": set("aud", []string{"us", "them"}), "nonce-invalid": set("nonce", "0123456789abcdef0123456789abcdef"),
		"missing-nonce": set("nonce", nil), "missing-sub": set("sub", nil), "expired": set("exp", time.Now().Add(-2*time.Hour).Unix()),
	} {
		p.spoil = spoil
		b := e.browser()
		if a := p.visit(b, "/"); a.StatusCode != 403 || b.me() != 401 {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	p.spoil = nil
	none := func(c map[string]any) string {
		payload, _ := json.Marshal(c)
		enc := base64.RawURLEncoding.EncodeToString
		return enc([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + enc(payload) + "."
	}
	for name, sign := range map[string]func(map[string]any) string{
		"idtoken-sig-none": none,
		"invalid-sig-ec":   func(c map[string]any) string { return signed(t, jose.ES256, other, "one", c) },
		"unknown-kid":      func(c map[string]any) string { return signed(t, jose.ES256, other, "two", c) },
		"secret-sig": func(c map[string]any) string {
			return signed(t, jose.HS256, []byte(fakeSecret+strings.Repeat("x", 32)), "one", c)
		},
		"no-token": func(map[string]any) string { return "" },
	} {
		p.sign = sign
		b := e.browser()
		if a := p.visit(b, "/"); a.StatusCode != 403 || b.me() != 401 {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	p.sign = nil
	if a := p.visit(e.browser(), "/"); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("the right token: %d %s", a.StatusCode, a.text)
	}
}

// Who comes back must be the browser that left, from where it went, in time.
func TestOtherProviderState(t *testing.T) {
	e, p, _ := externalEnv(t, "", false)
	p.person = person("1", "olga@example.com", true)
	callback := func(b *browser) *url.URL {
		there := location(t, b.get("/login/external/google?ReturnUrl=%2F"))
		return location(t, b.get(there.String()))
	}
	refused := func(name string, b *browser, a answer, status int) {
		t.Helper()
		if a.StatusCode != status || b.me() != 401 || a.Header.Get("Location") != "" {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	b, victim := e.browser(), e.browser()
	refused("another browser", victim, victim.get(callback(b).String()), 403)
	crossed := callback(victim)
	q := crossed.Query()
	q.Set("code", callback(e.browser()).Query().Get("code")) // the attacker's code, the victim's state
	crossed.RawQuery = q.Encode()
	refused("a code of another browser", victim, victim.get(crossed.String()), 502)
	for name, change := range map[string]func(url.Values){
		"another state":  func(q url.Values) { q.Set("state", strings.Repeat("0", 32)) },
		"no state":       func(q url.Values) { q.Del("state") },
		"two states":     func(q url.Values) { q.Add("state", q.Get("state")) },
		"another issuer": func(q url.Values) { q.Set("iss", "https://evil.example") },
		"two issuers":    func(q url.Values) { q.Add("iss", "https://evil.example") },
		"no issuer":      func(q url.Values) { q.Del("iss") }, // it promises to say it
		"refused there": func(q url.Values) {
			q.Del("code")
			q.Set("error", "access_denied")
			q.Set("error_description", "<script>")
		},
		"no code": func(q url.Values) { q.Del("code") },
	} {
		b := e.browser()
		u := callback(b)
		q := u.Query()
		change(q)
		u.RawQuery = q.Encode()
		a := b.get(u.String())
		refused(name, b, a, 403)
		if strings.Contains(a.text, "<script>") {
			t.Errorf("%s: the page says what a stranger says", name)
		}
	}
	b = e.browser()
	u := callback(b)
	e.clock.Add(10 * time.Minute)
	refused("too late", b, b.get(u.String()), 403)
	u = callback(b)
	if a := b.get(u.String()); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	if a := b.get(u.String()); a.StatusCode != 403 {
		t.Errorf("the same answer twice: %d", a.StatusCode)
	}
	if a := b.post(u.String(), url.Values{}); a.StatusCode != 405 {
		t.Errorf("a form: %d", a.StatusCode)
	}
	for _, back := range []string{"https://evil.example/", "//evil.example", `/\evil.example`} {
		if a := p.visit(e.browser(), back); a.Header.Get("Location") != "/console/" {
			t.Errorf("%s leads to %s", back, a.Header.Get("Location"))
		}
	}
	// Whoever has to sign in again has to do so there.
	p.visit(e.browser(), "/login/connect/authorize?signed_in_after=1")
	if p.asked.Get("prompt") != "login" || p.asked.Get("max_age") != "0" {
		t.Error("the provider need not ask again")
	}
	for age, status := range map[time.Duration]int{time.Hour: http.StatusForbidden, 0: http.StatusSeeOther} {
		p.spoil = func(c map[string]any) { c["auth_time"] = e.clock.Now().Add(-age).Unix() }
		if a := p.visit(e.browser(), "/login/connect/authorize?signed_in_after=1"); a.StatusCode != status {
			t.Errorf("signed in there %v ago: %d", age, a.StatusCode)
		}
		if a := p.visit(e.browser(), "/"); a.StatusCode != http.StatusSeeOther {
			t.Errorf("nobody asked for it: %d", a.StatusCode)
		}
	}
	p.web.Close()
	gone := newEnv(t, "", func(o *auth.Options) {
		o.Providers = []auth.Provider{{Name: "Google", Issuer: p.web.URL, ClientID: "us", ClientSecret: "x"}}
	})
	if a := gone.browser().get("/login/external/google"); a.StatusCode != 502 || !strings.Contains(a.text, "does not answer") {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
}
