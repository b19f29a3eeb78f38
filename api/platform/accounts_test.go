package platform_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"switchboard"
	"switchboard/auth"
	"switchboard/boardtest"
)

// user is what the tests look at of a user.
type user struct {
	NickName, ProfileURL, ProfileURLThumb, EmailID, MobileNumber, Username, UserID, UserJID, Status, Password string
	MetaData                                                                                                  map[string]string
	IsAdminBlocked                                                                                            int
}

func (w *world) user(as, id string) user {
	w.t.Helper()
	return decode[struct{ Data user }](w.t, w.want(200, call{As: as, Path: "/users/" + id})).Data
}

// create is a call that makes a user.
func create(id string, more ...string) call {
	form := url.Values{"deviceType": {"web"}, "licenseKey": {"trial"}, "userIdentifier": {id}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return call{As: "root", Path: "/users/createUser", Parts: form}
}

// change is a call that changes a user.
func change(id string, more ...string) call {
	c := create("", more...)
	c.Path = "/users/" + id
	c.Parts.Del("userIdentifier")
	return c
}

// A user that an administrator makes can sign in, and register a device.
func TestCreateUser(t *testing.T) {
	w := newWorld(t)
	made := decode[struct{ Data user }](t, w.want(200, create("zoe", "nickname", "Zoe"))).Data
	login := w.want(200, call{Path: "/login", JSON: `{"username":"zoe","password":"` + made.Password + `"}`})
	token := decode[struct{ Data struct{ Token string } }](t, login).Data.Token
	w.want(200, call{Path: "/chat/recent", Header: http.Header{"Authorization": {token}}})
	w.want(200, call{Path: "/register", JSON: `{"licenseKey":"trial","userIdentifier":"zoe","password":"` + made.Password + `"}`})
	if got := w.user("bob", "zoe"); got.NickName != "Zoe" || got.Password != "" {
		t.Error(got)
	}
	rows, events := w.added(func() {
		refused(t, w.do(create("zoe")), 400, "account-exists")
		refused(t, w.do(create("ZOE")), 400, "account-exists")
		refused(t, w.do(create("root")), 400, "account-exists")
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}
}

func TestAccountsNeedAnAdministrator(t *testing.T) {
	w := newWorld(t)
	w.account(domain, auth.NewAccount{Localpart: "op", Kind: switchboard.Operator})
	calls := []call{
		create("zoe"), change("bob"), change("ann"),
		{Path: "/users/deleteUserAccount", Form: url.Values{"userId": {"bob"}, "reason": {"x"}}},
		{Path: "/users/resetPassword", Form: url.Values{"userId": {"bob"}, "deviceType": {"web"}}},
		{Path: "/users/resetPassword", Method: "PUT", Form: url.Values{"userId": {"bob"}, "deviceType": {"web"}}},
		{Path: "/users/updateMetaData/bob", Method: "PUT", JSON: `{"a":"b"}`},
		{Path: "/users/updatedevicetoken", Method: "PUT", JSON: `{"username":"bob","deviceType":"ios","deviceToken":"x"}`},
		{Path: "/moderation/block", JSON: `{"blockStatus":true,"id":["bob"],"type":"user"}`},
		{Path: "/moderation/block", JSON: `{"blockStatus":true,"id":["x"],"type":"group"}`},
	}
	rows, events := w.added(func() {
		for _, c := range calls {
			for _, who := range []string{"ann", "op"} {
				c.As = who
				refused(t, w.do(c), 403, "scope-missing")
			}
			c.As = ""
			refused(t, w.do(c), 401, "token-missing")
		}
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}
}

// Another workspace's administrator finds nobody here.
func TestAccountsOfAnotherWorkspace(t *testing.T) {
	w := newWorld(t)
	w.account(otherDomain, auth.NewAccount{Localpart: "boss", Kind: switchboard.Operator, Admin: true})
	w.token("boss")
	rows, events := w.added(func() {
		for _, c := range []call{
			change("ann", "licenseKey", w.other.Licence, "nickname", "x"), change("ann@localhost", "licenseKey", w.other.Licence),
			{Path: "/users/deleteUserAccount", Form: url.Values{"userId": {"ann"}, "reason": {"x"}}},
			{Path: "/users/deleteUserAccount", Form: url.Values{"userId": {"ann@localhost"}, "reason": {"x"}}},
			{Path: "/users/resetPassword", Form: url.Values{"userId": {"ann"}, "deviceType": {"web"}}},
			{Path: "/users/updateMetaData/ann", Method: "PUT", JSON: `{"a":"b"}`},
			{Path: "/users/updatedevicetoken", Method: "PUT", JSON: `{"username":"ann","deviceType":"ios","deviceToken":"x"}`},
			{Path: "/moderation/block", JSON: `{"blockStatus":true,"id":["ann"],"type":"user"}`},
			{Path: "/users/ann"},
			create("zoe"), // under a licence that is not his
		} {
			c.As = "boss"
			refused(t, w.do(c), 400, "")
		}
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}
	w.want(200, create("zoe2"))
}

func TestUpdateUser(t *testing.T) {
	w := newWorld(t)
	before := w.user("bob", "ann")
	w.want(200, change("ann")) // nothing is there, so nothing changes
	if after := w.user("bob", "ann"); after.NickName != before.NickName || after.ProfileURL != before.ProfileURL || after.MetaData["city"] != "Brno" {
		t.Error(after)
	}
	w.want(200, change("ann@localhost", "nickname", "", "profileUrl", ""))
	w.want(200, change("ANN", "metadataKey2", "team", "metadataValue2", "red"))
	after := w.user("bob", "ann")
	if after.NickName != "" || after.ProfileURL != "" || !maps.Equal(after.MetaData, map[string]string{"team": "red"}) || after.EmailID != before.EmailID {
		t.Errorf("%+v", after)
	}
	rows, _ := w.added(func() {
		refused(t, w.do(change("nobody", "nickname", "x")), 400, "account-unknown")
		refused(t, w.do(change("eve", "nickname", "x")), 400, "account-unknown")
		refused(t, w.do(change("eve@other.example", "nickname", "x")), 400, "user-id-invalid")
		refused(t, w.do(change("ann%2Fphone", "nickname", "x")), 400, "user-id-invalid")
	})
	if len(rows) > 0 {
		t.Error(rows)
	}
}

// Somebody who blocks an administrator is not hidden from one.
func TestNobodyHidesFromAdministrators(t *testing.T) {
	w := newWorld(t)
	w.block("ann", "root")
	w.block("ann", "bob")
	if got := w.user("root", "ann"); got.NickName != "Ann Ample" {
		t.Error(got)
	}
	refused(t, w.do(call{As: "bob", Path: "/users/ann"}), 400, "user-not-found")
	for who, want := range map[string]int{"root": 2, "bob": 1} {
		list := decode[struct{ Data struct{ TotalRecords int } }](t, w.want(200, call{As: who, Path: "/users/userList"}))
		if list.Data.TotalRecords != want {
			t.Error(who, "sees", list.Data.TotalRecords)
		}
	}
	w.want(200, change("ann", "nickname", "Anna"))
	w.want(200, call{As: "root", Path: "/users/deleteUserAccount", Form: url.Values{"userId": {"ann"}, "reason": {"x"}}})
}

// A picture goes with the profile, and what it was goes away.
func TestPictures(t *testing.T) {
	w := newWorld(t)
	file := func(c call, field string, data []byte) call {
		c.Files = []boardtest.File{{Field: field, Name: "me.png", Data: data}}
		return c
	}
	w.want(200, file(create("zoe"), "profileFile", picture(t)))
	shown := w.user("bob", "zoe").ProfileURL
	path := strings.TrimPrefix(shown, "https://chat.example:8443")
	got := w.Want(t, 200, call{Path: path})
	if string(got.Body) != string(picture(t)) || got.Header.Get("Content-Type") != "image/png" {
		t.Error(len(got.Body), got.Header)
	}
	w.Want(t, 200, call{Path: strings.TrimPrefix(w.user("bob", "zoe").ProfileURLThumb, "https://chat.example:8443")})

	// The address that is shown, sent back, changes nothing; another one replaces the picture.
	rows, _ := w.added(func() { w.want(200, change("zoe", "profileUrl", shown)) })
	if rows["pictures"] != 0 || w.user("bob", "zoe").ProfileURL != shown {
		t.Error(rows)
	}
	rows, _ = w.added(func() { w.want(200, change("zoe", "profileUrl", "https://img.example/a.png")) })
	if rows["pictures"] != -1 || w.user("bob", "zoe").ProfileURL != "https://img.example/a.png" {
		t.Error(rows)
	}
	refused(t, w.Do(t, call{Path: path}), 404, "")

	rows, events := w.added(func() {
		for _, bad := range [][]byte{[]byte("no picture"), {}, []byte("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"), picture(t)[:40]} {
			refused(t, w.do(file(create("yan"), "profileFile", bad)), 400, "picture-invalid")
			refused(t, w.do(file(change("bob", "nickname", "x"), "profileFile", bad)), 400, "picture-invalid")
			refused(t, w.do(file(call{As: "ann", Path: "/users/profile", Parts: url.Values{"status": {"x"}}}, "image", bad)), 400, "picture-invalid")
		}
		refused(t, w.do(create("yan", "profileFile", "text")), 400, "invalid-field")
		for _, bad := range []string{"javascript:alert(1)", "media:0123456789abcdef0123456789abcdef", "/etc/passwd", "data:image/png;base64,xx", "https://", "ftp://a/b"} {
			refused(t, w.do(create("yan", "profileUrl", bad)), 400, "invalid-field")
			refused(t, w.do(change("bob", "profileUrl", bad)), 400, "invalid-field")
			refused(t, w.do(call{As: "ann", Path: "/users/profile", Form: url.Values{"profileUrl": {bad}}}), 400, "invalid-field")
			refused(t, w.do(call{As: "ann", Path: "/users/profile", Form: url.Values{"image": {bad}}}), 400, "invalid-field")
		}
		giant := make([]byte, 11<<20)
		copy(giant, picture(t))
		refused(t, w.do(file(create("yan"), "profileFile", giant)), 413, "picture-too-large")
		refused(t, w.do(file(create("yan"), "profileFile", make([]byte, 13<<20))), 413, "body-too-large")
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}
}

func TestCreateUserBadInput(t *testing.T) {
	w := newWorld(t)
	rows, events := w.added(func() {
		for name, c := range map[string]struct {
			status int
			code   string
			call   call
		}{
			"nothing":         {400, "missing-field", call{Method: "POST", Path: "/users/createUser"}},
			"no name":         {400, "identifier-missing", create("")},
			"space":           {400, "identifier-malformed", create("a b")},
			"at":              {400, "identifier-malformed", create("zoe@localhost")},
			"slash":           {400, "identifier-malformed", create("zoe/phone")},
			"quote":           {400, "identifier-malformed", create(`zo"e`)},
			"markup":          {400, "identifier-malformed", create("<b>")},
			"192 bytes":       {400, "identifier-too-long", create(long(192))},
			"192 in letters":  {400, "identifier-too-long", create(strings.Repeat("é", 96))},
			"right to left":   {400, "identifier-malformed", create("a\u202eb")},
			"control":         {400, "", create("a\x01b")},
			"NUL":             {400, "invalid-text", create("a\x00b")},
			"no UTF-8":        {400, "invalid-text", create("a\xff")},
			"no licence":      {400, "invalid-field", create("zoe", "licenseKey", "")},
			"unknown licence": {400, "licence-unknown", create("zoe", "licenseKey", "nope")},
			"foreign licence": {400, "licence-unknown", create("zoe", "licenseKey", w.other.Licence)},
			"no device type":  {400, "invalid-field", create("zoe", "deviceType", "")},
			"long nickname":   {400, "invalid-field", create("zoe", "nickname", long(31))},
			"control in name": {400, "text-malformed", create("zoe", "nickname", "a\x07")},
			"long mobile":     {400, "invalid-field", create("zoe", "mobileNumber", long(16))},
			"long email":      {400, "invalid-field", create("zoe", "email", long(255))},
			"long url":        {400, "invalid-field", create("zoe", "profileUrl", "https://a/"+long(2048))},
			"mode":            {400, "invalid-field", create("zoe", "mode", "2")},
			"mode in words":   {400, "invalid-field", create("zoe", "mode", "sandbox")},
			"long push token": {400, "invalid-field", create("zoe", "deviceToken", long(5000))},
			"fourth pair":     {400, "too-much-metadata", create("zoe", "metadataKey4", "a", "metadataValue4", "b")},
			"four in all": {400, "too-much-metadata", create("zoe", "metadataKey1", "a", "metadataKey2", "b", "metadataKey3", "c",
				"metadataKey4", "d")},
			"value alone": {400, "invalid-field", create("zoe", "metadataValue2", "b")},
			"twice":       {400, "invalid-field", create("zoe", "metadataKey1", "a", "metadataKey2", "a")},
			"four in an object": {400, "too-much-metadata", call{Path: "/users/createUser",
				JSON: `{"deviceType":"web","licenseKey":"trial","userIdentifier":"zoe","metaData":{"a":"1","b":"2","c":"3","d":"4"}}`}},
			"nested": {400, "invalid-field", call{Path: "/users/createUser",
				JSON: `{"deviceType":"web","licenseKey":"trial","userIdentifier":"zoe","metaData":{"a":{"b":"c"}}}`}},
			"nested in a form": {400, "invalid-field", create("zoe", "metaData", `{"a":["b"]}`)},
			"nested value": {400, "invalid-field", call{Path: "/users/createUser",
				JSON: `{"deviceType":"web","licenseKey":"trial","userIdentifier":"zoe","metadataKey1":"a","metadataValue1":{"b":"c"}}`}},
		} {
			c.call.As = "root"
			t.Run(name, func(t *testing.T) { refused(t, w.do(c.call), c.status, c.code) })
		}
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}
	w.want(200, create(long(191)))
	w.want(200, create("yan", "nickname", strings.Repeat("é", 30), "mobileNumber", long(15), "metadataKey1", "a"))
}

func TestResetPassword(t *testing.T) {
	w := newWorld(t)
	w.account(domain, auth.NewAccount{Localpart: "boss", Kind: switchboard.Operator, Admin: true})
	reset := func(id string) call {
		return call{As: "root", Path: "/users/resetPassword", Form: url.Values{"userId": {id}, "deviceType": {"web"}}}
	}
	old := w.token("ann")
	fresh := decode[struct{ Data struct{ Password string } }](t, w.want(200, reset("ann"))).Data.Password
	refused(t, w.do(call{Path: "/chat/recent", Header: http.Header{"Authorization": {old}}}), 401, "token-revoked")
	refused(t, w.do(call{Path: "/login", JSON: `{"username":"ann","password":"` + password + `"}`}), 401, "credentials-wrong")
	w.want(200, call{Path: "/login", JSON: `{"username":"ann","password":"` + fresh + `"}`})
	rows, events := w.added(func() {
		golden(t, "reset_password_of_administrator", w.do(reset("boss")))
		refused(t, w.do(reset("nobody")), 400, "account-unknown")
		refused(t, w.do(reset("eve")), 400, "account-unknown")
		c := reset("ann")
		c.Form.Set("deviceType", "fridge")
		refused(t, w.do(c), 400, "invalid-field")
		c.Form.Del("deviceType")
		refused(t, w.do(c), 400, "missing-field")
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}
	w.want(200, call{Path: "/login", JSON: `{"username":"boss","password":"` + password + `"}`})
}

// A deleted user is signed out at once and cannot be found; the name is not free.
func TestDeleteUser(t *testing.T) {
	w := newWorld(t)
	old := http.Header{"Authorization": {w.token("ann")}}
	device := w.device("ann", "web")
	w.want(200, call{As: "root", Path: "/users/deleteUserAccount", JSON: `{"userId":"ANN","reason":"left"}`})
	for _, header := range []http.Header{old, {"Authorization": {device.Token}}} {
		if r := w.do(call{Path: "/chat/recent", Header: header}); r.Status != 401 {
			t.Errorf("%d %s", r.Status, r.Body)
		}
	}
	refused(t, w.do(call{Path: "/login", JSON: `{"username":"ann","password":"` + password + `"}`}), 401, "credentials-wrong")
	refused(t, w.do(call{As: "bob", Path: "/users/ann"}), 400, "user-not-found")
	refused(t, w.do(call{As: "root", Path: "/users/ann"}), 400, "user-not-found")
	refused(t, w.do(call{As: "bob", Path: "/chat/sendmessage", Form: single("ann", "hi")}), 400, "recipient-unavailable")
	refused(t, w.do(create("ann")), 400, "account-exists")
	rows, events := w.added(func() {
		if r := w.do(call{Path: "/sandbox/register", JSON: `{"licenseKey":"trial","userIdentifier":"ann"}`}); r.Status < 400 || r.Status >= 500 {
			t.Errorf("%d %s", r.Status, r.Body)
		}
		refused(t, w.do(call{As: "root", Path: "/users/deleteUserAccount", JSON: `{"userId":"nobody","reason":"left"}`}), 400, "account-unknown")
		refused(t, w.do(call{As: "root", Path: "/users/deleteUserAccount", JSON: `{"userId":"bob"}`}), 400, "missing-field")
		refused(t, w.do(call{As: "root", Path: "/users/deleteUserAccount", JSON: `{"userId":"bob","reason":""}`}), 400, "invalid-field")
		refused(t, w.do(call{As: "root", Path: "/users/deleteUserAccount", JSON: `{"reason":"x"}`}), 400, "missing-field")
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}
}

// Whom an administrator blocks is out: 403 for each way in.
func TestModeration(t *testing.T) {
	w := newWorld(t)
	block := func(ids, kind string, on bool) call {
		status := "false"
		if on {
			status = "true"
		}
		return call{As: "root", Path: "/moderation/block", JSON: `{"blockStatus":` + status + `,"id":` + ids + `,"type":"` + kind + `"}`}
	}
	device := w.device("ann", "web")
	old := http.Header{"Authorization": {device.Token}}
	w.want(200, block(`["ann"]`, "user", true))
	refused(t, w.do(call{Path: "/login", JSON: `{"username":"ann","password":"` + password + `"}`}), 403, "account-disabled")
	refused(t, w.do(call{Path: "/login", JSON: `{"username":"ann","password":"` + device.Password + `"}`}), 403, "account-disabled")
	golden(t, "register_blocked", w.do(call{Path: "/sandbox/register", JSON: `{"licenseKey":"trial","userIdentifier":"ann"}`}))
	refused(t, w.do(call{Path: "/register", JSON: `{"licenseKey":"trial","userIdentifier":"ann","password":"` + password + `"}`}), 403, "account-disabled")
	refused(t, w.do(call{Path: "/chat/recent", Header: old}), 401, "account-disabled")
	if got := w.user("bob", "ann"); got.IsAdminBlocked != 1 {
		t.Error(got)
	}
	refused(t, w.do(call{As: "bob", Path: "/chat/sendmessage", Form: single("ann", "hi")}), 400, "recipient-unavailable")
	w.want(200, block(`["ann","ann"]`, "user", false))
	w.want(200, call{Path: "/login", JSON: `{"username":"ann","password":"` + device.Password + `"}`})

	rows, events := w.added(func() {
		w.want(200, block(`["ann"]`, "user", false)) // it is not blocked
		refused(t, w.do(block(`["ann","nobody","bob"]`, "user", true)), 400, "account-unknown")
		refused(t, w.do(block(`["ann","a b"]`, "user", true)), 400, "user-id-invalid")
		refused(t, w.do(block(`["ann","root"]`, "user", true)), 400, "own-account")
		refused(t, w.do(block(`["ann"]`, "room", true)), 400, "invalid-field")
		refused(t, w.do(block(`[]`, "user", true)), 400, "invalid-field")
		refused(t, w.do(block(`"ann"`, "user", true)), 400, "invalid-field")
		refused(t, w.do(call{As: "root", Path: "/moderation/block", JSON: `{"id":["ann"],"type":"user"}`}), 400, "missing-field")
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}

	g := w.group("Lunch", "bob", "ann").JID.Local
	send := call{As: "bob", Path: "/chat/sendmessage", Form: single(g, "hi", "chatType", "groupchat")}
	w.want(200, send)
	rows, _ = w.added(func() {
		refused(t, w.do(block(`["`+g+`","nowhere"]`, "group", true)), 400, "group-not-found")
	})
	if len(rows) > 0 {
		t.Error(rows)
	}
	w.want(200, send)
	w.want(200, block(`["`+g+`"]`, "group", true))
	refused(t, w.do(send), 403, "group-blocked")
	w.want(200, block(`["`+g+`@mix.localhost"]`, "group", false))
	w.want(200, send)
}

// Metadata of others is an administrator's to change, one's own anybody's.
func TestMetadataOf(t *testing.T) {
	w := newWorld(t)
	w.want(200, call{As: "root", Method: "PUT", Path: "/users/updateMetaData/bob", JSON: `{"a":"1","b":2,"c":null}`})
	if got := w.user("ann", "bob").MetaData; !maps.Equal(got, map[string]string{"a": "1", "b": "2"}) {
		t.Error(got)
	}
	w.want(200, call{As: "bob", Method: "PUT", Path: "/users/updateMetaData/BOB@localhost", JSON: `{"a":"3"}`})
	rows, events := w.added(func() {
		refused(t, w.do(call{As: "bob", Method: "PUT", Path: "/users/updateMetaData/ann", JSON: `{"a":"3"}`}), 403, "scope-missing")
		refused(t, w.do(call{As: "root", Method: "PUT", Path: "/users/updateMetaData/nobody", JSON: `{"a":"3"}`}), 400, "account-unknown")
		for _, body := range []string{`{"":"x"}`, `{}`, `{"a":"1","b":"2","c":"3","d":"4"}`, `{"a":{"b":1}}`, `{"a":[]}`, `[]`} {
			refused(t, w.do(call{As: "root", Method: "PUT", Path: "/users/updateMetaData/ann", JSON: body}), 400, "")
		}
		refused(t, w.do(call{As: "root", Path: "/users/getMetaData/nobody"}), 400, "user-not-found")
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}
	if got := w.user("ann", "bob").MetaData; !maps.Equal(got, map[string]string{"a": "3"}) {
		t.Error(got)
	}
}

func TestPushTokens(t *testing.T) {
	w := newWorld(t)
	token := func(as string, more ...string) call {
		form := url.Values{"username": {"ann"}, "deviceType": {"ios"}, "deviceToken": {"push"}}
		for i := 0; i < len(more); i += 2 {
			form.Set(more[i], more[i+1])
		}
		return call{As: as, Method: "PUT", Path: "/users/updatedevicetoken", Form: form, Header: http.Header{"Content-Type": {"application/json"}}}
	}
	for i, c := range []struct {
		call call
		want int
	}{
		{token("ann"), 1}, {token("root"), 0}, {token("ann", "username", "ANN@localhost", "deviceId", "phone"), 1},
		{token("ann", "deviceToken", ""), -1}, {token("ann", "deviceToken", "", "deviceId", "phone", "voipDeviceToken", "x"), 0},
	} {
		rows, events := w.added(func() { w.want(200, c.call) })
		if rows["push_tokens"] != c.want || len(events) > 0 {
			t.Error(i, rows, events)
		}
	}
	rows, _ := w.added(func() {
		refused(t, w.do(token("bob")), 403, "scope-missing")
		refused(t, w.do(token("root", "username", "nobody")), 400, "account-unknown")
		refused(t, w.do(token("root", "username", "a b")), 400, "user-id-invalid")
		refused(t, w.do(token("ann", "deviceType", "")), 400, "invalid-field")
		refused(t, w.do(token("ann", "deviceToken", long(5000))), 400, "invalid-field")
	})
	if len(rows) > 0 {
		t.Error(rows)
	}
}

// The order of what is documented, and nothing twice.
func TestRowNames(t *testing.T) {
	var names []string
	for _, r := range table(t) {
		if slices.Contains(names, r.name) {
			t.Error(r.name, "is there twice")
		}
		names = append(names, r.name)
	}
}
