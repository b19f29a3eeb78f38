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
	Created time.Time
	Used    time.Time // when it last signed in
	Expires time.Time // zero: never
	Revoked time.Time // zero: live
}
