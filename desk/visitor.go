package desk

import (
	"context"

	"switchboard"
	"switchboard/store"
)

// ownOnly lets through the conversation's own customer.
func ownOnly(p switchboard.Principal) func(*store.Tx, *store.Conversation) error {
	return func(_ *store.Tx, c *store.Conversation) error {
		if c.Visitor != p.Account {
			return errNoConversation
		}
		return nil
	}
}

// Leave ends the visitor's own conversation.
func (s *Service) Leave(ctx context.Context, p switchboard.Principal, id switchboard.ConversationID) error {
	if err := p.Require(switchboard.ScopeChat); err != nil {
		return err
	}
	return s.update(ctx, id, p, ownOnly(p), func(tx *store.Tx, c *store.Conversation, tell *announcements) error {
		if !c.Ended.IsZero() {
			return errEnded
		}
		c.LeftState = "LeftSession"
		reason := "GuestLeft"
		if c.Status == InQueue {
			c.LeftState, reason = "LeftQueue", "GuestAbandoned"
		}
		return s.finish(tx, c, p.Account, reason, false, tell)
	})
}

// Rate stores the visitor's stars (1 to 5) and comment for the own conversation,
// once it has ended.
func (s *Service) Rate(ctx context.Context, p switchboard.Principal, id switchboard.ConversationID, stars int, comment string) error {
	if err := firstError(p.Require(switchboard.ScopeChat), text("text", comment, switchboard.MaxFieldText)); err != nil {
		return err
	}
	if stars < 1 || stars > 5 {
		return switchboard.E(switchboard.Invalid, "stars-out-of-range", "must be 1 to 5").InField("stars")
	}
	return s.update(ctx, id, p, ownOnly(p), func(tx *store.Tx, c *store.Conversation, _ *announcements) error {
		if c.Ended.IsZero() {
			return switchboard.E(switchboard.NotAllowed, "conversation-open", "rate it when it has ended")
		}
		c.Stars, c.Feedback = stars, comment
		event(tx, c, switchboard.ConversationChanged, p.Account, nil)
		return nil
	})
}
