package interop

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"switchboard"
	"switchboard/auth"
	"switchboard/boardtest"
	"switchboard/stanza"
)

// town is a whole server with alice, mallory who would like to be her, an
// operator, two administrators and a customer; and another workspace, where
// there is a mallory too.
type town struct {
	*boardtest.Server
	clock   atomic.Int64 // how far the server's clock is ahead
	other   auth.Tenant
	people  map[string]switchboard.Principal
	alice   device
	mallory device
}

// device is the answer to register.
type device struct {
	Token, Username, Password, UserJID string
	Code                               string // of a refusal
}

func (w *town) now() time.Time { return time.Now().Add(time.Duration(w.clock.Load())) }

// later lets time pass, so that it is never throttling that refuses an attack.
func (w *town) later(d time.Duration) { w.clock.Add(int64(d)) }

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{people: map[string]switchboard.Principal{}}
	w.Server = boardtest.Node(t, boardtest.NodeOptions{Now: w.now})
	for _, name := range []string{"alice", "mallory", "bob"} {
		w.people[name] = w.AddAccount(t, name, switchboard.User, false)
	}
	w.people["oscar"] = w.AddAccount(t, "oscar", switchboard.Operator, false)
	w.people["ada"] = w.AddAccount(t, "ada", switchboard.Operator, true)
	w.people["boss"] = w.AddAccount(t, "boss", switchboard.Operator, true)
	w.people["guest"] = w.AddVisitor(t, "A guest")
	var err error
	if w.other, _, err = w.Auth.EnsureTenant(t.Context(), "other.example", false); err != nil {
		t.Fatal(err)
	}
	root, err := w.Auth.LocalAdmin(t.Context(), "other.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "mallory"} {
		if _, err := w.Auth.CreateAccount(t.Context(), root, auth.NewAccount{Localpart: name, Kind: switchboard.User, Password: boardtest.Password}); err != nil {
			t.Fatal(err)
		}
	}
	if w.people["mallory elsewhere"], err = w.Auth.PrincipalFor(t.Context(), "other.example", "mallory", 0); err != nil {
		t.Fatal(err)
	}
	w.people["root elsewhere"] = root
	w.alice, w.mallory = w.device(t, "alice"), w.device(t, "mallory")
	return w
}

// token is a fresh token of somebody.
func (w *town) token(t *testing.T, name string, dialect switchboard.Dialect, scopes ...switchboard.Scope) string {
	t.Helper()
	token, _, err := w.Auth.Mint(t.Context(), w.people[name], dialect, scopes)
	if err != nil {
		t.Fatal(name, err)
	}
	return token
}

// as makes a call with a fresh token of somebody, "" for nobody.
func (w *town) as(t *testing.T, name string, c boardtest.Call) boardtest.Reply {
	t.Helper()
	if name != "" {
		c.Token = w.token(t, name, switchboard.PlatformDialect)
	}
	return w.Do(t, c)
}

// register asks for a device; kv are pairs for the body.
func (w *town) register(t *testing.T, path string, header http.Header, kv ...string) (d device, status int) {
	t.Helper()
	form := url.Values{"licenseKey": {w.licence(t)}}
	for i := 0; i < len(kv); i += 2 {
		form.Set(kv[i], kv[i+1])
	}
	w.later(20 * time.Second)
	r := w.Do(t, boardtest.Call{Path: "/api/v1" + path, Form: form, Header: header})
	return boardtest.Decode[device](t, r), r.Status
}

func (w *town) licence(t *testing.T) string {
	t.Helper()
	tenant, err := w.Auth.Tenant(t.Context(), w.people["ada"])
	if err != nil {
		t.Fatal(err)
	}
	return tenant.Licence
}

// device registers an honest one, by password.
func (w *town) device(t *testing.T, name string) device {
	t.Helper()
	d, status := w.register(t, "/register", nil, "userIdentifier", name, "password", boardtest.Password)
	if status != 200 || d.Username != name {
		t.Fatalf("%s: %d %+v", name, status, d)
	}
	return d
}

// devices are the ids of somebody's devices.
func (w *town) devices(t *testing.T, name string) (ids []switchboard.DeviceID) {
	t.Helper()
	list, err := w.Auth.Devices(t.Context(), w.people["ada"], w.people[name].Account)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		ids = append(ids, d.ID)
	}
	return ids
}

// code is the stable code of a refusal.
func code(r boardtest.Reply) string {
	var e struct{ Code string }
	if json.Unmarshal(r.Body, &e) == nil && e.Code != "" {
		return e.Code
	}
	return r.Header.Get("X-Error-Code")
}

// Nobody gets a device of somebody else, in trial mode (by the call that wants
// a proof) or after.
func TestNobodyRegistersAsAnother(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	f := newForger(t, w)
	for _, mode := range []string{"trial", "trial over"} {
		if mode == "trial over" {
			if _, err := w.Auth.EndTrial(t.Context(), w.people["ada"]); err != nil {
				t.Fatal(err)
			}
			d, status := w.register(t, "/sandbox/register", nil, "userIdentifier", "alice")
			if status != 403 || d.Code != "trial-over" {
				t.Errorf("the sandbox after the trial: %d %+v", status, d)
			}
			d, status = w.register(t, "/sandbox/register", nil, "userIdentifier", "alice", "licenseKey", "trial")
			if status != 400 || d.Code != "licence-unknown" {
				t.Errorf("the old licence: %d %+v", status, d)
			}
		}
		before := fmt.Sprint(w.devices(t, "alice"))
		for name := range f.proofs(t) {
			proof := f.proofs(t)[name] // as of now: none of them has expired but those that shall
			for place, kv := range map[string][]string{"password": {"password", proof}, "identityToken": {"identityToken", proof}, "header": nil} {
				var header http.Header
				if place == "header" {
					if strings.ContainsAny(proof, "\x00\n") {
						continue
					}
					header = http.Header{"Authorization": {proof}}
				}
				d, status := w.register(t, "/register", header, append(kv, "userIdentifier", "alice")...)
				if status != 401 || d.Code != "proof-wrong" && d.Code != "proof-missing" || d.Password+d.Token != "" {
					t.Errorf("%s: %s as %s: %d %+v", mode, name, place, status, d)
				}
			}
		}
		if now := fmt.Sprint(w.devices(t, "alice")); now != before {
			t.Errorf("%s: alice had the devices %s and has %s", mode, before, now)
		}
	}
	if f.lured.Load() != 0 {
		t.Error("a token made the server fetch keys from an address of its own")
	}
	// The same claims, honestly: the table above fails for its reasons and no other.
	now := w.now()
	honest := claim{"sub": "alice", "exp": now.Add(time.Hour).Unix(), "aud": "our-app", "iss": "https://idp.example"}
	for _, proof := range []string{forge([]byte(f.key), claim{"alg": "HS256"}, honest), signed(t, jose.ES256, f.ec, "ec", nil, honest),
		signed(t, jose.RS256, f.rs, "rs", nil, honest)} {
		if d, status := w.register(t, "/register", nil, "userIdentifier", "alice", "identityToken", proof); status != 200 || d.Username != "alice" {
			t.Errorf("an honest token: %d %+v", status, d)
		}
	}
	w.reserved(t, f.key)
}

// reserved: who serves customers or administers is nobody whom an app, the
// sandbox or another administrator can be.
func (w *town) reserved(t *testing.T, key string) {
	t.Helper()
	for _, name := range []string{"oscar", "ada", "boss", w.people["guest"].Localpart} {
		proof := forge([]byte(key), claim{"alg": "HS256"}, claim{"sub": name, "exp": w.now().Add(time.Hour).Unix()})
		d, status := w.register(t, "/register", nil, "userIdentifier", name, "identityToken", proof)
		if status != 403 || d.Code != "identifier-reserved" {
			t.Errorf("the app as %s: %d %+v", name, status, d)
		}
		if name == "ada" {
			continue
		}
		d, status = w.register(t, "/register", http.Header{"Authorization": {w.token(t, "ada", switchboard.PublicDialect)}}, "userIdentifier", name)
		if status != 403 || d.Code != "identifier-reserved" {
			t.Errorf("an administrator as %s: %d %+v", name, status, d)
		}
	}
}

// A spelling is one account or none: with a token for her own name mallory is
// nobody else by spelling it differently, and in the sandbox nobody but a user.
func TestNobodySpellsHimselfAnother(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	key, err := w.Auth.IdentityKey(t.Context(), w.people["ada"])
	if err != nil {
		t.Fatal(err)
	}
	for _, spelling := range []string{"ALICE", "Alice", "ａｌｉｃｅ", "al\u200bice", "ali\u0301ce", "alice\u0301", "\ufeffalice", "alice\u202e", "%61lice", "alice%00", "alice\x00",
		"alice@localhost", "alice@LOCALHOST", "alice@other.example", "alice/phone", "alice@localhost/phone", "alice.", "alice ", " alice", "\talice", "alice\n",
		"аlice", "aIice", "\u2170lice", "al\u0131ce", "ﬁalice", "../alice", "./alice", "alice;", "alice,mallory", "mallory,alice", "alice'--", "*", "%", "_____", "&#97;lice", ""} {
		proof := forge([]byte(key), claim{"alg": "HS256"}, claim{"sub": "mallory", "exp": w.now().Add(time.Hour).Unix()})
		if d, status := w.register(t, "/register", nil, "userIdentifier", spelling, "identityToken", proof); status/100 != 4 || d.Code == "" || d.Token != "" {
			t.Errorf("mallory as %q: %d %+v", spelling, status, d)
		}
		// A token for the very spelling: whoever comes out is who went in.
		proof = forge([]byte(key), claim{"alg": "HS256"}, claim{"sub": spelling, "exp": w.now().Add(time.Hour).Unix()})
		d, status := w.register(t, "/register", nil, "userIdentifier", spelling, "identityToken", proof)
		normal, err := switchboard.NewJID(spelling, "localhost", "")
		switch {
		case status == 200 && (err != nil || d.Username != normal.Local || d.UserJID != normal.String()):
			t.Errorf("%q became %+v", spelling, d)
		case status != 200 && (status/100 != 4 || d.Code == ""):
			t.Errorf("%q: %d %+v", spelling, status, d)
		}
	}
	for _, name := range []string{"oscar", "OSCAR", "ada", "ａｄａ", "boss"} {
		if d, status := w.register(t, "/sandbox/register", nil, "userIdentifier", name); status != 403 || d.Code != "identifier-reserved" {
			t.Errorf("the sandbox as %q: %d %+v", name, status, d)
		}
	}
	// SASL: names are the same, and nobody acts for another (RFC 6120 §6.3.8).
	for _, c := range []struct{ authzid, name, password string }{
		{"alice@localhost", "mallory", boardtest.Password}, {"alice", "mallory", boardtest.Password}, {"mallory@other.example", "mallory", boardtest.Password},
		{"mallory@localhost/x", "mallory", boardtest.Password}, {"", "alice", w.mallory.Password}, {"mallory@localhost", "alice", w.mallory.Password},
		{"", "alice@localhost", w.mallory.Password}, {"", "al\u200bice", boardtest.Password}, {"", "аlice", boardtest.Password}, {"", "alice/phone", boardtest.Password},
		{"", "alice@other.example", w.mallory.Password}, {"", "guest", boardtest.Password},
	} {
		w.later(time.Minute)
		c1 := boardtest.DialXMPP(t, boardtest.XMPPAddress{TCP: w.Info.XMPP, Domain: "localhost"})
		c1.Open()
		if e := c1.Auth("PLAIN", []byte(c.authzid+"\x00"+c.name+"\x00"+c.password)); !e.Is(stanza.NSSASL, "failure") {
			t.Errorf("%+v: %s", c, e.Raw())
		}
		c1.Break()
	}
	bearer := func(authzid, token string) stanza.Element {
		c := boardtest.DialXMPP(t, boardtest.XMPPAddress{TCP: w.Info.XMPP, Domain: "localhost"})
		defer c.Break()
		c.Open()
		e := c.Auth("OAUTHBEARER", []byte("n,"+authzid+",\x01auth=Bearer "+token+"\x01\x01"))
		if e.Is(stanza.NSSASL, "challenge") {
			c.Send("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AQ==</response>")
			e = c.Next()
		}
		return e
	}
	mine := w.token(t, "mallory", switchboard.PlatformDialect)
	for _, c := range [][2]string{{"a=alice@localhost", mine}, {"a=alice", mine}, {"", w.token(t, "mallory elsewhere", switchboard.PlatformDialect)},
		{"a=mallory@localhost", w.token(t, "mallory elsewhere", switchboard.PlatformDialect)}, {"", mine + "x"},
		{"", w.token(t, "oscar", switchboard.PublicDialect, switchboard.ScopeSessionsRead)}} {
		if e := bearer(c[0], c[1]); !e.Is(stanza.NSSASL, "failure") {
			t.Errorf("%v: %s", c, e.Raw())
		}
	}
	if e := bearer("a=mallory@localhost", mine); !e.Is(stanza.NSSASL, "success") {
		t.Errorf("mallory as herself: %s", e.Raw())
	}
}

// What a device could do ends with the device, whatever ends it, and at once:
// its password, its token, its stream and the resumption of that.
func TestOldDevices(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	grace := map[string]string{"deletion.grace": "720"}
	if _, err := w.Auth.UpdateTenant(t.Context(), w.people["ada"], "", grace); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		end  func(account switchboard.AccountID, d device) error
		why  string // what the stream is told
		code string // what register says to the old credential
	}{
		"revoked": {func(_ switchboard.AccountID, d device) error { return w.revoke(t, d) }, "device-revoked", "proof-wrong"},
		"replaced": {func(_ switchboard.AccountID, d device) error {
			for range switchboard.MaxDevices {
				w.device(t, d.Username)
			}
			return nil
		}, "device-replaced", "proof-wrong"},
		"password": {func(id switchboard.AccountID, _ device) error {
			return w.Auth.SetPassword(t.Context(), w.people["ada"], id, "quite another")
		}, "password-changed", "proof-wrong"},
		"blocked": {func(id switchboard.AccountID, _ device) error {
			return w.Auth.SetEnabled(t.Context(), w.people["ada"], id, false)
		}, "account-blocked", "account-disabled"},
		"deleted": {func(_ switchboard.AccountID, d device) error {
			r := w.Do(t, boardtest.Call{Path: "/api/v1/users/deleteMyAccount", Form: url.Values{"reason": {"enough"}}, Token: d.Token})
			if r.Status != 200 {
				return fmt.Errorf("%d %s", r.Status, r.Body)
			}
			return nil
		}, "account-deleted", "account-disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			p := w.AddAccount(t, "old-"+name, switchboard.User, false)
			d := w.device(t, p.Localpart)
			at := boardtest.XMPPAddress{TCP: w.Info.XMPP, Domain: "localhost"}
			x := boardtest.DialXMPP(t, at)
			x.Login(p.Localpart, d.Password)
			x.Bind("phone")
			x.Send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
			if e := x.Next(); !e.Is(stanza.NSSM3, "enabled") {
				t.Fatal(string(e.Raw()))
			}
			w.Want(t, 200, boardtest.Call{Path: "/api/v1/users/devices", Token: d.Token})
			if err := c.end(p.Account, d); err != nil {
				t.Fatal(err)
			}
			if f := x.Ended(true); f == nil || !strings.Contains(string(f.App), "code='"+c.why+"'") {
				t.Errorf("the stream ended with %+v", f)
			}
			for _, path := range []string{"/users/devices", "/users/userList", "/chat/recent", "/users/blockedList"} {
				if r := w.Do(t, boardtest.Call{Path: "/api/v1" + path, Token: d.Token}); r.Status != 401 && r.Status != 403 {
					t.Errorf("%s: %d %s", path, r.Status, r.Body)
				}
			}
			for _, proof := range []string{d.Password, d.Token} {
				if again, status := w.register(t, "/register", nil, "userIdentifier", p.Localpart, "password", proof); status/100 != 4 || again.Token != "" {
					t.Errorf("register: %d %+v", status, again)
				}
			}
			for mechanism, initial := range map[string]string{"PLAIN": "\x00" + p.Localpart + "\x00" + d.Password,
				"OAUTHBEARER": "n,,\x01auth=Bearer " + d.Token + "\x01\x01"} {
				y := boardtest.DialXMPP(t, at)
				y.Open()
				if e := y.Auth(mechanism, []byte(initial)); e.Is(stanza.NSSASL, "success") {
					t.Errorf("%s: %s", mechanism, e.Raw())
				}
				y.Break()
			}
			r := w.Do(t, boardtest.Call{Path: "/api/v1/login", Form: url.Values{"username": {p.Localpart}, "password": {d.Password}}})
			if r.Status != 401 && r.Status != 403 || code(r) == "" {
				t.Errorf("login: %d %s", r.Status, r.Body)
			}
		})
	}
	// A name that was deleted is nobody's to take, by any way.
	key, err := w.Auth.IdentityKey(t.Context(), w.people["ada"])
	if err != nil {
		t.Fatal(err)
	}
	gone := "old-deleted"
	proof := forge([]byte(key), claim{"alg": "HS256"}, claim{"sub": gone, "exp": w.now().Add(time.Hour).Unix()})
	for path, kv := range map[string][]string{"/register": {"identityToken", proof}, "/sandbox/register": nil} {
		if d, status := w.register(t, path, nil, append(kv, "userIdentifier", gone)...); status != 403 && status != 400 || d.Token != "" {
			t.Errorf("%s: the deleted name: %d %+v", path, status, d)
		}
	}
	r := w.as(t, "ada", boardtest.Call{Path: "/platform/api/v1/users/createUser", Form: url.Values{"userIdentifier": {strings.ToUpper(gone)}, "licenseKey": {"trial"}, "deviceType": {"web"}}})
	if r.Status != 400 || code(r) != "account-exists" {
		t.Errorf("createUser: %d %s", r.Status, r.Body)
	}
}

func (w *town) revoke(t *testing.T, d device) error {
	p, err := w.Auth.Verify(t.Context(), d.Token)
	if err != nil {
		return err
	}
	return w.Auth.RevokeDevice(t.Context(), p, p.Device, "")
}

// grant is what a page is told that shows a code.
type grant struct {
	Device string `json:"device_code"`
	User   string `json:"user_code"`
	Error  string `json:"error"`
	Token  string `json:"access_token"`
	Name   string `json:"username"`
	Pass   string `json:"password"`
}

func (w *town) oauth(t *testing.T, path, origin string, form url.Values) grant {
	t.Helper()
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	return boardtest.Decode[grant](t, w.Do(t, boardtest.Call{Path: "/login/connect/" + path, Form: form, Header: header}))
}

const shop = "https://shop.example"

func (w *town) askCode(t *testing.T) grant {
	t.Helper()
	w.later(10 * time.Second)
	return w.oauth(t, "device_authorization", shop, url.Values{"client_id": {"switchboard-sdk"}})
}

func (w *town) pollCode(t *testing.T, origin, code string) grant {
	t.Helper()
	w.later(10 * time.Second)
	return w.oauth(t, "token", origin, url.Values{"client_id": {"switchboard-sdk"}, "device_code": {code},
		"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}})
}

// answer approves or refuses as somebody and returns the code of the refusal.
func (w *town) answer(t *testing.T, token, userCode string, approve bool) string {
	t.Helper()
	w.later(10 * time.Second)
	r := w.Do(t, boardtest.Call{Path: "/api/v1/users/devices/approve", Token: token, JSON: fmt.Sprintf(`{"userCode":%q,"approve":%v}`, userCode, approve)})
	if r.Status == 200 {
		return ""
	}
	if r.Status/100 != 4 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	return code(r)
}

// A code signs in whoever approves it, once, on the page that asked.
func TestQRCodes(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	fails := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	alice := func() string { return w.token(t, "alice", switchboard.PlatformDialect) }
	mallory := func() string { return w.token(t, "mallory", switchboard.PlatformDialect) }
	before := len(w.devices(t, "alice"))

	g := w.askCode(t)
	// Photographed: the picture holds the user code, which fetches nothing.
	for _, c := range []string{g.User, strings.ReplaceAll(g.User, "-", ""), strings.ToLower(g.Device) + "x", "", g.Device[:32]} {
		if got := w.pollCode(t, shop, c); got.Error != "invalid_grant" && got.Error != "invalid_request" || got.Token != "" {
			t.Errorf("%q: %+v", c, got)
		}
	}
	for name, token := range map[string]string{"another workspace": w.token(t, "mallory elsewhere", switchboard.PlatformDialect)} {
		fails(name, w.answer(t, token, g.User, true), "code-unknown")
	}
	if c := w.answer(t, w.token(t, "guest", switchboard.PlatformDialect), g.User, true); c != "device-account" {
		t.Errorf("a visitor: %q", c)
	}
	fails("nobody", w.answer(t, "", g.User, true), "token-missing")
	fails("too narrow a token", w.answer(t, w.token(t, "oscar", switchboard.PlatformDialect, switchboard.ScopeSessionsRead), g.User, true), "scope-missing")
	// Mallory, who has photographed it, can only sign the page in as herself.
	fails("mallory approves", w.answer(t, mallory(), g.User, true), "")
	fails("alice is late", w.answer(t, alice(), g.User, true), "code-unknown")
	for _, origin := range []string{"https://evil.example", "null", "", shop + ".evil.example"} {
		fails("the page "+origin, w.pollCode(t, origin, g.Device).Error, "invalid_grant")
	}
	got := w.pollCode(t, shop, g.Device)
	if got.Name != "mallory" || got.Token == "" || got.Pass == "" {
		t.Errorf("%+v", got)
	}
	fails("twice", w.pollCode(t, shop, g.Device).Error, "invalid_grant")

	// Late.
	g = w.askCode(t)
	w.later(5 * time.Minute)
	fails("late", w.answer(t, alice(), g.User, true), "code-unknown")
	fails("late poll", w.pollCode(t, shop, g.Device).Error, "expired_token")

	// The approval dies with what approved: a device that is signed out before the page comes back.
	phone := w.device(t, "alice")
	g = w.askCode(t)
	fails("alice approves", w.answer(t, phone.Token, g.User, true), "")
	if err := w.revoke(t, phone); err != nil {
		t.Fatal(err)
	}
	fails("the phone is gone", w.pollCode(t, shop, g.Device).Error, "access_denied")
	fails("a revoked device approves", w.answer(t, phone.Token, w.askCode(t).User, true), "token-revoked")
	// A blocked account, and one that is being deleted, before and after they approved.
	for name, end := range map[string]func(p switchboard.Principal, token string){
		"blocked": func(p switchboard.Principal, _ string) {
			if err := w.Auth.SetEnabled(t.Context(), w.people["ada"], p.Account, false); err != nil {
				t.Fatal(err)
			}
		},
		"deleting": func(p switchboard.Principal, _ string) {
			if err := w.Auth.RequestDeletion(t.Context(), w.people["ada"], p.Account, "x", ""); err != nil {
				t.Fatal(err)
			}
		},
	} {
		p := w.AddAccount(t, "qr-"+name, switchboard.User, false)
		d := w.device(t, p.Localpart)
		g, h := w.askCode(t), w.askCode(t)
		fails(name, w.answer(t, d.Token, g.User, true), "")
		end(p, d.Token)
		if c := w.answer(t, d.Token, h.User, true); c != "account-disabled" && c != "token-revoked" {
			t.Errorf("%s approves: %q", name, c)
		}
		fails(name, w.pollCode(t, shop, g.Device).Error, "access_denied")
		fails(name, w.pollCode(t, shop, h.Device).Error, "authorization_pending")
	}
	if n := len(w.devices(t, "alice")); n != before {
		t.Errorf("alice had %d devices and has %d", before, n)
	}
}

// operations reads the list of a dialect's operations: method, path and what it needs.
func operations(t *testing.T, file string) (all [][3]string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if word := strings.SplitN(s.Text(), " ", 4); len(word) == 4 && word[3] != "(not offered yet)" {
			all = append(all, [3]string(word[:3]))
		}
	}
	return all
}

// Every operation of every dialect refuses whoever lacks its permission, and a
// token of the other dialect, before it looks at what is asked.
func TestOperationsNeedTheirPermission(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	fill := strings.NewReplacer("{id}", "1", "{deviceId}", "1", "{userId}", "alice", "{fileToken}", strings.Repeat("0", 32), "{", "", "}", "")
	call := func(op [3]string, token string) boardtest.Reply {
		c := boardtest.Call{Method: op[0], Path: fill.Replace(op[1]), Token: token}
		if op[0] == "POST" || op[0] == "PUT" {
			c.JSON = `{}`
		}
		return w.Do(t, c)
	}
	tokens := map[string]string{}
	for _, name := range []string{"alice", "oscar", "guest"} {
		for _, dialect := range []switchboard.Dialect{switchboard.PlatformDialect, switchboard.PublicDialect} {
			tokens[name+string(dialect)] = w.token(t, name, dialect)
		}
	}
	key, _, err := w.Auth.CreateKey(t.Context(), w.people["ada"], "robot", []switchboard.Scope{switchboard.ScopeEvents})
	if err != nil {
		t.Fatal(err)
	}
	p := switchboard.Principal{Tenant: w.Tenant.ID, Account: key.ID, Kind: switchboard.Client, Domain: "localhost", Scopes: []switchboard.Scope{switchboard.ScopeEvents}}
	robot, _, err := w.Auth.Mint(t.Context(), p, switchboard.PublicDialect, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for file, dialect := range map[string]switchboard.Dialect{"../api/platform/testdata/routes.golden": switchboard.PlatformDialect,
		"../api/public/testdata/routes.golden": switchboard.PublicDialect} {
		for _, op := range operations(t, file) {
			scope, _, _ := strings.Cut(op[2], "+")
			if scope == "anonymous" {
				continue
			}
			n++
			if r := call(op, ""); r.Status != 401 {
				t.Errorf("nobody: %v: %d %s", op, r.Status, r.Body)
			}
			lacking := []string{robot}
			switch scope {
			case "signed-in":
				lacking = []string{tokens["alice"+string(dialect)], tokens["guest"+string(dialect)]} // it is for those who serve customers
				if op[1] == "/public/api/v1/Users/me" {                                              // everybody may know himself
					lacking = nil
				}
			case "chat":
				if dialect == switchboard.PlatformDialect {
					lacking = nil
				}
			case "users.read", "sessions.read", "sessions.write", "events":
				lacking = []string{tokens["alice"+string(dialect)], tokens["guest"+string(dialect)]}
			default:
				lacking = []string{tokens["alice"+string(dialect)], tokens["guest"+string(dialect)], tokens["oscar"+string(dialect)], robot}
			}
			for _, token := range lacking {
				if r := call(op, token); r.Status != 403 && r.Status != 401 {
					t.Errorf("without the permission: %v: %d %s", op, r.Status, r.Body)
				}
			}
		}
	}
	if n < 60 {
		t.Errorf("there are only %d operations", n)
	}
	w.customers(t)
}

// customers are strangers: who loads a web page sees no user of the app, and
// nobody the conversation of another.
func (w *town) customers(t *testing.T) {
	t.Helper()
	for _, op := range operations(t, "../api/platform/testdata/routes.golden") {
		if op[0] != "GET" || op[2] != "chat" {
			continue
		}
		path := strings.NewReplacer("{userId}", "alice", "{fileToken}", strings.Repeat("0", 32)).Replace(op[1])
		query := url.Values{"chatType": {"singlechat"}, "participant": {"alice"}, "userIds": {"alice"}, "name": {"ali"}, "userCode": {"BCDF-GHJK"}}
		if r := w.as(t, "guest", boardtest.Call{Path: path, Query: query}); r.Status >= 500 || strings.Contains(string(r.Body), "alice@") || strings.Contains(string(r.Body), `"nickName"`) {
			t.Errorf("a customer: %v: %d %s", op, r.Status, r.Body)
		}
	}
	w.people["another guest"] = w.AddVisitor(t, "Another")
	opened := w.as(t, "guest", boardtest.Call{Path: "/widget/v1/conversations", JSON: `{"text":"hello"}`})
	if opened.Status != 201 {
		t.Fatalf("%d %s", opened.Status, opened.Body)
	}
	id := boardtest.Decode[struct{ ID string }](t, opened).ID
	for _, name := range []string{"another guest", "alice", "mallory elsewhere", ""} {
		for _, c := range []boardtest.Call{{Method: "POST", Path: "/widget/v1/conversations/" + id + "/leave", JSON: `{}`},
			{Method: "POST", Path: "/widget/v1/conversations/" + id + "/feedback", JSON: `{"stars":1}`}, {Path: "/widget/v1/conversations/current"}} {
			if r := w.as(t, name, c); r.Status == 200 || r.Status == 204 && c.Method != "" || r.Status >= 500 {
				t.Errorf("%q: %s: %d %s", name, c.Path, r.Status, r.Body)
			}
		}
	}
	if r := w.as(t, "guest", boardtest.Call{Path: "/widget/v1/conversations/current"}); r.Status != 200 {
		t.Errorf("the conversation of the guest: %d %s", r.Status, r.Body)
	}
}
