package chat

import (
	"context"

	"switchboard"
	"switchboard/store"
)

// WatchAccounts has fn called on this node for each account whose profile, role
// or state has changed, whoever changed it and wherever, until stop is called.
// fn must not block. There is one watcher at most.
func (s *Service) WatchAccounts(fn func(switchboard.AccountID)) (stop func()) {
	s.watcher.Store(&fn)
	return func() { s.watcher.CompareAndSwap(&fn, nil) }
}

func (s *Service) tellWatcher(id switchboard.AccountID) {
	if fn := s.watcher.Load(); fn != nil {
		(*fn)(id)
	}
}

// PrincipalOf is an account as one who chats, for what the server does in its
// name. It is nobody (errAccountGone) when the account is not there.
func (s *Service) PrincipalOf(ctx context.Context, id switchboard.AccountID) (p switchboard.Principal, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		row, err := tx.Account(id)
		if err != nil {
			return err
		}
		t, err := s.tenant(tx, row.Tenant)
		if err != nil {
			return err
		}
		p = switchboard.Principal{Tenant: row.Tenant, Account: row.ID, Kind: row.Kind, Localpart: row.Localpart, Domain: t.domain,
			Scopes: []switchboard.Scope{switchboard.ScopeChat}}
		return nil
	})
	if err == store.ErrNone {
		err = errAccountGone
	}
	return p, err
}
