package desk_test

import (
	"errors"
	"os"
	"sync"
	"testing"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/chat"
	"switchboard/desk"
	"switchboard/store"
)

func TestMain(m *testing.M) { os.Exit(boardtest.Main(m)) }

func open(t *testing.T, s *boardtest.Server, p switchboard.Principal, text string) desk.Conversation {
	t.Helper()
	c, err := s.Desk.Open(t.Context(), p, desk.OpenRequest{Text: text, Guest: desk.Guest{Name: "Marta <b>", URL: "https://shop.example/"},
		Params: map[string]string{"cart": "3'); DROP TABLE conversations; --"}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// kinds are the conversation events of the ledger, in order.
func kinds(t *testing.T, s *boardtest.Server) (list []switchboard.EventKind) {
	t.Helper()
	err := s.Store.Read(t.Context(), func(tx *store.Tx) error {
		events, err := tx.Facts(0, 1000)
		for _, e := range events {
			switch e.Kind {
			case switchboard.ConversationNew, switchboard.ConversationStarted, switchboard.ConversationOperatorJoined,
				switchboard.ConversationEnded, switchboard.ConversationOperatorLeft, switchboard.ConversationOperatorConcluded,
				switchboard.ConversationForwarded:
				list = append(list, e.Kind)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestConversationFromFirstWordToClose(t *testing.T) {
	boardtest.EachEngine(t, func(t *testing.T, s *boardtest.Server) {
		ctx := t.Context()
		jana := s.AddAccount(t, "jana", switchboard.Operator, false)
		marta := s.AddVisitor(t, "Marta")
		c := open(t, s, marta, "Is size M left? <script>alert(1)</script>")
		if c.Status != desk.InQueue || c.Place != 1 || c.Unread != 1 || c.Last.Text != "Is size M left? <script>alert(1)</script>" {
			t.Fatalf("opened: %+v, last %+v", c, c.Last)
		}
		again := open(t, s, marta, "Anybody?")
		if again.ID != c.ID || again.Unread != 2 {
			t.Errorf("a second word opened %d with %d unread", again.ID, again.Unread)
		}
		second := open(t, s, s.AddVisitor(t, ""), "Me too")
		if second.Place != 2 {
			t.Errorf("the second one has place %d", second.Place)
		}
		must(t, s.Desk.Accept(ctx, jana, c.ID))
		if _, err := s.Chat.SendText(ctx, jana, c.GroupJID, "Four are left.", chat.SendOptions{}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Desk.Get(ctx, jana, c.ID)
		who, _ := got.Operator()
		if err != nil || got.Status != desk.Active || got.Unread != 0 || who.Login != "jana" || got.Params[0].Value != "3'); DROP TABLE conversations; --" {
			t.Fatalf("active: %+v, %v", got, err)
		}
		must(t, s.Desk.End(ctx, jana, c.ID, "Answered", "wanted size M"))
		if err := s.Desk.End(ctx, jana, c.ID, "Again", ""); !errors.Is(err, switchboard.E(switchboard.NotAllowed, "conversation-ended", "")) {
			t.Errorf("ended twice: %v", err)
		}
		must(t, s.Desk.Rate(ctx, marta, c.ID, 5, "quick!"))
		got, err = s.Desk.Get(ctx, jana, c.ID)
		if err != nil || got.Status != desk.Closed || got.Result != "Answered" || got.Note != "wanted size M" || got.Stars != 5 ||
			got.Operators[0].Left.IsZero() || got.Operators[0].Concluded.IsZero() {
			t.Errorf("closed: %+v, %v", got, err)
		}
		lines := got.Lines
		if len(lines) != 5 {
			t.Fatalf("transcript has %d lines", len(lines))
		}
		for i, want := range []string{"", "", "operator-joined", "", "ended"} {
			if lines[i].Notice != want || lines[i].Number != int64(i+1) {
				t.Errorf("line %d: %+v", i, lines[i])
			}
		}
		want := []switchboard.EventKind{switchboard.ConversationNew, switchboard.ConversationNew, switchboard.ConversationStarted,
			switchboard.ConversationOperatorJoined, switchboard.ConversationEnded, switchboard.ConversationOperatorLeft,
			switchboard.ConversationOperatorConcluded}
		have := kinds(t, s)
		if len(have) != len(want) {
			t.Fatalf("events %v", have)
		}
		for i := range want {
			if have[i] != want[i] {
				t.Errorf("event %d is %s, want %s", i, have[i], want[i])
			}
		}
		if _, err := s.Chat.SendText(ctx, jana, c.GroupJID, "too late", chat.SendOptions{}); err == nil {
			t.Error("an operator wrote into a conversation after its end")
		}
	})
}

func TestOneOfManyOperatorsGetsIt(t *testing.T) {
	boardtest.EachEngine(t, func(t *testing.T, s *boardtest.Server) {
		c := open(t, s, s.AddVisitor(t, "Tom"), "hello")
		var wg sync.WaitGroup
		var mu sync.Mutex
		taken := 0
		for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
			operator := s.AddAccount(t, name, switchboard.Operator, false)
			wg.Go(func() {
				err := s.Desk.Accept(t.Context(), operator, c.ID)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					taken++
				case switchboard.KindOf(err) != switchboard.Conflict:
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		wg.Wait()
		if taken != 1 {
			t.Errorf("%d operators have it", taken)
		}
	})
}

func TestForwardAndLeave(t *testing.T) {
	s := boardtest.Node(t, boardtest.NodeOptions{})
	ctx := t.Context()
	jana, petr := s.AddAccount(t, "jana", switchboard.Operator, false), s.AddAccount(t, "petr", switchboard.Operator, false)
	tom := s.AddVisitor(t, "Tom")
	c := open(t, s, tom, "hello")
	must(t, s.Desk.Accept(ctx, jana, c.ID))
	must(t, s.Desk.Forward(ctx, jana, c.ID, desk.ForwardTo{Operator: petr.Account}, "knows orders"))
	got, err := s.Desk.Get(ctx, petr, c.ID)
	if who, _ := got.Operator(); err != nil || who.Login != "petr" || got.Note != "knows orders" {
		t.Errorf("forwarded: %+v, %v", got, err)
	}
	if err := s.Desk.End(ctx, jana, c.ID, "x", ""); switchboard.KindOf(err) != switchboard.Forbidden {
		t.Errorf("who handed it on ended it: %v", err)
	}
	must(t, s.Desk.Forward(ctx, petr, c.ID, desk.ForwardTo{Queue: c.Queue}, ""))
	must(t, s.Desk.Leave(ctx, tom, c.ID))
	got, err = s.Desk.Get(ctx, petr, c.ID)
	if err != nil || got.Reason != "GuestAbandoned" || got.LeftState != "LeftQueue" {
		t.Errorf("left: %+v, %v", got, err)
	}
}

func TestWhoMayNot(t *testing.T) {
	s := boardtest.Node(t, boardtest.NodeOptions{})
	ctx := t.Context()
	jana, alice := s.AddAccount(t, "jana", switchboard.Operator, false), s.AddAccount(t, "alice", switchboard.User, false)
	tom, eve := s.AddVisitor(t, "Tom"), s.AddVisitor(t, "Eve")
	c := open(t, s, tom, "hello")
	for name, err := range map[string]error{
		"a visitor reads":            second(s.Desk.Get(ctx, tom, c.ID)),
		"a user lists":               second(s.Desk.List(ctx, alice, desk.Filter{})),
		"a visitor accepts":          s.Desk.Accept(ctx, eve, c.ID),
		"an operator ends unasked":   s.Desk.End(ctx, jana, c.ID, "x", ""),
		"an operator opens":          second(s.Desk.Open(ctx, jana, desk.OpenRequest{Text: "x"})),
		"a stranger leaves":          s.Desk.Leave(ctx, eve, c.ID),
		"a stranger rates":           s.Desk.Rate(ctx, eve, c.ID, 1, ""),
		"an operator sets another's": s.Desk.SetOperatorState(ctx, jana, alice.Account, desk.Away, ""),
		"nobody lists":               second(s.Desk.List(ctx, switchboard.Principal{}, desk.Filter{})),
	} {
		switch switchboard.KindOf(orInternal(err)) {
		case switchboard.Forbidden, switchboard.NotFound, switchboard.Unauthorized:
		default:
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"no words":  second(s.Desk.Open(ctx, eve, desk.OpenRequest{})),
		"a control": second(s.Desk.Open(ctx, eve, desk.OpenRequest{Text: "\x00"})),
		"six stars": s.Desk.Rate(ctx, tom, c.ID, 6, ""),
		"no target": s.Desk.Forward(ctx, jana, c.ID, desk.ForwardTo{}, ""),
		"bad state": s.Desk.SetOperatorState(ctx, jana, jana.Account, "ASLEEP", ""),
		"long note": s.Desk.Annotate(ctx, jana, c.ID, string(make([]rune, 20_000))),
	} {
		if switchboard.KindOf(orInternal(err)) != switchboard.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// orInternal makes a missing error visible to KindOf.
func orInternal(err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
