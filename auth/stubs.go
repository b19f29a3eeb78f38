package auth

import (
	"context"
	"net/http"
	"time"

	"switchboard"
	"switchboard/web"
)

// Service is the room: all methods are safe for concurrent use.
type Service struct{ opts Options }

// New makes the service. It has no side effects; Run starts its upkeep.
func New(o Options) *Service { return &Service{opts: o} }

// Run follows revocations of other nodes, tells the OnRevoked hooks, and
// removes what has expired. It returns when ctx ends.
func (s *Service) Run(ctx context.Context) error { panic("soon") }

// OnRevoked registers a function that is called once on every node when an account or one
// of its devices loses its right to be, so that streams can be ended. It must not block.
// Register before Run.
func (s *Service) OnRevoked(fn func(Revocation)) { panic("soon") }

// Mount adds the login screen and the OpenID provider under /login/ and gives
// the kernel its authentication.
func (s *Service) Mount(k *web.Kernel) { panic("soon") }

// Verify turns an access token into who is asking.
func (s *Service) Verify(ctx context.Context, token string) (switchboard.Principal, error) {
	panic("soon")
}

// Password checks a name (or bare address) and a password: the account's, or
// that of one of its devices. domain "" means the first tenant. Whatever is
// wrong, the error is Unauthorized "credentials-wrong" after the same work.
func (s *Service) Password(ctx context.Context, domain, name, password, remoteAddr string) (switchboard.Principal, error) {
	panic("soon")
}

// SCRAM returns the keys of a name. Unknown names get a salt of their own that stays the same.
func (s *Service) SCRAM(ctx context.Context, domain, name string) (SCRAMCandidates, error) {
	panic("soon")
}

// Throttled is the error for a client that has failed too often, or nil; ask
// it before a SCRAM exchange.
func (s *Service) Throttled(domain, name, remoteAddr string) error { panic("soon") }

// LoginFailed counts a failed SCRAM exchange.
func (s *Service) LoginFailed(domain, name, remoteAddr string) { panic("soon") }

// PrincipalFor is the principal of an account (and device) that has proved
// itself, by SCRAM for example. device 0 means the account's own password.
func (s *Service) PrincipalFor(ctx context.Context, domain, name string, device switchboard.DeviceID) (switchboard.Principal, error) {
	panic("soon")
}

// Mint makes an access token for p. scopes nil means all that p carries;
// others are cut down to them.
func (s *Service) Mint(ctx context.Context, p switchboard.Principal, dialect switchboard.Dialect, scopes []switchboard.Scope) (token string, expires time.Time, err error) {
	panic("soon")
}

// RotateKeys makes a new signing key, used at once; the old one verifies until
// its last token is dead.
func (s *Service) RotateKeys(ctx context.Context) error { panic("soon") }

// LoginURL is the login screen that leads back to the page asked for.
func (s *Service) LoginURL(r *http.Request) string { panic("soon") }

// BrowserSession tells who is signed in by the request's cookie.
func (s *Service) BrowserSession(r *http.Request) (switchboard.Principal, bool) { panic("soon") }

// Origin is the scheme and authority by which the client reaches this server.
func (s *Service) Origin(r *http.Request) string { panic("soon") }

// RegisterDevice gives an account a device credential. At the device limit the
// error is NotAllowed "device-limit"; an unknown licence key is Invalid
// "licence-unknown".
func (s *Service) RegisterDevice(ctx context.Context, r RegisterRequest) (Registration, error) {
	panic("soon")
}

// RegisterVisitor makes a visitor's account with one device.
func (s *Service) RegisterVisitor(ctx context.Context, r VisitorRequest) (Registration, error) {
	panic("soon")
}

// Devices lists the live devices of an account: one's own, or any with users.read.
func (s *Service) Devices(ctx context.Context, p switchboard.Principal, account switchboard.AccountID) ([]Device, error) {
	panic("soon")
}

// RevokeDevice ends a device: one's own, or any for an administrator. Its tokens and streams end.
func (s *Service) RevokeDevice(ctx context.Context, p switchboard.Principal, device switchboard.DeviceID, reason string) error {
	panic("soon")
}

// RevokeToken ends one access token before its time.
func (s *Service) RevokeToken(ctx context.Context, token string) error { panic("soon") }

// IdentityKey is the key with which the tenant's own backend signs identity
// tokens (HS256), for its administrators.
func (s *Service) IdentityKey(ctx context.Context, p switchboard.Principal) (string, error) {
	panic("soon")
}

// CreateAccount makes an account. It needs users.write; only an administrator may make one.
func (s *Service) CreateAccount(ctx context.Context, p switchboard.Principal, n NewAccount) (Account, error) {
	panic("soon")
}

// Accounts lists the tenant's accounts by localpart. It needs users.read.
func (s *Service) Accounts(ctx context.Context, p switchboard.Principal, q AccountQuery) ([]AccountInfo, error) {
	panic("soon")
}

// CountAccounts counts what Accounts would list without a limit.
func (s *Service) CountAccounts(ctx context.Context, p switchboard.Principal, q AccountQuery) (int, error) {
	panic("soon")
}

// Account is one account of the tenant: one's own, or any with users.read.
func (s *Service) Account(ctx context.Context, p switchboard.Principal, id switchboard.AccountID) (AccountInfo, error) {
	panic("soon")
}

// AccountByName is Account by localpart.
func (s *Service) AccountByName(ctx context.Context, p switchboard.Principal, localpart string) (AccountInfo, error) {
	panic("soon")
}

// SetPassword gives an account a new password and ends its browser sessions
// and tokens. It needs users.write, and an administrator for administrators.
func (s *Service) SetPassword(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, password string) error {
	panic("soon")
}

// ChangePassword replaces one's own password.
func (s *Service) ChangePassword(ctx context.Context, p switchboard.Principal, old, new string) error {
	panic("soon")
}

// SetEnabled lets an account sign in, or not.
func (s *Service) SetEnabled(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, enabled bool) error {
	panic("soon")
}

// SetRole changes what an account is.
func (s *Service) SetRole(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, kind switchboard.AccountKind, admin bool) error {
	panic("soon")
}

// DeleteAccount removes an account's credentials and profile for good. Its
// name stays taken, so that nobody inherits its contacts.
func (s *Service) DeleteAccount(ctx context.Context, p switchboard.Principal, id switchboard.AccountID) error {
	panic("soon")
}

// BulkImport makes many accounts at once; progress (may be nil) hears how many
// are done. Rows that cannot be taken are reported, the others are stored.
func (s *Service) BulkImport(ctx context.Context, p switchboard.Principal, rows []ImportRow, progress func(done int)) ([]Refused, error) {
	panic("soon")
}

// CreateKey makes an API key; the secret is shown this once. It needs the
// scope keys, and a key cannot have scopes that its maker lacks.
func (s *Service) CreateKey(ctx context.Context, p switchboard.Principal, name string, scopes []switchboard.Scope) (Key, string, error) {
	panic("soon")
}

// ListKeys lists the tenant's API keys, newest first.
func (s *Service) ListKeys(ctx context.Context, p switchboard.Principal) ([]Key, error) {
	panic("soon")
}

// RevokeKey ends an API key and its tokens.
func (s *Service) RevokeKey(ctx context.Context, p switchboard.Principal, id switchboard.AccountID) error {
	panic("soon")
}

// EnsureTenant returns the tenant of a domain and makes it if it is missing. A
// trial tenant has the licence key "trial".
func (s *Service) EnsureTenant(ctx context.Context, domain string, trial bool) (t Tenant, created bool, err error) {
	panic("soon")
}

// EnsureFirstAdmin makes an administrator without a password if the tenant has none at all.
func (s *Service) EnsureFirstAdmin(ctx context.Context, domain string) (FirstAdmin, error) {
	panic("soon")
}

// LocalAdmin is the principal of whoever runs commands on the server's own
// machine: an administrator of the tenant without an account. domain "" means
// the first tenant. It cannot have tokens.
func (s *Service) LocalAdmin(ctx context.Context, domain string) (switchboard.Principal, error) {
	panic("soon")
}

// Tenant is the principal's tenant.
func (s *Service) Tenant(ctx context.Context, p switchboard.Principal) (Tenant, error) { panic("soon") }

// TenantByGUID finds a tenant by the GUID in its widget's tag; anyone may.
func (s *Service) TenantByGUID(ctx context.Context, guid string) (Tenant, error) { panic("soon") }

// TenantByLicence finds a tenant by its licence key; an unknown one is Invalid "licence-unknown".
func (s *Service) TenantByLicence(ctx context.Context, key string) (Tenant, error) { panic("soon") }

// UpdateTenant changes a tenant's name (unless empty) and settings (those given; "" removes one).
func (s *Service) UpdateTenant(ctx context.Context, p switchboard.Principal, name string, settings map[string]string) (Tenant, error) {
	panic("soon")
}

// EndTrial takes the tenant out of trial mode and gives it a new licence key.
func (s *Service) EndTrial(ctx context.Context, p switchboard.Principal) (Tenant, error) {
	panic("soon")
}
