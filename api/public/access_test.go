package public_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/api/public"
	"switchboard/boardtest"
	"switchboard/web"
)

// route is an operation as the golden file lists it.
type route struct{ method, path, permission string }

func (r route) String() string { return r.method + " " + r.path }

// routes are all operations, each at a session, user or webhook with this id.
func routes(id string) (all []route) {
	listing := public.New(public.Options{Kernel: web.New(web.Options{})}).Routes()
	for line := range strings.Lines(listing) {
		word := strings.Fields(line)
		all = append(all, route{word[0], placeholders(id).Replace(strings.TrimPrefix(word[1], public.Prefix)), word[2]})
	}
	if len(all) < 35 {
		panic(listing)
	}
	return all
}

func placeholders(id string) *strings.Replacer {
	return strings.NewReplacer("{id}", id, "{deviceId}", "1")
}

// bodies make the operations that need a body get past their decoding.
var bodies = []struct{ path, json string }{
	{"POST /Accounts", `{"username":"new","role":"user"}`}, {"/enabled", `{"isEnabled":true}`}, {"/password", `{"password":"correct horse"}`},
	{"POST /ApiKeys", `{"name":"x","scopes":["events"]}`}, {"/forward", `{"operatorGroupId":1}`}, {"/messages", `{"text":"x"}`},
	{"/Reports/", `{"state":"resolved"}`}, {"/note", `{"note":"x"}`}, {"POST /Users", `{"firstName":"a","lastName":"b","username":"c","email":"d"}`},
	{"/operatorState", `{"stateKind":"ONLINE"}`}, {"Webhooks", `{"eventTypes":["SessionEnded"],"callbackUrl":"https://hooks.example/"}`},
}

func (r route) body() string {
	if r.method == "GET" || r.method == "DELETE" || strings.HasSuffix(r.path, "/replay") {
		return ""
	}
	for _, b := range bodies {
		if r.String() == b.path || !strings.Contains(b.path, " ") && strings.Contains(r.path, b.path) {
			return b.json
		}
	}
	return ""
}

// Nothing works without a token, with a dead one, with one of the other dialect,
// or without the operation's permission; a browser is sent to the login screen.
func TestAccess(t *testing.T) {
	w := newWorld(t)
	old := w.token("root")
	w.pass(time.Hour - time.Second)
	w.call(200, "GET", old, "/Users/me", "")
	w.pass(time.Second)
	parts := strings.Split(w.token("root"), ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"at+jwt"}`)) + "." + parts[1] + "."
	forged := parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2]))
	v := w.visitor()
	jana := w.token("jana")
	platform, _, err := w.Auth.Mint(t.Context(), w.people["root"], switchboard.PlatformDialect, nil)
	must(t, err)
	lacking := map[string]string{}
	for _, s := range switchboard.AllScopes() {
		all := slices.DeleteFunc(switchboard.AllScopes(), func(x switchboard.Scope) bool { return x == s })
		lacking[string(s)] = w.keyToken("root", all...)
	}
	for _, r := range routes("1") {
		ask := func(token string, prefix string) boardtest.Reply {
			return w.Do(t, boardtest.Call{Method: r.method, Path: prefix + r.path, Token: token, JSON: r.body()})
		}
		for name, token := range map[string]string{"no token": "", "an expired token": old, "alg=none": none, "a forged token": forged, "noise": "x.y.z"} {
			a := ask(token, "/api/v1")
			if a.Status != 401 || len(a.Body) > 0 || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%s with %s: %d %s", r, name, a.Status, a.Body)
			}
		}
		for name, token := range map[string]string{"a Platform token": platform, "a visitor's token": v.AccessToken} {
			for _, prefix := range []string{"/api/v1", public.Prefix} {
				a := ask(token, prefix)
				// Of paths that both dialects have, the token means the other one's.
				if a.Status != 403 && (prefix == public.Prefix || a.Status != 401 && a.Status != 400) {
					t.Errorf("%s%s with %s: %d %s", prefix, r, name, a.Status, a.Body)
				}
			}
		}
		scope, _, admin := strings.Cut(r.permission, "+")
		if scope == "signed-in" {
			scope = ""
		}
		if scope != "" {
			a := ask(lacking[scope], "/api/v1")
			if a.Status != 403 || len(a.Body) > 0 || !strings.Contains(a.Header.Get("WWW-Authenticate"), fmt.Sprintf("scope=%q", scope)) {
				t.Errorf("%s without %s: %d %v", r, scope, a.Status, a.Header)
			}
		}
		if admin {
			w.nothing(w.Want(t, 403, boardtest.Call{Method: r.method, Path: "/api/v1" + r.path, Token: lacking["chat"]}))
		}
		if scope != "" && !slices.Contains(switchboard.OperatorScopes(), switchboard.Scope(scope)) {
			if a := ask(jana, "/api/v1"); a.Status != 403 {
				t.Errorf("%s by an operator: %d", r, a.Status)
			}
		}
		if r.method == "GET" {
			a := w.Do(t, boardtest.Call{Path: "/api/v1" + r.path, Header: http.Header{"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}}})
			if to := a.Header.Get("Location"); a.Status != 302 || !strings.HasPrefix(to, "/login/") || !strings.Contains(to, url.QueryEscape("/api/v1"+r.path)) {
				t.Errorf("%s in a browser: %d to %q", r, a.Status, a.Header.Get("Location"))
			}
		}
	}
	if a := w.do("GET", lacking["company.read"], "/Companies", ""); a.Status != 403 {
		t.Errorf("a key without company.read: %d", a.Status)
	}
}

// What belongs to another company does not exist, whoever asks, and neither does what
// never did.
func TestForeignIDs(t *testing.T) {
	w := newWorld(t)
	w.visitor().open(`{"text":"hello"}`)
	root := w.token("root")
	k := boardtest.Decode[struct{ ID int64 }](t, w.call(201, "POST", root, "/ApiKeys", `{"name":"k","scopes":["events"]}`))
	w.call(201, "POST", root, "/Webhooks", `{"eventTypes":["SessionEnded"],"callbackUrl":"http://127.0.0.1:1/"}`)
	reported := fmt.Sprint(w.file("ann", w.user("bob").Bare()))
	foreign := map[string]string{"Reports": reported, "Accounts": fmt.Sprint(w.people["petr"].Account), "Users": fmt.Sprint(w.people["petr"].Account),
		"ApiKeys": fmt.Sprint(k.ID), "Sessions": "1", "Webhooks": "1", "Companies": fmt.Sprint(w.Tenant.ID)}
	for _, id := range []string{"", "999999", "9223372036854775807", "0", "-1"} {
		for _, r := range routes("ID") {
			kind := strings.Split(r.path, "/")[1]
			if !strings.Contains(r.path, "/ID") || r.String() == "POST /Sessions/ID/accept" && id != "" {
				continue
			}
			as, at := "root", strings.Replace(r.path, "ID", id, 1)
			if id == "" {
				as, at = "eve", strings.Replace(r.path, "ID", foreign[kind], 1)
			}
			c := boardtest.Call{Method: r.method, Path: "/api/v1" + at, Token: w.token(as), JSON: r.body()}
			rows, events := w.Added(t, func() {
				if a := w.Do(t, c); a.Status != 404 || len(a.Body) > 0 {
					t.Errorf("%s %s by %s: %d %s", r.method, at, as, a.Status, a.Body)
				}
			})
			if len(rows) > 0 || len(events) > 0 {
				t.Errorf("%s %s by %s: %v %v", r.method, at, as, rows, events)
			}
		}
	}
	eve := w.token("eve")
	for _, id := range []string{"abc", "1.5", "1e3", "0x1", "9223372036854775808", "%00", "%ff", "1%2F2", " 1", "١", "1;2"} {
		for _, r := range routes("ID") {
			if !strings.Contains(r.path, "/ID") {
				continue
			}
			at := strings.Replace(r.path, "ID", strings.ReplaceAll(id, " ", "%20"), 1)
			if a := w.Do(t, boardtest.Call{Method: r.method, Path: "/api/v1" + at, Token: eve, JSON: r.body()}); a.Status != 400 && a.Status != 404 {
				t.Errorf("%s %s: %d %s", r.method, at, a.Status, a.Body)
			}
		}
	}
	// What an operation names in its body must be of the same company too.
	w.Want(t, 400, boardtest.Call{Path: "/api/v1/Sessions/1/forward", Token: root, JSON: path(`{"userId":%d}`, w.people["eve"].Account)})
	w.Want(t, 400, boardtest.Call{Path: "/api/v1/Sessions/1/forward", Token: root, JSON: `{"operatorGroupId":2}`})
	if got := ids(t, w.call(200, "GET", eve, path("/Sessions?SessionId=1&DepartmentId=1&OperatorUserId=%d", w.people["jana"].Account), "")); len(got) > 0 {
		t.Error("another company's sessions: ", got)
	}
	for _, p := range []string{"/Webhooks", "/Users/operatorStates"} {
		if r := w.call(200, "GET", eve, p, ""); string(r.Body) != "[]\n" {
			t.Errorf("%s of another company: %s", p, r.Body)
		}
	}
}

var csrfField = regexp.MustCompile(`name="csrf" value="([0-9a-f]+)"`)

// browser signs in at the login screen and returns the cookies.
func (w *world) browser(name string) string {
	w.t.Helper()
	page := w.Want(w.t, 200, boardtest.Call{Path: "/login/Account/Login"})
	cookies := func(r boardtest.Reply) string {
		var all []string
		for _, c := range r.Header.Values("Set-Cookie") {
			all = append(all, strings.Split(c, ";")[0])
		}
		return strings.Join(all, "; ")
	}
	field := csrfField.FindSubmatch(page.Body)
	if field == nil {
		w.t.Fatalf("no form: %s", page.Body)
	}
	r := w.Do(w.t, boardtest.Call{Path: "/login/Account/Login", Header: http.Header{"Cookie": {cookies(page)}, "Origin": {w.Info.URL}},
		Form: url.Values{"csrf": {string(field[1])}, "Username": {name}, "Password": {boardtest.Password}}})
	if r.Status/100 != 3 || cookies(r) == "" {
		w.t.Fatalf("sign-in: %d %s", r.Status, r.Body)
	}
	return cookies(r)
}

// An administrator's browser that has signed in may call the API; pages of other
// sites cannot use it.
func TestBrowser(t *testing.T) {
	w := newWorld(t)
	cookie := w.browser("root")
	state := path("/api/v1/Users/%d/operatorState", w.people["root"].Account)
	const json = `{"stateKind":"ONLINE"}`
	form := url.Values{"stateKind": {"ONLINE"}}
	for name, c := range map[string]struct {
		status int
		call   boardtest.Call
		header map[string]string
	}{
		"GET":                             {200, boardtest.Call{Path: "/api/v1/Users/me"}, nil},
		"GET as a page":                   {200, boardtest.Call{Path: "/api/v1/sessions"}, map[string]string{"Accept": "text/html", "Sec-Fetch-Site": "none"}},
		"PUT of the same origin":          {204, boardtest.Call{Method: "PUT", Path: state, JSON: json}, map[string]string{"Sec-Fetch-Site": "same-origin"}},
		"PUT with its origin":             {204, boardtest.Call{Method: "PUT", Path: state, JSON: json}, map[string]string{"Origin": w.Info.URL}},
		"PUT that says nothing":           {403, boardtest.Call{Method: "PUT", Path: state, JSON: json}, nil},
		"PUT of another site":             {403, boardtest.Call{Method: "PUT", Path: state, JSON: json}, map[string]string{"Sec-Fetch-Site": "cross-site"}},
		"PUT of a sibling":                {403, boardtest.Call{Method: "PUT", Path: state, JSON: json}, map[string]string{"Sec-Fetch-Site": "same-site"}},
		"PUT of another origin":           {403, boardtest.Call{Method: "PUT", Path: state, JSON: json}, map[string]string{"Origin": "https://evil.example"}},
		"PUT of no origin":                {403, boardtest.Call{Method: "PUT", Path: state, JSON: json}, map[string]string{"Origin": "null"}},
		"a form of the same origin":       {403, boardtest.Call{Method: "PUT", Path: state, Form: form}, map[string]string{"Sec-Fetch-Site": "same-origin"}},
		"a form of another site":          {403, boardtest.Call{Path: "/api/v1/Companies/endTrial", Form: form}, map[string]string{"Sec-Fetch-Site": "cross-site"}},
		"DELETE of another site":          {403, boardtest.Call{Method: "DELETE", Path: "/api/v1/Webhooks"}, map[string]string{"Sec-Fetch-Site": "cross-site"}},
		"a bad token beside the cookie":   {401, boardtest.Call{Path: "/api/v1/Users/me", Token: "x"}, nil},
		"another dialect with the cookie": {403, boardtest.Call{Path: "/api/v1/chat/recent"}, nil},
	} {
		c.call.Header = http.Header{"Cookie": {cookie}}
		for k, v := range c.header {
			c.call.Header.Set(k, v)
		}
		_, events := w.Added(t, func() {
			if r := w.Do(t, c.call); r.Status != c.status {
				t.Errorf("%s: %d, want %d: %s", name, r.Status, c.status, r.Body)
			}
		})
		if c.status > 204 && len(events) > 0 {
			t.Errorf("%s: %v", name, events)
		}
	}
	w.pass(12 * time.Hour)
	w.Want(t, 401, boardtest.Call{Path: "/api/v1/Users/me", Header: http.Header{"Cookie": {cookie}}})
}

// Who has the one permission that an operation names needs no other.
func TestDocumentedPermissionIsEnough(t *testing.T) {
	w := newWorld(t)
	for _, r := range routes(fmt.Sprint(w.people["jana"].Account)) {
		scope := switchboard.Scope(r.permission)
		if !slices.Contains(switchboard.AllScopes(), scope) || r.path == "/events" || r.String() == "POST /ApiKeys" {
			continue // a stream; and who makes a key gives it what he has
		}
		got := w.do(r.method, w.token("root", scope), r.path, r.body())
		if code := got.Header.Get("X-Error-Code"); code == "scope-missing" || got.Status == 401 {
			t.Errorf("%s with %s: %d %s", r, scope, got.Status, code)
		}
	}
}
