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
	Used    time.Time            // when it last signed in
	Expires time.Time            // zero: never
	Revoked time.Time            // zero: live
	Name    string               // what people know it by: "Firefox on Linux"
	Address string               // that it signed in from first
	Scopes  string               // what its credential may do; empty: all that its account may
	Through switchboard.DeviceID // the login of an OAuth client that it was made through and ends with; 0: none
}

const deviceColumns = "id, account, type, client, keys, created, used, expires, revoked, name, address, scopes, through"

func scanDevice(scan func(...any) error) (d Device, err error) {
	var created, used, expires, revoked int64
	err = scan(&d.ID, &d.Account, &d.Type, &d.Client, &d.Keys, &created, &used, &expires, &revoked, &d.Name, &d.Address, &d.Scopes, &d.Through)
	d.Created, d.Used, d.Expires, d.Revoked = fromMicros(created), fromMicros(used), fromMicros(expires), fromMicros(revoked)
	return d, err
}

// InsertDevice stores a device and returns its id.
func (tx *Tx) InsertDevice(d Device) (id switchboard.DeviceID, err error) {
	now := micros(tx.Now())
	err = tx.mutate(`INSERT INTO devices (account, type, client, keys, created, used, expires, revoked, name, address, scopes, through)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11) RETURNING id`,
		int64(d.Account), d.Type, d.Client, blob(d.Keys), now, now, micros(d.Expires), d.Name, d.Address, d.Scopes, int64(d.Through)).Scan(&id)
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

// DevicesThrough lists the live devices that were made through a login of an OAuth client.
func (tx *Tx) DevicesThrough(login switchboard.DeviceID) ([]Device, error) {
	rows, err := tx.query("SELECT "+deviceColumns+" FROM devices WHERE through = $1 AND revoked = 0 ORDER BY id", int64(login))
	return collect(rows, err, scanDevice)
}

// DevicesThroughAccount lists the live devices of other accounts that were made
// through an account's logins.
func (tx *Tx) DevicesThroughAccount(account switchboard.AccountID) ([]Device, error) {
	rows, err := tx.query("SELECT "+deviceColumns+` FROM devices WHERE through IN (SELECT id FROM devices WHERE account = $1 AND client <> '')
		AND through > 0 AND account <> $1 AND revoked = 0 ORDER BY id`, int64(account))
	return collect(rows, err, scanDevice)
}

// HoldDevice keeps a live device from ending before the transaction does;
// false means that it has ended.
func (tx *Tx) HoldDevice(id switchboard.DeviceID) (bool, error) {
	n, err := tx.exec("UPDATE devices SET used = used WHERE id = $1 AND revoked = 0 AND (expires = 0 OR expires > $2)",
		int64(id), micros(tx.Now()))
	return n > 0, err
}

// TouchDevice stores that a device has signed in.
func (tx *Tx) TouchDevice(id switchboard.DeviceID, at time.Time) error {
	_, err := tx.exec("UPDATE devices SET used = $1 WHERE id = $2", micros(at), int64(id))
	return err
}

// ExtendDevice stores that an OAuth client has used its login, and when that
// will expire with the devices that were made through it.
func (tx *Tx) ExtendDevice(id switchboard.DeviceID, expires time.Time) error {
	_, err := tx.exec("UPDATE devices SET used = $1, expires = $2 WHERE id = $3", micros(tx.Now()), micros(expires), int64(id))
	if err == nil {
		_, err = tx.exec("UPDATE devices SET expires = $1 WHERE through = $2 AND revoked = 0", micros(expires), int64(id))
	}
	return err
}
