package store

import (
	"time"

	"switchboard"
)

// DeviceGrant is a device that asks to be signed in (RFC 8628).
type DeviceGrant struct {
	Hash     []byte // of the device code
	UserCode string // in its normal form
	Tenant   switchboard.TenantID
	Client   string
	Scopes   string
	Origin   string // of the page that asked; empty: no page
	Agent    string // its User-Agent
	Address  string
	Created  time.Time
	Expires  time.Time
	Polled   time.Time     // when the device asked last
	Pace     time.Duration // that it must leave between two polls
	Answer   string        // "", DeviceApproved or DeviceRefused
	Account  switchboard.AccountID
	Version  int64                // of the account's credential when it answered
	Device   switchboard.DeviceID // that the answer came from; 0: a browser
	Spent    time.Time
}

// The answers to a device that asks to be signed in.
const (
	DeviceApproved = "yes"
	DeviceRefused  = "no"
)

const deviceGrantColumns = `hash, user_code, tenant, client, scopes, origin, agent, address, created, expires, polled, pace,
	answer, account, version, device, spent`

func scanDeviceGrant(scan func(...any) error) (g DeviceGrant, err error) {
	var created, expires, polled, pace, spent int64
	err = scan(&g.Hash, &g.UserCode, &g.Tenant, &g.Client, &g.Scopes, &g.Origin, &g.Agent, &g.Address, &created, &expires,
		&polled, &pace, &g.Answer, &g.Account, &g.Version, &g.Device, &spent)
	g.Created, g.Expires, g.Polled, g.Spent = fromMicros(created), fromMicros(expires), fromMicros(polled), fromMicros(spent)
	g.Pace = time.Duration(pace) * time.Microsecond
	return g, err
}

// InsertDeviceGrant stores a device that asks to be signed in. A user code that
// another one shows is ErrDuplicate.
func (tx *Tx) InsertDeviceGrant(g DeviceGrant) error {
	_, err := tx.exec("INSERT INTO device_grants ("+deviceGrantColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11,
		'', 0, 0, 0, 0)`, g.Hash, g.UserCode, int64(g.Tenant), g.Client, g.Scopes, g.Origin, g.Agent, g.Address, micros(tx.Now()),
		micros(g.Expires), g.Pace.Microseconds())
	return err
}

// DeviceGrant returns the grant of a device code, or ErrNone.
func (tx *Tx) DeviceGrant(hash []byte) (DeviceGrant, error) {
	return scanDeviceGrant(tx.row("SELECT "+deviceGrantColumns+" FROM device_grants WHERE hash = $1", hash).Scan)
}

// DeviceGrantOf returns the grant that a user code names, if nobody has
// answered it and it has not expired; otherwise ErrNone.
func (tx *Tx) DeviceGrantOf(userCode string) (DeviceGrant, error) {
	return scanDeviceGrant(tx.row("SELECT "+deviceGrantColumns+" FROM device_grants WHERE user_code = $1 AND answer = '' AND expires > $2",
		userCode, micros(tx.Now())).Scan)
}

// AnswerDeviceGrant stores who answered a grant and how; false means that
// somebody had before.
func (tx *Tx) AnswerDeviceGrant(g DeviceGrant) (bool, error) {
	n, err := tx.exec("UPDATE device_grants SET answer = $1, account = $2, version = $3, device = $4 WHERE hash = $5 AND answer = ''",
		g.Answer, int64(g.Account), g.Version, int64(g.Device), g.Hash)
	return n > 0, err
}

// PollDeviceGrant stores when a device asked, and the pause that it must leave now.
func (tx *Tx) PollDeviceGrant(hash []byte, pace time.Duration) error {
	_, err := tx.exec("UPDATE device_grants SET polled = $1, pace = $2 WHERE hash = $3", micros(tx.Now()), pace.Microseconds(), hash)
	return err
}

// SpendDeviceGrant marks a grant as exchanged; false means that it was before.
func (tx *Tx) SpendDeviceGrant(hash []byte) (bool, error) {
	n, err := tx.exec("UPDATE device_grants SET spent = $1 WHERE hash = $2 AND spent = 0", micros(tx.Now()), hash)
	return n > 0, err
}
