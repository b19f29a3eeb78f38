package auth

import (
	"log/slog"
	"net/http"
	"time"

	"switchboard"
	"switchboard/store"
)

// Options configures a Service. Only DB is required.
type Options struct {
	DB  *store.DB
	Log *slog.Logger
	Now func() time.Time

	// PublicURL is where browsers reach this server ("https://chat.example.com").
	// When it is empty each request's Host decides, if it is loopback, an IP
	// address, a tenant's domain or one of Hosts.
	PublicURL string
	Hosts     []string // further names under which browsers may reach this server, with or without port
	Origins   []string // other web origins whose pages may call the token and userinfo endpoints (CORS)

	Iterations int           // of PBKDF2 for new passwords; 0 means DefaultIterations
	TokenLife  time.Duration // of access tokens; 0 means switchboard.TokenLife
	MaxDevices int           // devices of an account unless its tenant says otherwise; 0 means switchboard.MaxDevices
	MaxKeys    int           // live API keys of a tenant; 0 means switchboard.MaxKeys

	HTTP *http.Client // fetches tenants' key sets (identity.jwks); nil means a careful one
}

// DefaultIterations of PBKDF2 (RFC 7677 §4 asks for 4096 or more).
const DefaultIterations = 10_000

// Account is an account as the store keeps it.
type Account = store.Account

// Profile is what an account shows of itself.
type Profile = store.Profile

// Tenant is a tenant as the store keeps it. Secret must not leave the server.
type Tenant = store.Tenant

// Device is one login of an account.
type Device = store.Device

// Revocation says that streams and tokens of an account have lost their right
// to be. Device 0 means the whole account.
type Revocation struct {
	Tenant  switchboard.TenantID
	Account switchboard.AccountID
	Device  switchboard.DeviceID
	Reason  string // "replaced", "revoked", "disabled", "deleted", "password-changed", "logout"
}
