package auth_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"switchboard"
	"switchboard/auth"
)

const deviceGrantType = "urn:ietf:params:oauth:grant-type:device_code"

// shop is a page that asks to be signed in.
const shop = "https://shop.example"

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

type deviceCodes struct {
	DeviceCode string `json:"device_code"`
	UserCode   string `json:"user_code"`
	URI        string `json:"verification_uri"`
	Complete   string `json:"verification_uri_complete"`
	ExpiresIn  int    `json:"expires_in"`
	Interval   int
}

type deviceTokens struct {
	Error, Username, Password, JID, Scope string

	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
}

func (e *env) fromPage(path, origin string, form url.Values, into any) answer {
	e.t.Helper()
	r, _ := http.NewRequest("POST", e.web.URL+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", firefox)
	r.Header.Set("Accept", "application/json")
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	a := e.browser().do(r)
	e.must(json.Unmarshal([]byte(a.text), into))
	return a
}

// ask begins a device grant.
func (e *env) ask(origin string, kv ...string) (codes deviceCodes) {
	e.t.Helper()
	form := url.Values{"client_id": {auth.SDKClient}, "scope": {"chat"}}
	for i := 0; i < len(kv); i += 2 {
		form.Set(kv[i], kv[i+1])
	}
	if a := e.fromPage("/login/connect/device_authorization", origin, form, &codes); a.StatusCode != 200 {
		e.t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	return codes
}

// poll asks for the tokens of a device grant.
func (e *env) poll(origin, code string) (got deviceTokens) {
	e.t.Helper()
	form := url.Values{"client_id": {auth.SDKClient}, "grant_type": {deviceGrantType}, "device_code": {code}}
	a := e.fromPage("/login/connect/token", origin, form, &got)
	if want := map[bool]int{true: 200, false: 400}[got.Error == ""]; a.StatusCode != want || a.Header.Get("Cache-Control") != "no-store" {
		e.t.Fatalf("%d %s %v", a.StatusCode, a.text, a.Header)
	}
	return got
}

func (e *env) pollFails(origin, code, want string) {
	e.t.Helper()
	if got := e.poll(origin, code); got.Error != want || got.AccessToken+got.Password != "" {
		e.t.Fatalf("%+v, want %s", got, want)
	}
}

func TestDeviceGrant(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		phone, err := e.register(auth.RegisterRequest{Identifier: "anna", DeviceType: "android", Sandbox: true})
		e.must(err)
		codes := e.ask(shop)
		if len(codes.DeviceCode) != 64 || len(codes.UserCode) != 9 || codes.UserCode[4] != '-' || codes.ExpiresIn != 300 || codes.Interval != 2 ||
			codes.URI != e.web.URL+"/login/device" || codes.Complete != codes.URI+"?user_code="+codes.UserCode {
			t.Fatalf("%+v", codes)
		}
		e.pollFails(shop, codes.DeviceCode, "authorization_pending")
		typed := " " + strings.ToLower(strings.Replace(codes.UserCode, "-", " ", 1))
		ask, err := e.DeviceRequest(t.Context(), phone.Principal, typed)
		e.must(err)
		if ask.UserCode != codes.UserCode || ask.Browser != "Firefox" || ask.Platform != "Linux" || ask.Origin != shop || ask.Address != "127.0.0.1" ||
			ask.Client == "" || !ask.Expires.Equal(ask.Asked.Add(5*time.Minute)) {
			t.Fatalf("%+v", ask)
		}
		e.must(e.AnswerDevice(t.Context(), phone.Principal, typed, true))
		wantCode(t, e.AnswerDevice(t.Context(), phone.Principal, typed, false), "code-unknown") // one answer

		// Another page that has got hold of the code: nothing, and the right one still gets it.
		for _, other := range []string{"https://evil.example", "null", "", shop + ":444"} {
			e.pollFails(other, codes.DeviceCode, "invalid_grant")
		}
		got := e.poll(shop, codes.DeviceCode)
		if got.Username != "anna" || got.JID != "anna@localhost" || len(got.Password) != 32 || got.TokenType != "Bearer" || got.ExpiresIn != 3600 || got.Scope != "chat" {
			t.Fatalf("%+v", got)
		}
		e.pollFails(shop, codes.DeviceCode, "invalid_grant") // single use
		p, err := e.Verify(t.Context(), got.AccessToken)
		if err != nil || p.Localpart != "anna" || p.Dialect != switchboard.PlatformDialect || p.Device == 0 || p.Device == phone.Device {
			t.Fatalf("%+v %v", p, err)
		}
		again, err := e.Password(t.Context(), "", "anna", got.Password, "a")
		if err != nil || again.Device != p.Device {
			t.Fatalf("%+v %v", again, err)
		}
		devices, err := e.Devices(t.Context(), p, p.Account)
		if err != nil || len(devices) != 2 || devices[1].Name != "Firefox on Linux" || devices[1].Type != "web" || devices[1].Address != "127.0.0.1" {
			t.Fatalf("%+v %v", devices, err)
		}
		e.must(e.RevokeDevice(t.Context(), phone.Principal, p.Device, ""))
		e.verifyFails(got.AccessToken, "token-revoked")
		_, err = e.Password(t.Context(), "", "anna", got.Password, "a")
		wantCode(t, err, "credentials-wrong")
	})
}

func TestDeviceGrantRefusedAndLate(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		anna, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
		e.must(err)
		no := e.ask("")
		e.must(e.AnswerDevice(t.Context(), anna.Principal, no.UserCode, false))
		e.pollFails("", no.DeviceCode, "access_denied")
		wantCode(t, e.AnswerDevice(t.Context(), anna.Principal, no.UserCode, true), "code-unknown")
		e.pollFails("", no.DeviceCode, "access_denied")

		late, yes := e.ask(""), e.ask("")
		e.must(e.AnswerDevice(t.Context(), anna.Principal, yes.UserCode, true))
		e.clock.Add(5 * time.Minute)
		_, err = e.DeviceRequest(t.Context(), anna.Principal, late.UserCode)
		wantCode(t, err, "code-unknown")
		wantCode(t, e.AnswerDevice(t.Context(), anna.Principal, late.UserCode, true), "code-unknown")
		e.pollFails("", late.DeviceCode, "expired_token")
		e.pollFails("", yes.DeviceCode, "expired_token")
	})
}

// What a page says of itself is kept as text, whatever bytes it is.
func TestDeviceGrantOfOddPages(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		anna, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
		e.must(err)
		for _, odd := range []string{"https://\xff.example", "https://" + strings.Repeat("é", 200)} {
			codes := e.ask(odd)
			ask, err := e.DeviceRequest(t.Context(), anna.Principal, codes.UserCode)
			if err != nil || !utf8.ValidString(ask.Origin) {
				t.Fatalf("%+v %v", ask, err)
			}
			e.must(e.AnswerDevice(t.Context(), anna.Principal, codes.UserCode, true))
			if got := e.poll(odd, codes.DeviceCode); got.Username != "anna" {
				t.Fatalf("%+v", got)
			}
		}
	})
}

// RFC 8628 §3.5: who asks too often must ask five seconds less often.
func TestDeviceGrantSlowDown(t *testing.T) {
	e := newEnv(t, "")
	codes := e.ask("")
	for i, step := range []struct {
		wait time.Duration
		want string
	}{
		{0, "authorization_pending"}, {2 * time.Second, "authorization_pending"}, {1900 * time.Millisecond, "authorization_pending"},
		{time.Second, "slow_down"}, {6 * time.Second, "slow_down"}, {12 * time.Second, "authorization_pending"}, {11 * time.Second, "slow_down"},
	} {
		e.clock.Add(step.wait)
		if got := e.poll("", codes.DeviceCode); got.Error != step.want {
			t.Fatalf("poll %d: %s, want %s", i, got.Error, step.want)
		}
	}
	// Once there is an answer, nobody has to wait for it.
	anna, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
	e.must(err)
	e.must(e.AnswerDevice(t.Context(), anna.Principal, codes.UserCode, true))
	if got := e.poll("", codes.DeviceCode); got.Error != "" {
		t.Fatal(got.Error)
	}
}

func TestDeviceGrantErrors(t *testing.T) {
	e := newEnv(t, "")
	key, secret, err := e.CreateKey(t.Context(), e.root, "robot", []switchboard.Scope{switchboard.ScopeChat})
	e.must(err)
	for i, c := range []struct {
		form url.Values
		want string
	}{
		{url.Values{}, "invalid_request"},
		{url.Values{"client_id": {"unknown"}}, "invalid_client"},
		{url.Values{"client_id": {auth.SDKClient}, "client_secret": {"x"}}, "invalid_client"},
		{url.Values{"client_id": {auth.ConsoleClient}}, "unauthorized_client"},
		{url.Values{"client_id": {key.ClientID}, "client_secret": {secret}}, "unauthorized_client"},
		{url.Values{"client_id": {auth.SDKClient}, "scope": {"users.write"}}, "invalid_scope"},
		{url.Values{"client_id": {auth.SDKClient}, "licenseKey": {"guess"}}, "invalid_request"},
		{url.Values{"client_id": {auth.SDKClient, auth.SDKClient}}, "invalid_request"},
	} {
		var got deviceTokens
		a := e.fromPage("/login/connect/device_authorization", shop, c.form, &got)
		if got.Error != c.want || a.StatusCode/100 != 4 || a.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%d: %d %s, want %s", i, a.StatusCode, a.text, c.want)
		}
	}
	for i, c := range []struct {
		form url.Values
		want string
	}{
		{url.Values{"client_id": {auth.SDKClient}, "grant_type": {deviceGrantType}}, "invalid_request"},
		{url.Values{"client_id": {auth.SDKClient}, "grant_type": {deviceGrantType}, "device_code": {"guess"}}, "invalid_grant"},
		{url.Values{"client_id": {auth.ConsoleClient}, "grant_type": {deviceGrantType}, "device_code": {e.ask("").DeviceCode}}, "unauthorized_client"},
		{url.Values{"client_id": {auth.SDKClient}, "grant_type": {"authorization_code"}, "code": {"x"}, "redirect_uri": {"x"}}, "unauthorized_client"},
		{url.Values{"client_id": {auth.SDKClient}, "grant_type": {"refresh_token"}, "refresh_token": {"x"}}, "unauthorized_client"},
	} {
		var got deviceTokens
		if a := e.fromPage("/login/connect/token", "", c.form, &got); got.Error != c.want {
			t.Errorf("%d: %d %s, want %s", i, a.StatusCode, a.text, c.want)
		}
	}
	if a := e.browser().get("/login/connect/authorize?response_type=code&client_id=" + auth.SDKClient + "&redirect_uri=" + url.QueryEscape(shop)); a.StatusCode != 400 {
		t.Errorf("the SDK's client has a redirect address: %d", a.StatusCode)
	}
	var last answer
	for range 70 {
		var got deviceTokens
		last = e.fromPage("/login/connect/device_authorization", "", url.Values{"client_id": {auth.SDKClient}}, &got)
	}
	if last.StatusCode != 429 || last.Header.Get("Retry-After") == "" {
		t.Errorf("an address may ask without end: %d", last.StatusCode)
	}
}

// Who may answer: somebody of the same workspace who can sign in, at that
// moment and when the device comes for its credential.
func TestDeviceGrantAccounts(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		anna, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
		e.must(err)
		other, _, err := e.EnsureTenant(t.Context(), "other.example", false)
		e.must(err)
		stranger, err := e.LocalAdmin(t.Context(), other.Domain)
		e.must(err)
		_, err = e.CreateAccount(t.Context(), stranger, auth.NewAccount{Localpart: "anna", Kind: switchboard.User, Password: rightPassword})
		e.must(err)
		theirs, err := e.Password(t.Context(), other.Domain, "anna", rightPassword, "a")
		e.must(err)

		codes := e.ask(shop)
		_, err = e.DeviceRequest(t.Context(), theirs, codes.UserCode)
		wantCode(t, err, "code-unknown")
		wantCode(t, e.AnswerDevice(t.Context(), theirs, codes.UserCode, true), "code-unknown")
		ours := e.ask(shop, "licenseKey", other.Licence)
		wantCode(t, e.AnswerDevice(t.Context(), anna.Principal, ours.UserCode, true), "code-unknown")
		e.must(e.AnswerDevice(t.Context(), theirs, ours.UserCode, true))
		if got := e.poll(shop, ours.DeviceCode); got.JID != "anna@other.example" {
			t.Fatalf("%+v", got)
		}

		for _, p := range []switchboard.Principal{{}, e.root, {Tenant: anna.Principal.Tenant, Account: 1, Kind: switchboard.Client, Scopes: switchboard.AllScopes()},
			{Tenant: anna.Principal.Tenant, Account: anna.Principal.Account, Kind: switchboard.User}} {
			if err := e.AnswerDevice(t.Context(), p, codes.UserCode, true); err == nil {
				t.Fatalf("%+v may answer", p)
			}
		}
		visitor, err := e.RegisterVisitor(t.Context(), auth.VisitorRequest{Tenant: anna.Principal.Tenant})
		e.must(err)
		wantCode(t, e.AnswerDevice(t.Context(), visitor.Principal, codes.UserCode, true), "device-account")

		// Ended between the question and the answer, or between the answer and the exchange.
		ends := map[string]func(p switchboard.Principal){
			"blocked":    func(p switchboard.Principal) { e.must(e.SetEnabled(t.Context(), e.root, p.Account, false)) },
			"deleted":    func(p switchboard.Principal) { e.must(e.DeleteAccount(t.Context(), e.root, p.Account)) },
			"signed out": func(p switchboard.Principal) { e.must(e.RevokeDevice(t.Context(), p, p.Device, "")) },
			"another password": func(p switchboard.Principal) {
				e.must(e.SetPassword(t.Context(), e.root, p.Account, "another password"))
			},
		}
		i := 0
		for name, end := range ends {
			i++
			ben, err := e.register(auth.RegisterRequest{Identifier: "ben" + string(rune('a'+i)), Sandbox: true})
			e.must(err)
			before, after := e.ask(""), e.ask("")
			e.must(e.AnswerDevice(t.Context(), ben.Principal, before.UserCode, true))
			end(ben.Principal)
			e.pollFails("", before.DeviceCode, "access_denied")
			if name == "another password" { // the device lives on and may answer again
				continue
			}
			if err := e.AnswerDevice(t.Context(), ben.Principal, after.UserCode, true); err == nil {
				t.Fatalf("%s: may answer", name)
			}
			e.pollFails("", after.DeviceCode, "authorization_pending")
		}
	})
}

// At the device limit the oldest makes room, and the device that approved last.
func TestDeviceGrantLimit(t *testing.T) {
	e := newEnv(t, "", func(o *auth.Options) { o.MaxDevices = 2 })
	phone, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
	e.must(err)
	old, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
	e.must(err)
	codes := e.ask("")
	e.must(e.AnswerDevice(t.Context(), phone.Principal, codes.UserCode, true))
	got := e.poll("", codes.DeviceCode)
	e.verifyFails(old.Token, "token-revoked")
	for _, token := range []string{phone.Token, got.AccessToken} {
		if _, err := e.Verify(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	_, err = e.UpdateTenant(t.Context(), e.root, "", map[string]string{"devices.max": "1"})
	e.must(err)
	codes = e.ask("")
	e.must(e.AnswerDevice(t.Context(), phone.Principal, codes.UserCode, true))
	got = e.poll("", codes.DeviceCode)
	e.verifyFails(phone.Token, "token-revoked")
	if _, err := e.Verify(t.Context(), got.AccessToken); err != nil {
		t.Fatal(err)
	}
}

// A device that was signed in in this way may chat, whoever signed it in, and
// cannot turn that into more.
func TestDeviceGrantMayChatOnly(t *testing.T) {
	e := newEnv(t, "")
	e.account("boss", switchboard.Operator, true)
	boss := e.login("boss")
	codes := e.ask("")
	e.must(e.AnswerDevice(t.Context(), boss, codes.UserCode, true))
	got := e.poll("", codes.DeviceCode)
	only := func(p switchboard.Principal, err error) {
		t.Helper()
		if err != nil || len(p.Scopes) != 1 || !p.May(switchboard.ScopeChat) {
			t.Fatalf("%v %v", p.Scopes, err)
		}
	}
	only(e.Verify(t.Context(), got.AccessToken))
	only(e.Password(t.Context(), "", "boss", got.Password, "a"))
	p, err := e.Verify(t.Context(), got.AccessToken)
	e.must(err)
	only(e.PrincipalFor(t.Context(), "", "boss", p.Device))
	for _, proof := range []string{got.AccessToken, "Bearer " + got.AccessToken, got.Password} {
		reg, err := e.register(auth.RegisterRequest{Identifier: "boss", Proof: proof})
		e.must(err)
		only(reg.Principal, nil)
		only(e.Verify(t.Context(), reg.Token))
		only(e.Password(t.Context(), "", "boss", reg.Password, "a"))
	}
	reg, err := e.register(auth.RegisterRequest{Identifier: "boss", Proof: rightPassword})
	if err != nil || len(reg.Principal.Scopes) != len(switchboard.AllScopes()) {
		t.Fatalf("%v %v", reg.Principal.Scopes, err)
	}
}

func TestUserCodesCannotBeGuessed(t *testing.T) {
	e := newEnv(t, "")
	anna, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
	e.must(err)
	ben, err := e.register(auth.RegisterRequest{Identifier: "ben", Sandbox: true})
	e.must(err)
	codes := e.ask("")
	for i, wrong := range []string{"", "BBBB-BBBB", "AAAA-AAAA", "1234-5678", strings.Repeat("B", 9), strings.Repeat("B", 70), "BBBB\x00BBBB", "бвгд-бвгд",
		"BCDF", "' OR 1=1"} {
		if i%2 == 0 {
			_, err = e.DeviceRequest(t.Context(), anna.Principal, wrong)
		} else {
			err = e.AnswerDevice(t.Context(), anna.Principal, wrong, true)
		}
		wantCode(t, err, "code-unknown")
	}
	wantCode(t, e.AnswerDevice(t.Context(), anna.Principal, codes.UserCode, true), "code-throttled")
	_, err = e.DeviceRequest(t.Context(), anna.Principal, codes.UserCode)
	wantCode(t, err, "code-throttled")
	_, err = e.DeviceRequest(t.Context(), ben.Principal, codes.UserCode) // somebody else's mistakes
	e.must(err)
	e.clock.Add(16 * time.Second)
	e.must(e.AnswerDevice(t.Context(), anna.Principal, codes.UserCode, true))
}

// Two people answer, two polls exchange: each counts once.
func TestDeviceGrantAtOnce(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		var people []switchboard.Principal
		for _, name := range []string{"anna", "ben", "cy"} {
			reg, err := e.register(auth.RegisterRequest{Identifier: name, Sandbox: true})
			e.must(err)
			people = append(people, reg.Principal)
		}
		codes := e.ask("")
		var wg sync.WaitGroup
		answered := make(chan string, len(people))
		for _, p := range people {
			wg.Go(func() {
				if e.AnswerDevice(context.Background(), p, codes.UserCode, true) == nil {
					answered <- p.Localpart
				}
			})
		}
		wg.Wait()
		if len(answered) != 1 {
			t.Fatalf("%d answers", len(answered))
		}
		got := make(chan deviceTokens, 4)
		for range cap(got) {
			wg.Go(func() { got <- e.poll("", codes.DeviceCode) })
		}
		wg.Wait()
		names := ""
		for range cap(got) {
			g := <-got
			names += g.Username
			if g.Error != "" && g.Error != "invalid_grant" {
				t.Fatal(g.Error)
			}
		}
		if want := <-answered; names != want {
			t.Fatalf("exchanged for %q, want %q once", names, want)
		}
	})
}

func TestDeviceScreen(t *testing.T) {
	e := newEnv(t, "")
	e.account("olga", switchboard.Operator, false)
	codes := e.ask(shop)
	b := e.browser()
	u, _ := url.Parse(codes.Complete)
	a := b.get(codes.Complete)
	login := location(t, a)
	if login.Path != "/login/Account/Login" || login.Query().Get("ReturnUrl") != u.RequestURI() {
		t.Fatalf("%s", login)
	}
	a = b.fill(login.String(), url.Values{"Username": {"olga"}, "Password": {rightPassword}})
	page := b.get(location(t, a).String())
	for _, want := range []string{codes.UserCode, "Firefox", "Linux", shop, "127.0.0.1", "olga@localhost", "Chat", "same code", e.clock.Now().UTC().Format("2006-01-02 15:04:05")} {
		if !strings.Contains(page.text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	checkPage(t, "device", page)
	e.pollFails(shop, codes.DeviceCode, "authorization_pending") // opening the link is no answer

	form := url.Values{"user_code": {codes.UserCode}, "decision": {"allow"}}
	if a := b.post("/login/device", form); a.StatusCode != 403 {
		t.Fatalf("a forged form: %d", a.StatusCode)
	}
	form.Set("csrf", csrfField.FindStringSubmatch(page.text)[1])
	if a := b.post("/login/device", form, "Sec-Fetch-Site", "cross-site"); a.StatusCode != 403 {
		t.Fatalf("from another site: %d", a.StatusCode)
	}
	form.Set("decision", "")
	if a := b.post("/login/device", form); a.StatusCode != 400 {
		t.Fatalf("no decision: %d", a.StatusCode)
	}
	e.clock.Add(3 * time.Second)
	e.pollFails(shop, codes.DeviceCode, "authorization_pending")
	form.Set("decision", "allow")
	if a := b.post("/login/device", form); a.StatusCode != 200 || !strings.Contains(a.text, "signed in") {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	if got := e.poll(shop, codes.DeviceCode); got.Username != "olga" {
		t.Fatalf("%+v", got)
	}
	if a := b.post("/login/device", form); a.StatusCode != 404 || !strings.Contains(a.text, "not valid") {
		t.Fatalf("answered twice: %d", a.StatusCode)
	}

	// Without a code the page asks for one, which goes back to the same page.
	ask := b.get("/login/device")
	checkPage(t, "device-code", ask)
	if !strings.Contains(ask.text, `method="get" action="/login/device"`) {
		t.Fatal(ask.text)
	}
	no := e.ask(shop)
	page = b.get("/login/device?user_code=" + url.QueryEscape(strings.ToLower(no.UserCode)))
	form = url.Values{"user_code": {no.UserCode}, "decision": {"deny"}, "csrf": {csrfField.FindStringSubmatch(page.text)[1]}}
	if a := b.post("/login/device", form); a.StatusCode != 200 || !strings.Contains(a.text, "Refused") {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	e.pollFails(shop, no.DeviceCode, "access_denied")
	bad := b.get("/login/device?user_code=" + url.QueryEscape(`"><script>`))
	checkPage(t, "wrong code", bad)
	if bad.StatusCode != 404 {
		t.Fatalf("%d", bad.StatusCode)
	}
	for range 10 {
		a = b.get("/login/device?user_code=BBBBBBBB")
	}
	if a.StatusCode != 429 || !strings.Contains(a.text, "Too many wrong codes") {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
}

func TestDeviceNames(t *testing.T) {
	for agent, want := range map[string]string{
		firefox: "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36":                   "Chrome on Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15":                   "Safari on macOS",
		"curl/8.5.0": "curl", "": "", "\x1b[31mred\x00/1": "[31mred", "Mozilla/5.0": "",
	} {
		if got := auth.DeviceName(agent); got != want {
			t.Errorf("%q: %q, want %q", agent, got, want)
		}
	}
}
