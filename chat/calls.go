package chat

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"switchboard"
	"switchboard/store"
)

// CallRoom is a place where a call can be held.
type CallRoom struct {
	ID   string
	Link string // xxx-yyyy-zzz
}

// CallLog is what an account has of a call.
type CallLog = store.CallLog

// CallPage is a page of calls, newest first.
type CallPage struct {
	Calls []CallLog
	Total int
	Pages int
}

// CreateCallRoom makes a room for a call.
func (s *Service) CreateCallRoom(ctx context.Context, p switchboard.Principal) (CallRoom, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return CallRoom{}, err
	}
	if a.kind == switchboard.Visitor {
		return CallRoom{}, errVisitor
	}
	if err := s.Feature(ctx, p, switchboard.FeatureOneToOneCall); err != nil {
		if err := s.Feature(ctx, p, switchboard.FeatureGroupCall); err != nil { // a room serves either
			return CallRoom{}, err
		}
	}
	room := CallRoom{ID: switchboard.NewName(), Link: callLink()}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		return tx.InsertCallRoom(store.CallRoom{ID: room.ID, Tenant: a.tenant.id, Creator: a.id, Link: room.Link})
	})
	return room, err
}

// callLink is a random link: ten of 36 characters, so that nobody guesses one
// and no two are the same.
func callLink() string {
	const letters = "0123456789abcdefghijklmnopqrstuvwxyz"
	link := make([]byte, 0, 12)
	var b [1]byte
	for len(link) < 12 {
		if len(link) == 3 || len(link) == 8 {
			link = append(link, '-')
			continue
		}
		rand.Read(b[:])
		if b[0] < 252 { // 7 × 36: each letter is as likely as any other
			link = append(link, letters[b[0]%36])
		}
	}
	return string(link)
}

// CallLogs returns a page of the asker's calls since a time; size 0 means 10.
func (s *Service) CallLogs(ctx context.Context, p switchboard.Principal, since time.Time, page, size int) (CallPage, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return CallPage{}, err
	}
	page, size = paging(page, size, 10)
	var answer CallPage
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if answer.Total, err = tx.CountCallLogs(a.id, since); err != nil {
			return err
		}
		answer.Calls, err = tx.CallLogs(a.id, since, size, (page-1)*size)
		return err
	})
	answer.Pages = pages(answer.Total, size)
	return answer, err
}

// PushToken is where an app that is not connected can be reached.
type PushToken = store.PushToken

const maxPushTokens = 100 // of an account

var (
	errPushToken  = switchboard.E(switchboard.Invalid, "push-token-invalid", "a field of the push token is too long or has characters that are not allowed")
	errManyTokens = switchboard.Ef(switchboard.TooMany, "too-many-push-tokens", "an account has at most %d push tokens", maxPushTokens)
)

// SetPushToken stores where an account's app can be reached; one without any
// token is removed. One's own, or any with users.write (an administrator's only as one).
func (s *Service) SetPushToken(ctx context.Context, p switchboard.Principal, account switchboard.AccountID, t PushToken) error {
	if account == p.Account {
		if _, err := s.asker(ctx, p); err != nil {
			return err
		}
	} else if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return err
	}
	for _, f := range []string{t.DeviceType, t.Device, t.OSVersion, t.Token, t.VoIP} {
		if len(f) > 4096 || !validText(f) {
			return errPushToken
		}
	}
	t.Account = account
	return s.db.Write(ctx, func(tx *store.Tx) error {
		row, err := tx.Account(account)
		switch {
		case err == store.ErrNone, err == nil && (row.Tenant != p.Tenant || row.Gone() || row.Kind == switchboard.Client):
			return errNoPerson
		case err != nil:
			return err
		case row.Admin && !p.Admin && account != p.Account:
			return p.RequireAdmin()
		}
		switch held, err := tx.PushTokens(account); {
		case err != nil:
			return err
		case len(held) >= maxPushTokens && t.Token+t.VoIP != "" && !slices.ContainsFunc(held, func(h PushToken) bool {
			return h.DeviceType == t.DeviceType && h.Device == t.Device
		}):
			return errManyTokens
		}
		return tx.PutPushToken(t)
	})
}
