package platform_test

import (
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/auth"
	"switchboard/boardtest"
	"switchboard/chat"
	"switchboard/config"
)

var _ = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { os.Exit(boardtest.Main(m)) }

// world is a node with a clock that stands still and two workspaces: localhost,
// in trial mode, with the users ann and bob and the administrator root; and
// other.example, which is not in trial mode, with the user eve.
type world struct {
	*boardtest.Server
	t      *testing.T
	clock  *boardtest.Clock
	other  auth.Tenant
	people map[string]switchboard.Principal
	tokens map[string]string
}

type (
	call  = boardtest.Call
	reply = boardtest.Reply
)

const (
	domain      = "localhost"
	otherDomain = "other.example"
	password    = "correct horse"
)

func newWorld(t *testing.T, change ...func(*config.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: boardtest.NewClock(), people: map[string]switchboard.Principal{}, tokens: map[string]string{}}
	w.Server = boardtest.Node(t, boardtest.NodeOptions{Now: w.clock.Now, Config: func(c *config.Config) {
		c.PublicURL, c.Limits.MaxDevices = "https://chat.example:8443", 3
		for _, fn := range change {
			fn(c)
		}
	}})
	var err error
	w.other, _, err = w.Auth.EnsureTenant(t.Context(), otherDomain, false)
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
	admin, err := w.Auth.LocalAdmin(w.t.Context(), domain)
	must(w.t, err)
	n.Password = password
	_, err = w.Auth.CreateAccount(w.t.Context(), admin, n)
	must(w.t, err)
	p, err := w.Auth.PrincipalFor(w.t.Context(), domain, n.Localpart, 0)
	must(w.t, err)
	w.people[n.Localpart] = p
	return p
}

// token is a fresh access token of one of the people.
func (w *world) token(name string) string {
	w.t.Helper()
	if w.tokens[name] == "" {
		token, _, err := w.Auth.Mint(w.t.Context(), w.people[name], switchboard.PlatformDialect, nil)
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
	g, err := w.Chat.CreateGroup(w.t.Context(), w.people[owner], chat.NewGroup{Name: name, Members: members})
	must(w.t, err)
	return g
}

// do makes a call. Its path is below /api/v1, unless it begins with /api or
// /platform; the token goes into the header as it is, as the documentation has it.
func (w *world) do(c call) reply {
	w.t.Helper()
	if !strings.HasPrefix(c.Path, "/api/") && !strings.HasPrefix(c.Path, "/platform/") {
		c.Path = "/api/v1" + c.Path
	}
	if c.Host == "" {
		c.Host = domain
	}
	header := c.Header.Clone()
	if c.Header = header; header == nil {
		c.Header = map[string][]string{}
	}
	if c.As != "" && c.Header.Get("Authorization") == "" {
		c.Header.Set("Authorization", w.token(c.As))
	}
	return w.Do(w.t, c)
}

// want does a call and checks its status.
func (w *world) want(status int, c call) reply {
	w.t.Helper()
	r := w.do(c)
	if r.Status != status {
		w.t.Fatalf("%s %s: %d, want %d: %s", c.Method, c.Path, r.Status, status, r.Body)
	}
	return r
}

func decode[T any](t *testing.T, r reply) T {
	t.Helper()
	return boardtest.Decode[T](t, r)
}

func golden(t *testing.T, name string, r reply) {
	t.Helper()
	boardtest.Golden(t, name, r)
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
	if r.Status != status || e.Status != status || (code != "" && e.Code != code) || e.Message == "" || r.Header.Get("X-Error-Code") != e.Code {
		t.Errorf("%d %s, want %d %s", r.Status, r.Body, status, code)
	}
	var all map[string]any
	must(t, json.Unmarshal(r.Body, &all))
	if len(all) != 3 {
		t.Errorf("a refusal has status, message and code: %s", r.Body)
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
	r := w.want(200, call{As: from, Path: "/chat/sendmessage",
		Form: url.Values{"chatType": {chatType}, "toUser": {to}, "messageType": {"text"}, "message": {text}}})
	return decode[struct{ Data sentModel }](w.t, r).Data.MessageID
}

// added tells what fn adds to the store, and which events.
func (w *world) added(fn func()) (rows map[string]int, events []string) {
	w.t.Helper()
	return w.Added(w.t, fn)
}
