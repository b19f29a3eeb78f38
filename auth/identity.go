package auth

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"switchboard"
)

// Settings of a tenant about identity tokens.
const (
	settingJWKS     = "identity.jwks"     // URL of the keys of the tenant's identity provider
	settingIssuer   = "identity.issuer"   // what iss must be, if set
	settingAudience = "identity.audience" // what aud must hold; else the tenant's domain or GUID
)

const (
	identityGrace = time.Minute // between the backend's clock and ours
	identityLife  = 24 * time.Hour
)

// identityClaims is what an app's backend says of a user. sub is the
// identifier; name and email fill a new account's profile.
type identityClaims struct {
	jwt.Claims
	Name  string `json:"name"`
	Email string `json:"email"`
}

// IdentityKey is the key with which the tenant's own backend signs identity
// tokens (HS256), for its administrators.
func (s *Service) IdentityKey(ctx context.Context, p switchboard.Principal) (string, error) {
	if err := p.RequireAdmin(); err != nil {
		return "", err
	}
	if err := p.Require(switchboard.ScopeCompanyRead); err != nil {
		return "", err
	}
	t, err := s.Tenant(ctx, p)
	if err != nil {
		return "", err
	}
	return identityKey(t), nil
}

// identityKey is text, so that backends in any language use its bytes as they are.
func identityKey(t Tenant) string {
	key, _ := hkdf.Key(sha256.New, t.Secret, nil, "switchboard identity tokens", 32) // the length is possible
	return hex.EncodeToString(key)
}

// proves checks the proof of a registration. An identity token's profile goes
// into the account, in case it is new. scopes is what the device may do, if what
// proves the account may not do all that the account may.
func (s *Service) proves(ctx context.Context, t Tenant, a *Account, r RegisterRequest) (scopes string, by authority, err error) {
	proof := strings.TrimSpace(r.Proof)
	if scheme, rest, ok := strings.Cut(proof, " "); ok && strings.EqualFold(scheme, "bearer") {
		proof = strings.TrimSpace(rest)
	}
	switch {
	case proof == "":
		return "", by, errProofMissing
	case !isJWT(proof):
		p, version, err := s.password(ctx, t.Domain, a.Localpart, proof, r.RemoteAddr)
		if switchboard.KindOf(err) == switchboard.Unauthorized {
			err = errProof
		}
		return limitOf(p), authority{p.Account, p.Device, version}, err
	}
	hit, err := s.verify(ctx, proof)
	var p switchboard.Principal
	if err == nil {
		p, err = s.current(ctx, hit)
	}
	switch {
	case unauthorized(err):
		return "", by, s.identityToken(ctx, t, a, proof)
	case err != nil:
		return "", by, err
	case p.Tenant != t.ID:
		return "", by, errProof
	}
	by = authority{p.Account, p.Device, hit.claims.Version}
	switch {
	case p.Localpart == a.Localpart && p.May(switchboard.ScopeChat):
		return limitOf(p), by, nil
	case p.Localpart != a.Localpart && p.Admin && p.May(switchboard.ScopeUsersWrite):
		return "", by, s.onlyUsers(ctx, t, a) // administrators make devices of users, not of each other
	}
	return "", by, errProof
}

// isJWT reports whether a proof is meant as a token (RFC 7515 §7.1): a password
// may have two dots as well.
func isJWT(proof string) bool {
	header, _, _ := strings.Cut(proof, ".")
	b, err := base64.RawURLEncoding.DecodeString(header)
	return strings.Count(proof, ".") == 2 && err == nil && json.Valid(b) && b[0] == '{'
}

// identityToken checks a token that the tenant's backend or identity provider
// signed. It proves users of an app only: who serves customers or administers
// signs in here.
func (s *Service) identityToken(ctx context.Context, t Tenant, a *Account, token string) error {
	if len(token) > maxToken {
		return errProof
	}
	c, err := s.identityClaims(ctx, t, token)
	if err != nil {
		return err
	}
	local, err := identifier("userIdentifier", c.Subject)
	if err != nil || local != a.Localpart {
		return errProof
	}
	if c.Expiry == nil || c.Expiry.Time().After(s.now().Add(identityLife+identityGrace)) {
		return errProof // RFC 8725 §3.10: short lives
	}
	if c.ValidateWithLeeway(jwt.Expected{Time: s.now()}, identityGrace) != nil {
		return errProof
	}
	p := Profile{Name: c.Name, Email: c.Email, Metadata: a.Metadata}
	if checkProfile(&p) == nil {
		a.Profile = p
	}
	return s.onlyUsers(ctx, t, a)
}

// onlyUsers refuses names of accounts that are no users of an app.
func (s *Service) onlyUsers(ctx context.Context, t Tenant, a *Account) error {
	l, _, err := s.readLogin(ctx, t.Domain, a.Localpart)
	if err != nil {
		return err
	}
	if l.account.ID != 0 && l.account.Kind != switchboard.User {
		return errReserved
	}
	return nil
}

var errReserved = switchboard.E(switchboard.Forbidden, "identifier-reserved",
	"this identifier belongs to somebody who is no user of the app").InField("userIdentifier")

func (s *Service) identityClaims(ctx context.Context, t Tenant, token string) (c identityClaims, err error) {
	if signed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.HS256}); err == nil {
		if signed.Claims([]byte(identityKey(t)), &c) != nil || !audienceOf(t, c.Audience, true) {
			return c, errProof
		}
		if want := t.Settings[settingIssuer]; want != "" && c.Issuer != "" && c.Issuer != want {
			return c, errProof
		}
		return c, nil
	}
	set := t.Settings[settingJWKS]
	signed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA})
	if err != nil || set == "" {
		return c, errProof
	}
	key, err := s.sets.find(ctx, s, set, signed.Headers[0].KeyID, signed.Headers[0].Algorithm)
	if err != nil {
		return c, err
	}
	if key == nil || signed.Claims(key, &c) != nil || !audienceOf(t, c.Audience, false) {
		return c, errProof
	}
	if want := t.Settings[settingIssuer]; want != "" && c.Issuer != want {
		return c, errProof
	}
	return c, nil
}

// audienceOf reports whether a token is meant for the tenant. The tenant's own
// key signs for nobody else, so there the claim may be absent; an identity
// provider signs for many (RFC 8725 §3.9).
func audienceOf(t Tenant, aud jwt.Audience, mayLack bool) bool {
	if len(aud) == 0 {
		return mayLack
	}
	if want := t.Settings[settingAudience]; want != "" {
		return aud.Contains(want)
	}
	return aud.Contains(t.Domain) || aud.Contains(t.GUID)
}
