package auth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"switchboard"
	"switchboard/auth"
	"switchboard/web"
)

func (b *browser) me() int {
	r, _ := http.NewRequest("GET", b.base+"/api/v1/me", nil)
	r.Header.Set("Accept", "application/json")
	return b.do(r).StatusCode
}

func TestLoginScreen(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		e.account("olga", switchboard.Operator, true)
		b := e.browser()
		a := b.get("/api/v1/me?x=1")
		if a.StatusCode != http.StatusFound {
			t.Fatalf("a browser without a session gets %d", a.StatusCode)
		}
		login := location(t, a)
		page := b.get(login.String())
		for _, want := range []string{`id="Username"`, `id="password"`, "Switchboard", `<a href="/">`, `autocomplete="current-password"`} {
			if !strings.Contains(page.text, want) {
				t.Errorf("the page lacks %s", want)
			}
		}
		if strings.Contains(page.text, "<script") || page.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("scripts, or cached: %v", page.Header)
		}
		var texts []string
		for _, name := range []string{"olga", "nobody"} {
			a := b.fill(login.String(), url.Values{"Username": {name}, "Password": {wrongPassword}})
			if a.StatusCode != http.StatusUnauthorized || !strings.Contains(a.text, "name or the password is wrong") {
				t.Fatalf("%d %s", a.StatusCode, a.text)
			}
			texts = append(texts, strings.ReplaceAll(a.text, name, "X"))
		}
		if texts[0] != texts[1] {
			t.Fatal("the page tells whether the name exists")
		}
		a = b.fill(login.String(), url.Values{"Username": {"olga"}, "Password": {rightPassword}})
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/api/v1/me?x=1" {
			t.Fatalf("%d %s", a.StatusCode, a.Header.Get("Location"))
		}
		session := a.Cookies()[0]
		if !session.HttpOnly || session.SameSite != http.SameSiteLaxMode || session.Secure || session.MaxAge != 12*3600 {
			t.Fatalf("cookie %+v", session)
		}
		if b.me() != 200 {
			t.Fatal("the session does not carry to the API")
		}
		if a := b.get(login.String()); !strings.Contains(a.text, "<strong>olga</strong>") {
			t.Fatal("the screen does not say who is signed in")
		}
		e.clock.Add(12*time.Hour - time.Second)
		if b.me() != 200 {
			t.Fatal("the session ended early")
		}
		e.clock.Add(time.Second)
		if b.me() != 401 {
			t.Fatal("the session did not end")
		}
	})
}

func TestBrowserSessionAndOtherSites(t *testing.T) {
	e := newEnv(t, "")
	e.account("olga", switchboard.Operator, true)
	b := e.browser()
	b.signIn("olga", rightPassword, "/")
	post := func(header ...string) int {
		r, _ := http.NewRequest("POST", e.web.URL+"/api/v1/me", strings.NewReader("{}"))
		r.Header.Set("Accept", "application/json")
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return b.do(r).StatusCode
	}
	if got := post("Sec-Fetch-Site", "same-origin"); got != 200 {
		t.Fatalf("the portal's own call: %d", got)
	}
	if got := post("Sec-Fetch-Site", "cross-site"); got != 403 {
		t.Fatalf("another site's call: %d", got)
	}
}

func TestSessionEndsWithPasswordAndAccount(t *testing.T) {
	embedded(t, func(t *testing.T, e *env) {
		olga := e.account("olga", switchboard.Operator, false)
		b, other := e.browser(), e.browser()
		for _, one := range []*browser{b, other} {
			if a := one.signIn("olga", rightPassword, ""); a.Header.Get("Location") != "/console/" {
				t.Fatalf("%s", a.Header.Get("Location"))
			}
		}
		// Signing out ends one browser only.
		a := b.fill("/login/Account/Logout", url.Values{})
		if a.StatusCode != http.StatusSeeOther || b.me() != 401 || other.me() != 200 {
			t.Fatalf("%d %d %d", a.StatusCode, b.me(), other.me())
		}
		if a := b.get(location(t, a).String()); !strings.Contains(a.text, "signed out") {
			t.Fatalf("%s", a.text)
		}
		e.must(e.SetPassword(t.Context(), e.root, olga.ID, "another password"))
		if other.me() != 401 {
			t.Fatal("the session outlives the password")
		}
		a = b.fill("/login/Account/Login", url.Values{"Username": {"olga"}, "Password": {"another password"}})
		if a.StatusCode != http.StatusSeeOther || b.me() != 200 {
			t.Fatal("cannot sign in")
		}
		e.must(e.SetEnabled(t.Context(), e.root, olga.ID, false))
		if b.me() != 401 {
			t.Fatal("the session outlives the account")
		}
		if a := b.signIn("olga", "another password", "/"); a.StatusCode != 403 || !strings.Contains(a.text, "switched off") {
			t.Fatalf("%d %s", a.StatusCode, a.text)
		}
	})
}

func TestDeviceCredentialIsNotForTheScreen(t *testing.T) {
	e := newEnv(t, "")
	reg, err := e.register(auth.RegisterRequest{Identifier: "anna", Sandbox: true})
	e.must(err)
	if a := e.browser().signIn("anna", reg.Password, "/"); a.StatusCode != 401 {
		t.Fatalf("%d", a.StatusCode)
	}
}

func TestForgedForms(t *testing.T) {
	e := newEnv(t, "")
	e.account("olga", switchboard.Operator, false)
	form := url.Values{"Username": {"olga"}, "Password": {rightPassword}}
	refused := func(why string, a answer) {
		t.Helper()
		if a.StatusCode != 403 || strings.Contains(a.Header.Get("Set-Cookie"), "session") || a.Header.Get("Location") != "" {
			t.Errorf("%s: %d %v", why, a.StatusCode, a.Header)
		}
	}
	refused("no token at all", e.browser().post("/login/Account/Login", form))

	b := e.browser()
	token := csrfField.FindStringSubmatch(b.get("/login/Account/Login").text)[1]
	with := func(csrf string) url.Values {
		v := url.Values{"csrf": {csrf}}
		for k := range form {
			v.Set(k, form.Get(k))
		}
		return v
	}
	refused("a token without its cookie", e.browser().post("/login/Account/Login", with(token)))
	refused("another token", b.post("/login/Account/Login", with(strings.Repeat("0", len(token)))))
	refused("from another site", b.post("/login/Account/Login", with(token), "Sec-Fetch-Site", "cross-site"))
	refused("from a sibling site", b.post("/login/Account/Login", with(token), "Sec-Fetch-Site", "same-site"))
	planted := e.browser()
	r := []string{"Cookie", "switchboard-form=0123456789abcdef0123456789abcdef"}
	refused("a planted cookie", planted.post("/login/Account/Login", with("0123456789abcdef0123456789abcdef"), r...))
	if a := b.post("/login/Account/Login", with(token), "Sec-Fetch-Site", "same-origin"); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	refused("signing out from elsewhere", b.post("/login/Account/Logout", url.Values{}))
	if b.me() != 200 {
		t.Fatal("signed out by another site")
	}
}

func TestReturnAddresses(t *testing.T) {
	e := newEnv(t, "")
	e.account("olga", switchboard.Operator, false)
	for address, want := range map[string]string{
		"/console/x?a=b&c=%20#d":        "/console/x?a=b&c=%20#d",
		"/api":                          "/api",
		"":                              "/console/",
		"//evil.example":                "/console/",
		"///evil.example":               "/console/",
		`/\evil.example`:                "/console/",
		`\\evil.example`:                "/console/",
		"/\t/evil.example":              "/console/",
		"/\n/evil.example":              "/console/",
		"/%2f/evil.example":             "/console/",
		"/ /evil.example":               "/console/",
		"https://evil.example":          "/console/",
		"https:evil.example":            "/console/",
		"javascript:alert(1)":           "/console/",
		"evil.example":                  "/console/",
		"?x":                            "/console/",
		"/\u2028/x":                     "/console/",
		"/" + strings.Repeat("a", 9000): "/console/",
	} {
		a := e.browser().signIn("olga", rightPassword, address)
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != want {
			t.Errorf("%q leads to %q, want %q", address, a.Header.Get("Location"), want)
		}
	}
}

func TestScreenThrottles(t *testing.T) {
	e := newEnv(t, "")
	e.account("olga", switchboard.Operator, false)
	b := e.browser()
	for range 10 {
		b.signIn("olga", wrongPassword, "/")
	}
	if a := b.signIn("olga", rightPassword, "/"); a.StatusCode != 429 || !strings.Contains(a.text, "Too many failed attempts") {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	e.clock.Add(15 * time.Second)
	if a := b.signIn("olga", rightPassword, "/"); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d", a.StatusCode)
	}
}

func TestSetup(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		first, err := e.EnsureFirstAdmin(t.Context(), "")
		e.must(err)
		if !first.Created || first.Name != "admin" || len(first.SetupToken) != 32 {
			t.Fatalf("%+v", first)
		}
		if again, err := e.EnsureFirstAdmin(t.Context(), ""); err != nil || again != (auth.FirstAdmin{}) {
			t.Fatalf("%+v %v", again, err)
		}
		link := "/login/setup?token=" + first.SetupToken
		b := e.browser()
		for _, c := range []struct{ password, repeat, text string }{
			{"long enough", "other", "not the same"}, {"short", "short", "at least 8"}, {"bell\x07bell\x07", "bell\x07bell\x07", "cannot be used"},
		} {
			if a := b.fill(link, url.Values{"token": {first.SetupToken}, "Password": {c.password}, "Repeat": {c.repeat}}); a.StatusCode != 400 || !strings.Contains(a.text, c.text) {
				t.Fatalf("%d %s", a.StatusCode, a.text)
			}
		}
		good := url.Values{"token": {first.SetupToken}, "Password": {rightPassword}, "Repeat": {rightPassword}}
		if a := b.fill(link, good); a.StatusCode != http.StatusSeeOther || b.me() != 200 {
			t.Fatalf("%d %s", a.StatusCode, a.text)
		}
		if p := e.login("admin"); !p.Admin {
			t.Fatalf("%+v", p)
		}
		if a := b.get(link); a.StatusCode != 404 || !strings.Contains(a.text, "has been used") {
			t.Fatalf("the link works twice: %d", a.StatusCode)
		}
		for _, token := range []string{"", "x", "\x00", strings.Repeat("0", 32)} {
			if a := b.get("/login/setup?" + url.Values{"token": {token}}.Encode()); a.StatusCode != 404 {
				t.Fatalf("%q: %d", token, a.StatusCode)
			}
		}
		list, err := e.Accounts(t.Context(), e.root, auth.AccountQuery{})
		e.must(err)
		late, err := e.NewSetupToken(t.Context(), e.root, list[0].ID)
		e.must(err)
		e.clock.Add(24 * time.Hour)
		if a := b.get("/login/setup?token=" + late); a.StatusCode != 404 {
			t.Fatalf("an old link: %d", a.StatusCode)
		}
	})
}

func TestPagesAreWellMade(t *testing.T) {
	e := newEnv(t, "")
	e.account("olga", switchboard.Operator, false)
	_, err := e.UpdateTenant(t.Context(), e.root, `<b>"Ärzte" & Söhne</b>`, nil)
	e.must(err)
	b := e.browser()
	b.signIn("olga", rightPassword, "/")
	consent := "/login/connect/consent?" + url.Values{"client_id": {auth.NativeClient}, "response_type": {"code"}, "redirect_uri": {"http://127.0.0.1:1410/"},
		"scope": {"openid offline_access"}, "code_challenge": {strings.Repeat("a", 43)}, "code_challenge_method": {"S256"}}.Encode()
	first, err := e.EnsureFirstAdmin(t.Context(), "")
	e.must(err)
	save := os.Getenv("SAVE_PAGES")
	for name, path := range map[string]string{
		"login":   "/login/account/login?name=" + url.QueryEscape(`"><script>alert(1)</script>`),
		"logout":  "/login/Account/Logout/",
		"consent": consent,
		"code":    "/login/connect/oob?code=0123456789abcdef0123456789abcdef",
		"denied":  "/login/connect/oob?code=" + url.QueryEscape("<script>"),
		"setup":   "/login/setup?token=" + first.SetupToken,
		"error":   "/login/connect/authorize?client_id=" + url.QueryEscape("<script>"),
		"none":    "/login/" + url.PathEscape("<script>"),
	} {
		for _, lang := range []string{"en", "cs-CZ,cs;q=0.9", "de-AT", "xx"} {
			r, _ := http.NewRequest("GET", e.web.URL+path, nil)
			r.Header.Set("Accept-Language", lang)
			a := b.do(r)
			checkPage(t, name, a)
			if save != "" && lang == "en" {
				_ = os.WriteFile(save+"/"+name+".html", []byte(a.text), 0o600)
			}
		}
	}
}

var tag = regexp.MustCompile(`<(script|b)>`)

func checkPage(t *testing.T, name string, a answer) {
	t.Helper()
	if a.StatusCode >= 500 || tag.MatchString(a.text) || strings.Contains(a.text, "ZgotmplZ") || strings.Contains(a.text, "<nil>") {
		t.Errorf("%s: %d %s", name, a.StatusCode, a.text)
	}
	doc, err := html.Parse(strings.NewReader(a.text))
	if err != nil {
		t.Fatal(err)
	}
	labels, inputs, headings := map[string]bool{}, []string{}, 0
	for n := range doc.Descendants() {
		attr := map[string]string{}
		for _, x := range n.Attr {
			attr[x.Key] = x.Val
			if x.Key == "style" || strings.HasPrefix(x.Key, "on") {
				t.Errorf("%s: inline %s", name, x.Key)
			}
		}
		_, hidden := attr["hidden"]
		switch {
		case n.Data == "style" && n.FirstChild != nil:
			sum := sha256.Sum256([]byte(n.FirstChild.Data))
			if !strings.Contains(a.Header.Get("Content-Security-Policy"), "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
				t.Errorf("%s: the style is not what the policy lets in", name)
			}
		case n.Data == "label":
			labels[attr["for"]] = true
		case n.Data == "input" && attr["type"] != "hidden" && !hidden:
			inputs = append(inputs, attr["id"])
		case n.Data == "h1":
			headings++
		case n.Type == html.ElementNode && n.Data == "html" && attr["lang"] == "":
			t.Errorf("%s: no language", name)
		}
	}
	for _, id := range inputs {
		if !labels[id] {
			t.Errorf("%s: the field %s has no label", name, id)
		}
	}
	if headings != 1 {
		t.Errorf("%s: %d headings", name, headings)
	}
}

func TestSecureCookies(t *testing.T) {
	e := newEnv(t, "")
	e.account("olga", switchboard.Operator, false)
	k := web.New(web.Options{Now: e.clock.Now})
	e.Mount(k)
	srv := newTLSServer(t, k.Handler())
	b := &browser{t, srv.URL, srv.Client()}
	b.http.Jar = e.browser().http.Jar
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a := b.signIn("olga", rightPassword, "/")
	if a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", a.StatusCode, a.text)
	}
	for _, c := range a.Cookies() {
		if !c.Secure || !strings.HasPrefix(c.Name, "__Host-") || c.Path != "/" || c.Domain != "" {
			t.Fatalf("%+v", c)
		}
	}
}

// A neighbour, or plain HTTP, can set a cookie without the prefix: over TLS it
// counts for nothing, else it would sign the browser in as its owner.
func TestPlantedCookies(t *testing.T) {
	e := newEnv(t, "")
	e.account("mallory", switchboard.User, false)
	e.account("olga", switchboard.Operator, false)
	k := web.New(web.Options{Now: e.clock.Now})
	e.Mount(k)
	srv := newTLSServer(t, k.Handler())
	visit := func(method, path, cookies string, form url.Values) answer {
		r, _ := http.NewRequest(method, srv.URL+path, strings.NewReader(form.Encode()))
		r.Header.Set("Cookie", cookies)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return (&browser{t, srv.URL, &http.Client{Transport: srv.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}).do(r)
	}
	form := visit("GET", "/login/Account/Login", "", nil)
	planted := form.Cookies()[0]
	fields := url.Values{"csrf": {csrfField.FindStringSubmatch(form.text)[1]}, "Username": {"mallory"}, "Password": {rightPassword}}
	signed := visit("POST", "/login/Account/Login", planted.Name+"="+planted.Value, fields)
	if signed.StatusCode != http.StatusSeeOther {
		t.Fatal(signed.StatusCode, signed.text)
	}
	session := signed.Cookies()[0]
	if a := visit("GET", "/login/Account/Login", session.Name+"="+session.Value, nil); !strings.Contains(a.text, "mallory") {
		t.Fatalf("not signed in: %s", a.text)
	}
	bare := strings.TrimPrefix(session.Name, "__Host-")
	if a := visit("GET", "/login/Account/Login", bare+"="+session.Value, nil); bare == session.Name || strings.Contains(a.text, "mallory") {
		t.Error("a planted session counts")
	}
	if a := visit("POST", "/login/Account/Login", strings.TrimPrefix(planted.Name, "__Host-")+"="+planted.Value, fields); a.StatusCode != http.StatusForbidden {
		t.Errorf("a planted form counts: %d", a.StatusCode)
	}
}

// Signing in again leaves no session behind that nobody can end.
func TestSigningInAgainEndsTheSession(t *testing.T) {
	e := newEnv(t, "")
	e.account("anna", switchboard.User, false)
	e.account("olga", switchboard.Operator, false)
	b := e.browser()
	first := b.signIn("anna", rightPassword, "/").Cookies()[0]
	b.signIn("olga", rightPassword, "/")
	r, _ := http.NewRequest("GET", e.web.URL+"/public/api/v1/me", nil)
	r.Header.Set("Accept", "application/json")
	r.AddCookie(first)
	if a := e.browser().do(r); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
}

func TestFirstAdminWhenTheNameIsTaken(t *testing.T) {
	e := newEnv(t, "")
	_, err := e.register(auth.RegisterRequest{Identifier: "admin", Sandbox: true})
	e.must(err)
	first, err := e.EnsureFirstAdmin(t.Context(), "localhost")
	if err != nil || !first.Created || !strings.HasPrefix(first.Name, "admin-") {
		t.Fatalf("%+v %v", first, err)
	}
}
