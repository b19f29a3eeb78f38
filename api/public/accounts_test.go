package public_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/auth"
	"switchboard/boardtest"
)

// register gives somebody a device as an app does in trial mode.
func (w *world) register(name, kind string) auth.Registration {
	w.t.Helper()
	r, err := w.Auth.RegisterDevice(w.t.Context(), auth.RegisterRequest{License: auth.TrialLicence, Identifier: name, DeviceType: kind, Sandbox: true, Force: true})
	must(w.t, err)
	return r
}

type device struct {
	ID   int64
	Type string
}

func (w *world) devicesOf(name string) (ids []int64) {
	w.t.Helper()
	for _, d := range boardtest.Decode[[]device](w.t, w.call(200, "GET", w.token("root"), path("/Accounts/%d/devices", w.people[name].Account), "")) {
		ids = append(ids, d.ID)
	}
	return ids
}

// An administrator sees where somebody is signed in, and signs him out there
// and nowhere else.
func TestDevices(t *testing.T) {
	w := newWorld(t)
	root := w.token("root")
	phone := w.register("ann", "android")
	w.pass(time.Minute)
	browser := w.register("ann", "web")
	at := path("/Accounts/%d/devices", w.people["ann"].Account)
	boardtest.Golden(t, "devices", w.call(200, "GET", root, at, ""))
	boardtest.Golden(t, "account", w.call(200, "GET", root, path("/Accounts/%d", w.people["ann"].Account), ""))
	other := path("/Accounts/%d/devices/%d", w.people["jana"].Account, phone.Device)
	w.nothing(w.call(404, "DELETE", root, other, ""))
	_, events := w.Added(t, func() { w.call(204, "DELETE", root, path("%s/%d", at, phone.Device), "") })
	if !slices.Equal(events, []string{"device.revoked"}) {
		t.Errorf("revoked with %v", events)
	}
	w.nothing(w.call(404, "DELETE", root, path("%s/%d", at, phone.Device), ""))
	if got := w.devicesOf("ann"); !slices.Equal(got, []int64{int64(browser.Device)}) {
		t.Errorf("devices: %v", got)
	}
	for token, ok := range map[string]bool{phone.Token: false, browser.Token: true} {
		if _, err := w.Auth.Verify(t.Context(), token); (err == nil) != ok {
			t.Errorf("a token after the revocation: %v", err)
		}
	}
	w.call(403, "GET", w.token("jana", "chat"), at, "")
}

// A new password works, the old one does not, and it is another one each time.
func TestResetPassword(t *testing.T) {
	w := newWorld(t)
	at := path("/Accounts/%d/resetPassword", w.people["petr"].Account)
	var last string
	for range 2 {
		r := boardtest.Decode[struct{ Password string }](t, w.call(200, "POST", w.token("root"), at, ""))
		if len(r.Password) < 16 || r.Password == last {
			t.Errorf("the password is %q", r.Password)
		}
		last = r.Password
		for password, ok := range map[string]bool{boardtest.Password: false, last: true} {
			if _, err := w.Auth.Password(t.Context(), w.Tenant.Domain, "petr", password, "192.0.2.1"); (err == nil) != ok {
				t.Errorf("with %q: %v", password, err)
			}
		}
	}
}

type progress struct {
	Done, Total, Made int
	Refused           []struct {
		Row         int
		Name, Error string
	}
	Error string
}

func (w *world) importFile(text string) (lines []progress) {
	w.t.Helper()
	r := w.Want(w.t, 200, boardtest.Call{Method: "POST", Path: "/api/v1/Accounts/import", Token: w.token("root"), Body: []byte(text), Header: map[string][]string{"Content-Type": {"text/csv"}}})
	if kind := r.Header.Get("Content-Type"); kind != "application/x-ndjson" {
		w.t.Errorf("it is %q", kind)
	}
	for line := range strings.Lines(string(r.Body)) {
		var p progress
		must(w.t, json.Unmarshal([]byte(line), &p))
		lines = append(lines, p)
	}
	return lines
}

// Whatever is in a file, each of its rows is taken or named.
func TestHostileImport(t *testing.T) {
	w := newWorld(t)
	for _, value := range hostile {
		text := "name,password,role,displayName,email\n" + value + ",correct horse,user,x,x\nu1,\"" + strings.ReplaceAll(value, `"`, `""`) + "\",user\nu2,correct horse," + value + "\nu3,correct horse,user," + value + "," + value + "\n"
		lines := w.importFile(text)
		last, refused := lines[len(lines)-1], 0
		for _, l := range lines {
			refused += len(l.Refused)
		}
		if last.Done != last.Total || last.Made+refused != last.Total || last.Error != "" {
			t.Errorf("%.40q: %+v", value, last)
		}
	}
}

// What can be taken of a file is taken, and each row that cannot be is named
// with its line.
func TestImport(t *testing.T) {
	w := newWorld(t)
	lines := w.importFile("\ufeffName;Password;Role;displayName;Email\r\n" +
		"kate;correct horse;user;\"Kate \"\"K\"\" Kay\";kate@mail.example\r\n" +
		"\"multi\";\"two\nlines\"\r\n" +
		"omar;correct horse;Operator;\"Omar; the second\";\r\n" +
		"ann;correct horse;user\r\n" +
		"a b;correct horse;user\r\n" +
		"nopass\r\n" +
		"boss;correct horse;king\r\n" +
		"\"broken;x\r\n")
	last := lines[len(lines)-1]
	if lines[0].Done != 0 || lines[0].Total != 8 || last.Done != 8 || last.Made != 2 || last.Error != "" {
		t.Errorf("%+v", lines)
	}
	var refused []string
	for _, l := range lines {
		for _, r := range l.Refused {
			refused = append(refused, fmt.Sprint(r.Row, " ", r.Name))
		}
	}
	slices.Sort(refused)
	if want := []string{"10 ", "3 multi", "6 ann", "7 a b", "8 nopass", "9 boss"}; !slices.Equal(refused, slices.Sorted(slices.Values(want))) {
		t.Errorf("refused: %q", refused)
	}
	list := boardtest.Decode[[]struct{ Username, Name, Email, Kind string }](t, w.call(200, "GET", w.token("root"), "/Accounts?search=a", ""))
	for _, want := range []string{`{kate Kate "K" Kay kate@mail.example user}`, `{omar Omar; the second  operator}`} {
		if !strings.Contains(fmt.Sprint(list), want) {
			t.Errorf("%s is not among %v", want, list)
		}
	}
	if _, err := w.Auth.Password(t.Context(), w.Tenant.Domain, "kate", "correct horse", "192.0.2.1"); err != nil {
		t.Error(err)
	}
}

// A long file tells how far it has come; what is no file is refused whole.
func TestImportProgress(t *testing.T) {
	w := newWorld(t)
	var b strings.Builder
	b.WriteString("name,password\n")
	for i := range 120 {
		fmt.Fprintf(&b, "user%03d,correct horse\n", i)
	}
	lines := w.importFile(b.String())
	if len(lines) != 4 || lines[1].Made != 50 || lines[3].Made != 120 || lines[3].Refused == nil {
		t.Errorf("%+v", lines)
	}
	if again := w.importFile(b.String()); again[3].Made != 0 || len(again[3].Refused) != 20 || again[3].Refused[19].Row != 121 {
		t.Errorf("again: %+v", again)
	}
	for name, text := range map[string]string{"nothing": "", "no names": "kate,correct horse\n", "no rows": "name,password\n", "a picture": "\x89PNG\r\n\x1a\n\x00",
		"another encoding": "name,password,displayName\nzofie,correct horse,\x8eofie\n", "two bytes a letter": "\xff\xfen\x00a\x00", "a zero": "name,password\nzoe,correct\x00horse\n"} {
		c := boardtest.Call{Method: "POST", Path: "/api/v1/Accounts/import", Token: w.token("root"), Body: []byte(text)}
		if r := w.Do(t, c); r.Status != 400 || !strings.Contains(string(r.Body), `"file"`) {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	w.Want(t, 403, boardtest.Call{Method: "POST", Path: "/api/v1/Accounts/import", Token: w.token("jana"), Body: []byte(b.String())})
}

// Whoever is deleted cannot do anything, and can come back until the grace is over.
func TestDeletion(t *testing.T) {
	w := newWorld(t)
	root := w.token("root")
	at := path("/Accounts/%d", w.people["ann"].Account)
	phone := w.register("ann", "android")
	w.call(409, "POST", root, at+"/restore", "")
	w.call(204, "PUT", root, "/Companies/settings", `{"deletionGraceHours":48}`)
	_, events := w.Added(t, func() { w.call(204, "DELETE", root, at, "") })
	if !slices.Equal(events, []string{"account.deleting"}) {
		t.Errorf("deleted with %v", events)
	}
	type row struct {
		Deleting *string
		Devices  int
	}
	if r := boardtest.Decode[row](t, w.call(200, "GET", root, at, "")); r.Deleting == nil || !strings.HasPrefix(*r.Deleting, "2025-05-26T16:05:24") || r.Devices != 0 {
		t.Errorf("%+v", r)
	}
	if _, err := w.Auth.Verify(t.Context(), phone.Token); err == nil {
		t.Error("its token lives on")
	}
	for call, status := range map[string]int{"DELETE ": 409, "POST /resetPassword": 409, "PUT /enabled": 409} {
		method, rest, _ := strings.Cut(call, " ")
		w.call(status, method, root, at+rest, map[string]string{"PUT": `{"isEnabled":true}`}[method])
	}
	w.call(403, "POST", w.keyToken("root", "users.write"), at+"/restore", "")
	w.call(204, "POST", root, at+"/restore", "")
	fresh := boardtest.Decode[struct{ Password string }](t, w.call(200, "POST", root, at+"/resetPassword", "")).Password
	if _, err := w.Auth.Password(t.Context(), w.Tenant.Domain, "ann", fresh, "192.0.2.1"); err != nil {
		t.Error(err)
	}
}
