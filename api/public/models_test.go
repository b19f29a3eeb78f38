package public_test

import (
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/api/public"
	"switchboard/boardtest"
	"switchboard/web"
)

func TestErrorTable(t *testing.T) {
	web.CheckErrorTable(t, public.Errors, map[switchboard.Kind]int{
		switchboard.Internal: 500, switchboard.Invalid: 400, switchboard.Unauthorized: 401, switchboard.Forbidden: 403,
		switchboard.NotFound: 404, switchboard.Conflict: 409, switchboard.NotAllowed: 409, switchboard.TooLarge: 413,
		switchboard.TooMany: 429, switchboard.Unsupported: 415, switchboard.Unavailable: 503,
	})
	for _, kind := range switchboard.Kinds() {
		p := &web.Problem{Err: switchboard.E(kind, "c", "m"), Status: web.Status(switchboard.E(kind, "c", "m"))}
		body := public.Errors.Body(p)
		if none := p.Status == 401 || p.Status == 403 || p.Status == 404; none != (body == nil) {
			t.Errorf("%s: %v", kind, body)
		}
	}
}

func TestRoutes(t *testing.T) {
	api := public.New(public.Options{Kernel: web.New(web.Options{})})
	boardtest.Compare(t, "testdata/routes.golden", api.Routes())
}

// TestModels holds the wire form of everything that is no session.
func TestModels(t *testing.T) {
	w := newWorld(t)
	root, jana := w.token("root"), w.token("jana")
	key := w.keyToken("root", switchboard.ScopeUsersRead, switchboard.ScopeCompanyRead, switchboard.ScopeKeys)
	w.call(204, "PUT", jana, path("/Users/%d/operatorState", w.people["jana"].Account), `{"StateKind":"away","Note":"lunch"}`)
	w.pass(90 * time.Second)
	show := func(name string, status int, method, token, at, json string) boardtest.Reply {
		t.Helper()
		r := w.call(status, method, token, at, json)
		boardtest.Golden(t, name, r)
		return r
	}
	show("users", 200, "GET", jana, "/Users", "")
	show("users", 200, "GET", key, "/users?companyId=1", "")
	show("user", 200, "GET", jana, path("/Users/%d", w.people["root"].Account), "")
	show("me_admin", 200, "GET", root, "/Users/me", "")
	show("me_operator", 200, "GET", jana, "/Users/me", "")
	show("me_key", 200, "GET", key, "/Users/me", "")
	show("operator_states", 200, "GET", key, "/Users/operatorStates", "")
	show("user_created", 201, "POST", root, "/Users?companyId=1",
		`{"firstName":"Eva","lastName":"Nová Malá","username":"eva","email":"eva@mail.example"}`)
	show("user_exists", 409, "POST", root, "/Users", `{"firstName":"Eva","lastName":"Nová","username":"EVA","email":"eva@mail.example"}`)
	show("user_provider", 400, "POST", root, "/Users",
		`{"firstName":"Eva","lastName":"Nová","username":"eva2","email":"eva@mail.example","openIDProvider":"Google"}`)
	w.call(204, "PUT", root, "/Users/8/enabled", `{"isEnabled":false}`)
	w.nothing(w.call(404, "PUT", root, path("/Users/%d/enabled", w.people["ann"].Account), `{"isEnabled":false}`))

	if r := show("accounts", 200, "GET", root, "/Accounts", ""); r.Header.Get("X-Total-Count") != "6" {
		t.Errorf("%q accounts", r.Header.Get("X-Total-Count"))
	}
	show("accounts_found", 200, "GET", root, "/Accounts?search=AN&kind=operator&limit=1&offset=0", "")
	show("account_created", 201, "POST", root, "/Accounts", `{"username":"tom","role":"user","name":"Tom <b>","email":"tom@mail.example"}`)
	show("account_created_password", 201, "POST", root, "/Accounts", `{"username":"kim","role":"admin","password":"correct horse"}`)
	show("account_exists", 409, "POST", root, "/Accounts", `{"username":"tom","role":"user"}`)
	w.call(204, "DELETE", root, "/Accounts/9", "")
	w.call(409, "DELETE", root, "/Accounts/9", "")

	show("key_created", 201, "POST", root, "/ApiKeys", `{"name":"shop","scopes":["sessions.read","events"]}`)
	w.call(204, "DELETE", root, "/ApiKeys/11", "")
	show("keys", 200, "GET", key, "/ApiKeys", "")
	show("key_scopes", 200, "GET", key, "/ApiKeys/scopes", "")

	show("groups", 200, "GET", key, "/Groups", "")
	show("departments", 200, "GET", jana, "/Departments", "")
	show("company_admin", 200, "GET", root, "/Companies", "")
	show("company", 200, "GET", key, "/Companies", "")
	show("company", 200, "GET", jana, "/companies/1", "")
	w.nothing(w.call(404, "GET", root, path("/Companies/%d", w.other.ID), ""))
	w.call(204, "POST", root, "/Companies/endTrial", "")
	if r := w.call(200, "GET", root, "/Companies", ""); !strings.Contains(string(r.Body), `"trial":false`) || strings.Contains(string(r.Body), `"licenseKey":"trial"`) {
		t.Errorf("after the trial: %s", r.Body)
	}
	show("unknown_fields", 400, "POST", root, "/ApiKeys", `{}`)
	show("wrong_types", 400, "POST", root, "/ApiKeys", `{"name":{"a":1},"scopes":"none"}`)
	show("unknown_scope", 400, "POST", root, "/ApiKeys", `{"name":"x","scopes":["everything"]}`)
	show("malformed", 400, "POST", root, "/ApiKeys", `{"name":`)
	show("not_found", 404, "GET", root, "/Nothing", "")
	show("wrong_method", 405, "DELETE", root, "/Companies", "")
}
