package store

import (
	"strings"

	"switchboard"
)

// AuditQuery selects facts of a tenant that are no messages.
type AuditQuery struct {
	Before switchboard.Position // 0: from the newest
	Limit  int
	Actor  switchboard.AccountID // 0: anybody's
	Kind   switchboard.EventKind // empty: of every kind
}

// Audit lists facts of a tenant that are no messages, the newest first.
func (tx *Tx) Audit(tenant switchboard.TenantID, q AuditQuery) ([]switchboard.Event, error) {
	where, args := "tenant = $1 AND kind <> 'message'", []any{int64(tenant)}
	add := func(condition string, value any) {
		args = append(args, value)
		where += " AND " + condition + " $" + itoa(len(args))
	}
	if q.Before > 0 {
		add("position <", int64(q.Before))
	}
	if q.Actor != 0 {
		add("actor =", int64(q.Actor))
	}
	if q.Kind != "" {
		add("kind =", string(q.Kind))
	}
	args = append(args, q.Limit)
	rows, err := tx.query("SELECT "+eventColumns+" FROM ledger WHERE "+where+" ORDER BY position DESC LIMIT $"+itoa(len(args)), args...)
	return collect(rows, err, scanEvent)
}

// AccountName is what an account is called in lists.
type AccountName struct {
	ID        switchboard.AccountID
	Localpart string
	Name      string
	Kind      switchboard.AccountKind
}

// AccountNames returns what accounts of a tenant are called; those of other
// tenants and unknown ones are left out.
func (tx *Tx) AccountNames(tenant switchboard.TenantID, ids []switchboard.AccountID) ([]AccountName, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args, places := []any{int64(tenant)}, make([]string, len(ids))
	for i, id := range ids {
		args = append(args, int64(id))
		places[i] = "$" + itoa(i+2)
	}
	rows, err := tx.query("SELECT id, localpart, name, kind FROM accounts WHERE tenant = $1 AND id IN ("+strings.Join(places, ", ")+")", args...)
	return collect(rows, err, func(scan func(...any) error) (n AccountName, err error) {
		err = scan(&n.ID, &n.Localpart, &n.Name, &n.Kind)
		return n, err
	})
}
