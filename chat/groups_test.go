package chat_test

import (
	"strings"
	"testing"

	"switchboard"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/store"
)

func (w *world) group(owner switchboard.Principal, members ...switchboard.Principal) chat.Group {
	w.t.Helper()
	n := chat.NewGroup{Name: "Team"}
	for _, m := range members {
		n.Members = append(n.Members, m.Account)
	}
	g, err := w.chat.CreateGroup(w.t.Context(), owner, n)
	if err != nil {
		w.t.Fatal(err)
	}
	return g
}

func TestGroup(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob, carol := w.user("alice"), w.user("bob"), w.user("carol")
		s := w.connect(bob, "phone")
		g := w.group(alice, bob)
		if g.JID.Domain != "mix.example.org" || len(g.JID.Local) != 16 || len(s.signals) != 1 {
			t.Errorf("%+v, %d signals", g, len(s.signals))
		}
		a := w.connect(alice, "laptop")
		m := w.send(alice, draft(alice, "laptop", g.JID.String(), chat.Groupchat, "1", "hello"))
		want := "<message from='" + g.JID.String() + "/alice' type='groupchat' id='1'><body>hello</body></message>"
		for _, s := range []*stream{a, s} { // the sender hears it too, on every stream
			d := s.deliveries(t, 1)[0]
			if string(d.Message.Stanza) != want || d.Carbon != chat.Direct || d.Message.StanzaID != m.StanzaID || d.Message.Group != g.ID {
				t.Errorf("%s got %s", s.resource, d.Message.Stanza)
			}
		}
		w.send(bob, draft(bob, "phone", g.JID.String(), chat.Groupchat, "typing", "")) // not stored
		a.deliveries(t, 2)

		_, err := w.chat.Send(ctx, carol, draft(carol, "", g.JID.String(), chat.Groupchat, "x", "x"))
		wantCode(t, err, switchboard.NotFound, "group-not-found")
		_, err = w.chat.Send(ctx, bob, draft(bob, "", g.JID.String(), chat.Chat, "x", "x"))
		wantCode(t, err, switchboard.Invalid, "groupchat-expected")
		_, err = w.chat.Send(ctx, bob, draft(bob, "", g.JID.String()+"/alice", chat.Groupchat, "x", "x"))
		wantCode(t, err, switchboard.NotFound, "recipient-unavailable")
		_, err = w.chat.Archive(ctx, carol, chat.ArchiveQuery{Of: g.JID})
		wantCode(t, err, switchboard.NotFound, "group-not-found")
		wantCode(t, w.chat.AddMember(ctx, bob, g.JID, carol.Bare()), switchboard.Forbidden, "not-the-owner")

		if err := w.chat.AddMember(ctx, alice, g.JID, carol.Bare()); err != nil {
			t.Fatal(err)
		}
		w.send(carol, draft(carol, "", g.JID.String(), chat.Groupchat, "2", "hi"))
		if _, err := w.chat.Notice(ctx, g.ID, []byte("<x xmlns='urn:x'/>")); err != nil {
			t.Fatal(err)
		}
		page, err := w.chat.Archive(ctx, carol, chat.ArchiveQuery{Of: g.JID}) // also what was before her
		if err != nil || len(page.Messages) != 3 || page.Messages[2].From != g.JID || page.Messages[2].Number != 3 {
			t.Errorf("%+v, %v", page.Messages, err)
		}
		for with, n := range map[switchboard.JID]int{g.JID: 1, jid(g.JID.String() + "/carol"): 1, jid("alice@example.org"): 1} {
			if page, err := w.chat.Archive(ctx, bob, chat.ArchiveQuery{Of: g.JID, With: with}); err != nil || len(page.Messages) != n {
				t.Errorf("with %s: %d messages, %v", with, len(page.Messages), err)
			}
		}
		recent, err := w.chat.Recent(ctx, bob, chat.RecentQuery{})
		if err != nil || len(recent.Chats) != 1 || recent.Chats[0].Name != "Team" || recent.Chats[0].Unread != 2 {
			t.Errorf("%+v, %v", recent, err)
		}
		if err := w.chat.MarkDisplayed(ctx, bob, g.JID, "1"); err != nil {
			t.Fatal(err)
		}
		if n, err := w.chat.Unread(ctx, bob); err != nil || n != 1 {
			t.Errorf("%d unread, %v", n, err)
		}
		members, err := w.chat.Members(ctx, bob, g.JID)
		if err != nil || len(members) != 3 || members[0].JID != alice.Bare() || members[0].Role != chat.Owner || members[2].Role != chat.Participant {
			t.Errorf("%+v, %v", members, err)
		}

		if err := w.chat.RemoveMember(ctx, carol, g.JID, carol.Bare()); err != nil { // she leaves
			t.Fatal(err)
		}
		wantCode(t, w.chat.RemoveMember(ctx, bob, g.JID, alice.Bare()), switchboard.Forbidden, "not-the-owner")
		wantCode(t, w.chat.RemoveMember(ctx, alice, g.JID, carol.Bare()), switchboard.NotFound, "member-not-found")
		_, err = w.chat.Send(ctx, carol, draft(carol, "", g.JID.String(), chat.Groupchat, "x", "x"))
		wantCode(t, err, switchboard.NotFound, "group-not-found")
		if groups, err := w.chat.Groups(ctx, carol); err != nil || len(groups) != 0 {
			t.Errorf("%v, %v", groups, err)
		}
		if left, err := w.chat.Offline(ctx, carol, 0, 10); err != nil || len(left) != 0 {
			t.Errorf("group messages wait offline: %v, %v", left, err)
		}
	})
}

func TestCreateGroupRefusals(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob, guest := w.user("alice"), w.user("bob"), w.account("guest", switchboard.Visitor)
		_, err := w.chat.CreateGroup(ctx, guest, chat.NewGroup{})
		wantCode(t, err, switchboard.Forbidden, "visitor-not-allowed")
		_, err = w.chat.CreateGroup(ctx, alice, chat.NewGroup{Name: strings.Repeat("x", 256)})
		wantCode(t, err, switchboard.Invalid, "group-name-invalid")
		_, err = w.chat.CreateGroup(ctx, alice, chat.NewGroup{Members: []switchboard.AccountID{99}})
		wantCode(t, err, switchboard.NotFound, "recipient-unavailable")
		_, err = w.chat.CreateGroup(ctx, alice, chat.NewGroup{Members: make([]switchboard.AccountID, 1000)})
		wantCode(t, err, switchboard.NotFound, "recipient-unavailable")
		if err := w.chat.Block(ctx, bob, alice.Bare()); err != nil {
			t.Fatal(err)
		}
		_, err = w.chat.CreateGroup(ctx, alice, chat.NewGroup{Members: []switchboard.AccountID{bob.Account}})
		wantCode(t, err, switchboard.NotFound, "recipient-unavailable")
	})
}

// TestGroupInATransaction makes a group, its members and its first messages with
// rows of another room, as desk does.
func TestGroupInATransaction(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		guest, operator := w.account("guest", switchboard.Visitor), w.account("operator", switchboard.Operator)
		s := w.connect(guest, "web")
		var g chat.Group
		var first *chat.Message
		var announce []chat.Announce
		err := w.db.Write(ctx, func(tx *store.Tx) (err error) {
			announce = make([]chat.Announce, 3)
			if g, announce[0], err = w.chat.CreateGroupTx(tx, w.tenant.ID, chat.NewGroup{Members: []switchboard.AccountID{guest.Account}}); err != nil {
				return err
			}
			first, announce[1], err = w.chat.SendTx(tx, g.ID, guest.Account, chat.Draft{Type: chat.Groupchat, ID: "m1",
				Stanza: chat.TextStanza(chat.Groupchat, "m1", "<help>")})
			if err != nil {
				return err
			}
			_, announce[2], err = w.chat.SendTx(tx, g.ID, 0, chat.Draft{Type: chat.Groupchat, ID: "m2",
				Stanza: chat.PayloadStanza(chat.Groupchat, "m2", []byte("<x xmlns='urn:x'/>"))})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, fn := range announce {
			fn()
		}
		got := s.deliveries(t, 2)
		if got[0].Message.Body() != "<help>" || got[0].Message.From.Resource != "guest" || got[0].Message.Number != 1 || first.Number != 1 ||
			got[1].Message.From != g.JID || got[1].Message.Number != 2 || got[1].Message.Position != first.Position+1 {
			t.Errorf("%+v, %+v", got[0].Message, got[1].Message)
		}
		for range 2 { // a second time changes nothing
			var joined chat.Announce
			w.write(func(tx *store.Tx) (err error) {
				joined, err = w.chat.AddMemberTx(tx, g.ID, operator.Account)
				return err
			})
			joined()
		}
		m, err := w.chat.SendText(ctx, operator, g.JID, "how can I help?", chat.SendOptions{})
		if err != nil || m.Type != chat.Groupchat || m.Number != 3 {
			t.Errorf("%+v, %v", m, err)
		}
		s.deliveries(t, 3)
		all, err := w.chat.GroupMessages(ctx, g.ID, 1, 0)
		if err != nil || len(all) != 2 || all[1].Body() != "how can I help?" || all[1].StanzaID != m.StanzaID {
			t.Errorf("%+v, %v", all, err)
		}
		var left chat.Announce
		w.write(func(tx *store.Tx) (err error) {
			left, err = w.chat.RemoveMemberTx(tx, g.ID, operator.Account)
			return err
		})
		left()
		_, err = w.chat.SendText(ctx, operator, g.JID, "x", chat.SendOptions{})
		wantCode(t, err, switchboard.NotFound, "group-not-found")
		err = w.db.Write(ctx, func(tx *store.Tx) error {
			_, _, err := w.chat.SendTx(tx, g.ID, operator.Account, chat.Draft{Type: chat.Groupchat, Stanza: chat.TextStanza(chat.Groupchat, "x", "x")})
			return err
		})
		wantCode(t, err, switchboard.NotFound, "group-not-found")
		err = w.db.Write(ctx, func(tx *store.Tx) error { _, err := w.chat.AddMemberTx(tx, 99, operator.Account); return err })
		wantCode(t, err, switchboard.NotFound, "group-not-found")
	})
}

// A group whose only owner leaves is its oldest member's; what a node remembers of
// an owner does not count.
func TestGroupWhoseOwnerLeaves(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob, carol, dave := w.user("alice"), w.user("bob"), w.user("carol"), w.user("dave")
		g := w.group(alice, bob, carol)
		if err := w.chat.RemoveMember(ctx, alice, g.JID, alice.Bare()); err != nil {
			t.Fatal(err)
		}
		if err := w.chat.AddMember(ctx, bob, g.JID, dave.Bare()); err != nil {
			t.Errorf("the heir owns nothing: %v", err)
		}
		wantCode(t, w.chat.AddMember(ctx, carol, g.JID, alice.Bare()), switchboard.Forbidden, "not-the-owner")
		w.write(func(tx *store.Tx) error { return tx.SetMemberRole(g.ID, bob.Account, string(chat.Participant)) }) // on another node
		wantCode(t, w.chat.AddMember(ctx, bob, g.JID, alice.Bare()), switchboard.Forbidden, "not-the-owner")
		wantCode(t, w.chat.RemoveMember(ctx, bob, g.JID, dave.Bare()), switchboard.Forbidden, "not-the-owner")
		if err := w.chat.RemoveMember(ctx, bob, g.JID, bob.Bare()); err != nil {
			t.Errorf("who is no owner does not get out: %v", err)
		}
	})
}

// What other nodes have to forget is made up for when it is lost.
func TestForgettingIsDurable(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	alice, bob := w.user("alice"), w.user("bob")
	var heard []bus.Signal
	defer w.bus.Subscribe(bus.Tenant(w.tenant.ID), func(s bus.Signal) bool { heard = append(heard, s); return false })()
	g := w.group(alice, bob)
	if err := w.chat.Block(t.Context(), alice, bob.Bare()); err != nil {
		t.Fatal(err)
	}
	if err := w.chat.RemoveMember(t.Context(), alice, g.JID, bob.Bare()); err != nil {
		t.Fatal(err)
	}
	if len(heard) != 2 || heard[0].Position == 0 || heard[1].Position == 0 {
		t.Errorf("%+v", heard)
	}
}
