package store

import (
	"time"

	"switchboard"
)

// Device is one login of an account: with a credential of its own (an app that
// registered), or with refresh tokens (a browser or tool that signed in).
type Device struct {
	ID      switchboard.DeviceID
	Account switchboard.AccountID
	Type    string // "web", "android", …
	Client  string // the OAuth client_id; empty for a registered device
	Keys    []byte // SCRAM keys under the account's salt; empty if it signs in otherwise
	Created time.Time
	Used    time.Time // when it last signed in
	Expires time.Time // zero: never
	Revoked time.Time // zero: live
	Name    string    // what people know it by: "Firefox on Linux"
	Address string    // that it signed in from first
	Scopes  string    // what its credential may do; empty: all that its account may
}

const deviceColumns = "id, account, type, client, keys, created, used, expires, revoked, name, address, scopes"

func scanDevice(scan func(...any) error) (d Device, err error) {
	var created, used, expires, revoked int64
	err = scan(&d.ID, &d.Account, &d.Type, &d.Client, &d.Keys, &created, &used, &expires, &revoked, &d.Name, &d.Address, &d.Scopes)
	d.Created, d.Used, d.Expires, d.Revoked = fromMicros(created), fromMicros(used), fromMicros(expires), fromMicros(revoked)
	return d, err
}

// InsertDevice stores a device and returns its id.
func (tx *Tx) InsertDevice(d Device) (id switchboard.DeviceID, err error) {
	now := micros(tx.Now())
	err = tx.mutate(`INSERT INTO devices (account, type, client, keys, created, used, expires, revoked, name, address, scopes)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10) RETURNING id`,
		int64(d.Account), d.Type, d.Client, blob(d.Keys), now, now, micros(d.Expires), d.Name, d.Address, d.Scopes).Scan(&id)
	return id, err
}

// Device returns a device by its id, or ErrNone.
func (tx *Tx) Device(id switchboard.DeviceID) (Device, error) {
	return scanDevice(tx.row("SELECT "+deviceColumns+" FROM devices WHERE id = $1", int64(id)).Scan)
}

// LiveDevices lists an account's devices that are neither revoked nor expired, oldest first.
func (tx *Tx) LiveDevices(account switchboard.AccountID) ([]Device, error) {
	rows, err := tx.query("SELECT "+deviceColumns+` FROM devices WHERE account = $1 AND revoked = 0 AND (expires = 0 OR expires > $2)
		ORDER BY id`, int64(account), micros(tx.Now()))
	return collect(rows, err, scanDevice)
}

// CountDevices counts an account's live devices.
func (tx *Tx) CountDevices(account switchboard.AccountID) (n int, err error) {
	err = tx.row("SELECT count(*) FROM devices WHERE account = $1 AND revoked = 0 AND (expires = 0 OR expires > $2)",
		int64(account), micros(tx.Now())).Scan(&n)
	return n, err
}

// RevokeDevice ends a device; false means that it had ended before.
func (tx *Tx) RevokeDevice(id switchboard.DeviceID) (bool, error) {
	n, err := tx.exec("UPDATE devices SET revoked = $1 WHERE id = $2 AND revoked = 0", micros(tx.Now()), int64(id))
	return n > 0, err
}

// RevokeDevices ends all devices of an account.
func (tx *Tx) RevokeDevices(account switchboard.AccountID) error {
	_, err := tx.exec("UPDATE devices SET revoked = $1 WHERE account = $2 AND revoked = 0", micros(tx.Now()), int64(account))
	return err
}

// TouchDevice stores that a device has signed in, and when it will expire.
func (tx *Tx) TouchDevice(id switchboard.DeviceID, at, expires time.Time) error {
	_, err := tx.exec("UPDATE devices SET used = $1, expires = $2 WHERE id = $3", micros(at), micros(expires), int64(id))
	return err
}
