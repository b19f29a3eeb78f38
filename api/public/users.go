package public

import (
	"context"
	"net/http"
	"strings"

	"switchboard"
	"switchboard/auth"
	"switchboard/desk"
	"switchboard/web"
)

// UserModel is an operator or administrator.
type UserModel struct {
	ID          int64    `json:"id"`
	FirstName   string   `json:"firstName"`
	LastName    string   `json:"lastName"`
	Username    string   `json:"username"`
	Email       string   `json:"email"`
	Note        string   `json:"note"`
	Enabled     bool     `json:"enabled"`
	Departments []int64  `json:"departments"`
	Groups      []int64  `json:"groups"`
	GlobalRoles []string `json:"globalRoles"`
}

type meModel struct {
	UserModel
	Admin         bool                `json:"admin"`
	JID           string              `json:"jid"`
	CompanyID     int64               `json:"companyId"`
	Scopes        []switchboard.Scope `json:"scopes"`
	OperatorState operatorStateModel  `json:"operatorState"`
}

type operatorStateModel struct {
	UserID           int64     `json:"userId"`
	StateKind        string    `json:"stateKind"`
	BreakStateID     *int64    `json:"breakStateId"`
	BreakStateName   *string   `json:"breakStateName"`
	IsBreakStatePaid *bool     `json:"isBreakStatePaid"`
	Note             *string   `json:"note"`
	Changed          *web.Time `json:"changed"`
	Forced           bool      `json:"forced"`
}

func operatorState(o desk.OperatorState) operatorStateModel {
	return operatorStateModel{UserID: int64(o.Account), StateKind: o.Kind, Note: optional(o.Note), Changed: instant(o.Changed)}
}

type createdID struct {
	Status int
	Body   int64
}

type createUser struct {
	CompanyID int64 `query:"companyId" doc:"One's own, if it is given"`
	Body      struct {
		FirstName      string `json:"firstName" minLength:"1" maxLength:"100"`
		LastName       string `json:"lastName" minLength:"1" maxLength:"100"`
		Username       string `json:"username" minLength:"1" maxLength:"191"`
		Email          string `json:"email" minLength:"1" maxLength:"200"`
		Password       string `json:"password,omitempty" doc:"Without one the user cannot sign in until an administrator sets it"`
		OpenIDProvider string `json:"openIDProvider,omitempty" doc:"Google, Microsoft or another provider that is set up here: the user signs in there, is known by the e-mail address at the first time, and has no password"`
	}
}

type enableRequest struct {
	IDPath
	Body struct {
		IsEnabled bool `json:"isEnabled"`
	}
}

type stateRequest struct {
	IDPath
	Body struct {
		StateKind    string `json:"stateKind"`
		BreakStateID *int64 `json:"breakStateId,omitempty"`
		Note         string `json:"note,omitempty"`
	}
}

func (a *API) users() {
	read := func(path, summary string) web.Op {
		return web.Op{Method: "GET", Path: path, Tag: "Users", Scope: switchboard.ScopeUsersRead, Summary: summary}
	}
	web.Handle(a.rest, read("/Users", "The company's users: its operators and administrators"), a.listUsers)
	me := web.Op{Method: "GET", Path: "/Users/me", Tag: "Users", Summary: "Who is asking"}
	web.Handle(a.rest, me, a.me)
	web.Handle(a.rest, read("/Users/operatorStates", "What the operators do now"),
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[[]operatorStateModel], error) {
			states, err := a.Desk.OperatorStates(ctx, p)
			list := make([]operatorStateModel, len(states))
			for i, o := range states {
				list[i] = operatorState(o)
			}
			return &web.Out[[]operatorStateModel]{Body: list}, err
		})
	web.Handle(a.rest, read("/Users/{id}", "One user"),
		func(ctx context.Context, p switchboard.Principal, in *IDPath) (*web.Out[UserModel], error) {
			u, err := a.operator(ctx, p, in.ID)
			if err != nil {
				return nil, err
			}
			shape, err := a.userShaper(ctx, p)
			if err != nil {
				return nil, err
			}
			return web.OK(shape(u))
		})
	web.Handle(a.rest, web.Op{Method: "POST", Path: "/Users", Tag: "Users", Scope: switchboard.ScopeUsersWrite, Status: http.StatusCreated,
		Summary: "Create an operator; the answer is the new id"}, a.createUser)
	web.Handle(a.rest, web.Op{Method: "PUT", Path: "/Users/{id}/enabled", Tag: "Users", Scope: switchboard.ScopeUsersWrite,
		Summary: "Let a user sign in, or not"},
		func(ctx context.Context, p switchboard.Principal, in *enableRequest) (*web.Nothing, error) {
			if _, err := a.operator(ctx, p, in.ID); err != nil {
				return nil, err
			}
			return nil, a.Auth.SetEnabled(ctx, p, switchboard.AccountID(in.ID), in.Body.IsEnabled)
		})
	web.Handle(a.rest, web.Op{Method: "PUT", Path: "/Users/{id}/operatorState", Tag: "Users", Scope: switchboard.ScopeSessionsWrite,
		Summary: "Set what an operator does now"},
		func(ctx context.Context, p switchboard.Principal, in *stateRequest) (*web.Nothing, error) {
			return nil, a.Desk.SetOperatorState(ctx, p, switchboard.AccountID(in.ID), strings.ToUpper(in.Body.StateKind), in.Body.Note)
		})
}

func (a *API) listUsers(ctx context.Context, p switchboard.Principal, in *struct {
	CompanyID int64 `query:"companyId" doc:"One's own, if it is given"`
}) (*web.List[UserModel], error) {
	if err := ownCompany(p, in.CompanyID); err != nil {
		return nil, err
	}
	shape, err := a.userShaper(ctx, p)
	if err != nil {
		return nil, err
	}
	offset := 0
	return web.ListOf(func() ([]UserModel, error) {
		list, err := a.Auth.Accounts(ctx, p, auth.AccountQuery{Kind: switchboard.Operator, Limit: 1000, Offset: offset})
		offset += len(list)
		models := make([]UserModel, len(list))
		for i, one := range list {
			models[i] = shape(one)
		}
		return models, err
	})
}

var errNoUser = switchboard.E(switchboard.NotFound, "user-unknown", "there is no user with this id")

// operator returns an account that is a user of this dialect.
func (a *API) operator(ctx context.Context, p switchboard.Principal, id int64) (auth.AccountInfo, error) {
	u, err := a.Auth.Account(ctx, p, switchboard.AccountID(id))
	if err == nil && u.Kind != switchboard.Operator {
		err = errNoUser
	}
	return u, err
}

// userShaper reads what the models of all users need.
func (a *API) userShaper(ctx context.Context, p switchboard.Principal) (func(auth.AccountInfo) UserModel, error) {
	staff, err := a.Desk.Staff(ctx, p)
	if err != nil {
		return nil, err
	}
	departments, err := a.Desk.Departments(ctx, p)
	if err != nil {
		return nil, err
	}
	return func(u auth.AccountInfo) UserModel {
		m := newUser()
		m.ID, m.Username, m.Email, m.Enabled = int64(u.ID), u.Localpart, u.Email, !u.Disabled
		m.FirstName, m.LastName = splitName(u.Name)
		if u.Admin {
			m.GlobalRoles = append(m.GlobalRoles, "CompanyAdmin")
		}
		for _, q := range staff.Queues(u.ID) {
			m.Groups = append(m.Groups, int64(q))
		}
		for _, d := range departments {
			m.Departments = append(m.Departments, int64(d.ID))
		}
		return m
	}, nil
}

// newUser has no list that is null.
func newUser() UserModel {
	return UserModel{Departments: []int64{}, Groups: []int64{}, GlobalRoles: []string{}}
}

func (a *API) me(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[meModel], error) {
	m := meModel{UserModel: newUser(), Admin: p.Admin, JID: p.Bare().String(), CompanyID: int64(p.Tenant), Scopes: p.Scopes}
	m.ID, m.Username, m.Enabled = int64(p.Account), p.Localpart, true
	if p.Kind == switchboard.Operator {
		u, err := a.operator(ctx, p, int64(p.Account))
		if err != nil {
			return nil, err
		}
		shape, err := a.userShaper(ctx, p)
		if err != nil {
			return nil, err
		}
		m.UserModel = shape(u)
	}
	state, err := a.Desk.State(ctx, p, p.Account)
	m.OperatorState = operatorState(state)
	return &web.Out[meModel]{Body: m}, err
}

func (a *API) createUser(ctx context.Context, p switchboard.Principal, in *createUser) (*createdID, error) {
	if err := ownCompany(p, in.CompanyID); err != nil {
		return nil, err
	}
	b := in.Body
	switch {
	case b.OpenIDProvider == "":
		if err := checkPassword(b.Password); err != nil {
			return nil, err
		}
	case b.Password != "":
		return nil, web.BadField("password", "who signs in at another provider has none here")
	default:
		if err := a.Auth.CheckProvider(b.OpenIDProvider, b.Email); err != nil {
			return nil, err
		}
	}
	made, err := a.Auth.CreateAccount(ctx, p, auth.NewAccount{Localpart: b.Username, Kind: switchboard.Operator, Password: b.Password,
		Profile: auth.Profile{Name: strings.TrimSpace(b.FirstName + " " + b.LastName), Email: b.Email}})
	if err == nil && b.OpenIDProvider != "" {
		err = a.Auth.SetProvider(ctx, p, made.ID, b.OpenIDProvider, b.Email)
	}
	if err != nil {
		return nil, err
	}
	return &createdID{http.StatusCreated, int64(made.ID)}, nil
}

// splitName gives the first word and the rest.
func splitName(name string) (first, last string) {
	first, last, _ = strings.Cut(strings.TrimSpace(name), " ")
	return first, strings.TrimSpace(last)
}
