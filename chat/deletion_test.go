package chat_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/chat"
	"switchboard/store"
)

// run runs the service until the test ends, or until stop is called.
func (w *world) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = w.chat.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	w.t.Cleanup(stop)
	return stop
}

// count asks the database itself.
func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	driver, source := "pgx", w.opened.URL
	if source == "" {
		driver, source = "sqlite", "file:"+filepath.Join(w.opened.Dir, "switchboard.db")+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query, args...).Scan(&n); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// until waits for a condition.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	boardtest.Eventually(w.t, what, is)
}

func (w *world) words(p switchboard.Principal, to, kind, id, body string) {
	w.t.Helper()
	w.send(p, draft(p, "r", to, kind, id, body))
}

// delete asks for a deletion as the room auth does.
func (w *world) delete(p switchboard.Principal, grace time.Duration) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error {
		tx.Append(&switchboard.Event{Tenant: p.Tenant, Kind: switchboard.AccountDeleting, Subject: int64(p.Account), Actor: p.Account})
		return tx.InsertDeletion(store.Deletion{Account: p.Account, Tenant: p.Tenant, Due: tx.Now().Add(grace)})
	})
}

func (w *world) gone(p switchboard.Principal) {
	w.t.Helper()
	w.until("the account is erased", func() bool {
		return w.count("SELECT count(*) FROM accounts WHERE id = "+fmt.Sprint(p.Account)+" AND kind = 'deleted' AND deleting = 0") == 1
	})
}

// notices are the notices that a stream got.
func (s *stream) notices(kind string) (list []*chat.Notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sig := range s.signals {
		if n, is := sig.Value.(*chat.Notice); is && n.Kind == kind {
			list = append(list, n)
		}
	}
	return list
}

// crowd is a tenant in which alice has left traces everywhere.
type crowd struct {
	alice, bob, carol, root switchboard.Principal
	group                   chat.Group
}

func (w *world) crowd() (c crowd) {
	w.t.Helper()
	ctx := w.t.Context()
	c.alice, c.bob, c.carol = w.user("alice"), w.user("bob"), w.user("carol")
	c.root = w.account("root", switchboard.Operator)
	c.root.Admin = true
	check := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	check(w.chat.SetProfile(ctx, c.alice, chat.Profile{Name: "Alice", Email: "alice@example.org", Status: "here", Mobile: "1", Metadata: map[string]string{"a": "b"}}))
	for _, p := range [][2]switchboard.Principal{{c.alice, c.bob}, {c.bob, c.alice}} {
		check(w.chat.Subscription(ctx, p[0], p[1].Bare(), chat.Subscribe, nil))
		check(w.chat.Subscription(ctx, p[1], p[0].Bare(), chat.Subscribed, nil))
	}
	check(w.chat.SetRosterItem(ctx, c.carol, chat.RosterItem{JID: c.alice.Bare(), Name: "A."}))
	check(w.chat.Block(ctx, c.alice, jid("spam@example.org")))
	check(w.chat.Block(ctx, c.carol, jid("alice@example.org")))
	for i := range 230 { // more than a batch
		w.words(c.alice, "bob@example.org", chat.Chat, fmt.Sprintf("a%d", i), "secret words of alice")
		if i%10 == 0 {
			w.words(c.bob, "alice@example.org", chat.Chat, fmt.Sprintf("b%d", i), "words of bob")
		}
	}
	w.words(c.alice, "alice@example.org", chat.Chat, "own", "secret note of alice")
	var err error
	c.group, err = w.chat.CreateGroup(ctx, c.alice, chat.NewGroup{Name: "all", Members: []switchboard.AccountID{c.bob.Account}})
	check(err)
	w.words(c.bob, c.group.JID.String(), chat.Groupchat, "g1", "words of bob")
	w.words(c.alice, c.group.JID.String(), chat.Groupchat, "g2", "secret words of alice")
	quiet := draft(c.alice, "r", c.group.JID.String(), chat.Groupchat, "g3", "secret receipt")
	quiet.Quiet = true
	_, err = w.chat.Send(ctx, c.alice, quiet)
	check(err)
	_, err = w.chat.Report(ctx, c.bob, chat.ReportDraft{About: c.alice.Bare(), Messages: []chat.ReportedMessage{{ID: "a1", Text: "secret words of alice"}}})
	check(err)
	_, err = w.chat.Report(ctx, c.bob, chat.ReportDraft{About: c.group.JID, Messages: []chat.ReportedMessage{{ID: "g1", Text: "words of bob", Publisher: "bob"},
		{ID: "g2", Text: "secret words of alice", Publisher: "alice@example.org"}, {ID: "g2", Text: "secret words of alice", Publisher: "Alice"}}})
	check(err)
	_, err = w.chat.CreateCallRoom(ctx, c.alice)
	check(err)
	check(w.chat.GiveFeedback(ctx, c.alice, "title", "text"))
	check(w.chat.SetPushToken(ctx, c.alice, c.alice.Account, chat.PushToken{DeviceType: "android", Token: "token"}))
	w.write(func(tx *store.Tx) error {
		return tx.InsertCallLog(store.CallLog{Account: c.alice.Account, Room: "r", Caller: "alice", Callee: "bob"})
	})
	return c
}

// erased checks that nothing of alice is left but her name, and all of the others.
func (w *world) erased(c crowd) {
	w.t.Helper()
	id := fmt.Sprint(c.alice.Account)
	for query, want := range map[string]int{
		"SELECT count(*) FROM ledger WHERE kind = 'message' AND payload IS NOT NULL AND actor = " + id:                                      0,
		"SELECT count(*) FROM ledger WHERE kind = 'message' AND actor = " + id:                                                              233,
		"SELECT count(*) FROM ledger WHERE kind = 'message' AND payload IS NOT NULL":                                                        24,
		"SELECT count(*) FROM entries WHERE archive = (SELECT archive FROM accounts WHERE id = " + id + ")":                                 0,
		"SELECT count(*) FROM heads WHERE archive = (SELECT archive FROM accounts WHERE id = " + id + ")":                                   0,
		"SELECT count(*) FROM threads WHERE archive = (SELECT archive FROM accounts WHERE id = " + id + ")":                                 0,
		"SELECT count(*) FROM offline o JOIN entries e ON e.archive = o.archive AND e.number = o.number WHERE e.peer = 'alice@example.org'": 0,
		"SELECT count(*) FROM roster WHERE account = " + id:                                                                                 0,
		"SELECT count(*) FROM roster WHERE jid = 'alice@example.org' AND (listed = 1 OR requested = 1 OR subscribed_to = 1 OR name <> '')":  0,
		"SELECT count(*) FROM blocks WHERE jid = 'alice@example.org' OR account = " + id:                                                    0,
		"SELECT count(*) FROM group_members WHERE account = " + id:                                                                          0,
		"SELECT count(*) FROM push_tokens WHERE account = " + id:                                                                            0,
		"SELECT count(*) FROM call_logs WHERE account = " + id:                                                                              0,
		"SELECT count(*) FROM deletions":                                    0,
		"SELECT count(*) FROM feedback WHERE account = " + id:               0,
		"SELECT count(*) FROM call_rooms":                                   0,
		"SELECT count(*) FROM reports WHERE messages LIKE '%secret%'":       0,
		"SELECT count(*) FROM reports WHERE messages LIKE '%words of bob%'": 1,
		"SELECT count(*) FROM accounts WHERE localpart = 'alice' AND name = '' AND email = '' AND mobile = '' AND status = '' AND metadata = '{}' AND disabled = 1": 1,
	} {
		if n := w.count(query); n != want {
			w.t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
	faults, err := w.db.Check(w.t.Context())
	if err != nil || len(faults) > 0 {
		w.t.Errorf("the store is not whole: %v %v", faults, err)
	}
}

func TestErasureLeavesNothingButTheName(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		c := w.crowd()
		ctx := t.Context()
		bob := w.connect(c.bob, "phone")
		w.run()
		w.delete(c.alice, time.Hour)
		w.until("contacts hear of it", func() bool { return len(bob.notices(chat.NoticeDeleted)) == 1 })
		if n := bob.notices(chat.NoticeDeleted)[0]; n.JID != c.alice.Bare() {
			t.Errorf("deleted: %v", n)
		}
		if _, err := w.chat.Person(ctx, c.bob, c.alice.Bare()); switchboard.KindOf(err) != switchboard.NotFound {
			t.Errorf("somebody who is being deleted is there: %v", err)
		}
		if w.count("SELECT count(*) FROM ledger WHERE kind = 'message' AND payload IS NULL") != 0 {
			t.Error("the grace period is not kept")
		}
		w.clock.advance(time.Hour)
		w.gone(c.alice)
		w.erased(c)
		w.readersSkip(c)
	})
}

// readersSkip checks what others see of somebody who was erased.
func (w *world) readersSkip(c crowd) {
	t, ctx := w.t, w.t.Context()
	for page, want := range map[int]int{1: 10, 2: 10, 3: 3, 4: 0} {
		h, err := w.chat.History(ctx, c.bob, chat.HistoryQuery{With: c.alice.Bare(), Page: page})
		if err != nil || h.Total != 23 || h.Pages != 3 || len(h.Messages) != want {
			t.Errorf("page %d: %d of %d in %d pages: %v", page, len(h.Messages), h.Total, h.Pages, err)
		}
	}
	mam, err := w.chat.Archive(ctx, c.bob, chat.ArchiveQuery{Max: 250})
	if err != nil || len(mam.Messages) != 23 {
		t.Errorf("archive: %d messages, %v", len(mam.Messages), err)
	}
	for _, m := range mam.Messages {
		if m.From.Local != "bob" || strings.Contains(string(m.Stanza), "secret") {
			t.Errorf("archive: %s", m.Stanza)
		}
	}
	recent, err := w.chat.Recent(ctx, c.bob, chat.RecentQuery{})
	if err != nil || len(recent.Chats) != 2 || recent.Total != 2 {
		t.Fatalf("recent: %+v %v", recent, err)
	}
	for _, one := range recent.Chats {
		if one.Unread != 0 || one.Last.Body() != "words of bob" {
			t.Errorf("recent: %s has %d unread, last %q", one.Peer, one.Unread, one.Last.Body())
		}
	}
	offline, err := w.chat.Offline(ctx, c.bob, 0, 100)
	if err != nil || len(offline) != 0 {
		t.Errorf("offline: %d, %v", len(offline), err)
	}
	members, err := w.chat.Members(ctx, c.bob, c.group.JID)
	if err != nil || len(members) != 1 || members[0].Role != chat.Owner {
		t.Errorf("the group is nobody's: %+v %v", members, err)
	}
	if _, err := w.chat.Send(ctx, c.bob, draft(c.bob, "r", "alice@example.org", chat.Chat, "x", "x")); switchboard.KindOf(err) != switchboard.NotFound {
		t.Errorf("writing to nobody: %v", err)
	}
	reports, _, err := w.chat.Reports(ctx, c.root, chat.ReportQuery{})
	if err != nil || len(reports) != 2 || reports[1].About != c.alice.Bare() || len(reports[1].Messages) != 0 || len(reports[0].Messages) != 1 {
		t.Errorf("reports: %+v %v", reports, err)
	}
}

func TestErasureGoesOnAfterACrash(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		c := w.crowd()
		// Another node claimed her, did half of the work and died.
		w.delete(c.alice, 0)
		w.write(func(tx *store.Tx) error {
			if _, err := tx.ClaimDeletion("another node", time.Minute); err != nil {
				return err
			}
			if err := tx.DropThread(archiveOf(t, w, c.alice), "alice@example.org"); err != nil {
				return err
			}
			_, err := tx.EmptyThread(archiveOf(t, w, c.bob), "alice@example.org", c.alice.Account, 0, 50)
			return err
		})
		w.run()
		w.until("a node looks", func() bool { return w.count("SELECT count(*) FROM cursors WHERE name = 'chat.people'") == 1 })
		if w.count("SELECT count(*) FROM accounts WHERE kind = 'deleted'") != 0 {
			t.Fatal("the claim of the other node does not count")
		}
		w.clock.advance(2 * time.Minute)
		w.gone(c.alice)
		w.erased(c)
	})
}

func archiveOf(t *testing.T, w *world, p switchboard.Principal) (id switchboard.ArchiveID) {
	t.Helper()
	if err := w.db.Read(t.Context(), func(tx *store.Tx) error {
		row, err := tx.Account(p.Account)
		id = row.Archive
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestTwoNodesEraseOnce(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	c := w.crowd()
	other := &world{t: t, db: w.db, bus: w.bus, tenant: w.tenant, clock: w.clock, opened: w.opened,
		chat: chat.New(chat.Options{DB: w.db, Bus: w.bus, Now: w.clock.now})}
	bob := w.connect(c.bob, "phone")
	w.run()
	other.run()
	w.delete(c.alice, 0)
	w.gone(c.alice)
	w.erased(c)
	if n := w.count("SELECT count(*) FROM ledger WHERE kind = 'account.deleted'"); n != 1 {
		t.Errorf("erased %d times", n)
	}
	if n := len(bob.notices(chat.NoticeDeleted)); n != 1 {
		t.Errorf("told %d times", n)
	}
}

func TestMutualErasure(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		c := w.crowd()
		w.run()
		w.delete(c.bob, 0)
		w.gone(c.bob)
		w.delete(c.alice, 0)
		w.gone(c.alice)
		if n := w.count("SELECT count(*) FROM ledger WHERE kind = 'message' AND payload IS NOT NULL"); n != 0 {
			t.Errorf("%d messages of nobody are left", n)
		}
		if faults, err := w.db.Check(t.Context()); err != nil || len(faults) > 0 {
			t.Errorf("the store is not whole: %v %v", faults, err)
		}
	})
}
