package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/xdg-go/scram"

	"switchboard"
	"switchboard/auth"
)

func (e *env) register(r auth.RegisterRequest) (auth.Registration, error) {
	if r.License == "" {
		r.License = "trial"
	}
	return e.RegisterDevice(e.t.Context(), r)
}

func TestSandboxRegister(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		reg, err := e.register(auth.RegisterRequest{Identifier: "Anna", DeviceType: "android", Sandbox: true})
		e.must(err)
		if reg.Username != "anna" || len(reg.Password) != 32 || reg.IsExisting || reg.Principal.Device != reg.Device || reg.Device == 0 {
			t.Fatalf("%+v", reg)
		}
		p, err := e.Verify(t.Context(), reg.Token)
		if err != nil || p.Dialect != switchboard.PlatformDialect || p.Device != reg.Device || p.Localpart != "anna" {
			t.Fatalf("%+v %v", p, err)
		}
		p, err = e.Password(t.Context(), "", "anna", reg.Password, "a")
		if err != nil || p.Device != reg.Device {
			t.Fatalf("%+v %v", p, err)
		}
		again, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
		if err != nil || !again.IsExisting || again.Password == reg.Password || again.Principal.Account != reg.Principal.Account {
			t.Fatalf("%+v %v", again, err)
		}
		e.account("boss", switchboard.Operator, true)
		for _, c := range []struct {
			r    auth.RegisterRequest
			code string
		}{
			{auth.RegisterRequest{License: "guess", Identifier: "x", Sandbox: true}, "licence-unknown"},
			{auth.RegisterRequest{License: "a\x00b", Identifier: "x", Sandbox: true}, "licence-unknown"},
			{auth.RegisterRequest{Identifier: "", Sandbox: true}, "identifier-missing"},
			{auth.RegisterRequest{Identifier: "a b", Sandbox: true}, "identifier-malformed"},
			{auth.RegisterRequest{Identifier: "boss", Sandbox: true}, "identifier-reserved"},
			{auth.RegisterRequest{Identifier: "x", DeviceType: "a\x00", Sandbox: true}, "text-malformed"},
			{auth.RegisterRequest{Identifier: "x", Metadata: map[string]string{"a": "\x01"}, Sandbox: true}, "text-malformed"},
		} {
			_, err := e.register(c.r)
			wantCode(t, err, c.code)
		}
		tenant, err := e.EndTrial(t.Context(), e.root)
		e.must(err)
		_, err = e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
		wantCode(t, err, "licence-unknown") // the key "trial" has gone with the trial
		_, err = e.register(auth.RegisterRequest{License: tenant.Licence, Identifier: "anna", Sandbox: true})
		wantCode(t, err, "trial-over")
	})
}

func TestDeviceLimit(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		var all []auth.Registration
		for range 3 {
			reg, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
			e.must(err)
			all = append(all, reg)
		}
		_, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
		wantCode(t, err, "device-limit")
		if switchboard.KindOf(err) != switchboard.NotAllowed {
			t.Fatalf("kind %v", switchboard.KindOf(err))
		}
		forced, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true, Force: true})
		e.must(err)
		if forced.Replaced != all[0].Device {
			t.Fatalf("replaced %d, want the oldest %d", forced.Replaced, all[0].Device)
		}
		e.verifyFails(all[0].Token, "token-revoked")
		_, err = e.Password(t.Context(), "", "anna", all[0].Password, "a")
		wantCode(t, err, "credentials-wrong")
		for _, reg := range []auth.Registration{all[1], all[2], forced} {
			if _, err := e.Verify(t.Context(), reg.Token); err != nil {
				t.Fatal(err)
			}
		}
		// A tenant's own limit, lower than what is there: all that is over goes.
		_, err = e.UpdateTenant(t.Context(), e.root, "", map[string]string{"devices.max": "1"})
		e.must(err)
		last, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true, Force: true})
		e.must(err)
		devices, err := e.Devices(t.Context(), last.Principal, last.Principal.Account)
		if err != nil || len(devices) != 1 || devices[0].ID != last.Device || devices[0].Keys != nil {
			t.Fatalf("%+v %v", devices, err)
		}
		e.must(e.RevokeDevice(t.Context(), last.Principal, last.Device, auth.ReasonLogout))
		e.verifyFails(last.Token, "token-revoked")
		stranger, err := e.register(auth.RegisterRequest{Identifier: "ben", Sandbox: true})
		e.must(err)
		wantCode(t, e.RevokeDevice(t.Context(), stranger.Principal, last.Device, ""), "scope-missing")
		wantCode(t, e.RevokeDevice(t.Context(), stranger.Principal, 99999, ""), "device-unknown")
		wantCode(t, e.RevokeDevice(t.Context(), switchboard.Principal{}, last.Device, ""), "token-missing")
	}, func(o *auth.Options) { o.MaxDevices = 3 })
}

func TestRegisterNeedsProof(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		anna, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
		e.must(err)
		ben, err := e.register(auth.RegisterRequest{Identifier: "ben", Sandbox: true})
		e.must(err)
		e.account("boss", switchboard.Operator, true)
		e.account("olga", switchboard.Operator, false)
		e.account("chief", switchboard.Operator, true)
		_, err = e.CreateAccount(t.Context(), e.root, auth.NewAccount{Localpart: "dora", Kind: switchboard.User, Password: "dots.are.good"})
		e.must(err)
		manages, _, err := e.Mint(t.Context(), e.login("boss"), switchboard.PublicDialect, []switchboard.Scope{switchboard.ScopeUsersWrite})
		e.must(err)
		key, err := e.IdentityKey(t.Context(), e.root)
		e.must(err)
		identity := func(sub string, life time.Duration) string {
			return hs256(t, key, jwt.Claims{Subject: sub, Expiry: jwt.NewNumericDate(e.clock.Now().Add(life))})
		}
		for i, c := range []struct{ name, proof, code string }{
			{"anna", "", "proof-missing"},
			{"anna", anna.Password, ""},
			{"anna", anna.Token, ""},
			{"anna", "Bearer " + anna.Token, ""},
			{"anna", e.token(e.login("boss")), ""},
			{"anna", identity("anna", time.Hour), ""},
			{"anna", identity("ANNA", time.Hour), ""},
			{"fresh1", identity("fresh1", time.Hour), ""},
			{"fresh2", e.token(e.login("boss")), ""},
			{"fresh3", "", "proof-missing"},
			{"fresh3", "guess", "proof-wrong"},
			{"anna", ben.Password, "proof-wrong"},
			{"anna", ben.Token, "proof-wrong"},
			{"anna", e.token(e.login("olga")), "proof-wrong"},
			{"anna", identity("ben", time.Hour), "proof-wrong"},
			{"anna", identity("anna", -2*time.Minute), "proof-wrong"},
			{"anna", identity("anna", 48*time.Hour), "proof-wrong"},
			{"anna", hs256(t, key, jwt.Claims{Subject: "anna"}), "proof-wrong"},
			{"anna", hs256(t, key+"x", jwt.Claims{Subject: "anna", Expiry: jwt.NewNumericDate(e.clock.Now().Add(time.Hour))}), "proof-wrong"},
			{"anna", hs256(t, key, jwt.Claims{Subject: "anna", Audience: jwt.Audience{"another app"}, Expiry: jwt.NewNumericDate(e.clock.Now().Add(time.Hour))}), "proof-wrong"},
			{"anna", part(map[string]string{"alg": "none"}) + "." + part(map[string]any{"sub": "anna", "exp": 9e9}) + ".", "proof-wrong"},
			{"boss", identity("boss", time.Hour), "identifier-reserved"}, // the app's key is not the workspace's
			{"olga", e.token(e.login("boss")), "identifier-reserved"},    // nor does one administrator become another
			{"chief", e.token(e.login("boss")), "identifier-reserved"},
			{"boss", manages, "proof-wrong"}, // that would be a token that gives itself more permissions
			{"boss", e.token(e.login("boss")), ""},
			{"boss", rightPassword, ""},
			{"dora", "dots.are.good", ""}, // a password, not a token
			{"dora", "dots.are.bad", "proof-wrong"},
		} {
			reg, err := e.register(auth.RegisterRequest{Identifier: c.name, Proof: c.proof, RemoteAddr: "192.0.2.9"})
			if (err == nil) != (c.code == "") {
				t.Fatalf("case %d (%s): %v, want %q", i, c.name, err, c.code)
			}
			wantCode(t, err, c.code)
			if err == nil && reg.Username != c.name {
				t.Fatalf("case %d: registered %q", i, reg.Username)
			}
		}
	})
}

func hs256(t *testing.T, key string, claims any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(key)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestIdentityProvider(t *testing.T) {
	e := newEnv(t, "")
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	e.must(err)
	fetched := 0
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetched++
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &private.PublicKey, KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	}))
	defer provider.Close()
	sign := func(kid string, c jwt.Claims) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: private, KeyID: kid}}, nil)
		e.must(err)
		token, err := jwt.Signed(signer).Claims(c).Serialize()
		e.must(err)
		return token
	}
	soon := jwt.NewNumericDate(e.clock.Now().Add(time.Hour))
	good := sign("k1", jwt.Claims{Subject: "anna", Expiry: soon, Issuer: "https://idp.example", Audience: jwt.Audience{"our-app"}})
	_, err = e.register(auth.RegisterRequest{Identifier: "anna", Proof: good})
	wantCode(t, err, "proof-wrong") // no provider yet
	_, err = e.UpdateTenant(t.Context(), e.root, "", map[string]string{"identity.jwks": "http://192.0.2.1/keys"})
	wantCode(t, err, "url-malformed")
	_, err = e.UpdateTenant(t.Context(), e.root, "", map[string]string{"identity.jwks": provider.URL,
		"identity.issuer": "https://idp.example", "identity.audience": "our-app"})
	e.must(err)
	_, err = e.register(auth.RegisterRequest{Identifier: "anna", Proof: good})
	wantCode(t, err, "")
	for name, c := range map[string]string{
		"no audience":    sign("k1", jwt.Claims{Subject: "anna", Expiry: soon, Issuer: "https://idp.example"}),
		"other audience": sign("k1", jwt.Claims{Subject: "anna", Expiry: soon, Issuer: "https://idp.example", Audience: jwt.Audience{"x"}}),
		"other issuer":   sign("k1", jwt.Claims{Subject: "anna", Expiry: soon, Issuer: "https://evil.example", Audience: jwt.Audience{"our-app"}}),
		"unknown key":    sign("k2", jwt.Claims{Subject: "anna", Expiry: soon, Issuer: "https://idp.example", Audience: jwt.Audience{"our-app"}}),
	} {
		_, err := e.register(auth.RegisterRequest{Identifier: "anna", Proof: c})
		if switchboard.AsError(err).Code != "proof-wrong" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if fetched != 1 {
		t.Fatalf("the keys were fetched %d times", fetched)
	}
	provider.Close()
	unknown := sign("k2", jwt.Claims{Subject: "anna", Expiry: soon, Issuer: "https://idp.example", Audience: jwt.Audience{"our-app"}})
	e.clock.Add(time.Minute)
	_, err = e.register(auth.RegisterRequest{Identifier: "anna", Proof: unknown})
	wantCode(t, err, "identity-provider-unavailable")
	for _, later := range []time.Duration{0, 11 * time.Minute} { // what is known is not lost
		e.clock.Add(later)
		_, err = e.register(auth.RegisterRequest{Identifier: "anna", Proof: good})
		e.must(err)
	}
	e.clock.Add(48 * time.Minute)
	_, err = e.register(auth.RegisterRequest{Identifier: "anna", Proof: good})
	wantCode(t, err, "identity-provider-unavailable")
}

// Whoever sends many tokens at once makes the server ask once.
func TestKeySetIsFetchedOnce(t *testing.T) {
	e := newEnv(t, "")
	var fetched atomic.Int32
	asked, release := make(chan struct{}, 20), make(chan struct{})
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetched.Add(1)
		asked <- struct{}{}
		<-release
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{})
	}))
	defer provider.Close()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	e.must(err)
	_, err = e.UpdateTenant(t.Context(), e.root, "", map[string]string{"identity.jwks": provider.URL})
	e.must(err)
	var all sync.WaitGroup
	for i := range 10 {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: private, KeyID: "k" + strconv.Itoa(i)}}, nil)
		e.must(err)
		token, err := jwt.Signed(signer).Claims(jwt.Claims{Subject: "anna", Expiry: jwt.NewNumericDate(e.clock.Now().Add(time.Hour))}).Serialize()
		e.must(err)
		all.Go(func() {
			_, err := e.register(auth.RegisterRequest{Identifier: "anna", Proof: token})
			if code := switchboard.AsError(err).Code; code != "proof-wrong" {
				t.Error(code)
			}
		})
	}
	<-asked
	close(release)
	all.Wait()
	if n := fetched.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
}

// Tenants cannot make the server call its own network, unless whoever runs it lets them.
func TestKeySetInAPrivateNetwork(t *testing.T) {
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was called") }))
	defer inside.Close()
	e := newEnv(t, "", func(o *auth.Options) { o.AllowPrivate = false })
	for address, code := range map[string]string{inside.URL: "url-private", "https://localhost/keys": "url-private", "http://127.0.0.1:1/": "url-private",
		"https://10.0.0.7/keys": "url-private", "https://[::1]/": "url-private", "https://169.254.169.254/": "url-private", "http://idp.example/": "url-malformed", "https:///keys": "url-malformed",
		"https://user@idp.example/": "url-malformed"} {
		_, err := e.UpdateTenant(t.Context(), e.root, "", map[string]string{"identity.jwks": address})
		if switchboard.AsError(err).Code != code {
			t.Errorf("%s: %v", address, err)
		}
	}
	// A name that leads there.
	_, port, _ := strings.Cut(strings.TrimPrefix(inside.URL, "https://"), ":")
	_, err := e.UpdateTenant(t.Context(), e.root, "", map[string]string{"identity.jwks": "https://localhost.:" + port + "/keys"})
	e.must(err)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	e.must(err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: private, KeyID: "k"}}, nil)
	e.must(err)
	token, err := jwt.Signed(signer).Claims(jwt.Claims{Subject: "anna"}).Serialize()
	e.must(err)
	_, err = e.register(auth.RegisterRequest{Identifier: "anna", Proof: token})
	wantCode(t, err, "identity-provider-unavailable")
}

func TestVisitor(t *testing.T) {
	e := newEnv(t, "")
	reg, err := e.RegisterVisitor(t.Context(), auth.VisitorRequest{Tenant: e.root.Tenant, Profile: auth.Profile{Name: "Guest"}})
	e.must(err)
	p, err := e.Verify(t.Context(), reg.Token)
	if err != nil || p.Kind != switchboard.Visitor || len(p.Scopes) != 1 {
		t.Fatalf("%+v %v", p, err)
	}
	_, err = e.RegisterVisitor(t.Context(), auth.VisitorRequest{Tenant: 77})
	wantCode(t, err, "tenant-unknown")
	_, err = e.register(auth.RegisterRequest{Identifier: reg.Username, Sandbox: true})
	wantCode(t, err, "identifier-reserved")
}

// converse runs a SCRAM exchange of a foreign client against our stored keys,
// one server conversation for each candidate with the same nonce.
func converse(t *testing.T, e *env, hash scram.HashGeneratorFcn, name, password string) (switchboard.DeviceID, bool) {
	t.Helper()
	c, err := e.SCRAM(t.Context(), "", name)
	e.must(err)
	client, err := hash.NewClient(name, password, "")
	e.must(err)
	conv := client.NewConversation()
	first, err := conv.Step("")
	e.must(err)
	var servers []*scram.ServerConversation
	var challenge string
	for _, k := range c.Candidates {
		keys := k.SHA1
		if hash().Size() == 32 {
			keys = k.SHA256
		}
		server, err := hash.NewServer(func(string) (scram.StoredCredentials, error) {
			return scram.StoredCredentials{KeyFactors: scram.KeyFactors{Salt: string(c.Salt), Iters: c.Iterations}, StoredKey: keys.StoredKey, ServerKey: keys.ServerKey}, nil
		})
		e.must(err)
		s := server.WithNonceGenerator(func() string { return "same-nonce" }).NewConversation()
		challenge, err = s.Step(first)
		e.must(err)
		servers = append(servers, s)
	}
	final, err := conv.Step(challenge)
	if err != nil { // too few iterations for this client
		t.Fatal(err)
	}
	for i, s := range servers {
		if verdict, err := s.Step(final); err == nil {
			if _, err := conv.Step(verdict); err != nil || !conv.Valid() {
				t.Fatalf("the client does not believe us: %v", err)
			}
			return c.Candidates[i].Device, true
		}
	}
	return 0, false
}

func TestSCRAM(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		e.account("anna", switchboard.User, false)
		phone, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
		e.must(err)
		laptop, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
		e.must(err)
		for _, hash := range []scram.HashGeneratorFcn{scram.SHA1, scram.SHA256} {
			for _, c := range []struct {
				password string
				device   switchboard.DeviceID
				ok       bool
			}{{rightPassword, 0, true}, {phone.Password, phone.Device, true}, {laptop.Password, laptop.Device, true}, {wrongPassword, 0, false}} {
				if device, ok := converse(t, e, hash, "anna", c.password); ok != c.ok || device != c.device {
					t.Fatalf("signed in %v as device %d, want %v %d", ok, device, c.ok, c.device)
				}
			}
			if _, ok := converse(t, e, hash, "nobody", rightPassword); ok {
				t.Fatal("nobody signed in")
			}
		}
		p, err := e.PrincipalFor(t.Context(), "localhost", "anna", phone.Device)
		if err != nil || p.Device != phone.Device {
			t.Fatalf("%+v %v", p, err)
		}
		_, err = e.PrincipalFor(t.Context(), "localhost", "anna", 9999)
		wantCode(t, err, "credentials-wrong")
		_, err = e.PrincipalFor(t.Context(), "localhost", "nobody", 0)
		wantCode(t, err, "credentials-wrong")
	}, func(o *auth.Options) { o.Iterations = 4096 })
}

func TestSCRAMTellsNothing(t *testing.T) {
	e := newEnv(t, "")
	anna := e.account("anna", switchboard.User, false)
	ask := func(name string) auth.SCRAMCandidates {
		c, err := e.SCRAM(t.Context(), "", name)
		e.must(err)
		if len(c.Salt) != 16 || c.Iterations != 64 || len(c.Candidates) != 1 || len(c.Candidates[0].SHA256.StoredKey) != 32 {
			t.Fatalf("%s looks different: %+v", name, c)
		}
		return c
	}
	ask("anna")
	a, b, other := ask("nobody"), ask("Nobody"), ask("nobody2")
	if string(a.Salt) != string(b.Salt) || string(a.Salt) == string(other.Salt) {
		t.Fatal("the salt of an unknown name is not its own, or does not stay")
	}
	again := auth.New(auth.Options{DB: e.db, Iterations: 64}) // after a restart
	c, err := again.SCRAM(t.Context(), "", "nobody")
	if err != nil || string(c.Salt) != string(a.Salt) {
		t.Fatal("the salt changed with a restart")
	}
	e.must(e.DeleteAccount(t.Context(), e.root, anna.ID))
	if c := ask("anna"); c.Known {
		t.Fatal("a deleted account is known")
	}
	ask(strings.Repeat("x", 500))
	ask("\x00")
}

func TestFailedSCRAMThrottles(t *testing.T) {
	e := newEnv(t, "")
	for range 10 {
		wantCode(t, e.Throttled("localhost", "anna", "192.0.2.1"), "")
		e.LoginFailed("localhost", "anna", "192.0.2.1")
	}
	wantCode(t, e.Throttled("localhost", "anna", "192.0.2.1:555"), "login-throttled")
	wantCode(t, e.Throttled("localhost", "ben", "192.0.2.1"), "")
}

func TestRegisterAtOnce(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		type result struct {
			reg auth.Registration
			err error
		}
		results := make(chan result, 8)
		for range 8 {
			go func() {
				reg, err := e.RegisterDevice(t.Context(), auth.RegisterRequest{License: "trial", Identifier: "anna", Sandbox: true})
				results <- result{reg, err}
			}()
		}
		fresh, devices := 0, map[switchboard.DeviceID]bool{}
		for range 8 {
			r := <-results
			e.must(r.err)
			if !r.reg.IsExisting {
				fresh++
			}
			devices[r.reg.Device] = true
			if p, err := e.Password(t.Context(), "", "anna", r.reg.Password, "a"); err != nil || p.Device != r.reg.Device {
				t.Fatalf("%+v %v", p, err)
			}
		}
		if fresh != 1 || len(devices) != 8 {
			t.Fatalf("%d accounts were new, %d devices", fresh, len(devices))
		}
	})
}
