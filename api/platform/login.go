package platform

import (
	"context"

	"switchboard"
	"switchboard/web"
)

type loginRequest struct {
	Body struct {
		Username string `json:"username" doc:"An account's name, or that of a registered device" example:"ann"`
		Password string `json:"password"`
		Type     string `json:"type,omitempty" doc:"Not used"`
	}
}

type tokenModel struct {
	Token string `json:"token" doc:"For the Authorization header, valid for one hour"`
}

func (a *API) signIn() {
	web.Handle(a.rest, web.Op{Method: "POST", Path: "/login", Tag: "Sign-in", Anonymous: true,
		Summary: "A token for a name and a password",
		Description: "The name and password of an account, or the pair that a register call has returned. A wrong name and a wrong password " +
			"are the same answer, 401 `credentials-wrong`; what is no name and password at all is 400. After too many failures the answer is 429.\n\n" +
			"The workspace is the one whose domain the request's Host names, otherwise the server's first."},
		a.login)
}

func (a *API) login(ctx context.Context, _ switchboard.Principal, in *loginRequest) (*web.Out[envelope[tokenModel]], error) {
	p, err := a.Auth.Password(ctx, a.domain(ctx), in.Body.Username, in.Body.Password, web.ClientAddr(ctx).String())
	if err != nil {
		return nil, err
	}
	token, _, err := a.Auth.Mint(ctx, p, switchboard.PlatformDialect, nil)
	if err != nil {
		return nil, err
	}
	return answer(tokenModel{token}, retrieved)
}

// domain is the tenant that a request without a licence key means.
func (a *API) domain(ctx context.Context) string {
	if d := a.Auth.TenantDomain(ctx, web.ClientHost(ctx)); d != "" {
		return d
	}
	return a.Domain
}
