package chat_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/store"
)

func code(err error) string {
	if err == nil {
		return "ok"
	}
	var e *switchboard.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return err.Error()
}

// blockTry is something that one account does with another, and what comes of it
// when nobody blocks, when it blocks, when the other does, when both do.
type blockTry struct {
	name string
	do   func(me, other switchboard.Principal) string
	want [4]string
}

// blockedWords are the tries to reach somebody.
func (w *world) blockedWords() []blockTry {
	ctx := w.t.Context()
	return []blockTry{
		{"message", func(me, other switchboard.Principal) string {
			_, err := w.chat.Send(ctx, me, draft(me, "r", other.Bare().String(), chat.Chat, "x", "hello"))
			return code(err)
		}, [4]string{"ok", "blocked", "recipient-unavailable", "blocked"}},
		{"typing", func(me, other switchboard.Principal) string {
			d := draft(me, "r", other.Bare().String(), chat.Chat, "x", "")
			_, err := w.chat.Send(ctx, me, d)
			return code(err)
		}, [4]string{"ok", "blocked", "recipient-unavailable", "blocked"}},
		{"query", func(me, other switchboard.Principal) string {
			_, err := w.chat.Reach(ctx, me, other.Bare())
			return code(err)
		}, [4]string{"ok", "blocked", "recipient-unavailable", "blocked"}},
		{"subscription", func(me, other switchboard.Principal) string {
			return code(w.chat.Subscription(ctx, me, other.Bare(), chat.Subscribe, nil))
		}, [4]string{"ok", "blocked", "ok", "blocked"}}, // the other hears nothing
	}
}

// blockedSights are the tries to see somebody.
func (w *world) blockedSights() []blockTry {
	ctx := w.t.Context()
	return []blockTry{
		{"profile", func(me, other switchboard.Principal) string {
			_, err := w.chat.Person(ctx, me, other.Bare())
			return code(err)
		}, [4]string{"ok", "ok", "user-not-found", "user-not-found"}},
		{"last seen in the profile", func(me, other switchboard.Principal) string {
			who, _ := w.chat.Person(ctx, me, other.Bare())
			return fmt.Sprint(!who.LastSeen.IsZero())
		}, [4]string{"true", "false", "false", "false"}},
		{"last seen", func(me, other switchboard.Principal) string {
			_, err := w.chat.LastSeen(ctx, me, other.Bare())
			return code(err)
		}, [4]string{"ok", "blocked", "user-not-found", "user-not-found"}},
		{"presence", func(me, other switchboard.Principal) string {
			may, err := w.chat.MaySeePresence(ctx, me, other.Bare())
			return fmt.Sprint(may, code(err))
		}, [4]string{"trueok", "falseok", "falseok", "falseok"}},
		{"presence by name", func(me, other switchboard.Principal) string {
			me.Scopes = []switchboard.Scope{switchboard.ScopeChat}
			list, err := w.chat.Presence(ctx, me, []string{other.Localpart})
			return fmt.Sprint(err == nil && list[0].Known)
		}, [4]string{"true", "false", "false", "false"}},
		{"presence sent", func(me, other switchboard.Principal) string {
			list, err := w.chat.PresenceContacts(ctx, me)
			return fmt.Sprint(len(list), code(err))
		}, [4]string{"1ok", "0ok", "0ok", "0ok"}},
		{"search", func(me, other switchboard.Principal) string {
			page, err := w.chat.People(ctx, me, chat.PeopleQuery{Search: other.Localpart})
			return fmt.Sprint(page.Total, code(err))
		}, [4]string{"1ok", "1ok", "0ok", "0ok"}},
		{"contacts", func(me, other switchboard.Principal) string {
			page, err := w.chat.Contacts(ctx, me, chat.PeopleQuery{})
			return fmt.Sprint(page.Total, code(err))
		}, [4]string{"1ok", "1ok", "0ok", "0ok"}},
		{"block list", func(me, other switchboard.Principal) string {
			page, err := w.chat.BlockedPeople(ctx, me, chat.PeopleQuery{})
			name := ""
			if page.Total == 1 {
				name = page.People[0].Profile.Name
			}
			return fmt.Sprint(page.Total, name != "", code(err))
		}, [4]string{"0 false" + "ok", "1 true" + "ok", "0 false" + "ok", "1 false" + "ok"}},
		{"blocked by", func(me, other switchboard.Principal) string {
			page, err := w.chat.BlockedByPeople(ctx, me, chat.PeopleQuery{})
			return fmt.Sprint(page.Total, page.Total == 1 && page.People[0].Profile.Name != "", code(err))
		}, [4]string{"0 false" + "ok", "0 false" + "ok", "1 false" + "ok", "1 false" + "ok"}},
		{"name of the chat", func(me, other switchboard.Principal) string {
			page, err := w.chat.Recent(ctx, me, chat.RecentQuery{})
			return fmt.Sprint(err == nil && page.Chats[0].Name != "")
		}, [4]string{"true", "true", "false", "false"}},
		{"own history", func(me, other switchboard.Principal) string {
			page, err := w.chat.History(ctx, me, chat.HistoryQuery{With: other.Bare()})
			return fmt.Sprint(page.Total >= 2, code(err))
		}, [4]string{"true" + "ok", "true" + "ok", "true" + "ok", "true" + "ok"}},
		{"group", func(me, other switchboard.Principal) string {
			_, err := w.chat.CreateGroup(ctx, me, chat.NewGroup{Name: "g", Members: []switchboard.AccountID{other.Account}})
			return code(err)
		}, [4]string{"ok", "blocked", "recipient-unavailable", "blocked"}},
		{"report", func(me, other switchboard.Principal) string {
			_, err := w.chat.Report(ctx, me, chat.ReportDraft{About: other.Bare()})
			return code(err)
		}, [4]string{"ok", "ok", "ok", "ok"}}, // also of somebody who has fled behind a block
	}
}

// TestBlockMatrix tries everything that two accounts may do with each other, in
// every direction: nobody blocks, one does, the other does, both do.
func TestBlockMatrix(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob := w.user("alice"), w.user("bob")
		for _, p := range [][2]switchboard.Principal{{alice, bob}, {bob, alice}} {
			if err := errors.Join(w.chat.SetProfile(ctx, p[0], chat.Profile{Name: "Name of " + p[0].Localpart}),
				w.chat.Subscription(ctx, p[0], p[1].Bare(), chat.Subscribe, nil), w.chat.Subscription(ctx, p[1], p[0].Bare(), chat.Subscribed, nil)); err != nil {
				t.Fatal(err)
			}
			w.words(p[0], p[1].Bare().String(), chat.Chat, "m", "hello")
			w.chat.Seen(p[0])
		}
		tries := append(w.blockedWords(), w.blockedSights()...)
		w.until("both were seen", func() bool { return w.count("SELECT count(*) FROM accounts WHERE seen > 0") == 2 })
		try := func(case_ int, me, other switchboard.Principal) {
			t.Helper()
			for _, one := range tries {
				if got := one.do(me, other); got != one.want[case_] {
					t.Errorf("%s, %s to %s in case %d: %s, want %s", one.name, me.Localpart, other.Localpart, case_, got, one.want[case_])
				}
			}
		}
		block := func(me, other switchboard.Principal) {
			t.Helper()
			if err := w.chat.Block(ctx, me, other.Bare()); err != nil {
				t.Fatal(err)
			}
		}
		try(0, alice, bob)
		try(0, bob, alice)
		block(alice, bob)
		try(1, alice, bob)
		try(2, bob, alice)
		block(bob, alice)
		try(3, alice, bob)
		try(3, bob, alice)
		if err := w.chat.Unblock(ctx, alice); err != nil {
			t.Fatal(err)
		}
		try(2, alice, bob)
		try(1, bob, alice)
		if err := w.chat.Unblock(ctx, bob, alice.Bare()); err != nil {
			t.Fatal(err)
		}
		try(0, alice, bob)
		try(0, bob, alice)
	})
}

func TestNotices(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob, carol, stranger := w.user("alice"), w.user("bob"), w.user("carol"), w.user("stranger")
		root := w.account("root", switchboard.Operator)
		w.write(func(tx *store.Tx) error { return tx.SetAccountRole(root.Account, switchboard.Operator, true) })
		w.words(alice, "bob@example.org", chat.Chat, "1", "hello") // a chat, no roster
		w.words(alice, "carol@example.org", chat.Chat, "2", "hello")
		ears := map[string]*stream{"alice": w.connect(alice, "1"), "bob": w.connect(bob, "2"), "carol": w.connect(carol, "3"),
			"stranger": w.connect(stranger, "4"), "root": w.connect(root, "5")}
		w.run()
		heard := func(kind string, n int, names ...string) {
			t.Helper()
			for _, name := range names {
				w.until(name+" hears "+kind, func() bool { return len(ears[name].notices(kind)) == n })
			}
			for name, ear := range ears {
				expected := 0
				for _, one := range names {
					if one == name {
						expected = n
					}
				}
				if got := len(ear.notices(kind)); expected == 0 && got != 0 {
					t.Errorf("%s heard %d × %s", name, got, kind)
				}
			}
		}
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		check(w.chat.Block(ctx, carol, alice.Bare()))
		check(w.chat.Block(ctx, carol, alice.Bare())) // once more says nothing
		heard(chat.NoticeBlockedBy, 1, "alice")
		if n := ears["alice"].notices(chat.NoticeBlockedBy)[0]; n.JID != carol.Bare() {
			t.Errorf("blocked by %v", n)
		}
		check(w.chat.SetProfile(ctx, alice, chat.Profile{Name: "Alice", Status: "new", Image: "https://example.org/a.png"}))
		heard(chat.NoticeProfile, 1, "alice", "bob")
		if n := ears["bob"].notices(chat.NoticeProfile)[0]; n.JID != alice.Bare() || n.Fields["name"] != "Alice" || n.Fields["image"] != "https://example.org/a.png" {
			t.Errorf("profile: %+v", n)
		}
		check(w.chat.SetProfileOf(ctx, root, bob.Account, func(p *chat.Profile) { p.Name = "Bob" }))
		w.until("alice hears of bob", func() bool { return len(ears["alice"].notices(chat.NoticeProfile)) == 2 })
		check(w.chat.Unblock(ctx, carol))
		heard(chat.NoticeUnblockedBy, 1, "alice")

		enable := func(change string, disabled bool) {
			w.write(func(tx *store.Tx) error {
				tx.Append(&switchboard.Event{Tenant: alice.Tenant, Kind: switchboard.AccountChanged, Subject: int64(alice.Account),
					Payload: switchboard.Payload(map[string]string{"change": change})})
				return tx.SetAccountDisabled(alice.Account, disabled)
			})
		}
		enable("disabled", true)
		heard(chat.NoticeAdminBlocked, 1, "bob", "carol", "root")
		if who, err := w.chat.Person(ctx, bob, alice.Bare()); err != nil || !who.Blocked || who.Profile.Name != "Alice" {
			t.Errorf("a blocked account: %+v %v", who, err)
		}
		if page, err := w.chat.People(ctx, bob, chat.PeopleQuery{Search: "alice"}); err != nil || page.Total != 1 || !page.People[0].Blocked {
			t.Errorf("a blocked account in the search: %+v %v", page, err)
		}
		_, err := w.chat.Send(ctx, bob, draft(bob, "r", "alice@example.org", chat.Chat, "x", "x"))
		if code(err) != "recipient-unavailable" {
			t.Errorf("writing to a blocked account: %v", err)
		}
		_, err = w.chat.Send(ctx, alice, draft(alice, "r", "bob@example.org", chat.Chat, "x", "x"))
		if code(err) != "account-disabled" {
			t.Errorf("a blocked account writes: %v", err)
		}
		enable("enabled", false)
		heard(chat.NoticeAdminUnblocked, 1, "alice", "bob", "carol", "root")

		w.write(func(tx *store.Tx) error {
			tx.Append(&switchboard.Event{Tenant: bob.Tenant, Kind: switchboard.DeviceAdded, Subject: int64(bob.Account),
				Payload: switchboard.Payload(map[string]any{"device": 7, "type": "web"})})
			return nil
		})
		heard(chat.NoticeDeviceAdded, 1, "bob")
		if n := ears["bob"].notices(chat.NoticeDeviceAdded)[0]; n.Fields["type"] != "web" || n.Fields["device"] != "7" {
			t.Errorf("device: %+v", n)
		}
	})
}

// settings changes the tenant's settings as the room auth does.
func (w *world) settings(settings map[string]string) {
	w.t.Helper()
	w.tenant.Settings = settings
	w.write(func(tx *store.Tx) error {
		tx.Append(&switchboard.Event{Tenant: w.tenant.ID, Kind: switchboard.TenantChanged, Subject: int64(w.tenant.ID)})
		return tx.UpdateTenant(w.tenant)
	})
}

func TestFeatures(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob := w.user("alice"), w.user("bob")
		g, err := w.chat.CreateGroup(ctx, alice, chat.NewGroup{Name: "g", Members: []switchboard.AccountID{bob.Account}})
		if err != nil {
			t.Fatal(err)
		}
		w.words(alice, g.JID.String(), chat.Groupchat, "1", "hello")
		if all, err := w.chat.Features(ctx, alice); err != nil || len(all) != len(switchboard.Features()) || !all[switchboard.FeatureBlock] {
			t.Fatalf("%v %v", all, err)
		}
		ear := w.connect(bob, "phone")
		w.run()
		w.settings(map[string]string{switchboard.FeatureSetting(switchboard.FeatureBlock): "off",
			switchboard.FeatureSetting(switchboard.FeatureReport): "off", switchboard.FeatureSetting(switchboard.FeatureGroupChat): "off",
			switchboard.FeatureSetting(switchboard.FeatureAttachment): "off", switchboard.FeatureSetting(switchboard.FeatureOneToOneCall): "off",
			switchboard.FeatureSetting(switchboard.FeatureGroupCall): "off"})
		w.until("streams hear of it", func() bool { return len(ear.notices(chat.NoticeFeatures)) > 0 })
		if n := ear.notices(chat.NoticeFeatures)[0]; n.Fields[string(switchboard.FeatureBlock)] != "false" || n.Fields[string(switchboard.FeatureStarMessage)] != "true" {
			t.Errorf("features: %+v", n)
		}
		_, errGroup := w.chat.CreateGroup(ctx, alice, chat.NewGroup{Name: "h"})
		_, errSend := w.chat.Send(ctx, alice, draft(alice, "r", g.JID.String(), chat.Groupchat, "2", "hello"))
		_, errReport := w.chat.Report(ctx, alice, chat.ReportDraft{About: bob.Bare()})
		_, errCall := w.chat.CreateCallRoom(ctx, alice)
		for name, err := range map[string]error{"block": w.chat.Block(ctx, alice, bob.Bare()), "unblock": w.chat.Unblock(ctx, alice, bob.Bare()),
			"group": errGroup, "message to a group": errSend, "report": errReport, "call": errCall,
			"picture": w.chat.Feature(ctx, alice, switchboard.FeatureImageAttachment)} {
			if code(err) != "feature-off" || switchboard.KindOf(err) != switchboard.Forbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.settings(nil)
		w.until("it is on again", func() bool {
			_, err := w.chat.Send(ctx, alice, draft(alice, "r", g.JID.String(), chat.Groupchat, "3", "hello"))
			return err == nil
		})
		if err := w.chat.Block(ctx, alice, bob.Bare()); err != nil {
			t.Error(err)
		}
	})
}

func TestReportsAndFeedback(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob := w.user("alice"), w.user("bob")
		visitor := w.account("visitor", switchboard.Visitor)
		plain := alice
		plain.Scopes = []switchboard.Scope{switchboard.ScopeChat}
		six := make([]chat.ReportedMessage, 6)
		for want, d := range map[string]chat.ReportDraft{
			"report-self": {About: alice.Bare()}, "user-not-found": {About: jid("nobody@example.org")},
			"too-many-messages": {About: bob.Bare(), Messages: six}, "group-not-found": {About: jid("x@mix.example.org")},
			"report-message-invalid": {About: bob.Bare(), Messages: []chat.ReportedMessage{{Text: "\x00"}}},
			"chat-type-invalid":      {About: bob.Bare(), ChatType: "video"},
		} {
			if _, err := w.chat.Report(ctx, plain, d); code(err) != want {
				t.Errorf("%v: %v, want %s", d, err, want)
			}
		}
		if _, err := w.chat.Report(ctx, plain, chat.ReportDraft{About: visitor.Bare()}); code(err) != "user-not-found" {
			t.Errorf("a visitor is reported: %v", err)
		}
		at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		id, err := w.chat.Report(ctx, plain, chat.ReportDraft{About: bob.Bare(),
			Messages: []chat.ReportedMessage{{ID: "1", Text: "<script>", Type: "text", Time: at, Publisher: "bob@example.org"}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.chat.Reports(ctx, plain, chat.ReportQuery{}); code(err) != "scope-missing" {
			t.Errorf("reports for everybody: %v", err)
		}
		list, total, err := w.chat.Reports(ctx, bob, chat.ReportQuery{State: chat.ReportOpen})
		if err != nil || total != 1 || list[0].Reporter.JID != alice.Bare() || list[0].AboutAccount != bob.Account ||
			list[0].Messages[0].Text != "<script>" || !list[0].Messages[0].Time.Equal(at) || list[0].ChatType != chat.Chat {
			t.Fatalf("%+v %d %v", list, total, err)
		}
		if _, err := w.chat.HandleReport(ctx, bob, id, "lost", ""); code(err) != "report-state" {
			t.Errorf("%v", err)
		}
		if _, err := w.chat.HandleReport(ctx, bob, id+1, chat.ReportResolved, ""); code(err) != "report-not-found" {
			t.Errorf("%v", err)
		}
		r, err := w.chat.HandleReport(ctx, bob, id, chat.ReportResolved, "talked to him")
		if err != nil || r.State != chat.ReportResolved || r.Handler.JID != bob.Bare() || r.Note != "talked to him" || r.Handled.IsZero() {
			t.Errorf("%+v %v", r, err)
		}
		if _, total, _ := w.chat.Reports(ctx, bob, chat.ReportQuery{State: chat.ReportOpen}); total != 0 {
			t.Errorf("%d open", total)
		}
		if err := w.chat.GiveFeedback(ctx, plain, "", "x"); code(err) != "title-invalid" {
			t.Errorf("%v", err)
		}
		for i := range 101 {
			err := w.chat.GiveFeedback(ctx, plain, "title", fmt.Sprint(i))
			if i < 100 && err != nil || i == 100 && code(err) != "too-much-feedback" {
				t.Fatalf("%d: %v", i, err)
			}
		}
		entries, n, err := w.chat.Feedback(ctx, bob, 2, 1)
		if err != nil || n != 100 || len(entries) != 2 || entries[0].Text != "98" || entries[0].From.JID != alice.Bare() || entries[0].Kind != "feedback" {
			t.Errorf("%+v %d %v", entries, n, err)
		}
	})
}

func TestModeratedGroup(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob := w.user("alice"), w.user("bob")
		root := w.account("root", switchboard.Operator)
		root.Admin = true
		w.write(func(tx *store.Tx) error { return tx.SetAccountRole(root.Account, switchboard.Operator, true) })
		g, err := w.chat.CreateGroup(ctx, alice, chat.NewGroup{Name: "g", Members: []switchboard.AccountID{bob.Account}})
		if err != nil {
			t.Fatal(err)
		}
		ear, boss := w.connect(bob, "phone"), w.connect(root, "desk")
		if err := w.chat.ModerateGroup(ctx, alice, g.JID, true); code(err) != "administrator-only" {
			t.Errorf("anybody moderates: %v", err)
		}
		if err := w.chat.ModerateGroup(ctx, root, jid("x@mix.example.org"), true); code(err) != "group-not-found" {
			t.Errorf("%v", err)
		}
		for range 2 { // the second changes nothing
			if err := w.chat.ModerateGroup(ctx, root, g.JID, true); err != nil {
				t.Fatal(err)
			}
		}
		_, err = w.chat.Send(ctx, alice, draft(alice, "r", g.JID.String(), chat.Groupchat, "1", "hello"))
		if code(err) != "group-blocked" {
			t.Errorf("a blocked group takes a message: %v", err)
		}
		if seen, err := w.chat.GroupByJID(ctx, bob, g.JID); err != nil || !seen.Blocked {
			t.Errorf("%+v %v", seen, err)
		}
		if err := w.chat.ModerateGroup(ctx, root, g.JID, false); err != nil {
			t.Fatal(err)
		}
		w.words(alice, g.JID.String(), chat.Groupchat, "2", "hello")
		for name, s := range map[string]*stream{"member": ear, "administrator": boss} {
			if b, u := s.notices(chat.NoticeAdminBlocked), s.notices(chat.NoticeAdminUnblocked); len(b) != 1 || len(u) != 1 || b[0].JID != g.JID {
				t.Errorf("the %s heard %v %v", name, b, u)
			}
		}
		if n := w.count("SELECT count(*) FROM ledger WHERE kind = 'group.moderated'"); n != 2 {
			t.Errorf("%d facts", n)
		}
	})
}

func TestCallsAndPushTokens(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob := w.user("alice"), w.user("bob")
		room, err := w.chat.CreateCallRoom(ctx, alice)
		if err != nil || len(room.Link) != 12 || room.Link[3] != '-' || room.Link[8] != '-' || room.ID == "" {
			t.Fatalf("%+v %v", room, err)
		}
		w.write(func(tx *store.Tx) error {
			for i := range 12 {
				called := tx.Now().Add(time.Duration(i) * time.Minute)
				if err := tx.InsertCallLog(store.CallLog{Account: alice.Account, Room: fmt.Sprint(i), Caller: "bob", Callee: "alice", Media: "audio", Called: called}); err != nil {
					return err
				}
			}
			return nil
		})
		page, err := w.chat.CallLogs(ctx, alice, time.Time{}, 2, 0)
		if err != nil || page.Total != 12 || page.Pages != 2 || len(page.Calls) != 2 || page.Calls[1].Room != "0" {
			t.Errorf("%+v %v", page, err)
		}
		if page, err := w.chat.CallLogs(ctx, bob, time.Time{}, 1, 10); err != nil || page.Total != 0 {
			t.Errorf("%+v %v", page, err)
		}
		plain := bob
		plain.Scopes = []switchboard.Scope{switchboard.ScopeChat}
		token := chat.PushToken{DeviceType: "ios", Token: "t", VoIP: "v", Sandbox: true}
		if err := w.chat.SetPushToken(ctx, plain, alice.Account, token); code(err) != "scope-missing" {
			t.Errorf("a token for somebody else: %v", err)
		}
		boss := w.account("boss", switchboard.Operator)
		w.write(func(tx *store.Tx) error { return tx.SetAccountRole(boss.Account, switchboard.Operator, true) })
		if err := w.chat.SetPushToken(ctx, bob, boss.Account, token); code(err) != "administrator-only" { // who manages users hears nothing of administrators
			t.Errorf("a token for an administrator: %v", err)
		}
		if err := errors.Join(w.chat.SetPushToken(ctx, bob, alice.Account, token), w.chat.SetPushToken(ctx, alice, alice.Account, token)); err != nil {
			t.Fatal(err)
		}
		if n := w.count("SELECT count(*) FROM push_tokens WHERE voip = 'v' AND mode = 1"); n != 1 {
			t.Errorf("%d tokens", n)
		}
		if err := w.chat.SetPushToken(ctx, alice, alice.Account, chat.PushToken{DeviceType: "ios"}); err != nil {
			t.Fatal(err)
		}
		if n := w.count("SELECT count(*) FROM push_tokens"); n != 0 {
			t.Errorf("%d tokens", n)
		}
	})
}
