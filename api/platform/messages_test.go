package platform_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/bus"
	"switchboard/chat"
)

func long(n int) string { return strings.Repeat("x", n) }

// item is what the tests look at of a message or chat.
type item struct {
	ChatType, MessageType, MessageID, Message, FromUser, ToUser, Participant, ReplyTo, SentTime string
	Unread, DeliveryStatus                                                                      int
	MessageTime                                                                                 int64
}

type chatList struct {
	ChatList                 []item
	TotalPages, TotalRecords int
}

// list does a call that answers with a chatList.
func (w *world) list(c call) chatList {
	w.t.Helper()
	return decode[struct{ Data chatList }](w.t, w.want(200, c)).Data
}

func texts(l chatList) string {
	var all []string
	for _, m := range l.ChatList {
		all = append(all, m.Message)
	}
	return strings.Join(all, " ")
}

func single(to, text string, more ...string) url.Values {
	form := url.Values{"chatType": {"singlechat"}, "toUser": {to}, "messageType": {"text"}, "message": {text}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func TestSend(t *testing.T) {
	w := newWorld(t)
	var r reply
	rows, events := w.added(func() { r = w.do(call{As: "ann", Path: "/chat/sendmessage", Form: single("bob", "hello")}) })
	golden(t, "send", r)
	want := map[string]int{"ledger": 1, "entries": 2, "heads": 2, "offline": 1}
	if !maps.Equal(rows, want) || !slices.Equal(events, []string{"message"}) {
		t.Error(rows, events)
	}
	golden(t, "history_sender", w.do(call{As: "ann", Path: "/chat/history?chatType=singlechat&participant=bob"}))
	golden(t, "history_recipient", w.do(call{As: "bob", Path: "/chat/history?chatType=SingleChat&participant=ann"}))
	golden(t, "recent_sender", w.do(call{As: "ann", Path: "/chat/recent"}))
	golden(t, "recent_recipient", w.do(call{As: "bob", Path: "/chat/recent"}))
	w.send("bob", "SINGLECHAT", "ann@localhost", "hello yourself")
	w.send("ann", "singlechat", "ann", "note to self")
	if got := texts(w.list(call{As: "ann", Path: "/chat/history?chatType=singlechat&participant=ann"})); got != "note to self" {
		t.Error(got)
	}
}

// What is sent here reaches streams as what is sent over XMPP does.
func TestSendIsDelivered(t *testing.T) {
	w := newWorld(t)
	got := make(chan *chat.Delivery, 1)
	w.Bus.Subscribe(bus.Account(w.people["bob"].Account), func(s bus.Signal) bool {
		d, ok := s.Value.(*chat.Delivery)
		if ok {
			got <- d
		}
		return ok
	})
	id := w.send("ann", "singlechat", "bob", "a <b> & \"c\"")
	d := <-got
	if d.Message.ID != id || d.Message.Type != chat.Chat || d.Message.Body() != "a <b> & \"c\"" || d.Message.From.String() != "ann@localhost" {
		t.Errorf("%+v %s", d.Message, d.Message.Stanza)
	}
}

func TestGroup(t *testing.T) {
	w := newWorld(t)
	g := w.group("Lunch", "ann", "bob")
	id := g.JID.Local
	rows, events := w.added(func() { w.send("ann", "groupchat", id, "pizza?") })
	if !maps.Equal(rows, map[string]int{"ledger": 1, "entries": 1, "heads": 1}) || !slices.Equal(events, []string{"message"}) {
		t.Error(rows, events)
	}
	w.send("bob", "GroupChat", g.JID.String(), "soup!")
	golden(t, "history_group", w.do(call{As: "ann", Path: "/chat/history?chatType=groupchat&participant=" + id}))
	golden(t, "recent_group", w.do(call{As: "ann", Path: "/chat/recent"}))
	if _, err := w.Chat.Notice(t.Context(), g.ID, []byte("<x xmlns='urn:example'/>")); err != nil {
		t.Fatal(err)
	}
	golden(t, "recent_notification", w.do(call{As: "ann", Path: "/chat/recent"}))
	if got := texts(w.list(call{As: "ann", Path: "/chat/recent?exclude=notification"})); got != "soup!" {
		t.Error(got)
	}
	root := w.do(call{As: "root", Path: "/chat/history?chatType=groupchat&participant=" + id})
	refused(t, root, 400, "group-not-found")
	send := single(id, "let me in", "chatType", "groupchat")
	rows, _ = w.added(func() {
		refused(t, w.do(call{As: "root", Path: "/chat/sendmessage", Form: send}), 400, "group-not-found")
		refused(t, w.do(call{As: "eve", Path: "/chat/sendmessage", Form: send}), 400, "group-not-found")
		send.Set("chatType", "singlechat")
		refused(t, w.do(call{As: "ann", Path: "/chat/sendmessage", Form: send}), 400, "recipient-unavailable")
		send.Set("toUser", g.JID.String())
		refused(t, w.do(call{As: "ann", Path: "/chat/sendmessage", Form: send}), 400, "user-id-invalid")
	})
	if len(rows) > 0 {
		t.Error(rows)
	}
}

func TestHistoryPaging(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for i := range 7 {
		ids = append(ids, w.send([]string{"ann", "bob"}[i%2], "singlechat", []string{"bob", "ann"}[i%2], fmt.Sprint(i)))
	}
	w.send("ann", "singlechat", "root", "elsewhere")
	for _, c := range []struct {
		query, want string
		pages       int
	}{
		{"", "6 5 4 3 2 1 0", 1},
		{"size=3", "6 5 4", 3},
		{"size=3&page=3", "0", 3},
		{"size=3&page=4", "", 3},
		{"messageId=" + ids[2], "2 3 4 5 6", 1},
		{"messageId=" + ids[2] + "&size=2", "2 3", 4},
		{"messageId=" + ids[2] + "&size=2&page=2", "4 5", 4},
		{"messageId=" + ids[2] + "&direction=forward", "2 3 4 5 6", 1},
		{"messageId=" + ids[2] + "&direction=BACKWARD", "2 1 0", 1},
	} {
		for _, who := range [][2]string{{"ann", "bob"}, {"bob", "ann"}} {
			got := w.list(call{As: who[0], Path: "/chat/history?chatType=singlechat&participant=" + who[1] + "&" + c.query})
			if texts(got) != c.want || got.TotalRecords != 7 || got.TotalPages != c.pages {
				t.Errorf("%s %s: %q %+v", who[0], c.query, texts(got), got)
			}
		}
	}
	for _, query := range []string{"messageId=nothing", "direction=up", "topicId=1", "page=0", "chatType=groupchat", "messageId=" + long(2000)} {
		refused(t, w.do(call{As: "ann", Path: "/chat/history?participant=bob&" + query + "&chatType=singlechat"}), 400, "")
	}
	// A message of another chat is none of this one.
	elsewhere := w.list(call{As: "ann", Path: "/chat/history?chatType=singlechat&participant=root"}).ChatList[0].MessageID
	refused(t, w.do(call{As: "ann", Path: "/chat/history?chatType=singlechat&participant=bob&messageId=" + elsewhere}), 400, "item-not-found")
	for _, missing := range []string{"chatType=singlechat", "participant=bob", ""} {
		refused(t, w.do(call{As: "ann", Path: "/chat/history?" + missing}), 400, "missing-field")
	}
}

func TestReply(t *testing.T) {
	w := newWorld(t)
	first := w.send("ann", "singlechat", "bob", "lunch?")
	w.want(200, call{As: "bob", Path: "/chat/sendmessage", Form: single("ann", "yes", "replyTo", first)})
	got := w.list(call{As: "ann", Path: "/chat/history?chatType=singlechat&participant=bob"}).ChatList
	if got[0].ReplyTo != first || got[1].ReplyTo != "" {
		t.Error(got)
	}
	refused(t, w.do(call{As: "bob", Path: "/chat/sendmessage", Form: single("ann", "yes", "replyTo", "nothing")}), 400, "item-not-found")

	// A group's messages answer by the id that the group gave, and are shown by the one that all calls use.
	g := w.group("Lunch", "ann", "bob")
	first = w.send("ann", "groupchat", g.JID.Local, "pizza?")
	w.want(200, call{As: "bob", Path: "/chat/sendmessage", Form: single(g.JID.Local, "yes", "chatType", "groupchat", "replyTo", first)})
	for _, who := range []string{"ann", "bob"} {
		got = w.list(call{As: who, Path: "/chat/history?chatType=groupchat&participant=" + g.JID.Local}).ChatList
		if got[0].ReplyTo != first || got[1].MessageID != first {
			t.Errorf("%s: %+v", who, got)
		}
	}
	page, err := w.Chat.History(t.Context(), w.people["ann"], chat.HistoryQuery{With: g.JID})
	if err != nil || page.Messages[0].ReplyTo() != page.Messages[1].StanzaID || page.Messages[1].StanzaID == "" {
		t.Errorf("%v %s", err, page.Messages[0].Stanza)
	}
}

func TestRecent(t *testing.T) {
	w := newWorld(t)
	w.send("bob", "singlechat", "ann", "one")
	w.send("root", "singlechat", "ann", "two")
	g := w.group("Lunch", "bob", "ann")
	w.send("bob", "groupchat", g.JID.Local, "three")
	all := w.list(call{As: "ann", Path: "/chat/recent"})
	if texts(all) != "three two one" || all.TotalRecords != 3 || all.TotalPages != 1 {
		t.Errorf("%+v", all)
	}
	if got := w.list(call{As: "ann", Path: "/chat/recent?size=2&page=2"}); texts(got) != "one" || got.TotalPages != 2 {
		t.Errorf("%+v", got)
	}
	second := all.ChatList[1].MessageTime
	for query, want := range map[string]string{
		fmt.Sprint(second):        "three", // milliseconds, as answers have them
		fmt.Sprint(second / 1000): "three",
		fmt.Sprint(second * 1000): "three two", // cut to milliseconds, it was 661 microseconds later
		"0":                       "three two one",
		fmt.Sprint(w.clock.Now().Add(time.Hour).Unix()): "",
	} {
		if got := texts(w.list(call{As: "ann", Path: "/chat/recent?messageTime=" + query})); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	for _, query := range []string{"messageTime=x", "messageTime=-1", "messageTime=99999999999999999999", "size=-1", "topicId=7"} {
		refused(t, w.do(call{As: "ann", Path: "/chat/recent?" + query}), 400, "")
	}
	w.want(200, call{As: "ann", Path: "/chat/recent?messageTime=9223372036854775807&byTopic=true&exclude=a&exclude=b"})
}

func TestDetails(t *testing.T) {
	w := newWorld(t)
	w.send("bob", "singlechat", "ann", "one")
	w.send("root", "singlechat", "ann", "two")
	g := w.group("Lunch", "bob", "ann")
	w.send("bob", "groupchat", g.JID.Local, "three")
	golden(t, "details", w.do(call{As: "ann", Path: "/chat/details"}))
	for id, want := range map[string]string{"bob": "bob", "BOB@localhost": "bob", g.JID.Local: g.JID.Local, g.JID.String(): g.JID.Local, "nobody": "", "ann": ""} {
		got := w.list(call{As: "ann", Path: "/chat/details", Query: url.Values{"chatId": {id}}})
		if want == "" && got.TotalRecords != 0 || want != "" && (got.TotalRecords != 1 || got.ChatList[0].Participant != want) {
			t.Errorf("%q: %+v", id, got)
		}
	}
	if got := w.list(call{As: "ann", Path: "/chat/details?size=1&page=2"}); len(got.ChatList) != 1 || got.TotalPages != 3 {
		t.Errorf("%+v", got)
	}
	if got := w.list(call{As: "root", Path: "/chat/details?chatId=" + g.JID.Local}); got.TotalRecords != 0 { // who is not in it
		t.Errorf("%+v", got)
	}
	for _, query := range []string{"topicId=1", "page=0", "chatId=a%20b", "chatId=eve@other.example"} {
		refused(t, w.do(call{As: "ann", Path: "/chat/details?" + query}), 400, "")
	}
}

func TestUnread(t *testing.T) {
	w := newWorld(t)
	golden(t, "unread", w.do(call{As: "ann", Path: "/chat/unreadcount"}))
	golden(t, "read_nothing", w.do(call{As: "ann", Method: "POST", Path: "/chat/readall"}))
	g := w.group("Lunch", "ann", "bob")
	for range 3 {
		w.send("bob", "singlechat", "ann", "hi")
	}
	w.send("ann", "singlechat", "root", "my own words are read")
	w.send("bob", "groupchat", g.JID.Local, "pizza?")
	w.send("ann", "groupchat", g.JID.Local, "in a group too")
	unread := func(who string) int {
		return decode[struct{ Data struct{ Unread int } }](t, w.want(200, call{As: who, Path: "/chat/unreadcount"})).Data.Unread
	}
	if ann, bob := unread("ann"), unread("bob"); ann != 4 || bob != 1 {
		t.Error(ann, bob)
	}
	if got := w.list(call{As: "ann", Path: "/chat/recent"}).ChatList; got[0].Unread != 1 || got[2].Unread != 3 || got[2].DeliveryStatus != 1 {
		t.Errorf("%+v", got)
	}
	golden(t, "read_all", w.do(call{As: "ann", Method: "POST", Path: "/chat/readall"}))
	if ann, bob := unread("ann"), unread("bob"); ann != 0 || bob != 1 {
		t.Error(ann, bob)
	}
	if got := w.list(call{As: "ann", Path: "/chat/recent"}).ChatList; got[2].DeliveryStatus != 2 {
		t.Errorf("%+v", got)
	}
	w.send("bob", "singlechat", "ann", "again")
	if n := unread("ann"); n != 1 {
		t.Error(n)
	}
}

// Text comes back as it went in, whatever it looks like.
func TestTextIsData(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{
		`<script>alert("x")</script>`, `</body></message><message from='root@localhost'><body>forged`, `'; DROP TABLE ledger; --`,
		`&lt;b&gt; &amp; &#60;`, "line\nbreak\ttab\r\nreturn", `\u0041 \n`, `{"a":1}`, "a+b %41", "日本語 🎉 e\u0301", "]]>", "<!--", "@bob @[?]",
		strings.Repeat("🎉", switchboard.MaxFieldText),
	} {
		w.send("ann", "singlechat", "bob", text)
		got := w.list(call{As: "bob", Path: "/chat/history?chatType=singlechat&participant=ann&size=1"}).ChatList
		if len(got) != 1 || got[0].Message != text || got[0].MessageType != "text" {
			t.Errorf("%.100q came back as %.200q", text, fmt.Sprint(got))
		}
		recent := w.do(call{As: "bob", Path: "/chat/recent"})
		if kind := recent.Header.Get("Content-Type"); kind != "application/json" || recent.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Error(recent.Header)
		}
	}
}

// The same request as JSON, form, multipart and query.
func TestEncodings(t *testing.T) {
	w := newWorld(t)
	multi := "--b\r\nContent-Disposition: form-data; name=\"chattype\"\r\n\r\nsingleChat\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"toUser\"\r\n\r\nbob\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"MessageType\"\r\n\r\ntext\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\nxyz\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\nin parts\r\n--b--\r\n"
	for name, c := range map[string]call{
		"json":       {JSON: `{"chatType":"singlechat","toUser":"bob","messageType":"text","message":"in json","caption":7,"unknown":{"a":[1]}}`},
		"json case":  {JSON: `{"CHATTYPE":"SingleChat","TOUSER":"bob","messagetype":"TEXT","Message":"in json case"}`},
		"form":       {Form: single("bob", "in form", "fileEncryption", "false", "whatever", "x")},
		"query":      {Method: "POST", Query: single("bob", "in query")},
		"multipart":  {Body: []byte(multi), Header: map[string][]string{"Content-Type": {"multipart/form-data; boundary=b"}}},
		"no label":   {Body: []byte(single("bob", "in no label").Encode())},
		"json label": {Body: []byte(single("bob", "in json label").Encode()), Header: map[string][]string{"Content-Type": {"application/json"}}},
		"own prefix": {Path: "/platform/api/v1/chat/sendmessage", Form: single("bob", "in own prefix")},
		"slash":      {Path: "/chat/sendmessage/", Form: single("bob", "in slash")},
	} {
		c.As = "ann"
		if c.Path == "" {
			c.Path = "/chat/sendmessage"
		}
		w.clock.Add(time.Second)
		w.want(200, c)
		got := texts(w.list(call{As: "bob", Path: "/chat/history?chatType=singlechat&participant=ann&size=1"}))
		if !strings.HasPrefix(got, "in ") {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := w.list(call{As: "ann", Path: "/chat/recent"}); got.ChatList[0].Unread != 0 || got.TotalRecords != 1 {
		t.Errorf("%+v", got)
	}
	// GET with a body instead of a query, as some clients do it.
	got := w.list(call{As: "ann", Method: "GET", Path: "/chat/history", JSON: `{"chattype":"singlechat","PARTICIPANT":"bob","size":"2"}`})
	if len(got.ChatList) != 2 {
		t.Errorf("%+v", got)
	}
}
