package public_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"switchboard/boardtest"
)

func long(n int) string { return strings.Repeat("x", n) }

// hostile is what strangers put into every field.
var hostile = []string{"", " ", "'", `"`, "' OR '1'='1", "1; DROP TABLE conversations; --", "<script>alert(1)</script>", "&lt;&#0;", "]]>", "%00",
	"../../etc/passwd", "\x01", "\u202e", "\ufffe", "🎉", "-1", "1e309", "NaN", "true", "null", "[]", "{}", "@", "/", "a@b@c", "${jndi:ldap://x}",
	"{{7*7}}", "\r\nSet-Cookie: a=b", "x'||(SELECT secret FROM tenants)||'", long(300), long(20_000), strings.Repeat("🎉", 10_001)}

// Every text field of every call takes every hostile value: the answer is a
// success or a refusal of the client's making, and what is kept comes back as it was.
func TestHostileText(t *testing.T) {
	w := newWorld(t)
	root := w.token("root")
	w.visitor().open(`{"text":"hello"}`)
	w.call(200, "POST", root, "/Sessions/1/accept", "")
	eventually := func(name string, fields map[string]string, do func(map[string]string) boardtest.Reply) {
		for field := range fields {
			for i, value := range hostile {
				one := maps.Clone(fields)
				one[field] = value
				if field != "username" && one["username"] != "" {
					one["username"] = path("u%s%s%d", strings.ToLower(name[:1]), strings.ToLower(field), i)
				}
				w.pass(time.Second)
				r := do(one)
				if r.Status >= 500 || r.Status == 401 || r.Header.Get("Set-Cookie") != "" {
					t.Errorf("%s, %s = %.40q: %d %s", name, field, value, r.Status, r.Body)
				}
				if r.Status == 431 { // net/http's own: the line is too long
					continue
				}
				if kind := r.Header.Get("Content-Type"); len(r.Body) > 0 && kind != "application/json" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s, %s = %.40q: %v", name, field, value, r.Header)
				}
			}
		}
	}
	send := func(method, at string) func(map[string]string) boardtest.Reply {
		return func(fields map[string]string) boardtest.Reply {
			all := map[string]any{}
			for k, v := range fields {
				all[k] = v
				if k == "scopes" || k == "eventTypes" {
					all[k] = []string{v}
				}
			}
			b, err := json.Marshal(all)
			must(t, err)
			return w.do(method, root, at, string(b))
		}
	}
	get := func(at string) func(map[string]string) boardtest.Reply {
		return func(fields map[string]string) boardtest.Reply {
			q := url.Values{}
			for k, v := range fields {
				q.Set(k, v)
			}
			return w.do("GET", root, at+"?"+q.Encode(), "")
		}
	}
	eventually("Accounts", map[string]string{"username": "tom", "password": "correct horse", "name": "x", "email": "x", "role": "user"}, send("POST", "/Accounts"))
	eventually("Users", map[string]string{"username": "tom2", "firstName": "a", "lastName": "b", "email": "c", "password": "correct horse", "openIDProvider": ""}, send("POST", "/Users"))
	eventually("password", map[string]string{"password": "x"}, send("PUT", path("/Accounts/%d/password", w.people["ann"].Account)))
	eventually("key", map[string]string{"name": "x", "scopes": "events"}, send("POST", "/ApiKeys"))
	eventually("state", map[string]string{"stateKind": "ONLINE", "note": "x"}, send("PUT", path("/Users/%d/operatorState", w.people["jana"].Account)))
	eventually("message", map[string]string{"text": "x", "messageId": "x"}, send("POST", "/Sessions/1/messages"))
	eventually("note", map[string]string{"note": "x"}, send("PUT", "/Sessions/1/note"))
	eventually("forward", map[string]string{"operatorGroupId": "999", "userId": "999", "phoneNumber": "", "note": ""}, send("POST", "/Sessions/1/forward"))
	eventually("webhook", map[string]string{"callbackUrl": "http://127.0.0.1:1/x", "eventTypes": "SessionEnded"}, send("POST", "/Webhooks"))
	eventually("accounts", map[string]string{"search": "x", "kind": "user", "limit": "1", "offset": "0"}, get("/Accounts"))
	sessions := map[string]string{"limit": "1", "offset": "0", "Created.Min": "2025-01-01", "Status": "CLOSED", "Result": "x", "Widget": "x",
		"LandingPage.Text": "x", "IPAddress.Text": "x", "Language.Text": "x", "InitialMessage.Text": "x", "ActivityTextsContain": "x", "SessionId": "1",
		"Duration.Min": "00:00:01"}
	eventually("sessions", sessions, get("/Sessions"))
	reported := w.file("ann", w.user("bob").Bare())
	eventually("report", map[string]string{"state": "resolved", "note": "x"}, send("PUT", path("/Reports/%d", reported)))
	eventually("reports", map[string]string{"state": "open", "limit": "1", "offset": "0"}, get("/Reports"))
	eventually("feedback", map[string]string{"limit": "1", "offset": "0"}, get("/Feedback"))
	eventually("moderation", map[string]string{"jid": "bob@localhost", "blocked": "true"}, send("PUT", "/Moderation"))
	eventually("settings", map[string]string{"deviceLimit": "5", "deletionGraceHours": "5", "identity": "x"}, send("PUT", "/Companies/settings"))
	eventually("identity", map[string]string{"jwksUrl": "https://id.example/", "issuer": "x", "audience": "x"}, func(fields map[string]string) boardtest.Reply {
		b, err := json.Marshal(map[string]any{"identity": fields})
		must(t, err)
		return w.do("PUT", root, "/Companies/settings", string(b))
	})
	eventually("features", map[string]string{"features": "x"}, send("PUT", "/Companies/features"))
	eventually("audit", map[string]string{"actor": "1", "kind": "account.created", "before": "5", "limit": "1"}, get("/AuditLog"))
	eventually("end", map[string]string{"result": "", "note": ""}, send("POST", "/Sessions/1/end"))
	r := w.call(200, "GET", root, "/Sessions/1", "")
	for _, value := range []string{"<script>alert(1)</script>", "1; DROP TABLE conversations; --", "\u202e", "🎉", "&lt;&#0;", "]]>", "\r\nSet-Cookie: a=b"} {
		if found := boardtest.Decode[session](t, r).said(value); !found {
			t.Errorf("%q does not come back", value)
		}
	}
}

// said tells whether somebody said exactly this.
func (s session) said(text string) bool {
	for _, a := range s.Activities {
		if a.Text != nil && *a.Text == text {
			return true
		}
	}
	return false
}

// The same request may come in many forms.
func TestForms(t *testing.T) {
	w := newWorld(t)
	root, at := w.token("root"), path("/api/v1/Users/%d/operatorState", w.people["root"].Account)
	var multi bytes.Buffer
	m := multipart.NewWriter(&multi)
	must(t, m.WriteField("StateKind", "AWAY"))
	must(t, m.Close())
	n := 0
	for name, c := range map[string]boardtest.Call{
		"JSON":                {JSON: `{"stateKind":"AWAY"}`},
		"capitals":            {JSON: `{"STATEKIND":"away"}`},
		"unknown fields":      {JSON: `{"stateKind":"AWAY","breakStateId":null,"more":{"a":[1]}}`},
		"a form":              {Form: url.Values{"statekind": {"AWAY"}}},
		"a query":             {Path: at + "?StateKind=AWAY"},
		"multipart":           {Body: multi.Bytes(), Header: http.Header{"Content-Type": {m.FormDataContentType()}}},
		"JSON without a type": {Body: []byte(`{"stateKind":"AWAY"}`)},
		"JSON with a charset": {Body: []byte(`{"stateKind":"AWAY"}`), Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}},
		"JSON with a suffix":  {Body: []byte(`{"stateKind":"AWAY"}`), Header: http.Header{"Content-Type": {"application/merge-patch+json"}}},
	} {
		c.Method, c.Token = "PUT", root
		if c.Path == "" {
			c.Path = at
		}
		if r := w.Do(t, c); r.Status != 204 || len(r.Body) > 0 {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
		n++
	}
	if n != 9 {
		t.Error(n)
	}
}

// TestBadInput holds each call's own mistakes.
func TestBadInput(t *testing.T) {
	w := newWorld(t)
	w.visitor().open(`{"text":"hello"}`)
	w.visitor().open(`{"text":"hello"}`)
	jana := w.token("jana")
	w.call(200, "POST", jana, "/Sessions/1/accept", "")
	w.call(204, "POST", jana, "/Sessions/1/end", `{"result":"x"}`)
	w.call(200, "POST", jana, "/Sessions/2/accept", "")
	state := path("PUT /Users/%d/operatorState", w.people["jana"].Account)
	for name, c := range map[string]struct {
		status int
		field  string // of the refusal; "-" for no body
		call   string // method and path
		json   string
		token  string
	}{
		"message: none":           {400, "text", "POST /Sessions/2/messages", `{}`, "jana"},
		"message: empty":          {400, "text", "POST /Sessions/2/messages", `{"text":""}`, "jana"},
		"message: null":           {400, "text", "POST /Sessions/2/messages", `{"text":null}`, "jana"},
		"message: number":         {400, "text", "POST /Sessions/2/messages", `{"text":[1]}`, "jana"},
		"message: long":           {400, "text", "POST /Sessions/2/messages", `{"text":"` + long(10_001) + `"}`, "jana"},
		"message: control":        {400, "text", "POST /Sessions/2/messages", `{"text":"a\u0007b"}`, "jana"},
		"message: NUL":            {400, "text", "POST /Sessions/2/messages", `{"text":"a\u0000b"}`, "jana"},
		"message: not UTF-8":      {400, "", "POST /Sessions/2/messages", "{\"text\":\"a\xffb\"}", "jana"},
		"message: long id":        {400, "messageId", "POST /Sessions/2/messages", `{"text":"x","messageId":"` + long(101) + `"}`, "jana"},
		"message: not mine":       {403, "-", "POST /Sessions/2/messages", `{"text":"x"}`, "petr"},
		"message: administrator":  {403, "-", "POST /Sessions/2/messages", `{"text":"x"}`, "root"},
		"message: after the end":  {409, "", "POST /Sessions/1/messages", `{"text":"x"}`, "jana"},
		"accept: after the end":   {409, "", "POST /Sessions/1/accept", "", "jana"},
		"accept: taken":           {409, "", "POST /Sessions/2/accept", "", "petr"},
		"accept: by myself again": {409, "", "POST /Sessions/2/accept", "", "jana"},
		"end: not mine":           {403, "-", "POST /Sessions/2/end", "", "petr"},
		"end: twice":              {409, "", "POST /Sessions/1/end", `{"result":"y"}`, "jana"},
		"end: long result":        {400, "result", "POST /Sessions/2/end", `{"result":"` + long(101) + `"}`, "jana"},
		"end: long note":          {400, "note", "POST /Sessions/2/end", `{"note":"` + long(10_001) + `"}`, "jana"},
		"end: list":               {400, "body", "POST /Sessions/2/end", `[]`, "jana"},
		"note: none":              {400, "note", "PUT /Sessions/2/note", `{}`, "jana"},
		"note: not mine":          {403, "-", "PUT /Sessions/2/note", `{"note":"x"}`, "petr"},
		"forward: nowhere":        {400, "operatorGroupId", "POST /Sessions/2/forward", `{}`, "jana"},
		"forward: twice":          {400, "operatorGroupId", "POST /Sessions/2/forward", `{"operatorGroupId":1,"userId":3}`, "jana"},
		"forward: no group":       {400, "operatorGroupId", "POST /Sessions/2/forward", `{"operatorGroupId":99}`, "jana"},
		"forward: a user":         {400, "userId", "POST /Sessions/2/forward", path(`{"userId":%d}`, w.people["ann"].Account), "jana"},
		"forward: text":           {400, "userId", "POST /Sessions/2/forward", `{"userId":"petr"}`, "jana"},
		"forward: half":           {400, "userId", "POST /Sessions/2/forward", `{"userId":1.5}`, "jana"},
		"forward: giant":          {400, "userId", "POST /Sessions/2/forward", `{"userId":1e400}`, "jana"},
		"forward: to a bot":       {400, "chatbotId", "POST /Sessions/2/forward", `{"chatbotId":1}`, "jana"},
		"forward: to a phone":     {400, "phoneNumber", "POST /Sessions/2/forward", `{"phoneNumber":"+420"}`, "jana"},
		"forward: after the end":  {409, "", "POST /Sessions/1/forward", `{"operatorGroupId":1}`, "jana"},
		"forward: not mine":       {403, "-", "POST /Sessions/2/forward", `{"operatorGroupId":1}`, "petr"},
		"state: unknown":          {400, "stateKind", state, `{"stateKind":"ASLEEP"}`, "jana"},
		"state: another's":        {403, "-", state, `{"stateKind":"AWAY"}`, "petr"},
		"state: a user's":         {404, "-", path("PUT /Users/%d/operatorState", w.people["ann"].Account), `{"stateKind":"AWAY"}`, "root"},
		"state: long note":        {400, "note", state, `{"stateKind":"AWAY","note":"` + long(501) + `"}`, "jana"},
		"enabled: text":           {400, "isEnabled", path("PUT /Users/%d/enabled", w.people["jana"].Account), `{"isEnabled":"maybe"}`, "root"},
		"enabled: none":           {400, "isEnabled", path("PUT /Users/%d/enabled", w.people["jana"].Account), `{}`, "root"},
		"account: role":           {400, "role", "POST /Accounts", `{"username":"x","role":"king"}`, "root"},
		"account: visitor":        {400, "role", "POST /Accounts", `{"username":"x","role":"visitor"}`, "root"},
		"account: name":           {400, "username", "POST /Accounts", `{"username":"a b","role":"user"}`, "root"},
		"account: address":        {400, "username", "POST /Accounts", `{"username":"a@b","role":"user"}`, "root"},
		"account: long name":      {400, "username", "POST /Accounts", `{"username":"` + long(192) + `","role":"user"}`, "root"},
		"account: short password": {400, "password", "POST /Accounts", `{"username":"x","role":"user","password":"short"}`, "root"},
		"account: kind":           {400, "kind", "GET /Accounts?kind=king", "", "root"},
		"account: limit":          {400, "limit", "GET /Accounts?limit=1001", "", "root"},
		"user: nothing":           {400, "username", "POST /Users", `{}`, "root"},
		"user: another company":   {404, "-", path("POST /Users?companyId=%d", w.other.ID), `{"firstName":"A","lastName":"B","username":"ab","email":"a@b.example"}`, "root"},
		"users: another company":  {404, "-", path("GET /Users?companyId=%d", w.other.ID), "", "root"},
		"users: no such company":  {404, "-", "GET /Users?companyId=-1", "", "root"},
		"key: no name":            {400, "name", "POST /ApiKeys", `{"name":"","scopes":["events"]}`, "root"},
		"key: no scopes":          {400, "scopes", "POST /ApiKeys", `{"name":"x","scopes":[]}`, "root"},
		"key: numbers":            {400, "scopes[0]", "POST /ApiKeys", `{"name":"x","scopes":[{}]}`, "root"},
		"key: deep":               {400, "", "POST /ApiKeys", strings.Repeat("[", 5000), "root"},
		"key: two values":         {400, "", "POST /ApiKeys", `{} {}`, "root"},
		"key: giant":              {413, "", "POST /ApiKeys", `{"name":"` + long(2<<20) + `"}`, "root"},
		"webhook: no types":       {400, "eventTypes", "POST /Webhooks", `{"eventTypes":[],"callbackUrl":"http://127.0.0.1:1/"}`, "root"},
		"webhook: type":           {400, "eventTypes", "POST /Webhooks", `{"eventTypes":["Nothing"],"callbackUrl":"http://127.0.0.1:1/"}`, "root"},
		"webhook: number":         {400, "eventTypes", "POST /Webhooks", `{"eventTypes":[10],"callbackUrl":"http://127.0.0.1:1/"}`, "root"},
		"webhook: file":           {400, "callbackUrl", "POST /Webhooks", `{"eventTypes":[1],"callbackUrl":"file:///etc/passwd"}`, "root"},
	} {
		method, at, _ := strings.Cut(c.call, " ")
		rows, events := w.Added(t, func() {
			r := w.do(method, w.token(c.token), at, c.json)
			if r.Status != c.status {
				t.Errorf("%s: %d, want %d: %.300s", name, r.Status, c.status, r.Body)
				return
			}
			if c.field == "-" {
				w.nothing(r)
				return
			}
			var fields map[string]string
			if err := json.Unmarshal(r.Body, &fields); err != nil || fields[c.field] == "" {
				t.Errorf("%s: %.300s", name, r.Body)
			}
		})
		if len(rows) > 0 || len(events) > 0 {
			t.Errorf("%s: %v %v", name, rows, events)
		}
	}
	for name, header := range map[string]http.Header{
		"XML": {"Content-Type": {"text/xml"}}, "compressed": {"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}},
		"noise": {"Content-Type": {"a/b/c;;"}}, "an image": {"Content-Type": {"image/png"}},
	} {
		r := w.Do(t, boardtest.Call{Path: "/api/v1/ApiKeys", Token: w.token("root"), Body: []byte(`{"name":"x","scopes":["events"]}`), Header: header})
		if r.Status != 415 || len(r.Body) == 0 {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	if n := fmt.Sprint(boardtest.Decode[session](t, w.call(200, "GET", jana, "/Sessions/2", "")).Status); n != "ACTIVE" {
		t.Error(n)
	}
}
