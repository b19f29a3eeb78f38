package platform_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/auth"
	"switchboard/boardtest"
	"switchboard/chat"
)

// online connects one of the people by XMPP.
func (w *world) online(name, password string) *boardtest.XMPPClient {
	w.t.Helper()
	c := boardtest.DialXMPP(w.t, boardtest.XMPPAddress{TCP: w.Info.XMPP, Domain: domain})
	c.Login(name, password)
	c.Bind("phone")
	return c
}

func TestProfile(t *testing.T) {
	w := newWorld(t)
	set := func(form url.Values) call { return call{As: "ann", Path: "/users/profile", Form: form} }
	w.want(200, set(url.Values{"status": {"<i>here</i>"}}))
	if got := w.user("bob", "ann"); got.Status != "<i>here</i>" || got.NickName != "Ann Ample" || got.ProfileURL != "https://img.example/ann.png" {
		t.Errorf("%+v", got)
	}
	w.want(200, set(url.Values{"NAME": {"Anna"}, "mobileNumber": {"1"}, "email": {""}, "image": {""}}))
	if got := w.user("bob", "ann"); got.NickName != "Anna" || got.MobileNumber != "1" || got.EmailID != "" || got.ProfileURL != "https://img.example/ann.png" {
		t.Errorf("%+v", got)
	}
	w.want(200, set(url.Values{"image": {"https://img.example/b.png"}}))
	w.want(200, call{As: "ann", Path: "/users/profile", JSON: `{"status":null,"nickName":"Anne"}`})
	if got := w.user("bob", "ann"); got.NickName != "Anne" || got.Status != "<i>here</i>" || got.ProfileURL != "https://img.example/b.png" {
		t.Errorf("%+v", got)
	}
	// A picture, shown to others with both its addresses, and away again.
	c := set(nil)
	c.Files = []boardtest.File{{Field: "image", Name: "../../me.png", Data: picture(t)}}
	got := decode[struct {
		Data struct{ FileToken, Image, ThumbImage string }
	}](t, w.want(200, c)).Data
	if len(got.FileToken) != 32 || !strings.Contains(got.Image, got.FileToken) || got.ThumbImage != got.Image+"&thumb=1" || w.user("bob", "ann").ProfileURL != got.Image {
		t.Errorf("%+v", got)
	}
	rows, _ := w.added(func() { w.want(200, set(url.Values{"removeImage": {"true"}, "image": {"https://img.example/b.png"}})) })
	if rows["pictures"] != -1 || w.user("bob", "ann").ProfileURL != "" {
		t.Error(rows)
	}
	rows, events := w.added(func() {
		refused(t, w.do(set(url.Values{"nickName": {long(256)}})), 400, "invalid-field")
		refused(t, w.do(set(url.Values{"status": {long(1001)}})), 400, "invalid-field")
		refused(t, w.do(set(url.Values{"mobileNumber": {long(31)}})), 400, "invalid-field")
		refused(t, w.do(set(url.Values{"email": {long(255)}})), 400, "invalid-field")
		refused(t, w.do(set(url.Values{"nickName": {"a\x01"}})), 400, "field-invalid")
		refused(t, w.do(set(url.Values{"removeImage": {"perhaps"}})), 400, "invalid-field")
		refused(t, w.do(call{Path: "/users/profile", Form: url.Values{"nickName": {"x"}}}), 401, "token-missing")
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}
}

func TestPresence(t *testing.T) {
	w := newWorld(t)
	type presence struct {
		Valid []struct {
			Username, LastSeen string
			Presence           int
		}
		Invalid                  []struct{ Username, Message string }
		TotalPages, TotalRecords int
	}
	ask := func(as, query string) presence {
		t.Helper()
		return decode[struct{ Data presence }](t, w.want(200, call{As: as, Path: "/users/presence?" + query})).Data
	}
	c := w.online("bob", password)
	w.was("ann", time.Hour)
	got := ask("root", "userIds=bob&userIds=ann&userIds=nobody&userIds=eve@other.example")
	if len(got.Valid) != 2 || got.Valid[0].Presence != 1 || got.Valid[1].Presence != 0 || got.Valid[1].LastSeen != "1748099124" || len(got.Invalid) != 2 ||
		got.TotalRecords != 4 || got.TotalPages != 1 {
		t.Errorf("%+v", got)
	}
	if got := ask("root", "userIds=bob,ann,%20root%20&size=2&page=2"); len(got.Valid) != 1 || got.Valid[0].Username != "root" || got.TotalPages != 2 {
		t.Errorf("%+v", got)
	}
	if got := ask("root", "userIds=bob&page=7"); len(got.Valid)+len(got.Invalid) != 0 || got.TotalRecords != 1 {
		t.Errorf("%+v", got)
	}
	// Users know of themselves, and of others only what they are subscribed to.
	if got := ask("ann", "userIds=bob&userIds=ann"); len(got.Valid) != 1 || got.Valid[0].Username != "ann" || len(got.Invalid) != 1 {
		t.Errorf("%+v", got)
	}
	refused(t, w.do(call{As: "root", Path: "/users/presence"}), 400, "missing-field")
	refused(t, w.do(call{As: "root", Path: "/users/presence", Query: url.Values{"userIds": slices.Repeat([]string{"a"}, 501)}}), 400, "invalid-field")

	seen := func(as, id string) int64 {
		t.Helper()
		return decode[struct{ Data struct{ Seconds int64 } }](t, w.want(200, call{As: as, Path: "/users/lastSeen/" + id})).Data.Seconds
	}
	if here, gone, never := seen("ann", "bob"), seen("bob", "ann"), seen("ann", "root"); here != 0 || gone != 3600 || never != -1 {
		t.Error(here, gone, never)
	}
	c.Close()
	w.block("ann", "bob")
	refused(t, w.do(call{As: "bob", Path: "/users/lastSeen/ann"}), 400, "user-not-found")
	refused(t, w.do(call{As: "ann", Path: "/users/lastSeen/bob"}), 400, "blocked")
	for _, id := range []string{"nobody", "eve", "eve@other.example", "a%20b"} {
		refused(t, w.do(call{As: "ann", Path: "/users/lastSeen/" + id}), 400, "")
	}
}

// What is switched off answers 403 and says so.
func TestFeaturesOff(t *testing.T) {
	w := newWorld(t)
	g := w.group("Lunch", "ann", "bob").JID.Local
	for feature, calls := range map[switchboard.Feature][]call{
		switchboard.FeatureBlock:  {{Path: "/users/block", Form: url.Values{"userId": {"bob"}}}},
		switchboard.FeatureReport: {{Path: "/users/report", Form: url.Values{"userId": {"bob"}}}, {Path: "/users/report", Form: url.Values{"groupId": {g}}}},
	} {
		w.feature(feature, "off")
		rows, events := w.added(func() {
			for _, c := range calls {
				c.As = "ann"
				refused(t, w.do(c), 403, "feature-off")
			}
		})
		if len(rows)+len(events) > 0 {
			t.Error(rows, events)
		}
		w.feature(feature, "")
		for _, c := range calls {
			c.As = "ann"
			w.want(200, c)
		}
	}
	room := call{As: "ann", Method: "POST", Path: "/users/calls/createRoom"}
	w.feature(switchboard.FeatureOneToOneCall, "off")
	w.want(200, room) // a group may still call
	w.feature(switchboard.FeatureGroupCall, "off")
	golden(t, "feature_off", w.do(room))
	w.feature(switchboard.FeatureBlock, "off")
	refused(t, w.do(call{As: "ann", Path: "/users/unblock", Form: url.Values{"userId": {"bob"}}}), 403, "feature-off")
}

func TestReports(t *testing.T) {
	w := newWorld(t)
	g := w.group("Lunch", "ann", "bob").JID.Local
	report := func(body string) call { return call{As: "ann", Path: "/users/report", JSON: body} }
	for _, body := range []string{
		`{"jid":"bob@localhost","chatType":"chat","messages":[{"msgId":"m","message":"<b>rude</b>","msgType":"text","timestamp":1748102724454,"publisherId":"bob"}]}`,
		`{"jid":"` + g + `@mix.localhost","chatType":"GroupChat","messages":[]}`,
		`{"groupId":"` + g + `"}`, `{"userId":"BOB","chatType":"singleChat"}`,
		`{"userId":"bob","messages":[{"timestamp":"2025-05-24T16:05:24Z"},{"timestamp":""},{"timestamp":"soon"},{"timestamp":null},{"timestamp":-1}]}`,
	} {
		rows, events := w.added(func() { w.want(200, report(body)) })
		if rows["reports"] != 1 || !slices.Equal(events, []string{"report.filed"}) {
			t.Error(body, rows, events)
		}
	}
	list, total, err := w.Chat.Reports(t.Context(), w.people["root"], chat.ReportQuery{})
	if err != nil || total != 5 {
		t.Fatal(total, err)
	}
	first := list[4]
	if first.About.String() != "bob@localhost" || first.ChatType != chat.Chat || first.Reporter.JID.Local != "ann" || first.Messages[0].Text != "<b>rude</b>" ||
		!first.Messages[0].Time.Equal(time.UnixMilli(1748102724454)) {
		t.Errorf("%+v", first)
	}
	w.block("bob", "ann")
	rows, events := w.added(func() {
		for body, code := range map[string]string{
			`{}`: "user-id-invalid", `{"jid":"localhost"}`: "user-id-invalid", `{"jid":"bob@localhost/phone"}`: "user-id-invalid", `{"jid":""}`: "user-id-invalid",
			`{"userId":"nobody"}`: "user-not-found", `{"jid":"eve@other.example"}`: "user-not-found", `{"userId":"ann"}`: "report-self",
			`{"groupId":"nowhere"}`: "group-not-found", `{"userId":"bob","chatType":"broadcast"}`: "invalid-field",
			`{"groupId":"` + g + `","chatType":"chat"}`:       "chat-type-invalid",
			`{"userId":"bob","messages":[{},{},{},{},{},{}]}`: "", `{"userId":"bob","messages":{}}`: "invalid-field", `{"userId":"bob","messages":["x"]}`: "invalid-field",
			`{"userId":"root","messages":[{"message":"` + long(10_001) + `"}]}`: "report-message-invalid",
			`{"userId":"root","messages":[{"message":"\u0001"}]}`:               "report-message-invalid",
		} {
			if r := w.do(report(body)); code == "" && (r.Status != 400) || code != "" {
				refused(t, r, 400, code)
			}
		}
		c := report(`{"groupId":"` + g + `"}`)
		c.As = "root" // who is not in it
		refused(t, w.do(c), 400, "group-not-found")
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}
}

func TestFeedback(t *testing.T) {
	w := newWorld(t)
	give := func(form url.Values) call { return call{As: "ann", Path: "/users/feedback", Form: form} }
	w.want(200, give(url.Values{"title": {"<script>alert(1)</script>"}, "description": {"'; DROP TABLE feedback; --"}}))
	list, total, err := w.Chat.Feedback(t.Context(), w.people["root"], 10, 0)
	if err != nil || total != 1 || list[0].Title != "<script>alert(1)</script>" || list[0].Text != "'; DROP TABLE feedback; --" || list[0].From.JID.Local != "ann" {
		t.Errorf("%v %+v", err, list)
	}
	rows, events := w.added(func() {
		refused(t, w.do(give(url.Values{"description": {"x"}})), 400, "missing-field")
		refused(t, w.do(give(url.Values{"title": {""}})), 400, "title-invalid")
		refused(t, w.do(give(url.Values{"title": {long(201)}})), 400, "title-invalid")
		refused(t, w.do(give(url.Values{"title": {"x"}, "description": {long(10_001)}})), 400, "text-invalid")
		refused(t, w.do(give(url.Values{"title": {"x\x02"}})), 400, "title-invalid")
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}
}

func TestDeleteMyAccount(t *testing.T) {
	w := newWorld(t)
	device := w.device("ann", "web")
	rows, events := w.added(func() {
		refused(t, w.do(call{As: "ann", Method: "POST", Path: "/users/deleteMyAccount"}), 400, "missing-field")
		refused(t, w.do(call{As: "ann", Path: "/users/deleteMyAccount", JSON: `{"reason":""}`}), 400, "invalid-field")
		refused(t, w.do(call{As: "ann", Path: "/users/deleteMyAccount", JSON: `{"reason":"` + long(10_001) + `"}`}), 400, "invalid-field")
		refused(t, w.do(call{Path: "/users/deleteMyAccount", JSON: `{"reason":"x"}`}), 401, "token-missing")
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}
	w.want(200, call{As: "ann", Path: "/users/deleteMyAccount", JSON: `{"reason":"bored","feedback":"too quiet"}`})
	refused(t, w.do(call{As: "ann", Path: "/chat/recent"}), 401, "")
	refused(t, w.do(call{Path: "/login", JSON: `{"username":"ann","password":"` + device.Password + `"}`}), 401, "credentials-wrong")
	refused(t, w.do(call{As: "bob", Path: "/users/ann"}), 400, "user-not-found")
	list, _, err := w.Chat.Feedback(t.Context(), w.people["root"], 10, 0)
	if err != nil || len(list) != 1 || list[0].Kind != "deletion" || list[0].Title != "bored" || list[0].Text != "too quiet" {
		t.Errorf("%v %+v", err, list)
	}
}

// A page is signed in by a device that is, once; and only on the approver's word.
func TestDevices(t *testing.T) {
	w := newWorld(t)
	first, second := w.device("ann", "android"), w.device("ann", "web")
	token := func(token string) http.Header { return http.Header{"Authorization": {token}} }
	type device struct {
		ID, Type, Name string
		Current        bool
	}
	list := func(token string) []device {
		t.Helper()
		r := w.want(200, call{Path: "/users/devices", Header: http.Header{"Authorization": {token}}})
		return decode[struct{ Data struct{ Devices []device } }](t, r).Data.Devices
	}
	all := list(second.Token)
	if len(all) != 2 || all[0].Current || !all[1].Current || all[0].Type != "android" {
		t.Fatalf("%+v", all)
	}
	rows, events := w.added(func() {
		refused(t, w.do(call{As: "bob", Method: "DELETE", Path: "/users/devices/" + all[0].ID}), 403, "scope-missing")
		for _, id := range []string{"999999", "0", "-1", "x", "1e3", "99999999999999999999", "%00"} {
			refused(t, w.do(call{Method: "DELETE", Path: "/users/devices/" + id, Header: token(second.Token)}), 400, "")
		}
	})
	if len(rows)+len(events) > 0 {
		t.Error(rows, events)
	}
	w.want(200, call{Method: "DELETE", Path: "/users/devices/" + all[0].ID, Header: token(second.Token)})
	refused(t, w.do(call{Path: "/chat/recent", Header: token(first.Token)}), 401, "token-revoked")
	if left := list(second.Token); len(left) != 1 || left[0].ID != all[1].ID {
		t.Errorf("%+v", left)
	}

	code := w.askToSignIn()
	request := call{Path: "/users/devices/request", Query: url.Values{"userCode": {" " + strings.ToLower(code) + " "}}, Header: token(second.Token)}
	w.want(200, request)
	rows, _ = w.added(func() {
		refused(t, w.do(call{As: "eve", Path: "/users/devices/request", Query: url.Values{"userCode": {code}}}), 400, "code-unknown")
		refused(t, w.do(call{As: "eve", Path: "/users/devices/approve", Form: url.Values{"userCode": {code}, "approve": {"true"}}}), 400, "code-unknown")
		refused(t, w.do(call{As: "ann", Path: "/users/devices/approve", Form: url.Values{"userCode": {code}}}), 400, "missing-field")
		refused(t, w.do(call{As: "ann", Path: "/users/devices/approve", Form: url.Values{"userCode": {"x"}, "approve": {"1"}}}), 400, "code-unknown")
		refused(t, w.do(call{Path: "/users/devices/approve", Form: url.Values{"userCode": {code}, "approve": {"1"}}}), 401, "token-missing")
	})
	if len(rows) > 0 {
		t.Error(rows)
	}
	answer := call{Path: "/users/devices/approve", Form: url.Values{"userCode": {code}, "approve": {"yes"}}, Header: token(second.Token)}
	w.want(200, answer)
	golden(t, "device_approved_again", w.do(answer))
	refused(t, w.do(request), 400, "code-unknown")

	late := w.askToSignIn()
	w.clock.Add(6 * time.Minute)
	answer.Form.Set("userCode", late)
	refused(t, w.do(answer), 400, "code-unknown")

	must(t, w.Auth.SetEnabled(t.Context(), w.people["root"], w.people["ann"].Account, false))
	answer.Form.Set("userCode", w.askToSignIn())
	refused(t, w.do(answer), 401, "account-disabled")
}

func TestCallLogs(t *testing.T) {
	w := newWorld(t)
	for _, since := range []string{"", "0", "1748102724", "1748102724454", "1748102724454661", "2025-05-24", "2025-05-24T16:05:24Z", "2025-05-24T16:05:24+02:00",
		"2025-05-24 16:05:24", "24/05/2025 16:05:24", "24/05/2025"} {
		w.want(200, call{As: "ann", Path: "/users/callLogs", Query: url.Values{"lastSyncDate": {since}}})
	}
	for _, since := range []string{"x", "-1", "2025-13-01", "99999999999999999999", "1e9"} {
		refused(t, w.do(call{As: "ann", Path: "/users/callLogs", Query: url.Values{"lastSyncDate": {since}}}), 400, "invalid-field")
	}
	refused(t, w.do(call{As: "ann", Path: "/users/callLogs?page=0"}), 400, "invalid-field")
}

// Links are all different, and no visitor of a web site gets one.
func TestRooms(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for range 20 {
		room := decode[struct {
			Data struct{ RoomLink, RoomID, Behaviour string }
		}](t, w.want(200, call{As: "ann", Method: "POST", Path: "/users/calls/createRoom"})).Data
		if seen[room.RoomLink] || seen[room.RoomID] || room.Behaviour != "meet" {
			t.Errorf("%+v", room)
		}
		seen[room.RoomLink], seen[room.RoomID] = true, true
	}
	v, err := w.Auth.RegisterVisitor(t.Context(), auth.VisitorRequest{Tenant: w.Tenant.ID})
	must(t, err)
	refused(t, w.do(call{Method: "POST", Path: "/users/calls/createRoom", Header: http.Header{"Authorization": {v.Token}}}), 403, "visitor-not-allowed")
}

// Contacts are who is in the roster and whom there is a chat with.
func TestContacts(t *testing.T) {
	w := newWorld(t)
	contacts := func(as, query string) (names []string) {
		t.Helper()
		r := decode[struct {
			Data struct{ ContactsList []struct{ UserID string } }
		}](t, w.want(200, call{As: as, Path: "/contacts/contactsList?" + query}))
		for _, c := range r.Data.ContactsList {
			names = append(names, c.UserID)
		}
		return names
	}
	if got := contacts("ann", ""); got != nil {
		t.Error(got)
	}
	w.send("ann", "singlechat", "root", "hello")
	must(t, w.Chat.SetRosterItem(t.Context(), w.people["ann"], chat.RosterItem{JID: w.people["bob"].Bare(), Name: "Bobby"}))
	w.send("ann", "groupchat", w.group("Lunch", "ann", "bob").JID.Local, "hello")
	for query, want := range map[string][]string{"": {"root", "bob"}, "name=BO": {"bob"}, "name=%25": nil, "size=1&page=2": {"bob"}, "size=1&page=3": nil} {
		if got := contacts("ann", query); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
	if got := contacts("root", ""); !slices.Equal(got, []string{"ann"}) {
		t.Error(got)
	}
	w.block("bob", "ann")
	if got := contacts("ann", ""); !slices.Equal(got, []string{"root"}) {
		t.Error(got)
	}
}
