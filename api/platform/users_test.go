package platform_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"testing"

	"switchboard"
	"switchboard/auth"
)

func TestUser(t *testing.T) {
	w := newWorld(t)
	golden(t, "user", w.do(call{As: "bob", Path: "/users/ann"}))
	golden(t, "user_bare", w.do(call{As: "ann", Path: "/users/bob"}))
	golden(t, "user_unknown", w.do(call{As: "ann", Path: "/users/nobody"}))
	w.want(200, call{As: "ann", Path: "/users/ann"})
	w.want(200, call{As: "root", Path: "/users/ann"})
	w.want(200, call{As: "bob", Path: "/users/ANN"})
	w.want(200, call{As: "bob", Path: "/users/ann@localhost"})
	for _, id := range []string{"eve", "eve@other.example", "ann@mix.localhost", "a%20b", "%22%3E%3Cscript%3E", "ann%2Fx", "%00", "ann@localhost%2Fphone"} {
		refused(t, w.do(call{As: "bob", Path: "/users/" + id}), 400, "")
	}
}

func TestUserList(t *testing.T) {
	w := newWorld(t)
	golden(t, "user_list", w.do(call{As: "bob", Path: "/users/userList"}))
	for i := range 12 {
		w.account(domain, auth.NewAccount{Localpart: fmt.Sprintf("user%02d", i), Kind: switchboard.User,
			Profile: auth.Profile{Name: "Some One", Metadata: map[string]string{"team": fmt.Sprint(i % 3)}}})
	}
	type page struct {
		Data struct {
			UserList                 []struct{ UserID string }
			TotalPages, TotalRecords int
		}
	}
	for _, c := range []struct {
		query          string
		n, pages, all  int
		first, comment string
	}{
		{"", 14, 1, 14, "ann", "fifty is the usual size"},
		{"size=5", 5, 3, 14, "ann", ""},
		{"size=5&page=3", 4, 3, 14, "user08", ""},
		{"size=5&page=4", 0, 3, 14, "", ""},
		{"size=999999&page=999999", 0, 1, 14, "", "no overflow"},
		{"name=USER", 12, 1, 12, "user00", ""},
		{"name=someone", 0, 0, 0, "", ""},
		{"name=some+one", 12, 1, 12, "user00", "the name counts too"},
		{"name=%25", 0, 0, 0, "", "a percent sign is itself"},
		{"name=_", 0, 0, 0, "", ""},
		{"name=%27+OR+1%3D1+--", 0, 0, 0, "", ""},
		{"metadataKey=team", 12, 1, 12, "user00", ""},
		{"metadataKey=team&metadataValues=1,2", 8, 1, 8, "user01", ""},
		{"metadatakey=team&METADATAVALUES=0", 4, 1, 4, "user00", ""},
		{"metadataKey=team&metadataValues=9", 0, 0, 0, "", ""},
		{"licenseKey=trial", 14, 1, 14, "ann", ""},
		{"licensekey=trial", 14, 1, 14, "ann", ""},
	} {
		got := decode[page](t, w.want(200, call{As: "ann", Path: "/users/userList?" + c.query})).Data
		first := ""
		if len(got.UserList) > 0 {
			first = got.UserList[0].UserID
		}
		if len(got.UserList) != c.n || got.TotalPages != c.pages || got.TotalRecords != c.all || first != c.first {
			t.Errorf("%s: %+v", c.query, got)
		}
	}
	for _, query := range []string{"licenseKey=x", "licenseKey=" + w.other.Licence, "page=0", "page=-1", "page=x", "page=1.5", "size=0",
		"size=99999999999999999999", "page=1000001"} {
		refused(t, w.do(call{As: "ann", Path: "/users/userList?" + query}), 400, "")
	}
}

func TestMetadata(t *testing.T) {
	w := newWorld(t)
	golden(t, "metadata", w.do(call{As: "ann", Path: "/users/getMetaData"}))
	var r reply
	rows, events := w.added(func() {
		r = w.do(call{As: "ann", Method: "PUT", Path: "/users/updateMetaData", JSON: `{"Team":"<b>blue</b>","age":7,"pro":true}`})
	})
	golden(t, "metadata_updated", r)
	if !maps.Equal(rows, map[string]int{"ledger": 1}) || !slices.Equal(events, []string{"account.changed"}) {
		t.Error(rows, events)
	}
	golden(t, "metadata_after", w.do(call{As: "bob", Path: "/users/getMetaData/ann"}))
	user := decode[struct{ Data struct{ NickName string } }](t, w.do(call{As: "bob", Path: "/users/ann"}))
	if user.Data.NickName != "Ann Ample" {
		t.Error("the rest of the profile is", user)
	}
	put := func(body string) call {
		return call{As: "ann", Method: "PUT", Path: "/users/updateMetaData", JSON: body}
	}
	rows, _ = w.added(func() {
		for _, body := range []string{`{}`, `[]`, `"x"`, `7`, `null`, `{"a":{}}`, `{"a":[]}`, `{"a":"1","b":"2","c":"3","d":"4"}`,
			`{"a":"` + long(5000) + `"}`, `{"a":"\u0000"}`, `{"a":"\u0001"}`} {
			refused(t, w.do(put(body)), 400, "")
		}
		refused(t, w.do(call{As: "ann", Method: "PUT", Path: "/users/updateMetaData"}), 400, "metadata-missing")
	})
	if len(rows) > 0 {
		t.Error(rows)
	}
	w.want(200, put(`{"a":null}`))
	got := decode[struct {
		Data struct{ MetaData map[string]string }
	}](t, w.do(call{As: "ann", Path: "/users/getMetaData"}))
	if got.Data.MetaData == nil || len(got.Data.MetaData) != 0 {
		t.Error(got)
	}
	w.want(200, call{As: "ann", Method: "PUT", Path: "/users/updateMetaData", Form: url.Values{"Team": {"red"}}})
}

func TestBlock(t *testing.T) {
	w := newWorld(t)
	block := func(as, id string) call {
		return call{As: as, Path: "/users/block", Form: url.Values{"userId": {id}}}
	}
	unblock := func(as, id string) call {
		return call{As: as, Path: "/users/unblock", Form: url.Values{"userId": {id}}}
	}
	golden(t, "block_self", w.do(block("ann", "ann")))
	golden(t, "block_unknown", w.do(block("ann", "nobody")))
	golden(t, "unblock_not_blocked", w.do(unblock("ann", "bob")))
	var r reply
	rows, _ := w.added(func() { r = w.do(block("ann", "bob")) })
	golden(t, "block", r)
	if rows["blocks"] != 1 {
		t.Error(rows)
	}
	golden(t, "block_again", w.do(block("ann", "bob")))
	refused(t, w.do(unblock("ann", "ann")), 400, "block-self")
	refused(t, w.do(block("ann", "")), 400, "user-id-invalid")
	refused(t, w.do(call{As: "ann", Method: "POST", Path: "/users/block"}), 400, "missing-field")
	refused(t, w.do(block("ann", "eve")), 400, "user-id-invalid")
	refused(t, w.do(block("ann", long(5000))), 400, "user-id-invalid")

	text := func(from, to string) call {
		return call{As: from, Path: "/chat/sendmessage",
			Form: url.Values{"chatType": {"singlechat"}, "toUser": {to}, "messageType": {"text"}, "message": {"hello"}}}
	}
	rows, _ = w.added(func() {
		refused(t, w.do(text("bob", "ann")), 400, "recipient-unavailable")
		refused(t, w.do(text("ann", "bob")), 400, "blocked")
		refused(t, w.do(call{As: "bob", Path: "/users/ann"}), 400, "user-not-found")
	})
	if len(rows) > 0 {
		t.Error(rows)
	}
	golden(t, "block_in_return", w.do(block("bob", "ann"))) // although ann cannot be found now
	w.want(200, unblock("bob", "ann"))
	golden(t, "unblock", w.do(unblock("ann", "bob")))
	w.want(200, text("bob", "ann"))
}
