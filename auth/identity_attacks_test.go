package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"switchboard"
	"switchboard/auth"
)

// identityWorld is two tenants, of which the first has an identity provider.
type identityWorld struct {
	*env
	other          auth.Tenant
	own, theirs    string // keys for HMAC
	private, thief *rsa.PrivateKey
	curve          *ecdsa.PrivateKey
	shared         []byte
}

func newIdentityWorld(t *testing.T) *identityWorld {
	t.Helper()
	e := newEnv(t, "")
	e.account("boss", switchboard.Operator, true)
	e.account("olga", switchboard.Operator, false)
	other, _, err := e.EnsureTenant(t.Context(), "other.example", false)
	e.must(err)
	stranger, err := e.LocalAdmin(t.Context(), other.Domain)
	e.must(err)
	own, err := e.IdentityKey(t.Context(), e.root)
	e.must(err)
	theirs, err := e.IdentityKey(t.Context(), stranger)
	e.must(err)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	e.must(err)
	thief, err := rsa.GenerateKey(rand.Reader, 2048)
	e.must(err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	e.must(err)
	shared := []byte(strings.Repeat("k", 32))
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: &private.PublicKey, KeyID: "rsa", Algorithm: "RS256", Use: "sig"},
		{Key: &curve.PublicKey, KeyID: "for encryption", Algorithm: "ES256", Use: "enc"},
		{Key: shared, KeyID: "shared", Use: "sig"}, // nobody publishes a secret; if he does, it is worth nothing
	}}
	idp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(set) }))
	t.Cleanup(idp.Close)
	_, err = e.UpdateTenant(t.Context(), e.root, "", map[string]string{"identity.jwks": idp.URL, "identity.issuer": "https://idp.example", "identity.audience": "our-app"})
	e.must(err)
	return &identityWorld{e, other, own, theirs, private, thief, curve, shared}
}

// What RFC 8725 §2 warns of, against the identity tokens of both sorts: signed
// with the tenant's own key, and by its identity provider.
func TestIdentityTokenAttacks(t *testing.T) {
	w := newIdentityWorld(t)
	e, other, own, theirs, private, thief, curve, shared := w.env, w.other, w.own, w.theirs, w.private, w.thief, w.curve, w.shared
	now := e.clock.Now()
	claims := func(sub string, change ...func(map[string]any)) map[string]any {
		c := map[string]any{"sub": sub, "iss": "https://idp.example", "aud": "our-app", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
		for _, fn := range change {
			fn(c)
		}
		return c
	}
	with := func(name string, value any) func(map[string]any) {
		return func(c map[string]any) {
			if c[name] = value; value == nil {
				delete(c, name)
			}
		}
	}
	hmac := func(key string, c map[string]any) string { return signed(t, jose.HS256, []byte(key), "", c) }
	rs := func(c map[string]any) string { return signed(t, jose.RS256, private, "rsa", c) }
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	e.must(err)
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	header := func(h map[string]any, sub string) string {
		return part(h) + "." + part(claims(sub)) + "." + strings.Repeat("A", 43)
	}
	resigned := func(h map[string]any) string { // a right signature of a thief's key that the header brings along
		o := (&jose.SignerOptions{}).WithType("JWT")
		for k, v := range h {
			o = o.WithHeader(jose.HeaderKey(k), v)
		}
		s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: thief}, o)
		e.must(err)
		text, err := jwt.Signed(s).Claims(claims("anna")).Serialize()
		e.must(err)
		return text
	}
	for name, c := range map[string]struct{ as, proof, code string }{
		"HMAC": {"anna", hmac(own, claims("anna")), ""},
		"JWKS": {"anna", rs(claims("anna")), ""},

		"alg none":                      {"anna", part(map[string]any{"alg": "none"}) + "." + part(claims("anna")) + ".", "proof-wrong"},
		"alg None":                      {"anna", part(map[string]any{"alg": "None", "typ": "JWT"}) + "." + part(claims("anna")) + ".", "proof-wrong"},
		"no signature":                  {"anna", header(map[string]any{"alg": "HS256"}, "anna"), "proof-wrong"},
		"no algorithm":                  {"anna", header(map[string]any{"typ": "JWT"}, "anna"), "proof-wrong"},
		"HMAC with the public key":      {"anna", hmac(public, claims("anna")), "proof-wrong"},
		"HMAC with the key as DER":      {"anna", hmac(string(der), claims("anna")), "proof-wrong"},
		"HMAC of another length":        {"anna", signed(t, jose.HS512, []byte(own), "", claims("anna")), "proof-wrong"},
		"a published secret":            {"anna", signed(t, jose.HS256, shared, "shared", claims("anna")), "proof-wrong"},
		"another tenant's key":          {"anna", hmac(theirs, claims("anna")), "proof-wrong"},
		"a stolen key's name":           {"anna", signed(t, jose.RS256, thief, "rsa", claims("anna")), "proof-wrong"},
		"no key's name":                 {"anna", signed(t, jose.RS256, private, "", claims("anna")), "proof-wrong"},
		"a path as a key's name":        {"anna", signed(t, jose.RS256, thief, "../../../dev/null", claims("anna")), "proof-wrong"},
		"SQL as a key's name":           {"anna", signed(t, jose.RS256, thief, "x' UNION SELECT 'k", claims("anna")), "proof-wrong"},
		"a key for encryption":          {"anna", signed(t, jose.ES256, curve, "for encryption", claims("anna")), "proof-wrong"},
		"another algorithm of the key":  {"anna", signed(t, jose.PS256, private, "rsa", claims("anna")), "proof-wrong"},
		"the key in the token":          {"anna", resigned(map[string]any{"jwk": jose.JSONWebKey{Key: &thief.PublicKey}, "kid": "rsa"}), "proof-wrong"},
		"the key's address":             {"anna", resigned(map[string]any{"jku": "https://evil.example/keys", "kid": "rsa"}), "proof-wrong"},
		"a critical header":             {"anna", resigned(map[string]any{"crit": []string{"exp"}, "kid": "rsa"}), "proof-wrong"},
		"another audience":              {"anna", rs(claims("anna", with("aud", "another-app"))), "proof-wrong"},
		"another audience (HMAC)":       {"anna", hmac(own, claims("anna", with("aud", "another-app"))), "proof-wrong"},
		"no audience":                   {"anna", rs(claims("anna", with("aud", nil))), "proof-wrong"},
		"another issuer":                {"anna", rs(claims("anna", with("iss", "https://evil.example"))), "proof-wrong"},
		"no issuer":                     {"anna", rs(claims("anna", with("iss", nil))), "proof-wrong"},
		"expired":                       {"anna", hmac(own, claims("anna", with("exp", now.Add(-2*time.Minute).Unix()))), "proof-wrong"},
		"for ever":                      {"anna", hmac(own, claims("anna", with("exp", nil))), "proof-wrong"},
		"too long":                      {"anna", rs(claims("anna", with("exp", now.Add(25*time.Hour).Unix()))), "proof-wrong"},
		"the end of time":               {"anna", rs(claims("anna", with("exp", int64(1)<<53))), "proof-wrong"},
		"not yet":                       {"anna", rs(claims("anna", with("nbf", now.Add(time.Hour).Unix()))), "proof-wrong"},
		"from the future":               {"anna", rs(claims("anna", with("iat", now.Add(time.Hour).Unix()))), "proof-wrong"},
		"no subject":                    {"anna", rs(claims("", with("sub", nil))), "proof-wrong"},
		"a number as the subject":       {"anna", rs(claims("", with("sub", 7))), "proof-wrong"},
		"another subject":               {"anna", rs(claims("ben")), "proof-wrong"},
		"a JID as the subject":          {"anna", rs(claims("anna@localhost")), "proof-wrong"},
		"a subject with a space":        {"anna", rs(claims("anna ")), "proof-wrong"},
		"a subject with a NUL":          {"anna", rs(claims("anna\x00")), "proof-wrong"},
		"a letter that looks the same":  {"anna", rs(claims("аnna")), "proof-wrong"}, // Cyrillic
		"another case":                  {"Anna", rs(claims("ANNA")), ""},
		"a wide spelling":               {"anna", rs(claims("ａｎｎａ")), ""}, // RFC 8265 §3.3: one identity
		"composed and decomposed":       {"ren\u00e9e", rs(claims("rene\u0301e")), ""},
		"an operator":                   {"olga", rs(claims("olga")), "identifier-reserved"},
		"an operator in other letters":  {"OLGA", hmac(own, claims("Olga")), "identifier-reserved"},
		"an administrator":              {"boss", hmac(own, claims("boss")), "identifier-reserved"},
		"an administrator, wide":        {"ｂｏｓｓ", rs(claims("boss")), "identifier-reserved"},
		"a very long token":             {"anna", rs(claims("anna", with("pad", strings.Repeat("x", 5000)))), "proof-wrong"},
		"an encrypted token":            {"anna", "a.b.c.d.e", "proof-wrong"},
		"nothing between the two dots":  {"anna", "..", "proof-wrong"},
		"a right one with a tail":       {"anna", rs(claims("anna")) + "A", "proof-wrong"},
		"two signatures, JSON":          {"anna", `{"payload":"","signatures":[]}`, "proof-wrong"},
		"our own ID token's algorithm":  {"anna", signed(t, jose.ES256, curve, "rsa", claims("anna")), "proof-wrong"},
		"the tenant's licence as a key": {"anna", hmac(other.Licence+other.Licence, claims("anna")), "proof-wrong"},
	} {
		reg, err := e.register(auth.RegisterRequest{Identifier: c.as, Proof: c.proof, Force: true, RemoteAddr: "2001:db8:" + strings.ToLower(hex4(name)) + "::1"})
		if (err == nil) != (c.code == "") || err != nil && switchboard.AsError(err).Code != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
		if err == nil && (reg.Principal.Kind != switchboard.User || len(reg.Principal.Scopes) != 1) {
			t.Errorf("%s: %+v", name, reg.Principal)
		}
	}
	// The other tenant's key does prove the other tenant's users, and only those.
	_, err = e.RegisterDevice(t.Context(), auth.RegisterRequest{License: other.Licence, Identifier: "anna", Proof: hmac(theirs, claims("anna", with("aud", other.Domain)))})
	wantCode(t, err, "")
	_, err = e.RegisterDevice(t.Context(), auth.RegisterRequest{License: other.Licence, Identifier: "anna", Proof: hmac(own, claims("anna", with("aud", other.Domain)))})
	wantCode(t, err, "proof-wrong")
}

// hex4 gives each case an address of its own, so that none is throttled for another.
func hex4(s string) string {
	n := 0
	for _, c := range s {
		n = (n*31 + int(c)) % 0xfff
	}
	const digits = "0123456789abcdef"
	return string([]byte{digits[n>>8], digits[n>>4&15], digits[n&15]})
}
