package auth

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The public clients that every installation has.
const (
	ConsoleClient = "switchboard-console"
	PortalClient  = "switchboard-portal"
	NativeClient  = "publicApiNativeClient" // tools on somebody's own machine
	AppClient     = "mluviiApp"             // the web application of the contact centre
	SDKClient     = "switchboard-sdk"       // pages with the chat SDK that ask to be signed in by another device

	// OOB is the redirect URI of a tool that cannot be redirected to: the code
	// is shown to be copied.
	OOB = "urn:ietf:wg:oauth:2.0:oob"
)

// publicClient is a client without a secret: PKCE stands in for it.
type publicClient struct {
	id, name  string
	redirects []string // paths of this server
	logout    []string // paths of this server to return to after signing out
	native    bool     // redirects to loopback or shows the code; asks the person first
	device    bool     // asks for devices only (RFC 8628)
}

var publicClients = map[string]*publicClient{
	ConsoleClient: {id: ConsoleClient, name: "Switchboard console", redirects: []string{"/console/callback"}, logout: []string{"/console", "/console/"}},
	PortalClient: {id: PortalClient, name: "API portal", redirects: []string{"/api/oauth2-redirect.html"},
		logout: []string{"/api", "/api/"}},
	NativeClient: {id: NativeClient, name: "A tool on your computer", native: true},
	AppClient:    {id: AppClient, name: "Contact centre", redirects: []string{appPath}, logout: []string{"", "/", "/signout-callback-oidc"}},
	SDKClient:    {id: SDKClient, name: "Chat", device: true},
}

// allows reports whether a client may be redirected to. Addresses are compared
// as text: no normalisation, no prefixes (RFC 9700 §2.1). A native client may
// use any port and path of its own machine (RFC 8252 §7.3).
func (c *publicClient) allows(origin, redirect string) bool {
	if !c.native {
		return slices.ContainsFunc(c.redirects, func(path string) bool { return redirect == origin+path })
	}
	if redirect == OOB {
		return true
	}
	u, err := url.Parse(redirect)
	if err != nil || u.Scheme != "http" || u.User != nil || u.Opaque != "" || u.Fragment != "" || strings.Contains(redirect, "#") {
		return false
	}
	rest, ok := strings.CutPrefix(redirect, "http://"+u.Host)
	return ok && (rest == "" || rest[0] == '/' || rest[0] == '?') && loopbackHost(u.Hostname()) && plainText(redirect)
}

// plainText refuses what browsers read differently than servers.
func plainText(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

// client is a publicClient or an API key in one request, as the library wants it.
type client struct {
	public *publicClient
	key    clientHit   // of an API key
	refuse *oidc.Error // to be told by redirect
}

var _ op.Client = (*client)(nil)

func (c *client) GetID() string {
	if c.public != nil {
		return c.public.id
	}
	return c.key.key.ClientID
}

func (c *client) RedirectURIs() []string              { return nil } // authorize is our own
func (c *client) PostLogoutRedirectURIs() []string    { return nil }
func (c *client) ApplicationType() op.ApplicationType { return op.ApplicationTypeNative }

func (c *client) AuthMethod() oidc.AuthMethod {
	if c.public != nil {
		return oidc.AuthMethodNone
	}
	return oidc.AuthMethodBasic
}

func (c *client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}

func (c *client) GrantTypes() []oidc.GrantType {
	if c.public != nil && c.public.device {
		return []oidc.GrantType{oidc.GrantTypeDeviceCode}
	}
	if c.public != nil {
		return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
	}
	return []oidc.GrantType{oidc.GrantTypeClientCredentials}
}

func (c *client) LoginURL(string) string              { return loginPath }
func (c *client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }
func (c *client) IDTokenLifetime() time.Duration      { return time.Hour }
func (c *client) DevMode() bool                       { return true } // plain http is judged by allows
func (c *client) ClockSkew() time.Duration            { return 0 }

func (c *client) RestrictAdditionalIdTokenScopes() func([]string) []string     { return sameScopes }
func (c *client) RestrictAdditionalAccessTokenScopes() func([]string) []string { return sameScopes }
func sameScopes(s []string) []string                                           { return s }

// IsScopeAllowed lets every word pass: granted sorts them out.
func (c *client) IsScopeAllowed(string) bool           { return true }
func (c *client) IDTokenUserinfoClaimsAssertion() bool { return true }
