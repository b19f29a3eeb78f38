package web_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"
	"time"
)

// Every encoding gives the handler the same note.
func TestEncodings(t *testing.T) {
	b := newBench(t)
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	for _, f := range [][2]string{{"NOTE", "hi"}, {"Count", "3"}, {"live", "on"}, {"Tags", "a"}, {"Tags", "b"}, {"guest.firstname", "Eva"}} {
		m.WriteField(f[0], f[1])
	}
	m.Close()
	want := `{"note":"hi","count":3,"live":true,"tags":["a","b"],"guest":{"firstName":"Eva"}}`
	for name, c := range map[string][3]string{
		"json":        {"", asJSON, want},
		"pascal case": {"", asJSON, `{"Note":"hi","COUNT":3,"Live":true,"Tags":["a","b"],"Guest":{"FIRSTNAME":"Eva","Age":null},"Kind":null}`},
		"vendor json": {"", "application/vnd.x+json; charset=UTF-8", want},
		"no type":     {"", "", want},
		"curl -d":     {"", asForm, want},
		"form":        {"", asForm, "note=hi&count=3&live=true&tags=a&tags=b&guest.firstName=Eva"},
		"form, []":    {"", asForm, "note=hi&count=3&live=1&tags[]=a&tags[]=b&guest[firstName]=Eva"},
		"form, json":  {"", asForm, "note=hi&count=3&live=1&tags=%5B%22a%22,%22b%22%5D&guest=%7B%22firstname%22:%22Eva%22%7D"},
		"form, label": {"", asJSON, "note=hi&count=3&live=true&tags=a&tags=b&guest.firstName=Eva"},
		"multipart":   {"", m.FormDataContentType(), form.String()},
		"query":       {"?Note=hi&count=3&LIVE=True&tags[0]=a&tags[1]=b&Guest.FirstName=Eva", "", ""},
		"mixed":       {"?count=3&note=ignored&live=yes", asJSON, `{"note":"hi","tags":["a","b"],"guest":{"firstName":"Eva"}}`},
		"unknown":     {"?x=1", asJSON, `{"note":"hi","count":3,"live":true,"tags":["a","b"],"guest":{"firstName":"Eva","zip":1},"surprise":{"a":[1]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got := b.call("PUT", "/public/api/v1/Sessions/5/note"+c[0], c[2], "Authorization", "public", "Content-Type", c[1])
			if got.status != 200 || got.body != want {
				t.Errorf("%d %s\nwant %s", got.status, got.body, want)
			}
		})
	}
}

func TestQuery(t *testing.T) {
	b := newBench(t)
	for query, want := range map[string]string{
		"": `{"Limit":50,"Offset":0,"Channel":null,"IDs":null,"Min":{"Value":"0001-01-01T00:00:00Z","Set":false},"Waited":"PT0S","Live":{"Value":false,"Set":false},"Text":""}`,
		"LIMIT=7&offset=2&channel=chat&channel=av&sessionid=1,2&sessionid=9007199254740993&created.min=2024-05-02&Waited.min=00:01:30&live=0&text=a,b": `{"Limit":7,"Offset":2,"Channel":["Chat","AV"],"IDs":[1,2,9007199254740993],"Min":{"Value":"2024-05-02T00:00:00Z","Set":true},"Waited":"PT1M30S","Live":{"Value":false,"Set":true},"Text":"a,b"}`,
		"Created.Min=2024-05-02T16:05:24&Channel[]=Email&waited.MIN=PT2S":                                                                              `{"Limit":50,"Offset":0,"Channel":["Email"],"IDs":null,"Min":{"Value":"2024-05-02T16:05:24Z","Set":true},"Waited":"PT2S","Live":{"Value":false,"Set":false},"Text":""}`,
		"Created.Min=2024-05-02T16:05:24.5+02:00&limit=":                                                                                               `{"Limit":50,"Offset":0,"Channel":null,"IDs":null,"Min":{"Value":"2024-05-02T16:05:24.5+02:00","Set":true},"Waited":"PT0S","Live":{"Value":false,"Set":false},"Text":""}`,
	} {
		got := b.call("GET", "/public/api/v1/sessions?"+query, "", "Authorization", "Bearer public")
		if got.status != 200 || got.body != "[]" {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		} else if s := jsonOf(b.last); s != want {
			t.Errorf("%s:\n got %s\nwant %s", query, s, want)
		}
	}
	got := b.call("GET", "/platform/api/v1/users/userList?metadataValues=a,b&metadatavalues=c", "", "Authorization", "platform")
	if got.body != `["a","b","c"]` {
		t.Errorf("lists without explode: %s", got.body)
	}
	got = b.call("POST", "/platform/api/v1/login", "username=a&password=b", "Content-Type", asForm)
	if got.body != `{"user":"a"}` {
		t.Errorf("form login: %s", got.body)
	}
}

func TestBodiesThatAreMaps(t *testing.T) {
	b := newBench(t)
	for body, kind := range map[string]string{`{"a":"1","B":"x"}`: asJSON, "a=1&B=x": asForm} {
		got := b.call("PUT", "/platform/api/v1/users/updateMetaData/eva", body, "Authorization", "platform", "Content-Type", kind)
		if got.body != `{"B":"x","a":"1"}` {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
}

func TestUpload(t *testing.T) {
	b := newBench(t)
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	m.WriteField("nickname", "Eva")
	w, _ := m.CreateFormFile("profileFile", `..\..\me.png`)
	w.Write([]byte{0, 1, 2})
	m.Close()
	got := b.call("POST", "/platform/api/v1/users/createUser", form.String(), "Authorization", "platform", "Content-Type", m.FormDataContentType())
	if got.body != `"Eva me.png \u0000\u0001\u0002"` {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// Nothing that a client sends is our fault.
func TestBadInput(t *testing.T) {
	b := newBench(t)
	deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
	note := "/public/api/v1/Sessions/5/note"
	for i, c := range []struct {
		target, kind, body string
		status             int
		code, field        string
	}{
		{note, asJSON, `{"note":`, 400, "malformed-json", ""},
		{note, asJSON, `{"note":"a"} {}`, 400, "malformed-json", ""},
		{note, asJSON, `nonsense`, 400, "malformed-json", ""},
		{note, asJSON, "{\"note\":\"\xff\"}", 400, "invalid-text", ""},
		{note, asJSON, `{"note":"a\u0000b"}`, 400, "invalid-text", "note"},
		{note, asJSON, `{"note":"a","metaData":{"k":["\u0000"]}}`, 400, "invalid-text", "k"},
		{note, asForm, "note=%00", 400, "invalid-text", "note"},
		{note, asForm, "note=%ff", 400, "invalid-text", "note"},
		{note, asForm, "note=%zz", 400, "malformed-form", ""},
		{note + "?a=%zz", asJSON, `{}`, 400, "malformed-query", ""},
		{note + "?note=%00", "", "", 400, "invalid-text", "note"},
		{note, asJSON, deep, 400, "json-too-deep", ""},
		{note, asJSON, strings.Repeat("[", 4000), 400, "json-too-deep", ""},
		{note, asJSON, `{"note":"` + strings.Repeat("a", 5000) + `"}`, 413, "body-too-large", ""},
		{note, asForm, "note=" + strings.Repeat("a", 5000), 413, "body-too-large", ""},
		{note, asJSON, `{}`, 400, "missing-field", "note"},
		{note, "", ``, 400, "missing-field", "note"},
		{note, asJSON, `{"note":null}`, 400, "missing-field", "note"},
		{note, asJSON, `[]`, 400, "invalid-field", "body"},
		{note, asJSON, `"note"`, 400, "invalid-field", "body"},
		{note, asJSON, `null`, 400, "invalid-field", "body"},
		{note, asJSON, `{"note":5}`, 400, "invalid-field", "note"},
		{note, asJSON, `{"note":{"a":1}}`, 400, "invalid-field", "note"},
		{note, asJSON, `{"note":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`, 400, "invalid-field", "note"},
		{note, asJSON, `{"note":"a","count":"3"}`, 400, "invalid-field", "count"},
		{note, asJSON, `{"note":"a","count":3.5}`, 400, "invalid-field", "count"},
		{note, asJSON, `{"note":"a","count":3000000000}`, 400, "invalid-field", "count"},
		{note, asJSON, `{"note":"a","big":99999999999999999999}`, 400, "invalid-field", "big"},
		{note, asJSON, `{"note":"a","ratio":1e999}`, 400, "invalid-field", "ratio"},
		{note, asJSON, `{"note":"a","ratio":"1"}`, 400, "invalid-field", "ratio"},
		{note, asJSON, `{"note":"a","live":"yes"}`, 400, "invalid-field", "live"},
		{note, asJSON, `{"note":"a","kind":"FAX"}`, 400, "invalid-field", "kind"},
		{note, asJSON, `{"note":"a","tags":"x"}`, 400, "invalid-field", "tags"},
		{note, asJSON, `{"note":"a","numbers":[1,"b"]}`, 400, "invalid-field", "numbers[1]"},
		{note, asJSON, `{"note":"a","at":"yesterday"}`, 400, "invalid-field", "at"},
		{note, asJSON, `{"note":"a","guest":[]}`, 400, "invalid-field", "guest"},
		{note, asJSON, `{"note":"a","guest":{"age":"x"}}`, 400, "invalid-field", "guest.age"},
		{note, asJSON, `{"note":"a","guest":{"AGE":true}}`, 400, "invalid-field", "guest.age"},
		{note, asJSON, `{"note":"a","params":{"k":1}}`, 400, "invalid-field", "params.k"},
		{note, asForm, `note=a&count=x`, 400, "invalid-field", "count"},
		{note, asForm, `note=a&guest.age=x`, 400, "invalid-field", "guest.age"},
		{note, asForm, `note=a&guest=x`, 400, "invalid-field", "guest"},
		{note, "application/xml", `<a/>`, 415, "unsupported-media-type", ""},
		{note, "text/plain", `hello`, 415, "unsupported-media-type", ""},
		{note, "no/such; type=\"", `hello`, 415, "unsupported-media-type", ""},
		{note, "application/json; charset=utf-16", `{"note":"a"}`, 415, "unsupported-media-type", ""},
		{note, "multipart/form-data", `x`, 400, "malformed-multipart", ""},
		{note, "multipart/form-data; boundary=b", "--b\r\nnope", 400, "malformed-multipart", ""},
		{"/public/api/v1/Sessions/abc/note", asJSON, `{"note":"a"}`, 400, "invalid-field", "id"},
		{"/public/api/v1/Sessions/99999999999999999999/note", asJSON, `{"note":"a"}`, 400, "invalid-field", "id"},
		{"/public/api/v1/Sessions/%00/note", asJSON, `{"note":"a"}`, 400, "malformed-path", ""},
		{"/public/api/v1/Sessions/%ff/note", asJSON, `{"note":"a"}`, 400, "malformed-path", ""},
		{"/public/api/v1/Nowhere", asJSON, `{}`, 404, "no-such-path", ""},
		{"/public/api/v1/Sessions/%2e%2e/note", asJSON, `{"note":"a"}`, 400, "invalid-field", "id"},
		{"/public/api/v1/Sessions", asJSON, `{}`, 405, "method-not-allowed", ""},
	} {
		t.Run(fmt.Sprint(i, " ", c.code, " ", c.field), func(t *testing.T) {
			got := b.call("PUT", c.target, c.body, "Authorization", "public", "Content-Type", c.kind)
			if got.status != c.status || got.header.Get("X-Error-Code") != c.code {
				t.Fatalf("%.80s: %d %s %s, want %d %s", c.body, got.status, got.header.Get("X-Error-Code"), got.body, c.status, c.code)
			}
			if c.field != "" && !strings.Contains(got.body, `"`+c.field+`":"`) {
				t.Errorf("%.80s: %s does not name %s", c.body, got.body, c.field)
			}
			if strings.Contains(got.body, "json:") || strings.Contains(got.body, "Go ") || strings.Contains(got.body, "validation failed") {
				t.Errorf("a message from inside: %s", got.body)
			}
		})
	}
	for query, field := range map[string]string{"limit=x": "limit", "limit=0": "limit", "limit=1001": "limit", "offset=3000000000": "offset",
		"Channel=Fax": "Channel[0]", "SessionId=1&SessionId=x": "SessionId", "created.min=soon": "Created.Min", "waited.min=x": "Waited.Min",
		"live=perhaps": "live", "limit=1e3": "limit"} {
		got := b.call("GET", "/public/api/v1/Sessions?"+query, "", "Authorization", "public")
		if got.status != 400 || !strings.Contains(got.body, `"`+field+`":"`) {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
}

func TestManyFields(t *testing.T) {
	b := newBench(t)
	var form strings.Builder
	for i := range 400 {
		fmt.Fprintf(&form, "k%d=&", i)
	}
	if got := b.call("PUT", "/public/api/v1/Sessions/5/note", form.String()+"note=a", "Authorization", "public", "Content-Type", asForm); got.status != 200 {
		t.Errorf("some unknown fields: %d %s", got.status, got.body)
	}
	for i := range 1001 {
		fmt.Fprintf(&form, "q%d=&", i)
	}
	got := b.call("PUT", "/public/api/v1/Sessions/5/note?"+form.String(), "note=a", "Authorization", "public", "Content-Type", asForm)
	if got.status != 400 || got.header.Get("X-Error-Code") != "too-many-fields" {
		t.Errorf("too many: %d %s", got.status, got.body)
	}
}

// Text that means something in SQL or HTML is text.
func TestTextIsText(t *testing.T) {
	b := newBench(t)
	for _, text := range []string{`'; DROP TABLE x`, `<b>&amp;"x"`, "žluť 👋", "\u2028"} {
		body := jsonOf(map[string]string{"note": text})
		got := b.call("PUT", "/public/api/v1/Sessions/5/note", body, "Authorization", "public", "Content-Type", asJSON)
		if got.status != 200 || b.last.(noteIn).Body.Note != text {
			t.Errorf("%q: %d %s", text, got.status, got.body)
		}
	}
}

func TestOptionalBody(t *testing.T) {
	b := newBench(t)
	if got := b.call("POST", "/public/api/v1/Webhooks", "", "Authorization", "admin"); got.status != 201 || got.body != "0" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := b.call("POST", "/public/api/v1/webhooks?CallbackUrl=x", "", "Authorization", "admin"); got.status != 201 || got.body != "42" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestTimeInBody(t *testing.T) {
	b := newBench(t)
	for text, want := range map[string]string{"2024-05-02": "2024-05-02T00:00:00Z", "2024-05-02T16:05:24.454661+02:00": "2024-05-02T16:05:24.454661+02:00"} {
		got := b.call("PUT", "/public/api/v1/Sessions/5/note", `{"note":"a","At":"`+text+`"}`, "Authorization", "public", "Content-Type", asJSON)
		if got.status != 200 {
			t.Fatalf("%s: %d %s", text, got.status, got.body)
		}
		if at := b.last.(noteIn).Body.At; at.Format(time.RFC3339Nano) != want {
			t.Errorf("%s: %v", text, at)
		}
	}
}
