package auth

import (
	"time"
	"unicode"
	"unicode/utf8"

	"switchboard"
	"switchboard/store"
)

// NewAccount describes an account to make.
type NewAccount struct {
	Localpart string // the identifier; brought to its normal form
	Kind      switchboard.AccountKind
	Admin     bool
	Password  string // empty: it cannot sign in by password
	Profile   Profile
}

// AccountQuery selects accounts of the principal's tenant. API keys are no
// accounts in this sense unless their kind is asked for.
type AccountQuery struct {
	Kind   switchboard.AccountKind
	Search string // part of the localpart, name or e-mail address
	Admin  bool   // administrators only
	Limit  int    // 0 means 100
	Offset int
}

func (q AccountQuery) rows() store.AccountQuery {
	return store.AccountQuery{Kind: q.Kind, Search: q.Search, Emails: true, Admin: q.Admin, Limit: q.Limit, Offset: q.Offset}
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
	Profile        Profile
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
	Replaced         switchboard.DeviceID // signed out to make room; 0 if none
}

// VisitorRequest asks for an account for a customer who came through a channel.
type VisitorRequest struct {
	Tenant     switchboard.TenantID
	DeviceType string
	Profile    Profile
}

// deletedKind marks the account that stands in the place of a deleted one, so
// that nobody inherits its name, contacts and messages.
const deletedKind = store.Deleted

// rules of form

func errField(field, code, message string) error {
	return switchboard.E(switchboard.Invalid, code, message).InField(field)
}

// identifier brings an account's name to its normal form.
func identifier(field, name string) (string, error) {
	j, err := switchboard.NewJID(name, "localhost", "")
	switch {
	case name == "":
		return "", errField(field, "identifier-missing", "a name is needed")
	case err != nil:
		return "", errField(field, "identifier-malformed", "this name has characters that cannot be used; take letters, digits, - and _")
	case len(j.Local) > switchboard.MaxIdentifier:
		return "", errField(field, "identifier-too-long", "this name is too long: 191 bytes at most")
	}
	return j.Local, nil
}

// text checks a line of free text.
func text(field, s string, limit int) error {
	if !utf8.ValidString(s) {
		return errField(field, "text-malformed", "the text is not UTF-8")
	}
	n := 0
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' {
			return errField(field, "text-malformed", "the text has control characters")
		}
		if n++; n > limit {
			return errField(field, "text-too-long", "the text is too long")
		}
	}
	return nil
}

const (
	maxName = 200
)

// checkProfile checks a profile's texts.
func checkProfile(p *Profile) error {
	for _, f := range []struct {
		field, value string
		limit        int
	}{{"name", p.Name, maxName}, {"email", p.Email, 320}, {"mobile", p.Mobile, 64}, {"status", p.Status, 1000}, {"image", p.Image, 2000}} {
		if err := text(f.field, f.value, f.limit); err != nil {
			return err
		}
	}
	if len(p.Metadata) > switchboard.MaxMetadata {
		return switchboard.Ef(switchboard.Invalid, "too-much-metadata", "an account has at most %d metadata pairs",
			switchboard.MaxMetadata).InField("metadata")
	}
	for k, v := range p.Metadata {
		if err := text("metadata", k, 100); err != nil {
			return err
		}
		if err := text("metadata", v, 1000); err != nil {
			return err
		}
	}
	return nil
}
