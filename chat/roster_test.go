package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"switchboard"
	"switchboard/bus"
	"switchboard/chat"
)

// heard writes down what an account's streams were told, and forgets it.
func (s *stream) heard() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, sig := range s.signals {
		switch v := sig.Value.(type) {
		case *chat.RosterPush:
			text := v.Item.JID.Local + ":" + v.Item.Subscription
			if v.Item.Ask {
				text += "+ask"
			}
			if v.Item.Approved {
				text += "+approved"
			}
			all = append(all, text)
		case *chat.SubscriptionPresence:
			all = append(all, v.From.Local+" "+v.Type)
		case *chat.PresenceOrder:
			text := "show "
			if v.Unavailable {
				text = "hide "
			}
			all = append(all, text+v.To.Local)
		case *chat.BlockPush:
			all = append(all, fmt.Sprint("blocked ", v.Blocked, " ", len(v.JIDs)))
		}
	}
	s.signals = nil
	return strings.Join(all, ", ")
}

func TestSubscriptions(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob := w.user("alice"), w.user("bob")
		a, b := w.connect(alice, "a"), w.connect(bob, "b")
		step := func(p switchboard.Principal, kind, wantA, wantB string) {
			t.Helper()
			to := bob.Bare()
			if p.Account == bob.Account {
				to = alice.Bare()
			}
			var err error
			if kind == "remove" {
				err = w.chat.RemoveRosterItem(ctx, p, to)
			} else {
				err = w.chat.Subscription(ctx, p, to, kind, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			if gotA, gotB := a.heard(), b.heard(); gotA != wantA || gotB != wantB {
				t.Errorf("%s: %s:\n alice heard %q, want %q\n bob heard %q, want %q", p.Localpart, kind, gotA, wantA, gotB, wantB)
			}
		}
		step(alice, chat.Subscribe, "bob:none+ask", "alice subscribe")
		step(alice, chat.Subscribe, "", "") // once is enough
		if pending, err := w.chat.PendingRequests(ctx, bob); err != nil || len(pending) != 1 || pending[0].From != alice.Bare() ||
			string(pending[0].Stanza) != "<presence from='alice@example.org' to='bob@example.org' type='subscribe'/>" {
			t.Errorf("%+v, %v", pending, err)
		}
		step(bob, chat.Subscribed, "bob:to, bob subscribed", "alice:from, show alice")
		step(bob, chat.Subscribe, "bob subscribe", "alice:from+ask")
		step(alice, chat.Subscribed, "bob:both, show bob", "alice:both, alice subscribed")
		if pending, err := w.chat.PendingRequests(ctx, bob); err != nil || len(pending) != 0 {
			t.Errorf("%+v, %v", pending, err)
		}
		contacts, err := w.chat.PresenceContacts(ctx, alice)
		if err != nil || len(contacts) != 1 || contacts[0] != (chat.Contact{JID: bob.Bare(), Account: bob.Account, From: true, To: true}) {
			t.Errorf("%+v, %v", contacts, err)
		}
		step(alice, chat.Unsubscribe, "bob:from", "alice:to, alice unsubscribe, hide alice")
		step(alice, chat.Unsubscribed, "bob:none, hide bob", "alice:none, alice unsubscribed")
		// Pre-approval (RFC 6121 §3.4).
		step(bob, chat.Subscribed, "", "alice:none+approved")
		step(alice, chat.Subscribe, "bob:none+ask, bob:to, bob subscribed", "alice:from+approved, show alice")
		step(bob, chat.Unsubscribed, "bob:none, bob unsubscribed", "alice:none, hide alice")
		// Removal ends both (RFC 6121 §2.5).
		step(alice, chat.Subscribe, "bob:none+ask", "alice subscribe")
		step(bob, chat.Subscribed, "bob:to, bob subscribed", "alice:from, show alice")
		step(alice, "remove", "bob:remove", "alice:none, alice unsubscribe, hide alice")
		wantCode(t, w.chat.RemoveRosterItem(ctx, alice, bob.Bare()), switchboard.NotFound, "contact-not-found")
	})
}

func TestRosterDeltas(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice := w.user("alice")
		set := func(name string, groups ...string) {
			t.Helper()
			if err := w.chat.SetRosterItem(ctx, alice, chat.RosterItem{JID: jid(name + "@example.com"), Name: name, Groups: groups}); err != nil {
				t.Fatal(err)
			}
		}
		read := func(since *switchboard.Revision) (chat.Roster, string) {
			t.Helper()
			r, err := w.chat.Roster(ctx, alice, since)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, item := range r.Items {
				all = append(all, item.JID.Local+":"+item.Name+":"+item.Subscription+":"+strings.Join(item.Groups, "/"))
			}
			return r, strings.Join(all, " ")
		}
		if r, _ := read(nil); !r.Full || r.Revision != 0 || len(r.Items) != 0 {
			t.Errorf("an empty roster: %+v", r)
		}
		set("a")
		set("b", "friends", "co'<workers>")
		first, text := read(nil)
		if text != "a:a:none: b:b:none:friends/co'<workers>" || !first.Full || first.Revision != 2 {
			t.Errorf("%q, %+v", text, first)
		}
		if r, text := read(&first.Revision); text != "" || r.Full || r.Revision != first.Revision {
			t.Errorf("nothing has changed: %q, %+v", text, r)
		}
		set("a", "x")
		set("c")
		if err := w.chat.RemoveRosterItem(ctx, alice, jid("b@example.com")); err != nil {
			t.Fatal(err)
		}
		if r, text := read(&first.Revision); text != "a:a:none:x c:c:none: b::remove:" || r.Full || r.Revision != 5 {
			t.Errorf("deltas: %q, %+v", text, r)
		}
		future := switchboard.Revision(99)
		if r, text := read(&future); text != "a:a:none:x c:c:none:" || !r.Full {
			t.Errorf("an unknown revision: %q, %+v", text, r)
		}
	})
}

func TestRosterRefusals(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, guest := w.user("alice"), w.account("guest", switchboard.Visitor)
		for code, item := range map[string]chat.RosterItem{
			"contact-self":           {JID: alice.Bare()},
			"contact-name-invalid":   {JID: jid("x@y"), Name: strings.Repeat("x", 1024)},
			"roster-group-empty":     {JID: jid("x@y"), Groups: []string{""}},
			"roster-group-twice":     {JID: jid("x@y"), Groups: []string{"a", "a"}},
			"too-many-roster-groups": {JID: jid("x@y"), Groups: slices.Repeat([]string{"a"}, 65)},
		} {
			if err := w.chat.SetRosterItem(ctx, alice, item); switchboard.AsError(err).Code != code {
				t.Errorf("%v, want %s", err, code)
			}
		}
		wantCode(t, w.chat.Subscription(ctx, guest, alice.Bare(), chat.Subscribe, nil), switchboard.Forbidden, "visitor-not-allowed")
		wantCode(t, w.chat.Subscription(ctx, alice, jid("x@y"), chat.Subscribe, nil), switchboard.NotFound, "remote-server-not-found")
		wantCode(t, w.chat.Subscription(ctx, alice, jid("x@example.org"), "probe", nil), switchboard.Invalid, "subscription-kind")
		if err := w.chat.Subscription(ctx, alice, jid("nobody@example.org"), chat.Subscribe, nil); err != nil { // it stays pending
			t.Error(err)
		}
	})
}

func TestBlocking(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob := w.user("alice"), w.user("bob")
		for _, p := range [][2]switchboard.Principal{{alice, bob}, {bob, alice}} {
			for i, kind := range []string{chat.Subscribe, chat.Subscribed} {
				if err := w.chat.Subscription(ctx, p[i], p[1-i].Bare(), kind, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		a, b := w.connect(alice, "a"), w.connect(bob, "b")
		if err := w.chat.Block(ctx, alice, bob.Bare(), jid("x@y")); err != nil {
			t.Fatal(err)
		}
		if gotA, gotB := a.heard(), b.heard(); gotA != "blocked true 2, hide bob" || gotB != "hide alice" {
			t.Errorf("heard %q, %q", gotA, gotB)
		}
		list, err := w.chat.Blocked(ctx, alice)
		if err != nil || !slices.Equal(list, []switchboard.JID{bob.Bare(), jid("x@y")}) {
			t.Errorf("%v, %v", list, err)
		}
		by, err := w.chat.BlockedBy(ctx, bob)
		if err != nil || !slices.Equal(by, []switchboard.JID{alice.Bare()}) {
			t.Errorf("%v, %v", by, err)
		}
		for _, p := range [][2]switchboard.Principal{{alice, bob}, {bob, alice}} {
			if is, err := w.chat.Blocks(ctx, p[0], p[1].Bare()); err != nil || !is {
				t.Errorf("%s does not know of the block: %v", p[0].Localpart, err)
			}
			if c, err := w.chat.PresenceContacts(ctx, p[0]); err != nil || len(c) != 0 {
				t.Errorf("%s has contacts %v, %v", p[0].Localpart, c, err)
			}
			if may, err := w.chat.MaySeePresence(ctx, p[0], p[1].Bare()); err != nil || may {
				t.Errorf("%s sees the other's presence: %v", p[0].Localpart, err)
			}
		}
		_, err = w.chat.Person(ctx, bob, alice.Bare())
		wantCode(t, err, switchboard.NotFound, "user-not-found")
		_, err = w.chat.LastSeen(ctx, bob, alice.Bare())
		wantCode(t, err, switchboard.NotFound, "user-not-found")
		_, err = w.chat.Reach(ctx, bob, alice.Bare())
		wantCode(t, err, switchboard.NotFound, "recipient-unavailable")
		_, err = w.chat.Reach(ctx, alice, bob.Bare())
		wantCode(t, err, switchboard.NotAllowed, "blocked")
		if people, err := w.chat.People(ctx, bob, chat.PeopleQuery{}); err != nil || people.Total != 1 {
			t.Errorf("%+v, %v", people, err)
		}
		wantCode(t, w.chat.Block(ctx, alice, alice.Bare()), switchboard.Invalid, "block-self")
		wantCode(t, w.chat.Block(ctx, alice), switchboard.Invalid, "address-missing")
		if err := w.chat.Unblock(ctx, alice); err != nil {
			t.Fatal(err)
		}
		if gotA, gotB := a.heard(), b.heard(); gotA != "blocked false 0, show bob" || gotB != "show alice" {
			t.Errorf("heard %q, %q", gotA, gotB)
		}
		if id, err := w.chat.Reach(ctx, bob, alice.Bare()); err != nil || id != alice.Account {
			t.Errorf("%d, %v", id, err)
		}
		// A resource, a host.
		if err := w.chat.Block(ctx, alice, jid("bob@example.org/bad")); err != nil {
			t.Fatal(err)
		}
		w.send(bob, draft(bob, "good", "alice@example.org", chat.Chat, "1", "x"))
		_, err = w.chat.Send(ctx, bob, draft(bob, "bad", "alice@example.org", chat.Chat, "2", "x"))
		wantCode(t, err, switchboard.NotFound, "recipient-unavailable")
	})
}

func TestProfile(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob, guest := w.user("alice"), w.user("bob"), w.account("guest", switchboard.Visitor)
		p := chat.Profile{Name: "'; DROP TABLE accounts; -- <b>😀</b>", Email: "a@b", Metadata: map[string]string{"team": "red"}}
		if err := w.chat.SetProfile(ctx, alice, p); err != nil {
			t.Fatal(err)
		}
		person, err := w.chat.Person(ctx, bob, alice.Bare())
		if err != nil || person.Profile.Name != p.Name || person.Profile.Metadata["team"] != "red" || person.Account != alice.Account {
			t.Errorf("%+v, %v", person, err)
		}
		for _, bad := range []chat.Profile{{Name: strings.Repeat("x", 300)}, {Name: "\x00"}, {Email: strings.Repeat("x", 300)},
			{Metadata: map[string]string{"1": "", "2": "", "3": "", "4": ""}}} {
			if err := w.chat.SetProfile(ctx, alice, bad); switchboard.KindOf(err) != switchboard.Invalid {
				t.Errorf("%+v: %v", bad, err)
			}
		}
		for q, want := range map[*chat.PeopleQuery]int{{}: 2, {Search: "ali"}: 1, {MetadataKey: "team"}: 1,
			{MetadataKey: "team", MetadataValues: []string{"blue"}}: 0, {Kind: switchboard.Visitor}: 1, {Search: "%"}: 0, {Size: 1, Page: 2}: 2} {
			if people, err := w.chat.People(ctx, alice, *q); err != nil || people.Total != want {
				t.Errorf("%+v: %d, %v", q, people.Total, err)
			}
		}
		_, err = w.chat.People(ctx, guest, chat.PeopleQuery{})
		wantCode(t, err, switchboard.Forbidden, "visitor-not-allowed")
		_, err = w.chat.Person(ctx, bob, guest.Bare())
		wantCode(t, err, switchboard.NotFound, "user-not-found")
		_, err = w.chat.Person(ctx, bob, jid("nobody@example.org"))
		wantCode(t, err, switchboard.NotFound, "user-not-found")

		s := w.connect(alice, "a")
		if at, err := w.chat.LastSeen(ctx, bob, alice.Bare()); err != nil || !at.IsZero() {
			t.Errorf("%v, %v", at, err)
		}
		s.cancel()
		w.chat.Seen(alice)
		w.write(nothing)
		if at, err := w.chat.LastSeen(ctx, bob, alice.Bare()); err != nil || !at.Equal(fixedTime) {
			t.Errorf("%v, %v", at, err)
		}
	})
}

// TestCacheFollowsTheLedger disables an account behind chat's back.
func TestCacheFollowsTheLedger(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		alice, bob := w.user("alice"), w.user("bob")
		w.connect(bob, "b")
		w.send(alice, draft(alice, "", "bob@example.org", chat.Chat, "1", "x"))
		go w.chat.Run(t.Context())
		ctx := t.Context()
		w.write(func(tx *storeTx) error {
			tx.Append(&switchboard.Event{Tenant: w.tenant.ID, Kind: switchboard.AccountChanged, Subject: int64(bob.Account)})
			return tx.SetAccountDisabled(bob.Account, true)
		})
		for ctx.Err() == nil {
			if _, err := w.chat.Send(ctx, alice, draft(alice, "", "bob@example.org", chat.Chat, "2", "")); err != nil {
				wantCode(t, err, switchboard.NotFound, "recipient-unavailable")
				return
			}
		}
		t.Error("the account is still reached")
	})
}

func TestCacheFollowsOtherNodes(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob := w.user("alice"), w.user("bob")
		other := chat.New(chat.Options{DB: w.db, Bus: w.bus}) // stands for another node
		w.send(alice, draft(alice, "", "bob@example.org", chat.Chat, "1", "x"))
		if err := other.Block(ctx, bob, alice.Bare()); err != nil {
			t.Fatal(err)
		}
		_, err := w.chat.Send(ctx, alice, draft(alice, "", "bob@example.org", chat.Chat, "1", "x"))
		wantCode(t, err, switchboard.NotFound, "recipient-unavailable")
		if err := other.Unblock(ctx, bob, alice.Bare()); err != nil {
			t.Fatal(err)
		}
		w.send(alice, draft(alice, "", "bob@example.org", chat.Chat, "2", "x"))
		w.bus.Signal(bus.Signal{Topic: bus.Tenant(w.tenant.ID), Kind: "unknown"}, nil)
	})
}
