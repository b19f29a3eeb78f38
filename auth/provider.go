package auth

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"switchboard"
	"switchboard/store"
)

// Where the provider's endpoints are, below /login.
var endpoints = op.Endpoints{
	Authorization: op.NewEndpoint("connect/authorize"),
	Token:         op.NewEndpoint("connect/token"),
	Introspection: op.NewEndpoint("connect/introspect"),
	Userinfo:      op.NewEndpoint("connect/userinfo"),
	Revocation:    op.NewEndpoint("connect/revocation"),
	EndSession:    op.NewEndpoint("connect/endsession"),
	JwksURI:       op.NewEndpoint(".well-known/openid-configuration/jwks"),

	DeviceAuthorization: op.NewEndpoint("connect/device_authorization"),
}

// provider answers the library's decoded and routed requests. The library
// parses, checks the form and writes; what is true comes from the store, and
// tokens are made by Mint like everywhere else.
type provider struct {
	op.UnimplementedServer
	s *Service
}

var _ op.Server = (*provider)(nil)

// discovery adds what the library's type lacks.
type discovery struct {
	*oidc.DiscoveryConfiguration
	IssParameter bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207 §3
	Prompts      []string `json:"prompt_values_supported"`                        // Initiating User Registration §4
}

// Discovery is OpenID Connect Discovery §3.
func (p *provider) Discovery(ctx context.Context, _ *op.Request[struct{}]) (*op.Response, error) {
	issuer := op.IssuerFromContext(ctx)
	scopes := append([]string(nil), oidcScopes...)
	for _, sc := range append(switchboard.AllScopes(), scopeAll) {
		scopes = append(scopes, string(sc))
	}
	return op.NewResponse(&discovery{IssParameter: true, Prompts: []string{"none", "login", "consent", "select_account"}, DiscoveryConfiguration: &oidc.DiscoveryConfiguration{
		Issuer:                                    issuer,
		AuthorizationEndpoint:                     endpoints.Authorization.Absolute(issuer),
		TokenEndpoint:                             endpoints.Token.Absolute(issuer),
		IntrospectionEndpoint:                     endpoints.Introspection.Absolute(issuer),
		UserinfoEndpoint:                          endpoints.Userinfo.Absolute(issuer),
		RevocationEndpoint:                        endpoints.Revocation.Absolute(issuer),
		EndSessionEndpoint:                        endpoints.EndSession.Absolute(issuer),
		JwksURI:                                   endpoints.JwksURI.Absolute(issuer),
		DeviceAuthorizationEndpoint:               endpoints.DeviceAuthorization.Absolute(issuer), // RFC 8628 §4
		ScopesSupported:                           scopes,
		ResponseTypesSupported:                    []string{string(oidc.ResponseTypeCode)},
		ResponseModesSupported:                    []string{string(oidc.ResponseModeQuery), string(oidc.ResponseModeFormPost)},
		GrantTypesSupported:                       []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken, oidc.GrantTypeClientCredentials, oidc.GrantTypeDeviceCode},
		ACRValuesSupported:                        []string{acrPassword},
		SubjectTypesSupported:                     []string{"public"},
		IDTokenSigningAlgValuesSupported:          []string{"ES256"},
		TokenEndpointAuthMethodsSupported:         []oidc.AuthMethod{oidc.AuthMethodNone, oidc.AuthMethodBasic, oidc.AuthMethodPost},
		RevocationEndpointAuthMethodsSupported:    []oidc.AuthMethod{oidc.AuthMethodNone, oidc.AuthMethodBasic, oidc.AuthMethodPost},
		IntrospectionEndpointAuthMethodsSupported: []oidc.AuthMethod{oidc.AuthMethodBasic, oidc.AuthMethodPost},
		ClaimsSupported: []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "nonce", "at_hash", "azp", "sid", "preferred_username", "name", "email", "role", "roles",
			"tenant", scopeMember},
		CodeChallengeMethodsSupported: []oidc.CodeChallengeMethod{oidc.CodeChallengeMethodS256},
	}}), nil
}

// Keys is the JSON Web Key Set (RFC 7517 §5).
func (p *provider) Keys(ctx context.Context, _ *op.Request[struct{}]) (*op.Response, error) {
	set, err := p.s.keySet(ctx)
	if err != nil {
		return nil, serverError(err)
	}
	r := op.NewResponse(&set)
	r.Header.Set("Cache-Control", "public, max-age=60")
	return r, nil
}

// The errors of RFC 6749 §5.2 with their status.

func refused(status int, e *oidc.Error, description string) error {
	e.Description = description // as it is: WithDescription formats
	return op.NewStatusError(e, status)
}

func invalidClient() error {
	return refused(http.StatusUnauthorized, oidc.ErrInvalidClient(), errClient.Message)
}

func invalidGrant(description string) error {
	return refused(http.StatusBadRequest, oidc.ErrInvalidGrant(), description)
}

func invalidScope() error {
	return refused(http.StatusBadRequest, oidc.ErrInvalidScope(), "none of these permissions can be had")
}

func serverError(err error) error {
	var known op.StatusError
	if errors.As(err, &known) {
		return err
	}
	e := switchboard.AsError(err)
	status := http.StatusInternalServerError
	if e.Kind == switchboard.Unavailable {
		status = http.StatusServiceUnavailable
	}
	return refused(status, oidc.ErrServerError().WithParent(err), e.Message)
}

// VerifyClient tells who calls the token endpoint and its like (RFC 6749 §2.3).
func (p *provider) VerifyClient(ctx context.Context, r *op.Request[op.ClientCredentials]) (op.Client, error) {
	if r.Data.ClientAssertion != "" {
		return nil, invalidClient()
	}
	if public, ok := publicClients[r.Data.ClientID]; ok {
		if r.Data.ClientSecret != "" { // it has none: whoever sends one means another client
			return nil, invalidClient()
		}
		return &client{public: public}, nil
	}
	key, err := p.s.apiClient(ctx, r.Data.ClientID, r.Data.ClientSecret)
	if unauthorized(err) {
		return nil, invalidClient()
	}
	if err != nil {
		return nil, serverError(err)
	}
	return &client{key: key}, nil
}

// ClientCredentialsExchange is RFC 6749 §4.4: an API key gets its token.
func (p *provider) ClientCredentialsExchange(ctx context.Context, r *op.ClientRequest[oidc.ClientCredentialsRequest]) (*op.Response, error) {
	c, ok := r.Client.(*client)
	if !ok || c.public != nil {
		return nil, invalidClient()
	}
	who := principalOfKey(c.key)
	scopes, _, ok := granted(r.Data.Scope, who.Scopes)
	if !ok {
		return nil, invalidScope()
	}
	scope := scopeText(nil, scopes)
	token, _, err := p.s.mint(ctx, who, mintOptions{issuer: op.IssuerFromContext(ctx), dialect: switchboard.PublicDialect, scope: scope})
	if err != nil {
		return nil, serverError(err)
	}
	return op.NewResponse(&oidc.AccessTokenResponse{AccessToken: token, TokenType: oidc.BearerToken, ExpiresIn: p.s.expiresIn(),
		Scope: strings.Fields(scope)}), nil
}

// expiresIn is expires_in. Tokens begin with a whole second; a client is told
// the full life that it has been promised, also when a second has just begun.
func (s *Service) expiresIn() uint64 { return uint64(s.opts.TokenLife / time.Second) }

// UserInfo is OpenID Connect Core §5.3. It tells what the ID token of the same
// login tells: what the scopes ask for (§5.4).
func (p *provider) UserInfo(ctx context.Context, r *op.Request[oidc.UserInfoRequest]) (*op.Response, error) {
	var who switchboard.Principal
	hit, err := p.s.verify(ctx, r.Data.AccessToken)
	if err == nil {
		who, err = p.s.current(ctx, hit)
	}
	if unauthorized(err) {
		return nil, refused(http.StatusUnauthorized, &oidc.Error{ErrorType: "invalid_token"}, switchboard.AsError(err).Message)
	}
	if err != nil {
		return nil, serverError(err)
	}
	var a Account
	err = p.s.db.Read(ctx, func(tx *store.Tx) (err error) {
		a, err = tx.Account(who.Account)
		return err
	})
	if err != nil {
		return nil, serverError(err)
	}
	info := &oidc.UserInfo{Subject: strconv.FormatInt(int64(who.Account), 10)}
	info.PreferredUsername = a.Localpart
	if hasWord(hit.claims.Scope, scopeProfile) {
		info.Name = a.Name
	}
	if hasWord(hit.claims.Scope, scopeEmail) || hasWord(hit.claims.Scope, scopeProfile) {
		info.Email = a.Email
	}
	role := roleName(who.Kind, who.Admin)
	if hasWord(hit.claims.Scope, scopeRoles) {
		info.AppendClaims("roles", []string{role})
	}
	if hasWord(hit.claims.Scope, scopeMember) {
		info.AppendClaims(scopeMember, membershipOf(who))
	}
	info.AppendClaims("role", role)
	info.AppendClaims("tenant", who.Tenant)
	info.AppendClaims("jid", who.Bare().String())
	return op.NewResponse(info), nil
}

// Introspect is RFC 7662: an API key asks about a token of its own tenant.
func (p *provider) Introspect(ctx context.Context, r *op.Request[op.IntrospectionRequest]) (*op.Response, error) {
	key, err := p.s.apiClient(ctx, r.Data.ClientID, r.Data.ClientSecret)
	if unauthorized(err) {
		return nil, invalidClient()
	}
	if err != nil {
		return nil, serverError(err)
	}
	resp := &oidc.IntrospectionResponse{}
	hit, err := p.s.verify(ctx, r.Data.Token)
	if err == nil {
		var who switchboard.Principal
		if who, err = p.s.current(ctx, hit); err == nil && who.Tenant == key.key.Tenant {
			describe(resp, &hit.claims, who)
		}
	}
	if err != nil && !unauthorized(err) {
		return nil, serverError(err)
	}
	return op.NewResponse(resp), nil
}

// describe tells what a token is worth now: whose role has changed may do less
// than is written in it.
func describe(resp *oidc.IntrospectionResponse, c *claims, who switchboard.Principal) {
	_, words := splitScopes(c.Scope)
	resp.Active, resp.Subject, resp.Username, resp.ClientID = true, c.Subject, who.Localpart, c.ClientID
	resp.Scope, resp.TokenType, resp.Issuer, resp.JWTID = strings.Fields(scopeText(words, who.Scopes)), oidc.BearerToken, c.Issuer, c.ID
	resp.Audience = oidc.Audience{c.Audience}
	resp.Expiration, resp.IssuedAt = oidc.Time(c.Expires), oidc.Time(c.IssuedAt)
	resp.Claims = map[string]any{"tenant": c.Tenant, "role": roleName(who.Kind, who.Admin), "dialect": c.Dialect}
}

// Revocation is RFC 7009: a client gives up a token of its own. What is not a
// token, or somebody else's, is answered alike.
func (p *provider) Revocation(ctx context.Context, r *op.ClientRequest[oidc.RevocationRequest]) (*op.Response, error) {
	id := r.Client.GetID()
	found, err := p.s.revokeGrant(ctx, id, r.Data.Token)
	if err == nil && !found {
		hit, invalid := p.s.verify(ctx, r.Data.Token)
		if invalid == nil && hit.claims.ClientID == id {
			err = p.s.RevokeToken(ctx, r.Data.Token)
		}
	}
	if err != nil {
		return nil, serverError(err)
	}
	return op.NewResponse(nil), nil
}
