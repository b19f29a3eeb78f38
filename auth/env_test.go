package auth_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/auth"
	"switchboard/store"
	"switchboard/web"
)

// clock is a clock that stands still until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// env is a service with a tenant "localhost" in trial mode, behind a real HTTP server.
type env struct {
	*auth.Service
	t     *testing.T
	db    *store.DB
	clock *clock
	root  switchboard.Principal // the local administrator
	web   *httptest.Server
}

const (
	rightPassword = "correct horse"
	wrongPassword = "battery staple"
)

func init() { slog.SetDefault(slog.New(slog.DiscardHandler)) } // the OpenID library writes to it

func newEnv(t *testing.T, database string, change ...func(*auth.Options)) *env {
	t.Helper()
	e := &env{t: t, clock: &clock{t: time.Now().Truncate(time.Second)}}
	dir := ""
	if database == "" {
		dir = t.TempDir()
	}
	var err error
	e.db, err = store.Open(t.Context(), store.Options{URL: database, Dir: dir, Now: e.clock.Now})
	e.must(err)
	t.Cleanup(func() { e.db.Close() })
	o := auth.Options{DB: e.db, Now: e.clock.Now, Iterations: 64, AllowPrivate: true}
	for _, fn := range change {
		fn(&o)
	}
	e.Service = auth.New(o)
	_, _, err = e.EnsureTenant(t.Context(), "localhost", true)
	e.must(err)
	e.root, err = e.LocalAdmin(t.Context(), "")
	e.must(err)
	k := web.New(web.Options{Now: e.clock.Now})
	e.Mount(k)
	api := web.NewAPI(k, web.APIOptions{Dialect: switchboard.PublicDialect, Prefix: "/public/api/v1", Shared: "/api/v1", Title: "test"})
	web.Handle(api, web.Op{Method: "GET", Path: "/me", Summary: "Who asks"},
		func(_ context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[string], error) {
			return web.OK(p.Localpart)
		})
	web.Handle(api, web.Op{Method: "POST", Path: "/me", Summary: "Change"},
		func(_ context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[string], error) {
			return web.OK(p.Localpart)
		})
	web.HandleHTTP(api, web.Op{Method: "GET", Path: "/again", Summary: "Who asks, looked at twice", Produces: "text/plain"},
		func(w http.ResponseWriter, r *http.Request, _ switchboard.Principal) error {
			if err := web.Again(r); err != nil {
				return err
			}
			w.WriteHeader(http.StatusNoContent)
			return nil
		})
	e.web = httptest.NewServer(k.Handler())
	t.Cleanup(e.web.Close)
	return e
}

func (e *env) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

// account makes an account with the right password.
func (e *env) account(name string, kind switchboard.AccountKind, admin bool) auth.Account {
	e.t.Helper()
	a, err := e.CreateAccount(e.t.Context(), e.root, auth.NewAccount{Localpart: name, Kind: kind, Admin: admin, Password: rightPassword})
	e.must(err)
	return a
}

// login signs in by password.
func (e *env) login(name string) switchboard.Principal {
	e.t.Helper()
	p, err := e.Password(e.t.Context(), "", name, rightPassword, "192.0.2.1")
	e.must(err)
	return p
}

func (e *env) token(p switchboard.Principal) string {
	e.t.Helper()
	token, _, err := e.Mint(e.t.Context(), p, switchboard.PublicDialect, nil)
	e.must(err)
	return token
}

// wantCode checks an error's code; "" wants none.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	switch {
	case err == nil && code == "":
	case err == nil:
		t.Fatalf("no error, want %s", code)
	case switchboard.AsError(err).Code != code:
		t.Fatalf("error %v, want code %q", err, code)
	}
}

func (e *env) verifyFails(token, code string) {
	e.t.Helper()
	_, err := e.Verify(e.t.Context(), token)
	wantCode(e.t, err, code)
}

// browser is an HTTP client with cookies that follows no redirects.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func (e *env) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{e.t, e.web.URL, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type answer struct {
	*http.Response
	text string
}

func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	}
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	var text strings.Builder
	if _, err := copyAll(&text, resp); err != nil {
		b.t.Fatal(err)
	}
	return answer{resp, text.String()}
}

func copyAll(dst *strings.Builder, resp *http.Response) (int64, error) {
	buf := make([]byte, 4096)
	var n int64
	for {
		m, err := resp.Body.Read(buf)
		dst.Write(buf[:m])
		n += int64(m)
		if err != nil {
			if errors.Is(err, context.Canceled) {
				return n, err
			}
			return n, nil
		}
	}
}

func (b *browser) url(to string) string {
	if strings.HasPrefix(to, "/") {
		return b.base + to
	}
	return to
}

func (b *browser) get(to string) answer {
	b.t.Helper()
	r, err := http.NewRequest("GET", b.url(to), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

func (b *browser) post(to string, form url.Values, header ...string) answer {
	b.t.Helper()
	r, err := http.NewRequest("POST", b.url(to), strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return b.do(r)
}

var csrfField = regexp.MustCompile(`name="csrf" value="([0-9a-f]+)"`)

// fill opens a page with a form and sends it.
func (b *browser) fill(page string, form url.Values) answer {
	b.t.Helper()
	a := b.get(page)
	m := csrfField.FindStringSubmatch(a.text)
	if m == nil {
		b.t.Fatalf("%s has no form: %d %s", page, a.StatusCode, a.text)
	}
	form.Set("csrf", m[1])
	return b.post(page, form)
}

func (b *browser) signIn(name, password, back string) answer {
	b.t.Helper()
	return b.fill("/login/Account/Login?"+url.Values{"ReturnUrl": {back}}.Encode(), url.Values{"Username": {name}, "Password": {password}})
}

func newTLSServer(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	return s
}
