package desk

import (
	"context"
	"errors"
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/store"
)

// Person is somebody in a conversation.
type Person struct {
	ID    switchboard.AccountID
	Login string // the localpart
	Name  string // as customers see it; the localpart if there is no other
}

// Stay is one time that an operator was in a conversation.
type Stay struct {
	Person
	Joined, Left, Concluded time.Time
	Note                    string
}

// Conversation is one customer contact as its viewers see it.
type Conversation struct {
	store.Conversation
	GroupJID  switchboard.JID
	Visitor   Person
	QueueName string
	Place     int // in its queue, from 1; 0 when it does not wait
	Operators []Stay
	Lines     []Line // what was said and what happened, oldest first; of a list, the newest listedLines
	Last      *Line  // the newest message with a body
	Unread    int    // messages of the customer since an operator wrote last; at most 50
}

// Operator is who has the conversation now.
func (c *Conversation) Operator() (Person, bool) {
	for _, o := range c.Operators {
		if o.Left.IsZero() {
			return o.Person, true
		}
	}
	return Person{}, false
}

// Get returns a conversation that the principal may read, with all that was said.
func (s *Service) Get(ctx context.Context, p switchboard.Principal, id switchboard.ConversationID) (c Conversation, err error) {
	if err := p.Require(switchboard.ScopeSessionsRead); err != nil {
		return c, err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		one, err := s.readable(tx, p, id)
		if err != nil {
			return err
		}
		c, err = s.whole(tx, p, one)
		return err
	})
	return c, err
}

// Current returns the visitor's own conversation that has not ended; false if
// there is none.
func (s *Service) Current(ctx context.Context, p switchboard.Principal) (c Conversation, found bool, err error) {
	if err := p.Require(switchboard.ScopeChat); err != nil {
		return c, false, err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		one, err := tx.OpenConversation(p.Account)
		if errors.Is(err, store.ErrNone) {
			return nil
		}
		if err != nil {
			return err
		}
		found = true
		c, err = s.whole(tx, p, one)
		return err
	})
	return c, found, err
}

// seesAll tells who may read every conversation of the tenant: administrators
// and API keys with the permission.
func seesAll(p switchboard.Principal) bool { return p.Admin || p.Kind == switchboard.Client }

// meet is the queues that are asked for and allowed; no question asks for all.
func meet(asked, allowed []switchboard.QueueID) []switchboard.QueueID {
	if len(asked) == 0 {
		return allowed
	}
	var both []switchboard.QueueID
	for _, a := range asked {
		for _, b := range allowed {
			if a == b {
				both = append(both, a)
			}
		}
	}
	return both
}

// readable returns a conversation if the principal may read it.
func (s *Service) readable(tx *store.Tx, p switchboard.Principal, id switchboard.ConversationID) (store.Conversation, error) {
	c, err := tx.Conversation(p.Tenant, id)
	if err != nil {
		return c, orUnknown(err)
	}
	if seesAll(p) || serves(&c, p.Account) {
		return c, nil
	}
	queues, err := tx.MemberQueues(p.Tenant, p.Account)
	if err != nil {
		return c, err
	}
	if len(meet([]switchboard.QueueID{c.Queue}, queues)) == 0 {
		return c, errNoConversation
	}
	return c, nil
}

// serves tells whether an operator is in the conversation, or was last.
func serves(c *store.Conversation, account switchboard.AccountID) bool {
	for _, o := range c.Served {
		if o.Account == account && (o.Left.IsZero() || !c.Ended.IsZero()) {
			return true
		}
	}
	return false
}

// announcements tell the streams what a transaction has done.
type announcements []chat.Announce

// commit runs fn in a transaction and what it adds to tell right after the
// commit, in the order of all other deliveries.
func (s *Service) commit(tell *announcements, fn func(*store.Tx) error) error {
	done := make(chan error, 1)
	s.db.Submit(func(tx *store.Tx) error {
		*tell = nil
		return fn(tx)
	}, func(err error) {
		if err == nil {
			for _, announce := range *tell {
				if announce != nil {
					announce()
				}
			}
		}
		done <- err
	})
	return <-done
}
