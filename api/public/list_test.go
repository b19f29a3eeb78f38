package public_test

import (
	"fmt"
	"testing"

	"switchboard/auth"
	"switchboard/boardtest"
	"switchboard/chat"
	"switchboard/desk"
)

// served makes conversations of so many lines each, half of them accepted.
func (w *world) served(conversations, lines int) {
	w.t.Helper()
	for i := range conversations {
		made, err := w.Auth.RegisterVisitor(w.t.Context(), auth.VisitorRequest{Tenant: w.Tenant.ID, DeviceType: "web"})
		must(w.t, err)
		c, err := w.Desk.Open(w.t.Context(), made.Principal, desk.OpenRequest{Text: fmt.Sprintf("question %d", i), Guest: desk.Guest{Name: "Tom"}})
		must(w.t, err)
		if i%2 == 0 {
			must(w.t, w.Desk.Accept(w.t.Context(), w.people["jana"], c.ID))
		}
		for n := 1; n < lines; n++ {
			p := made.Principal
			if i%2 == 0 && n%2 == 0 {
				p = w.people["jana"]
			}
			done := make(chan error, 1)
			stanza := chat.TextStanza(chat.Groupchat, fmt.Sprint("m", n), fmt.Sprintf("line %d of the long talk about jackets &amp; shoes", n))
			w.Chat.SendAsync(p, chat.Draft{To: c.GroupJID, Type: chat.Groupchat, ID: fmt.Sprint("m", n), Stanza: stanza, Store: true},
				func(_ chat.Message, err error) { done <- err })
			must(w.t, <-done)
		}
	}
}

// BenchmarkSessions is what GET Sessions costs for a hundred sessions of twenty
// lines each.
func BenchmarkSessions(b *testing.B) {
	w := newWorld(b)
	w.served(100, 20)
	token := w.token("root")
	call := boardtest.Call{Token: token, Path: "/api/v1/Sessions?limit=100"}
	b.ReportAllocs()
	for b.Loop() {
		w.Want(b, 200, call)
	}

}
