package store

import (
	"time"

	"switchboard"
)

// Credential is what is kept of an account's password. Every account that can
// have a password or a device credential has one.
type Credential struct {
	Account    switchboard.AccountID
	Version    int64 // counts changes; tokens and sessions of an older one are dead
	Salt       []byte
	Iterations int
	Keys       []byte // SCRAM keys, 104 bytes; empty: no password
	Changed    time.Time
}

// InsertCredential stores the credential of a new account.
func (tx *Tx) InsertCredential(c Credential) error {
	_, err := tx.exec("INSERT INTO credentials (account, version, salt, iterations, keys, changed) VALUES ($1, $2, $3, $4, $5, $6)",
		int64(c.Account), c.Version, c.Salt, c.Iterations, blob(c.Keys), micros(tx.Now()))
	return err
}

// SetPasswordKeys replaces an account's password and counts its version up.
// The salt stays, because device credentials share it.
func (tx *Tx) SetPasswordKeys(account switchboard.AccountID, keys []byte) error {
	n, err := tx.exec("UPDATE credentials SET keys = $1, changed = $2, version = version + 1 WHERE account = $3",
		blob(keys), micros(tx.Now()), int64(account))
	return oneRow(n, err)
}

// HoldCredential returns the version of an account's credential, or ErrNone, and
// keeps it as it is until the transaction ends.
func (tx *Tx) HoldCredential(account switchboard.AccountID) (version int64, err error) {
	err = tx.mutate("UPDATE credentials SET version = version WHERE account = $1 RETURNING version", int64(account)).Scan(&version)
	return version, err
}

// Credential returns an account's credential, or ErrNone.
func (tx *Tx) Credential(account switchboard.AccountID) (c Credential, err error) {
	var changed int64
	err = tx.row("SELECT account, version, salt, iterations, keys, changed FROM credentials WHERE account = $1", int64(account)).
		Scan(&c.Account, &c.Version, &c.Salt, &c.Iterations, &c.Keys, &changed)
	c.Changed = fromMicros(changed)
	return c, err
}

// TokenState is what may have ended a token before its time.
type TokenState struct {
	Tenant    switchboard.TenantID
	Domain    string
	Localpart string
	Kind      switchboard.AccountKind
	Admin     bool
	Disabled  bool
	Version   int64 // of the account's credential; 0 if it has none
	Device    bool  // the device is live
	Revoked   bool  // the token was revoked
}

// TokenState looks up all that a token's validity depends on; ErrNone if the
// account does not exist.
func (tx *Tx) TokenState(jti string, device switchboard.DeviceID, account switchboard.AccountID) (s TokenState, err error) {
	var admin, disabled, devices, revoked int64
	err = tx.row(`SELECT a.tenant, t.domain, a.localpart, a.kind, a.admin, a.disabled,
		COALESCE((SELECT c.version FROM credentials c WHERE c.account = a.id), 0),
		(SELECT count(*) FROM revoked_tokens r WHERE r.jti = $1),
		(SELECT count(*) FROM devices d WHERE d.id = $2 AND d.account = a.id AND d.revoked = 0 AND (d.expires = 0 OR d.expires > $3))
		FROM accounts a JOIN tenants t ON t.id = a.tenant WHERE a.id = $4`,
		jti, int64(device), micros(tx.Now()), int64(account)).
		Scan(&s.Tenant, &s.Domain, &s.Localpart, &s.Kind, &admin, &disabled, &s.Version, &revoked, &devices)
	s.Admin, s.Disabled, s.Device, s.Revoked = admin != 0, disabled != 0, devices != 0, revoked != 0
	return s, err
}

// APIKey is a client that obtains tokens with its id and secret.
type APIKey struct {
	Account  switchboard.AccountID
	Tenant   switchboard.TenantID
	ClientID string
	Name     string
	Hash     []byte // SHA-256 of the secret
	Scopes   string // separated by spaces
	Created  time.Time
	Used     time.Time
	Revoked  time.Time
}

const apiKeyColumns = "account, tenant, client_id, name, hash, scopes, created, used, revoked"

func scanAPIKey(scan func(...any) error) (k APIKey, err error) {
	var created, used, revoked int64
	err = scan(&k.Account, &k.Tenant, &k.ClientID, &k.Name, &k.Hash, &k.Scopes, &created, &used, &revoked)
	k.Created, k.Used, k.Revoked = fromMicros(created), fromMicros(used), fromMicros(revoked)
	return k, err
}

// InsertAPIKey stores an API key; its account must exist.
func (tx *Tx) InsertAPIKey(k APIKey) error {
	_, err := tx.exec("INSERT INTO api_keys ("+apiKeyColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)",
		int64(k.Account), int64(k.Tenant), k.ClientID, k.Name, k.Hash, k.Scopes, micros(tx.Now()))
	return err
}

// APIKey returns an API key by its client id, or ErrNone.
func (tx *Tx) APIKey(clientID string) (APIKey, error) {
	return scanAPIKey(tx.row("SELECT "+apiKeyColumns+" FROM api_keys WHERE client_id = $1", clientID).Scan)
}

// APIKeyOf returns the API key of an account, or ErrNone.
func (tx *Tx) APIKeyOf(account switchboard.AccountID) (APIKey, error) {
	return scanAPIKey(tx.row("SELECT "+apiKeyColumns+" FROM api_keys WHERE account = $1", int64(account)).Scan)
}

// APIKeys lists a tenant's API keys, newest first, revoked ones last.
func (tx *Tx) APIKeys(tenant switchboard.TenantID) ([]APIKey, error) {
	rows, err := tx.query("SELECT "+apiKeyColumns+" FROM api_keys WHERE tenant = $1 ORDER BY CASE WHEN revoked = 0 THEN 0 ELSE 1 END, account DESC",
		int64(tenant))
	return collect(rows, err, scanAPIKey)
}

// CountAPIKeys counts a tenant's live API keys.
func (tx *Tx) CountAPIKeys(tenant switchboard.TenantID) (n int, err error) {
	err = tx.row("SELECT count(*) FROM api_keys WHERE tenant = $1 AND revoked = 0", int64(tenant)).Scan(&n)
	return n, err
}

// SetAPIKeyUsed stores when an API key was last used.
func (tx *Tx) SetAPIKeyUsed(account switchboard.AccountID, at time.Time) error {
	_, err := tx.exec("UPDATE api_keys SET used = $1 WHERE account = $2", micros(at), int64(account))
	return err
}

// RevokeAPIKey ends an API key; false means that it had ended before.
func (tx *Tx) RevokeAPIKey(account switchboard.AccountID) (bool, error) {
	n, err := tx.exec("UPDATE api_keys SET revoked = $1 WHERE account = $2 AND revoked = 0", micros(tx.Now()), int64(account))
	return n > 0, err
}

// FirstAdmin returns the oldest administrator of a tenant, or ErrNone.
func (tx *Tx) FirstAdmin(tenant switchboard.TenantID) (Account, error) {
	return scanAccount(tx.row("SELECT "+accountColumns+" FROM accounts WHERE tenant = $1 AND admin = 1 ORDER BY id LIMIT 1",
		int64(tenant)).Scan)
}

// FirstTenant returns the oldest tenant, or ErrNone.
func (tx *Tx) FirstTenant() (Tenant, error) {
	return scanTenant(tx.row("SELECT " + tenantColumns + " FROM tenants ORDER BY id LIMIT 1").Scan)
}

// Secret returns a key that all nodes share; the first caller's value stays.
func (tx *Tx) Secret(name string, fresh []byte) (value []byte, err error) {
	_, err = tx.exec("INSERT INTO auth_secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", name, fresh)
	if err == nil {
		err = tx.row("SELECT value FROM auth_secrets WHERE name = $1", name).Scan(&value)
	}
	return value, err
}

// blob makes nil an empty value, because the columns are NOT NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
