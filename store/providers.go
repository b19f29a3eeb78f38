package store

import (
	"time"

	"switchboard"
)

// AccountProvider says that an account signs in at another OpenID provider only.
type AccountProvider struct {
	Account  switchboard.AccountID
	Tenant   switchboard.TenantID
	Provider string // its name in the configuration
	Email    string // that an administrator set, in lower case
	Issuer   string // empty until the first sign-in
	Subject  string
	Linked   time.Time
}

const accountProviderColumns = "account, tenant, provider, email, issuer, subject, linked"

func scanAccountProvider(scan func(...any) error) (a AccountProvider, err error) {
	var linked int64
	err = scan(&a.Account, &a.Tenant, &a.Provider, &a.Email, &a.Issuer, &a.Subject, &linked)
	a.Linked = fromMicros(linked)
	return a, err
}

// SetAccountProvider stores where an account signs in; it is not linked yet.
func (tx *Tx) SetAccountProvider(a AccountProvider) error {
	_, err := tx.exec("INSERT INTO account_providers ("+accountProviderColumns+`) VALUES ($1, $2, $3, $4, '', '', 0)
		ON CONFLICT (account) DO UPDATE SET provider = excluded.provider, email = excluded.email, issuer = '', subject = '', linked = 0`,
		int64(a.Account), int64(a.Tenant), a.Provider, a.Email)
	return err
}

// DeleteAccountProvider lets an account sign in here again.
func (tx *Tx) DeleteAccountProvider(account switchboard.AccountID) error {
	_, err := tx.exec("DELETE FROM account_providers WHERE account = $1", int64(account))
	return err
}

// AccountProvider returns where an account signs in, or ErrNone.
func (tx *Tx) AccountProvider(account switchboard.AccountID) (AccountProvider, error) {
	return scanAccountProvider(tx.row("SELECT "+accountProviderColumns+" FROM account_providers WHERE account = $1", int64(account)).Scan)
}

// LinkedAccount returns whom a subject of a provider is, or ErrNone.
func (tx *Tx) LinkedAccount(tenant switchboard.TenantID, provider, issuer, subject string) (AccountProvider, error) {
	return scanAccountProvider(tx.row("SELECT "+accountProviderColumns+` FROM account_providers
		WHERE tenant = $1 AND issuer = $2 AND subject = $3 AND provider = $4 AND subject <> ''`, int64(tenant), issuer, subject, provider).Scan)
}

// UnlinkedAccounts lists who may be linked to somebody with an e-mail address at a provider.
func (tx *Tx) UnlinkedAccounts(tenant switchboard.TenantID, provider, email string) ([]AccountProvider, error) {
	rows, err := tx.query("SELECT "+accountProviderColumns+` FROM account_providers
		WHERE tenant = $1 AND provider = $2 AND email = $3 AND subject = '' ORDER BY account`, int64(tenant), provider, email)
	return collect(rows, err, scanAccountProvider)
}

// LinkAccount ties an account to a subject of its provider; false means that it was tied before.
func (tx *Tx) LinkAccount(account switchboard.AccountID, issuer, subject string) (bool, error) {
	n, err := tx.exec("UPDATE account_providers SET issuer = $1, subject = $2, linked = $3 WHERE account = $4 AND subject = ''",
		issuer, subject, micros(tx.Now()), int64(account))
	return n > 0, err
}
