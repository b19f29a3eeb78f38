package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"switchboard"
	"switchboard/store"
	"switchboard/web"
)

const (
	codeLife    = 2 * time.Minute
	oobLife     = 10 * time.Minute    // somebody has to copy it
	refreshLife = 30 * 24 * time.Hour // since it was last used
)

// grant is a login of a browser or tool that tokens are made for.
type grant struct {
	principal switchboard.Principal
	profile   Profile
	device    switchboard.DeviceID
	scopes    string
	signedIn  time.Time
	nonce     string
	refresh   string
}

// newCode stores an authorization code for a person who is signed in.
func (s *Service) newCode(r *http.Request, b browser, q *authRequest) (string, error) {
	scopes, words, ok := granted(q.Scopes, b.principal.Scopes)
	if !ok {
		return "", oidc.ErrInvalidScope().WithDescription("none of these permissions can be had")
	}
	code := switchboard.NewToken()
	life := codeLife
	if q.RedirectURI == OOB {
		life = oobLife
	}
	name, address := DeviceName(r.UserAgent()), web.ClientIP(r).String()
	err := s.db.Write(r.Context(), func(tx *store.Tx) error {
		return tx.InsertOAuthCode(store.OAuthCode{Hash: secretHash(code), Account: b.principal.Account, Version: b.version,
			Client: q.ClientID, Redirect: q.RedirectURI, Challenge: q.CodeChallenge, Nonce: q.Nonce, Scopes: scopeText(words, scopes),
			SignedIn: b.signedIn, Expires: tx.Now().Add(life), Name: name, Address: address})
	})
	return code, err
}

// CodeExchange is RFC 6749 §4.1.3 with RFC 7636 §4.6.
func (p *provider) CodeExchange(ctx context.Context, r *op.ClientRequest[oidc.AccessTokenRequest]) (*op.Response, error) {
	var g grant
	var wrong string
	err := p.s.db.Write(ctx, func(tx *store.Tx) (err error) {
		g, wrong, err = p.s.spendCode(tx, r.Client.GetID(), r.Data)
		return err
	})
	return p.answer(ctx, r.Client.GetID(), g, "", wrong, err)
}

// spendCode turns a code into a grant. wrong says why not; what it has done
// then (ending the grant of a code that comes a second time) stays done.
func (s *Service) spendCode(tx *store.Tx, clientID string, r *oidc.AccessTokenRequest) (g grant, wrong string, err error) {
	c, err := tx.OAuthCode(secretHash(r.Code))
	switch {
	case err == store.ErrNone:
		return g, "the code is not valid", nil
	case err != nil:
		return g, "", err
	case c.Client != clientID:
		return g, "the code was made for another client", nil
	case c.Device != 0: // RFC 6749 §4.1.2: somebody else had it
		return g, "the code has been used", s.endGrant(tx, c.Device, ReasonReused)
	case !tx.Now().Before(c.Expires):
		return g, "the code has expired", nil
	case c.Redirect != r.RedirectURI:
		return g, "redirect_uri is not the one that the code was sent to", nil
	case !provesKey(c.Challenge, r.CodeVerifier):
		return g, "code_verifier does not fit code_challenge", nil
	}
	g = grant{scopes: c.Scopes, signedIn: c.SignedIn, nonce: c.Nonce}
	if _, err := tx.HoldCredential(c.Account); err != nil && err != store.ErrNone {
		return g, "", err
	}
	ok, err := s.fillGrant(tx, &g, c.Account, c.Version, clientID)
	if err != nil || !ok {
		return g, "the account may not sign in any more", err
	}
	expires := tx.Now().Add(s.opts.TokenLife)
	offline := hasWord(c.Scopes, scopeOffline)
	if offline {
		expires = tx.Now().Add(refreshLife)
	}
	if g.device, err = tx.InsertDevice(Device{Account: c.Account, Type: "oauth", Client: clientID, Expires: expires, Name: c.Name, Address: c.Address}); err != nil {
		return g, "", err
	}
	if first, err := tx.SpendOAuthCode(c.Hash, g.device); err != nil || !first {
		return g, "", lost(err) // another node was faster: nothing of this stays
	}
	if offline {
		g.refresh, err = newRefresh(tx, g, c.Version)
	}
	record(tx, g.principal, g.principal.Tenant, switchboard.DeviceAdded, c.Account, change{Device: g.device, Type: clientID})
	return g, "", err
}

// lost is the error for who comes second at the same moment, on another node. The
// writer then runs the function again, which finds a code or token that has been used.
func lost(err error) error {
	if err == nil {
		err = invalidGrant("it has been used")
	}
	return err
}

// provesKey checks a PKCE verifier, S256 only. A code that was asked for
// without a challenge must not come with a verifier (RFC 9700 §2.1.1).
func provesKey(challenge, verifier string) bool {
	if challenge == "" {
		return verifier == ""
	}
	if len(verifier) < 43 || len(verifier) > 128 {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

func hasWord(text, word string) bool {
	for w := range strings.FieldsSeq(text) {
		if w == word {
			return true
		}
	}
	return false
}

// fillGrant reads who a grant is for; ok is false if the account has lost the
// right to it.
func (s *Service) fillGrant(tx *store.Tx, g *grant, id switchboard.AccountID, version int64, clientID string) (ok bool, err error) {
	state, err := tx.TokenState("", g.device, id)
	if err == store.ErrNone || err == nil && (state.Disabled || state.Kind == deletedKind || state.Version != version || g.device != 0 && !state.Device) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	a, err := tx.Account(id)
	g.profile = a.Profile
	g.principal = switchboard.Principal{Tenant: state.Tenant, Account: id, Kind: state.Kind, Admin: state.Admin, Localpart: state.Localpart,
		Domain: state.Domain, Scopes: RoleScopes(state.Kind, state.Admin), Dialect: switchboard.PublicDialect, Client: clientID}
	return err == nil, err
}

func newRefresh(tx *store.Tx, g grant, version int64) (string, error) {
	token := switchboard.NewToken() + switchboard.NewToken()
	return token, tx.InsertRefreshToken(store.RefreshToken{Hash: secretHash(token), Device: g.device, Version: version,
		Scopes: g.scopes, SignedIn: g.signedIn, Expires: tx.Now().Add(refreshLife)})
}

// endGrant revokes the device behind a code or refresh token.
func (s *Service) endGrant(tx *store.Tx, device switchboard.DeviceID, reason string) error {
	d, err := tx.Device(device)
	if err == store.ErrNone {
		return nil
	}
	if err != nil {
		return err
	}
	a, err := tx.Account(d.Account)
	if err != nil {
		return err
	}
	return endDevice(tx, switchboard.Principal{Account: a.ID}, a, device, reason)
}

// RefreshToken is RFC 6749 §6 with the rotation of RFC 9700 §4.14.2.
func (p *provider) RefreshToken(ctx context.Context, r *op.ClientRequest[oidc.RefreshTokenRequest]) (*op.Response, error) {
	var g grant
	var narrowed, wrong string
	err := p.s.db.Write(ctx, func(tx *store.Tx) (err error) {
		var t store.RefreshToken
		if g, t, wrong, err = p.s.findRefresh(tx, r.Client.GetID(), r.Data.RefreshToken); err != nil || wrong != "" {
			return err
		}
		// A request for less narrows this access token, not the next ones.
		if len(r.Data.Scopes) > 0 {
			held, had := splitScopes(g.scopes)
			scopes, words, ok := granted(r.Data.Scopes, held)
			if !ok {
				return invalidScope()
			}
			words = slices.DeleteFunc(words, func(w string) bool { return !slices.Contains(had, w) })
			narrowed = scopeText(words, scopes)
		}
		g.refresh, err = spendRefresh(tx, g, t)
		return err
	})
	return p.answer(ctx, r.Client.GetID(), g, narrowed, wrong, err)
}

// findRefresh reads the grant of a refresh token. wrong says why there is none.
func (s *Service) findRefresh(tx *store.Tx, clientID, token string) (g grant, t store.RefreshToken, wrong string, err error) {
	const invalid = "the refresh token is not valid; sign in again"
	t, err = tx.RefreshToken(secretHash(token))
	if err == store.ErrNone {
		return g, t, invalid, nil
	}
	if err != nil {
		return g, t, "", err
	}
	d, err := tx.Device(t.Device)
	switch {
	case err == store.ErrNone, err == nil && d.Client != clientID:
		return g, t, invalid, nil
	case err != nil:
		return g, t, "", err
	case !t.Used.IsZero(): // two hold it, and we cannot tell which one is the thief
		return g, t, invalid, s.endGrant(tx, t.Device, ReasonReused)
	case !tx.Now().Before(t.Expires):
		return g, t, invalid, nil
	}
	g = grant{device: t.Device, scopes: t.Scopes, signedIn: t.SignedIn}
	ok, err := s.fillGrant(tx, &g, d.Account, t.Version, clientID)
	if err == nil && !ok {
		wrong = invalid
	}
	return g, t, wrong, err
}

// spendRefresh replaces a refresh token by its successor.
func spendRefresh(tx *store.Tx, g grant, t store.RefreshToken) (string, error) {
	if first, err := tx.SpendRefreshToken(t.Hash); err != nil || !first {
		return "", lost(err)
	}
	if err := tx.ExtendDevice(t.Device, tx.Now().Add(refreshLife)); err != nil {
		return "", err
	}
	return newRefresh(tx, g, t.Version)
}

// revokeGrant ends the grant of a client's refresh token; false means that it
// is no refresh token of that client.
func (s *Service) revokeGrant(ctx context.Context, clientID, token string) (found bool, err error) {
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		found = false
		t, err := tx.RefreshToken(secretHash(token))
		if err == store.ErrNone {
			return nil
		}
		if err != nil {
			return err
		}
		d, err := tx.Device(t.Device)
		if err == store.ErrNone || err == nil && d.Client != clientID {
			return nil
		}
		if err != nil {
			return err
		}
		found = true
		return s.endGrant(tx, t.Device, ReasonLogout)
	})
	if found {
		s.epoch.Add(1)
	}
	return found, err
}

// answer makes the tokens of a grant (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
func (p *provider) answer(ctx context.Context, clientID string, g grant, narrowed, wrong string, err error) (*op.Response, error) {
	switch {
	case err != nil:
		return nil, serverError(err)
	case wrong != "":
		p.s.epoch.Add(1) // a grant may have ended
		return nil, invalidGrant(wrong)
	}
	scope := g.scopes
	if narrowed != "" {
		scope = narrowed
	}
	issuer := op.IssuerFromContext(ctx)
	g.principal.Device = g.device
	token, expires, err := p.s.mint(ctx, g.principal, mintOptions{issuer: issuer, dialect: switchboard.PublicDialect, scope: scope})
	if err != nil {
		return nil, serverError(err)
	}
	resp := &oidc.AccessTokenResponse{AccessToken: token, TokenType: oidc.BearerToken, RefreshToken: g.refresh,
		ExpiresIn: p.s.expiresIn(), Scope: strings.Fields(scope)}
	if hasWord(g.scopes, scopeOpenID) {
		if resp.IDToken, err = p.s.idToken(ctx, issuer, clientID, g, token, expires); err != nil {
			return nil, serverError(err)
		}
	}
	return op.NewResponse(resp), nil
}

// acrPassword is the one way of signing in that we have: a secret, here or at
// the person's own OpenID provider (OpenID Connect Core §2, ISO/IEC 29115 level 1).
const acrPassword = "1"

// idClaims of OpenID Connect Core §2.
type idClaims struct {
	Issuer          string               `json:"iss"`
	Subject         string               `json:"sub"`
	Audience        string               `json:"aud"`
	AuthorizedParty string               `json:"azp"`
	Expires         int64                `json:"exp"`
	IssuedAt        int64                `json:"iat"`
	AuthTime        int64                `json:"auth_time"`
	Context         string               `json:"acr"`
	Nonce           string               `json:"nonce,omitempty"`
	TokenHash       string               `json:"at_hash"`
	Session         switchboard.DeviceID `json:"sid,string"`
	Username        string               `json:"preferred_username"`
	Name            string               `json:"name,omitempty"`
	Email           string               `json:"email,omitempty"`
	Role            string               `json:"role"`
	Tenant          switchboard.TenantID `json:"tenant"`
	Roles           []string             `json:"roles,omitempty"`
	Membership      *membership          `json:"mluviiMembership,omitempty"`
}

// membership is where somebody belongs, for clients with the scope of that name.
type membership struct {
	Company switchboard.TenantID `json:"companyId"`
	Domain  string               `json:"domain"`
	Admin   bool                 `json:"isCompanyAdmin"`
}

func membershipOf(p switchboard.Principal) *membership {
	return &membership{Company: p.Tenant, Domain: p.Domain, Admin: p.Admin}
}

func (s *Service) idToken(ctx context.Context, issuer, clientID string, g grant, access string, expires time.Time) (string, error) {
	half := sha256.Sum256([]byte(access)) // §3.1.3.6: the left half, with the hash of the signature
	c := idClaims{Issuer: issuer, Subject: strconv.FormatInt(int64(g.principal.Account), 10), Audience: clientID, AuthorizedParty: clientID,
		Expires: expires.Unix(), IssuedAt: expires.Add(-s.opts.TokenLife).Unix(), AuthTime: g.signedIn.Unix(), Context: acrPassword, Nonce: g.nonce,
		TokenHash: base64.RawURLEncoding.EncodeToString(half[:16]), Session: g.device, Username: g.principal.Localpart,
		Role: roleName(g.principal.Kind, g.principal.Admin), Tenant: g.principal.Tenant}
	if hasWord(g.scopes, scopeProfile) {
		c.Name = g.profile.Name
	}
	if hasWord(g.scopes, scopeEmail) || hasWord(g.scopes, scopeProfile) {
		c.Email = g.profile.Email
	}
	if hasWord(g.scopes, scopeRoles) {
		c.Roles = []string{c.Role}
	}
	if hasWord(g.scopes, scopeMember) {
		c.Membership = membershipOf(g.principal)
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	return s.sign(ctx, typeID, payload)
}
