package platform_test

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"switchboard"
	"switchboard/auth"
	"switchboard/config"
)

func TestLogin(t *testing.T) {
	w := newWorld(t)
	r := w.want(200, call{Path: "/login", JSON: `{"username":"ann","password":"correct horse","type":""}`})
	golden(t, "login", r)
	token := decode[struct{ Data struct{ Token string } }](t, r).Data.Token
	p, err := w.Auth.Verify(t.Context(), token)
	if err != nil || p.Localpart != "ann" || p.Dialect != switchboard.PlatformDialect {
		t.Fatal(p, err)
	}
	if life := p.Expires.Sub(w.clock.Now()); life > time.Hour || life < time.Hour-time.Second {
		t.Error("a token lives", life)
	}
	wrong := w.do(call{Path: "/login", JSON: `{"username":"ann","password":"battery staple"}`})
	golden(t, "login_wrong", wrong)
	if c := wrong.Header.Get("WWW-Authenticate"); c != `Bearer realm="switchboard"` { // it is no token that is wrong
		t.Error(c)
	}
	golden(t, "login_unknown", w.do(call{Path: "/login", JSON: `{"username":"nobody","password":"battery staple"}`}))
	golden(t, "login_missing", w.do(call{Path: "/login", JSON: `{"username":"ann"}`}))
	w.want(200, call{Path: "/login", JSON: `{"username":"root","password":"correct horse"}`})
	w.want(200, call{Path: "/login", JSON: `{"username":"ann@localhost","password":"correct horse"}`})
}

// A wrong name and a wrong password cannot be told apart.
func TestLoginWrongIsOneAnswer(t *testing.T) {
	w := newWorld(t)
	wrong := w.want(401, call{Path: "/login", JSON: `{"username":"ann","password":"x"}`})
	unknown := w.want(401, call{Path: "/login", JSON: `{"username":"nobody","password":"x"}`})
	none := w.want(401, call{Path: "/login", JSON: `{"username":"","password":""}`})
	if string(wrong.Body) != string(unknown.Body) || string(wrong.Body) != string(none.Body) {
		t.Errorf("%s %s %s", wrong.Body, unknown.Body, none.Body)
	}
	for _, h := range []http.Header{wrong.Header, unknown.Header, none.Header} {
		h.Del("X-Request-Id")
	}
	if !maps.EqualFunc(wrong.Header, unknown.Header, slices.Equal) {
		t.Error(wrong.Header, unknown.Header)
	}
}

func TestLoginThrottled(t *testing.T) {
	w := newWorld(t)
	var status int
	for range 50 {
		if status = w.do(call{Path: "/login", JSON: `{"username":"ann","password":"x"}`}).Status; status != 401 {
			break
		}
	}
	r := w.do(call{Path: "/login", JSON: `{"username":"ann","password":"correct horse"}`})
	refused(t, r, 429, "login-throttled")
	if r.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	w.want(200, call{Path: "/login", JSON: `{"username":"bob","password":"correct horse"}`})
	w.clock.Add(time.Hour)
	w.want(200, call{Path: "/login", JSON: `{"username":"ann","password":"correct horse"}`})
}

// The Host names the workspace if it is one's domain.
func TestLoginHost(t *testing.T) {
	w := newWorld(t)
	w.clock.Add(time.Minute) // the list of domains is some seconds old at most
	eve := `{"username":"eve","password":"correct horse"}`
	w.want(200, call{Path: "/login", JSON: eve, Host: otherDomain})
	w.want(200, call{Path: "/login", JSON: eve, Host: "OTHER.example:8443"})
	for _, host := range []string{domain, "127.0.0.1:8080", "elsewhere.example", "other.example.evil", "[::1]:8080"} {
		refused(t, w.do(call{Path: "/login", JSON: eve, Host: host}), 401, "credentials-wrong")
		w.want(200, call{Path: "/login", JSON: `{"username":"ann","password":"correct horse"}`, Host: host})
	}
}

func TestLoginDisabled(t *testing.T) {
	w := newWorld(t)
	old := w.token("ann")
	must(t, w.Auth.SetEnabled(t.Context(), w.people["root"], w.people["ann"].Account, false))
	refused(t, w.do(call{Path: "/login", JSON: `{"username":"ann","password":"correct horse"}`}), 403, "account-disabled")
	refused(t, w.do(call{Path: "/login", JSON: `{"username":"ann","password":"x"}`}), 401, "credentials-wrong")
	refused(t, w.do(call{Path: "/chat/recent", Header: http.Header{"Authorization": {old}}}), 401, "account-disabled")
}

// A token is good for exactly an hour; then the answer is the documented one.
func TestTokenLife(t *testing.T) {
	w := newWorld(t)
	login := w.want(200, call{Path: "/login", JSON: `{"username":"ann","password":"correct horse"}`})
	token := http.Header{"Authorization": {decode[struct{ Data struct{ Token string } }](t, login).Data.Token}}
	w.clock.Add(time.Hour - time.Second)
	w.want(200, call{Path: "/chat/recent", Header: token})
	w.clock.Add(time.Second)
	r := w.do(call{Path: "/chat/recent", Header: token})
	golden(t, "token_expired", r)
	refused(t, r, 401, "token-expired")
	refused(t, w.do(call{Path: "/chat/recent"}), 401, "token-missing")
	golden(t, "token_missing", w.do(call{Path: "/chat/recent"}))
}

func TestTokenBad(t *testing.T) {
	w := newWorld(t)
	good := w.token("ann")
	parts := strings.Split(good, ".")
	for name, value := range map[string]string{
		"nonsense":    "nonsense",
		"alg none":    "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + parts[1] + ".",
		"no sign":     parts[0] + "." + parts[1] + ".",
		"other sign":  parts[0] + "." + parts[1] + "." + strings.Repeat("A", 86),
		"other claim": parts[0] + "." + parts[0] + "." + parts[2],
		"giant":       strings.Repeat("x", 20_000),
		"basic":       "Basic YW5uOmNvcnJlY3QgaG9yc2U=",
		"html":        "<script>alert(1)</script>",
		"sql":         "' OR 1=1 --",
	} {
		r := w.do(call{Path: "/chat/recent", Header: http.Header{"Authorization": {value}}})
		if r.Status != 401 || decode[refusal](t, r).Message != "Token Expired" {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	for _, spelled := range []string{good, "Bearer " + good, "bearer " + good, "BEARER  " + good + " "} {
		w.want(200, call{Path: "/chat/recent", Header: http.Header{"Authorization": {spelled}}})
	}
}

func TestSandboxRegister(t *testing.T) {
	w := newWorld(t)
	request := `{"deviceType":"web","licenseKey":"trial","userIdentifier":"Carol","metadata":{"a":"1","b":true,"c":3.50}}`
	var r reply
	rows, events := w.added(func() { r = w.want(200, call{Path: "/sandbox/register", JSON: request}) })
	golden(t, "sandbox_register", r)
	if !maps.Equal(rows, map[string]int{"accounts": 1, "archives": 1, "credentials": 1, "devices": 1, "ledger": 2}) ||
		!slices.Equal(events, []string{"account.created", "device.added"}) {
		t.Error(rows, events)
	}
	made := decode[struct{ Username, Password, Token string }](t, r)
	w.want(200, call{Path: "/chat/recent", Header: http.Header{"Authorization": {made.Token}}})
	login := w.want(200, call{Path: "/login", JSON: `{"username":"` + made.Username + `","password":"` + made.Password + `"}`})
	token := decode[struct{ Data struct{ Token string } }](t, login).Data.Token
	w.want(200, call{Path: "/users/carol", Header: http.Header{"Authorization": {token}}})

	rows, _ = w.added(func() { r = w.want(200, call{Path: "/sandbox/register", JSON: request}) })
	if again := decode[map[string]any](t, r); again["isExisting"] != true || again["password"] == made.Password {
		t.Errorf("%s", r.Body)
	}
	if !maps.Equal(rows, map[string]int{"devices": 1, "ledger": 1}) {
		t.Error(rows)
	}
	refused(t, w.do(call{Path: "/sandbox/register", JSON: `{"licenseKey":"trial","userIdentifier":"root"}`}), 403, "identifier-reserved")
}

func TestRegisterConfig(t *testing.T) {
	w := newWorld(t, func(c *config.Config) { c.XMPP.Address, c.Trial = "0.0.0.0:0", "on" }) // everywhere, so clients use the public name
	r := w.want(200, call{Path: "/sandbox/register", JSON: `{"licenseKey":"trial","userIdentifier":"carol"}`})
	config := decode[struct{ Config map[string]any }](t, r).Config
	_, port, _ := net.SplitHostPort(w.Info.XMPP)
	for _, name := range strings.Fields(`domain videoLimit audioLimit recallTime privateTime xmppDomain xmppHost xmppPort adminUser
		googleTranslate signalServerDomain notificationHelpUrl sdkUrl pinExpireDays pinTimeOut fileSizeLimit stuns turns
		liveStreamingSignalServer isLiveStreamingEnabled sipcallEnabled sipServer callRoutingServer chatBackupType chatBackupFrequency
		xmppPortWeb iv ivProfile`) {
		if _, there := config[name]; !there {
			t.Error("no", name)
		}
	}
	if config["xmppDomain"] != domain || config["xmppHost"] != "chat.example" || fmt.Sprint(config["xmppPort"]) != port || config["xmppPortWeb"] != "8443" {
		t.Error(config)
	}
}

func TestSandboxOnlyInTrial(t *testing.T) {
	w := newWorld(t)
	refused(t, w.do(call{Path: "/sandbox/register", JSON: `{"licenseKey":"` + w.other.Licence + `","userIdentifier":"mallory"}`}), 403, "trial-over")
	if _, err := w.Auth.EndTrial(t.Context(), w.people["root"]); err != nil {
		t.Fatal(err)
	}
	rows, _ := w.added(func() {
		refused(t, w.do(call{Path: "/sandbox/register", JSON: `{"licenseKey":"trial","userIdentifier":"mallory"}`}), 400, "licence-unknown")
	})
	if len(rows) > 0 {
		t.Error(rows)
	}
}

func TestRegisterProof(t *testing.T) {
	w := newWorld(t)
	licence := w.Tenant.Licence
	body := func(name, more string) string {
		return `{"deviceType":"web","licenseKey":"` + licence + `","userIdentifier":"` + name + `"` + more + `}`
	}
	token := func(of string) http.Header { return http.Header{"Authorization": {w.token(of)}} }
	key, err := w.Auth.IdentityKey(t.Context(), w.people["root"])
	must(t, err)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(key)}, nil)
	must(t, err)
	identity := func(name string, life time.Duration) string {
		signed, err := jwt.Signed(signer).Claims(map[string]any{"sub": name, "exp": w.clock.Now().Add(life).Unix(), "name": "From the backend"}).Serialize()
		must(t, err)
		return `,"identityToken":"` + signed + `"`
	}
	golden(t, "register_no_proof", w.do(call{Path: "/register", JSON: body("ann", "")}))
	for _, c := range []struct {
		name   string
		status int
		code   string
		call   call
	}{
		{"nothing", 401, "proof-missing", call{JSON: body("ann", "")}},
		{"nothing for a new one", 401, "proof-missing", call{JSON: body("zoe", "")}},
		{"wrong password", 401, "proof-wrong", call{JSON: body("ann", `,"password":"x"`)}},
		{"password of nobody", 401, "proof-wrong", call{JSON: body("zoe", `,"password":"x"`)}},
		{"another's token", 401, "proof-wrong", call{JSON: body("ann", ""), Header: token("bob")}},
		{"another workspace's token", 401, "proof-wrong", call{JSON: body("ann", ""), Header: token("eve")}},
		{"nonsense token", 401, "proof-wrong", call{JSON: body("ann", `,"identityToken":"a.b.c"`)}},
		{"identity of another", 401, "proof-wrong", call{JSON: body("ann", identity("bob", time.Hour))}},
		{"identity of yesterday", 401, "proof-wrong", call{JSON: body("ann", identity("ann", -time.Hour))}},
		{"identity", 200, "", call{JSON: body("ann", identity("ann", time.Hour))}},
		{"identity of a new one", 200, "", call{JSON: body("yvonne", identity("yvonne", time.Hour))}},
		{"identity of an operator", 403, "identifier-reserved", call{JSON: body("root", identity("root", time.Hour))}},
		{"own password", 200, "", call{JSON: body("ann", `,"password":"`+password+`"`)}},
		{"own token", 200, "", call{JSON: body("ann", ""), Header: token("ann")}},
		{"own token with a word before it", 200, "", call{JSON: body("ann", ""), Header: http.Header{"Authorization": {"Bearer " + w.token("ann")}}}},
		{"administrator", 200, "", call{JSON: body("zoe", ""), Header: token("root")}},
		{"field before header", 200, "", call{JSON: body("ann", `,"password":"`+password+`"`), Header: token("bob")}},
	} {
		c.call.Path = "/register"
		r := w.do(c.call)
		if r.Status != c.status {
			t.Errorf("%s: %d %s", c.name, r.Status, r.Body)
		} else if c.status != 200 {
			refused(t, r, c.status, c.code)
		}
	}
}

// At the limit the oldest device is signed out, or the answer is 405.
func TestRegisterDeviceLimit(t *testing.T) {
	w := newWorld(t) // with three devices at most
	body := func(force string) string { return `{"licenseKey":"trial","userIdentifier":"carol"` + force + `}` }
	var tokens []string
	for range 3 {
		r := w.want(200, call{Path: "/sandbox/register", JSON: body(`,"forceRegister":false`)})
		tokens = append(tokens, decode[struct{ Token string }](t, r).Token)
	}
	r := w.do(call{Path: "/sandbox/register", JSON: body(`,"forceRegister":false`)})
	refused(t, r, 405, "device-limit")
	golden(t, "register_device_limit", r)
	rows, events := w.added(func() { w.want(200, call{Path: "/sandbox/register", JSON: body("")}) })
	if !slices.Equal(events, []string{"device.revoked", "device.added"}) || rows["ledger"] != 2 {
		t.Error(rows, events)
	}
	for i, want := range []int{401, 200, 200} {
		if r := w.do(call{Path: "/chat/recent", Header: http.Header{"Authorization": {tokens[i]}}}); r.Status != want {
			t.Errorf("device %d: %d %s", i, r.Status, r.Body)
		}
	}
}

func TestRegisterEncodings(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"DEVICETYPE": {"web"}, "licensekey": {"trial"}, "UserIdentifier": {"carol"}, "forceRegister": {"false"}, "more": {"x"}}
	w.want(200, call{Path: "/sandbox/register", Form: form})
	w.want(200, call{Method: "POST", Path: "/sandbox/register", Query: form})
	w.want(200, call{Method: "POST", Path: "/platform/api/v1/sandbox/register", Query: form})
	refused(t, w.do(call{Method: "POST", Path: "/sandbox/register", Query: form}), 405, "device-limit")
}

func TestRegisterTooMuchMetadata(t *testing.T) {
	w := newWorld(t)
	for _, metadata := range []string{`{"a":"1","b":"2","c":"3","d":"4"}`, `{"a":{}}`, `{"a":[1]}`, `"a"`, `[1]`} {
		refused(t, w.do(call{Path: "/sandbox/register", JSON: `{"licenseKey":"trial","userIdentifier":"carol","metadata":` + metadata + `}`}), 400, "")
	}
	admin, err := w.Auth.LocalAdmin(t.Context(), domain)
	must(t, err)
	if n, err := w.Auth.CountAccounts(t.Context(), admin, auth.AccountQuery{Search: "carol"}); n != 0 || err != nil {
		t.Error(n, err)
	}
}
