package switchboard

import (
	"slices"
	"time"
)

// AccountKind says what an account is.
type AccountKind string

const (
	User     AccountKind = "user"     // a user of an app
	Operator AccountKind = "operator" // serves customers; an administrator is an operator with the admin flag
	Visitor  AccountKind = "visitor"  // a customer who came through a channel
	Bot      AccountKind = "bot"      // answers customers by program
	Client   AccountKind = "client"   // an API key
)

// Dialect is the REST dialect that a token speaks: both contracts live under
// /api/v1, and the token decides which one is meant.
type Dialect string

const (
	PlatformDialect Dialect = "platform" // minted by /api/v1/login or for a device
	PublicDialect   Dialect = "public"   // minted under /login/connect/, or a browser signed in there
)

// Scope is a permission that a token carries.
type Scope string

// The scopes. An API key is given some of them when it is made; an
// administrator's own token carries all, an operator's the first five.
const (
	ScopeChat          Scope = "chat"           // be the account: send, read, presence (XMPP and Platform API)
	ScopeSessionsRead  Scope = "sessions.read"  // conversations and their transcripts
	ScopeSessionsWrite Scope = "sessions.write" // accept, forward, end, annotate
	ScopeEvents        Scope = "events"         // follow the event stream
	ScopeUsersRead     Scope = "users.read"
	ScopeUsersWrite    Scope = "users.write"
	ScopeWebhooks      Scope = "webhooks"
	ScopeKeys          Scope = "keys" // API keys
	ScopeCompanyRead   Scope = "company.read"
	ScopeCompanyWrite  Scope = "company.write"
	ScopeChatbot       Scope = "chatbot" // answer conversations as a bot
)

// AllScopes lists every scope in the order in which screens show them.
func AllScopes() []Scope {
	return []Scope{ScopeChat, ScopeSessionsRead, ScopeSessionsWrite, ScopeEvents, ScopeUsersRead, ScopeUsersWrite,
		ScopeWebhooks, ScopeKeys, ScopeCompanyRead, ScopeCompanyWrite, ScopeChatbot}
}

// OperatorScopes is what an operator who is no administrator may do.
func OperatorScopes() []Scope { return AllScopes()[:5] }

// Principal is who is asking. Every rule takes one first. The zero Principal
// is nobody.
type Principal struct {
	Tenant    TenantID
	Account   AccountID
	Kind      AccountKind
	Admin     bool   // an administrator of the tenant
	Localpart string // the account's identifier
	Domain    string // the tenant's XMPP domain
	Device    DeviceID
	Scopes    []Scope
	Dialect   Dialect
	Client    string    // the OAuth client_id, empty for a password login
	Expires   time.Time // when the credential ends; zero means it does not
}

// Known reports whether anybody is asking.
func (p Principal) Known() bool { return p.Account != 0 }

// Bare is the account's bare address.
func (p Principal) Bare() JID { return JID{Local: p.Localpart, Domain: p.Domain} }

// May reports whether the principal carries a scope.
func (p Principal) May(s Scope) bool { return slices.Contains(p.Scopes, s) }

// Require returns nil, or a Forbidden or Unauthorized error.
func (p Principal) Require(s Scope) error {
	switch {
	case !p.Known():
		return E(Unauthorized, "token-missing", "sign in first")
	case !p.May(s):
		return Ef(Forbidden, "scope-missing", "this needs the permission %s", s)
	}
	return nil
}

// RequireAdmin returns nil for an administrator of the tenant.
func (p Principal) RequireAdmin() error {
	switch {
	case !p.Known():
		return E(Unauthorized, "token-missing", "sign in first")
	case !p.Admin:
		return E(Forbidden, "administrator-only", "only an administrator may do this")
	}
	return nil
}
