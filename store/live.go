package store

import "switchboard"

// LiveConversation is a conversation that is not closed.
type LiveConversation struct {
	ID     switchboard.ConversationID
	Tenant switchboard.TenantID
	Status string
}

// LiveConversations lists the conversations of all tenants that are not closed.
func (tx *Tx) LiveConversations() ([]LiveConversation, error) {
	rows, err := tx.query("SELECT id, tenant, status FROM conversations WHERE status <> 'CLOSED'")
	return collect(rows, err, func(scan func(...any) error) (c LiveConversation, err error) {
		err = scan(&c.ID, &c.Tenant, &c.Status)
		return c, err
	})
}

// AccountState is an operator's state with its tenant.
type AccountState struct {
	Account switchboard.AccountID
	Tenant  switchboard.TenantID
	Kind    string
}

// AllOperatorStates lists the operators of all tenants who have ever set a state.
func (tx *Tx) AllOperatorStates() ([]AccountState, error) {
	rows, err := tx.query("SELECT s.account, a.tenant, s.kind FROM operator_states s JOIN accounts a ON a.id = s.account")
	return collect(rows, err, func(scan func(...any) error) (s AccountState, err error) {
		err = scan(&s.Account, &s.Tenant, &s.Kind)
		return s, err
	})
}

// maxBehind is how far Behind counts.
const maxBehind = 10_000

// Behind tells how many facts (not messages) each consumer of the ledger has
// yet to handle; it counts 10 000 at most.
func (tx *Tx) Behind() (map[string]int64, error) {
	type cursor struct {
		name string
		at   int64
	}
	rows, err := tx.query("SELECT name, position FROM cursors")
	list, err := collect(rows, err, func(scan func(...any) error) (c cursor, err error) {
		err = scan(&c.name, &c.at)
		return c, err
	})
	if err != nil {
		return nil, err
	}
	all := make(map[string]int64, len(list))
	for _, c := range list {
		var n int64
		err := tx.row("SELECT count(*) FROM (SELECT 1 FROM ledger WHERE position > $1 AND kind <> 'message' LIMIT $2) AS facts",
			c.at, maxBehind).Scan(&n)
		if err != nil {
			return nil, err
		}
		all[c.name] = n
	}
	return all, nil
}
