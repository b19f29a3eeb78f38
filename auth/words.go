package auth

import (
	"time"

	"switchboard"
)

// NewAccount describes an account to make.
type NewAccount struct {
	Localpart string // the identifier; brought to its normal form
	Kind      switchboard.AccountKind
	Admin     bool
	Password  string // empty: it cannot sign in by password
	Profile   Profile
}

// AccountQuery selects accounts of the principal's tenant.
type AccountQuery struct {
	Kind   switchboard.AccountKind
	Search string // part of the localpart or name
	Admin  bool   // administrators only
	Limit  int    // 0 means 100
	Offset int
}

// AccountInfo is an account and what a list shows beside it.
type AccountInfo struct {
	Account
	Devices int // live devices
}

// ImportRow is one line of a bulk import.
type ImportRow struct {
	Name, Password string
	Role           string // "admin", "operator" or "user"; empty means user
}

// Refused is a row of an import that was not taken.
type Refused struct {
	Row int // counted from 0
	Err error
}

// FirstAdmin is the administrator of a new tenant.
type FirstAdmin struct {
	Created    bool   // false: the tenant had an administrator, and all else is empty
	Name       string // localpart
	SetupToken string // one-time: /login/setup?token=… lets its holder choose the password
}

// Key is an API key: a client that obtains tokens with its id and secret.
type Key struct {
	ID       switchboard.AccountID // the key's account, of kind client
	Name     string
	ClientID string
	Scopes   []switchboard.Scope
	Created  time.Time
	LastUsed time.Time // to the minute; zero if never
	Revoked  time.Time // zero if live
}

// Proof algorithms of SCRAM.
const (
	SHA1   = "SHA-1"
	SHA256 = "SHA-256"
)

// SCRAMKeys is what the server keeps of a password for one algorithm (RFC 5802 §3).
type SCRAMKeys struct{ StoredKey, ServerKey []byte }

// SCRAMCandidate is a password that may be meant: the account's own (Device 0)
// or a device credential.
type SCRAMCandidate struct {
	Device switchboard.DeviceID
	SHA1   SCRAMKeys
	SHA256 SCRAMKeys
}

// SCRAMCandidates is what a SCRAM conversation needs: one salt for all
// candidates, so that one server-first message fits them all. There is always
// at least one candidate; those of an unknown name fit no password.
type SCRAMCandidates struct {
	Known      bool // not to be told to the client before the proof has failed
	Salt       []byte
	Iterations int
	Candidates []SCRAMCandidate
}

// RegisterRequest asks for a device credential.
type RegisterRequest struct {
	License    string // names the tenant
	Identifier string // localpart of the account; made if it does not exist
	DeviceType string // "web", "android", …
	Force      bool   // at the limit, sign the oldest device out instead of failing
	Sandbox    bool   // no proof is asked; only while the tenant is in trial mode
	Metadata   map[string]string

	// Proof is one of: an identity token signed by the app's own backend; an
	// access token of the account or of an administrator; the password of the
	// account or of one of its devices.
	Proof      string
	RemoteAddr string // for throttling
}

// Registration is a new device credential and a first token.
type Registration struct {
	Principal        switchboard.Principal
	Username         string // the identifier in its normal form
	Password         string // 32 hexadecimal characters, shown once
	Token            string
	Expires          time.Time
	Device           switchboard.DeviceID
	IsExisting       bool // the account was there before
	IsProfileUpdated bool // it has a name
	Tenant           Tenant
	ReplacedDevice   switchboard.DeviceID // signed out to make room; 0 if none
}

// VisitorRequest asks for an account for a customer who came through a channel.
type VisitorRequest struct {
	TenantGUID string // the company's GUID in the widget's tag; or
	Tenant     switchboard.TenantID
	DeviceType string
	Profile    Profile
}
