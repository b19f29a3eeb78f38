package desk_test

import (
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/chat"
	"switchboard/desk"
	"switchboard/store"
)

// erase deletes an account without a period of grace and waits for the end of it.
func erase(t *testing.T, s *boardtest.Server, admin, who switchboard.Principal) {
	t.Helper()
	ctx := t.Context()
	if _, err := s.Auth.UpdateTenant(ctx, admin, "", map[string]string{"deletion.grace": "0"}); err != nil {
		t.Fatal(err)
	}
	must(t, s.Auth.RequestDeletion(ctx, admin, who.Account, "", ""))
	for limit := time.Now().Add(20 * time.Second); ; {
		var a store.Account
		must(t, s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			a, err = tx.Account(who.Account)
			return err
		}))
		if a.Kind == store.Deleted {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("never erased: %+v", a)
		}
		must(t, s.Store.WaitChange(ctx, s.Store.Last()))
	}
}

// TestErasureLeavesTranscriptsWhole: of a customer nothing is left but that there
// was a conversation; what an operator said to a customer stays the company's.
func TestErasureLeavesTranscriptsWhole(t *testing.T) {
	boardtest.EachEngine(t, func(t *testing.T, s *boardtest.Server) {
		ctx := t.Context()
		admin := s.AddAccount(t, "chief", switchboard.Operator, true)
		jana, marta, tom := s.AddAccount(t, "jana", switchboard.Operator, false), s.AddVisitor(t, "Marta"), s.AddVisitor(t, "Tom")
		ended, live := open(t, s, marta, "my secret order"), open(t, s, tom, "hello")
		must(t, s.Desk.Accept(ctx, jana, ended.ID))
		say := func(p switchboard.Principal, c desk.Conversation, words string) {
			t.Helper()
			if _, err := s.Chat.SendText(ctx, p, c.GroupJID, words, chat.SendOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		say(jana, ended, "Four are left.")
		say(marta, ended, "my secret address")
		must(t, s.Desk.End(ctx, jana, ended.ID, "Answered", "wanted size M"))
		must(t, s.Desk.Rate(ctx, marta, ended.ID, 5, "secret praise"))
		must(t, s.Desk.Accept(ctx, jana, live.ID))
		say(jana, live, "How can I help?")

		erase(t, s, admin, marta)
		got, err := s.Desk.Get(ctx, jana, ended.ID)
		if err != nil || got.Guest.Name != "" || len(got.Params) != 0 || got.Feedback != "" || got.Note != "" || got.Operators[0].Note != "" || got.Stars != 5 || got.Result != "Answered" {
			t.Fatalf("%+v %v", got, err)
		}
		var said []string
		for i, l := range got.Lines {
			if l.Number != int64(i+1) {
				t.Errorf("line %d has number %d", i, l.Number)
			}
			if l.Text != "" {
				said = append(said, l.Text)
			}
		}
		if len(said) != 1 || said[0] != "Four are left." {
			t.Errorf("what is left of the words: %q", said)
		}
		must(t, s.Store.Read(ctx, func(tx *store.Tx) error {
			events, err := tx.Events(0, 1000)
			for _, e := range events {
				if strings.Contains(string(e.Payload), "secret") || switchboard.ConversationID(e.Subject) == ended.ID && strings.Contains(string(e.Payload), "Marta") {
					t.Errorf("the ledger still says %s %s", e.Kind, e.Payload)
				}
			}
			return err
		}))

		erase(t, s, admin, jana)
		got, err = s.Desk.Get(ctx, admin, ended.ID)
		if err != nil || got.Operators[0].Login != "jana" || got.Last == nil || got.Last.Text != "Four are left." {
			t.Fatalf("%+v %v", got, err)
		}
		petr := s.AddAccount(t, "petr", switchboard.Operator, false)
		must(t, s.Desk.Forward(ctx, admin, live.ID, desk.ForwardTo{Operator: petr.Account}, "")) // whom she left behind
		say(petr, live, "I am here now.")
		erase(t, s, admin, tom)
		must(t, s.Desk.End(ctx, petr, live.ID, "Gone", ""))
		got, err = s.Desk.Get(ctx, petr, live.ID)
		if err != nil || got.Status != desk.Closed {
			t.Errorf("%+v %v", got, err)
		}
		list, err := s.Desk.List(ctx, admin, desk.Filter{})
		must(t, err)
		all, err := list.Next()
		if err != nil || len(all) != 2 {
			t.Errorf("%d conversations, %v", len(all), err)
		}
		faults, err := s.Store.Check(ctx)
		if err != nil || len(faults) > 0 {
			t.Errorf("%v %v", faults, err)
		}
	})
}
