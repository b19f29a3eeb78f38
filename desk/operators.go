package desk

import (
	"context"
	"slices"

	"switchboard"
	"switchboard/store"
)

// stateKinds are the states that an operator may choose.
var stateKinds = []string{Offline, Online, Away, Break}

// OperatorStates lists what the tenant's operators do now. Who has never set a
// state is not in the list.
func (s *Service) OperatorStates(ctx context.Context, p switchboard.Principal) (states []OperatorState, err error) {
	if err := p.Require(switchboard.ScopeUsersRead); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		states, err = tx.OperatorStates(p.Tenant)
		return err
	})
	return states, err
}

// State is what one operator does now.
func (s *Service) State(ctx context.Context, p switchboard.Principal, account switchboard.AccountID) (OperatorState, error) {
	state := OperatorState{Account: account, Kind: Offline}
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.OperatorStates(p.Tenant)
		if i := slices.IndexFunc(all, func(o OperatorState) bool { return o.Account == account }); i >= 0 {
			state = all[i]
		}
		return err
	})
	return state, err
}

// SetOperatorState sets what an operator does now: one's own state, or that of
// others for an administrator.
func (s *Service) SetOperatorState(ctx context.Context, p switchboard.Principal, account switchboard.AccountID, kind, note string) error {
	if err := firstError(p.Require(switchboard.ScopeSessionsWrite), text("note", note, 500)); err != nil {
		return err
	}
	if !slices.Contains(stateKinds, kind) {
		return switchboard.E(switchboard.Invalid, "state-unknown", "must be OFFLINE, ONLINE, AWAY or BREAK").InField("stateKind")
	}
	if account != p.Account && !p.Admin && p.Kind != switchboard.Client {
		return switchboard.E(switchboard.Forbidden, "state-not-yours", "only an administrator sets the state of others")
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := tx.Account(account)
		if err != nil || a.Tenant != p.Tenant || a.Kind != switchboard.Operator {
			return switchboard.E(switchboard.NotFound, "operator-unknown", "there is no operator with this id")
		}
		if err := tx.SetOperatorState(OperatorState{Account: account, Kind: kind, Note: note, Changed: tx.Now()}); err != nil {
			return err
		}
		tx.Append(&switchboard.Event{Tenant: p.Tenant, Kind: switchboard.OperatorStatus, Subject: int64(account), Actor: p.Account,
			Payload: switchboard.Payload(switchboard.StatusFact{Operator: account, State: kind, Note: note})})
		return nil
	})
}

// Queues lists the tenant's queues.
func (s *Service) Queues(ctx context.Context, p switchboard.Principal) (queues []Queue, err error) {
	if err := mayRead(p); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		queues, err = tx.Queues(p.Tenant)
		return err
	})
	return queues, err
}

// Departments lists the tenant's departments.
func (s *Service) Departments(ctx context.Context, p switchboard.Principal) (list []Department, err error) {
	if err := mayRead(p); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Departments(p.Tenant)
		return err
	})
	return list, err
}

// Availability is what the widget's button shows of a tenant.
type Availability int

const (
	NobodyThere   Availability = 0
	SomebodyThere Availability = 1
	AllBusy       Availability = 2
)

// Available tells whether operators of a tenant are online. It is public: the
// widget asks before anybody has signed in.
func (s *Service) Available(ctx context.Context, tenant switchboard.TenantID) (a Availability, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		states, err := tx.OperatorStates(tenant)
		for _, o := range states {
			switch o.Kind {
			case Online:
				a = SomebodyThere
				return err
			case Away, Break:
				a = AllBusy
			}
		}
		return err
	})
	return a, err
}

// Staff tells which queues each operator of a tenant serves.
type Staff struct {
	all   []switchboard.QueueID // that every operator serves
	named map[switchboard.AccountID][]switchboard.QueueID
}

// Queues are those that an operator serves, oldest first.
func (s Staff) Queues(account switchboard.AccountID) []switchboard.QueueID {
	ids := append(slices.Clone(s.all), s.named[account]...)
	slices.Sort(ids)
	return ids
}

// Staff returns who serves which queue.
func (s *Service) Staff(ctx context.Context, p switchboard.Principal) (staff Staff, err error) {
	if err := mayRead(p); err != nil {
		return staff, err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		staff = Staff{named: map[switchboard.AccountID][]switchboard.QueueID{}}
		queues, err := tx.Queues(p.Tenant)
		for _, q := range queues {
			if q.Kind == "ALL_OPERATORS" {
				staff.all = append(staff.all, q.ID)
				continue
			}
			members, err := tx.QueueMembers(q.ID)
			if err != nil {
				return err
			}
			for _, m := range members {
				staff.named[m] = append(staff.named[m], q.ID)
			}
		}
		return err
	})
	return staff, err
}

// mayRead lets through who may know how the company is set up: its operators,
// and keys that may read it or its users.
func mayRead(p switchboard.Principal) error {
	if p.Kind == switchboard.Operator || p.May(switchboard.ScopeUsersRead) {
		return nil
	}
	return p.Require(switchboard.ScopeCompanyRead)
}
