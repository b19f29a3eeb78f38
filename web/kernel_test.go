package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/web"
)

func TestPanicBecomesAnswer(t *testing.T) {
	b := newBench(t)
	for how, code := range map[string]string{"panic": "internal", "plain": "internal"} {
		got := b.call("GET", "/public/api/v1/Fail/"+how, "", "Authorization", "public")
		if got.status != 500 || got.header.Get("X-Error-Code") != code || strings.Contains(got.body, "secret") {
			t.Errorf("%s: %d %s", how, got.status, got.body)
		}
		if !strings.Contains(b.log.String(), "secret reason") {
			t.Errorf("%s: the log does not say why", how)
		}
	}
	b.kernel.Mux().HandleFunc("GET /page", func(http.ResponseWriter, *http.Request) { panic("secret") })
	if got := b.call("GET", "/page", ""); got.status != 500 || got.body != `{"code":"internal","message":"something went wrong on our side"}` {
		t.Errorf("page: %d %s", got.status, got.body)
	}
}

func TestErrorShapes(t *testing.T) {
	b := newBench(t)
	if got := b.call("GET", "/public/api/v1/Fail/fields", "", "Authorization", "public"); got.status != 400 || got.body != `{"a":"is odd","b":"is even"}` {
		t.Errorf("fields: %d %s", got.status, got.body)
	}
	got := b.call("GET", "/public/api/v1/Fail/busy", "", "Authorization", "public")
	if got.status != 429 || got.header.Get("Retry-After") != "2" {
		t.Errorf("busy: %d %v", got.status, got.header)
	}
	got = b.call("POST", "/public/api/v1/Webhooks", `{"callbackUrl":"taken"}`, "Authorization", "admin", "Content-Type", asJSON)
	if got.status != 409 || got.body != "41" {
		t.Errorf("conflict: %d %s", got.status, got.body)
	}
	got = b.call("GET", "/platform/api/v1/nowhere", "", "Authorization", "platform")
	if got.status != 404 || got.body != `{"status":404,"message":"there is nothing at this path","code":"no-such-path"}` {
		t.Errorf("platform: %d %s", got.status, got.body)
	}
}

func TestErrorTableWalk(t *testing.T) {
	want := map[switchboard.Kind]int{switchboard.Internal: 500, switchboard.Invalid: 400, switchboard.Unauthorized: 401,
		switchboard.Forbidden: 403, switchboard.NotFound: 404, switchboard.Conflict: 409, switchboard.NotAllowed: 409,
		switchboard.TooLarge: 413, switchboard.TooMany: 429, switchboard.Unsupported: 415, switchboard.Unavailable: 503}
	web.CheckErrorTable(t, web.ErrorTable{}, want)
	web.CheckErrorTable(t, publicErrors, want)
	leaky := web.ErrorTable{Body: func(p *web.Problem) any { return p.Err.Error() }}
	var r reporter
	web.CheckErrorTable(&r, leaky, nil)
	if len(r) != 2*len(want) {
		t.Errorf("%d complaints about a bad table: %v", len(r), r)
	}
}

type reporter []string

func (r *reporter) Helper() {}
func (r *reporter) Errorf(format string, args ...any) {
	*r = append(*r, fmt.Sprintf(format, args...))
}

func TestHeadersAndLog(t *testing.T) {
	b := newBench(t)
	got := b.call("GET", "/api/v1/Sessions?text=secret-word", "", "Authorization", "Bearer public", "X-Request-Id", "trace-12345")
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Request-Id": "trace-12345",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store", "Content-Type": "application/json"} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %q", name, got.header.Get(name))
		}
	}
	log := b.log.String()
	if strings.Contains(log, "secret-word") || strings.Contains(log, "public ") || !strings.Contains(log, "request=trace-12345 method=GET path=/api/v1/Sessions status=200") {
		t.Errorf("log: %s", log)
	}
	if id := b.call("GET", "/api/v1/Sessions", "", "X-Request-Id", "a\tforged line").header.Get("X-Request-Id"); strings.Contains(id, "forged") || len(id) != 16 {
		t.Errorf("id taken over: %q", id)
	}
}

func TestObserve(t *testing.T) {
	var seen []string
	k := web.New(web.Options{Observe: func(pattern string, status int, _ time.Duration) {
		seen = append(seen, fmt.Sprint(pattern, " ", status))
	}})
	k.Mux().HandleFunc("GET /page/{id}", func(http.ResponseWriter, *http.Request) {})
	api := web.NewAPI(k, web.APIOptions{Prefix: "/x/v1"})
	web.Handle(api, web.Op{Method: "GET", Path: "/thing/{id}", Anonymous: true},
		func(context.Context, switchboard.Principal, *struct {
			ID string `path:"id"`
		}) (*web.Nothing, error) {
			return nil, nil
		})
	h := k.Handler()
	for _, path := range []string{"/page/1", "/x/v1/thing/7", "/x/v1/no", "/nowhere"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
	}
	if got := strings.Join(seen, "; "); got != "GET /page/{id} 200; GET /x/v1/thing/{id} 204; GET /x/v1/? 401;  404" {
		t.Error(got)
	}
}

func TestClientIP(t *testing.T) {
	var got netip.Addr
	var scheme string
	k := web.New(web.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}})
	k.Mux().HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) { got, scheme = web.ClientIP(r), web.Scheme(r) })
	for _, c := range [][4]string{
		{"192.0.2.1:5", "198.51.100.7", "192.0.2.1", "http"}, // not a proxy of ours: the header is the client's claim
		{"10.0.0.1:5", "198.51.100.7", "198.51.100.7", "https"},
		{"10.0.0.1:5", "203.0.113.9, 198.51.100.7, 10.1.1.1", "198.51.100.7", "https"},
		{"10.0.0.1:5", "nonsense", "10.0.0.1", "https"},
		{"10.0.0.1:5", "", "10.0.0.1", "https"},
		{"[::1]:5", "[2001:db8::1]:443", "2001:db8::1", "https"},
		{"[::ffff:192.0.2.1]:5", "", "192.0.2.1", "http"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c[0]
		r.Header.Set("X-Forwarded-For", c[1])
		r.Header.Set("X-Forwarded-Proto", "https")
		k.Handler().ServeHTTP(httptest.NewRecorder(), r)
		if got.String() != c[2] || scheme != c[3] {
			t.Errorf("%v: %v %s", c, got, scheme)
		}
	}
}

func TestRoutes(t *testing.T) {
	b := newBench(t)
	const want = `GET /public/api/v1/Fail/{how} signed-in Failures
GET /public/api/v1/Sessions sessions.read Conversations
PUT /public/api/v1/Sessions/{id}/note signed-in Note
PUT /public/api/v1/Sessions/{id}/notes signed-in = Note
GET /public/api/v1/Users/{id} signed-in A user
POST /public/api/v1/Webhooks webhooks New webhook
DELETE /public/api/v1/Webhooks/{id} admin No webhook
GET /public/api/v1/events signed-in Events
`
	if got := b.public.Routes(); got != want {
		t.Errorf("%s", got)
	}
	if got := b.kernel.Routes(); !strings.Contains(got, "POST /platform/api/v1/login anonymous Sign in\n") || !strings.HasSuffix(got, want) {
		t.Errorf("%s", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("two operations at one place")
		}
	}()
	web.Handle(b.public, web.Op{Method: "GET", Path: "/SESSIONS"},
		func(context.Context, switchboard.Principal, *struct{}) (*web.Nothing, error) { return nil, nil })
}

type hiddenPage struct {
	Page int `query:"page"`
}

// huma would not see the fields of an embedded struct whose type has no
// exported name, so such an operation is refused.
func TestEmbedded(t *testing.T) {
	b := newBench(t)
	for name, register := range map[string]func(web.Op){
		"input": func(op web.Op) {
			web.Handle(b.public, op, func(context.Context, switchboard.Principal, *struct{ hiddenPage }) (*web.Nothing, error) {
				return nil, nil
			})
		},
		"deep in the output": func(op web.Op) {
			type answer struct {
				List []map[string]*struct{ hiddenPage }
			}
			web.Handle(b.public, op, func(context.Context, switchboard.Principal, *struct{}) (*web.Out[answer], error) { return nil, nil })
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error(name, "is taken")
				}
			}()
			register(web.Op{Method: "GET", Path: "/embedded"})
		}()
	}
}

func TestOpenAPI(t *testing.T) {
	b := newBench(t)
	got := b.call("GET", "/api/openapi.json", "")
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Summary     string
			Description string
			Tags        []string
			Security    []map[string][]string
			Responses   map[string]struct{ Content map[string]any }
			Parameters  []struct{ Name string }
			XScope      string `json:"x-scope"`
		}
		Components struct {
			Schemas         map[string]any
			SecuritySchemes map[string]struct{ Type string }
		}
	}
	if err := json.Unmarshal([]byte(got.body), &doc); err != nil || got.status != 200 {
		t.Fatal(got.status, err)
	}
	list := doc.Paths["/public/api/v1/Sessions"]["get"]
	if doc.OpenAPI != "3.1.0" || list.Summary != "Conversations" || list.XScope != "sessions.read" || list.Tags[0] != "Public: Sessions" ||
		list.Security[1]["oauth2"][0] != "sessions.read" || list.Responses["400"].Content == nil || list.Responses["401"].Content != nil ||
		len(list.Parameters) != 8 {
		t.Errorf("%+v", list)
	}
	login := doc.Paths["/platform/api/v1/login"]["post"]
	if login.Security != nil || login.Tags[0] != "Platform" || login.Responses["401"].Content == nil {
		t.Errorf("%+v", login)
	}
	if doc.Components.Schemas["PublicNoteBody"] == nil || doc.Components.SecuritySchemes["oauth2"].Type != "oauth2" {
		t.Errorf("%v", doc.Components)
	}
	if strings.Contains(got.body, "/Sessions/{id}/notes") {
		t.Error("aliases are documented")
	}
	for _, ref := range strings.Split(got.body, `"$ref":"#/components/schemas/`)[1:] {
		if name, _, _ := strings.Cut(ref, `"`); doc.Components.Schemas[name] == nil {
			t.Errorf("no schema %s", name)
		}
	}
	etag := got.header.Get("ETag")
	if again := b.call("GET", "/api/openapi.json", "", "If-None-Match", etag); again.status != 304 {
		t.Errorf("again: %d", again.status)
	}
	if one := b.call("GET", "/api/openapi/platform.json", ""); one.status != 200 || strings.Contains(one.body, "/public/api/v1/Sessions") {
		t.Errorf("one dialect: %d", one.status)
	}
}

// A real connection: deadlines, streams and broken bodies need one.
func TestOverTheWire(t *testing.T) {
	b := newBench(t)
	ctx, stop := context.WithCancel(t.Context())
	server := b.kernel.Server(ctx)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	base := "http://" + l.Addr().String()

	t.Run("short body", func(t *testing.T) {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		io.WriteString(c, "PUT /public/api/v1/Sessions/5/note HTTP/1.1\r\nHost: x\r\nAuthorization: public\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"note\"")
		c.(*net.TCPConn).CloseWrite()
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode != 400 {
			t.Fatal(res, err)
		}
		res.Body.Close()
	})
	t.Run("events", func(t *testing.T) {
		r, _ := http.NewRequest("GET", base+"/api/v1/events", nil)
		r.Header.Set("Authorization", "public")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		want := "id: 1\nevent: message\ndata: a\ndata: b\n\n"
		got := make([]byte, len(want))
		if _, err := io.ReadFull(res.Body, got); err != nil || string(got) != want || res.Header.Get("Content-Type") != "text/event-stream" {
			t.Errorf("%q %v", got, err)
		}
		stop() // the server stops: the stream ends by itself
		io.Copy(io.Discard, res.Body)
	})
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

func TestStreamError(t *testing.T) {
	b := newBench(t)
	if got := b.call("GET", "/public/api/v1/events?after=bad", "", "Authorization", "public"); got.status != 400 || got.body != `{"after":"is no position"}` {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestAPIOptions(t *testing.T) {
	now := time.Unix(0, 0)
	k := web.New(web.Options{Now: func() time.Time { return now },
		Authenticate: func(_ context.Context, token string) (switchboard.Principal, error) { return principal(token) }})
	api := web.NewAPI(k, web.APIOptions{Prefix: "/x/v1", Strict: true, Location: time.FixedZone("", 3600),
		Dialects: []switchboard.Dialect{switchboard.PublicDialect}, Limiter: web.NewRateLimiter(1, 5, func() time.Time { return now })})
	var at time.Time
	web.Handle(api, web.Op{Method: "POST", Path: "/thing"}, func(_ context.Context, _ switchboard.Principal, in *struct {
		At   web.Optional[time.Time] `query:"at"`
		Body struct {
			Name  string `json:"name,omitempty"`
			Inner struct {
				A int `json:"a,omitempty"`
			} `json:"inner,omitzero" required:"false"`
		}
	}) (*web.Nothing, error) {
		at = in.At.Value
		return nil, nil
	})
	h := k.Handler()
	post := func(query, body, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/x/v1/thing?"+query, strings.NewReader(body))
		r.Header.Set("Authorization", token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	if w := post("at=2024-05-02", `{"NAME":"a","inner":{"A":1}}`, "public"); w.Code != 204 || at.Format(time.RFC3339) != "2024-05-02T00:00:00+01:00" {
		t.Errorf("%d %s %v", w.Code, w.Body, at)
	}
	for body, field := range map[string]string{`{"nmae":"a"}`: "nmae", `{"inner":{"b":1}}`: "inner.b"} {
		if w := post("", body, "public"); w.Code != 400 || !strings.Contains(w.Body.String(), `"`+field+`":"unexpected property"`) {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	if w := post("", `{}`, "platform"); w.Code != 403 || w.Header().Get("X-Error-Code") != "wrong-dialect" {
		t.Errorf("another dialect's token: %d %s", w.Code, w.Body)
	}
	post("", `{}`, "public")
	post("", `{}`, "public")
	if w := post("", `{}`, "public"); w.Code != 429 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("the sixth request at once: %d %v", w.Code, w.Header())
	}
	now = now.Add(time.Second)
	if w := post("", `{}`, "public"); w.Code != 204 {
		t.Errorf("a second later: %d", w.Code)
	}
}
