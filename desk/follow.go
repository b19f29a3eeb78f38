package desk

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/store"
)

// Event is a fact as a follower of the event stream sees it. Payload is JSON.
type Event struct {
	Position switchboard.Position
	Time     time.Time
	Kind     switchboard.EventKind
	Subject  int64
	Actor    switchboard.AccountID
	Payload  json.RawMessage
}

// messageFact is the payload of a conversation's message in the event stream.
type messageFact struct {
	Conversation switchboard.ConversationID `json:"conversation"`
	MessageID    string                     `json:"messageId"`
	Text         string                     `json:"text"`
	FromGuest    bool                       `json:"fromGuest"`
}

// Position is the newest place of the ledger.
func (s *Service) Position() switchboard.Position { return s.db.Last() }

// Follow calls send for every event after a position that the principal may
// see, as they happen, until ctx ends or send fails: facts of the tenant, and the
// messages of conversations. Accounts', keys' and tenants' events are for
// administrators. It ends when the principal's credential does, and when something
// about the account changes after the position since, at which the principal was
// looked at, so that whoever comes back is looked at again.
func (s *Service) Follow(ctx context.Context, p switchboard.Principal, after, since switchboard.Position, send func(Event) error) error {
	if err := p.Require(switchboard.ScopeEvents); err != nil {
		return err
	}
	for failures := 0; ; {
		events, next, err := s.visible(ctx, p, after, since)
		if err != nil && err != errFollowed {
			if failures++; failures > 3 || ctx.Err() != nil {
				return err
			}
			s.log.Warn("desk: a follower could not read the ledger and tries again", "error", err)
			continue
		}
		failures = 0
		for _, e := range events {
			if err := send(e); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
		if next > after {
			after = next
			continue
		}
		if err := s.db.WaitChange(ctx, after); err != nil {
			return err
		}
	}
}

const followBatch = 500

// errFollowed says that a follower has seen the last event that it may.
var errFollowed = errors.New("desk: followed to the end")

// visible reads the next events and how far it has come. The error is
// errFollowed when these are the last: what changed about the account before the position
// since is known.
func (s *Service) visible(ctx context.Context, p switchboard.Principal, after, since switchboard.Position) (out []Event, next switchboard.Position, err error) {
	next = after
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		out = nil
		if !p.Expires.IsZero() && !tx.Now().Before(p.Expires) {
			return errFollowed
		}
		all, err := tx.Events(after, followBatch)
		if err != nil {
			return err
		}
		for _, e := range all {
			next = e.Position
			if e.Position > since && concerns(e, p) {
				return errFollowed
			}
			if e.Tenant != p.Tenant {
				continue
			}
			one, show, err := s.shown(tx, p, e)
			if err != nil {
				return err
			}
			if show {
				out = append(out, one)
			}
		}
		return nil
	})
	return out, next, err
}

// concerns tells whether an event may have changed what a principal may do.
func concerns(e switchboard.Event, p switchboard.Principal) bool {
	switch e.Kind {
	case switchboard.AccountChanged, switchboard.AccountDeleting, switchboard.AccountDeleted, switchboard.DeviceRevoked, switchboard.KeyRevoked:
		return e.Subject == int64(p.Account)
	}
	return false
}

// shown decides whether a principal sees an event, and shapes it.
func (s *Service) shown(tx *store.Tx, p switchboard.Principal, e switchboard.Event) (Event, bool, error) {
	out := Event{Position: e.Position, Time: e.Time, Kind: e.Kind, Subject: e.Subject, Actor: e.Actor, Payload: json.RawMessage(e.Payload)}
	if len(e.Payload) == 0 {
		out.Payload = json.RawMessage("null")
	}
	switch {
	case e.Kind == switchboard.MessageSent:
		return s.shownMessage(tx, p, e, out)
	case strings.HasPrefix(string(e.Kind), "conversation."):
		ok, err := s.sees(tx, p, switchboard.ConversationID(e.Subject))
		return out, ok, err
	case e.Kind == switchboard.OperatorStatus:
		return out, true, nil
	}
	return out, seesAll(p) && p.Admin, nil
}

func (s *Service) shownMessage(tx *store.Tx, p switchboard.Principal, e switchboard.Event, out Event) (Event, bool, error) {
	if e.Subject == 0 || e.Actor == 0 {
		return out, false, nil // not a group's, or a notice, which has an event of its own
	}
	c, err := tx.ConversationOfGroup(switchboard.GroupID(e.Subject))
	if err == store.ErrNone {
		return out, false, nil
	}
	if err != nil {
		return out, false, err
	}
	if ok, err := s.sees(tx, p, c.ID); !ok || err != nil {
		return out, false, err
	}
	if len(e.Payload) == 0 {
		return out, false, nil // erased
	}
	m := chat.ReadMessage(e.Payload)
	body := m.Body()
	out.Subject = int64(c.ID)
	out.Payload = switchboard.Payload(messageFact{c.ID, m.ID, body, e.Actor == c.Visitor})
	return out, body != "", nil
}

// sees tells whether a principal may read a conversation.
func (s *Service) sees(tx *store.Tx, p switchboard.Principal, id switchboard.ConversationID) (bool, error) {
	_, err := s.readable(tx, p, id)
	if err == errNoConversation {
		return false, nil
	}
	return err == nil, err
}
