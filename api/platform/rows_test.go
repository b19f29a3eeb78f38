package platform_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"maps"
	"net/url"
	"slices"
	"testing"
	"time"

	"switchboard"
	"switchboard/auth"
	"switchboard/boardtest"
)

// row is one documented call, for every encoding that a client may choose. The
// answer and what it adds to the store must be the same in all of them.
type row struct {
	name         string // of the golden file
	as           string
	method, path string
	fields       map[string]any   // of the JSON object; forms and queries have them as text
	files        []boardtest.File // then only multipart can carry it
	prepare      func(w *world, r *row)
	rows         map[string]int
	events       []string
}

// text is a field as forms have it: a list is repeated, what is deeper is JSON.
func text(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []string:
		return v
	case map[string]any, []any:
		b, _ := json.Marshal(v) // it was written in a test
		return []string{string(b)}
	}
	return []string{fmt.Sprint(v)}
}

// encodings are the calls that a row stands for.
func (r *row) encodings(t *testing.T) map[string]call {
	t.Helper()
	base := call{As: r.as, Method: r.method, Path: r.path}
	form := url.Values{}
	for name, v := range r.fields {
		form[name] = text(v)
	}
	multipart := base
	multipart.Parts, multipart.Files = form, r.files
	if r.files != nil {
		return map[string]call{"multipart": multipart}
	}
	b, err := json.Marshal(r.fields)
	must(t, err)
	if len(r.fields) == 0 {
		b = []byte("{}")
	}
	inJSON, inForm, inQuery := base, base, base
	inJSON.JSON, inForm.Form, inQuery.Query = string(b), form, form
	return map[string]call{"json": inJSON, "form": inForm, "multipart": multipart, "query": inQuery}
}

// picture is a PNG of one colour.
func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, plain()))
	return b.Bytes()
}

func plain() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 32, 24))
	for i := range m.Pix {
		m.Pix[i] = byte(i)
	}
	m.Set(0, 0, color.White)
	return m
}

func photo(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, plain(), nil))
	return b.Bytes()
}

func (w *world) block(who, whom string) {
	w.t.Helper()
	must(w.t, w.Chat.Block(w.t.Context(), w.people[who], w.people[whom].Bare()))
}

// device signs one of the people in on a device and makes that the one that asks.
func (w *world) device(name, kind string) auth.Registration {
	w.t.Helper()
	r, err := w.Auth.RegisterDevice(w.t.Context(), auth.RegisterRequest{License: w.Tenant.Licence, Identifier: name, DeviceType: kind, Force: true, Sandbox: true})
	must(w.t, err)
	w.tokens[name] = r.Token
	return r
}

var device = map[string]any{"deviceType": "ios", "licenseKey": "trial"}

func with(base map[string]any, more map[string]any) map[string]any {
	all := maps.Clone(base)
	maps.Copy(all, more)
	return all
}

func table(t *testing.T) []row {
	whole := with(device, map[string]any{"userIdentifier": "Zoe-1", "deviceOsVersion": "17.2", "deviceToken": "push", "voipDeviceToken": "voip",
		"mode": 1, "nickname": "Zoe <b>Z</b>", "mobileNumber": "+420111222333", "email": "zo!#$%&+e@mail.example",
		"profileUrl": "https://img.example/zoe.png?a=1&b=2", "metadataKey1": "team", "metadataValue1": "red", "metadataKey2": "level", "metadataValue2": "7"})
	change := with(device, map[string]any{"nickname": "Robert", "email": "", "metadataKey1": "team", "metadataValue1": "blue"})
	avatar := []boardtest.File{{Field: "profileFile", Name: "me.png", Data: picture(t)}}
	messages := []any{map[string]any{"msgId": "1", "message": "rude", "msgType": "text", "filename": "", "timestamp": 1748102724454, "publisherId": "bob"},
		map[string]any{"msgId": "2", "message": "ruder", "timestamp": "1748102724454661"}}
	return []row{
		{name: "login", method: "POST", path: "/login", fields: map[string]any{"username": "ann", "password": password, "type": ""}},
		{name: "register", as: "ann", method: "POST", path: "/register", fields: map[string]any{"deviceType": "web", "licenseKey": "trial", "userIdentifier": "ANN",
			"password": password}, rows: map[string]int{"devices": 1, "ledger": 1}, events: []string{"device.added"}},
		{name: "sandbox_register", method: "POST", path: "/sandbox/register", fields: map[string]any{"deviceType": "web", "licenseKey": "trial",
			"userIdentifier": "Carol", "metadata": map[string]any{"a": "1", "b": true, "c": 3.5}},
			rows: map[string]int{"accounts": 1, "archives": 1, "credentials": 1, "devices": 1, "ledger": 2}, events: []string{"account.created", "device.added"}},
		{name: "create_user", as: "root", method: "POST", path: "/users/createUser", fields: whole,
			rows: map[string]int{"accounts": 1, "archives": 1, "credentials": 1, "push_tokens": 1, "ledger": 1}, events: []string{"account.created"}},
		{name: "create_user_picture", as: "root", method: "POST", path: "/users/createUser", fields: with(device, map[string]any{"userIdentifier": "zoe"}), files: avatar,
			rows:   map[string]int{"accounts": 1, "archives": 1, "credentials": 1, "media": 2, "pictures": 1, "ledger": 2},
			events: []string{"account.created", "account.changed"}},
		{name: "update_user", as: "root", method: "POST", path: "/users/bob", fields: change, rows: map[string]int{"ledger": 1}, events: []string{"account.changed"}},
		{name: "update_user_picture", as: "root", method: "POST", path: "/users/ann", fields: device,
			files: []boardtest.File{{Field: "PROFILEFILE", Name: `C:\me.jpeg`, Data: photo(t)}},
			rows:  map[string]int{"media": 2, "pictures": 1, "ledger": 1}, events: []string{"account.changed"}},
		{name: "user", as: "bob", method: "GET", path: "/users/ann"},
		{name: "user_list_found", as: "bob", method: "GET", path: "/users/userList", fields: map[string]any{"name": "a", "page": 1, "size": 50, "metadataKey": "city", "metadataValues": "Praha,Brno"}},
		{name: "user_list_admin", as: "root", method: "GET", path: "/users/userList", fields: map[string]any{"licenseKey": "trial", "size": 1},
			prepare: func(w *world, _ *row) {
				must(w.t, w.Auth.SetEnabled(w.t.Context(), w.people["root"], w.people["ann"].Account, false))
			}},
		{name: "contacts", as: "ann", method: "GET", path: "/contacts/contactsList", fields: map[string]any{"name": "B", "page": 1, "size": 10},
			prepare: func(w *world, _ *row) { w.send("bob", "singlechat", "ann", "hello") }},
		{name: "delete_user", as: "root", method: "POST", path: "/users/deleteUserAccount", fields: map[string]any{"userId": "bob", "reason": "left", "feedback": "no"},
			rows: map[string]int{"deletions": 1, "feedback": 1, "ledger": 1}, events: []string{"account.deleting"}},
		{name: "presence", as: "root", method: "GET", path: "/users/presence", fields: map[string]any{"userIds": []string{"ann", "nobody", "BOB", "a b"}, "page": 1, "size": 3}},
		{name: "push_token", as: "root", method: "PUT", path: "/users/updatedevicetoken", fields: map[string]any{"username": "ann", "deviceType": "android",
			"deviceId": "pixel", "deviceOsVersion": "15", "deviceToken": "push", "voipDeviceToken": ""}, rows: map[string]int{"push_tokens": 1}},
		{name: "metadata", as: "ann", method: "GET", path: "/users/getMetaData"},
		{name: "metadata_of", as: "root", method: "GET", path: "/users/getMetaData/ann"},
		{name: "metadata_updated", as: "ann", method: "PUT", path: "/users/updateMetaData", fields: map[string]any{"Team": "<b>blue</b>", "age": 7, "pro": true},
			rows: map[string]int{"ledger": 1}, events: []string{"account.changed"}},
		{name: "metadata_updated_of", as: "root", method: "PUT", path: "/users/updateMetaData/ann", fields: map[string]any{"team": "blue"},
			rows: map[string]int{"ledger": 1}, events: []string{"account.changed"}},
		{name: "reset_password", as: "root", method: "POST", path: "/users/resetPassword", fields: map[string]any{"userId": "ann", "deviceId": "x", "deviceType": "web"},
			rows: map[string]int{"ledger": 1}, events: []string{"account.changed"}},
		{name: "block", as: "ann", method: "POST", path: "/users/block", fields: map[string]any{"userId": "bob"}, rows: map[string]int{"blocks": 1}},
		{name: "unblock", as: "ann", method: "POST", path: "/users/unblock", fields: map[string]any{"userId": "bob"},
			prepare: func(w *world, _ *row) { w.block("ann", "bob") }, rows: map[string]int{"blocks": -1}},
		{name: "block_list", as: "ann", method: "GET", path: "/users/blockedList", fields: map[string]any{"page": 1},
			prepare: func(w *world, _ *row) { w.block("ann", "bob") }},
		{name: "blocked_by_list", as: "bob", method: "GET", path: "/users/blockedByList", fields: map[string]any{"page": 1},
			prepare: func(w *world, _ *row) { w.block("ann", "bob") }},
		{name: "call_logs", as: "ann", method: "GET", path: "/users/callLogs", fields: map[string]any{"lastSyncDate": "2025-05-01", "page": 1, "size": 10}},
		{name: "create_room", as: "ann", method: "POST", path: "/users/calls/createRoom", rows: map[string]int{"call_rooms": 1}},
		{name: "config", as: "ann", method: "GET", path: "/users/config"},
		{name: "profile", as: "ann", method: "POST", path: "/users/profile", fields: map[string]any{"nickName": "Anna", "status": "busy", "mobileNumber": "",
			"email": "anna@mail.example", "removeImage": true}, rows: map[string]int{"ledger": 1}, events: []string{"account.changed"}},
		{name: "profile_picture", as: "ann", method: "POST", path: "/users/profile", fields: map[string]any{"status": "busy"},
			files: []boardtest.File{{Field: "image", Name: "me.png", Data: picture(t)}},
			rows:  map[string]int{"media": 2, "pictures": 1, "ledger": 1}, events: []string{"account.changed"}},
		{name: "last_seen", as: "ann", method: "GET", path: "/users/lastSeen/bob", prepare: func(w *world, _ *row) { w.was("bob", 90*time.Second) }},
		{name: "last_seen_never", as: "ann", method: "GET", path: "/users/lastSeen/bob"},
		{name: "feedback", as: "ann", method: "POST", path: "/users/feedback", fields: map[string]any{"title": "Nice", "description": "but <slow>"},
			rows: map[string]int{"feedback": 1, "ledger": 1}, events: []string{"feedback.given"}},
		{name: "delete_me", as: "ann", method: "POST", path: "/users/deleteMyAccount", fields: map[string]any{"reason": "bored", "feedback": ""},
			rows: map[string]int{"deletions": 1, "feedback": 1, "ledger": 1}, events: []string{"account.deleting"}},
		{name: "report", as: "ann", method: "POST", path: "/users/report", fields: map[string]any{"jid": "bob@localhost", "chatType": "chat", "messages": messages},
			rows: map[string]int{"reports": 1, "ledger": 1}, events: []string{"report.filed"}},
		{name: "features", as: "ann", method: "GET", path: "/users/features", prepare: func(w *world, _ *row) { w.feature(switchboard.FeatureReport, "off") }},
		{name: "devices", as: "ann", method: "GET", path: "/users/devices", prepare: func(w *world, _ *row) {
			w.device("ann", "android")
			w.clock.Add(time.Hour)
			w.device("ann", "web")
		}},
		{name: "device_removed", as: "ann", method: "DELETE", path: "/users/devices/", prepare: func(w *world, r *row) {
			r.path += fmt.Sprint(w.device("ann", "android").Device)
			w.device("ann", "web")
		}, rows: map[string]int{"ledger": 1}, events: []string{"device.revoked"}},
		{name: "device_request", as: "ann", method: "GET", path: "/users/devices/request", prepare: func(w *world, r *row) {
			r.fields = map[string]any{"userCode": w.askToSignIn()}
		}},
		{name: "device_approved", as: "ann", method: "POST", path: "/users/devices/approve", prepare: func(w *world, r *row) {
			r.fields = map[string]any{"userCode": w.askToSignIn(), "approve": true}
		}},
		{name: "device_refused", as: "ann", method: "POST", path: "/users/devices/approve", prepare: func(w *world, r *row) {
			r.fields = map[string]any{"userCode": w.askToSignIn(), "approve": false}
		}},
		{name: "moderation", as: "root", method: "POST", path: "/moderation/block", fields: map[string]any{"blockStatus": true, "id": []string{"ann", "bob"}, "type": "user"},
			rows: map[string]int{"ledger": 2}, events: []string{"account.changed", "account.changed"}},
		{name: "moderation_group", as: "root", method: "POST", path: "/moderation/block", prepare: func(w *world, r *row) {
			r.fields = map[string]any{"blockStatus": true, "id": []string{w.group("Lunch", "ann", "bob").JID.Local}, "type": "group"}
		}, rows: map[string]int{"ledger": 1}, events: []string{"group.moderated"}},
	}
}

// TestRows makes every call in every encoding. In JSON, form, multipart and query
// it has one golden answer and adds the same to the store.
func TestRows(t *testing.T) {
	for _, r := range table(t) {
		var shared *world // those who only read may read the same
		if r.rows == nil && r.prepare == nil {
			shared = newWorld(t)
		}
		for _, encoding := range slices.Sorted(maps.Keys(r.encodings(t))) {
			t.Run(r.name+"/"+encoding, func(t *testing.T) {
				w, r := shared, r
				if w == nil {
					w = newWorld(t)
				}
				if r.prepare != nil {
					r.prepare(w, &r)
				}
				var got reply
				rows, events := w.added(func() { got = w.do(r.encodings(t)[encoding]) })
				golden(t, r.name, got)
				if got.Status != 200 || !maps.Equal(rows, r.rows) || !slices.Equal(events, r.events) {
					t.Errorf("%d, added %v %v, want %v %v", got.Status, rows, events, r.rows, r.events)
				}
			})
		}
		if shared != nil {
			shared.Stop(t)
		}
	}
}

func (w *world) feature(f switchboard.Feature, value string) {
	w.t.Helper()
	_, err := w.Auth.UpdateTenant(w.t.Context(), w.people["root"], "", map[string]string{switchboard.FeatureSetting(f): value})
	must(w.t, err)
}

// was lets somebody have been here some time ago.
func (w *world) was(name string, ago time.Duration) {
	w.t.Helper()
	w.clock.Add(-ago)
	w.Chat.Seen(w.people[name])
	must(w.t, w.Chat.SetMetadata(w.t.Context(), w.people["root"], nil)) // which is written behind it
	w.clock.Add(ago)
}

// askToSignIn is the code that a page shows which asks to be signed in.
func (w *world) askToSignIn() string {
	w.t.Helper()
	r := w.Want(w.t, 200, call{Path: "/login/connect/device_authorization", Form: url.Values{"client_id": {"switchboard-sdk"}, "scope": {"chat"}},
		Header: map[string][]string{"Origin": {"https://app.example"}, "User-Agent": {"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"}}})
	return decode[struct {
		UserCode string `json:"user_code"`
	}](w.t, r).UserCode
}
