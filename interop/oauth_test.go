package interop

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/config"
)

// provider is a server with an operator, as go-oidc finds it.
type provider struct {
	*boardtest.Server
	*oidc.Provider
	clock atomic.Int64 // how far the server's clock is ahead
}

func (p *provider) now() time.Time { return time.Now().Add(time.Duration(p.clock.Load())) }

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{}
	p.Server = boardtest.Node(t, boardtest.NodeOptions{Now: p.now})
	p.AddAccount(t, "olga", switchboard.Operator, true)
	p.discover(t)
	return p
}

// discover reads the discovery document, and the keys when they are needed, anew.
func (p *provider) discover(t *testing.T) {
	t.Helper()
	var err error
	if p.Provider, err = oidc.NewProvider(t.Context(), p.Info.URL+"/login"); err != nil {
		t.Fatal("discovery: ", err)
	}
}

// console is the console as an OAuth client.
func (p *provider) console() *oauth2.Config {
	return &oauth2.Config{ClientID: "switchboard-console", Endpoint: p.Endpoint(), RedirectURL: p.Info.URL + "/console/callback",
		Scopes: []string{oidc.ScopeOpenID, "profile", oidc.ScopeOfflineAccess, "mluviiPublicApi"}}
}

// me asks the Public API who we are.
func (p *provider) me(t *testing.T, c *http.Client) (status int, username string) {
	t.Helper()
	return whoAmI(t, c, p.Info.URL)
}

func whoAmI(t *testing.T, c *http.Client, origin string) (status int, username string) {
	t.Helper()
	resp, err := c.Get(origin + "/api/v1/Users/me")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var me struct{ Username string }
	if err := json.Unmarshal(body, &me); err != nil && resp.StatusCode == http.StatusOK {
		t.Fatalf("%s: %v", body, err)
	}
	return resp.StatusCode, me.Username
}

func TestClientCredentials(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	admin, err := p.LocalAdmin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key, secret, err := p.Auth.CreateKey(t.Context(), admin, "robot", []switchboard.Scope{switchboard.ScopeUsersRead, switchboard.ScopeSessionsRead})
	if err != nil {
		t.Fatal(err)
	}
	for name, style := range map[string]oauth2.AuthStyle{"header": oauth2.AuthStyleInHeader, "params": oauth2.AuthStyleInParams,
		"detect": oauth2.AuthStyleAutoDetect} {
		for _, scopes := range [][]string{nil, {"mluviiPublicApi"}, {string(switchboard.ScopeUsersRead)}} {
			c := clientcredentials.Config{ClientID: key.ClientID, ClientSecret: secret, TokenURL: p.Endpoint().TokenURL, AuthStyle: style, Scopes: scopes}
			token, err := c.Token(t.Context())
			if err != nil {
				t.Fatal(name, scopes, err)
			}
			if token.TokenType != "Bearer" || token.Extra("expires_in") != 3600.0 {
				t.Errorf("%s: %s token for %v s", name, token.TokenType, token.Extra("expires_in"))
			}
			if status, _ := p.me(t, c.Client(t.Context())); status != http.StatusOK {
				t.Errorf("%s %v: who am I: %d", name, scopes, status)
			}
		}
		wrong := clientcredentials.Config{ClientID: key.ClientID, ClientSecret: strings.Repeat("0", 32), TokenURL: p.Endpoint().TokenURL, AuthStyle: style}
		_, err := wrong.Token(t.Context())
		refusal(t, err, http.StatusUnauthorized, "invalid_client")
	}
	beyond := clientcredentials.Config{ClientID: key.ClientID, ClientSecret: secret, TokenURL: p.Endpoint().TokenURL,
		Scopes: []string{string(switchboard.ScopeKeys)}}
	_, err = beyond.Token(t.Context())
	refusal(t, err, http.StatusBadRequest, "invalid_scope")
}

// refusal checks what x/oauth2 makes of an error of the token endpoint.
func refusal(t *testing.T, err error, status int, code string) {
	t.Helper()
	var e *oauth2.RetrieveError
	if !errors.As(err, &e) || e.Response.StatusCode != status || e.ErrorCode != code {
		t.Errorf("got %v, want %d %s", err, status, code)
	}
}

// authorize signs olga in through the login screen, without JavaScript, and
// exchanges the code.
func (p *provider) authorize(t *testing.T) (*oauth2.Token, string) {
	t.Helper()
	c, verifier, nonce := p.console(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	b := newBrowser(t, c.RedirectURL)
	if status := b.open(c.AuthCodeURL("my state", oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce))); status != http.StatusOK {
		t.Fatalf("the login screen: %d\n%s", status, b.html)
	}
	if status := b.submit(map[string]string{"Username": "olga", "Password": "wrong"}); status != http.StatusUnauthorized || b.left != nil {
		t.Fatalf("a wrong password: %d", status)
	}
	b.signIn("olga")
	if b.left == nil {
		t.Fatalf("the browser was not sent back but is at %s:\n%s", b.page, b.html)
	}
	if state := b.left.Query().Get("state"); state != "my state" {
		t.Errorf("the state came back as %q", state)
	}
	code := b.left.Query().Get("code")
	_, err := c.Exchange(t.Context(), code, oauth2.VerifierOption(oauth2.GenerateVerifier()))
	refusal(t, err, http.StatusBadRequest, "invalid_grant") // not whoever asked for the code
	// Whoever is signed in gets the next code without being asked.
	b.open(c.AuthCodeURL("again", oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce)))
	if b.left == nil {
		t.Fatalf("the browser was not sent back but is at %s:\n%s", b.page, b.html)
	}
	token, err := c.Exchange(t.Context(), b.left.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal("exchange: ", err)
	}
	return token, nonce
}

func TestAuthorizationCode(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	c := p.console()
	token, nonce := p.authorize(t)
	if status, name := p.me(t, c.Client(t.Context(), token)); status != http.StatusOK || name != "olga" {
		t.Errorf("who am I: %d %q", status, name)
	}
	id := p.checkID(t, token, nonce)
	info, err := p.UserInfo(t.Context(), oauth2.StaticTokenSource(token))
	if err != nil {
		t.Fatal("userinfo: ", err)
	}
	var claims struct {
		Name string `json:"preferred_username"`
		Role string
	}
	if err := info.Claims(&claims); err != nil || info.Subject != id.Subject || claims.Name != "olga" || claims.Role != "admin" {
		t.Errorf("userinfo of %s (the ID token says %s): %+v %v", info.Subject, id.Subject, claims, err)
	}

	// Refresh: each refresh token serves once (RFC 9700 §4.14.2).
	renew := func(refresh string) (*oauth2.Token, error) {
		return c.TokenSource(t.Context(), &oauth2.Token{RefreshToken: refresh}).Token()
	}
	second, err := renew(token.RefreshToken)
	if err != nil {
		t.Fatal("refresh: ", err)
	}
	if second.RefreshToken == token.RefreshToken || second.AccessToken == token.AccessToken {
		t.Error("nothing was rotated")
	}
	p.checkID(t, second, "")
	_, err = renew(token.RefreshToken)
	refusal(t, err, http.StatusBadRequest, "invalid_grant")
	_, err = renew(second.RefreshToken) // of two holders one is a thief: both are out
	refusal(t, err, http.StatusBadRequest, "invalid_grant")
	if status, _ := p.me(t, c.Client(t.Context(), second)); status != http.StatusUnauthorized {
		t.Errorf("an access token of the ended grant: %d", status)
	}
}

// checkID checks an ID token as a client of OpenID Connect does.
func (p *provider) checkID(t *testing.T, token *oauth2.Token, nonce string) *oidc.IDToken {
	t.Helper()
	raw, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: "switchboard-console"}).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal("ID token: ", err)
	}
	if nonce != "" && id.Nonce != nonce {
		t.Errorf("the nonce is %q", id.Nonce)
	}
	if err := id.VerifyAccessToken(token.AccessToken); err != nil {
		t.Error("at_hash: ", err)
	}
	return id
}

// An old key verifies until the last token that it signed is dead.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	old, _ := p.authorize(t)
	if err := p.Auth.RotateKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh, _ := p.authorize(t)
	if kid(t, old) == kid(t, fresh) {
		t.Fatal("the key is the same")
	}
	anyTime := &oidc.Config{ClientID: "switchboard-console", SkipExpiryCheck: true}
	known := func(token *oauth2.Token) error {
		p.discover(t)
		raw, _ := token.Extra("id_token").(string)
		_, err := p.Verifier(anyTime).Verify(t.Context(), raw)
		return err
	}
	at := func(age time.Duration, status int, old *oauth2.Token) {
		t.Helper()
		p.clock.Store(int64(age))
		still := &oauth2.Token{AccessToken: old.AccessToken} // x/oauth2 shall not judge its age
		if got, _ := p.me(t, oauth2.NewClient(t.Context(), oauth2.StaticTokenSource(still))); got != status {
			t.Errorf("a token after %v: %d, want %d", age, got, status)
		}
	}
	for _, token := range []*oauth2.Token{old, fresh} {
		if err := known(token); err != nil {
			t.Error("after the rotation: ", err)
		}
	}
	at(0, http.StatusOK, old)
	at(59*time.Minute, http.StatusOK, old)
	at(time.Hour+time.Second, http.StatusUnauthorized, old)
	at(2*time.Hour, http.StatusUnauthorized, fresh)
	if err := known(old); err == nil {
		t.Error("the old key is still published when its tokens are dead")
	}
	if err := known(fresh); err != nil {
		t.Error("the key that signs: ", err)
	}
}

// kid names the key that signed the access token.
func kid(t *testing.T, token *oauth2.Token) string {
	t.Helper()
	head, _, _ := strings.Cut(token.AccessToken, ".")
	plain, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	var header struct{ KID string }
	if err := json.Unmarshal(plain, &header); err != nil || header.KID == "" {
		t.Fatalf("%s: %v", plain, err)
	}
	return header.KID
}

// A tool on somebody's own machine: the person agrees and copies the code.
func TestNativeClient(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	shown := regexp.MustCompile(`id="code">([^<]+)<`)
	for _, redirect := range []string{"urn:ietf:wg:oauth:2.0:oob", "http://127.0.0.1:49151/back"} {
		c := &oauth2.Config{ClientID: "publicApiNativeClient", Endpoint: p.Endpoint(), RedirectURL: redirect, Scopes: []string{"mluviiPublicApi"}}
		verifier := oauth2.GenerateVerifier()
		b := newBrowser(t, redirect)
		b.open(c.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)))
		b.signIn("olga")
		if b.left != nil {
			t.Fatal("nobody asked olga")
		}
		b.submit(map[string]string{"decision": "allow"})
		var code string
		if b.left != nil {
			code = b.left.Query().Get("code")
		} else if m := shown.FindStringSubmatch(b.html); m != nil {
			code = m[1]
		}
		token, err := c.Exchange(t.Context(), code, oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatalf("%s: %v\n%s", redirect, err, b.html)
		}
		if status, name := p.me(t, c.Client(t.Context(), token)); status != http.StatusOK || name != "olga" {
			t.Errorf("%s: who am I: %d %q", redirect, status, name)
		}
	}
}

// A browser that comes to the API goes by way of the login screen and may then
// call it without a token.
func TestBrowserSignsInToCallTheAPI(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	address := p.Info.URL + "/api/v1/Users/me"
	b := newBrowser(t, "")
	b.open(address)
	b.signIn("olga")
	if b.page.String() != address || !strings.Contains(b.html, `"olga"`) {
		t.Errorf("the browser is at %s and sees\n%s", b.page, b.html)
	}
}

// A client that gives up its refresh token ends the grant (RFC 7009).
func TestRevocation(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	token, _ := p.authorize(t)
	var endpoints struct {
		Revocation string   `json:"revocation_endpoint"`
		Methods    []string `json:"code_challenge_methods_supported"`
	}
	if err := p.Claims(&endpoints); err != nil || !slices.Equal(endpoints.Methods, []string{"S256"}) {
		t.Fatalf("discovery: %+v %v", endpoints, err)
	}
	resp, err := http.PostForm(endpoints.Revocation, url.Values{"client_id": {"switchboard-console"}, "token": {token.RefreshToken}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("revocation: %s", resp.Status)
	}
	_, err = p.console().TokenSource(context.Background(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	refusal(t, err, http.StatusBadRequest, "invalid_grant")
	if status, _ := p.me(t, p.console().Client(t.Context(), token)); status != http.StatusUnauthorized {
		t.Errorf("the access token of a revoked grant: %d", status)
	}
}

// The configuration says under which further names browsers come, and which
// pages of other origins may ask who somebody is.
func TestHostsAndOrigins(t *testing.T) {
	t.Parallel()
	s := boardtest.Node(t, boardtest.NodeOptions{Config: func(c *config.Config) {
		c.HTTP.Hosts, c.HTTP.Origins = []string{"Chat.Intern"}, []string{"https://app.example"}
	}})
	ask := func(method, path, host, origin string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, s.Info.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	for host, want := range map[string]string{"chat.intern": "http://chat.intern/login", "evil.example": "http://localhost/login"} {
		var d struct{ Issuer string }
		if err := json.NewDecoder(ask("GET", "/login/.well-known/openid-configuration", host, "").Body).Decode(&d); err != nil || d.Issuer != want {
			t.Errorf("as %s: %q %v, want %q", host, d.Issuer, err, want)
		}
	}
	for origin, want := range map[string]string{"https://app.example": "https://app.example", "https://evil.example": "", "null": ""} {
		for _, path := range []string{"/login/connect/userinfo", "/login/connect/revocation"} {
			h := ask("OPTIONS", path, "", origin).Header
			if h.Get("Access-Control-Allow-Origin") != want || h.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s from %s: %v", path, origin, h)
			}
		}
	}
}
