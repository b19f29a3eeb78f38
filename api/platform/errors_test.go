package platform_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/api/platform"
	"switchboard/auth"
	"switchboard/boardtest"
	"switchboard/web"
)

func TestErrorTable(t *testing.T) {
	web.CheckErrorTable(t, platform.Errors, map[switchboard.Kind]int{
		switchboard.Internal: 500, switchboard.Invalid: 400, switchboard.Unauthorized: 401, switchboard.Forbidden: 403,
		switchboard.NotFound: 400, switchboard.Conflict: 400, switchboard.NotAllowed: 400, switchboard.TooLarge: 413,
		switchboard.TooMany: 429, switchboard.Unsupported: 415, switchboard.Unavailable: 503,
	})
}

func routes() string { return platform.New(platform.Options{Kernel: web.New(web.Options{})}).Routes() }

func TestRoutes(t *testing.T) {
	boardtest.Compare(t, "testdata/routes.golden", routes())
}

// What the documentation has and this server does not is 404 like what nobody has.
func TestNotOfferedYet(t *testing.T) {
	w := newWorld(t)
	n := 0
	for line := range strings.SplitSeq(routes(), "\n") {
		method, rest, _ := strings.Cut(line, " ")
		path, _, later := strings.Cut(rest, " ")
		if !later || !strings.HasSuffix(line, "(not offered yet)") {
			continue
		}
		n++
		path = strings.ReplaceAll(strings.ReplaceAll(path, "{userId}", "bob"), "{fileToken}", "abc")
		shared := "/api/v1" + strings.TrimPrefix(path, platform.Prefix)
		for _, p := range []string{path, shared} {
			refused(t, w.do(call{As: "ann", Method: method, Path: p, JSON: `{"a":1}`}), 404, "no-such-path")
			refused(t, w.do(call{Method: method, Path: p}), 401, "token-missing")
		}
	}
	if n < 20 {
		t.Error(n, "paths")
	}
	for _, path := range []string{"/nothing", "/chat", "/chat/nothing", "/users", "/users/ann/more", "/Chat/recent"} {
		refused(t, w.do(call{As: "ann", Path: path}), 404, "no-such-path")
	}
	r := w.do(call{As: "ann", Method: "DELETE", Path: "/chat/recent"})
	refused(t, r, 405, "method-not-allowed")
	golden(t, "not_found", w.do(call{As: "ann", Path: "/nothing"}))
	document := string(w.want(200, call{Path: "/api/openapi.json"}).Body)
	if strings.Contains(document, "topic/create") || !strings.Contains(document, "sendmessage") {
		t.Error("the document does not show what is offered")
	}
}

// Pages of any origin may call with a token.
func TestCORS(t *testing.T) {
	w := newWorld(t)
	r := w.do(call{Method: "OPTIONS", Path: "/chat/recent", Header: http.Header{"Origin": {"https://app.example"},
		"Access-Control-Request-Method": {"GET"}, "Access-Control-Request-Headers": {"authorization"}}})
	if r.Status != 204 || r.Header.Get("Access-Control-Allow-Origin") != "*" || r.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Error(r.Status, r.Header)
	}
	r = w.do(call{As: "ann", Path: "/chat/recent", Header: http.Header{"Origin": {"https://app.example"}}})
	if r.Status != 200 || r.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error(r.Status, r.Header)
	}
}

// A key without the permission to chat may do nothing here.
func TestScope(t *testing.T) {
	w := newWorld(t)
	p := w.people["ann"]
	token, _, err := w.Auth.Mint(t.Context(), p, switchboard.PlatformDialect, []switchboard.Scope{})
	must(t, err)
	for _, path := range []string{"/chat/recent", "/users/bob", "/users/userList", "/chat/unreadcount"} {
		refused(t, w.do(call{Path: path, Header: http.Header{"Authorization": {token}}}), 403, "scope-missing")
	}
}

// Visitors of a web site talk in their conversations only.
func TestVisitor(t *testing.T) {
	w := newWorld(t)
	v, err := w.Auth.RegisterVisitor(t.Context(), auth.VisitorRequest{Tenant: w.Tenant.ID})
	must(t, err)
	token := http.Header{"Authorization": {v.Token}}
	refused(t, w.do(call{Path: "/users/userList", Header: token}), 403, "visitor-not-allowed")
	refused(t, w.do(call{Path: "/users/ann", Header: token}), 400, "user-not-found")
	refused(t, w.do(call{Path: "/chat/sendmessage", Form: single("ann", "hi"), Header: token}), 403, "visitor-not-allowed")
	refused(t, w.do(call{As: "ann", Path: "/users/" + v.Username}), 400, "user-not-found")
}

// hostile is what strangers put into every field.
var hostile = []string{"", " ", "'", `"`, "' OR '1'='1", "1; DROP TABLE accounts; --", "<script>alert(1)</script>", "&lt;", "%00", "../../etc/passwd",
	"\x00", "\x01", "\xff\xfe", "\u202e", "\ufffe", "🎉", "-1", "0", "1e309", "NaN", "true", "null", "[]", "{}", "@", "/", "a@b@c", "a/b",
	long(300), long(20_000), strings.Repeat("🎉", 10_001), "${jndi:ldap://x}", "{{7*7}}", "\r\nSet-Cookie: a=b"}

// Every text field of every call takes every hostile value: the answer is a
// success or a refusal in shape, never a 500, and nothing is executed.
func TestHostileText(t *testing.T) {
	w := newWorld(t)
	w.send("ann", "singlechat", "bob", "first")
	people := url.Values{"name": {"a"}, "page": {"1"}, "size": {"1"}, "metadataKey": {"city"}, "metadataValues": {"Brno"}, "licenseKey": {"trial"}}
	account := url.Values{"deviceType": {"web"}, "licenseKey": {"trial"}, "deviceOsVersion": {""}, "deviceToken": {""}, "voipDeviceToken": {""}, "mode": {"0"},
		"nickname": {""}, "mobileNumber": {""}, "email": {""}, "profileUrl": {""}, "profileFile": {""}, "metadataKey1": {"a"}, "metadataValue1": {"b"},
		"metadataKey2": {"c"}, "metadataValue2": {"d"}, "metadataKey3": {""}, "metadataValue3": {""}, "metadataKey4": {""}, "metaData": {"{}"}}
	made := maps.Clone(account)
	made["userIdentifier"] = []string{"zoe"}
	calls := []struct {
		method, path string
		good         url.Values
	}{
		{"POST", "/users/createUser", made},
		{"POST", "/users/bob", account},
		{"POST", "/users/deleteUserAccount", url.Values{"userId": {"nobody"}, "reason": {"x"}, "feedback": {""}}},
		{"POST", "/users/resetPassword", url.Values{"userId": {"bob"}, "deviceId": {""}, "deviceType": {"web"}}},
		{"PUT", "/users/updateMetaData/bob", url.Values{"a": {"1"}}},
		{"PUT", "/users/updatedevicetoken", url.Values{"username": {"bob"}, "deviceType": {"ios"}, "deviceId": {""}, "deviceOsVersion": {""}, "deviceToken": {"x"},
			"voipDeviceToken": {""}, "mode": {"0"}}},
		{"POST", "/moderation/block", url.Values{"blockStatus": {"false"}, "id": {"bob"}, "type": {"user"}}},
		{"POST", "/moderation/block", url.Values{"blockStatus": {"false"}, "id": {"nowhere"}, "type": {"group"}}},
		{"GET", "/users/presence", url.Values{"userIds": {"bob"}, "page": {"1"}, "size": {"1"}}},
		{"GET", "/users/userList", people}, {"GET", "/contacts/contactsList", people}, {"GET", "/users/blockedList", people}, {"GET", "/users/blockedByList", people},
		{"GET", "/users/callLogs", url.Values{"lastSyncDate": {""}, "page": {"1"}, "size": {"1"}}},
		{"POST", "/users/calls/createRoom", url.Values{"x": {"y"}}},
		{"GET", "/chat/details", url.Values{"chatId": {"bob"}, "topicId": {""}, "page": {"1"}, "size": {"1"}}},
		{"GET", "/users/config", url.Values{"x": {"y"}}},
		{"GET", "/users/features", url.Values{"x": {"y"}}},
		{"GET", "/users/devices", url.Values{"x": {"y"}}},
		{"GET", "/users/devices/request", url.Values{"userCode": {"x"}}},
		{"POST", "/users/devices/approve", url.Values{"userCode": {"x"}, "approve": {"true"}}},
		{"POST", "/users/profile", url.Values{"nickName": {""}, "name": {""}, "status": {""}, "mobileNumber": {""}, "email": {""}, "profileUrl": {""}, "image": {""},
			"removeImage": {"false"}}},
		{"POST", "/users/feedback", url.Values{"title": {"x"}, "description": {""}}},
		{"POST", "/users/report", url.Values{"jid": {""}, "userId": {"bob"}, "groupId": {""}, "chatType": {"chat"}, "messages": {"[]"}}},
		{"POST", "/login", url.Values{"username": {"ann"}, "password": {password}, "type": {""}}},
		{"POST", "/register", url.Values{"deviceType": {"web"}, "licenseKey": {"trial"}, "userIdentifier": {"ann"}, "identityToken": {""},
			"password": {password}, "forceRegister": {"true"}, "metadata": {"{}"}}},
		{"POST", "/sandbox/register", url.Values{"deviceType": {"web"}, "licenseKey": {"trial"}, "userIdentifier": {"carol"}, "metadata": {"{}"}}},
		{"GET", "/users/userList", url.Values{"name": {""}, "page": {"1"}, "size": {"5"}, "metadataKey": {"a"}, "metadataValues": {"b"},
			"licenseKey": {"trial"}}},
		{"POST", "/users/block", url.Values{"userId": {"bob"}}},
		{"POST", "/users/unblock", url.Values{"userId": {"bob"}}},
		{"PUT", "/users/updateMetaData", url.Values{"a": {"1"}}},
		{"POST", "/chat/sendmessage", url.Values{"chatType": {"singlechat"}, "toUser": {"bob"}, "messageType": {"text"}, "message": {"x"},
			"replyTo": {""}, "topicId": {""}, "messageId": {""}}},
		{"GET", "/chat/history", url.Values{"chatType": {"singlechat"}, "participant": {"bob"}, "page": {"1"}, "size": {"1"}, "messageId": {""},
			"direction": {"forward"}, "topicId": {""}}},
		{"GET", "/chat/recent", url.Values{"messageTime": {"1"}, "byTopic": {"false"}, "topicId": {""}, "exclude": {"x"}}},
	}
	for _, c := range calls {
		for field := range c.good {
			for _, value := range hostile {
				values := url.Values{}
				for k, v := range c.good {
					values[k] = v
				}
				values.Set(field, value)
				one := call{As: "root", Method: c.method, Path: c.path, Form: values}
				if c.method == "GET" {
					one.Query, one.Form = values, nil
				}
				w.clock.Add(time.Minute) // so that nobody is throttled
				w.tokens = map[string]string{}
				w.shaped(one, field, value)
			}
		}
	}
	for _, value := range hostile {
		for _, path := range []string{"/users/", "/users/getMetaData/", "/users/lastSeen/"} {
			w.shaped(call{As: "ann", Path: path + url.PathEscape(value)}, "path", value)
		}
	}
	w.want(200, call{As: "root", Path: "/users/bob"}) // nobody has lost what he may do
	for name, p := range w.people {
		if _, err := w.Auth.Account(t.Context(), p, p.Account); err != nil {
			t.Error(name, err)
		}
	}
}

// shaped checks that an answer is a success or a refusal of the client's making.
func (w *world) shaped(c call, field, value string) {
	w.t.Helper()
	r := w.do(c)
	if r.Status == http.StatusRequestHeaderFieldsTooLarge { // net/http refuses it before anybody of us sees it
		return
	}
	switch {
	case r.Status == 200:
	case r.Status >= 400 && r.Status < 500:
		refused(w.t, r, r.Status, "")
	default:
		w.t.Errorf("%s %s, %s = %.50q: %d %s", c.Method, c.Path, field, value, r.Status, r.Body)
	}
	if r.Header.Get("Set-Cookie") != "" || r.Header.Get("Content-Type") != "application/json" {
		w.t.Errorf("%s %s, %s = %.50q: %v", c.Method, c.Path, field, value, r.Header)
	}
}

// TestBadInput holds each call's own mistakes.
func TestBadInput(t *testing.T) {
	w := newWorld(t)
	send := func(change ...string) url.Values { return single("bob", "x", change...) }
	form := func(v url.Values) call { return call{Path: "/chat/sendmessage", Form: v} }
	for name, c := range map[string]struct {
		status int
		code   string
		call   call
	}{
		"login: no body":             {400, "missing-field", call{Method: "POST", Path: "/login"}},
		"login: list":                {400, "", call{Path: "/login", JSON: `[]`}},
		"login: number":              {400, "", call{Path: "/login", JSON: `{"username":7,"password":"x"}`}},
		"login: null":                {400, "missing-field", call{Path: "/login", JSON: `{"username":null,"password":"x"}`}},
		"login: broken":              {400, "malformed-json", call{Path: "/login", JSON: `{"username":`}},
		"login: two values":          {400, "malformed-json", call{Path: "/login", JSON: `{} {}`}},
		"login: deep":                {400, "json-too-deep", call{Path: "/login", JSON: strings.Repeat("[", 5000)}},
		"login: giant":               {413, "body-too-large", call{Path: "/login", JSON: `{"username":"` + long(2<<20) + `"}`}},
		"login: long password":       {401, "credentials-wrong", call{Path: "/login", JSON: `{"username":"ann","password":"` + long(100_000) + `"}`}},
		"login: xml":                 {415, "unsupported-media-type", call{Path: "/login", Body: []byte("<login/>"), Header: http.Header{"Content-Type": {"text/xml"}}}},
		"login: latin1":              {400, "invalid-text", call{Path: "/login", JSON: "{\"username\":\"\xe9\",\"password\":\"x\"}"}},
		"login: GET":                 {405, "method-not-allowed", call{Path: "/login"}},
		"register: no licence":       {400, "missing-field", call{Path: "/sandbox/register", JSON: `{"userIdentifier":"x"}`}},
		"register: empty licence":    {400, "licence-unknown", call{Path: "/sandbox/register", JSON: `{"licenseKey":"","userIdentifier":"x"}`}},
		"register: unknown licence":  {400, "licence-unknown", call{Path: "/sandbox/register", JSON: `{"licenseKey":"nope","userIdentifier":"x"}`}},
		"register: foreign licence":  {401, "proof-wrong", call{As: "ann", Path: "/register", JSON: `{"licenseKey":"` + w.other.Licence + `","userIdentifier":"ann"}`}},
		"register: no name":          {400, "missing-field", call{Path: "/sandbox/register", JSON: `{"licenseKey":"trial"}`}},
		"register: empty name":       {400, "identifier-missing", call{Path: "/sandbox/register", JSON: `{"licenseKey":"trial","userIdentifier":""}`}},
		"register: name with space":  {400, "identifier-malformed", call{Path: "/sandbox/register", JSON: `{"licenseKey":"trial","userIdentifier":"a b"}`}},
		"register: name with quote":  {400, "identifier-malformed", call{Path: "/sandbox/register", JSON: `{"licenseKey":"trial","userIdentifier":"a'b"}`}},
		"register: long name":        {400, "identifier-too-long", call{Path: "/sandbox/register", JSON: `{"licenseKey":"trial","userIdentifier":"` + long(192) + `"}`}},
		"register: device type":      {400, "text-too-long", call{Path: "/sandbox/register", JSON: `{"licenseKey":"trial","userIdentifier":"x","deviceType":"` + long(100) + `"}`}},
		"register: force":            {400, "invalid-field", call{Path: "/sandbox/register", JSON: `{"licenseKey":"trial","userIdentifier":"x","forceRegister":"maybe"}`}},
		"send: nothing":              {400, "missing-field", call{Method: "POST", Path: "/chat/sendmessage"}},
		"send: no text":              {400, "text-missing", form(send("message", ""))},
		"send: long text":            {413, "text-too-long", form(send("message", long(switchboard.MaxFieldText+1)))},
		"send: control":              {400, "text-invalid", form(send("message", "a\x07b"))},
		"send: NUL":                  {400, "invalid-text", form(send("message", "a\x00b"))},
		"send: not UTF-8":            {400, "invalid-text", form(send("message", "a\xffb"))},
		"send: chat type":            {400, "invalid-field", form(send("chatType", "broadcast"))},
		"send: no chat type":         {400, "invalid-field", form(send("chatType", ""))},
		"send: message type":         {400, "invalid-field", form(send("messageType", "hologram"))},
		"send: image":                {400, "file-missing", form(send("messageType", "image"))},
		"send: location":             {400, "location-invalid", form(send("messageType", "Location"))},
		"send: edit":                 {400, "edit-unsupported", form(send("messageId", "abc"))},
		"send: topic":                {400, "topic-unknown", form(send("topicId", "abc"))},
		"send: to nobody":            {400, "recipient-unavailable", form(send("toUser", "nobody"))},
		"send: to no one":            {400, "", form(send("toUser", ""))},
		"send: to a foreign address": {400, "user-id-invalid", form(send("toUser", "eve@other.example"))},
		"send: to a device":          {400, "user-id-invalid", form(send("toUser", "bob@localhost/phone"))},
		"send: to a server":          {400, "user-id-invalid", form(send("toUser", "@localhost"))},
		"send: to no group":          {400, "group-not-found", form(send("chatType", "groupchat"))},
		"send: long reply":           {400, "invalid-field", form(send("replyTo", long(201)))},
		"send: reply with control":   {400, "text-invalid", form(send("replyTo", "\x07"))},
		"send: wrong type":           {400, "", call{Path: "/chat/sendmessage", JSON: `{"chatType":"singlechat","toUser":"bob","messageType":"text","message":{"a":1}}`}},
		"send: list":                 {400, "", call{Path: "/chat/sendmessage", JSON: `{"chatType":["singlechat"],"toUser":"bob","messageType":"text","message":"x"}`}},
		"send: compressed":           {415, "unsupported-encoding", call{Path: "/chat/sendmessage", JSON: `{}`, Header: http.Header{"Content-Encoding": {"gzip"}}}},
		"send: half a multipart":     {400, "malformed-multipart", call{Path: "/chat/sendmessage", Body: []byte("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx"), Header: http.Header{"Content-Type": {"multipart/form-data; boundary=b"}}}},
	} {
		if c.call.As == "" && strings.HasPrefix(c.call.Path, "/chat") {
			c.call.As = "ann"
		}
		rows, events := w.added(func() {
			t.Run(name, func(t *testing.T) { refused(t, w.do(c.call), c.status, c.code) })
		})
		if len(rows) > 0 || len(events) > 0 {
			t.Errorf("%s: %v %v", name, rows, events)
		}
	}
}
