package web_test

import (
	"net/http"
	"strings"
	"testing"
)

const sessions = "/public/api/v1/Sessions"

func TestTokens(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct {
		header    string
		status    int
		code      string
		challenge string
	}{
		"bearer":       {"Bearer public", 200, "", ""},
		"lower case":   {"bearer public", 200, "", ""},
		"spaces":       {"  BEARER   public ", 200, "", ""},
		"raw":          {"public", 200, "", ""},
		"missing":      {"", 401, "token-missing", `Bearer realm="switchboard"`},
		"empty bearer": {"Bearer ", 401, "token-missing", `Bearer realm="switchboard"`},
		"basic":        {"Basic cHVibGlj", 401, "token-missing", `Bearer realm="switchboard"`},
		"wrong":        {"Bearer nonsense", 401, "token-invalid", `Bearer realm="switchboard", error="invalid_token"`},
		"expired":      {"Bearer old", 401, "token-expired", `Bearer realm="switchboard", error="invalid_token"`},
		"broken store": {"Bearer broken", 500, "internal", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.call("GET", sessions, "", "Authorization", c.header)
			if got.status != c.status || got.header.Get("X-Error-Code") != c.code || got.header.Get("WWW-Authenticate") != c.challenge {
				t.Errorf("%d %v", got.status, got.header)
			}
			if c.status == 401 && (got.body != "" || got.header.Get("Content-Type") != "") {
				t.Errorf("the Public API's 401 has a body: %q", got.body)
			}
		})
	}
}

func TestPermissions(t *testing.T) {
	b := newBench(t)
	got := b.call("POST", "/public/api/v1/Webhooks", "{}", "Authorization", "public", "Content-Type", asJSON)
	if got.status != 403 || got.header.Get("WWW-Authenticate") != `Bearer realm="switchboard", error="insufficient_scope", scope="webhooks"` {
		t.Errorf("scope: %d %v", got.status, got.header)
	}
	if got := b.call("DELETE", "/public/api/v1/Webhooks/3", "", "Authorization", "public"); got.status != 403 || got.header.Get("X-Error-Code") != "administrator-only" {
		t.Errorf("role: %d %v", got.status, got.header)
	}
	if got := b.call("DELETE", "/public/api/v1/Webhooks/3", "", "Authorization", "admin"); got.status != 204 || got.body != "" {
		t.Errorf("administrator: %d %s", got.status, got.body)
	}
}

func TestBrowserWithoutSession(t *testing.T) {
	b := newBench(t)
	const page = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	got := b.call("GET", "/api/v1/Sessions?limit=1", "", "Accept", page)
	if got.status != 302 || got.header.Get("Location") != "/login?return=/api/v1/Sessions" {
		t.Errorf("browser: %d %v", got.status, got.header)
	}
	for name, headers := range map[string][]string{
		"api client": {"Accept", "application/json"},
		"anything":   {"Accept", "*/*"},
		"prefers":    {"Accept", "application/json, text/html;q=0.5"},
		"script":     {"Accept", page, "Sec-Fetch-Mode", "cors"},
	} {
		if got := b.call("GET", "/api/v1/Sessions", "", headers...); got.status != 401 {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	if got := b.call("POST", "/api/v1/Webhooks", "", "Accept", page); got.status != 401 {
		t.Errorf("POST: %d", got.status)
	}
	if got := b.call("GET", "/api/v1/Nowhere", "", "Accept", page); got.status != 302 {
		t.Errorf("unknown path: %d", got.status)
	}
}

func TestBrowserSession(t *testing.T) {
	b := newBench(t)
	const cookie = "session=admin"
	for name, c := range map[string]struct {
		method, target, body string
		headers              []string
		status               int
	}{
		"reads":                {"GET", "/api/v1/Sessions", "", nil, 200},
		"reads from elsewhere": {"GET", "/api/v1/Sessions", "", []string{"Sec-Fetch-Site", "cross-site"}, 200},
		"writes":               {"POST", "/api/v1/Webhooks", "{}", []string{"Sec-Fetch-Site", "same-origin", "Content-Type", asJSON}, 400},
		"by origin":            {"DELETE", "/api/v1/Webhooks/1", "", []string{"Origin", "http://example.com"}, 204},
		"deletes":              {"DELETE", "/api/v1/Webhooks/1", "", []string{"Sec-Fetch-Site", "same-origin"}, 204},
		"other site":           {"DELETE", "/api/v1/Webhooks/1", "", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"sibling":              {"DELETE", "/api/v1/Webhooks/1", "", []string{"Sec-Fetch-Site", "same-site"}, 403},
		"other origin":         {"DELETE", "/api/v1/Webhooks/1", "", []string{"Origin", "http://evil.example"}, 403},
		"null origin":          {"DELETE", "/api/v1/Webhooks/1", "", []string{"Origin", "null"}, 403},
		"says nothing":         {"DELETE", "/api/v1/Webhooks/1", "", nil, 403},
		"contradiction":        {"DELETE", "/api/v1/Webhooks/1", "", []string{"Sec-Fetch-Site", "cross-site", "Origin", "http://example.com"}, 403},
		"form":                 {"POST", "/api/v1/Webhooks", "callbackUrl=x", []string{"Sec-Fetch-Site", "same-origin", "Content-Type", asForm}, 403},
		"text as json":         {"POST", "/api/v1/Webhooks", "{}", []string{"Sec-Fetch-Site", "same-origin", "Content-Type", "text/plain"}, 403},
		"platform's paths":     {"GET", "/platform/api/v1/users/eva", "", nil, 200},
		"token wins":           {"DELETE", "/api/v1/Webhooks/1", "", []string{"Authorization", "admin", "Sec-Fetch-Site", "cross-site"}, 204},
		"bad token wins":       {"GET", "/api/v1/Sessions", "", []string{"Authorization", "nonsense"}, 401},
		"sign in from outside": {"POST", "/api/v1/login", `{"username":"a","password":"b"}`, []string{"Sec-Fetch-Site", "cross-site", "Content-Type", asJSON}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.call(c.method, c.target, c.body, append([]string{"Cookie", cookie}, c.headers...)...)
			if got.status != c.status {
				t.Errorf("%d %s %s", got.status, got.header.Get("X-Error-Code"), got.body)
			}
		})
	}
}

func TestWhichDialect(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]struct {
		method, target, token string
		status                int
		body                  string
	}{
		"platform token":             {"GET", "/api/v1/users/eva", "platform", 200, `"platform eva"`},
		"public token":               {"GET", "/api/v1/users/eva", "public", 200, `"public eva"`},
		"public, exact":              {"GET", "/api/v1/Users/eva", "public", 200, `"public eva"`},
		"platform words are exact":   {"GET", "/api/v1/USERS/eva", "platform", 404, ``},
		"platform at its own place":  {"GET", "/platform/api/v1/users/eva", "public", 200, `"platform eva"`},
		"public at its own place":    {"GET", "/public/api/v1/users/eva", "platform", 200, `"public eva"`},
		"word beats variable":        {"GET", "/api/v1/users/userList", "platform", 200, `[]`},
		"slash at the end":           {"GET", "/api/v1/Users/eva/", "public", 200, `"public eva"`},
		"escaped slash":              {"GET", "/api/v1/users/a%2Fb", "platform", 200, `"platform a/b"`},
		"sign in with any token":     {"POST", "/api/v1/login", "public", 400, ``},
		"sign in with a broken one":  {"POST", "/api/v1/login", "nonsense", 400, ``},
		"the other dialect's path":   {"GET", "/api/v1/Sessions", "platform", 403, `"code":"wrong-dialect"`},
		"nobody, platform's words":   {"GET", "/api/v1/users/eva", "", 401, `"status":401`},
		"nobody, platform's list":    {"GET", "/api/v1/users/userList", "", 401, `"status":401`},
		"nobody, platform's word":    {"GET", "/api/v1/users/a/b/c", "", 401, `"status":401`},
		"nobody, public's words":     {"GET", "/api/v1/Users/eva", "", 401, ``},
		"nobody, public's in lower":  {"GET", "/api/v1/sessions", "", 401, ``},
		"nobody, wrong token":        {"GET", "/api/v1/Sessions", "nonsense", 401, ``},
		"nobody at platform's place": {"GET", "/platform/api/v1/nowhere", "", 401, `"status":401`},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.call(c.method, c.target, "{}", "Authorization", c.token, "Content-Type", asJSON)
			if got.status != c.status || !strings.Contains(got.body, c.body) || c.status == 401 && c.body == "" && got.body != "" {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	for path, want := range map[string]string{"/api/v1/users/x": "platform", "/api/v1/Users/x": "public", "/api/v1/webhooks": "public",
		"/public/api/v1/login": "public", "/login": ""} {
		if d := b.kernel.DialectAt("GET", path); string(d) != want {
			t.Errorf("%s: %q", path, d)
		}
	}
}

func TestCORS(t *testing.T) {
	b := newBench(t)
	got := b.call("OPTIONS", "/api/v1/login", "", "Origin", "https://app.example", "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", "content-type")
	if got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != "*" || got.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("preflight: %d %v", got.status, got.header)
	}
	got = b.call("OPTIONS", "/api/v1/Webhooks", "", "Origin", "https://app.example", "Access-Control-Request-Method", "POST")
	if got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("the Public API allows other origins: %v", got.header)
	}
	got = b.call("GET", "/api/v1/users/eva", "", "Origin", "https://app.example")
	if got.status != 401 || got.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("an error that the app cannot read: %d %v", got.status, got.header)
	}
}

func TestMethods(t *testing.T) {
	b := newBench(t)
	got := b.call("PATCH", "/public/api/v1/sessions", "", "Authorization", "public")
	if got.status != 405 || got.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("%d %v", got.status, got.header)
	}
	if got := b.call("HEAD", sessions, "", "Authorization", "public"); got.status != http.StatusOK {
		t.Errorf("HEAD: %d", got.status)
	}
}
