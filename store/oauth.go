package store

import (
	"time"

	"switchboard"
)

// SigningKey signs access tokens.
type SigningKey struct {
	KID     string
	PKCS8   []byte
	Created time.Time
	Retired time.Time // when it stopped signing; zero: it signs
}

// InsertSigningKey stores a key; the ones before it stop signing.
func (tx *Tx) InsertSigningKey(k SigningKey) error {
	now := micros(tx.Now())
	if _, err := tx.exec("UPDATE signing_keys SET retired = $1 WHERE retired = 0", now); err != nil {
		return err
	}
	_, err := tx.exec("INSERT INTO signing_keys (kid, pkcs8, created, retired) VALUES ($1, $2, $3, 0)", k.KID, k.PKCS8, now)
	return err
}

// SigningKeys lists the keys, the newest first.
func (tx *Tx) SigningKeys() ([]SigningKey, error) {
	rows, err := tx.query("SELECT kid, pkcs8, created, retired FROM signing_keys ORDER BY created DESC, retired, kid")
	return collect(rows, err, func(scan func(...any) error) (k SigningKey, err error) {
		var created, retired int64
		err = scan(&k.KID, &k.PKCS8, &created, &retired)
		k.Created, k.Retired = fromMicros(created), fromMicros(retired)
		return k, err
	})
}

// OAuthCode is an authorization code.
type OAuthCode struct {
	Hash      []byte
	Account   switchboard.AccountID
	Version   int64 // of the account's credential
	Client    string
	Redirect  string
	Challenge string // PKCE, S256
	Nonce     string
	Scopes    string
	SignedIn  time.Time
	Expires   time.Time
	Device    switchboard.DeviceID // once exchanged
	Name      string               // of the browser that the person signed in with
	Address   string
}

// InsertOAuthCode stores an authorization code.
func (tx *Tx) InsertOAuthCode(c OAuthCode) error {
	_, err := tx.exec(`INSERT INTO oauth_codes (hash, account, version, client, redirect, challenge, nonce, scopes, signed_in,
		expires, device, name, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12)`,
		c.Hash, int64(c.Account), c.Version, c.Client, c.Redirect, c.Challenge, c.Nonce, c.Scopes, micros(c.SignedIn),
		micros(c.Expires), c.Name, c.Address)
	return err
}

// OAuthCode returns an authorization code, or ErrNone.
func (tx *Tx) OAuthCode(hash []byte) (c OAuthCode, err error) {
	var at, expires int64
	err = tx.row(`SELECT hash, account, version, client, redirect, challenge, nonce, scopes, signed_in, expires, device, name, address
		FROM oauth_codes WHERE hash = $1`, hash).Scan(&c.Hash, &c.Account, &c.Version, &c.Client, &c.Redirect, &c.Challenge,
		&c.Nonce, &c.Scopes, &at, &expires, &c.Device, &c.Name, &c.Address)
	c.SignedIn, c.Expires = fromMicros(at), fromMicros(expires)
	return c, err
}

// SpendOAuthCode marks a code as exchanged for a device; false means that it was before.
func (tx *Tx) SpendOAuthCode(hash []byte, device switchboard.DeviceID) (bool, error) {
	n, err := tx.exec("UPDATE oauth_codes SET device = $1 WHERE hash = $2 AND device = 0", int64(device), hash)
	return n > 0, err
}

// RefreshToken continues a login of a browser or tool.
type RefreshToken struct {
	Hash     []byte
	Device   switchboard.DeviceID
	Version  int64
	Scopes   string
	SignedIn time.Time
	Expires  time.Time
	Used     time.Time // when it was exchanged for its successor
}

// InsertRefreshToken stores a refresh token.
func (tx *Tx) InsertRefreshToken(t RefreshToken) error {
	_, err := tx.exec(`INSERT INTO refresh_tokens (hash, device, version, scopes, signed_in, expires, used)
		VALUES ($1, $2, $3, $4, $5, $6, 0)`,
		t.Hash, int64(t.Device), t.Version, t.Scopes, micros(t.SignedIn), micros(t.Expires))
	return err
}

// RefreshToken returns a refresh token, or ErrNone.
func (tx *Tx) RefreshToken(hash []byte) (t RefreshToken, err error) {
	var at, expires, used int64
	err = tx.row("SELECT hash, device, version, scopes, signed_in, expires, used FROM refresh_tokens WHERE hash = $1", hash).
		Scan(&t.Hash, &t.Device, &t.Version, &t.Scopes, &at, &expires, &used)
	t.SignedIn, t.Expires, t.Used = fromMicros(at), fromMicros(expires), fromMicros(used)
	return t, err
}

// SpendRefreshToken marks a refresh token as used; false means that it was before.
func (tx *Tx) SpendRefreshToken(hash []byte) (bool, error) {
	n, err := tx.exec("UPDATE refresh_tokens SET used = $1 WHERE hash = $2 AND used = 0", micros(tx.Now()), hash)
	return n > 0, err
}

// BrowserSession is a browser that is signed in.
type BrowserSession struct {
	Hash    []byte
	Account switchboard.AccountID
	Version int64
	Created time.Time
	Expires time.Time
}

// InsertBrowserSession stores a browser session.
func (tx *Tx) InsertBrowserSession(s BrowserSession) error {
	_, err := tx.exec("INSERT INTO browser_sessions (hash, account, version, created, expires) VALUES ($1, $2, $3, $4, $5)",
		s.Hash, int64(s.Account), s.Version, micros(tx.Now()), micros(s.Expires))
	return err
}

// BrowserSession returns a browser session, or ErrNone.
func (tx *Tx) BrowserSession(hash []byte) (s BrowserSession, err error) {
	var created, expires int64
	err = tx.row("SELECT hash, account, version, created, expires FROM browser_sessions WHERE hash = $1", hash).
		Scan(&s.Hash, &s.Account, &s.Version, &created, &expires)
	s.Created, s.Expires = fromMicros(created), fromMicros(expires)
	return s, err
}

// DeleteBrowserSession ends a browser session.
func (tx *Tx) DeleteBrowserSession(hash []byte) error {
	_, err := tx.exec("DELETE FROM browser_sessions WHERE hash = $1", hash)
	return err
}

// InsertSetupToken stores a one-time link that sets an account's password.
func (tx *Tx) InsertSetupToken(hash []byte, account switchboard.AccountID, expires time.Time) error {
	_, err := tx.exec("INSERT INTO setup_tokens (hash, account, expires) VALUES ($1, $2, $3)", hash, int64(account), micros(expires))
	return err
}

// SetupToken returns whose password a one-time link sets, or ErrNone.
func (tx *Tx) SetupToken(hash []byte) (account switchboard.AccountID, err error) {
	err = tx.row("SELECT account FROM setup_tokens WHERE hash = $1 AND expires > $2", hash, micros(tx.Now())).Scan(&account)
	return account, err
}

// DeleteSetupTokens ends the one-time links of an account.
func (tx *Tx) DeleteSetupTokens(account switchboard.AccountID) error {
	_, err := tx.exec("DELETE FROM setup_tokens WHERE account = $1", int64(account))
	return err
}

// RevokeToken stores that an access token is dead; the row goes when it would
// have been anyway.
func (tx *Tx) RevokeToken(jti string, expires time.Time) error {
	_, err := tx.exec("INSERT INTO revoked_tokens (jti, expires) VALUES ($1, $2) ON CONFLICT (jti) DO NOTHING", jti, micros(expires))
	return err
}

// PurgeAuth removes what has been over for longer than keep, and signing keys
// that retired before a moment.
func (tx *Tx) PurgeAuth(keep time.Duration, retired time.Time) error {
	now, before := micros(tx.Now()), micros(tx.Now().Add(-keep))
	steps := []struct {
		sql string
		at  int64
	}{
		{"DELETE FROM oauth_codes WHERE expires < $1", before},
		{"DELETE FROM refresh_tokens WHERE expires < $1", now},
		{"DELETE FROM device_grants WHERE expires < $1", now},
		{"DELETE FROM browser_sessions WHERE expires < $1", now},
		{"DELETE FROM setup_tokens WHERE expires < $1", now},
		{"DELETE FROM revoked_tokens WHERE expires < $1", now},
		{"DELETE FROM devices WHERE expires > 0 AND expires < $1", before},
		{"DELETE FROM devices WHERE revoked > 0 AND revoked < $1", before},
		{"DELETE FROM signing_keys WHERE retired > 0 AND retired < $1", micros(retired)},
	}
	for _, s := range steps {
		if _, err := tx.exec(s.sql, s.at); err != nil {
			return err
		}
	}
	return nil
}
