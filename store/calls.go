package store

import (
	"time"

	"switchboard"
)

// PushToken is where an app that is not connected can be reached.
type PushToken struct {
	Account    switchboard.AccountID
	DeviceType string // android, ios, web
	Device     string // what the app calls the device; may be empty
	OSVersion  string
	Token      string
	VoIP       string // for calls (iOS)
	Sandbox    bool
	Changed    time.Time
}

// PutPushToken stores a push token; one without any token is removed.
func (tx *Tx) PutPushToken(t PushToken) error {
	if t.Token == "" && t.VoIP == "" {
		_, err := tx.exec("DELETE FROM push_tokens WHERE account = $1 AND device_type = $2 AND device = $3",
			int64(t.Account), t.DeviceType, t.Device)
		return err
	}
	_, err := tx.exec(`INSERT INTO push_tokens (account, device_type, device, os_version, token, voip, mode, changed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account, device_type, device) DO UPDATE SET
		os_version = excluded.os_version, token = excluded.token, voip = excluded.voip, mode = excluded.mode, changed = excluded.changed`,
		int64(t.Account), t.DeviceType, t.Device, t.OSVersion, t.Token, t.VoIP, bit(t.Sandbox), micros(tx.Now()))
	return err
}

// PushTokens lists an account's push tokens.
func (tx *Tx) PushTokens(account switchboard.AccountID) ([]PushToken, error) {
	rows, err := tx.query(`SELECT account, device_type, device, os_version, token, voip, mode, changed FROM push_tokens
		WHERE account = $1 ORDER BY device_type, device`, int64(account))
	return collect(rows, err, func(scan func(...any) error) (t PushToken, err error) {
		var mode, changed int64
		err = scan(&t.Account, &t.DeviceType, &t.Device, &t.OSVersion, &t.Token, &t.VoIP, &mode, &changed)
		t.Sandbox, t.Changed = mode != 0, fromMicros(changed)
		return t, err
	})
}

// CallRoom is a place where a call can be held.
type CallRoom struct {
	ID      string
	Tenant  switchboard.TenantID
	Creator switchboard.AccountID
	Link    string // short, unique in the tenant
	Created time.Time
}

// InsertCallRoom stores a call room, or returns ErrDuplicate.
func (tx *Tx) InsertCallRoom(r CallRoom) error {
	_, err := tx.exec("INSERT INTO call_rooms (id, tenant, creator, link, created) VALUES ($1, $2, $3, $4, $5)",
		r.ID, int64(r.Tenant), int64(r.Creator), r.Link, micros(tx.Now()))
	return err
}

// CallLog is what an account has of a call.
type CallLog struct {
	ID      int64
	Account switchboard.AccountID
	Room    string
	Caller  string // localpart
	Callee  string // localpart; empty for a group's call
	Users   string // localparts with commas
	Invited string
	Media   string // audio, video
	Mode    string // onetoone, onetomany
	Group   string
	Device  string
	Status  string // ended, closed
	State   int    // 0 missed, 1 incoming, 2 outgoing
	Called  time.Time
	Started time.Time // zero when nobody answered
	Ended   time.Time
}

const callColumns = `id, account, room, caller, callee, users, invited, media, mode, chat_group, device, status, state, called,
	started, ended`

// InsertCallLog stores what an account has of a call.
func (tx *Tx) InsertCallLog(c CallLog) error {
	_, err := tx.exec(`INSERT INTO call_logs (account, room, caller, callee, users, invited, media, mode, chat_group, device,
		status, state, called, started, ended) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		int64(c.Account), c.Room, c.Caller, c.Callee, c.Users, c.Invited, c.Media, c.Mode, c.Group, c.Device, c.Status, c.State,
		micros(c.Called), micros(c.Started), micros(c.Ended))
	return err
}

// CallLogs lists an account's calls since a time, newest first.
func (tx *Tx) CallLogs(account switchboard.AccountID, since time.Time, limit, offset int) ([]CallLog, error) {
	rows, err := tx.query("SELECT "+callColumns+" FROM call_logs WHERE account = $1 AND called >= $2 ORDER BY called DESC, id DESC LIMIT $3 OFFSET $4",
		int64(account), micros(since), limit, offset)
	return collect(rows, err, func(scan func(...any) error) (c CallLog, err error) {
		var called, started, ended int64
		err = scan(&c.ID, &c.Account, &c.Room, &c.Caller, &c.Callee, &c.Users, &c.Invited, &c.Media, &c.Mode, &c.Group, &c.Device,
			&c.Status, &c.State, &called, &started, &ended)
		c.Called, c.Started, c.Ended = fromMicros(called), fromMicros(started), fromMicros(ended)
		return c, err
	})
}

// CountCallLogs counts what CallLogs would list without a limit.
func (tx *Tx) CountCallLogs(account switchboard.AccountID, since time.Time) (n int, err error) {
	err = tx.row("SELECT count(*) FROM call_logs WHERE account = $1 AND called >= $2", int64(account), micros(since)).Scan(&n)
	return n, err
}
