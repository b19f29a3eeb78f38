package store

import (
	"time"

	"switchboard"
)

// Department is a part of a tenant.
type Department struct {
	ID     switchboard.DepartmentID
	Tenant switchboard.TenantID
	Name   string
}

// InsertDepartment stores a department and returns its id.
func (tx *Tx) InsertDepartment(tenant switchboard.TenantID, name string) (id switchboard.DepartmentID, err error) {
	err = tx.mutate("INSERT INTO departments (tenant, name) VALUES ($1, $2) RETURNING id", int64(tenant), name).Scan(&id)
	return id, err
}

// Departments lists a tenant's departments, oldest first.
func (tx *Tx) Departments(tenant switchboard.TenantID) ([]Department, error) {
	rows, err := tx.query("SELECT id, tenant, name FROM departments WHERE tenant = $1 ORDER BY id", int64(tenant))
	return collect(rows, err, func(scan func(...any) error) (d Department, err error) {
		err = scan(&d.ID, &d.Tenant, &d.Name)
		return d, err
	})
}

// Queue is where conversations wait for its operators.
type Queue struct {
	ID         switchboard.QueueID
	Tenant     switchboard.TenantID
	Department switchboard.DepartmentID
	Name       string
	Kind       string // NORMAL or ALL_OPERATORS
	Created    time.Time
}

const queueColumns = "id, tenant, department, name, kind, created"

func scanQueue(scan func(...any) error) (q Queue, err error) {
	var created int64
	err = scan(&q.ID, &q.Tenant, &q.Department, &q.Name, &q.Kind, &created)
	q.Created = fromMicros(created)
	return q, err
}

// InsertQueue stores a queue and returns its id.
func (tx *Tx) InsertQueue(q Queue) (id switchboard.QueueID, err error) {
	err = tx.mutate("INSERT INTO queues (tenant, department, name, kind, created) VALUES ($1, $2, $3, $4, $5) RETURNING id",
		int64(q.Tenant), int64(q.Department), q.Name, q.Kind, micros(tx.Now())).Scan(&id)
	return id, err
}

// Queues lists a tenant's queues, oldest first.
func (tx *Tx) Queues(tenant switchboard.TenantID) ([]Queue, error) {
	rows, err := tx.query("SELECT "+queueColumns+" FROM queues WHERE tenant = $1 ORDER BY id", int64(tenant))
	return collect(rows, err, scanQueue)
}

// QueueMembers lists the accounts that a queue names; an ALL_OPERATORS queue names none.
func (tx *Tx) QueueMembers(id switchboard.QueueID) ([]switchboard.AccountID, error) {
	rows, err := tx.query("SELECT account FROM queue_members WHERE queue = $1 ORDER BY account", int64(id))
	return collect(rows, err, func(scan func(...any) error) (a switchboard.AccountID, err error) {
		err = scan(&a)
		return a, err
	})
}

// SetQueueMembers replaces the accounts that a queue names.
func (tx *Tx) SetQueueMembers(id switchboard.QueueID, accounts []switchboard.AccountID) error {
	if _, err := tx.exec("DELETE FROM queue_members WHERE queue = $1", int64(id)); err != nil {
		return err
	}
	for _, a := range accounts {
		if _, err := tx.exec("INSERT INTO queue_members (queue, account) VALUES ($1, $2) ON CONFLICT DO NOTHING", int64(id), int64(a)); err != nil {
			return err
		}
	}
	return nil
}

// MemberQueues lists the queues that name an account, and every ALL_OPERATORS queue of its tenant.
func (tx *Tx) MemberQueues(tenant switchboard.TenantID, account switchboard.AccountID) ([]switchboard.QueueID, error) {
	rows, err := tx.query(`SELECT id FROM queues WHERE tenant = $1 AND (kind = 'ALL_OPERATORS'
		OR id IN (SELECT queue FROM queue_members WHERE account = $2)) ORDER BY id`, int64(tenant), int64(account))
	return collect(rows, err, func(scan func(...any) error) (q switchboard.QueueID, err error) {
		err = scan(&q)
		return q, err
	})
}

// OperatorState is what an operator does now.
type OperatorState struct {
	Account switchboard.AccountID
	Kind    string // OFFLINE, ONLINE, AWAY, …
	Note    string
	Changed time.Time
}

// SetOperatorState stores an operator's state.
func (tx *Tx) SetOperatorState(s OperatorState) error {
	_, err := tx.exec(`INSERT INTO operator_states (account, kind, note, changed) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account) DO UPDATE SET kind = excluded.kind, note = excluded.note, changed = excluded.changed`,
		int64(s.Account), s.Kind, s.Note, micros(s.Changed))
	return err
}

// OperatorStates lists the states that a tenant's operators have set.
func (tx *Tx) OperatorStates(tenant switchboard.TenantID) ([]OperatorState, error) {
	rows, err := tx.query(`SELECT s.account, s.kind, s.note, s.changed FROM operator_states s JOIN accounts a ON a.id = s.account
		WHERE a.tenant = $1 AND a.disabled = 0 ORDER BY s.account`, int64(tenant))
	return collect(rows, err, func(scan func(...any) error) (s OperatorState, err error) {
		var changed int64
		err = scan(&s.Account, &s.Kind, &s.Note, &changed)
		s.Changed = fromMicros(changed)
		return s, err
	})
}
