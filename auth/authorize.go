package auth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"switchboard"
)

// VerifyAuthRequest decides whether the browser may be sent back to the client
// at all; whatever else is wrong is then told there (RFC 6749 §4.1.2.1).
func (p *provider) VerifyAuthRequest(ctx context.Context, r *op.Request[oidc.AuthRequest]) (*op.ClientRequest[oidc.AuthRequest], error) {
	c, err := checkAuthorize(originOf(ctx), r.Data)
	if err != nil {
		return nil, err
	}
	if c.refuse != nil { // so that the library lets it pass to Authorize
		r.Data.Prompt, r.Data.ResponseType = nil, oidc.ResponseTypeCode
	}
	if len(r.Data.Scopes) == 0 {
		r.Data.Scopes = []string{scopeAll}
	}
	return &op.ClientRequest[oidc.AuthRequest]{Request: r, Client: c}, nil
}

func originOf(ctx context.Context) string {
	return strings.TrimSuffix(op.IssuerFromContext(ctx), issuerPath)
}

// checkAuthorize checks an authorization request. The error is for the person
// in front of the browser; client.refuse is for the client.
func checkAuthorize(origin string, q *oidc.AuthRequest) (*client, error) {
	public, ok := publicClients[q.ClientID]
	switch {
	case !ok:
		return nil, refused(http.StatusBadRequest, oidc.ErrInvalidRequestRedirectURI(), "the application that sent you here is not known")
	case !public.allows(origin, q.RedirectURI):
		return nil, refused(http.StatusBadRequest, oidc.ErrInvalidRequestRedirectURI(), "the application wants you to be sent to an address that is not registered for it")
	case len(q.State) > 2000 || len(q.Nonce) > 2000 || len(q.RedirectURI) > 2000:
		return nil, refused(http.StatusBadRequest, oidc.ErrInvalidRequest(), "the request is too long")
	}
	c := &client{public: public, redirect: q.RedirectURI}
	switch {
	case q.RequestParam != "":
		c.refuse = oidc.ErrRequestNotSupported()
	case q.ResponseType != oidc.ResponseTypeCode:
		c.refuse = &oidc.Error{ErrorType: "unsupported_response_type", Description: "response_type must be code"}
	case q.ResponseMode != "" && q.ResponseMode != oidc.ResponseModeQuery:
		c.refuse = oidc.ErrInvalidRequest().WithDescription("response_mode must be query")
	case text("nonce", q.Nonce, 500) != nil:
		c.refuse = oidc.ErrInvalidRequest().WithDescription("nonce has characters that cannot be used")
	case slices.Contains(q.Prompt, oidc.PromptNone) && len(q.Prompt) > 1:
		c.refuse = oidc.ErrInvalidRequest().WithDescription("prompt none stands alone")
	default:
		c.refuse = checkChallenge(q)
	}
	return c, nil
}

// checkChallenge asks for PKCE by S256 (RFC 9700 §2.1.1). Only a tool whose
// person copies the code may do without: nobody can catch that code on its way.
func checkChallenge(q *oidc.AuthRequest) *oidc.Error {
	switch {
	case q.CodeChallenge == "" && q.CodeChallengeMethod == "" && q.RedirectURI == OOB:
		return nil
	case q.CodeChallenge == "":
		return oidc.ErrInvalidRequest().WithDescription("code_challenge is missing: use PKCE")
	case q.CodeChallengeMethod != oidc.CodeChallengeMethodS256:
		return oidc.ErrInvalidRequest().WithDescription("code_challenge_method must be S256")
	case len(q.CodeChallenge) != 43 || !plainText(q.CodeChallenge):
		return oidc.ErrInvalidRequest().WithDescription("code_challenge must be 43 characters of base64url")
	}
	return nil
}

// Authorize sends the browser on: back to the client with a code, to the login
// screen, or to the page that asks for consent.
func (p *provider) Authorize(ctx context.Context, r *op.ClientRequest[oidc.AuthRequest]) (*op.Redirect, error) {
	c, ok := r.Client.(*client)
	if !ok {
		return nil, serverError(errors.New("another type of client"))
	}
	q := r.Data
	b, signedIn := p.s.session(ctx, r.Header)
	silent := slices.Contains(q.Prompt, oidc.PromptNone)
	var wrong *oidc.Error
	switch {
	case c.refuse != nil:
		wrong = c.refuse
	case !signedIn || slices.Contains(q.Prompt, oidc.PromptLogin) || slices.Contains(q.Prompt, oidc.PromptSelectAccount) || p.s.tooOld(b, q.MaxAge):
		if !silent {
			return op.NewRedirect(loginAddress(againAddress(r.Form), q.LoginHint)), nil
		}
		wrong = oidc.ErrLoginRequired()
	case c.public.native || slices.Contains(q.Prompt, oidc.PromptConsent):
		if !silent {
			return op.NewRedirect(consentPath + "?" + r.Form.Encode()), nil
		}
		wrong = oidc.ErrInteractionRequired()
	}
	if wrong != nil {
		return op.NewRedirect(errorAddress(ctx, q, wrong)), nil
	}
	to, err := p.s.codeAddress(ctx, b, q)
	if err != nil {
		return nil, serverError(err)
	}
	return op.NewRedirect(to), nil
}

func (s *Service) tooOld(b browser, maxAge *uint) bool {
	return maxAge != nil && s.now().Sub(b.signedIn) > time.Duration(min(*maxAge, 1<<30))*time.Second
}

// againAddress is the same request for when the person has just signed in, so
// that it does not ask to sign in again.
func againAddress(form url.Values) string {
	again := url.Values{}
	for k, v := range form {
		if k != "prompt" && k != "max_age" {
			again[k] = v
		}
	}
	if slices.Contains(strings.Fields(form.Get("prompt")), oidc.PromptConsent) {
		again.Set("prompt", oidc.PromptConsent)
	}
	return issuerPath + endpoints.Authorization.Relative() + "?" + again.Encode()
}

// codeAddress makes a code and the address that carries it to the client. The
// parameter iss tells a client of several servers whose answer it is (RFC 9207).
func (s *Service) codeAddress(ctx context.Context, b browser, q *oidc.AuthRequest) (string, error) {
	code, err := s.newCode(ctx, b, q)
	var refuse *oidc.Error
	if errors.As(err, &refuse) {
		return errorAddress(ctx, q, refuse), nil
	}
	if err != nil {
		return "", err
	}
	answer := url.Values{"code": {code}, "iss": {op.IssuerFromContext(ctx)}}
	return answerAddress(q, answer), nil
}

func errorAddress(ctx context.Context, q *oidc.AuthRequest, e *oidc.Error) string {
	answer := url.Values{"error": {string(e.ErrorType)}, "iss": {op.IssuerFromContext(ctx)}}
	if e.Description != "" {
		answer.Set("error_description", e.Description)
	}
	return answerAddress(q, answer)
}

func answerAddress(q *oidc.AuthRequest, answer url.Values) string {
	if q.State != "" {
		answer.Set("state", q.State)
	}
	to := q.RedirectURI
	if to == OOB {
		to = oobPath
	}
	join := "?"
	if strings.Contains(to, "?") {
		join = "&"
	}
	return to + join + answer.Encode()
}

// EndSession is OpenID Connect RP-Initiated Logout §2. With an ID token of this
// server as a hint the browser is signed out at once; without, the person is
// asked, because any site can send a browser here.
func (p *provider) EndSession(ctx context.Context, r *op.Request[oidc.EndSessionRequest]) (*op.Redirect, error) {
	hint, trusted := p.s.idTokenHint(ctx, r.Data.IdTokenHint)
	id := r.Data.ClientID
	if id == "" {
		id = hint.Audience
	}
	back := ""
	if public, ok := publicClients[id]; ok && slices.ContainsFunc(public.logout, func(path string) bool {
		return r.Data.PostLogoutRedirectURI == originOf(ctx)+path
	}) {
		back = r.Data.PostLogoutRedirectURI
		if r.Data.State != "" {
			back += "?" + url.Values{"state": {r.Data.State}}.Encode()
		}
	}
	b, signedIn := p.s.session(ctx, r.Header)
	if signedIn && (!trusted || hint.Subject != accountText(b.principal.Account)) {
		ask := url.Values{}
		if back != "" {
			ask.Set("ReturnUrl", strings.TrimPrefix(back, originOf(ctx)))
		}
		return op.NewRedirect(logoutPath + "?" + ask.Encode()), nil
	}
	if err := p.signOut(ctx, r.Header, hint, trusted); err != nil {
		return nil, serverError(err)
	}
	if back == "" {
		back = logoutPath
	}
	return op.NewRedirect(back), nil
}

// signOut ends the browser's session and the login that the ID token was made for.
func (p *provider) signOut(ctx context.Context, h http.Header, hint idClaims, trusted bool) error {
	if err := p.s.endSession(ctx, h); err != nil {
		return err
	}
	if !trusted || hint.Session == 0 {
		return nil
	}
	err := p.s.RevokeDevice(ctx, switchboard.Principal{Account: hint.account(), Tenant: hint.Tenant}, hint.Session, ReasonLogout)
	if err != nil && switchboard.KindOf(err) == switchboard.NotFound {
		return nil
	}
	return err
}
