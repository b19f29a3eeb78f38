package auth_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"switchboard"
	"switchboard/auth"
)

// provider is a foreign client's view of us.
func (e *env) provider() *oidc.Provider {
	e.t.Helper()
	p, err := oidc.NewProvider(e.t.Context(), e.web.URL+"/login")
	e.must(err)
	return p
}

func (e *env) console(scopes ...string) oauth2.Config {
	if scopes == nil {
		scopes = []string{"openid", "profile", "offline_access"}
	}
	endpoint := e.provider().Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return oauth2.Config{ClientID: auth.ConsoleClient, RedirectURL: e.web.URL + "/console/callback", Endpoint: endpoint, Scopes: scopes}
}

// location is where an answer leads.
func location(t *testing.T, a answer) *url.URL {
	t.Helper()
	u, err := a.Location()
	if err != nil {
		t.Fatalf("no redirect: %d %s", a.StatusCode, a.text)
	}
	return u
}

// code signs in and returns the code that the client is sent.
func (b *browser) code(address, name string) string {
	b.t.Helper()
	a := b.get(address)
	if strings.HasPrefix(location(b.t, a).Path, "/login/Account/Login") {
		a = b.fill(location(b.t, a).String(), url.Values{"Username": {name}, "Password": {rightPassword}})
		a = b.get(location(b.t, a).String())
	}
	u := location(b.t, a)
	if u.Query().Get("code") == "" {
		b.t.Fatalf("no code: %s", u)
	}
	return u.Query().Get("code")
}

func TestAuthorizationCode(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		e.account("olga", switchboard.Operator, true)
		conf, verifier := e.console(), oauth2.GenerateVerifier()
		b := e.browser()
		address := conf.AuthCodeURL("some-state", oauth2.S256ChallengeOption(verifier), oidc.Nonce("some-nonce"))
		a := b.get(address)
		if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(location(t, a).Path, "/login/Account/Login") {
			t.Fatalf("not sent to the login screen: %d %s", a.StatusCode, a.Header.Get("Location"))
		}
		a = b.fill(location(t, a).String(), url.Values{"Username": {"olga"}, "Password": {rightPassword}})
		a = b.get(location(t, a).String())
		back := location(t, a)
		if back.Host+back.Path != strings.TrimPrefix(e.web.URL, "http://")+"/console/callback" || back.Query().Get("state") != "some-state" ||
			back.Query().Get("iss") != e.web.URL+"/login" {
			t.Fatalf("sent to %s", back)
		}
		token, err := conf.Exchange(t.Context(), back.Query().Get("code"), oauth2.VerifierOption(verifier))
		e.must(err)
		if token.TokenType != "Bearer" || token.ExpiresIn != 3600 || token.RefreshToken == "" {
			t.Fatalf("%+v", token)
		}
		p, err := e.Verify(t.Context(), token.AccessToken)
		if err != nil || p.Localpart != "olga" || !p.Admin || p.Device == 0 || p.Dialect != switchboard.PublicDialect || p.Client != auth.ConsoleClient ||
			len(p.Scopes) != len(switchboard.AllScopes()) {
			t.Fatalf("%+v %v", p, err)
		}
		checkIDToken(t, e, token, p)
		info, err := e.provider().UserInfo(t.Context(), oauth2.StaticTokenSource(token))
		if err != nil || info.Subject != strconv.FormatInt(int64(p.Account), 10) {
			t.Fatalf("userinfo %+v %v", info, err)
		}
		// Signed in already: the second client gets its code at once.
		if code := b.code(address, "nobody"); code == "" {
			t.Fatal("no code")
		}
	})
}

func checkIDToken(t *testing.T, e *env, token *oauth2.Token, p switchboard.Principal) {
	t.Helper()
	raw, _ := token.Extra("id_token").(string)
	id, err := e.provider().Verifier(&oidc.Config{ClientID: auth.ConsoleClient, Now: e.clock.Now}).Verify(t.Context(), raw)
	e.must(err)
	e.must(id.VerifyAccessToken(token.AccessToken))
	var c struct {
		Username string `json:"preferred_username"`
		Role     string
	}
	e.must(id.Claims(&c))
	if id.Nonce != "some-nonce" || id.Subject != strconv.FormatInt(int64(p.Account), 10) || c.Username != "olga" || c.Role != "admin" {
		t.Fatalf("%+v %+v", id, c)
	}
	if _, err := e.Verify(t.Context(), raw); err == nil {
		t.Fatal("an ID token passes for an access token")
	}
	// After a rotation the same verifier finds the new key.
	e.clock.Add(2 * time.Second)
	e.must(e.RotateKeys(t.Context()))
	if _, err := e.provider().Verifier(&oidc.Config{ClientID: auth.ConsoleClient, Now: e.clock.Now}).Verify(t.Context(), raw); err != nil {
		t.Fatalf("after rotation: %v", err)
	}
}

// oauthError is the error code of a failed token request.
func oauthError(t *testing.T, err error, status int, code string) {
	t.Helper()
	var e *oauth2.RetrieveError
	if !asRetrieve(err, &e) || e.ErrorCode != code || e.Response.StatusCode != status {
		t.Fatalf("error %v, want %d %s", err, status, code)
	}
	if e.Response.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(e.Response.Header.Get("Content-Type"), "application/json") {
		t.Fatalf("headers %v", e.Response.Header)
	}
}

func asRetrieve(err error, into **oauth2.RetrieveError) bool {
	e, ok := err.(*oauth2.RetrieveError)
	*into = e
	return ok
}

func TestCodeMisuse(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		e.account("olga", switchboard.Operator, false)
		conf, verifier, b := e.console(), oauth2.GenerateVerifier(), e.browser()
		address := conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier))
		exchange := func(code string, o ...oauth2.AuthCodeOption) (*oauth2.Token, error) {
			return conf.Exchange(t.Context(), code, o...)
		}

		code := b.code(address, "olga")
		_, err := exchange(code)
		oauthError(t, err, 400, "invalid_grant") // no verifier
		_, err = exchange(code, oauth2.VerifierOption(oauth2.GenerateVerifier()))
		oauthError(t, err, 400, "invalid_grant") // another verifier
		_, err = exchange(code, oauth2.VerifierOption(oauth2.S256ChallengeFromVerifier(verifier)))
		oauthError(t, err, 400, "invalid_grant") // the challenge is no verifier
		_, err = exchange(code, oauth2.VerifierOption(verifier), oauth2.SetAuthURLParam("redirect_uri", e.web.URL+"/api/oauth2-redirect.html"))
		oauthError(t, err, 400, "invalid_grant")
		portal := conf
		portal.ClientID = auth.PortalClient
		_, err = portal.Exchange(t.Context(), code, oauth2.VerifierOption(verifier))
		oauthError(t, err, 400, "invalid_grant")
		_, err = exchange("0123456789abcdef0123456789abcdef", oauth2.VerifierOption(verifier))
		oauthError(t, err, 400, "invalid_grant")

		token, err := exchange(code, oauth2.VerifierOption(verifier))
		e.must(err)
		_, err = exchange(code, oauth2.VerifierOption(verifier))
		oauthError(t, err, 400, "invalid_grant") // spent: what came of it dies too
		e.verifyFails(token.AccessToken, "token-revoked")
		_, err = conf.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
		oauthError(t, err, 400, "invalid_grant")

		late := b.code(address, "olga")
		e.clock.Add(2 * time.Minute)
		_, err = exchange(late, oauth2.VerifierOption(verifier))
		oauthError(t, err, 400, "invalid_grant")

		pending := b.code(address, "olga")
		list, err := e.Accounts(t.Context(), e.root, auth.AccountQuery{Search: "olga"})
		e.must(err)
		e.must(e.SetPassword(t.Context(), e.root, list[0].ID, "another"))
		_, err = exchange(pending, oauth2.VerifierOption(verifier))
		oauthError(t, err, 400, "invalid_grant")
	})
}

func TestRefresh(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		olga := e.account("olga", switchboard.Operator, false)
		conf, b := e.console(), e.browser()
		sign := func() *oauth2.Token {
			verifier := oauth2.GenerateVerifier()
			token, err := conf.Exchange(t.Context(), b.code(conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), "olga"), oauth2.VerifierOption(verifier))
			e.must(err)
			return token
		}
		refresh := func(token string) (*oauth2.Token, error) {
			return conf.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token}).Token()
		}
		first := sign()
		e.clock.Add(time.Hour)
		e.verifyFails(first.AccessToken, "token-expired")
		second, err := refresh(first.RefreshToken)
		e.must(err)
		if second.RefreshToken == first.RefreshToken || second.ExpiresIn != 3600 {
			t.Fatalf("%+v", second)
		}
		a, err := e.Verify(t.Context(), second.AccessToken)
		if err != nil || a.Device == 0 {
			t.Fatalf("%+v %v", a, err)
		}
		third, err := refresh(second.RefreshToken)
		e.must(err)
		_, err = refresh(second.RefreshToken) // somebody has a copy
		oauthError(t, err, 400, "invalid_grant")
		_, err = refresh(third.RefreshToken)
		oauthError(t, err, 400, "invalid_grant")
		e.verifyFails(third.AccessToken, "token-revoked")

		other := sign()
		if a := e.browser().post("/login/connect/token", url.Values{"grant_type": {"refresh_token"}, "client_id": {auth.PortalClient},
			"refresh_token": {other.RefreshToken}}); a.StatusCode != 400 || !strings.Contains(a.text, "invalid_grant") {
			t.Fatalf("another client's token: %d %s", a.StatusCode, a.text)
		}
		narrow := e.browser().post("/login/connect/token", url.Values{"grant_type": {"refresh_token"}, "client_id": {auth.ConsoleClient},
			"refresh_token": {other.RefreshToken}, "scope": {"events keys"}})
		var n struct {
			Access  string `json:"access_token"`
			Refresh string `json:"refresh_token"`
			Scope   string
		}
		e.must(json.Unmarshal([]byte(narrow.text), &n))
		if p, err := e.Verify(t.Context(), n.Access); err != nil || !slices.Equal(p.Scopes, []switchboard.Scope{switchboard.ScopeEvents}) || n.Scope != "events" {
			t.Fatalf("%+v %v %s", p, err, narrow.text)
		}
		e.must(e.SetPassword(t.Context(), e.root, olga.ID, rightPassword))
		_, err = refresh(n.Refresh)
		oauthError(t, err, 400, "invalid_grant")

		b = e.browser()
		idle := sign()
		e.clock.Add(31 * 24 * time.Hour)
		_, err = refresh(idle.RefreshToken)
		oauthError(t, err, 400, "invalid_grant")
	})
}

func TestClientCredentials(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		scopes := []switchboard.Scope{switchboard.ScopeSessionsRead, switchboard.ScopeWebhooks}
		key, secret, err := e.CreateKey(t.Context(), e.root, "Reporting", scopes)
		e.must(err)
		if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(key.ClientID) || !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(secret) {
			t.Fatalf("%q %q", key.ClientID, secret)
		}
		for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
			conf := clientcredentials.Config{ClientID: key.ClientID, ClientSecret: secret, TokenURL: e.web.URL + "/login/connect/token", AuthStyle: style,
				Scopes: []string{"mluviiPublicApi"}}
			token, err := conf.Token(t.Context())
			e.must(err)
			p, err := e.Verify(t.Context(), token.AccessToken)
			if err != nil || p.Kind != switchboard.Client || !slices.Equal(p.Scopes, scopes) || p.Client != key.ClientID || token.RefreshToken != "" {
				t.Fatalf("%+v %v", p, err)
			}
		}
		// As the documentation says, and nothing else.
		b := e.browser()
		form := url.Values{"response_type": {"token"}, "grant_type": {"client_credentials"}, "client_id": {key.ClientID}, "client_secret": {secret}}
		a := b.post("/login/connect/token", form, "Accept", "*/*")
		if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Fatalf("%d %v %s", a.StatusCode, a.Header, a.text)
		}
		var body map[string]any
		e.must(json.Unmarshal([]byte(a.text), &body))
		if body["token_type"] != "Bearer" || body["expires_in"] != 3600.0 {
			t.Fatalf("%v", body)
		}
		token, _ := body["access_token"].(string)
		for _, header := range []string{"Bearer " + token, "bearer " + token, token} {
			r, _ := http.NewRequest("GET", e.web.URL+"/api/v1/me", nil)
			r.Header.Set("Authorization", header)
			r.Header.Set("Accept", "application/json")
			if a := b.do(r); a.StatusCode != 200 {
				t.Fatalf("%d %s", a.StatusCode, a.text)
			}
		}
		list, err := e.ListKeys(t.Context(), e.root)
		if err != nil || len(list) != 1 || list[0].Name != "Reporting" || list[0].LastUsed.IsZero() {
			t.Fatalf("%+v %v", list, err)
		}
		e.must(e.RevokeKey(t.Context(), e.root, key.ID))
		e.verifyFails(token, "account-disabled")
		if a := b.post("/login/connect/token", form); a.StatusCode != 401 || !strings.Contains(a.text, `"invalid_client"`) {
			t.Fatalf("%d %s", a.StatusCode, a.text)
		}
	})
}

func TestTokenEndpointErrors(t *testing.T) {
	e := newEnv(t, "")
	key, secret, err := e.CreateKey(t.Context(), e.root, "k", []switchboard.Scope{switchboard.ScopeEvents})
	e.must(err)
	grant := func(kv ...string) url.Values {
		v := url.Values{"grant_type": {"client_credentials"}, "client_id": {key.ClientID}, "client_secret": {secret}}
		for i := 0; i < len(kv); i += 2 {
			v.Set(kv[i], kv[i+1])
			if kv[i+1] == "" {
				v.Del(kv[i])
			}
		}
		return v
	}
	twice := grant()
	twice.Add("scope", "events")
	twice.Add("scope", "events")
	b := e.browser()
	for name, c := range map[string]struct {
		form   url.Values
		status int
		code   string
	}{
		"wrong secret":           {grant("client_secret", "0123456789abcdef0123456789abcdef"), 401, "invalid_client"},
		"no secret":              {grant("client_secret", ""), 401, "invalid_client"},
		"unknown client":         {grant("client_id", "0123456789abcdef0123456789abcdef"), 401, "invalid_client"},
		"odd client":             {grant("client_id", "a\x00b' OR 1=1"), 401, "invalid_client"},
		"no client":              {grant("client_id", ""), 400, "invalid_request"},
		"no grant":               {grant("grant_type", ""), 400, "invalid_request"},
		"unknown grant":          {grant("grant_type", "magic"), 400, "unsupported_grant_type"},
		"password grant":         {grant("grant_type", "password"), 400, "unsupported_grant_type"},
		"jwt bearer":             {grant("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion", "x"), 400, "unsupported_grant_type"},
		"token exchange":         {grant("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token", "x", "subject_token_type", "urn:ietf:params:oauth:token-type:jwt"), 400, "unauthorized_client"},
		"code with a key":        {grant("grant_type", "authorization_code", "code", "x", "redirect_uri", "x"), 400, "unauthorized_client"},
		"key grant for a public": {grant("client_id", auth.ConsoleClient, "client_secret", ""), 400, "unauthorized_client"},
		"public with a secret":   {grant("client_id", auth.ConsoleClient), 401, "invalid_client"},
		"scope not held":         {grant("scope", "webhooks"), 400, "invalid_scope"},
		"unknown scope":          {grant("scope", "everything"), 400, "invalid_scope"},
		"assertion":              {grant("client_secret", "", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", "x"), 401, "invalid_client"},
		"parameter twice":        {twice, 400, "invalid_request"},
		"refresh without client": {url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}}, 400, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			a := b.post("/login/connect/token", c.form)
			var body struct {
				Error       string
				Description string `json:"error_description"`
			}
			if err := json.Unmarshal([]byte(a.text), &body); err != nil || a.StatusCode != c.status || body.Error != c.code ||
				a.Header.Get("Cache-Control") != "no-store" || strings.Contains(a.text, "parent") {
				t.Fatalf("%d %s, want %d %s", a.StatusCode, a.text, c.status, c.code)
			}
		})
	}
	r, _ := http.NewRequest("POST", e.web.URL+"/login/connect/token", strings.NewReader("grant_type=client_credentials"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(key.ClientID, "wrong")
	if a := b.do(r); a.StatusCode != 401 || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Basic ") {
		t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	for _, c := range []struct {
		method, query, kind, body string
		status                    int
	}{
		{"GET", "?" + grant().Encode(), "", "", 405},
		{"POST", "?" + grant().Encode(), "application/x-www-form-urlencoded", "", 400}, // secrets do not belong into a URL
		{"POST", "", "application/json", `{"grant_type":"client_credentials"}`, 400},
		{"POST", "", "application/x-www-form-urlencoded", "%zz=1", 400},
		{"POST", "", "application/x-www-form-urlencoded", "a=" + strings.Repeat("x", 2<<20), 413},
		{"PUT", "", "application/x-www-form-urlencoded", "a=b", 405},
	} {
		r, _ := http.NewRequest(c.method, e.web.URL+"/login/connect/token"+c.query, strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		if a := b.do(r); a.StatusCode != c.status || !strings.Contains(a.text, "invalid_request") {
			t.Fatalf("%s %q: %d %s, want %d", c.method, c.body[:min(len(c.body), 20)], a.StatusCode, a.text, c.status)
		}
	}
}

func TestLastUseOncePerMinute(t *testing.T) {
	e := newEnv(t, "")
	key, secret, err := e.CreateKey(t.Context(), e.root, "k", []switchboard.Scope{switchboard.ScopeEvents})
	e.must(err)
	conf := clientcredentials.Config{ClientID: key.ClientID, ClientSecret: secret, TokenURL: e.web.URL + "/login/connect/token", AuthStyle: oauth2.AuthStyleInParams}
	used := func() time.Time {
		t.Helper()
		_, err := conf.Token(t.Context())
		e.must(err)
		e.must(e.barrier())
		list, err := e.ListKeys(t.Context(), e.root)
		e.must(err)
		return list[0].LastUsed
	}
	first := used()
	e.clock.Add(30 * time.Second)
	if again := used(); !again.Equal(first) {
		t.Fatalf("written again after half a minute: %v %v", first, again)
	}
	e.clock.Add(31 * time.Second)
	if later := used(); !later.Equal(e.clock.Now()) {
		t.Fatalf("last use %v, now %v", later, e.clock.Now())
	}
}

// barrier waits for what has been queued for the store.
func (e *env) barrier() error {
	_, err := e.CreateAccount(e.t.Context(), e.root, auth.NewAccount{Localpart: switchboard.NewName(), Kind: switchboard.User})
	return err
}

func TestKeyRules(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		e.account("olga", switchboard.Operator, false)
		olga := e.login("olga")
		_, _, err := e.CreateKey(t.Context(), olga, "k", []switchboard.Scope{switchboard.ScopeEvents})
		wantCode(t, err, "scope-missing")
		olga.Scopes = append(olga.Scopes, switchboard.ScopeKeys)
		_, _, err = e.CreateKey(t.Context(), olga, "k", []switchboard.Scope{switchboard.ScopeCompanyWrite})
		wantCode(t, err, "scope-missing") // a key cannot do more than its maker
		for _, c := range []struct {
			name   string
			scopes []switchboard.Scope
			code   string
		}{{"", []switchboard.Scope{switchboard.ScopeEvents}, "name-missing"}, {"k", nil, "scope-missing"}, {"k", []switchboard.Scope{"magic"}, "scope-unknown"},
			{"a\x00", []switchboard.Scope{switchboard.ScopeEvents}, "text-malformed"}, {strings.Repeat("x", 201), []switchboard.Scope{switchboard.ScopeEvents}, "text-too-long"}} {
			_, _, err := e.CreateKey(t.Context(), e.root, c.name, c.scopes)
			wantCode(t, err, c.code)
		}
		for range 2 {
			_, _, err = e.CreateKey(t.Context(), e.root, "k", []switchboard.Scope{switchboard.ScopeEvents})
			e.must(err)
		}
		_, _, err = e.CreateKey(t.Context(), e.root, "k", []switchboard.Scope{switchboard.ScopeEvents})
		wantCode(t, err, "key-limit")
		list, err := e.ListKeys(t.Context(), e.root)
		e.must(err)
		wantCode(t, e.RevokeKey(t.Context(), switchboard.Principal{}, list[0].ID), "token-missing")
		e.must(e.RevokeKey(t.Context(), e.root, list[0].ID))
		e.must(e.RevokeKey(t.Context(), e.root, list[0].ID))
		again, err := e.ListKeys(t.Context(), e.root)
		if err != nil || len(again) != 2 || again[1].ID != list[0].ID || again[1].Revoked.IsZero() {
			t.Fatalf("%+v %v", again, err)
		}
		_, _, err = e.CreateKey(t.Context(), e.root, "k", []switchboard.Scope{switchboard.ScopeEvents})
		e.must(err)
	}, func(o *auth.Options) { o.MaxKeys = 2 })
}

func TestIntrospectionAndRevocation(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		e.account("olga", switchboard.Operator, false)
		key, secret, err := e.CreateKey(t.Context(), e.root, "k", []switchboard.Scope{switchboard.ScopeEvents})
		e.must(err)
		conf, verifier, b := e.console(), oauth2.GenerateVerifier(), e.browser()
		token, err := conf.Exchange(t.Context(), b.code(conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), "olga"), oauth2.VerifierOption(verifier))
		e.must(err)
		introspect := func(token, id, secret string) map[string]any {
			a := b.post("/login/connect/introspect", url.Values{"token": {token}, "client_id": {id}, "client_secret": {secret}})
			m := map[string]any{"status": a.StatusCode}
			_ = json.Unmarshal([]byte(a.text), &m)
			return m
		}
		m := introspect(token.AccessToken, key.ClientID, secret)
		if m["active"] != true || m["username"] != "olga" || m["client_id"] != auth.ConsoleClient || m["token_type"] != "Bearer" {
			t.Fatalf("%v", m)
		}
		boss := e.account("boss", switchboard.Operator, true) // who is none any more
		bossToken := e.token(e.login("boss"))
		e.must(e.SetRole(t.Context(), e.root, boss.ID, switchboard.Operator, false))
		if m := introspect(bossToken, key.ClientID, secret); m["active"] != true || m["role"] != "operator" || strings.Contains(m["scope"].(string), "keys") {
			t.Errorf("%v", m)
		}
		if m := introspect("nonsense", key.ClientID, secret); m["active"] != false || m["status"] != 200 {
			t.Fatalf("%v", m)
		}
		if m := introspect(token.AccessToken, key.ClientID, "wrong"); m["status"] != 401 {
			t.Fatalf("%v", m)
		}
		_, _, err = e.EnsureTenant(t.Context(), "other.example", false)
		e.must(err)
		stranger, err := e.LocalAdmin(t.Context(), "other.example")
		e.must(err)
		foreign, foreignSecret, err := e.CreateKey(t.Context(), stranger, "k", []switchboard.Scope{switchboard.ScopeEvents})
		e.must(err)
		if m := introspect(token.AccessToken, foreign.ClientID, foreignSecret); m["active"] != false {
			t.Fatalf("another tenant's key learns %v", m)
		}

		revoke := func(token, client string) {
			t.Helper()
			if a := b.post("/login/connect/revocation", url.Values{"token": {token}, "client_id": {client}}); a.StatusCode != 200 {
				t.Fatalf("%d %s", a.StatusCode, a.text)
			}
		}
		revoke(token.AccessToken, auth.PortalClient) // not its own: no effect, no difference
		revoke(token.RefreshToken, auth.PortalClient)
		revoke("nonsense", auth.ConsoleClient)
		if _, err := e.Verify(t.Context(), token.AccessToken); err != nil {
			t.Fatal(err)
		}
		revoke(token.AccessToken, auth.ConsoleClient)
		e.verifyFails(token.AccessToken, "token-revoked")
		fresh, err := conf.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
		e.must(err)
		revoke(fresh.RefreshToken, auth.ConsoleClient)
		e.verifyFails(fresh.AccessToken, "token-revoked")
		if m := introspect(fresh.AccessToken, key.ClientID, secret); m["active"] != false {
			t.Fatalf("%v", m)
		}
	})
}

func TestNativeClient(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		e.account("boss", switchboard.Operator, true)
		b := e.browser()
		b.signIn("boss", rightPassword, "/")
		ask := func(redirect string, more ...string) string {
			q := url.Values{"client_id": {auth.NativeClient}, "response_type": {"code"}, "scope": {"mluviiPublicApi"}, "redirect_uri": {redirect}, "state": {"s t"}}
			for i := 0; i < len(more); i += 2 {
				q.Set(more[i], more[i+1])
			}
			return "/login/connect/authorize?" + q.Encode()
		}
		// Out of band, without PKCE: the code is shown to be copied.
		a := b.get(ask(auth.OOB))
		consent := location(t, a).String()
		page := b.get(consent)
		for _, want := range []string{"boss@localhost", "a code on the next page", "make and change accounts"} {
			if !strings.Contains(page.text, want) {
				t.Fatalf("the consent page lacks %q: %s", want, page.text)
			}
		}
		a = b.fill(consent, url.Values{"decision": {"deny"}})
		if u := location(t, a); u.Query().Get("error") != "access_denied" || u.Query().Get("state") != "s t" {
			t.Fatalf("%s", u)
		}
		a = b.fill(consent, url.Values{"decision": {"allow"}})
		shown := b.get(location(t, a).String())
		code := regexp.MustCompile(`id="code">([0-9a-f]{32})<`).FindStringSubmatch(shown.text)
		if code == nil {
			t.Fatalf("no code: %s", shown.text)
		}
		conf := oauth2.Config{ClientID: auth.NativeClient, RedirectURL: auth.OOB,
			Endpoint: oauth2.Endpoint{TokenURL: e.web.URL + "/login/connect/token", AuthStyle: oauth2.AuthStyleInParams}}
		token, err := conf.Exchange(t.Context(), code[1])
		e.must(err)
		if p, err := e.Verify(t.Context(), token.AccessToken); err != nil || p.Localpart != "boss" || token.Extra("id_token") != nil || token.RefreshToken != "" {
			t.Fatalf("%+v %v %+v", p, err, token)
		}

		// A tool that listens on its own machine must use PKCE.
		verifier := oauth2.GenerateVerifier()
		challenge := []string{"code_challenge", oauth2.S256ChallengeFromVerifier(verifier), "code_challenge_method", "S256"}
		for _, redirect := range []string{"http://127.0.0.1:1410/", "http://localhost:5555/cb?x=1", "http://[::1]:9", "http://127.0.0.1:80/a%20b"} {
			if u := location(t, b.get(ask(redirect))); u.Query().Get("error") != "invalid_request" {
				t.Fatalf("without PKCE: %s", u)
			}
			a := b.get(ask(redirect, challenge...))
			a = b.fill(location(t, a).String(), url.Values{"decision": {"allow"}})
			if got := a.Header.Get("Location"); !strings.HasPrefix(got, redirect) || !strings.Contains(got, "code=") {
				t.Fatalf("%s leads to %s", redirect, got)
			}
		}
		if u := location(t, b.get(ask(auth.OOB, "prompt", "none"))); u.Query().Get("error") != "consent_required" {
			t.Fatalf("silent: %s", u)
		}
	})
}

func TestRedirectAddresses(t *testing.T) {
	e := newEnv(t, "")
	e.account("olga", switchboard.Operator, false)
	b := e.browser()
	b.signIn("olga", rightPassword, "/")
	challenge := oauth2.S256ChallengeFromVerifier(oauth2.GenerateVerifier())
	good := e.web.URL + "/console/callback"
	for _, c := range []struct{ client, redirect string }{
		{auth.ConsoleClient, ""},
		{auth.ConsoleClient, "https://evil.example/console/callback"},
		{auth.ConsoleClient, good + "/"},
		{auth.ConsoleClient, good + "?x=1"},
		{auth.ConsoleClient, good + "#x"},
		{auth.ConsoleClient, good + "/../../evil"},
		{auth.ConsoleClient, good + "%0d%0aSet-Cookie:x=y"},
		{auth.ConsoleClient, strings.Replace(good, "http://", "http://evil.example@", 1)},
		{auth.ConsoleClient, strings.Replace(good, "http://", "HTTP://", 1)},
		{auth.ConsoleClient, strings.Replace(good, "http://", "//", 1)},
		{auth.ConsoleClient, strings.Replace(good, "http://", `http:\\`, 1)},
		{auth.ConsoleClient, strings.Replace(good, "127.0.0.1", "127.0.0.1.evil.example", 1)},
		{auth.ConsoleClient, strings.Replace(good, "127.0.0.1", "localhost", 1)}, // another origin than the request's
		{auth.ConsoleClient, strings.Replace(good, "/console/", "/%63onsole/", 1)},
		{auth.ConsoleClient, auth.OOB},
		{auth.ConsoleClient, e.web.URL + "/api/oauth2-redirect.html"},
		{auth.NativeClient, good[:len("http://")] + "evil.example/"},
		{auth.NativeClient, "https://127.0.0.1/"},
		{auth.NativeClient, "http://127.0.0.1@evil.example/"},
		{auth.NativeClient, "http://127.0.0.1:80@evil.example/"},
		{auth.NativeClient, `http://127.0.0.1\@evil.example/`},
		{auth.NativeClient, "http://localhost.evil.example/"},
		{auth.NativeClient, "http://localhost/#frag"},
		{auth.NativeClient, "javascript://127.0.0.1/%0aalert(1)"},
		{auth.NativeClient, "http:127.0.0.1/"},
		{auth.NativeClient, "http:///127.0.0.1/"},
		{auth.NativeClient, "http://2130706433/"},
		{auth.NativeClient, "data:text/html,x"},
		{"unknown", good},
		{"", good},
	} {
		q := url.Values{"client_id": {c.client}, "response_type": {"code"}, "scope": {"openid"}, "redirect_uri": {c.redirect},
			"code_challenge": {challenge}, "code_challenge_method": {"S256"}}
		a := b.get("/login/connect/authorize?" + q.Encode())
		if a.StatusCode != 400 || a.Header.Get("Location") != "" || !strings.Contains(a.text, `role="alert"`) {
			t.Errorf("%s with %q: %d %s", c.client, c.redirect, a.StatusCode, a.Header.Get("Location"))
		}
		if strings.Contains(a.text, "evil") {
			t.Errorf("the page repeats the address: %s", a.text)
		}
		consent := b.get("/login/connect/consent?" + q.Encode())
		if consent.StatusCode != 400 {
			t.Errorf("consent for %q: %d", c.redirect, consent.StatusCode)
		}
	}
}

func TestAuthorizeRefusals(t *testing.T) {
	e := newEnv(t, "")
	e.account("olga", switchboard.Operator, false)
	in, out := e.browser(), e.browser()
	in.signIn("olga", rightPassword, "/")
	challenge := oauth2.S256ChallengeFromVerifier(oauth2.GenerateVerifier())
	ask := func(b *browser, kv ...string) string {
		t.Helper()
		q := url.Values{"client_id": {auth.ConsoleClient}, "response_type": {"code"}, "scope": {"openid"}, "state": {"st"},
			"redirect_uri": {e.web.URL + "/console/callback"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"}}
		for i := 0; i < len(kv); i += 2 {
			q.Set(kv[i], kv[i+1])
			if kv[i+1] == "" {
				q.Del(kv[i])
			}
		}
		u := location(t, b.get("/login/connect/authorize?"+q.Encode()))
		if u.Query().Get("error") != "" && u.Query().Get("state") != "st" {
			t.Fatalf("no state: %s", u)
		}
		switch {
		case u.Query().Get("code") != "":
			return "code"
		case strings.HasPrefix(u.Path, "/login/Account/Login"):
			return "login"
		case strings.HasPrefix(u.Path, "/login/connect/consent"):
			return "consent"
		}
		return u.Query().Get("error")
	}
	for i, c := range []struct {
		b    *browser
		kv   []string
		want string
	}{
		{in, nil, "code"},
		{in, []string{"scope", ""}, "code"},
		{out, nil, "login"},
		{in, []string{"response_type", "token"}, "unsupported_response_type"},
		{in, []string{"response_type", ""}, "invalid_request"},
		{in, []string{"response_mode", "fragment"}, "invalid_request"},
		{in, []string{"response_mode", "query"}, "code"},
		{in, []string{"code_challenge", ""}, "invalid_request"},
		{in, []string{"code_challenge_method", "plain"}, "invalid_request"},
		{in, []string{"code_challenge_method", ""}, "invalid_request"},
		{in, []string{"code_challenge", "short"}, "invalid_request"},
		{in, []string{"request", "x.y.z"}, "request_not_supported"},
		{in, []string{"scope", "keys"}, "invalid_scope"},
		{in, []string{"nonce", "a\x00b"}, "invalid_request"},
		{out, []string{"prompt", "none"}, "login_required"},
		{in, []string{"prompt", "none"}, "code"},
		{in, []string{"prompt", "none login"}, "invalid_request"},
		{in, []string{"prompt", "login"}, "login"},
		{in, []string{"prompt", "consent"}, "consent"},
		{in, []string{"prompt", "select_account"}, "login"},
		{in, []string{"max_age", "60"}, "code"},
		{in, []string{"max_age", "-1"}, "invalid_request"},
		{in, []string{"max_age", "soon"}, "invalid_request"},
		{in, []string{"request_uri", "https://evil.example/r"}, "request_uri_not_supported"},
		{in, []string{"registration", "{}"}, "registration_not_supported"},
		{in, []string{"id_token_hint", "x.y.z"}, "login"},
		{in, []string{"id_token_hint", "x.y.z", "prompt", "none"}, "login_required"},
	} {
		if got := ask(c.b, c.kv...); got != c.want {
			t.Errorf("case %d %v: %q, want %q", i, c.kv, got, c.want)
		}
	}
	e.clock.Add(time.Minute + time.Second)
	if got := ask(in, "max_age", "60"); got != "login" {
		t.Errorf("an old sign-in: %q", got)
	}
}

func TestPromptLoginEnds(t *testing.T) {
	e := newEnv(t, "")
	e.account("olga", switchboard.Operator, false)
	b := e.browser()
	b.signIn("olga", rightPassword, "/")
	conf, verifier := e.console(), oauth2.GenerateVerifier()
	if b.code(conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", "login"),
		oauth2.SetAuthURLParam("max_age", "0")), "olga") == "" {
		t.Fatal("signing in again did not help")
	}
}

func TestEndSession(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		e.account("olga", switchboard.Operator, false)
		conf, verifier, b := e.console(), oauth2.GenerateVerifier(), e.browser()
		token, err := conf.Exchange(t.Context(), b.code(conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), "olga"), oauth2.VerifierOption(verifier))
		e.must(err)
		id, _ := token.Extra("id_token").(string)
		signedIn := func() bool { return b.get("/api/v1/me").StatusCode == 200 }
		if !signedIn() {
			t.Fatal("not signed in")
		}
		if u := location(t, b.get("/login/connect/endsession")); u.Path != "/login/Account/Logout" || !signedIn() {
			t.Fatalf("signed out by a bare link: %s", u)
		}
		if u := location(t, b.get("/login/connect/endsession?id_token_hint="+token.AccessToken)); u.Path != "/login/Account/Logout" || !signedIn() {
			t.Fatalf("signed out by an access token: %s", u)
		}
		evil := b.get("/login/connect/endsession?" + url.Values{"client_id": {auth.ConsoleClient}, "post_logout_redirect_uri": {"https://evil.example/"}}.Encode())
		if evil.StatusCode != 400 || strings.Contains(evil.text, "evil") || !signedIn() {
			t.Fatalf("%d %s", evil.StatusCode, evil.text)
		}
		e.clock.Add(2 * time.Hour) // an old ID token is still a good hint
		a := b.get("/login/connect/endsession?" + url.Values{"id_token_hint": {id}, "post_logout_redirect_uri": {e.web.URL + "/console/"}, "state": {"x"}}.Encode())
		if u := location(t, a); u.Path != "/console/" || u.Query().Get("state") != "x" || signedIn() {
			t.Fatalf("%s", u)
		}
		_, err = conf.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
		oauthError(t, err, 400, "invalid_grant")
	})
}
