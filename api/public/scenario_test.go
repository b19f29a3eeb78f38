package public_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/chat"
)

func sendText(w *world, p switchboard.Principal, to switchboard.JID, text string) {
	w.t.Helper()
	_, err := w.Chat.SendText(w.t.Context(), p, to, text, chat.SendOptions{ID: "said-" + text[:1]})
	must(w.t, err)
}

// session is what the scenario reads of a session.
type session struct {
	ID         int64
	Status     string
	GroupJID   string
	Waited     *string
	Length     *string
	Result     *string
	Activities []struct {
		Type, Client string
		Text         *string
		Number       int64
	}
	Operators []struct{ UserName string }
}

const firstWords = `{"text":"Is size M left? <b>&amp;","messageId":"first-1","url":"https://shop.example/jackets?id=7","widget":"winter",
	"name":"Marta Novak","email":"marta@mail.example","params":{"cart":"3 items","oo1_widget_lang":"cs"}}`

// One customer is served, through HTTP alone: what each step adds to the
// database and the ledger, and what the session looks like.
func TestCustomerIsServed(t *testing.T) {
	w := newWorld(t)
	key := w.keyToken("root", switchboard.ScopeSessionsRead, switchboard.ScopeCompanyRead)
	jana, petr := w.token("jana"), w.token("petr")
	v := w.visitor()
	var id int64
	show := func(name string) session {
		t.Helper()
		r := w.call(200, "GET", key, path("/Sessions/%d", id), "")
		boardtest.Golden(t, name, r)
		return boardtest.Decode[session](t, r)
	}
	step := func(what string, rows map[string]int, events []string, do func()) {
		t.Helper()
		w.pass(time.Minute)
		gotRows, gotEvents := w.Added(t, do)
		if !maps.Equal(gotRows, rows) || !slices.Equal(gotEvents, events) {
			t.Errorf("%s: rows %v, want %v; events %v, want %v", what, gotRows, rows, gotEvents, events)
		}
	}
	message := map[string]int{"entries": 1, "ledger": 1}

	step("open", map[string]int{"chat_groups": 1, "group_members": 1, "conversations": 1, "archives": 1, "entries": 1, "heads": 1, "ledger": 2},
		[]string{"conversation.created", "message"}, func() { id = v.open(firstWords) })
	waiting := show("session_waiting")
	step("the visitor goes on", message, []string{"message"}, func() { v.say(waiting.GroupJID, "Anybody?") })
	w.call(403, "POST", key, path("/Sessions/%d/accept", id), "")
	step("accept", map[string]int{"group_members": 1, "conversation_operators": 1, "entries": 1, "heads": 1, "ledger": 3},
		[]string{"conversation.started", "conversation.operator-joined", "message"},
		func() { w.call(200, "POST", jana, path("/Sessions/%d/accept", id), "") })
	w.call(409, "POST", petr, path("/Sessions/%d/accept", id), "")
	step("say", map[string]int{"entries": 1, "heads": 1, "ledger": 1}, []string{"message"},
		func() {
			w.call(200, "POST", jana, path("/Sessions/%d/messages", id), `{"text":"Four are left.","messageId":"m-1"}`)
		})
	show("session_active")
	step("note", map[string]int{"ledger": 1}, []string{"conversation.changed"},
		func() { w.call(204, "PUT", jana, path("/Sessions/%d/note", id), `{"note":"asks for sizes"}`) })
	step("forward", map[string]int{"conversation_operators": 1, "entries": 2, "ledger": 5},
		[]string{"conversation.forwarded", "conversation.operator-concluded", "message", "conversation.operator-joined", "message"},
		func() {
			w.call(204, "POST", jana, path("/Sessions/%d/forward", id), path(`{"userId":%d,"note":"knows jackets"}`, w.people["petr"].Account))
		})
	w.call(403, "POST", jana, path("/Sessions/%d/messages", id), `{"text":"too late"}`)
	step("end", map[string]int{"group_members": -1, "entries": 1, "ledger": 4},
		[]string{"conversation.ended", "message", "conversation.operator-left", "conversation.operator-concluded"},
		func() {
			w.call(204, "POST", petr, path("/Sessions/%d/end", id), `{"result":"Sold","note":"bought two"}`)
		})
	w.call(409, "POST", petr, path("/Sessions/%d/end", id), `{"result":"Sold"}`)
	step("feedback", map[string]int{"ledger": 1}, []string{"conversation.changed"}, func() {
		w.Want(t, 204, boardtest.Call{Token: v.AccessToken, Path: path("/widget/v1/conversations/%d/feedback", id), JSON: `{"stars":5,"text":"quick!"}`})
	})
	ended := show("session_ended")
	if ended.Status != "CLOSED" || *ended.Waited != "PT2M" || *ended.Length != "PT4M" || *ended.Result != "Sold" {
		t.Errorf("ended: %+v", ended)
	}
	for i, a := range ended.Activities {
		if a.Number != int64(i+1) {
			t.Errorf("activity %d has number %d", i, a.Number)
		}
	}
	boardtest.Golden(t, "session_callparams", w.call(200, "GET", key, path("/Sessions/%d/callparams", id), ""))
	list := boardtest.Decode[[]session](t, w.call(200, "GET", key, "/Sessions", ""))
	if len(list) != 1 || len(list[0].Activities) != len(ended.Activities) {
		t.Errorf("the list is %+v", list)
	}
	brief(t, w, key)
}

// brief checks that a list without activities says all else.
func brief(t *testing.T, w *world, key string) {
	t.Helper()
	for _, query := range []string{"", "ActivityTextsContain=anybody"} {
		whole := boardtest.Decode[[]map[string]any](t, w.call(200, "GET", key, "/Sessions?"+query, ""))
		short := boardtest.Decode[[]map[string]any](t, w.call(200, "GET", key, "/Sessions?activities=0&"+query, ""))
		if len(whole) != 1 || len(whole[0]["activities"].([]any)) == 0 || whole[0]["lastMessage"] == nil {
			t.Fatalf("%q: %v", query, whole)
		}
		whole[0]["activities"] = []any{}
		if !reflect.DeepEqual(whole, short) {
			t.Errorf("%q: %v, want %v", query, short, whole)
		}
	}
}

// A session that ends without a result waits for it, in ACW.
func TestAfterContactWork(t *testing.T) {
	w := newWorld(t)
	jana := w.token("jana")
	id := w.visitor().open(`{"text":"hello"}`)
	w.call(200, "POST", jana, path("/Sessions/%d/accept", id), "")
	w.call(204, "POST", jana, path("/Sessions/%d/end", id), "")
	boardtest.Golden(t, "session_acw", w.call(200, "GET", jana, path("/Sessions/%d", id), ""))
	w.pass(time.Minute)
	_, events := w.Added(t, func() { w.call(204, "POST", jana, path("/Sessions/%d/end", id), `{"result":"Answered"}`) })
	if !slices.Equal(events, []string{"conversation.operator-concluded"}) {
		t.Errorf("concluded with %v", events)
	}
	s := boardtest.Decode[session](t, w.call(200, "GET", jana, path("/Sessions/%d", id), ""))
	if s.Status != "CLOSED" || *s.Result != "Answered" {
		t.Errorf("%+v", s)
	}
}

// Whoever leaves the queue has abandoned it; nobody is there to conclude.
func TestCustomerLeaves(t *testing.T) {
	w := newWorld(t)
	v := w.visitor()
	id := v.open(`{"text":"hello"}`)
	w.pass(time.Minute)
	w.Want(t, 204, boardtest.Call{Method: "POST", Token: v.AccessToken, Path: path("/widget/v1/conversations/%d/leave", id)})
	boardtest.Golden(t, "session_abandoned", w.call(200, "GET", w.token("jana"), path("/Sessions/%d", id), ""))
}
