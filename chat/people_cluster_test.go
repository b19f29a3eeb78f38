package chat_test

import (
	"testing"
	"time"

	"switchboard"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/store"
)

// TestTwoNodesAgreeOnPeople: what is decided on one node holds on the other.
func TestTwoNodesAgreeOnPeople(t *testing.T) {
	server, err := bus.Embedded(bus.EmbeddedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	there := *w
	w.node(server.URL(), "a")
	there.node(server.URL(), "b")
	ctx := t.Context()
	alice, bob, root := w.user("alice"), w.user("bob"), w.account("root", switchboard.Operator)
	root.Admin = true
	w.write(func(tx *store.Tx) error { return tx.SetAccountSeen(bob.Account, tx.Now()) })
	g, err := w.chat.CreateGroup(ctx, alice, chat.NewGroup{Name: "g", Members: []switchboard.AccountID{bob.Account}})
	if err != nil {
		t.Fatal(err)
	}
	phone := there.connect(bob, "phone")
	settled(t, w, bob.Account, phone)
	here := there.bus.Subscribe(bus.Account(bob.Account), func(s bus.Signal) bool { return s.Kind == chat.KindHere })
	defer here()
	w.run()
	there.run()

	if at, err := w.chat.LastSeen(ctx, alice, bob.Bare()); err != nil || !at.IsZero() {
		t.Errorf("who is connected to the other node was last seen %v %v", at, err)
	}
	if list, err := w.chat.Presence(ctx, root, []string{"bob", "alice", "nobody", "\x00"}); err != nil || !list[0].Online || !list[1].Known || list[1].Online || list[2].Known || list[3].Known {
		t.Errorf("%+v %v", list, err)
	}
	refused := func(node *world, p switchboard.Principal, to switchboard.JID, kind, want string) {
		t.Helper()
		w.until(want, func() bool {
			_, err := node.chat.Send(ctx, p, draft(p, "r", to.String(), kind, "x", "x"))
			return code(err) == want
		})
	}
	refused(&there, bob, alice.Bare(), chat.Chat, "ok")
	if err := w.chat.Block(ctx, alice, bob.Bare()); err != nil {
		t.Fatal(err)
	}
	refused(&there, bob, alice.Bare(), chat.Chat, "recipient-unavailable")
	w.until("he hears of it there", func() bool { return len(phone.notices(chat.NoticeBlockedBy)) == 1 })
	if err := w.chat.ModerateGroup(ctx, root, g.JID, true); err != nil {
		t.Fatal(err)
	}
	refused(&there, bob, g.JID, chat.Groupchat, "group-blocked")
	if err := there.chat.ModerateGroup(ctx, root, g.JID, false); err != nil {
		t.Fatal(err)
	}
	refused(w, alice, g.JID, chat.Groupchat, "ok")
	w.settings(map[string]string{switchboard.FeatureSetting(switchboard.FeatureGroupChat): "off"})
	refused(w, alice, g.JID, chat.Groupchat, "feature-off")
	refused(&there, bob, g.JID, chat.Groupchat, "feature-off")
	w.until("he hears of the features there", func() bool { return len(phone.notices(chat.NoticeFeatures)) > 0 })
	w.delete(alice, time.Hour)
	refused(w, alice, alice.Bare(), chat.Chat, "account-disabled")
	refused(&there, alice, alice.Bare(), chat.Chat, "account-disabled")
}
