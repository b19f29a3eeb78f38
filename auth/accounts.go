package auth

import (
	"context"
	"errors"
	"slices"

	"switchboard"
	"switchboard/store"
)

var (
	errNoAccount  = switchboard.E(switchboard.NotFound, "account-unknown", "there is no such account")
	errAccountHas = switchboard.E(switchboard.Conflict, "account-exists", "an account with this name exists already").InField("username")
	errAdminReset = switchboard.E(switchboard.Forbidden, "administrator-password", "an administrator's password cannot be reset by another")
	errAdminOnly  = switchboard.E(switchboard.Forbidden, "administrator-only", "only an administrator may do this")
)

// CreateAccount makes an account. It needs users.write; only an administrator
// may make one.
func (s *Service) CreateAccount(ctx context.Context, p switchboard.Principal, n NewAccount) (Account, error) {
	if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return Account{}, err
	}
	if n.Admin && !p.Admin {
		return Account{}, errAdminOnly
	}
	a, err := checkNew(p, n)
	if err != nil {
		return Account{}, err
	}
	c := store.Credential{Salt: newSalt(), Iterations: s.opts.Iterations, Version: 1}
	if n.Password != "" {
		if c.Keys, err = s.derive(ctx, n.Password, c.Salt, c.Iterations); err != nil {
			return Account{}, err
		}
	}
	var made Account
	err = s.db.Write(ctx, func(tx *store.Tx) (err error) {
		made, err = insertAccount(tx, p, a, c)
		return err
	})
	return made, err
}

func checkNew(p switchboard.Principal, n NewAccount) (Account, error) {
	local, err := identifier("username", n.Localpart)
	if err != nil {
		return Account{}, err
	}
	switch n.Kind {
	case switchboard.User, switchboard.Operator, switchboard.Bot, switchboard.Visitor:
	default:
		return Account{}, errField("role", "role-unknown", "the role is one of admin, operator, user")
	}
	if n.Admin && n.Kind != switchboard.Operator {
		return Account{}, errField("role", "role-unknown", "an administrator is an operator")
	}
	if err := checkProfile(&n.Profile); err != nil {
		return Account{}, err
	}
	return Account{Tenant: p.Tenant, Localpart: local, Kind: n.Kind, Admin: n.Admin, Profile: n.Profile}, nil
}

// insertAccount stores an account with its credential and the fact of it.
func insertAccount(tx *store.Tx, p switchboard.Principal, a Account, c store.Credential) (Account, error) {
	switch _, err := tx.AccountByName(a.Tenant, a.Localpart); err {
	case nil:
		return a, errAccountHas
	case store.ErrNone:
	default:
		return a, err
	}
	a, err := tx.InsertAccount(a)
	if errors.Is(err, store.ErrDuplicate) { // another node was faster
		err = errAccountHas
	}
	if err != nil {
		return a, err
	}
	c.Account = a.ID
	if err := tx.InsertCredential(c); err != nil {
		return a, err
	}
	record(tx, p, a.Tenant, switchboard.AccountCreated, a.ID, change{Name: a.Localpart, Kind: string(a.Kind)})
	return a, nil
}

// Accounts lists the tenant's accounts by localpart. It needs users.read.
func (s *Service) Accounts(ctx context.Context, p switchboard.Principal, q AccountQuery) (list []AccountInfo, err error) {
	if err := p.Require(switchboard.ScopeUsersRead); err != nil {
		return nil, err
	}
	if err := text("search", q.Search, maxName); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		accounts, err := tx.Accounts(p.Tenant, q.rows())
		if err != nil {
			return err
		}
		list = make([]AccountInfo, len(accounts))
		for i, a := range accounts {
			list[i].Account = a
			if list[i].Devices, err = tx.CountDevices(a.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// CountAccounts counts what Accounts would list without a limit.
func (s *Service) CountAccounts(ctx context.Context, p switchboard.Principal, q AccountQuery) (n int, err error) {
	if err := p.Require(switchboard.ScopeUsersRead); err != nil {
		return 0, err
	}
	if err := text("search", q.Search, maxName); err != nil {
		return 0, err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		n, err = tx.CountAccounts(p.Tenant, q.rows())
		return err
	})
	return n, err
}

// Account is one account of the tenant: one's own, or any with users.read or
// users.write: whoever changes an account has to see which it is.
func (s *Service) Account(ctx context.Context, p switchboard.Principal, id switchboard.AccountID) (AccountInfo, error) {
	return s.accountInfo(ctx, p, func(tx *store.Tx) (Account, error) { return tx.Account(id) })
}

// AccountByName is Account by localpart.
func (s *Service) AccountByName(ctx context.Context, p switchboard.Principal, localpart string) (AccountInfo, error) {
	local, err := identifier("username", localpart)
	if err != nil {
		return AccountInfo{}, errNoAccount
	}
	return s.accountInfo(ctx, p, func(tx *store.Tx) (Account, error) { return tx.AccountByName(p.Tenant, local) })
}

func (s *Service) accountInfo(ctx context.Context, p switchboard.Principal, find func(*store.Tx) (Account, error)) (info AccountInfo, err error) {
	if !p.Known() {
		return info, p.Require(switchboard.ScopeUsersRead)
	}
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if info.Account, err = find(tx); err == nil {
			info.Devices, err = tx.CountDevices(info.ID)
		}
		return err
	})
	switch {
	case err == store.ErrNone, err == nil && (info.Tenant != p.Tenant || info.Kind == deletedKind):
		return AccountInfo{}, errNoAccount
	case err == nil && info.ID != p.Account && !p.May(switchboard.ScopeUsersWrite):
		err = p.Require(switchboard.ScopeUsersRead)
	}
	if err != nil {
		return AccountInfo{}, err
	}
	return info, nil
}

// target reads an account that p wants to change: of its own tenant, and an
// administrator only for an administrator.
func target(tx *store.Tx, p switchboard.Principal, id switchboard.AccountID) (Account, error) {
	a, err := tx.Account(id)
	switch {
	case err == store.ErrNone, err == nil && (a.Tenant != p.Tenant || a.Kind == deletedKind || a.Kind == switchboard.Client):
		return a, errNoAccount
	case err == nil && a.Admin && !p.Admin:
		return a, errAdminOnly
	}
	return a, err
}

// SetPassword gives an account a new password and ends its browser sessions,
// devices and tokens. Who may is said at ResetPassword.
func (s *Service) SetPassword(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, password string) error {
	if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return err
	}
	return s.setPassword(ctx, p, id, password, func(tx *store.Tx) error { return mayResetPassword(tx, p, id) })
}

// ResetPassword gives an account a password that nobody has chosen, and returns
// it. It needs users.write. An administrator's can be reset by that administrator
// and on the server's own machine only, an operator's by who may do what operators may:
// whoever knows a password is its account.
func (s *Service) ResetPassword(ctx context.Context, p switchboard.Principal, id switchboard.AccountID) (string, error) {
	if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return "", err
	}
	password := switchboard.NewToken()
	return password, s.setPassword(ctx, p, id, password, func(tx *store.Tx) error { return mayResetPassword(tx, p, id) })
}

func mayResetPassword(tx *store.Tx, p switchboard.Principal, id switchboard.AccountID) error {
	a, err := target(tx, p, id)
	switch {
	case err != nil, id == p.Account, p.Account < 0: // the local administrator has no account
		return err
	case a.Admin:
		return errAdminReset
	case a.Kind == switchboard.Operator && !p.Admin:
		for _, scope := range RoleScopes(a.Kind, false) {
			if err := p.Require(scope); err != nil {
				return err
			}
		}
	}
	return nil
}

// setPassword stores a new password if allowed says so, in the same transaction.
func (s *Service) setPassword(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, password string, allowed func(*store.Tx) error) error {
	c, err := s.credentialOf(ctx, id)
	if err != nil {
		return err
	}
	keys, err := s.derive(ctx, password, c.Salt, c.Iterations)
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if err := allowed(tx); err != nil {
			return err
		}
		a, err := tx.Account(id)
		if err != nil {
			return err
		}
		if a.Gone() {
			return errDeleting
		}
		if err := signsInHere(tx, id); err != nil {
			return err
		}
		if err := tx.SetPasswordKeys(id, keys); err != nil {
			return err
		}
		if err := tx.DeleteSetupTokens(id); err != nil {
			return err
		}
		record(tx, p, a.Tenant, switchboard.AccountChanged, id, change{Change: ReasonPassword})
		return endAllDevices(tx, p, id)
	})
	s.epoch.Add(1)
	return err
}

// credentialOf reads an account's credential, which must exist before a
// password can be derived under its salt.
func (s *Service) credentialOf(ctx context.Context, id switchboard.AccountID) (c store.Credential, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		c, err = tx.Credential(id)
		return err
	})
	if err == store.ErrNone {
		err = errNoAccount
	}
	return c, err
}

// minChosen is the length of a password that a person chooses on a screen;
// what administrators and imports set is their own affair.
const minChosen = 8

func checkChosen(field, password string) error {
	if len([]rune(password)) < minChosen {
		return errField(field, "password-too-short", "take at least 8 characters")
	}
	return nil
}

// ChangePassword replaces one's own password.
func (s *Service) ChangePassword(ctx context.Context, p switchboard.Principal, old, fresh, remoteAddr string) error {
	if err := p.Require(switchboard.ScopeChat); err != nil {
		return err
	}
	if err := checkChosen("password", fresh); err != nil {
		return err
	}
	proved, err := s.Password(ctx, p.Domain, p.Localpart, old, remoteAddr)
	if err != nil {
		return err
	}
	if proved.Account != p.Account || proved.Device != 0 {
		return errCredentials
	}
	return s.setPassword(ctx, p, p.Account, fresh, func(*store.Tx) error { return nil })
}

// SetEnabled lets an account sign in, or not: then an administrator has blocked it.
func (s *Service) SetEnabled(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, enabled bool) error {
	return s.SetEnabledAll(ctx, p, []switchboard.AccountID{id}, enabled)
}

// SetEnabledAll is SetEnabled for several accounts: all of them or none.
func (s *Service) SetEnabledAll(ctx context.Context, p switchboard.Principal, ids []switchboard.AccountID, enabled bool) error {
	what := ReasonDisabled
	if enabled {
		what = "enabled"
	}
	return s.alterAll(ctx, p, ids, func(tx *store.Tx, a Account) error {
		switch {
		case a.Gone():
			return errDeleting
		case a.Disabled == !enabled:
			return nil
		}
		record(tx, p, a.Tenant, switchboard.AccountChanged, a.ID, change{Change: what})
		return tx.SetAccountDisabled(a.ID, !enabled)
	})
}

// SetRole changes what an account is. Only an administrator may.
func (s *Service) SetRole(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, kind switchboard.AccountKind, admin bool) error {
	if err := p.RequireAdmin(); err != nil {
		return err
	}
	if _, err := checkNew(p, NewAccount{Localpart: "x", Kind: kind, Admin: admin}); err != nil {
		return err
	}
	return s.alter(ctx, p, id, func(tx *store.Tx, a Account) error {
		if a.Gone() {
			return errDeleting
		}
		record(tx, p, a.Tenant, switchboard.AccountChanged, id, change{Change: "role", Kind: roleName(kind, admin)})
		return tx.SetAccountRole(id, kind, admin)
	})
}

// alter changes another account. Nobody can lock the door behind himself.
func (s *Service) alter(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, fn func(*store.Tx, Account) error) error {
	return s.alterAll(ctx, p, []switchboard.AccountID{id}, fn)
}

// alterAll is alter for several accounts: all of them or none.
func (s *Service) alterAll(ctx context.Context, p switchboard.Principal, ids []switchboard.AccountID, fn func(*store.Tx, Account) error) error {
	if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return err
	}
	if slices.Contains(ids, p.Account) {
		return switchboard.E(switchboard.NotAllowed, "own-account", "ask another administrator to do this to your own account")
	}
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			a, err := target(tx, p, id)
			if err == nil {
				err = fn(tx, a)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	s.epoch.Add(1)
	return err
}
