package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/web"
)

// bench is a kernel with two small dialects, as the real ones are shaped.
type bench struct {
	t        testing.TB
	kernel   *web.Kernel
	platform *web.API
	public   *web.API
	handler  http.Handler
	log      *lockedBuffer
	now      time.Time
	last     any // what the last handler was given
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type envelope struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
	Code    string `json:"code"`
}

var platformErrors = web.ErrorTable{
	Body:      func(p *web.Problem) any { return envelope{p.Status, p.Err.Message, p.Err.Code} },
	Documents: map[int]any{400: envelope{}, 401: envelope{}},
}

var publicErrors = web.ErrorTable{
	Body: func(p *web.Problem) any {
		if p.Status != http.StatusBadRequest {
			return nil
		}
		if m := p.FieldMap(); m != nil {
			return m
		}
		return map[string]string{"request": p.Err.Message}
	},
	Documents: map[int]any{400: map[string]string{}, 401: nil, 403: nil, 404: nil},
}

type noteBody struct {
	Note     string            `json:"note" maxLength:"20"`
	Count    int32             `json:"count,omitempty"`
	Big      int64             `json:"big,omitempty"`
	Live     bool              `json:"live,omitempty"`
	Ratio    float64           `json:"ratio,omitempty"`
	Kind     string            `json:"kind,omitempty" enum:"CHAT,EMAIL"`
	Tags     []string          `json:"tags,omitempty"`
	Numbers  []int             `json:"numbers,omitempty"`
	At       *web.Time         `json:"at,omitempty"`
	Guest    *guest            `json:"guest,omitempty"`
	Params   map[string]string `json:"params,omitempty"`
	MetaData map[string]any    `json:"metaData,omitempty"`
}

type guest struct {
	FirstName string `json:"firstName,omitempty"`
	Age       int    `json:"age,omitempty"`
}

type noteIn struct {
	ID   int64 `path:"id"`
	Body noteBody
}

type listIn struct {
	Limit   int                     `query:"limit" default:"50" minimum:"1" maximum:"1000"`
	Offset  int32                   `query:"offset"`
	Channel []string                `query:"Channel,explode" enum:"Chat,AV,Email"`
	IDs     []int64                 `query:"SessionId,explode"`
	Min     web.Optional[time.Time] `query:"Created.Min"`
	Waited  web.Duration            `query:"Waited.Min"`
	Live    web.Optional[bool]      `query:"live"`
	Text    string                  `query:"Text"`
}

func principal(token string) (switchboard.Principal, error) {
	p := switchboard.Principal{Tenant: 1, Account: 7, Kind: switchboard.Operator, Scopes: []switchboard.Scope{switchboard.ScopeSessionsRead}}
	switch token {
	case "public":
		p.Dialect = switchboard.PublicDialect
	case "platform":
		p.Dialect = switchboard.PlatformDialect
	case "admin":
		p.Dialect, p.Admin, p.Scopes = switchboard.PublicDialect, true, switchboard.AllScopes()
	case "old":
		p.Dialect, p.Expires = switchboard.PublicDialect, time.Unix(1000, 0)
	case "broken":
		return p, errors.New("disk on fire")
	default:
		return p, switchboard.E(switchboard.Unauthorized, "token-invalid", "the token is not valid")
	}
	return p, nil
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, log: &lockedBuffer{}, now: time.Unix(2000, 0)}
	b.kernel = web.New(web.Options{
		Log:          slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now:          func() time.Time { return b.now },
		Authenticate: func(_ context.Context, token string) (switchboard.Principal, error) { return principal(token) },
		BrowserSession: func(r *http.Request) (switchboard.Principal, bool) {
			c, err := r.Cookie("session")
			if err != nil {
				return switchboard.Principal{}, false
			}
			p, err := principal(c.Value)
			return p, err == nil
		},
		LoginURL: func(r *http.Request) string { return "/login?return=" + r.URL.Path },
		MaxBody:  4096,
	})
	b.platform = web.NewAPI(b.kernel, web.APIOptions{Dialect: switchboard.PlatformDialect, Prefix: "/platform/api/v1", Shared: "/api/v1",
		Title: "Platform", Errors: platformErrors, Origins: []string{"*"}})
	b.public = web.NewAPI(b.kernel, web.APIOptions{Dialect: switchboard.PublicDialect, Prefix: "/public/api/v1", Shared: "/api/v1",
		Title: "Public", Errors: publicErrors, FoldPaths: true})
	b.platformOps()
	b.publicOps()
	b.handler = b.kernel.Handler()
	return b
}

type loginIn struct {
	Body struct {
		Username string `json:"username"`
		Password string `json:"password"`
		Type     string `json:"type,omitempty"`
	}
}

func (b *bench) platformOps() {
	web.Handle(b.platform, web.Op{Method: "POST", Path: "/login", Summary: "Sign in", Anonymous: true},
		func(_ context.Context, _ switchboard.Principal, in *loginIn) (*web.Out[map[string]string], error) {
			b.last = *in
			return web.OK(map[string]string{"user": in.Body.Username})
		})
	web.Handle(b.platform, web.Op{Method: "GET", Path: "/users/userList", Summary: "Users"},
		func(_ context.Context, _ switchboard.Principal, in *struct {
			Page int      `query:"page" default:"1"`
			Keys []string `query:"metadataValues"`
		}) (*web.Out[[]string], error) {
			b.last = *in
			return web.OK(in.Keys)
		})
	web.Handle(b.platform, web.Op{Method: "GET", Path: "/users/{userId}", Summary: "A user"},
		func(_ context.Context, _ switchboard.Principal, in *struct {
			UserID string `path:"userId"`
		}) (*web.Out[string], error) {
			return web.OK("platform " + in.UserID)
		})
	web.Handle(b.platform, web.Op{Method: "PUT", Path: "/users/updateMetaData/{userId}", Summary: "Metadata"},
		func(_ context.Context, _ switchboard.Principal, in *struct {
			UserID string `path:"userId"`
			Body   map[string]string
		}) (*web.Out[map[string]string], error) {
			return web.OK(in.Body)
		})
	web.Handle(b.platform, web.Op{Method: "POST", Path: "/users/createUser", Summary: "New user"},
		func(ctx context.Context, _ switchboard.Principal, in *struct {
			Body struct {
				Nickname string `json:"nickname"`
				Mode     int    `json:"mode,omitempty"`
			}
		}) (*web.Out[string], error) {
			file := web.File(ctx, "profilefile")
			if file == nil {
				return web.OK(in.Body.Nickname)
			}
			return web.OK(in.Body.Nickname + " " + file.Name + " " + string(file.Data))
		})
}

func (b *bench) publicOps() {
	web.Handle(b.public, web.Op{Method: "GET", Path: "/Sessions", Tag: "Sessions", Summary: "Conversations", Scope: switchboard.ScopeSessionsRead},
		func(_ context.Context, _ switchboard.Principal, in *listIn) (*web.Out[[]string], error) {
			b.last = *in
			return web.OK([]string(nil))
		})
	web.Handle(b.public, web.Op{Method: "GET", Path: "/Users/{id}", Tag: "Users", Summary: "A user"},
		func(_ context.Context, _ switchboard.Principal, in *struct {
			ID string `path:"id"`
		}) (*web.Out[string], error) {
			return web.OK("public " + in.ID)
		})
	web.Handle(b.public, web.Op{Method: "PUT", Path: "/Sessions/{id}/note", Aliases: []string{"/Sessions/{id}/notes"}, Tag: "Sessions", Summary: "Note"},
		func(_ context.Context, _ switchboard.Principal, in *noteIn) (*web.Out[noteBody], error) {
			b.last = *in
			return web.OK(in.Body)
		})
	web.Handle(b.public, web.Op{Method: "POST", Path: "/Webhooks", Tag: "Webhooks", Summary: "New webhook", Scope: switchboard.ScopeWebhooks, Status: 201},
		func(_ context.Context, _ switchboard.Principal, in *struct {
			Body *struct {
				URL string `json:"callbackUrl"`
			}
		}) (*web.Out[int], error) {
			if in.Body == nil {
				return web.OK(0)
			}
			if in.Body.URL == "taken" {
				return nil, web.WithBody(switchboard.E(switchboard.Conflict, "exists", "there already"), 41)
			}
			return web.OK(42)
		})
	web.Handle(b.public, web.Op{Method: "DELETE", Path: "/Webhooks/{id}", Tag: "Webhooks", Summary: "No webhook", Admin: true},
		func(_ context.Context, _ switchboard.Principal, in *struct {
			ID int32 `path:"id"`
		}) (*web.Nothing, error) {
			return nil, nil
		})
	web.Handle(b.public, web.Op{Method: "GET", Path: "/Fail/{how}", Tag: "Fail", Summary: "Failures"},
		func(_ context.Context, _ switchboard.Principal, in *struct {
			How string `path:"how"`
		}) (*web.Nothing, error) {
			switch in.How {
			case "panic":
				panic("secret reason")
			case "plain":
				return nil, errors.New("secret reason")
			case "busy":
				return nil, web.WithRetryAfter(switchboard.E(switchboard.TooMany, "busy", "later"), 1500*time.Millisecond)
			}
			return nil, web.FieldErrors{web.BadField("a", "is odd"), web.BadField("b", "is even")}
		})
	web.HandleHTTP(b.public, web.Op{Method: "GET", Path: "/events", Tag: "Events", Summary: "Events", Produces: "text/event-stream"},
		func(w http.ResponseWriter, r *http.Request, p switchboard.Principal) error {
			if web.LastEventID(r) == "bad" {
				return web.BadField("after", "is no position")
			}
			s, err := web.NewStream(w, r)
			if err != nil {
				return err
			}
			defer s.Close()
			s.Send("1", "message", []byte("a\nb"))
			<-s.Done()
			return nil
		})
}

// answer is a response, read.
type answer struct {
	status int
	body   string
	header http.Header
}

// call sends a request through the whole handler. headers are pairs.
func (b *bench) call(method, target, body string, headers ...string) answer {
	b.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	res := w.Result()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{res.StatusCode, strings.TrimSpace(string(raw)), res.Header}
}

const asJSON, asForm = "application/json", "application/x-www-form-urlencoded"

// jsonOf is v as JSON, for comparing.
func jsonOf(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
