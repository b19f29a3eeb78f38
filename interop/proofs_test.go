package interop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"switchboard"
)

func part(v any) string {
	b, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(b)
}

type claim = map[string]any

// forge is a JWT with any header, signed by HMAC with any key.
func forge(key []byte, header, claims claim) string {
	text := part(header) + "." + part(claims)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// keySet publishes keys and counts who asks for them.
func keySet(t *testing.T, keys ...jose.JSONWebKey) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_ = json.NewEncoder(rw).Encode(jose.JSONWebKeySet{Keys: keys})
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func signed(t *testing.T, alg jose.SignatureAlgorithm, key any, kid string, extra map[jose.HeaderKey]any, claims claim) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, &jose.SignerOptions{ExtraHeaders: extra})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// forger has the keys of the app and its identity provider, and those that
// mallory would like to pass for them.
type forger struct {
	w            *town
	ec, evil     *ecdsa.PrivateKey // the provider's, and mallory's under the same name
	rs           *rsa.PrivateKey   // the provider's
	key, foreign string            // the app's, and another workspace's
	der, public  []byte            // rs, as everybody may have it
	trap         string            // an address with mallory's keys …
	lured        *atomic.Int64     // … and who has asked there
}

func newForger(t *testing.T, w *town) *forger {
	t.Helper()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	evil, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ours, _ := keySet(t, jose.JSONWebKey{Key: &ec.PublicKey, KeyID: "ec", Use: "sig"}, jose.JSONWebKey{Key: &rs.PublicKey, KeyID: "rs", Algorithm: "RS256"},
		jose.JSONWebKey{Key: []byte("a key that is no secret at all, alas"), KeyID: "oct", Algorithm: "HS256"},
		jose.JSONWebKey{Key: &rs.PublicKey, KeyID: "enc", Use: "enc"})
	theirs, _ := keySet(t, jose.JSONWebKey{Key: &evil.PublicKey, KeyID: "ec"}) // the same kid
	trap, lured := keySet(t, jose.JSONWebKey{Key: &evil.PublicKey, KeyID: "ec"})
	settings := func(p switchboard.Principal, jwks string) {
		if _, err := w.Auth.UpdateTenant(t.Context(), p, "", map[string]string{"identity.jwks": jwks, "identity.issuer": "https://idp.example",
			"identity.audience": "our-app"}); err != nil {
			t.Fatal(err)
		}
	}
	settings(w.people["ada"], ours)
	settings(w.people["root elsewhere"], theirs)
	key, err := w.Auth.IdentityKey(t.Context(), w.people["ada"])
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := w.Auth.IdentityKey(t.Context(), w.people["root elsewhere"])
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&rs.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return &forger{w, ec, evil, rs, key, foreign, der, public, trap, lured}
}

// proofs is everything that mallory could say to be alice.
func (f *forger) proofs(t *testing.T) map[string]string {
	t.Helper()
	w := f.w
	now := w.now()
	good := func(change ...any) claim {
		c := claim{"sub": "alice", "exp": now.Add(10 * time.Hour).Unix(), "iat": now.Unix(), "aud": "our-app", "iss": "https://idp.example"}
		for i := 0; i < len(change); i += 2 {
			if c[change[i].(string)] = change[i+1]; change[i+1] == nil {
				delete(c, change[i].(string))
			}
		}
		return c
	}
	hs := func(c claim) string { return forge([]byte(f.key), claim{"alg": "HS256", "typ": "JWT"}, c) }
	ec := func(c claim) string { return signed(t, jose.ES256, f.ec, "ec", nil, c) }
	raw, _ := base64.RawURLEncoding.DecodeString(f.key)
	all := map[string]string{
		"no proof":                     "",
		"a space":                      " ",
		"a guess":                      "password",
		"bearer and nothing":           "Bearer ",
		"mallory's own password":       w.mallory.Password,
		"mallory's token":              w.token(t, "mallory", switchboard.PlatformDialect),
		"mallory's token, as a header": "Bearer " + w.token(t, "mallory", switchboard.PublicDialect),
		"an operator's token":          w.token(t, "oscar", switchboard.PublicDialect),
		"a visitor's token":            w.token(t, "guest", switchboard.PlatformDialect),
		"alice's token without chat":   w.token(t, "alice", switchboard.PlatformDialect, switchboard.ScopeUsersRead),
		"a token of her namesake":      w.token(t, "mallory elsewhere", switchboard.PlatformDialect),
		"an administrator without":     w.token(t, "ada", switchboard.PublicDialect, switchboard.ScopeChat, switchboard.ScopeUsersRead),
		"a foreign key":                forge([]byte(f.foreign), claim{"alg": "HS256"}, good()),
		"the key's bytes":              forge(raw, claim{"alg": "HS256"}, good()),
		"an empty key":                 forge(nil, claim{"alg": "HS256"}, good()),
		"the licence as a key":         forge([]byte(w.licence(t)), claim{"alg": "HS256"}, good()),
		"no key":                       part(claim{"alg": "none"}) + "." + part(good()) + ".",
		"None":                         part(claim{"alg": "None"}) + "." + part(good()) + ".x",
		"no algorithm":                 forge([]byte(f.key), claim{"typ": "JWT"}, good()),
		"HS512 said":                   forge([]byte(f.key), claim{"alg": "HS512"}, good()),
		"RS256 said":                   forge([]byte(f.key), claim{"alg": "RS256", "kid": "rs"}, good()),
		"public PEM as a secret":       forge(f.public, claim{"alg": "HS256", "kid": "rs"}, good()),
		"public DER as a secret":       forge(f.der, claim{"alg": "HS256", "kid": "rs"}, good()),
		"the modulus as a secret":      forge(f.rs.N.Bytes(), claim{"alg": "HS256", "kid": "rs"}, good()),
		"a symmetric key of the set":   forge([]byte("a key that is no secret at all, alas"), claim{"alg": "HS256", "kid": "oct"}, good()),
		"a key of its own":             signed(t, jose.ES256, f.evil, "ec", nil, good()),
		"jku":                          signed(t, jose.ES256, f.evil, "ec", map[jose.HeaderKey]any{"jku": f.trap}, good()),
		"x5u":                          signed(t, jose.ES256, f.evil, "ec", map[jose.HeaderKey]any{"x5u": f.trap}, good()),
		"jwk":                          signed(t, jose.ES256, f.evil, "ec", map[jose.HeaderKey]any{"jwk": jose.JSONWebKey{Key: &f.evil.PublicKey, KeyID: "ec"}}, good()),
		"kid is a path":                signed(t, jose.ES256, f.ec, "../../../dev/null", nil, good()),
		"kid is SQL":                   signed(t, jose.ES256, f.ec, "x' OR '1'='1", nil, good()),
		"kid is an address":            signed(t, jose.ES256, f.evil, f.trap, nil, good()),
		"no kid":                       signed(t, jose.ES256, f.ec, "", nil, good()),
		"an encryption key":            signed(t, jose.RS256, f.rs, "enc", nil, good()),
		"another algorithm's key":      signed(t, jose.PS256, f.rs, "rs", nil, good()),
		"crit":                         forge([]byte(f.key), claim{"alg": "HS256", "crit": []string{"b64"}, "b64": false}, good()),
		"expired":                      hs(good("exp", now.Add(-2*time.Minute).Unix())),
		"never ends":                   hs(good("exp", nil)),
		"lives long":                   hs(good("exp", now.Add(25*time.Hour).Unix())),
		"lives for ever":               hs(good("exp", 1e18)),
		"lives for ever, as a float":   hs(good("exp", 1e300)),
		"ends as text":                 hs(good("exp", "tomorrow")),
		"not yet":                      hs(good("nbf", now.Add(time.Hour).Unix())),
		"from the future":              hs(good("iat", now.Add(time.Hour).Unix())),
		"another audience":             hs(good("aud", "their-app")),
		"audience with a tail":         ec(good("aud", "our-app.evil.example")),
		"no audience":                  ec(good("aud", nil)),
		"an empty audience":            ec(good("aud", []string{})),
		"another issuer":               ec(good("iss", "https://evil.example")),
		"issuer with a tail":           ec(good("iss", "https://idp.example/")),
		"no issuer":                    ec(good("iss", nil)),
		"of mallory":                   hs(good("sub", "mallory")),
		"of mallory by the provider":   ec(good("sub", "mallory")),
		"of nobody":                    hs(good("sub", nil)),
		"of two":                       hs(good("sub", []string{"alice", "mallory"})),
		"of a number":                  hs(good("sub", 1)),
		"of an address":                hs(good("sub", "alice@localhost")),
		"of a resource":                hs(good("sub", "alice/phone")),
		"with a trailing dot":          hs(good()) + ".",
		"cut short":                    strings.TrimSuffix(hs(good()), "A")[:40],
		"too long":                     hs(good("more", strings.Repeat("x", 5000))),
		"without a signature":          strings.Join(strings.Split(hs(good()), ".")[:2], ".") + ".",
		"another's payload":            strings.Split(hs(good("sub", "mallory")), ".")[0] + "." + part(good()) + "." + strings.Split(hs(good("sub", "mallory")), ".")[2],
	}
	for name, sub := range map[string]string{"zero width": "al\u200bice", "combining": "alicé", "Cyrillic": "аlice", "percent": "%61lice",
		"dot": "alice.", "space": "alice ", "NUL": "alice\x00"} {
		all["of "+name] = hs(good("sub", sub))
	}
	return all
}
