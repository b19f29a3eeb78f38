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
	"switchboard/web"
)

func originOf(ctx context.Context) string {
	return strings.TrimSuffix(op.IssuerFromContext(ctx), issuerPath)
}

// checkAuthorize checks an authorization request. The error is for the person
// in front of the browser; client.refuse is for the client.
func checkAuthorize(origin string, q *authRequest) (*client, error) {
	public, ok := publicClients[q.ClientID]
	switch {
	case !ok:
		return nil, oauthErr(oidc.ErrInvalidRequest(), "the application that sent you here is not known")
	case !public.allows(origin, q.RedirectURI):
		return nil, oauthErr(oidc.ErrInvalidRequest(), "the application wants you to be sent to an address that is not registered for it")
	case len(q.State) > 2000 || len(q.Nonce) > 2000 || len(q.RedirectURI) > 2000:
		return nil, oauthErr(oidc.ErrInvalidRequest(), "the request is too long")
	}
	c := &client{public: public}
	switch {
	case q.wrong != nil:
		c.refuse = q.wrong
	case q.ResponseType == "":
		c.refuse = oidc.ErrInvalidRequest().WithDescription("response_type is missing")
	case q.ResponseType != oidc.ResponseTypeCode:
		c.refuse = &oidc.Error{ErrorType: "unsupported_response_type", Description: "response_type must be code"}
	case q.ResponseMode != "" && q.ResponseMode != oidc.ResponseModeQuery && q.ResponseMode != oidc.ResponseModeFormPost:
		c.refuse = oidc.ErrInvalidRequest().WithDescription("response_mode must be query or form_post")
	case text("nonce", q.Nonce, 500) != nil:
		c.refuse = oidc.ErrInvalidRequest().WithDescription("nonce has characters that cannot be used")
	case q.asks(oidc.PromptNone) && len(q.Prompt) > 1:
		c.refuse = oidc.ErrInvalidRequest().WithDescription("prompt none stands alone")
	default:
		c.refuse = checkChallenge(q)
	}
	return c, nil
}

// checkChallenge asks for PKCE by S256 (RFC 9700 §2.1.1). Only a tool whose
// person copies the code may do without: nobody can catch that code on its way.
func checkChallenge(q *authRequest) *oidc.Error {
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

// authorize is the authorization endpoint (RFC 6749 §3.1, OpenID Connect Core
// §3.1.2). It sends the browser on: back to the client with a code, to the
// login screen, or to the page that asks for consent.
func (s *Service) authorize(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	q, ok := s.authorizeForm(w, r)
	if !ok {
		return
	}
	c, err := checkAuthorize(s.Origin(r), q)
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, err)
		return
	}
	b, signedIn := s.session(r.Context(), r.Header)
	silent := q.asks(oidc.PromptNone)
	again := q.again(s.now())
	switch who := s.whoFits(r.Context(), q, b, signedIn); {
	case c.refuse != nil:
		s.answerError(w, r, q, c.refuse)
	case who == anotherOne:
		s.answerError(w, r, q, oidc.ErrLoginRequired().WithDescription("another person has signed in than the one asked for"))
	case who == nobody && silent:
		s.answerError(w, r, q, oidc.ErrLoginRequired())
	case who == nobody && len(again) > maxReturn:
		s.showError(w, r, http.StatusBadRequest, "too-long")
	case who == nobody:
		http.Redirect(w, r, loginAddress(again, q.LoginHint), http.StatusSeeOther)
	case (c.public.native || q.asks(oidc.PromptConsent)) && silent:
		s.answerError(w, r, q, &oidc.Error{ErrorType: "consent_required"})
	case c.public.native || q.asks(oidc.PromptConsent):
		http.Redirect(w, r, consentPath+"?"+q.form.Encode(), http.StatusSeeOther)
	default:
		s.answerCode(w, r, q, b)
	}
}

// authorizeForm reads an authorization request. A form (§3.1.2.1) is answered
// by the same request in an address: with a form of another site no cookies
// come, with the link that follows they do.
func (s *Service) authorizeForm(w http.ResponseWriter, r *http.Request) (*authRequest, bool) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		if err := r.ParseForm(); err != nil {
			s.refuse(w, r, http.StatusBadRequest, oauthErr(oidc.ErrInvalidRequest(), "the form cannot be read"))
			return nil, false
		}
		http.Redirect(w, r, issuerPath+endpoints.Authorization.Relative()+"?"+r.PostForm.Encode(), http.StatusSeeOther)
		return nil, false
	default:
		w.Header().Set("Allow", "GET, POST")
		s.refuse(w, r, http.StatusMethodNotAllowed, oauthErr(oidc.ErrInvalidRequest(), "use GET or POST here"))
		return nil, false
	}
	form, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, oauthErr(oidc.ErrInvalidRequest(), "the address cannot be read"))
		return nil, false
	}
	return parseAuthorize(form), true
}

// refuse tells the person in front of the browser, or a program, what cannot
// be told to the client.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	e := oidc.DefaultToServerError(err, "error")
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		web.WriteJSON(w, status, e)
		return
	}
	s.showError(w, r, status, e.Description)
}

// Whether who is signed in fits an authorization request.
type fit int

const (
	fits fit = iota
	nobody
	anotherOne
)

func (s *Service) whoFits(ctx context.Context, q *authRequest, b browser, signedIn bool) fit {
	fresh := !q.after.IsZero() && signedIn && !b.signedIn.Before(q.after)
	switch {
	case !signedIn, !q.after.IsZero() && !fresh, q.asks(oidc.PromptLogin), q.asks(oidc.PromptSelectAccount), s.tooOld(b, q.MaxAge):
		return nobody
	case q.IDTokenHint == "":
		return fits
	}
	hint, ok := s.idTokenHint(ctx, q.IDTokenHint)
	switch {
	case ok && hint.account() == b.principal.Account:
		return fits
	case fresh:
		return anotherOne
	}
	return nobody
}

func (s *Service) tooOld(b browser, maxAge *uint) bool {
	return maxAge != nil && s.now().Sub(b.signedIn) > time.Duration(min(*maxAge, 1<<30))*time.Second
}

// answerCode makes a code and carries it to the client. The parameter iss tells
// a client of several servers whose answer it is (RFC 9207).
func (s *Service) answerCode(w http.ResponseWriter, r *http.Request, q *authRequest, b browser) {
	code, err := s.newCode(r, b, q)
	var refuse *oidc.Error
	switch {
	case errors.As(err, &refuse):
		s.answerError(w, r, q, refuse)
	case err != nil:
		s.log.Error("auth: authorization", "error", err)
		s.answerError(w, r, q, oidc.ErrServerError())
	default:
		s.answer(w, r, q, url.Values{"code": {code}})
	}
}

// answerError is RFC 6749 §4.1.2.1.
func (s *Service) answerError(w http.ResponseWriter, r *http.Request, q *authRequest, e *oidc.Error) {
	answer := url.Values{"error": {string(e.ErrorType)}}
	if e.Description != "" {
		answer.Set("error_description", e.Description)
	}
	s.answer(w, r, q, answer)
}

// answer carries parameters to the client in the way that it wants.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, q *authRequest, answer url.Values) {
	answer.Set("iss", s.issuer(r))
	if q.State != "" {
		answer.Set("state", q.State)
	}
	to := q.RedirectURI
	switch {
	case to == OOB:
		to = oobPath
	case q.ResponseMode == oidc.ResponseModeFormPost:
		s.showFormPost(w, r, to, answer)
		return
	}
	join := "?"
	if strings.Contains(to, "?") {
		join = "&"
	}
	http.Redirect(w, r, to+join+answer.Encode(), http.StatusSeeOther) // RFC 9700 §4.12
}

// EndSession is OpenID Connect RP-Initiated Logout §2. With an ID token of this
// server as a hint the browser is signed out at once; without, the person is
// asked, because any site can send a browser here. A hint that cannot be
// checked is none, and then nobody is sent back.
func (p *provider) EndSession(ctx context.Context, r *op.Request[oidc.EndSessionRequest]) (*op.Redirect, error) {
	hint, trusted := p.s.idTokenHint(ctx, r.Data.IdTokenHint)
	id := r.Data.ClientID
	switch {
	case id == "":
		id = hint.Audience
	case trusted && id != hint.Audience:
		return nil, refused(http.StatusBadRequest, oidc.ErrInvalidRequest(), "client_id is not the client that the ID token was made for")
	}
	back := ""
	if to := r.Data.PostLogoutRedirectURI; to != "" && (trusted || r.Data.IdTokenHint == "") {
		public, ok := publicClients[id]
		if !ok || !slices.ContainsFunc(public.logout, func(path string) bool { return to == originOf(ctx)+path }) {
			return nil, refused(http.StatusBadRequest, oidc.ErrInvalidRequest(), "the address to go to after signing out is not registered")
		}
		back = to
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
