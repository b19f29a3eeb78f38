package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"switchboard"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/store"
)

// The statuses of a conversation, as the Public API names them.
const (
	InQueue = "IN_QUEUE" // waits for an operator
	Active  = "ACTIVE"   // an operator has it
	ACW     = "ACW"      // ended; its operator has not given the result yet
	Closed  = "CLOSED"
)

// The states of an operator that this room knows by name.
const (
	Offline = "OFFLINE"
	Online  = "ONLINE"
	Away    = "AWAY"
	Break   = "BREAK"
)

// Options are what a Service needs.
type Options struct {
	DB   *store.DB
	Bus  *bus.Bus
	Chat *chat.Service
	Log  *slog.Logger // slog.Default when nil
}

// Service holds the rules of the contact centre. All methods are safe for
// concurrent use.
type Service struct {
	db   *store.DB
	bus  *bus.Bus
	chat *chat.Service
	log  *slog.Logger
}

// New makes a Service.
func New(o Options) *Service {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Service{db: o.DB, bus: o.Bus, chat: o.Chat, log: o.Log}
}

// Words shared with the fronts, which do not import store.
type (
	// Department is a part of a tenant.
	Department = store.Department
	// Queue is where conversations wait for its operators.
	Queue = store.Queue
	// Guest is what is known of the customer of a conversation.
	Guest = store.Guest
	// Parameter is a named value of a conversation.
	Parameter = store.Parameter
	// OperatorState is what an operator does now.
	OperatorState = store.OperatorState
)

var (
	errNoConversation = switchboard.E(switchboard.NotFound, "conversation-unknown", "there is no conversation with this id")
	errTaken          = switchboard.E(switchboard.Conflict, "conversation-changed", "somebody else has changed this conversation; look again")
	errEnded          = switchboard.E(switchboard.NotAllowed, "conversation-ended", "this conversation has ended")
	errNotOperator    = switchboard.E(switchboard.Forbidden, "operator-only", "only an operator may do this")
	errNotYours       = switchboard.E(switchboard.Forbidden, "conversation-not-yours", "you are not in this conversation")
)

// text checks a free text field.
func text(field, s string, limit int) error {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0xfffe || r == 0xffff // XML cannot carry them (XML 1.0 §2.2)
	}) {
		return switchboard.E(switchboard.Invalid, "text-malformed", "must be plain text").InField(field)
	}
	if utf8.RuneCountInString(s) > limit {
		return switchboard.E(switchboard.Invalid, "text-too-long", fmt.Sprintf("must be at most %d characters", limit)).InField(field)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func orUnknown(err error) error {
	if errors.Is(err, store.ErrNone) {
		return errNoConversation
	}
	return err
}

// EnsureDefaults makes a tenant's first department and its queue of all
// operators where there are none.
func (s *Service) EnsureDefaults(ctx context.Context, tenant switchboard.TenantID) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		queues, err := tx.Queues(tenant)
		if err != nil || len(queues) > 0 {
			return err
		}
		department, err := tx.InsertDepartment(tenant, "Support")
		if err != nil {
			return err
		}
		_, err = tx.InsertQueue(store.Queue{Tenant: tenant, Department: department, Name: "All operators", Kind: "ALL_OPERATORS"})
		return err
	})
}

// event appends a conversation's event.
func event(tx *store.Tx, c *store.Conversation, kind switchboard.EventKind, actor switchboard.AccountID,
	more func(*switchboard.ConversationFact)) {
	f := switchboard.ConversationFact{ID: c.ID, Department: c.Department, Queue: c.Queue, Channel: c.Channel, Source: c.Source,
		Status: c.Status, Guest: c.Guest.Name, Reason: c.Reason, Result: c.Result, Started: when(c.Started), Ended: when(c.Ended)}
	if more != nil {
		more(&f)
	}
	tx.Append(&switchboard.Event{Tenant: c.Tenant, Kind: kind, Subject: int64(c.ID), Actor: actor, Payload: switchboard.Payload(f)})
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
