package boardtest

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to count what is in a node's database
)

// Clock is a clock that stands still until it is moved.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// NewClock makes a clock that shows the afternoon of 24 May 2025.
func NewClock() *Clock { return &Clock{t: time.Date(2025, 5, 24, 16, 5, 24, 454_661_000, time.UTC)} }

// Now is the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

// Add moves the clock.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// Call is one HTTP request.
type Call struct {
	As     string // name of one of the test's people, for a test's own kit to make a token of
	Token  string // for Authorization: Bearer; "" for none
	Method string // GET when empty, POST when there is a body
	Path   string // with its query, or without it and
	Query  url.Values
	JSON   string
	Form   url.Values
	Parts  url.Values // of a multipart form
	Files  []File     // of a multipart form
	Body   []byte
	Header http.Header
	Host   string // as which the client calls the node; "" for its address
}

// File is a file in a multipart form.
type File struct {
	Field, Name string
	Data        []byte
}

// Reply is what came back.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// client follows no redirects and keeps no cookies.
var client = &http.Client{
	Timeout:       time.Minute,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// base is where the node listens, whatever it calls itself to browsers.
func (s *Server) base() string {
	if s.Config.HTTP.TLS {
		return s.Info.URL
	}
	return "http://" + s.Info.HTTP
}

// Do makes a call to the node.
func (s *Server) Do(t testing.TB, c Call) Reply {
	t.Helper()
	resp, err := client.Do(c.request(t, s.base()))
	if err != nil {
		t.Fatalf("%s %s: %v", c.Method, c.Path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", c.Method, c.Path, err)
	}
	return Reply{resp.StatusCode, resp.Header, b}
}

// Open makes a call whose answer does not end; the body is the caller's to close.
func (s *Server) Open(t testing.TB, c Call) *http.Response {
	t.Helper()
	endless := *client
	endless.Timeout = 0
	resp, err := endless.Do(c.request(t, s.base()))
	if err != nil {
		t.Fatalf("%s %s: %v", c.Method, c.Path, err)
	}
	return resp
}

func (c *Call) request(t testing.TB, base string) *http.Request {
	t.Helper()
	kind, body := "", c.Body
	switch {
	case c.JSON != "":
		kind, body = "application/json", []byte(c.JSON)
	case c.Form != nil:
		kind, body = "application/x-www-form-urlencoded", []byte(c.Form.Encode())
	case c.Parts != nil || c.Files != nil:
		kind, body = c.multipart(t)
	}
	if c.Method == "" {
		c.Method = http.MethodGet
		if body != nil {
			c.Method = http.MethodPost
		}
	}
	address := base + c.Path
	if c.Query != nil {
		address += "?" + c.Query.Encode()
	}
	r, err := http.NewRequestWithContext(t.Context(), c.Method, address, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = c.Host
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	maps.Copy(r.Header, c.Header)
	return r
}

// multipart writes the parts in the order of their names, the files last (RFC 7578).
func (c *Call) multipart(t testing.TB) (kind string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(c.Parts)) {
		for _, v := range c.Parts[name] {
			if err := w.WriteField(name, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, f := range c.Files {
		part, err := w.CreateFormFile(f.Field, f.Name)
		if err == nil {
			_, err = part.Write(f.Data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

// Want makes a call whose answer must have a status.
func (s *Server) Want(t testing.TB, status int, c Call) Reply {
	t.Helper()
	r := s.Do(t, c)
	if r.Status != status {
		t.Fatalf("%s %s: %d, want %d: %s %.500s", c.Method, c.Path, r.Status, status, r.Header.Get("X-Error-Code"), r.Body)
	}
	return r
}

// Decode reads an answer's JSON.
func Decode[T any](t testing.TB, r Reply) (v T) {
	t.Helper()
	if err := json.Unmarshal(r.Body, &v); err != nil {
		t.Fatalf("%v: %.500s", err, r.Body)
	}
	return v
}

// following are the tables that consumers of the ledger write, a little later:
// their cursors, and what XMPP clients see of a profile.
var following = map[string]bool{"cursors": true, "pep_nodes": true, "pep_items": true}

// Added runs fn on a node with SQLite and tells which tables have more or fewer
// rows since, and which events the ledger has. What consumers of the ledger
// write for themselves is left out.
func (s *Server) Added(t testing.TB, fn func()) (rows map[string]int, events []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.Config.Data, "switchboard.db")+"?_pragma=query_only(1)&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	before, last := rowCounts(t, db), s.Store.Last()
	fn()
	rows = map[string]int{}
	for table, n := range rowCounts(t, db) {
		if n != before[table] && !following[table] {
			rows[table] = n - before[table]
		}
	}
	return rows, texts(t, db, "SELECT kind FROM ledger WHERE position > $1 ORDER BY position", int64(last))
}

func rowCounts(t testing.TB, db *sql.DB) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, name := range texts(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'goose%'") {
		var n int
		if err := db.QueryRow("SELECT count(*) FROM " + name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		counts[name] = n
	}
	return counts
}

func texts(t testing.TB, db *sql.DB, query string, args ...any) (list []string) {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// volatile is what differs from run to run, or is secret.
var volatile = []struct {
	pattern *regexp.Regexp
	name    string
}{
	{regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`), "token"},
	{regexp.MustCompile(`whsec_[\w+/=]+`), "signing key"},
	{regexp.MustCompile(`msg_[a-z2-7]{16}\b`), "message"},
	{regexp.MustCompile(`\b[0-9a-f]{32}\b`), "secret"},
	{regexp.MustCompile(`\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b`), "uuid"},
	{regexp.MustCompile(`\b[a-z2-7]{16}\b`), "name"},
	{regexp.MustCompile(`\b[0-9a-z]{3}-[0-9a-z]{4}-[0-9a-z]{3}\b`), "link"},
	{regexp.MustCompile(`\b[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}\b`), "code"},
	{regexp.MustCompile(`\bs=[\w-]{20,}`), "signature"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "address"},
	{regexp.MustCompile(`"xmppPort": [1-9]\d*`), "port"},
}

// Golden compares an answer's status and JSON with a file in testdata. What
// differs from run to run is replaced; the same value has the same number everywhere in
// the file.
func Golden(t testing.TB, name string, r Reply) {
	t.Helper()
	text := fmt.Sprintf("%d\n", r.Status)
	if len(r.Body) > 0 {
		var b bytes.Buffer
		if err := json.Indent(&b, bytes.TrimSpace(r.Body), "", "  "); err != nil {
			t.Fatalf("%s: %v: %s", name, err, r.Body)
		}
		text += b.String() + "\n"
	}
	for _, v := range volatile {
		seen := map[string]string{}
		text = v.pattern.ReplaceAllStringFunc(text, func(s string) string {
			if seen[s] == "" {
				seen[s] = fmt.Sprintf("<%s %d>", v.name, len(seen)+1)
			}
			return seen[s]
		})
	}
	Compare(t, filepath.Join("testdata", name+".golden"), text)
}

// Compare compares a text with a file, and writes the file instead if the test's
// package has a flag "update" that is set.
func Compare(t testing.TB, file, text string) {
	t.Helper()
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (make it with -update)", err)
	}
	if text != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, text, strings.TrimRight(string(want), "\n"))
	}
}
