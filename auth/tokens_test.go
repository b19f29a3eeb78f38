package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"switchboard"
	"switchboard/auth"
)

func TestTokenLivesOneHour(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		e.account("anna", switchboard.User, false)
		token, expires, err := e.Mint(t.Context(), e.login("anna"), switchboard.PlatformDialect, nil)
		e.must(err)
		if want := e.clock.Now().Add(time.Hour); !expires.Equal(want) {
			t.Fatalf("expires %v, want %v", expires, want)
		}
		e.clock.Add(time.Hour - time.Second)
		p, err := e.Verify(t.Context(), token)
		e.must(err)
		if p.Localpart != "anna" || p.Dialect != switchboard.PlatformDialect || !p.Expires.Equal(expires) || !p.May(switchboard.ScopeChat) {
			t.Fatalf("principal %+v", p)
		}
		e.clock.Add(time.Second)
		e.verifyFails(token, "token-expired")
		e.verifyFails(token, "token-expired")
	})
}

func TestMintCutsScopes(t *testing.T) {
	e := newEnv(t, "")
	e.account("olga", switchboard.Operator, false)
	token, _, err := e.Mint(t.Context(), e.login("olga"), switchboard.PublicDialect,
		[]switchboard.Scope{switchboard.ScopeEvents, switchboard.ScopeKeys, switchboard.ScopeEvents})
	e.must(err)
	p, err := e.Verify(t.Context(), token)
	e.must(err)
	if len(p.Scopes) != 1 || p.Scopes[0] != switchboard.ScopeEvents {
		t.Fatalf("scopes %v", p.Scopes)
	}
	if _, _, err := e.Mint(t.Context(), e.root, switchboard.PublicDialect, nil); err == nil {
		t.Fatal("a token for nobody")
	}
}

// parts of a compact token.
func parts(token string) (header, payload map[string]any, signature string) {
	p := strings.Split(token, ".")
	for i, into := range []*map[string]any{&header, &payload} {
		b, _ := base64.RawURLEncoding.DecodeString(p[i])
		_ = json.Unmarshal(b, into)
	}
	return header, payload, p[2]
}

func part(v any) string {
	b, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(b)
}

func TestBadTokens(t *testing.T) {
	e := newEnv(t, "")
	e.account("anna", switchboard.User, false)
	e.account("boss", switchboard.Operator, true)
	token := e.token(e.login("anna"))
	header, payload, signature := parts(token)
	kid, _ := header["kid"].(string)
	foreign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	e.must(err)
	sign := func(alg jose.SignatureAlgorithm, key any, kid, typ string, claims map[string]any) string {
		t.Helper()
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}},
			(&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
		e.must(err)
		b, _ := json.Marshal(claims)
		signed, err := signer.Sign(b)
		e.must(err)
		text, err := signed.CompactSerialize()
		e.must(err)
		return text
	}
	with := func(m map[string]any, k string, v any) map[string]any {
		c := map[string]any{}
		for name, value := range m {
			c[name] = value
		}
		c[k] = v
		return c
	}
	mirrored := signature[:len(signature)-4] + "AAAA"
	for name, bad := range map[string]string{
		"empty":                 "",
		"word":                  "token",
		"dots":                  "..",
		"three words":           "a.b.c",
		"alg none":              part(map[string]any{"alg": "none", "typ": "at+jwt", "kid": kid}) + "." + part(payload) + ".",
		"alg None with old sig": part(with(header, "alg", "None")) + "." + part(payload) + "." + signature,
		"HS256 with a word":     sign(jose.HS256, []byte("0123456789abcdef0123456789abcdef"), kid, "at+jwt", payload),
		"foreign key, our kid":  sign(jose.ES256, foreign, kid, "at+jwt", payload),
		"foreign key, own kid":  sign(jose.ES256, foreign, "other", "at+jwt", payload),
		"no kid":                sign(jose.ES256, foreign, "", "at+jwt", payload),
		"other payload":         strings.Split(token, ".")[0] + "." + part(with(payload, "sub", "2")) + "." + signature,
		"other signature":       strings.Join(strings.Split(token, ".")[:2], ".") + "." + mirrored,
		"no signature":          strings.Join(strings.Split(token, ".")[:2], ".") + ".",
		"jwk in the header":     part(with(header, "jwk", jose.JSONWebKey{Key: &foreign.PublicKey})) + "." + part(payload) + "." + signature,
		"crit in the header":    part(with(header, "crit", []string{"exp"})) + "." + part(payload) + "." + signature,
		"JSON form":             `{"payload":"` + part(payload) + `","signatures":[]}`,
		"huge":                  token + strings.Repeat("A", 10_000),
		"trailing part":         token + ".x",
		"space":                 token + " ",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := e.Verify(t.Context(), bad)
			wantCode(t, err, "token-invalid")
		})
	}
	if _, err := e.Verify(t.Context(), token); err != nil {
		t.Fatal(err)
	}
}

func TestForeignInstallation(t *testing.T) {
	e, other := newEnv(t, ""), newEnv(t, "")
	e.account("anna", switchboard.User, false)
	other.account("anna", switchboard.User, false)
	e.verifyFails(other.token(other.login("anna")), "token-invalid")
}

func TestIssuerMustBeOurs(t *testing.T) {
	e := newEnv(t, "")
	e.account("anna", switchboard.User, false)
	token := e.token(e.login("anna")) // its issuer is http://localhost/login
	moved := auth.New(auth.Options{DB: e.db, Now: e.clock.Now, PublicURL: "https://chat.example.com"})
	_, err := moved.Verify(t.Context(), token)
	wantCode(t, err, "token-invalid")
}

func TestKeyRotation(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		e.account("anna", switchboard.User, false)
		node2 := auth.New(auth.Options{DB: e.db, Now: e.clock.Now}) // another node with its own copy of the keys
		p := e.login("anna")
		old := e.token(p)
		if _, err := node2.Verify(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		e.clock.Add(10 * time.Second)
		e.must(e.RotateKeys(t.Context()))
		fresh := e.token(p)
		a, _, _ := parts(old)
		b, _, _ := parts(fresh)
		if a["kid"] == b["kid"] {
			t.Fatal("the new key does not sign at once")
		}
		for _, s := range []*auth.Service{e.Service, node2} {
			for _, token := range []string{old, fresh} {
				if _, err := s.Verify(t.Context(), token); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n := len(e.jwks()); n != 2 {
			t.Fatalf("%d keys published, want 2", n)
		}
		e.clock.Add(time.Hour - 11*time.Second)
		if _, err := e.Verify(t.Context(), old); err != nil {
			t.Fatalf("the old key's last second: %v", err)
		}
		e.clock.Add(10 * time.Minute)
		if n := len(e.jwks()); n != 1 {
			t.Fatalf("%d keys published, want 1", n)
		}
		e.must(e.RotateKeys(t.Context()))
		e.must(e.RotateKeys(t.Context()))
		if _, err := e.Verify(t.Context(), e.token(p)); err != nil {
			t.Fatal(err)
		}
	})
}

func (e *env) jwks() []jose.JSONWebKey {
	var set jose.JSONWebKeySet
	a := e.browser().get("/login/.well-known/openid-configuration/jwks")
	e.must(json.Unmarshal([]byte(a.text), &set))
	for _, k := range set.Keys {
		if !k.IsPublic() || strings.Contains(a.text, `"d"`) {
			e.t.Fatal("a private key is published")
		}
	}
	return set.Keys
}

func TestRevocationAcrossNodes(t *testing.T) {
	// The store's clock and the nodes' stand still but for our steps.
	embedded(t, func(t *testing.T, e *env) {
		node2 := auth.New(auth.Options{DB: e.db, Now: e.clock.Now})
		anna := e.account("anna", switchboard.User, false)
		token := e.token(e.login("anna"))
		if _, err := node2.Verify(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		e.must(e.SetEnabled(t.Context(), e.root, anna.ID, false))
		e.verifyFails(token, "account-disabled") // at once where it happened
		e.clock.Add(2 * time.Second)
		_, err := node2.Verify(t.Context(), token) // within two seconds elsewhere
		wantCode(t, err, "account-disabled")
	})
}

// told waits for what a hook hears.
func told(t *testing.T, hook <-chan auth.Revocation) auth.Revocation {
	t.Helper()
	select {
	case r := <-hook:
		return r
	case <-time.After(20 * time.Second):
		t.Fatal("not told")
		return auth.Revocation{}
	}
}

// following disables an account again and again until a Run that has just been
// started has seen it.
func (e *env) following(hook <-chan auth.Revocation, id switchboard.AccountID) {
	e.t.Helper()
	for range 200 {
		e.must(e.SetEnabled(e.t.Context(), e.root, id, false))
		select {
		case <-hook:
			return
		case <-time.After(100 * time.Millisecond):
		}
		e.must(e.SetEnabled(e.t.Context(), e.root, id, true))
	}
	e.t.Fatal("not told")
}

func TestHooks(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		got := make(chan auth.Revocation, 1000)
		node2 := auth.New(auth.Options{DB: e.db})
		node2.OnRevoked(func(r auth.Revocation) { got <- r })
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = node2.Run(ctx)
		}()
		ready := e.account("ready", switchboard.User, false)
		e.following(got, ready.ID)
		reg, err := e.RegisterDevice(t.Context(), auth.RegisterRequest{License: "trial", Identifier: "anna", Sandbox: true})
		e.must(err)
		e.must(e.RevokeDevice(t.Context(), reg.Principal, reg.Device, ""))
		anna := reg.Principal.Account
		e.must(e.SetEnabled(t.Context(), e.root, anna, false))
		for _, want := range []auth.Revocation{
			{Tenant: e.root.Tenant, Account: anna, Device: reg.Device, Reason: auth.ReasonRevoked},
			{Tenant: e.root.Tenant, Account: anna, Reason: auth.ReasonDisabled},
		} {
			r := told(t, got)
			for r.Account == ready.ID {
				r = told(t, got)
			}
			if r != want {
				t.Fatalf("told %+v, want %+v", r, want)
			}
		}
		stop()
		<-ended
	})
}

func TestRevokeToken(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		e.account("anna", switchboard.User, false)
		a, b := e.token(e.login("anna")), e.token(e.login("anna"))
		e.must(e.RevokeToken(t.Context(), a))
		e.must(e.RevokeToken(t.Context(), a))
		e.must(e.RevokeToken(t.Context(), "no token"))
		e.verifyFails(a, "token-revoked")
		if _, err := e.Verify(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRunReplacesOldKeys(t *testing.T) {
	e := newEnv(t, "")
	anna := e.account("anna", switchboard.User, false)
	p := e.login("anna")
	old := e.token(p)
	first := e.jwks()[0].KeyID
	e.clock.Add(31 * 24 * time.Hour)
	if _, err := e.Verify(t.Context(), old); err == nil {
		t.Fatal("an old token lives")
	}
	heard := make(chan auth.Revocation, 1000)
	e.OnRevoked(func(r auth.Revocation) { heard <- r })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = e.Run(ctx)
	}()
	e.following(heard, anna.ID) // by then Run has done its upkeep
	e.clock.Add(2 * time.Second)
	if keys := e.jwks(); len(keys) != 2 || keys[0].KeyID == first {
		t.Fatalf("the signing key was not replaced: %+v", keys)
	}
	stop()
	<-ended
}

// What another node has done a moment ago is not known here yet, unless
// somebody asks for it.
func TestAgain(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		olga := e.account("olga", switchboard.Operator, false)
		token, b := e.token(e.login("olga")), e.browser()
		b.signIn("olga", rightPassword, "/")
		get := func(path string, withToken bool) int {
			r, _ := http.NewRequest("GET", e.web.URL+path, nil)
			r.Header.Set("Accept", "application/json")
			if withToken {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			return b.do(r).StatusCode
		}
		for _, withToken := range []bool{true, false} {
			if got := get("/api/v1/me", withToken); got != 200 {
				t.Fatal(got)
			}
			if got := get("/api/v1/again", withToken); got != 204 {
				t.Fatal(got)
			}
		}
		other := auth.New(auth.Options{DB: e.db, Now: e.clock.Now})
		e.must(other.SetEnabled(t.Context(), e.root, olga.ID, false))
		for _, withToken := range []bool{true, false} {
			if got := get("/api/v1/again", withToken); got != 401 {
				t.Errorf("looked at again: %d", got)
			}
			if got := get("/api/v1/me", withToken); got != 401 {
				t.Errorf("after that: %d", got)
			}
		}
	})
}
