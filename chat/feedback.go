package chat

import (
	"context"
	"time"
	"unicode/utf8"

	"switchboard"
	"switchboard/store"
)

// FeedbackEntry is what somebody wrote to the administrators.
type FeedbackEntry struct {
	ID          int64
	Kind        string // "feedback", or "deletion": why an account was deleted
	Title, Text string
	From        Person // the zero Person once it is erased
	Created     time.Time
}

const (
	maxFeedbackTitle = 200
	maxFeedback      = 100 // of one account in a day
)

var (
	errFeedbackTitle = switchboard.Ef(switchboard.Invalid, "title-invalid", "the title has 1 to %d characters", maxFeedbackTitle).InField("title")
	errLongNote      = switchboard.Ef(switchboard.Invalid, "text-invalid", "the text has more than %d characters, or some that are not allowed",
		switchboard.MaxFieldText).InField("description")
	errManyFeedback = switchboard.E(switchboard.TooMany, "too-much-feedback", "that was a lot of feedback for one day; try again tomorrow")
)

// GiveFeedback stores what the asker writes to the administrators.
func (s *Service) GiveFeedback(ctx context.Context, p switchboard.Principal, title, text string) error {
	a, err := s.asker(ctx, p)
	switch {
	case err != nil:
		return err
	case a.kind == switchboard.Visitor:
		return errVisitor
	case title == "", utf8.RuneCountInString(title) > maxFeedbackTitle, !validText(title):
		return errFeedbackTitle
	case utf8.RuneCountInString(text) > switchboard.MaxFieldText, !validText(text):
		return errLongNote
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		switch n, err := tx.CountFeedbackBy(a.id, tx.Now().Add(-24*time.Hour)); {
		case err != nil:
			return err
		case n >= maxFeedback:
			return errManyFeedback
		}
		id, err := tx.InsertFeedback(store.FeedbackEntry{Tenant: a.tenant.id, Account: a.id, Kind: "feedback", Title: title, Text: text})
		tx.Append(&switchboard.Event{Tenant: a.tenant.id, Kind: switchboard.FeedbackGiven, Subject: id, Actor: a.id,
			Payload: switchboard.Payload(map[string]any{"feedback": id})})
		return err
	})
}

// Feedback lists what was written to the administrators, newest first, and says
// how much there is. It needs users.write.
func (s *Service) Feedback(ctx context.Context, p switchboard.Principal, limit, offset int) (list []FeedbackEntry, total int, err error) {
	if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return nil, 0, err
	}
	if limit <= 0 {
		limit = 50
	}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		t, err := s.tenant(tx, p.Tenant)
		if err != nil {
			return err
		}
		if total, err = tx.CountFeedback(p.Tenant); err != nil {
			return err
		}
		rows, err := tx.Feedback(p.Tenant, min(limit, switchboard.MaxPage), max(offset, 0))
		if err != nil {
			return err
		}
		list = make([]FeedbackEntry, len(rows))
		for i, row := range rows {
			list[i] = FeedbackEntry{ID: row.ID, Kind: row.Kind, Title: row.Title, Text: row.Text, Created: row.Created}
			if list[i].From, err = t.personByID(tx, row.Account); err != nil {
				return err
			}
		}
		return nil
	})
	return list, total, err
}
