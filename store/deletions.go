package store

import (
	"slices"
	"strings"
	"time"

	"switchboard"
)

// Deletion is an account whose data go when it is due.
type Deletion struct {
	Account   switchboard.AccountID
	Tenant    switchboard.TenantID
	Requested time.Time
	Due       time.Time
}

// InsertDeletion makes an account one that is being deleted: it may not sign in
// any more, and the addresses of its picture end.
func (tx *Tx) InsertDeletion(d Deletion) error {
	if _, err := tx.MovePicture(d.Account); err != nil {
		return err
	}
	if _, err := tx.exec(`INSERT INTO deletions (account, tenant, requested, due, disabled, holder, lease)
		SELECT id, tenant, CAST($1 AS BIGINT), CAST($2 AS BIGINT), disabled, '', 0 FROM accounts WHERE id = $3`,
		micros(tx.Now()), micros(d.Due), int64(d.Account)); err != nil {
		return err
	}
	n, err := tx.exec("UPDATE accounts SET deleting = $1, disabled = 1 WHERE id = $2", micros(d.Due), int64(d.Account))
	return oneRow(n, err)
}

// TakeBackDeletion makes an account what it was before; false means that its
// data are already going, or that it is not being deleted.
func (tx *Tx) TakeBackDeletion(account switchboard.AccountID) (bool, error) {
	var disabled int64
	err := tx.mutate("DELETE FROM deletions WHERE account = $1 AND holder = '' AND due > $2 RETURNING disabled",
		int64(account), micros(tx.Now())).Scan(&disabled)
	if err == ErrNone {
		return false, nil
	}
	if err == nil {
		_, err = tx.exec("UPDATE accounts SET deleting = 0, disabled = $1 WHERE id = $2", disabled, int64(account))
	}
	return err == nil, err
}

// DeletionDue returns whether there is an account whose data have to go now and
// that nobody has claimed.
func (tx *Tx) DeletionDue() (bool, error) {
	var one int64
	now := micros(tx.Now())
	err := tx.row("SELECT account FROM deletions WHERE due <= $1 AND lease < $2 LIMIT 1", now, now).Scan(&one)
	if err == ErrNone {
		return false, nil
	}
	return err == nil, err
}

// ClaimDeletion gives the oldest account whose data have to go to a holder for
// some time, or returns ErrNone.
func (tx *Tx) ClaimDeletion(holder string, lease time.Duration) (d Deletion, err error) {
	now := tx.Now()
	var requested, due int64
	err = tx.mutate(`UPDATE deletions SET holder = $1, lease = $2 WHERE account =
		(SELECT account FROM deletions WHERE due <= $3 AND lease < $4 ORDER BY due, account LIMIT 1)
		RETURNING account, tenant, requested, due`, holder, micros(now.Add(lease)), micros(now), micros(now)).
		Scan(&d.Account, &d.Tenant, &requested, &due)
	d.Requested, d.Due = fromMicros(requested), fromMicros(due)
	return d, err
}

// HoldDeletion prolongs a claim; false means that somebody else has it, or that
// all is done.
func (tx *Tx) HoldDeletion(account switchboard.AccountID, holder string, lease time.Duration) (bool, error) {
	n, err := tx.exec("UPDATE deletions SET lease = $1 WHERE account = $2 AND holder = $3",
		micros(tx.Now().Add(lease)), int64(account), holder)
	return n > 0, err
}

// OtherAdmins tells whether a tenant has an administrator who may sign in beside one.
func (tx *Tx) OtherAdmins(tenant switchboard.TenantID, account switchboard.AccountID) (bool, error) {
	var one int64
	err := tx.row("SELECT id FROM accounts WHERE tenant = $1 AND admin = 1 AND disabled = 0 AND id <> $2 LIMIT 1",
		int64(tenant), int64(account)).Scan(&one)
	if err == ErrNone {
		return false, nil
	}
	return err == nil, err
}

// AdminIDs lists the administrators of a tenant who may sign in.
func (tx *Tx) AdminIDs(tenant switchboard.TenantID) ([]switchboard.AccountID, error) {
	rows, err := tx.query("SELECT id FROM accounts WHERE tenant = $1 AND admin = 1 AND disabled = 0 ORDER BY id", int64(tenant))
	return collect(rows, err, func(scan func(...any) error) (id switchboard.AccountID, err error) { return id, scan(&id) })
}

// AccountIDs lists a tenant's accounts that may sign in, after an id.
func (tx *Tx) AccountIDs(tenant switchboard.TenantID, after switchboard.AccountID, limit int) ([]switchboard.AccountID, error) {
	rows, err := tx.query("SELECT id FROM accounts WHERE tenant = $1 AND disabled = 0 AND id > $2 ORDER BY id LIMIT $3",
		int64(tenant), int64(after), limit)
	return collect(rows, err, func(scan func(...any) error) (id switchboard.AccountID, err error) { return id, scan(&id) })
}

// AccountsByNames returns the accounts of a tenant with these localparts that exist.
func (tx *Tx) AccountsByNames(tenant switchboard.TenantID, names []string) ([]Account, error) {
	var all []Account
	for some := range slices.Chunk(names, 500) {
		f := &filter{}
		f.add("tenant = ?", int64(tenant))
		in(f, "localpart IN (LIST)", some, plainText)
		rows, err := tx.ask("SELECT "+accountColumns+" FROM accounts WHERE "+strings.Join(f.where, " AND ")+" ORDER BY localpart", f.args...)
		list, err := collect(rows, err, scanAccount)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// RosterHolders returns the accounts that have an address in their roster.
func (tx *Tx) RosterHolders(jid string) ([]Account, error) {
	rows, err := tx.query("SELECT "+accountColumns+` FROM accounts WHERE id IN
		(SELECT account FROM roster WHERE jid = $1 AND (listed = 1 OR requested = 1)) ORDER BY id`, jid)
	return collect(rows, err, scanAccount)
}
