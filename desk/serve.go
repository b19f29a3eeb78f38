package desk

import (
	"context"

	"switchboard"
	"switchboard/chat"
	"switchboard/store"
)

// change is a rule for one conversation: it alters c and does what goes with
// that in the same transaction.
type change func(tx *store.Tx, c *store.Conversation, tell *announcements) error

// update runs a change of a conversation that allowed lets through, and
// announces it after the commit.
func (s *Service) update(ctx context.Context, id switchboard.ConversationID, p switchboard.Principal,
	allowed func(*store.Tx, *store.Conversation) error, do change) error {
	var tell announcements
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.commit(&tell, func(tx *store.Tx) error {
		c, err := tx.Conversation(p.Tenant, id)
		if err != nil {
			return orUnknown(err)
		}
		if err := allowed(tx, &c); err != nil {
			return err
		}
		was := c.Status
		if err := do(tx, &c, &tell); err != nil {
			return err
		}
		saved, err := tx.UpdateConversation(c, was)
		if err == nil && !saved {
			err = errTaken
		}
		return err
	})
}

// writable lets through who may change the conversation: an operator in it, or
// an administrator or API key.
func (s *Service) writable(p switchboard.Principal) func(*store.Tx, *store.Conversation) error {
	return func(tx *store.Tx, c *store.Conversation) error {
		if seesAll(p) || serves(c, p.Account) {
			return nil
		}
		if _, err := s.readable(tx, p, c.ID); err != nil {
			return err
		}
		return errNotYours
	}
}

// Accept gives a waiting conversation to the operator who asks. Of two who ask
// at the same moment one gets Conflict.
func (s *Service) Accept(ctx context.Context, p switchboard.Principal, id switchboard.ConversationID) error {
	if err := p.Require(switchboard.ScopeSessionsWrite); err != nil {
		return err
	}
	if p.Kind != switchboard.Operator {
		return errNotOperator
	}
	mayTake := func(tx *store.Tx, c *store.Conversation) error {
		if _, err := s.readable(tx, p, c.ID); err != nil {
			return err
		}
		switch {
		case !c.Ended.IsZero():
			return errEnded
		case c.Status != InQueue:
			return switchboard.E(switchboard.Conflict, "conversation-taken", "another operator has it already")
		}
		return nil
	}
	return s.update(ctx, id, p, mayTake, func(tx *store.Tx, c *store.Conversation, tell *announcements) error {
		return s.join(tx, c, p.Account, tell)
	})
}

// join makes an operator the one who has the conversation.
func (s *Service) join(tx *store.Tx, c *store.Conversation, operator switchboard.AccountID, tell *announcements) error {
	first := c.Started.IsZero()
	c.Status = Active
	if first {
		c.Started = tx.Now()
	}
	added, err := s.chat.AddMemberTx(tx, c.Group, operator)
	if err != nil {
		return err
	}
	if err := tx.InsertServed(c.ID, operator); err != nil {
		return err
	}
	if first {
		event(tx, c, switchboard.ConversationStarted, operator, nil)
	}
	event(tx, c, switchboard.ConversationOperatorJoined, operator, func(f *switchboard.ConversationFact) { f.Operator = operator })
	who, err := person(tx, operator)
	if err != nil {
		return err
	}
	said, err := s.say(tx, c, notice{Event: "operator-joined", Operator: who.Name, OperatorID: operator})
	*tell = append(*tell, added, said)
	return err
}

// depart takes the operators out of a conversation, with their events.
func (s *Service) depart(tx *store.Tx, c *store.Conversation, tell *announcements, concluded bool) error {
	for _, o := range c.Served {
		if !o.Left.IsZero() {
			continue
		}
		event(tx, c, switchboard.ConversationOperatorLeft, o.Account, func(f *switchboard.ConversationFact) { f.Operator = o.Account })
		if concluded {
			event(tx, c, switchboard.ConversationOperatorConcluded, o.Account,
				func(f *switchboard.ConversationFact) { f.Operator = o.Account })
		}
		removed, err := s.chat.RemoveMemberTx(tx, c.Group, o.Account)
		if err != nil {
			return err
		}
		*tell = append(*tell, removed)
	}
	if err := tx.LeaveServed(c.ID, 0); err != nil {
		return err
	}
	if concluded {
		return tx.ConcludeServed(c.ID, 0, c.Note)
	}
	return nil
}

// End ends a conversation with a result and a note. Without a result the
// conversation stays in ACW until End or Conclude gives one.
func (s *Service) End(ctx context.Context, p switchboard.Principal, id switchboard.ConversationID, result, note string) error {
	if err := firstError(p.Require(switchboard.ScopeSessionsWrite), text("result", result, 100), text("note", note, switchboard.MaxFieldText)); err != nil {
		return err
	}
	return s.update(ctx, id, p, s.writable(p), func(tx *store.Tx, c *store.Conversation, tell *announcements) error {
		if c.Status == Closed {
			return errEnded
		}
		if result != "" {
			c.Result = result
		}
		if note != "" {
			c.Note = note
		}
		if c.Status == ACW {
			return s.conclude(tx, c, p.Account)
		}
		reason := "OperatorLeft"
		if p.Kind == switchboard.Client {
			reason = "SessionApiCall"
		}
		return s.finish(tx, c, p.Account, reason, result != "", tell)
	})
}

// Say sends a text into a conversation as the operator who has it. messageID
// may be empty.
func (s *Service) Say(ctx context.Context, p switchboard.Principal, id switchboard.ConversationID, words, messageID string) (chat.Message, error) {
	if err := firstError(p.Require(switchboard.ScopeSessionsWrite), text("text", words, switchboard.MaxFieldText), text("messageId", messageID, 100)); err != nil {
		return chat.Message{}, err
	}
	var group switchboard.JID
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		c, err := s.readable(tx, p, id)
		switch {
		case err != nil:
			return err
		case !c.Ended.IsZero():
			return errEnded
		case !serves(&c, p.Account):
			return errNotYours
		}
		g, err := s.chat.GroupTx(tx, c.Group)
		group = g.JID
		return err
	})
	if err != nil {
		return chat.Message{}, err
	}
	return s.chat.SendText(ctx, p, group, words, chat.SendOptions{ID: messageID})
}

// finish ends a conversation that has not ended.
func (s *Service) finish(tx *store.Tx, c *store.Conversation, actor switchboard.AccountID, reason string, concluded bool, tell *announcements) error {
	c.Ended, c.Reason = tx.Now(), reason
	c.Status = ACW
	if concluded || c.Started.IsZero() {
		c.Status = Closed
	}
	event(tx, c, switchboard.ConversationEnded, actor, nil)
	said, err := s.say(tx, c, notice{Event: "ended", Reason: reason})
	if err != nil {
		return err
	}
	*tell = append(*tell, said) // before the members go
	return s.depart(tx, c, tell, concluded)
}

// conclude closes a conversation whose after-contact work is done.
func (s *Service) conclude(tx *store.Tx, c *store.Conversation, actor switchboard.AccountID) error {
	c.Status = Closed
	event(tx, c, switchboard.ConversationOperatorConcluded, actor, func(f *switchboard.ConversationFact) { f.Operator = actor })
	return tx.ConcludeServed(c.ID, 0, c.Note)
}

// Annotate sets the note.
func (s *Service) Annotate(ctx context.Context, p switchboard.Principal, id switchboard.ConversationID, note string) error {
	if err := firstError(p.Require(switchboard.ScopeSessionsWrite), text("note", note, switchboard.MaxFieldText)); err != nil {
		return err
	}
	return s.update(ctx, id, p, s.writable(p), func(tx *store.Tx, c *store.Conversation, _ *announcements) error {
		c.Note = note
		event(tx, c, switchboard.ConversationChanged, p.Account, nil)
		return nil
	})
}

// ForwardTo is where a conversation goes: exactly one of the two.
type ForwardTo struct {
	Queue    switchboard.QueueID
	Operator switchboard.AccountID
}

// Forward hands a conversation to another queue or operator; the note is for
// whoever takes it.
func (s *Service) Forward(ctx context.Context, p switchboard.Principal, id switchboard.ConversationID, to ForwardTo, note string) error {
	if err := firstError(p.Require(switchboard.ScopeSessionsWrite), text("note", note, switchboard.MaxFieldText)); err != nil {
		return err
	}
	if (to.Queue == 0) == (to.Operator == 0) {
		return switchboard.E(switchboard.Invalid, "target-missing", "name either a group or an operator").InField("operatorGroupId")
	}
	return s.update(ctx, id, p, s.writable(p), func(tx *store.Tx, c *store.Conversation, tell *announcements) error {
		if !c.Ended.IsZero() {
			return errEnded
		}
		return s.forward(tx, c, p.Account, to, note, tell)
	})
}

// forward hands a conversation on. What was noted of it so far stays with whoever had it.
func (s *Service) forward(tx *store.Tx, c *store.Conversation, actor switchboard.AccountID, to ForwardTo, note string, tell *announcements) error {
	if err := checkTarget(tx, c.Tenant, to); err != nil {
		return err
	}
	if to.Operator != 0 {
		c.Status = Active
	} else {
		c.Queue, c.Status, c.Queued = to.Queue, InQueue, tx.Now()
	}
	event(tx, c, switchboard.ConversationForwarded, actor, func(f *switchboard.ConversationFact) {
		f.ToQueue, f.ToOperator = to.Queue, to.Operator
	})
	for _, o := range c.Served {
		if o.Left.IsZero() {
			event(tx, c, switchboard.ConversationOperatorConcluded, o.Account,
				func(f *switchboard.ConversationFact) { f.Operator = o.Account })
			removed, err := s.chat.RemoveMemberTx(tx, c.Group, o.Account)
			if err != nil {
				return err
			}
			*tell = append(*tell, removed)
		}
	}
	if err := firstError(tx.LeaveServed(c.ID, 0), tx.ConcludeServed(c.ID, 0, c.Note)); err != nil {
		return err
	}
	if note != "" {
		c.Note = note
	}
	if to.Operator == 0 {
		said, err := s.say(tx, c, notice{Event: "queued", ToQueue: to.Queue})
		*tell = append(*tell, said)
		return err
	}
	who, err := person(tx, to.Operator)
	if err != nil {
		return err
	}
	said, err := s.say(tx, c, notice{Event: "forwarded", Operator: who.Name, OperatorID: to.Operator})
	if err != nil {
		return err
	}
	*tell = append(*tell, said)
	return s.join(tx, c, to.Operator, tell)
}

// checkTarget makes sure that a queue or operator is one of the tenant's.
func checkTarget(tx *store.Tx, tenant switchboard.TenantID, to ForwardTo) error {
	unknown := switchboard.E(switchboard.Invalid, "target-unknown", "there is no such group or operator").InField("operatorGroupId")
	if to.Operator != 0 {
		a, err := tx.Account(to.Operator)
		if err != nil || a.Tenant != tenant || a.Kind != switchboard.Operator || a.Disabled {
			return unknown.InField("userId")
		}
		return nil
	}
	queues, err := tx.Queues(tenant)
	if err != nil {
		return err
	}
	for _, q := range queues {
		if q.ID == to.Queue {
			return nil
		}
	}
	return unknown
}
