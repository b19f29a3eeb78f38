package platform_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"switchboard"
	"switchboard/api/platform"
	"switchboard/auth"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/store"
	"switchboard/web"
)

var update = flag.Bool("update", false, "write the golden files")

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

// world is a server with two workspaces: localhost, in trial mode, with the
// users ann and bob and the administrator root; and other.example, which is not
// in trial mode, with the user eve.
type world struct {
	t       *testing.T
	clock   *clock
	db      *store.DB
	rows    *sql.DB // the same database, to count what is in it
	bus     *bus.Bus
	auth    *auth.Service
	chat    *chat.Service
	api     *platform.API
	kernel  *web.Kernel
	handler http.Handler
	tenant  auth.Tenant
	other   auth.Tenant
	people  map[string]switchboard.Principal
	tokens  map[string]string
}

const (
	domain      = "localhost"
	otherDomain = "other.example"
	password    = "correct horse"
)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{t: time.Date(2025, 5, 24, 16, 5, 24, 454_661_000, time.UTC)},
		people: map[string]switchboard.Principal{}, tokens: map[string]string{}}
	dir := t.TempDir()
	db, err := store.Open(t.Context(), store.Options{Dir: dir, Now: w.clock.Now})
	must(t, err)
	t.Cleanup(func() { db.Close() })
	files, err := filepath.Glob(filepath.Join(dir, "*.db"))
	if err != nil || len(files) != 1 {
		t.Fatal("no database file: ", files, err)
	}
	w.rows, err = sql.Open("sqlite", "file:"+files[0]+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	must(t, err)
	t.Cleanup(func() { w.rows.Close() })
	w.db = db
	w.auth = auth.New(auth.Options{DB: db, Now: w.clock.Now, Iterations: 1, MaxDevices: 3})
	w.bus = bus.New(bus.Options{})
	w.chat = chat.New(chat.Options{DB: db, Bus: w.bus, Now: w.clock.Now})
	w.kernel = web.New(web.Options{Now: w.clock.Now, Authenticate: w.auth.Verify, BrowserSession: w.auth.BrowserSession})
	w.auth.Mount(w.kernel)
	w.api = platform.New(platform.Options{Kernel: w.kernel, Auth: w.auth, Chat: w.chat, Domain: domain, XMPP: "0.0.0.0:5222",
		PublicURL: "https://chat.example:8443"})
	w.handler = w.kernel.Handler()
	w.tenant, _, err = w.auth.EnsureTenant(t.Context(), domain, true)
	must(t, err)
	w.other, _, err = w.auth.EnsureTenant(t.Context(), otherDomain, false)
	must(t, err)
	w.account(domain, auth.NewAccount{Localpart: "ann", Kind: switchboard.User, Profile: auth.Profile{Name: "Ann Ample",
		Email: "ann@mail.example", Mobile: "+420123456789", Image: "https://img.example/ann.png", Metadata: map[string]string{"city": "Brno"}}})
	w.account(domain, auth.NewAccount{Localpart: "bob", Kind: switchboard.User, Profile: auth.Profile{Name: "Bob"}})
	w.account(domain, auth.NewAccount{Localpart: "root", Kind: switchboard.Operator, Admin: true})
	w.account(otherDomain, auth.NewAccount{Localpart: "eve", Kind: switchboard.User})
	for name := range w.people { // the first token makes the signing key
		w.token(name)
	}
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) account(domain string, n auth.NewAccount) switchboard.Principal {
	w.t.Helper()
	admin, err := w.auth.LocalAdmin(w.t.Context(), domain)
	must(w.t, err)
	n.Password = password
	_, err = w.auth.CreateAccount(w.t.Context(), admin, n)
	must(w.t, err)
	p, err := w.auth.PrincipalFor(w.t.Context(), domain, n.Localpart, 0)
	must(w.t, err)
	w.people[n.Localpart] = p
	return p
}

// token is a fresh access token of one of the people.
func (w *world) token(name string) string {
	w.t.Helper()
	if w.tokens[name] == "" {
		token, _, err := w.auth.Mint(context.Background(), w.people[name], switchboard.PlatformDialect, nil)
		must(w.t, err)
		w.tokens[name] = token
	}
	return w.tokens[name]
}

// group makes a group of the first and the others.
func (w *world) group(name string, owner string, others ...string) chat.Group {
	w.t.Helper()
	var members []switchboard.AccountID
	for _, o := range others {
		members = append(members, w.people[o].Account)
	}
	g, err := w.chat.CreateGroup(w.t.Context(), w.people[owner], chat.NewGroup{Name: name, Members: members})
	must(w.t, err)
	return g
}

// call is one request.
type call struct {
	as     string // whose token; "" for none
	method string
	path   string // below /api/v1; one that begins with /api or /platform is taken as it is
	query  url.Values
	json   string
	form   url.Values
	header http.Header
	host   string
	body   []byte
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (w *world) do(c call) reply {
	w.t.Helper()
	path := c.path
	if !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/platform/") {
		path = "/api/v1" + path
	}
	if c.query != nil {
		path += "?" + c.query.Encode()
	}
	kind, body := "", c.body
	switch {
	case c.json != "":
		kind, body = "application/json", []byte(c.json)
	case c.form != nil:
		kind, body = "application/x-www-form-urlencoded", []byte(c.form.Encode())
	}
	if c.method == "" {
		c.method = "GET"
		if body != nil {
			c.method = "POST"
		}
	}
	r := httptest.NewRequestWithContext(w.t.Context(), c.method, path, bytes.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if c.as != "" {
		r.Header.Set("Authorization", w.token(c.as))
	}
	maps.Copy(r.Header, c.header)
	r.Host = domain
	if c.host != "" {
		r.Host = c.host
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	b, err := io.ReadAll(rec.Body)
	must(w.t, err)
	return reply{rec.Code, rec.Header(), b}
}

// want does a call and checks its status.
func (w *world) want(status int, c call) reply {
	w.t.Helper()
	r := w.do(c)
	if r.status != status {
		w.t.Fatalf("%s %s: %d, want %d: %s", c.method, c.path, r.status, status, r.body)
	}
	return r
}

// decode reads a reply's body.
func decode[T any](t *testing.T, r reply) (v T) {
	t.Helper()
	if err := json.Unmarshal(r.body, &v); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	return v
}

// refusal is the shape of every error.
type refusal struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
	Code    string `json:"code"`
}

// refused checks that a reply is a refusal in the dialect's shape.
func refused(t *testing.T, r reply, status int, code string) {
	t.Helper()
	e := decode[refusal](t, r)
	if r.status != status || e.Status != status || (code != "" && e.Code != code) || e.Message == "" || r.header.Get("X-Error-Code") != e.Code {
		t.Errorf("%d %s, want %d %s", r.status, r.body, status, code)
	}
	var all map[string]any
	must(t, json.Unmarshal(r.body, &all))
	if len(all) != 3 {
		t.Errorf("a refusal has status, message and code: %s", r.body)
	}
}

// sentModel is the data of an answer to sendmessage.
type sentModel struct {
	MessageID   string
	SentTime    string
	MessageTime int64
}

// send sends a text and returns its id.
func (w *world) send(from, chatType, to, text string) string {
	w.t.Helper()
	w.clock.Add(time.Second)
	r := w.want(200, call{as: from, path: "/chat/sendmessage",
		form: url.Values{"chatType": {chatType}, "toUser": {to}, "messageType": {"text"}, "message": {text}}})
	return decode[struct{ Data sentModel }](w.t, r).Data.MessageID
}

// count counts the rows of every table.
func (w *world) count() map[string]int {
	w.t.Helper()
	tables, err := w.rows.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'goose%'")
	must(w.t, err)
	defer tables.Close()
	var names []string
	for tables.Next() {
		var name string
		must(w.t, tables.Scan(&name))
		names = append(names, name)
	}
	must(w.t, tables.Err())
	counts := map[string]int{}
	for _, name := range names {
		var n int
		must(w.t, w.rows.QueryRow("SELECT count(*) FROM "+name).Scan(&n))
		counts[name] = n
	}
	return counts
}

// added runs fn and tells which tables have more or fewer rows, and which events
// the ledger has since.
func (w *world) added(fn func()) (rows map[string]int, events []string) {
	w.t.Helper()
	last, before := w.db.Last(), w.count()
	fn()
	rows = map[string]int{}
	for table, n := range w.count() {
		if n != before[table] {
			rows[table] = n - before[table]
		}
	}
	must(w.t, w.db.Read(w.t.Context(), func(tx *store.Tx) error {
		events = nil
		all, err := tx.Events(last, 100)
		for _, e := range all {
			events = append(events, string(e.Kind))
		}
		return err
	}))
	return rows, events
}

// What differs from run to run, or is secret.
var volatile = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`), "token"},
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "secret"},
	{regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b`), "uuid"},
	{regexp.MustCompile(`\b[a-z2-7]{16}\b`), "name"},
}

// golden compares a reply with a file. The same volatile value has the same
// number everywhere in the file.
func golden(t *testing.T, name string, r reply) {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d\n", r.status)
	if err := json.Indent(&b, bytes.TrimSpace(r.body), "", "  "); err != nil {
		t.Fatalf("%s: %v: %s", name, err, r.body)
	}
	text := b.String() + "\n"
	for _, v := range volatile {
		seen := map[string]string{}
		text = v.pattern.ReplaceAllStringFunc(text, func(s string) string {
			if seen[s] == "" {
				seen[s] = fmt.Sprintf("<%s %d>", v.name, len(seen)+1)
			}
			return seen[s]
		})
	}
	compare(t, filepath.Join("testdata", name+".golden"), text)
}

func compare(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(file, []byte(text), 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if text != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, text, want)
	}
}
