package auth_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"switchboard"
	"switchboard/auth"
)

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)

// posted reads the form that carries an answer to the client.
func posted(t *testing.T, a answer, to string) url.Values {
	t.Helper()
	if a.StatusCode != 200 || !strings.Contains(a.text, `<form method="post" action="`+to+`">`) || a.Header.Get("Location") != "" ||
		a.Header.Get("Cache-Control") != "no-store" || strings.Contains(a.Header.Get("Content-Security-Policy"), "unsafe") {
		t.Fatalf("%d %v %s", a.StatusCode, a.Header, a.text)
	}
	form := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(a.text, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return form
}

// The web application of the contact centre: OAuth 2.0 Form Post Response Mode.
func TestFormPost(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		e.account("olga", switchboard.Operator, true)
		conf := e.console("openid", "profile", "offline_access", "roles", "mluviiMembership")
		conf.ClientID, conf.RedirectURL = auth.AppClient, e.web.URL+"/signin-oidc"
		verifier, b := oauth2.GenerateVerifier(), e.browser()
		address := func(kv ...string) string {
			options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier), oidc.Nonce("n"), oauth2.SetAuthURLParam("response_mode", "form_post")}
			for i := 0; i < len(kv); i += 2 {
				options = append(options, oauth2.SetAuthURLParam(kv[i], kv[i+1]))
			}
			return conf.AuthCodeURL(`s"><script>`, options...)
		}
		if form := posted(t, b.get(address("prompt", "none")), conf.RedirectURL); form.Get("error") != "login_required" || form.Get("state") != `s"><script>` {
			t.Fatalf("%v", form)
		}
		b.signIn("olga", rightPassword, "/")
		form := posted(t, b.get(address()), conf.RedirectURL)
		if form.Get("iss") != e.web.URL+"/login" || form.Get("state") != `s"><script>` {
			t.Fatalf("%v", form)
		}
		token, err := conf.Exchange(t.Context(), form.Get("code"), oauth2.VerifierOption(verifier))
		e.must(err)
		raw, _ := token.Extra("id_token").(string)
		id, err := e.provider().Verifier(&oidc.Config{ClientID: auth.AppClient, Now: e.clock.Now}).Verify(t.Context(), raw)
		e.must(err)
		var c struct {
			ACR        string
			AuthTime   int64 `json:"auth_time"`
			Roles      []string
			Membership struct {
				CompanyID int64 `json:"companyId"`
			} `json:"mluviiMembership"`
		}
		e.must(id.Claims(&c))
		if c.ACR != "1" || c.AuthTime != e.clock.Now().Unix() || len(c.Roles) != 1 || c.Roles[0] != "admin" || c.Membership.CompanyID == 0 || token.RefreshToken == "" {
			t.Fatalf("%+v", c)
		}
		// A form asks as well as an address does (OpenID Connect Core §3.1.2.1).
		u, _ := url.Parse(address())
		if to := location(t, b.post("/login/connect/authorize", u.Query())); to.Path != u.Path || to.Query().Get("nonce") != "n" {
			t.Fatalf("%s", to)
		}
		if a := b.post("/signin-oidc", form); a.Header.Get("Location") != "/console/" {
			t.Fatalf("%d %s", a.StatusCode, a.Header.Get("Location"))
		}

		// The hint of who is meant: the one who is signed in, or nobody gets a code.
		hinted := func() answer { return b.get(address("id_token_hint", raw)) }
		if form := posted(t, hinted(), conf.RedirectURL); form.Get("code") == "" {
			t.Fatalf("%v", form)
		}
		e.account("eva", switchboard.Operator, false)
		b.signIn("eva", rightPassword, "/")
		if form := posted(t, b.get(address("id_token_hint", raw, "prompt", "none")), conf.RedirectURL); form.Get("error") != "login_required" {
			t.Fatalf("somebody else: %v", form)
		}
		if to := location(t, hinted()); !strings.HasPrefix(to.Path, "/login/Account/Login") {
			t.Fatalf("somebody else is sent to %s", to)
		}
		mixed := url.Values{"id_token_hint": {raw}, "client_id": {auth.ConsoleClient}}
		if a := b.get("/login/connect/endsession?" + mixed.Encode()); a.StatusCode != 400 {
			t.Fatalf("a hint of another client: %d", a.StatusCode)
		}
		if to := location(t, b.post("/login/connect/endsession", url.Values{"state": {"x"}})); to.Query().Get("state") != "x" {
			t.Fatalf("%s", to)
		}
	})
}

// Who is asked to sign in again cannot go on without.
func TestPromptLoginHasNoWayAround(t *testing.T) {
	e := newEnv(t, "")
	e.account("olga", switchboard.Operator, false)
	b := e.browser()
	b.signIn("olga", rightPassword, "/")
	e.clock.Add(2 * time.Second)
	conf, verifier := e.console(), oauth2.GenerateVerifier()
	for _, param := range [][2]string{{"prompt", "login"}, {"prompt", "select_account"}, {"max_age", "1"}} {
		login := location(t, b.get(conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam(param[0], param[1]))))
		if page := b.get(login.String()); strings.Contains(page.text, "Continue") {
			t.Errorf("%v: the screen offers to go on", param)
		}
		back := login.Query().Get("ReturnUrl")
		if to := location(t, b.get(back)); !strings.HasPrefix(to.Path, "/login/Account/Login") {
			t.Errorf("%v: going on without signing in leads to %s", param, to)
		}
		a := b.fill(login.String(), url.Values{"Username": {"olga"}, "Password": {rightPassword}})
		if a.StatusCode != http.StatusSeeOther || location(t, b.get(location(t, a).String())).Query().Get("code") == "" {
			t.Errorf("%v: no code after signing in", param)
		}
		e.clock.Add(2 * time.Second)
	}
}
