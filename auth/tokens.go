package auth

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"

	"switchboard"
	"switchboard/store"
	"switchboard/web"
)

// audience is who access tokens are for: this server's APIs and streams.
const audience = "switchboard"

// claims of an access token (RFC 9068 §2.2 and our own).
type claims struct {
	Issuer   string               `json:"iss"`
	Subject  string               `json:"sub"` // the account's id
	Audience string               `json:"aud"`
	Expires  int64                `json:"exp"`
	IssuedAt int64                `json:"iat"`
	ID       string               `json:"jti"`
	ClientID string               `json:"client_id,omitempty"`
	Scope    string               `json:"scope"`
	Username string               `json:"preferred_username"`
	Role     string               `json:"role"`
	Tenant   switchboard.TenantID `json:"tenant"`
	Device   switchboard.DeviceID `json:"device,omitempty"`
	Dialect  switchboard.Dialect  `json:"dialect"`
	Version  int64                `json:"ver,omitempty"` // of the account's password, where it was what proved the account
}

var (
	errTokenInvalid = switchboard.E(switchboard.Unauthorized, "token-invalid", "the token is not valid")
	errTokenExpired = switchboard.E(switchboard.Unauthorized, "token-expired", "the token has expired; get a new one")
	errTokenRevoked = switchboard.E(switchboard.Unauthorized, "token-revoked", "the token has been revoked; sign in again")
)

// unauthorized reports whether an error says that a credential is not valid.
func unauthorized(err error) bool {
	return err != nil && switchboard.KindOf(err) == switchboard.Unauthorized
}

const (
	maxToken   = 4096
	stateLife  = time.Second      // how long the state of an account is believed
	clockGrace = 30 * time.Second // between the clocks of nodes
)

// Mint makes an access token for p. scopes nil means all that p carries;
// others are cut down to them.
func (s *Service) Mint(ctx context.Context, p switchboard.Principal, dialect switchboard.Dialect, scopes []switchboard.Scope) (token string, expires time.Time, err error) {
	if scopes == nil {
		scopes = p.Scopes
	}
	return s.mint(ctx, p, mintOptions{dialect: dialect, scope: scopeText(nil, common(scopes, p.Scopes))})
}

type mintOptions struct {
	issuer  string // "": the installation's own
	dialect switchboard.Dialect
	scope   string
}

func (s *Service) mint(ctx context.Context, p switchboard.Principal, o mintOptions) (token string, expires time.Time, err error) {
	if p.Account <= 0 {
		return "", time.Time{}, switchboard.E(switchboard.Forbidden, "token-not-possible", "there is no account to make a token for")
	}
	c := claims{
		Subject: strconv.FormatInt(int64(p.Account), 10), Audience: audience, ID: switchboard.NewToken(), ClientID: p.Client,
		Scope: o.scope, Username: p.Localpart, Role: roleName(p.Kind, p.Admin), Tenant: p.Tenant, Device: p.Device,
		Dialect: o.dialect, Issuer: o.issuer,
	}
	if c.Issuer == "" {
		c.Issuer = s.homeOrigin(p.Domain) + issuerPath
	}
	if p.Device == 0 && p.Kind != switchboard.Client {
		var state store.TokenState
		if state, err = s.tokenState(ctx, "", 0, p.Account); err != nil {
			return "", time.Time{}, err
		}
		c.Version = state.Version
	}
	now := s.now().UTC().Truncate(time.Second)
	expires = now.Add(s.opts.TokenLife)
	c.IssuedAt, c.Expires = now.Unix(), expires.Unix()
	payload, err := json.Marshal(c)
	if err != nil {
		return "", time.Time{}, err
	}
	token, err = s.sign(ctx, typeAccess, payload)
	return token, expires, err
}

func roleName(kind switchboard.AccountKind, admin bool) string {
	if admin {
		return "admin"
	}
	return string(kind)
}

// tokenKey is the SHA-256 of a token or cookie: neither is kept.
type tokenKey [sha256.Size]byte

// tokenHit is a token whose signature was right.
type tokenHit struct {
	claims  claims
	account switchboard.AccountID
	expires time.Time
	state   atomic.Pointer[hitState]
}

// hitState is what was last known of the account behind a token.
type hitState struct {
	principal switchboard.Principal
	err       error
	at        time.Time
	epoch     int64
}

// Verify turns an access token into who is asking.
func (s *Service) Verify(ctx context.Context, token string) (switchboard.Principal, error) {
	hit, err := s.verify(ctx, token)
	if err != nil {
		return switchboard.Principal{}, err
	}
	return s.current(ctx, hit)
}

// verify checks all of a token that never changes, and whether it has expired.
func (s *Service) verify(ctx context.Context, token string) (*tokenHit, error) {
	if len(token) > maxToken {
		return nil, errTokenInvalid
	}
	key := tokenKey(sha256.Sum256([]byte(token)))
	hit, ok := s.tokens.get(key)
	if !ok {
		var err error
		if hit, err = s.parse(ctx, token); err != nil {
			return nil, err
		}
	}
	if !s.now().Before(hit.expires) {
		return nil, errTokenExpired
	}
	if !ok {
		s.tokens.put(key, hit)
	}
	return hit, nil
}

// parse accepts one algorithm only, whatever the header says (RFC 8725 §3.1).
func (s *Service) parse(ctx context.Context, token string) (*tokenHit, error) {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || len(signed.Signatures) != 1 {
		return nil, errTokenInvalid
	}
	header := signed.Signatures[0].Protected
	if typ, _ := header.ExtraHeaders[jose.HeaderType].(string); !strings.EqualFold(typ, typeAccess) {
		return nil, errTokenInvalid
	}
	public, err := s.publicKey(ctx, header.KeyID)
	if err != nil {
		return nil, err
	}
	if public == nil {
		return nil, errTokenInvalid
	}
	payload, err := signed.Verify(public)
	if err != nil {
		return nil, errTokenInvalid
	}
	hit := &tokenHit{}
	c := &hit.claims
	if json.Unmarshal(payload, c) != nil || c.Audience != audience || c.ID == "" || !s.issuedHere(ctx, c.Issuer) {
		return nil, errTokenInvalid
	}
	id, err := strconv.ParseInt(c.Subject, 10, 64)
	if err != nil || id <= 0 || time.Unix(c.IssuedAt, 0).After(s.now().Add(clockGrace)) {
		return nil, errTokenInvalid
	}
	hit.account, hit.expires = switchboard.AccountID(id), time.Unix(c.Expires, 0)
	return hit, nil
}

// current tells who a token stands for now. What could have ended it is asked
// of the store once a second, and at once after a change on this node.
func (s *Service) current(ctx context.Context, hit *tokenHit) (switchboard.Principal, error) {
	epoch, now := s.epoch.Load(), s.now()
	if st := hit.state.Load(); st != nil && !web.Fresh(ctx) && st.epoch == epoch && now.Sub(st.at) < stateLife && !now.Before(st.at) {
		return st.principal, st.err
	}
	c := &hit.claims
	state, err := s.tokenState(ctx, c.ID, c.Device, hit.account)
	if err != nil && err != errTokenRevoked {
		return switchboard.Principal{}, err
	}
	st := &hitState{err: err, at: now, epoch: epoch}
	if err == nil {
		st.err = c.dead(&state)
	}
	if st.err == nil {
		st.principal = principalOf(hit, &state)
	}
	hit.state.Store(st)
	return st.principal, st.err
}

// tokenState reads what a token's life depends on; an account that is gone is errTokenRevoked.
func (s *Service) tokenState(ctx context.Context, jti string, device switchboard.DeviceID, account switchboard.AccountID) (state store.TokenState, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		state, err = tx.TokenState(jti, device, account)
		return err
	})
	if err == store.ErrNone {
		err = errTokenRevoked
	}
	return state, err
}

func (c *claims) dead(state *store.TokenState) error {
	switch {
	case state.Tenant != c.Tenant, state.Revoked, c.Device != 0 && !state.Device, c.Version != 0 && c.Version != state.Version,
		state.Kind == deletedKind:
		return errTokenRevoked
	case state.Disabled:
		return switchboard.E(switchboard.Unauthorized, "account-disabled", "this account has been switched off by an administrator")
	}
	return nil
}

func principalOf(hit *tokenHit, state *store.TokenState) switchboard.Principal {
	c := &hit.claims
	scopes, _ := splitScopes(c.Scope)
	if state.Kind != switchboard.Client { // whose scopes are written in the key and never change
		scopes = common(scopes, RoleScopes(state.Kind, state.Admin))
	}
	return switchboard.Principal{
		Tenant: state.Tenant, Account: hit.account, Kind: state.Kind, Admin: state.Admin, Localpart: state.Localpart,
		Domain: state.Domain, Device: c.Device, Scopes: scopes, Dialect: c.Dialect, Client: c.ClientID, Expires: hit.expires,
	}
}

// principal is who has just proved to be an account, by the credential of a
// device or, for the zero Device, by the account's own.
func (s *Service) principal(t Tenant, a Account, d Device) switchboard.Principal {
	scopes := RoleScopes(a.Kind, a.Admin)
	if d.Scopes != "" {
		may, _ := splitScopes(d.Scopes)
		scopes = common(scopes, may)
	}
	return switchboard.Principal{
		Tenant: t.ID, Account: a.ID, Kind: a.Kind, Admin: a.Admin, Localpart: a.Localpart, Domain: t.Domain, Device: d.ID,
		Scopes: scopes, Dialect: switchboard.PlatformDialect,
	}
}

// PrincipalFor is the principal of an account (and device) that has proved
// itself, by SCRAM for example. device 0 means the account's own password.
func (s *Service) PrincipalFor(ctx context.Context, domain, name string, device switchboard.DeviceID) (switchboard.Principal, error) {
	l, err := s.lookup(ctx, domain, name)
	switch {
	case err != nil:
		return switchboard.Principal{}, err
	case !l.known, !l.has(device):
		return switchboard.Principal{}, errCredentials
	case l.account.Disabled:
		return switchboard.Principal{}, errDisabled
	}
	s.touch(l.devices, device)
	return s.principal(l.tenant, l.account, l.device(device)), nil
}

// RevokeToken ends one access token before its time. A token that is not valid
// is no error: it is as dead as it can be.
func (s *Service) RevokeToken(ctx context.Context, token string) error {
	hit, err := s.verify(ctx, token)
	if unauthorized(err) {
		return nil
	}
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error { return tx.RevokeToken(hit.claims.ID, hit.expires) })
	s.epoch.Add(1)
	return err
}
