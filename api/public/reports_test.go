package public_test

import (
	"slices"
	"testing"
	"time"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/chat"
)

// file reports somebody or something as a user does.
func (w *world) file(by string, about switchboard.JID, messages ...chat.ReportedMessage) int64 {
	w.t.Helper()
	id, err := w.Chat.Report(w.t.Context(), w.people[by], chat.ReportDraft{About: about, Messages: messages})
	must(w.t, err)
	return id
}

// user makes a user of the app.
func (w *world) user(name string) switchboard.Principal {
	w.t.Helper()
	w.people[name] = w.AddAccount(w.t, name, switchboard.User, false)
	return w.people[name]
}

// A report says who reported whom with which messages; handling it moves it,
// and what it is about can be blocked.
func TestReports(t *testing.T) {
	w := newWorld(t)
	root := w.token("root")
	bob := w.user("bob")
	id := w.file("ann", bob.Bare(), chat.ReportedMessage{ID: "m1", Text: "<b>rude</b> words", Type: "text", Publisher: "bob@localhost", Time: w.clock.Now()},
		chat.ReportedMessage{ID: "m2", Type: "image", File: "https://localhost/media/x/rude.png"})
	w.pass(time.Minute)
	group, err := w.Chat.CreateGroup(t.Context(), w.people["ann"], chat.NewGroup{Name: "Cooks"})
	must(t, err)
	w.file("ann", group.JID)
	boardtest.Golden(t, "reports", w.call(200, "GET", root, "/Reports?state=open&limit=10", ""))
	states := func(state string) (ids []int64) {
		r := w.call(200, "GET", root, "/Reports?state="+state, "")
		for _, one := range boardtest.Decode[[]struct{ ID int64 }](t, r) {
			ids = append(ids, one.ID)
		}
		if n := r.Header.Get("X-Total-Count"); n != path("%d", len(ids)) {
			t.Errorf("%d %s, total %q", len(ids), state, n)
		}
		return ids
	}
	_, events := w.Added(t, func() {
		boardtest.Golden(t, "report_handled", w.call(200, "PUT", root, path("/Reports/%d", id), `{"state":"resolved","note":"warned"}`))
	})
	if !slices.Equal(events, []string{"report.handled"}) || len(states("open")) != 1 || !slices.Equal(states("resolved"), []int64{id}) || len(states("dismissed")) != 0 {
		t.Errorf("handled with %v: %v %v", events, states("open"), states("resolved"))
	}
	w.call(200, "PUT", root, path("/Reports/%d", id), `{"state":"open"}`)
	if len(states("open")) != 2 {
		t.Error("it was not opened again")
	}
	for _, body := range []string{`{"state":"burnt"}`, `{}`, `{"state":"open","note":"` + long(30_000) + `"}`} {
		w.call(400, "PUT", root, path("/Reports/%d", id), body)
	}
	w.call(400, "GET", root, "/Reports?state=burnt", "")
	w.call(403, "PUT", w.token("jana"), path("/Reports/%d", id), `{"state":"resolved"}`)
	w.nothing(w.call(404, "PUT", root, "/Reports/999", `{"state":"resolved"}`))
}

// A user and a group are blocked by address.
func TestModeration(t *testing.T) {
	w := newWorld(t)
	root := w.token("root")
	bob := w.user("bob")
	group, err := w.Chat.CreateGroup(t.Context(), w.people["ann"], chat.NewGroup{Name: "Cooks"})
	must(t, err)
	w.file("ann", bob.Bare())
	w.file("ann", group.JID)
	blocked := func() (all []bool) {
		for _, r := range boardtest.Decode[[]struct{ About struct{ Blocked bool } }](t, w.call(200, "GET", root, "/Reports", "")) {
			all = append(all, r.About.Blocked)
		}
		return all
	}
	for _, on := range []bool{true, false} {
		for _, jid := range []switchboard.JID{bob.Bare(), group.JID} {
			w.call(204, "PUT", root, "/Moderation", path(`{"jid":%q,"blocked":%v}`, jid, on))
		}
		if !slices.Equal(blocked(), []bool{on, on}) {
			t.Errorf("blocked: %v, want %v", blocked(), on)
		}
	}
	for jid, status := range map[string]int{"nobody@localhost": 404, "nothing@mix.localhost": 404, "eve@other.example": 404, "localhost": 404, "mix.localhost": 404,
		"root@localhost": 409, "@": 400, "": 400} {
		if r := w.do("PUT", root, "/Moderation", path(`{"jid":%q,"blocked":true}`, jid)); r.Status != status {
			t.Errorf("%q: %d %s", jid, r.Status, r.Body)
		}
	}
	w.call(403, "PUT", w.token("jana"), "/Moderation", `{"jid":"bob@localhost","blocked":true}`)
}

// What people write arrives, and so does why they leave.
func TestFeedback(t *testing.T) {
	w := newWorld(t)
	must(t, w.Chat.GiveFeedback(t.Context(), w.people["ann"], "Darker, please", "At night it is too bright.\nThank you"))
	w.pass(time.Minute)
	bob := w.user("bob")
	must(t, w.Auth.RequestDeletion(t.Context(), bob, bob.Account, "I found another app", "It has stickers."))
	boardtest.Golden(t, "feedback", w.call(200, "GET", w.token("root"), "/Feedback", ""))
	r := w.call(200, "GET", w.token("root"), "/Feedback?limit=1&offset=1", "")
	if list := boardtest.Decode[[]struct{ Title string }](t, r); len(list) != 1 || list[0].Title != "Darker, please" || r.Header.Get("X-Total-Count") != "2" {
		t.Errorf("%s", r.Body)
	}
}
