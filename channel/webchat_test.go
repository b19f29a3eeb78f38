package channel_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/auth"
	"switchboard/boardtest"
	"switchboard/channel"
	"switchboard/config"
	"switchboard/desk"
	"switchboard/web"
)

var _ = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { os.Exit(boardtest.Main(m)) }

// world is a node with a second company beside its own, and a clock that stands still.
type world struct {
	*boardtest.Server
	t     *testing.T
	clock *boardtest.Clock
	other auth.Tenant
	jana  switchboard.Principal
}

const otherDomain = "other.example"

func newWorld(t *testing.T, change ...func(*config.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: boardtest.NewClock()}
	w.Server = boardtest.Node(t, boardtest.NodeOptions{Now: w.clock.Now, Config: func(c *config.Config) {
		for _, fn := range change {
			fn(c)
		}
	}})
	var err error
	w.other, _, err = w.Auth.EnsureTenant(t.Context(), otherDomain, false)
	must(t, err)
	must(t, w.Desk.EnsureDefaults(t.Context(), w.other.ID))
	admin, err := w.Auth.LocalAdmin(t.Context(), otherDomain)
	must(t, err)
	_, err = w.Auth.UpdateTenant(t.Context(), admin, "Other <Ltd>", map[string]string{"language": "de", "widget.accent": "#112233",
		"widget.greeting": "Hallo <b>"})
	must(t, err)
	w.jana = w.AddAccount(t, "jana", switchboard.Operator, false)
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// call makes a call below /widget/v1.
func (w *world) call(method, token, at, json string) boardtest.Reply {
	w.t.Helper()
	return w.Do(w.t, boardtest.Call{Method: method, Token: token, Path: "/widget/v1" + at, JSON: json,
		Header: http.Header{"User-Agent": {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/605"}}})
}

func (w *world) want(status int, method, token, at, json string) boardtest.Reply {
	w.t.Helper()
	r := w.call(method, token, at, json)
	if r.Status != status {
		w.t.Fatalf("%s %s: %d, want %d: %.300s", method, at, r.Status, status, r.Body)
	}
	return r
}

// visitor is what POST visitors answers.
type visitor struct {
	Username, Secret, JID, AccessToken string
	ExpiresIn                          int
}

func (w *world) visitor(guid string) visitor {
	w.t.Helper()
	return boardtest.Decode[visitor](w.t, w.want(201, "POST", "", "/visitors", fmt.Sprintf(`{"companyGuid":%q}`, guid)))
}

// conversation is what the widget learns of its conversation.
type conversation struct {
	ID, GroupJID, Status string
	Place                int
	Operator             *struct{ Name string }
}

func TestRoutes(t *testing.T) {
	c := channel.NewWebChat(channel.WebChatOptions{Kernel: web.New(web.Options{})})
	boardtest.Compare(t, "testdata/routes.golden", c.Routes())
}

// A visit from the first look at the button to the stars, in the widget's words.
func TestVisit(t *testing.T) {
	w := newWorld(t)
	show := func(name string, r boardtest.Reply) { t.Helper(); boardtest.Golden(t, name, r) }
	show("config", w.want(200, "GET", "", "/config?c=default", ""))
	must(t, w.Desk.SetOperatorState(t.Context(), w.jana, w.jana.Account, desk.Online, ""))
	show("config_online", w.want(200, "GET", "", "/config?C="+strings.ToUpper(w.Tenant.GUID)+"&p=winter", ""))
	must(t, w.Desk.SetOperatorState(t.Context(), w.jana, w.jana.Account, desk.Away, ""))
	if r := w.want(200, "GET", "", "/config?c=default", ""); !strings.Contains(string(r.Body), `"state":2`) {
		t.Errorf("%s", r.Body)
	}
	r := w.want(201, "POST", "", "/visitors", `{"companyGuid":"default","language":"cs"}`)
	show("visitor", r)
	v := boardtest.Decode[visitor](t, r)
	w.clock.Add(time.Minute)
	show("token", w.want(200, "POST", "", "/token", fmt.Sprintf(`{"username":%q,"secret":%q}`, v.Username, v.Secret)))
	if r := w.want(204, "GET", v.AccessToken, "/conversations/current", ""); len(r.Body) > 0 {
		t.Errorf("%s", r.Body)
	}
	rows, events := w.Added(t, func() {
		show("opened", w.want(201, "POST", v.AccessToken, "/conversations", `{"text":"hello","messageId":"m-1","params":{"a":"b"}}`))
	})
	if want := map[string]int{"archives": 1, "chat_groups": 1, "group_members": 1, "conversations": 1, "entries": 1, "heads": 1, "ledger": 2}; !maps.Equal(rows, want) ||
		!slices.Equal(events, []string{"conversation.created", "message"}) {
		t.Errorf("%v %v", rows, events)
	}
	show("opened_again", w.want(201, "POST", v.AccessToken, "/conversations", `{"text":"anybody?"}`))
	must(t, w.Desk.Accept(t.Context(), w.jana, 1))
	show("current", w.want(200, "GET", v.AccessToken, "/conversations/current", ""))
	w.want(409, "POST", v.AccessToken, "/conversations/1/feedback", `{"stars":5}`)
	w.want(204, "POST", v.AccessToken, "/conversations/1/leave", `{}`)
	w.want(409, "POST", v.AccessToken, "/conversations/1/leave", ``)
	w.want(204, "GET", v.AccessToken, "/conversations/current", "")
	w.want(204, "POST", v.AccessToken, "/conversations/1/feedback", `{"stars":5,"text":"quick"}`)
	c, err := w.Desk.Get(t.Context(), w.jana, 1)
	if err != nil || c.Stars != 5 || c.Feedback != "quick" || c.Guest.OS != "IOS" || c.Guest.Browser != "SAFARI" || c.Guest.IP != "127.0.0.1" || len(c.Lines) != 4 {
		t.Errorf("%+v %v", c, err)
	}
}

// Each company has its own visitors and conversations.
func TestCompanies(t *testing.T) {
	w := newWorld(t)
	boardtest.Golden(t, "config_other", w.want(200, "GET", "", "/config?c="+w.other.GUID, ""))
	ours, theirs := w.visitor("default"), w.visitor(w.other.GUID)
	if !strings.HasSuffix(ours.JID, "@localhost") || !strings.HasSuffix(theirs.JID, "@"+otherDomain) || ours.ExpiresIn != 3600 {
		t.Errorf("%+v %+v", ours, theirs)
	}
	one := boardtest.Decode[conversation](t, w.want(201, "POST", ours.AccessToken, "/conversations", `{"text":"hello"}`))
	two := boardtest.Decode[conversation](t, w.want(201, "POST", theirs.AccessToken, "/conversations", `{"text":"hallo"}`))
	if one.Place != 1 || two.Place != 1 || !strings.HasSuffix(two.GroupJID, "@mix."+otherDomain) {
		t.Errorf("%+v %+v", one, two)
	}
	if list, err := w.Desk.List(t.Context(), w.jana, desk.Filter{}); err != nil {
		t.Error(err)
	} else if all, err := list.Next(); err != nil || len(all) != 1 || fmt.Sprint(all[0].ID) != one.ID {
		t.Errorf("jana sees %v %v", all, err)
	}
	token := func(v visitor, guid string) int {
		return w.call("POST", "", "/token", fmt.Sprintf(`{"companyGuid":%q,"username":%q,"secret":%q}`, guid, v.Username, v.Secret)).Status
	}
	if a, b, c := token(theirs, w.other.GUID), token(theirs, "default"), token(ours, w.other.GUID); a != 200 || b != 401 || c != 401 {
		t.Error(a, b, c)
	}
	for _, id := range []string{two.ID, "999", "0", "-1", "9223372036854775807"} {
		w.want(404, "POST", ours.AccessToken, "/conversations/"+id+"/leave", "")
		w.want(404, "POST", ours.AccessToken, "/conversations/"+id+"/feedback", `{"stars":1}`)
	}
	for _, guid := range []string{"", "nothing", "00000000-0000-4000-8000-000000000000", "' OR 1=1 --", "%00", strings.Repeat("a", 100)} {
		body, _ := json.Marshal(map[string]string{"companyGuid": guid})
		if r := w.call("POST", "", "/visitors", string(body)); r.Status != 404 || !strings.Contains(string(r.Body), `"company-unknown"`) {
			t.Errorf("%q: %d %s", guid, r.Status, r.Body)
		}
	}
	boardtest.Golden(t, "company_unknown", w.want(404, "GET", "", "/config?c=nothing", ""))
	boardtest.Golden(t, "company_missing", w.want(400, "GET", "", "/config", ""))
}

// A stranger makes thirty visitors at once and then one every ten seconds; a
// visitor opens twenty conversations at once and then one every five.
func TestLimits(t *testing.T) {
	w := newWorld(t)
	allowed := func(n int, next time.Duration, do func() boardtest.Reply) {
		t.Helper()
		for i := range n {
			if r := do(); r.Status != 201 {
				t.Fatalf("call %d: %d %s", i, r.Status, r.Body)
			}
		}
		rows, events := w.Added(t, func() {
			r := do()
			if r.Status != 429 || r.Header.Get("Retry-After") != fmt.Sprint(int(next.Seconds())) || !strings.Contains(string(r.Body), "too-many-requests") {
				t.Fatalf("over the limit: %d %v %s", r.Status, r.Header, r.Body)
			}
		})
		if len(rows) > 0 || len(events) > 0 {
			t.Errorf("a refused call left %v %v", rows, events)
		}
		w.clock.Add(next - time.Millisecond)
		if r := do(); r.Status != 429 {
			t.Errorf("too early: %d", r.Status)
		}
		w.clock.Add(time.Millisecond)
		if r := do(); r.Status != 201 {
			t.Errorf("in time: %d", r.Status)
		}
	}
	allowed(30, 10*time.Second, func() boardtest.Reply { return w.call("POST", "", "/visitors", `{"companyGuid":"default"}`) })
	w.clock.Add(time.Hour)
	v, other := w.visitor("default"), w.visitor("default")
	allowed(20, 5*time.Second, func() boardtest.Reply { return w.call("POST", v.AccessToken, "/conversations", `{"text":"hello"}`) })
	w.want(201, "POST", other.AccessToken, "/conversations", `{"text":"hello"}`)
	// Wrong secrets are counted too, and tell nothing.
	for i := 0; ; i++ {
		r := w.call("POST", "", "/token", fmt.Sprintf(`{"username":%q,"secret":"wrong"}`, v.Username))
		if r.Status == 429 {
			break
		}
		if r.Status != 401 || i > 100 {
			t.Fatalf("try %d: %d %s", i, r.Status, r.Body)
		}
	}
}

// Customers of one provider share no limit, and one customer does not have
// many, however many addresses he has.
func TestLimitsByNetwork(t *testing.T) {
	w := newWorld(t, func(c *config.Config) { c.HTTP.TrustedProxies = []string{"127.0.0.0/8"} })
	from := func(address string) int {
		return w.Do(t, boardtest.Call{Path: "/widget/v1/visitors", JSON: `{"companyGuid":"default"}`,
			Header: http.Header{"X-Forwarded-For": {address}}}).Status
	}
	for i := range 30 {
		if got := from(fmt.Sprintf("2001:db8:1:2::%x", i+1)); got != 201 {
			t.Fatal(i, got)
		}
	}
	for address, want := range map[string]int{"2001:db8:1:2:ffff::1": 429, "2001:db8:1:3::1": 201, "192.0.2.1": 201, "::ffff:192.0.2.1": 201} {
		if got := from(address); got != want {
			t.Errorf("%s: %d", address, got)
		}
	}
}

// The widget lives on its owner's site: pages of any origin may call, and no
// cookie counts for them.
func TestAnyOrigin(t *testing.T) {
	w := newWorld(t)
	from := http.Header{"Origin": {"https://shop.example"}}
	r := w.Want(t, 200, boardtest.Call{Path: "/widget/v1/config?c=default", Header: from})
	if r.Header.Get("Access-Control-Allow-Origin") != "*" || r.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Error(r.Header)
	}
	before := http.Header{"Origin": {"https://shop.example"}, "Access-Control-Request-Method": {"POST"},
		"Access-Control-Request-Headers": {"authorization,content-type"}}
	r = w.Want(t, 204, boardtest.Call{Method: "OPTIONS", Path: "/widget/v1/conversations", Header: before})
	if r.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(strings.ToLower(r.Header.Get("Access-Control-Allow-Headers")), "authorization") {
		t.Error(r.Header)
	}
}

func TestBadInput(t *testing.T) {
	w := newWorld(t)
	v := w.visitor("default")
	w.want(201, "POST", v.AccessToken, "/conversations", `{"text":"hello"}`)
	must(t, w.Desk.Accept(t.Context(), w.jana, 1))
	must(t, w.Desk.End(t.Context(), w.jana, 1, "x", ""))
	operator, _, err := w.Auth.Mint(t.Context(), w.jana, switchboard.PublicDialect, nil)
	must(t, err)
	long := func(n int) string { return strings.Repeat("x", n) }
	many := map[string]string{}
	for i := range 51 {
		many[fmt.Sprint(i)] = "x"
	}
	params, _ := json.Marshal(map[string]any{"text": "x", "params": many})
	for name, c := range map[string]struct {
		status         int
		method, at     string
		token, json    string
		field, problem string
	}{
		"open: nobody":           {401, "POST", "/conversations", "", `{"text":"x"}`, "", "token-missing"},
		"open: an operator":      {403, "POST", "/conversations", operator, `{"text":"x"}`, "", "customer-only"},
		"open: no words":         {400, "POST", "/conversations", v.AccessToken, `{}`, "text", ""},
		"open: empty":            {400, "POST", "/conversations", v.AccessToken, `{"text":""}`, "text", "text-missing"},
		"open: number":           {400, "POST", "/conversations", v.AccessToken, `{"text":{}}`, "text", ""},
		"open: long":             {400, "POST", "/conversations", v.AccessToken, `{"text":"` + long(10_001) + `"}`, "text", ""},
		"open: control":          {400, "POST", "/conversations", v.AccessToken, `{"text":"\u0007"}`, "text", "text-malformed"},
		"open: name":             {400, "POST", "/conversations", v.AccessToken, `{"text":"x","name":"` + long(101) + `"}`, "name", ""},
		"open: name control":     {400, "POST", "/conversations", v.AccessToken, `{"text":"x","name":"a\u0001b"}`, "name", "text-malformed"},
		"open: params":           {400, "POST", "/conversations", v.AccessToken, string(params), "params", "too-many-parameters"},
		"open: param":            {400, "POST", "/conversations", v.AccessToken, `{"text":"x","params":{"a":"` + long(1001) + `"}}`, "params.a", "text-too-long"},
		"open: param name":       {400, "POST", "/conversations", v.AccessToken, `{"text":"x","params":{"` + long(101) + `":"x"}}`, "params", "text-too-long"},
		"open: params are text":  {400, "POST", "/conversations", v.AccessToken, `{"text":"x","params":{"a":{"b":1}}}`, "params.a", ""},
		"open: giant":            {413, "POST", "/conversations", v.AccessToken, `{"text":"` + long(2<<20) + `"}`, "", "body-too-large"},
		"open: broken":           {400, "POST", "/conversations", v.AccessToken, `{"text":`, "", "malformed-json"},
		"visitor: no company":    {400, "POST", "/visitors", "", `{}`, "companyGuid", ""},
		"visitor: number":        {400, "POST", "/visitors", "", `{"companyGuid":7}`, "companyGuid", ""},
		"visitor: long language": {400, "POST", "/visitors", "", `{"companyGuid":"default","language":"` + long(36) + `"}`, "language", ""},
		"token: nothing":         {400, "POST", "/token", "", `{}`, "username", ""},
		"token: nobody":          {401, "POST", "/token", "", `{"username":"nobody","secret":"x"}`, "", "credentials-wrong"},
		"token: an operator":     {401, "POST", "/token", "", `{"username":"jana","secret":"` + boardtest.Password + `"}`, "", "credentials-wrong"},
		"rate: no stars":         {400, "POST", "/conversations/1/feedback", v.AccessToken, `{}`, "stars", ""},
		"rate: six stars":        {400, "POST", "/conversations/1/feedback", v.AccessToken, `{"stars":6}`, "stars", ""},
		"rate: text":             {400, "POST", "/conversations/1/feedback", v.AccessToken, `{"stars":"many"}`, "stars", ""},
		"rate: half":             {400, "POST", "/conversations/1/feedback", v.AccessToken, `{"stars":4.5}`, "stars", ""},
		"rate: long":             {400, "POST", "/conversations/1/feedback", v.AccessToken, `{"stars":4,"text":"` + long(10_001) + `"}`, "text", ""},
		"leave: no number":       {400, "POST", "/conversations/abc/leave", v.AccessToken, ``, "", ""},
		"leave: ended":           {409, "POST", "/conversations/1/leave", v.AccessToken, ``, "", "conversation-ended"},
		"nothing":                {404, "GET", "/nothing", v.AccessToken, "", "", "no-such-path"},
		"wrong method":           {405, "GET", "/visitors", v.AccessToken, "", "", "method-not-allowed"},
	} {
		rows, events := w.Added(t, func() {
			r := w.call(c.method, c.token, c.at, c.json)
			e := boardtest.Decode[struct {
				Code, Message string
				Fields        map[string]string
			}](t, r)
			if r.Status != c.status || c.problem != "" && e.Code != c.problem || c.field != "" && e.Fields[c.field] == "" || e.Message == "" {
				t.Errorf("%s: %d %.300s", name, r.Status, r.Body)
			}
		})
		if len(rows) > 0 || len(events) > 0 {
			t.Errorf("%s: %v %v", name, rows, events)
		}
	}
}

// What strangers write is data, everywhere.
func TestHostileText(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{"<script>alert(1)</script>", "'; DROP TABLE conversations; --", "]]>&lt;&#0;", "\u202etxt", "🎉", "${jndi:ldap://x}", "a\r\nb\tc"} {
		w.clock.Add(time.Minute)
		v := w.visitor("default")
		body, _ := json.Marshal(map[string]any{"text": text, "name": text, "email": text, "url": text, "widget": text, "messageId": text, "params": map[string]string{text: text}})
		c := boardtest.Decode[conversation](t, w.want(201, "POST", v.AccessToken, "/conversations", string(body)))
		var id int64
		fmt.Sscan(c.ID, &id)
		got, err := w.Desk.Get(t.Context(), w.jana, switchboard.ConversationID(id))
		if err != nil || len(got.Lines) != 1 || got.Lines[0].Text != text || got.Lines[0].ID != text || got.Guest.Name != text || got.Guest.Email != text ||
			got.Guest.URL != text || got.Guest.Widget != text || got.Params[0].Name != text || got.Params[0].Value != text {
			t.Errorf("%q comes back as %+v, %+v, %+v, %v", text, got.Lines, got.Guest, got.Params, err)
		}
	}
}
