package stats

import (
	"encoding/json"

	"switchboard"
	"switchboard/store"
)

// phase is where a conversation stands.
type phase int

const (
	over phase = iota
	waiting
	active
	wrapping
	phases
)

// live is a conversation that is not over.
type live struct {
	tenant switchboard.TenantID
	phase  phase
}

// tally is what is counted of a tenant.
type tally struct {
	in              [phases]int
	online          int
	opened, handled int
}

// state is the figures of all tenants as of a position.
type state struct {
	at            switchboard.Position
	conversations map[switchboard.ConversationID]live
	online        map[switchboard.AccountID]switchboard.TenantID
	tenants       map[switchboard.TenantID]*tally
	all           tally
	events        map[switchboard.EventKind]int64 // since the snapshot
}

var phaseOf = map[string]phase{"IN_QUEUE": waiting, "ACTIVE": active, "ACW": wrapping}

// snapshot reads how things stand now.
func snapshot(tx *store.Tx) (*state, error) {
	s := &state{conversations: make(map[switchboard.ConversationID]live), online: make(map[switchboard.AccountID]switchboard.TenantID),
		tenants: make(map[switchboard.TenantID]*tally), events: make(map[switchboard.EventKind]int64)}
	var err error
	if s.at, err = tx.LastPosition(); err != nil {
		return nil, err
	}
	conversations, err := tx.LiveConversations()
	if err != nil {
		return nil, err
	}
	for _, c := range conversations {
		s.move(c.ID, c.Tenant, phaseOf[c.Status])
	}
	operators, err := tx.AllOperatorStates()
	for _, o := range operators {
		s.setOnline(o.Account, o.Tenant, o.Kind == "ONLINE")
	}
	return s, err
}

// each does the same to a tenant's tally and to that of all.
func (s *state) each(tenant switchboard.TenantID, do func(*tally)) {
	t := s.tenants[tenant]
	if t == nil {
		t = &tally{}
		s.tenants[tenant] = t
	}
	do(t)
	do(&s.all)
}

func (s *state) move(id switchboard.ConversationID, tenant switchboard.TenantID, to phase) {
	if from, known := s.conversations[id]; known {
		s.each(from.tenant, func(t *tally) { t.in[from.phase]-- })
		delete(s.conversations, id)
	}
	if to != over {
		s.each(tenant, func(t *tally) { t.in[to]++ })
		s.conversations[id] = live{tenant, to}
	}
}

func (s *state) setOnline(id switchboard.AccountID, tenant switchboard.TenantID, online bool) {
	if _, is := s.online[id]; is == online {
		return
	}
	if online {
		s.online[id] = tenant
		s.each(tenant, func(t *tally) { t.online++ })
		return
	}
	s.each(s.online[id], func(t *tally) { t.online-- })
	delete(s.online, id)
}

const batch = 500

// advance folds the next facts; more tells that there are further ones.
// Messages are not read: positions have no gaps, so what is no fact is one.
func (s *state) advance(tx *store.Tx) (more bool, err error) {
	last, err := tx.LastPosition()
	if err != nil || last == s.at {
		return false, err
	}
	facts, err := tx.Facts(s.at, batch)
	if err != nil {
		return false, err
	}
	more = len(facts) == batch
	if more {
		last = facts[len(facts)-1].Position
	}
	s.events[switchboard.MessageSent] += int64(last-s.at) - int64(len(facts))
	for _, e := range facts {
		s.events[e.Kind]++
		s.fold(e)
	}
	s.at = last
	return more, nil
}

// fold applies one fact.
func (s *state) fold(e switchboard.Event) {
	switch e.Kind {
	case switchboard.OperatorStatus:
		var f switchboard.StatusFact
		if json.Unmarshal(e.Payload, &f) == nil {
			s.setOnline(f.Operator, e.Tenant, f.State == "ONLINE")
		}
	case switchboard.AccountDeleting, switchboard.AccountDeleted:
		s.setOnline(switchboard.AccountID(e.Subject), e.Tenant, false)
	default:
		s.foldConversation(e)
	}
}

func (s *state) foldConversation(e switchboard.Event) {
	var f switchboard.ConversationFact
	id := switchboard.ConversationID(e.Subject)
	switch e.Kind {
	case switchboard.ConversationNew:
		s.move(id, e.Tenant, waiting)
		s.each(e.Tenant, func(t *tally) { t.opened++ })
	case switchboard.ConversationOperatorJoined:
		s.move(id, e.Tenant, active)
	case switchboard.ConversationForwarded:
		if json.Unmarshal(e.Payload, &f) == nil && f.ToQueue != 0 {
			s.move(id, e.Tenant, waiting)
		}
	case switchboard.ConversationEnded:
		if json.Unmarshal(e.Payload, &f) != nil {
			break
		}
		s.move(id, e.Tenant, phaseOf[f.Status])
		if f.Started != nil {
			s.each(e.Tenant, func(t *tally) { t.handled++ })
		}
	case switchboard.ConversationOperatorConcluded:
		if c, known := s.conversations[id]; known && c.phase == wrapping {
			s.move(id, e.Tenant, over)
		}
	}
}

func (s *state) figures(tenant switchboard.TenantID) Figures {
	t := s.tenants[tenant]
	if t == nil {
		return Figures{}
	}
	return Figures{t.in[waiting], t.in[active], t.in[wrapping], t.online, t.opened, t.handled}
}
