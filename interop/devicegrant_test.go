package interop

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"switchboard"
)

// sdk is a page with the chat SDK as an OAuth client.
func (p *provider) sdk(t *testing.T) *oauth2.Config {
	t.Helper()
	var found struct {
		Device string   `json:"device_authorization_endpoint"`
		Grants []string `json:"grant_types_supported"`
	}
	if err := p.Claims(&found); err != nil || found.Device == "" || !strings.Contains(strings.Join(found.Grants, " "), "device_code") {
		t.Fatalf("discovery: %+v %v", found, err)
	}
	e := p.Endpoint()
	e.DeviceAuthURL, e.AuthStyle = found.Device, oauth2.AuthStyleInParams
	return &oauth2.Config{ClientID: "switchboard-sdk", Endpoint: e, Scopes: []string{"chat"}}
}

// x/oauth2 waits for a person who follows the link and approves, or refuses (RFC 8628).
func TestDeviceGrant(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	c := p.sdk(t)
	decide := func(decision string) (*oauth2.Token, error) {
		asked, err := c.DeviceAuth(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b := newBrowser(t, "")
		b.open(asked.VerificationURIComplete)
		b.signIn("olga")
		if !strings.Contains(b.html, asked.UserCode) {
			t.Fatalf("the screen does not show %s:\n%s", asked.UserCode, b.html)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		answered := make(chan struct{})
		time.AfterFunc(time.Duration(asked.Interval)*time.Second/2, func() {
			defer close(answered)
			b.submit(map[string]string{"decision": decision})
		})
		token, err := c.DeviceAccessToken(ctx, asked)
		<-answered
		return token, err
	}
	token, err := decide("allow")
	if err != nil {
		t.Fatal(err)
	}
	password, _ := token.Extra("password").(string)
	if token.Extra("username") != "olga" || token.Extra("jid") != "olga@"+p.Tenant.Domain || len(password) != 32 {
		t.Errorf("%v %v", token.Extra("username"), token.Extra("jid"))
	}
	who, err := p.Auth.Verify(t.Context(), token.AccessToken)
	if err != nil || who.Dialect != switchboard.PlatformDialect || who.Device == 0 || len(who.Scopes) != 1 {
		t.Errorf("%+v %v", who, err)
	}
	_, err = decide("deny")
	refusal(t, err, http.StatusBadRequest, "access_denied")
}

// The same with curl, as a shell script would.
func TestDeviceGrantByCurl(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	curl := func(args ...string) (got map[string]any) {
		t.Helper()
		out, err := exec.Command("curl", append([]string{"--silent", "--show-error", "--max-time", "20"}, args...)...).Output()
		if err != nil || json.Unmarshal(out, &got) != nil {
			t.Fatalf("%v: %s %v", args, out, err)
		}
		return got
	}
	base := p.Info.URL + "/login/connect/"
	asked := curl("-d", "client_id=switchboard-sdk&scope=chat", base+"device_authorization")
	code, _ := asked["device_code"].(string)
	poll := []string{"--data-urlencode", "grant_type=urn:ietf:params:oauth:grant-type:device_code", "-d", "client_id=switchboard-sdk", "-d", "device_code=" + code, base + "token"}
	if got := curl(poll...); got["error"] != "authorization_pending" {
		t.Fatal(got)
	}
	if got := curl(append([]string{"-H", "Origin: https://evil.example"}, poll...)...); got["error"] != "invalid_grant" {
		t.Errorf("from a page: %v", got)
	}
	olga, err := p.Auth.PrincipalFor(t.Context(), "", "olga", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Auth.AnswerDevice(t.Context(), olga, asked["user_code"].(string), true); err != nil {
		t.Fatal(err)
	}
	got := curl(poll...)
	if got["username"] != "olga" || got["token_type"] != "Bearer" {
		t.Fatal(got["error"])
	}
	if got := curl(poll...); got["error"] != "invalid_grant" {
		t.Errorf("twice: %v", got)
	}
}

// What the OpenID conformance suite asks of the authorization endpoint, by the
// names of its modules (oidcc-…).
func TestConformance(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	b := newBrowser(t, p.console().RedirectURL)
	b.open(p.console().AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())))
	b.signIn("olga")
	ask := func(b *browser, kv ...string) url.Values {
		t.Helper()
		options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(oauth2.GenerateVerifier())}
		for i := 0; i < len(kv); i += 2 {
			options = append(options, oauth2.SetAuthURLParam(kv[i], kv[i+1]))
		}
		b.open(p.console().AuthCodeURL("s", options...))
		if b.left == nil {
			return nil
		}
		return b.left.Query()
	}
	for name, c := range map[string]struct {
		kv   []string
		want string // the error; "": a code
	}{
		"oidcc-server":                {nil, ""},
		"oidcc-response-type-missing": {[]string{"response_type", ""}, "invalid_request"},
		"oidcc-prompt-none-logged-in": {[]string{"prompt", "none"}, ""},
		"oidcc-max-age-10000":         {[]string{"max_age", "10000"}, ""},
		"oidcc-ensure-request-without-nonce-succeeds-for-code-flow":     {nil, ""},
		"oidcc-ensure-other-scope-order-succeeds":                       {[]string{"scope", "profile openid"}, ""},
		"oidcc-display-page":                                            {[]string{"display", "page"}, ""},
		"oidcc-ui-locales":                                              {[]string{"ui_locales", "se"}, ""},
		"oidcc-claims-locales":                                          {[]string{"claims_locales", "se"}, ""},
		"oidcc-ensure-request-with-acr-values-succeeds":                 {[]string{"acr_values", "1 2"}, ""},
		"oidcc-ensure-request-with-unknown-parameter-succeeds":          {[]string{"extra", "foobar"}, ""},
		"oidcc-unsigned-request-object-supported-correctly-or-rejected": {[]string{"request", "e30.e30."}, "request_not_supported"},
	} {
		got := ask(b, c.kv...)
		if got.Get("error") != c.want || (got.Get("code") != "") != (c.want == "") || got.Get("state") != "s" || got.Get("iss") != p.Info.URL+"/login" {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := ask(newBrowser(t, p.console().RedirectURL), "prompt", "none"); got.Get("error") != "login_required" {
		t.Errorf("oidcc-prompt-none-not-logged-in: %v", got)
	}
	if got := ask(b, "prompt", "login"); got != nil || !strings.Contains(b.page.Path, "Login") {
		t.Errorf("oidcc-prompt-login: %v", got)
	}
	if got := ask(b, "max_age", "0"); got != nil || !strings.Contains(b.page.Path, "Login") {
		t.Errorf("oidcc-max-age-1: %v", got)
	}
	if got := ask(b, "redirect_uri", "https://evil.example/"); got != nil || b.left != nil {
		t.Errorf("oidcc-ensure-registered-redirect-uri: %v", got)
	}
}
