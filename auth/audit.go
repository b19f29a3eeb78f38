package auth

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"switchboard"
	"switchboard/store"
)

const (
	auditLimit = 100
	auditMost  = 500
)

// AuditQuery selects facts for Audit.
type AuditQuery struct {
	Before switchboard.Position // 0: from the newest
	Limit  int                  // 0 means 100; at most 500
	Actor  switchboard.AccountID
	Kind   switchboard.EventKind
}

// AuditEntry is a fact with the names of who is in it.
type AuditEntry struct {
	Position    switchboard.Position
	Time        time.Time
	Kind        switchboard.EventKind
	Actor       switchboard.AccountID // 0: the server, or whoever has its machine
	ActorName   string
	Subject     int64
	SubjectName string          // of an account, a key or the tenant; otherwise what the fact calls it, if anything
	Details     json.RawMessage // what else the fact says, a JSON object; nil: nothing
}

// Audit lists what happened in the tenant, the newest first: every fact of the
// ledger but messages. It needs an administrator with users.read.
func (s *Service) Audit(ctx context.Context, p switchboard.Principal, q AuditQuery) (list []AuditEntry, err error) {
	if err := p.RequireAdmin(); err != nil {
		return nil, err
	}
	if err := p.Require(switchboard.ScopeUsersRead); err != nil {
		return nil, err
	}
	if q.Limit <= 0 {
		q.Limit = auditLimit
	}
	q.Limit = min(q.Limit, auditMost)
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		events, err := tx.Audit(p.Tenant, store.AuditQuery(q))
		if err != nil {
			return err
		}
		names, err := auditNames(tx, p.Tenant, events)
		if err != nil {
			return err
		}
		t, err := tx.Tenant(p.Tenant)
		if err != nil {
			return err
		}
		list = make([]AuditEntry, len(events))
		for i, e := range events {
			if list[i] = auditEntry(e, names); e.Kind == switchboard.TenantChanged || e.Kind == switchboard.SigningRotated {
				list[i].SubjectName = t.Name
			}
		}
		return nil
	})
	return list, err
}

// auditNames reads what the accounts in some events are called.
func auditNames(tx *store.Tx, tenant switchboard.TenantID, events []switchboard.Event) (map[int64]string, error) {
	var ids []switchboard.AccountID
	for _, e := range events {
		ids = append(ids, e.Actor)
		if aboutAccount(e.Kind) {
			ids = append(ids, switchboard.AccountID(e.Subject))
		}
	}
	slices.Sort(ids)
	names := map[int64]string{}
	for part := range slices.Chunk(slices.Compact(ids), 200) {
		found, err := tx.AccountNames(tenant, part)
		if err != nil {
			return nil, err
		}
		for _, n := range found {
			names[int64(n.ID)] = n.Localpart
			if n.Kind == switchboard.Client && n.Name != "" {
				names[int64(n.ID)] = n.Name
			}
		}
	}
	return names, nil
}

// aboutAccount reports whether the subject of a kind of event is an account.
func aboutAccount(kind switchboard.EventKind) bool {
	first, _, _ := strings.Cut(string(kind), ".")
	return first == "account" || first == "device" || first == "key" || first == "operator"
}

func auditEntry(e switchboard.Event, names map[int64]string) AuditEntry {
	a := AuditEntry{Position: e.Position, Time: e.Time, Kind: e.Kind, Actor: e.Actor, Subject: e.Subject, ActorName: names[int64(e.Actor)]}
	if aboutAccount(e.Kind) {
		a.SubjectName = names[e.Subject]
	}
	if len(e.Payload) == 0 || !json.Valid(e.Payload) || string(e.Payload) == "{}" {
		return a
	}
	a.Details = e.Payload
	var said struct{ Name string }
	if a.SubjectName == "" && json.Unmarshal(e.Payload, &said) == nil {
		a.SubjectName = said.Name
	}
	return a
}
