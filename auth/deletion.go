package auth

import (
	"context"
	"strconv"
	"time"
	"unicode/utf8"

	"switchboard"
	"switchboard/store"
)

const (
	// SettingDeletionGrace is a tenant's setting: hours from a deletion to the
	// moment when the account's data go; 0 is at once.
	SettingDeletionGrace = "deletion.grace"

	defaultGrace = 720 // hours
	maxGrace     = 10 * 366 * 24
	maxReason    = 200
)

var (
	errDeleted     = switchboard.E(switchboard.Forbidden, "account-deleted", "this account has been deleted")
	errDeleting    = switchboard.E(switchboard.NotAllowed, "account-deleting", "this account is being deleted")
	errNotDeleting = switchboard.E(switchboard.NotAllowed, "account-not-deleting", "this account is not being deleted")
	errTooLate     = switchboard.E(switchboard.NotAllowed, "deletion-begun", "the data of this account are gone already, or going")
	errLastAdmin   = switchboard.E(switchboard.NotAllowed, "last-administrator", "make somebody else an administrator first")
)

// deletionGrace is how long a tenant keeps the data of an account that is being deleted.
func deletionGrace(t Tenant) time.Duration {
	hours, err := strconv.Atoi(t.Settings[SettingDeletionGrace])
	if err != nil || hours < 0 {
		hours = defaultGrace
	}
	return time.Duration(hours) * time.Hour
}

// RequestDeletion deletes an account: one's own, or any with users.write. All
// its credentials, devices, tokens and browser sessions end at once; its data go
// when the tenant's grace period is over (chat does that), and until then an
// administrator may restore it. The name stays taken for good, so that nobody
// inherits its contacts. What is said as reason and feedback is kept for the
// administrators.
func (s *Service) RequestDeletion(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, reason, feedback string) error {
	need := switchboard.ScopeUsersWrite
	if id == p.Account {
		need = switchboard.ScopeChat
	}
	if err := p.Require(need); err != nil {
		return err
	}
	if err := text("reason", reason, switchboard.MaxFieldText); err != nil {
		return err
	}
	if err := text("feedback", feedback, switchboard.MaxFieldText); err != nil {
		return err
	}
	if utf8.RuneCountInString(reason) > maxReason { // it is a title where it is shown
		if feedback != "" {
			feedback = "\n\n" + feedback
		}
		feedback, reason = reason+feedback, string([]rune(reason)[:maxReason-1])+"…"
	}
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := target(tx, p, id)
		if err == nil && id == p.Account {
			err = whole(tx, p)
		}
		if err != nil {
			return err
		}
		return s.requestDeletion(tx, p, a, reason, feedback)
	})
	s.epoch.Add(1)
	return err
}

// whole refuses a principal whose account may not sign in any more.
func whole(tx *store.Tx, p switchboard.Principal) error {
	a, err := tx.Account(p.Account)
	if err == nil && a.Disabled {
		err = errDisabled
	}
	return err
}

func (s *Service) requestDeletion(tx *store.Tx, p switchboard.Principal, a Account, reason, feedback string) error {
	if a.Gone() {
		return errDeleting
	}
	if a.Admin {
		switch others, err := tx.OtherAdmins(a.Tenant, a.ID); {
		case err != nil:
			return err
		case !others:
			return errLastAdmin
		}
	}
	tenant, err := tx.Tenant(a.Tenant)
	if err != nil {
		return err
	}
	if err := endCredentials(tx, p, a.ID); err != nil {
		return err
	}
	due := tx.Now().Add(deletionGrace(tenant))
	if err := tx.InsertDeletion(store.Deletion{Account: a.ID, Tenant: a.Tenant, Due: due}); err != nil {
		return err
	}
	if reason != "" || feedback != "" {
		_, err := tx.InsertFeedback(store.FeedbackEntry{Tenant: a.Tenant, Account: a.ID, Kind: "deletion", Title: reason, Text: feedback})
		if err != nil {
			return err
		}
	}
	record(tx, p, a.Tenant, switchboard.AccountDeleting, a.ID, change{Name: a.Localpart})
	return nil
}

// endCredentials ends every way in: password, set-up links, devices, and with
// the credential's version all tokens, codes and browser sessions.
func endCredentials(tx *store.Tx, p switchboard.Principal, id switchboard.AccountID) error {
	for _, err := range []error{tx.SetPasswordKeys(id, nil), tx.DeleteSetupTokens(id), endAllDevices(tx, p, id)} {
		if err != nil && err != store.ErrNone {
			return err
		}
	}
	return nil
}

// RestoreAccount takes a deletion back while the account's data are there. The
// account has no password and no device then: give it a new one.
func (s *Service) RestoreAccount(ctx context.Context, p switchboard.Principal, id switchboard.AccountID) error {
	if err := p.RequireAdmin(); err != nil {
		return err
	}
	return s.alter(ctx, p, id, func(tx *store.Tx, a Account) error {
		if a.Deleting.IsZero() {
			return errNotDeleting
		}
		switch restored, err := tx.TakeBackDeletion(id); {
		case err != nil:
			return err
		case !restored:
			return errTooLate
		}
		record(tx, p, a.Tenant, switchboard.AccountRestored, id, change{Name: a.Localpart})
		return nil
	})
}

// DeleteAccount deletes somebody else's account as RequestDeletion does, without a word.
func (s *Service) DeleteAccount(ctx context.Context, p switchboard.Principal, id switchboard.AccountID) error {
	return s.alter(ctx, p, id, func(tx *store.Tx, a Account) error { return s.requestDeletion(tx, p, a, "", "") })
}
