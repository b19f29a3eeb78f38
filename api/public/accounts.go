package public

import (
	"context"
	"net/http"
	"unicode/utf8"

	"switchboard"
	"switchboard/auth"
	"switchboard/web"
)

type accountModel struct {
	ID       int64     `json:"id"`
	Username string    `json:"username"`
	Name     string    `json:"name"`
	Kind     string    `json:"kind"`
	Admin    bool      `json:"admin"`
	JID      string    `json:"jid"`
	Email    string    `json:"email"`
	Enabled  bool      `json:"enabled"`
	Created  web.Time  `json:"created"`
	LastSeen *web.Time `json:"lastSeen"`
	Devices  int       `json:"devices"`
	Deleting *web.Time `json:"deleting" doc:"When its data will be erased, if it is being deleted"`
}

func account(p switchboard.Principal, u auth.AccountInfo) accountModel {
	return accountModel{ID: int64(u.ID), Username: u.Localpart, Name: u.Name, Kind: string(u.Kind), Admin: u.Admin,
		JID: switchboard.JID{Local: u.Localpart, Domain: p.Domain}.String(), Email: u.Email, Enabled: !u.Disabled,
		Created: web.Time{Time: u.Created}, LastSeen: instant(u.Seen), Devices: u.Devices, Deleting: instant(u.Deleting)}
}

type accountList struct {
	Total int `header:"X-Total-Count"`
	Body  []accountModel
}

type createAccount struct {
	Body struct {
		Username string `json:"username" minLength:"1" maxLength:"191"`
		Password string `json:"password,omitempty" doc:"Made by the server and shown in the answer if absent"`
		Name     string `json:"name,omitempty" maxLength:"200"`
		Email    string `json:"email,omitempty" maxLength:"200"`
		Role     string `json:"role" enum:"admin,operator,user"`
	}
}

type createdAccount struct {
	ID       int64  `json:"id"`
	Password string `json:"password,omitempty" doc:"Only if the server made it; it is not shown again"`
}

type passwordRequest struct {
	IDPath
	Body struct {
		Password string `json:"password" minLength:"8" maxLength:"1000"`
	}
}

func (a *API) accounts() {
	web.Handle(a.rest, web.Op{Method: "GET", Path: "/Accounts", Tag: "Accounts", Scope: switchboard.ScopeUsersRead,
		Summary: "List accounts of every kind; the header X-Total-Count tells how many there are"},
		func(ctx context.Context, p switchboard.Principal, in *struct {
			Search string `query:"search" maxLength:"200"`
			Kind   string `query:"kind" enum:"user,operator,visitor,bot,client"`
			Limit  int    `query:"limit" minimum:"0" maximum:"1000"`
			Offset int    `query:"offset" minimum:"0"`
		}) (*accountList, error) {
			q := auth.AccountQuery{Kind: switchboard.AccountKind(in.Kind), Search: in.Search, Limit: in.Limit, Offset: in.Offset}
			list, err := a.Auth.Accounts(ctx, p, q)
			if err != nil {
				return nil, err
			}
			out := &accountList{Body: make([]accountModel, len(list))}
			for i, u := range list {
				out.Body[i] = account(p, u)
			}
			out.Total, err = a.Auth.CountAccounts(ctx, p, q)
			return out, err
		})
	write := func(method, path, summary string, status int) web.Op {
		return web.Op{Method: method, Path: "/Accounts" + path, Tag: "Accounts", Scope: switchboard.ScopeUsersWrite, Summary: summary, Status: status}
	}
	web.Handle(a.rest, web.Op{Method: "GET", Path: "/Accounts/{id}", Tag: "Accounts", Scope: switchboard.ScopeUsersRead, Summary: "One account"},
		func(ctx context.Context, p switchboard.Principal, in *IDPath) (*web.Out[accountModel], error) {
			u, err := a.Auth.Account(ctx, p, switchboard.AccountID(in.ID))
			if err != nil {
				return nil, err
			}
			return web.OK(account(p, u))
		})
	web.Handle(a.rest, write("POST", "", "Create an account", http.StatusCreated), a.createAccount)
	web.Handle(a.rest, write("PUT", "/{id}/enabled", "Let an account sign in, or not", 0),
		func(ctx context.Context, p switchboard.Principal, in *enableRequest) (*web.Nothing, error) {
			return nil, a.Auth.SetEnabled(ctx, p, switchboard.AccountID(in.ID), in.Body.IsEnabled)
		})
	web.Handle(a.rest, write("PUT", "/{id}/password", "Set an account's password", 0),
		func(ctx context.Context, p switchboard.Principal, in *passwordRequest) (*web.Nothing, error) {
			return nil, a.Auth.SetPassword(ctx, p, switchboard.AccountID(in.ID), in.Body.Password)
		})
	web.Handle(a.rest, write("POST", "/{id}/resetPassword", "Give an account a new password; it is shown once", 0),
		func(ctx context.Context, p switchboard.Principal, in *IDPath) (*web.Out[newPassword], error) {
			made := newPassword{switchboard.NewName()}
			if err := a.Auth.SetPassword(ctx, p, switchboard.AccountID(in.ID), made.Password); err != nil {
				return nil, err
			}
			return web.OK(made)
		})
	restore := write("POST", "/{id}/restore", "Take a deletion back while the account's data are there; it then needs a new password", 0)
	restore.Admin = true
	web.Handle(a.rest, restore,
		func(ctx context.Context, p switchboard.Principal, in *IDPath) (*web.Nothing, error) {
			return nil, a.Auth.RestoreAccount(ctx, p, switchboard.AccountID(in.ID))
		})
	web.Handle(a.rest, write("DELETE", "/{id}", "Delete an account; its data go when the company's grace period is over", 0),
		func(ctx context.Context, p switchboard.Principal, in *IDPath) (*web.Nothing, error) {
			return nil, a.Auth.DeleteAccount(ctx, p, switchboard.AccountID(in.ID))
		})
}

type newPassword struct {
	Password string `json:"password" doc:"It is not shown again"`
}

// minPassword is for passwords that people choose here.
const minPassword = 8

// checkPassword lets no password pass, and long ones.
func checkPassword(password string) error {
	if password != "" && utf8.RuneCountInString(password) < minPassword {
		return web.BadField("password", "take at least 8 characters")
	}
	return nil
}

func (a *API) createAccount(ctx context.Context, p switchboard.Principal, in *createAccount) (*web.Out[createdAccount], error) {
	n := auth.NewAccount{Localpart: in.Body.Username, Kind: switchboard.User, Password: in.Body.Password,
		Profile: auth.Profile{Name: in.Body.Name, Email: in.Body.Email}}
	if in.Body.Role != "user" {
		n.Kind, n.Admin = switchboard.Operator, in.Body.Role == "admin"
	}
	if err := checkPassword(n.Password); err != nil {
		return nil, err
	}
	var shown string
	if n.Password == "" {
		shown = switchboard.NewName()
		n.Password = shown
	}
	made, err := a.Auth.CreateAccount(ctx, p, n)
	if err != nil {
		return nil, err
	}
	return web.OK(createdAccount{int64(made.ID), shown})
}
