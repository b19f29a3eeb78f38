package public_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"switchboard"
	"switchboard/auth"
	"switchboard/boardtest"
	"switchboard/config"
)

var _ = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { os.Exit(boardtest.Main(m)) }

// world is a node with a clock that stands still, and its company's people: the
// administrator root and the operators jana and petr. A second company, with
// the administrator eve, is there to be kept out.
type world struct {
	*boardtest.Server
	t      testing.TB
	clock  *boardtest.Clock
	people map[string]switchboard.Principal
	other  auth.Tenant
}

const otherDomain = "other.example"

func newWorld(t testing.TB, change ...func(*config.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: boardtest.NewClock(), people: map[string]switchboard.Principal{}}
	w.Server = boardtest.Node(t, boardtest.NodeOptions{Now: w.clock.Now, Config: func(c *config.Config) {
		for _, fn := range change {
			fn(c)
		}
	}})
	w.account(w.Tenant.Domain, auth.NewAccount{Localpart: "root", Kind: switchboard.Operator, Admin: true,
		Profile: auth.Profile{Name: "Rita Root", Email: "rita@mail.example"}})
	w.account(w.Tenant.Domain, auth.NewAccount{Localpart: "jana", Kind: switchboard.Operator, Profile: auth.Profile{Name: "Jana Dvořáková Malá"}})
	w.account(w.Tenant.Domain, auth.NewAccount{Localpart: "petr", Kind: switchboard.Operator})
	w.account(w.Tenant.Domain, auth.NewAccount{Localpart: "ann", Kind: switchboard.User, Profile: auth.Profile{Name: "Ann Ample"}})
	var err error
	w.other, _, err = w.Auth.EnsureTenant(t.Context(), otherDomain, false)
	must(t, err)
	must(t, w.Desk.EnsureDefaults(t.Context(), w.other.ID))
	w.account(otherDomain, auth.NewAccount{Localpart: "eve", Kind: switchboard.Operator, Admin: true})
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) account(domain string, n auth.NewAccount) {
	w.t.Helper()
	admin, err := w.Auth.LocalAdmin(w.t.Context(), domain)
	must(w.t, err)
	n.Password = boardtest.Password
	_, err = w.Auth.CreateAccount(w.t.Context(), admin, n)
	must(w.t, err)
	w.people[n.Localpart], err = w.Auth.PrincipalFor(w.t.Context(), domain, n.Localpart, 0)
	must(w.t, err)
}

// token is a fresh token of one of the people; with scopes, of those only.
func (w *world) token(name string, scopes ...switchboard.Scope) string {
	w.t.Helper()
	p, ok := w.people[name]
	if !ok {
		w.t.Fatal("nobody is called ", name)
	}
	token, _, err := w.Auth.Mint(w.t.Context(), p, switchboard.PublicDialect, scopes)
	must(w.t, err)
	return token
}

// keyToken makes an API key and gets its token as clients do.
func (w *world) keyToken(as string, scopes ...switchboard.Scope) string {
	w.t.Helper()
	type answer struct{ ClientID, ClientSecret string }
	text := ""
	for _, s := range scopes {
		text += fmt.Sprintf(`,%q`, s)
	}
	k := boardtest.Decode[answer](w.t, w.call(201, "POST", w.token(as), "/ApiKeys", `{"name":"key","scopes":[`+text[1:]+`]}`))
	return w.credentials(k.ClientID, k.ClientSecret)
}

// credentials is a token by client_credentials.
func (w *world) credentials(id, secret string) string {
	w.t.Helper()
	r := w.Want(w.t, 200, boardtest.Call{Path: "/login/connect/token", Form: map[string][]string{"response_type": {"token"},
		"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}})
	a := boardtest.Decode[struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
		TokenType   string `json:"token_type"`
	}](w.t, r)
	if a.ExpiresIn != 3600 || a.TokenType != "Bearer" {
		w.t.Errorf("the token answer is %s", r.Body)
	}
	return a.AccessToken
}

// call makes a call at the shared prefix and wants a status.
func (w *world) call(status int, method, token, path, json string) boardtest.Reply {
	w.t.Helper()
	return w.Want(w.t, status, boardtest.Call{Method: method, Token: token, Path: "/api/v1" + path, JSON: json})
}

// do is call without a wish.
func (w *world) do(method, token, path, json string) boardtest.Reply {
	w.t.Helper()
	return w.Do(w.t, boardtest.Call{Method: method, Token: token, Path: "/api/v1" + path, JSON: json})
}

// visitor is a customer, through the widget's channel.
type visitor struct {
	w                                  *world
	Username, Secret, JID, AccessToken string
}

func (w *world) visitor() *visitor {
	w.t.Helper()
	v := boardtest.Decode[visitor](w.t, w.Want(w.t, 201, boardtest.Call{Path: "/widget/v1/visitors", JSON: `{"companyGuid":"default","language":"cs"}`}))
	v.w = w
	return &v
}

// open opens a conversation and returns its id.
func (v *visitor) open(json string) int64 {
	v.w.t.Helper()
	r := v.w.Want(v.w.t, 201, boardtest.Call{Token: v.AccessToken, Path: "/widget/v1/conversations", JSON: json,
		Header: http.Header{"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"}}})
	id, err := strconv.ParseInt(boardtest.Decode[struct{ ID string }](v.w.t, r).ID, 10, 64)
	must(v.w.t, err)
	return id
}

func (v *visitor) say(group, text string) {
	v.w.t.Helper()
	p, err := v.w.Auth.Verify(v.w.t.Context(), v.AccessToken)
	must(v.w.t, err)
	to, err := switchboard.ParseJID(group)
	must(v.w.t, err)
	sendText(v.w, p, to, text)
}

// pass lets time pass.
func (w *world) pass(d time.Duration) { w.clock.Add(d) }

func path(format string, args ...any) string { return fmt.Sprintf(format, args...) }
