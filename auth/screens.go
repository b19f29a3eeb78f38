package auth

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"switchboard"
	"switchboard/store"
	"switchboard/web"
)

// LoginURL is the login screen that leads back to the page asked for.
func (s *Service) LoginURL(r *http.Request) string {
	return loginAddress(localAddress(r.URL.RequestURI(), homePath), "")
}

func loginAddress(back, name string) string {
	q := url.Values{"ReturnUrl": {back}}
	if name != "" {
		q.Set("name", name)
	}
	return loginPath + "?" + q.Encode()
}

// returnAddress is where a screen leads in the end.
func returnAddress(r *http.Request) string {
	return localAddress(r.URL.Query().Get("ReturnUrl"), homePath)
}

func (s *Service) showLogin(w http.ResponseWriter, r *http.Request, status int, message string) {
	p := s.newPage(r, "sign-in")
	p.Continue = returnAddress(r)
	p.Action = loginAddress(p.Continue, "")
	p.Name = r.PostFormValue("Username")
	if r.Method != http.MethodPost {
		p.Name = r.URL.Query().Get("name")
	}
	p.Name = p.Name[:min(len(p.Name), 400)]
	if message != "" {
		p.Error = p.T(message)
	}
	if b, ok := s.session(r.Context(), r.Header); ok && !asksFresh(p.Continue) {
		p.Signed = b.principal.Localpart
	}
	for _, name := range s.Providers() {
		e, _ := s.providerNamed(name)
		p.Providers = append(p.Providers, field{e.Name, e.path() + "?" + url.Values{"ReturnUrl": {p.Continue}}.Encode()})
	}
	s.showForm(w, r, status, "login", p)
}

// showForm is show with a form token.
func (s *Service) showForm(w http.ResponseWriter, r *http.Request, status int, name string, p *page, to ...string) {
	var err error
	if p.CSRF, err = s.csrf(w, r); err != nil {
		s.showError(w, r, http.StatusServiceUnavailable, "trouble")
		return
	}
	s.show(w, r, status, name, p, to...)
}

func (s *Service) postLogin(w http.ResponseWriter, r *http.Request) {
	who, err := s.Password(r.Context(), s.loginDomain(r), r.PostFormValue("Username"), r.PostFormValue("Password"), web.ClientIP(r).String())
	if err == nil && who.Device != 0 {
		err = errCredentials // a device's credential is for its app
	}
	if err == nil {
		err = s.startSession(w, r, who)
	}
	if err != nil {
		status, message := trouble(err)
		if status >= 500 {
			s.log.Error("auth: login screen", "error", err)
		}
		s.showLogin(w, r, status, message)
		return
	}
	http.Redirect(w, r, returnAddress(r), http.StatusSeeOther)
}

func (s *Service) showLogout(w http.ResponseWriter, r *http.Request, status int, message string) {
	p := s.newPage(r, "sign-out")
	back := returnAddress(r)
	p.Action = logoutPath + "?" + url.Values{"ReturnUrl": {back}}.Encode()
	p.Continue = loginAddress(back, "")
	if message != "" {
		p.Error = p.T(message)
	}
	if b, ok := s.session(r.Context(), r.Header); ok {
		p.Signed = b.principal.Localpart
	} else {
		p.Title = p.T("signed-out")
	}
	s.showForm(w, r, status, "logout", p)
}

func (s *Service) postLogout(w http.ResponseWriter, r *http.Request) {
	if err := s.endSession(r.Context(), r.Header); err != nil {
		s.showLogout(w, r, http.StatusServiceUnavailable, "trouble")
		return
	}
	http.SetCookie(w, cookie(r, sessionCookie, "", 0))
	to := logoutPath
	if r.URL.Query().Get("ReturnUrl") != "" {
		to = returnAddress(r)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// consentRequest reads the authorization request that a consent page is about.
func (s *Service) consentRequest(r *http.Request) (q *authRequest, c *client, err error) {
	q = parseAuthorize(r.URL.Query())
	c, err = checkAuthorize(s.Origin(r), q)
	if err == nil && c.refuse != nil {
		err = c.refuse
	}
	return q, c, err
}

func (s *Service) showConsent(w http.ResponseWriter, r *http.Request, status int, message string) {
	q, c, err := s.consentRequest(r)
	if err != nil {
		s.showError(w, r, http.StatusBadRequest, describeOIDC(err))
		return
	}
	b, ok := s.session(r.Context(), r.Header)
	if !ok || s.whoFits(r.Context(), q, b, ok) != fits {
		http.Redirect(w, r, issuerPath+endpoints.Authorization.Relative()+"?"+q.form.Encode(), http.StatusSeeOther)
		return
	}
	p := s.newPage(r, "consent")
	p.Action, p.Client, p.Signed = consentPath+"?"+r.URL.Query().Encode(), c.public.name, b.principal.Bare().String()
	if message != "" {
		p.Error = p.T(message)
	}
	scopes, words, _ := granted(q.Scopes, b.principal.Scopes)
	for _, sc := range scopes {
		p.Scopes = append(p.Scopes, p.T("scope."+string(sc)))
	}
	if slices.Contains(words, scopeOffline) {
		p.Scopes = append(p.Scopes, p.T("scope.offline_access"))
	}
	p.Where = p.T("this-page")
	var to []string
	if u, err := url.Parse(q.RedirectURI); err == nil && u.Host != "" {
		p.Where = u.Host
		to = []string{u.Scheme + "://" + u.Host}
	}
	s.showForm(w, r, status, "consent", p, to...)
}

func (s *Service) postConsent(w http.ResponseWriter, r *http.Request) {
	q, _, err := s.consentRequest(r)
	b, ok := s.session(r.Context(), r.Header)
	if err != nil || !ok || s.whoFits(r.Context(), q, b, ok) != fits {
		s.showConsent(w, r, http.StatusForbidden, "stale")
		return
	}
	if r.PostFormValue("decision") != "allow" {
		s.answerError(w, r, q, oidc.ErrAccessDenied().WithDescription("the person refused"))
		return
	}
	s.answerCode(w, r, q, b)
}

func (s *Service) withIssuer(r *http.Request) context.Context {
	return op.ContextWithIssuer(r.Context(), s.issuer(r))
}

// showCode is where a tool that cannot be redirected to has its code shown.
func (s *Service) showCode(w http.ResponseWriter, r *http.Request) {
	if code := r.URL.Query().Get("code"); isToken(code) {
		p := s.newPage(r, "code")
		p.Code = code
		s.show(w, r, http.StatusOK, "code", p)
		return
	}
	s.showError(w, r, http.StatusBadRequest, "code-denied")
}

// setupAccount is whose password a one-time link sets.
func (s *Service) setupAccount(r *http.Request, token string) (a Account, err error) {
	err = s.db.Read(r.Context(), func(tx *store.Tx) error {
		id, err := tx.SetupToken(secretHash(token))
		if err == nil {
			a, err = tx.Account(id)
		}
		if err == nil && (a.Disabled || a.Kind == deletedKind) {
			err = store.ErrNone
		}
		return err
	})
	return a, err
}

func (s *Service) showSetup(w http.ResponseWriter, r *http.Request, status int, message string) {
	token := r.FormValue("token")
	a, err := s.setupAccount(r, token)
	if err != nil {
		if err == store.ErrNone {
			s.showError(w, r, http.StatusNotFound, "setup-dead")
		} else {
			s.showError(w, r, http.StatusServiceUnavailable, "trouble")
		}
		return
	}
	p := s.newPage(r, "setup")
	p.Action, p.Token, p.Name = setupPath, token, a.Localpart
	if message != "" {
		p.Error = p.T(message)
	}
	s.showForm(w, r, status, "setup", p)
}

func (s *Service) postSetup(w http.ResponseWriter, r *http.Request) {
	password := r.PostFormValue("Password")
	if password != r.PostFormValue("Repeat") {
		s.showSetup(w, r, http.StatusBadRequest, "not-same")
		return
	}
	token := r.PostFormValue("token")
	a, err := s.setupAccount(r, token)
	if err == nil {
		err = checkChosen("password", password)
	}
	if err == nil {
		// The link is looked up again in the transaction that ends it: it works once.
		err = s.setPassword(r.Context(), switchboard.Principal{Account: a.ID}, a.ID, password, func(tx *store.Tx) error {
			_, err := tx.SetupToken(secretHash(token))
			return err
		})
	}
	if err == nil {
		err = s.startSession(w, r, switchboard.Principal{Account: a.ID})
	}
	if err != nil {
		status, message := trouble(err)
		s.showSetup(w, r, status, message)
		return
	}
	http.Redirect(w, r, homePath, http.StatusSeeOther)
}
