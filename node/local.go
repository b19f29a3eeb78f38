package node

import (
	"context"
	"errors"

	"switchboard"
	"switchboard/auth"
)

// Words that commands and tests share with auth.
type (
	// ImportRow is one line of a bulk import.
	ImportRow = auth.ImportRow
	// Refused is a row of an import that was not taken.
	Refused = auth.Refused
	// Key is an API key.
	Key = auth.Key
)

// NewAccount describes an account that a command makes.
type NewAccount struct {
	Name, DisplayName, Password string
	Role                        string // admin, operator or user
}

// LocalAdmin is the principal of whoever may run commands on this machine.
func (r *Rooms) LocalAdmin(ctx context.Context) (switchboard.Principal, error) {
	return r.Auth.LocalAdmin(ctx, r.Config.Domain)
}

// AddAccount makes an account in the first tenant and returns its address.
func (r *Rooms) AddAccount(ctx context.Context, n NewAccount) (switchboard.JID, error) {
	p, err := r.LocalAdmin(ctx)
	if err != nil {
		return switchboard.JID{}, err
	}
	kind, admin := switchboard.User, false
	if n.Role != "user" {
		kind, admin = switchboard.Operator, n.Role == "admin"
	}
	a, err := r.Auth.CreateAccount(ctx, p, auth.NewAccount{Localpart: n.Name, Kind: kind, Admin: admin, Password: n.Password,
		Profile: auth.Profile{Name: n.DisplayName}})
	return switchboard.JID{Local: a.Localpart, Domain: r.Tenant.Domain}, plain(err)
}

// Import makes many accounts; rows that cannot be taken are reported.
func (r *Rooms) Import(ctx context.Context, rows []ImportRow, progress func(done int)) ([]Refused, error) {
	p, err := r.LocalAdmin(ctx)
	if err != nil {
		return nil, err
	}
	refused, err := r.Auth.BulkImport(ctx, p, rows, progress)
	for i := range refused {
		refused[i].Err = plain(refused[i].Err)
	}
	return refused, plain(err)
}

// AddKey makes an API key; the scope "all" stands for every one.
func (r *Rooms) AddKey(ctx context.Context, name string, scopes []string) (key Key, secret string, err error) {
	p, err := r.LocalAdmin(ctx)
	if err != nil {
		return key, "", err
	}
	var list []switchboard.Scope
	for _, s := range scopes {
		if s == "all" {
			list = switchboard.AllScopes()
			break
		}
		list = append(list, switchboard.Scope(s))
	}
	key, secret, err = r.Auth.CreateKey(ctx, p, name, list)
	return key, secret, plain(err)
}

// AddVisitor makes a customer's account, as the widget does.
func (r *Rooms) AddVisitor(ctx context.Context, name string) (switchboard.Principal, error) {
	made, err := r.Auth.RegisterVisitor(ctx, auth.VisitorRequest{Tenant: r.Tenant.ID, DeviceType: "web", Profile: auth.Profile{Name: name}})
	return made.Principal, err
}

// plain is an error as the command line shows it.
func plain(err error) error {
	var e *switchboard.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	text := e.Message
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.Kind == switchboard.Internal && e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return errors.New(text)
}
