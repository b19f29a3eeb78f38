package stats_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/bus"
	"switchboard/stats"
	"switchboard/store"
)

func TestMain(m *testing.M) {
	code := boardtest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func eachEngine(t *testing.T, body func(t *testing.T, db *store.DB)) {
	for name, o := range map[string]func() store.Options{
		"sqlite":   func() store.Options { return store.Options{Dir: t.TempDir()} },
		"postgres": func() store.Options { return store.Options{URL: boardtest.Postgres(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			db, err := store.Open(t.Context(), o())
			must(t, err)
			t.Cleanup(func() { db.Close() })
			body(t, db)
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run starts a service that stops with the test.
func run(t *testing.T, db *store.DB) *stats.Service {
	s := stats.New(stats.Options{DB: db, Bus: bus.New(bus.Options{}), Version: "1.2"})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		must(t, <-done)
	})
	return s
}

// becomes waits for a tenant's figures.
func becomes(t *testing.T, s *stats.Service, tenant switchboard.TenantID, want stats.Figures) {
	t.Helper()
	p := switchboard.Principal{Tenant: tenant, Account: 1, Scopes: switchboard.AllScopes()}
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		got, err := s.Figures(t.Context(), p)
		if err == nil && got == want {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("figures %+v, want %+v (%v)", got, want, err)
		}
	}
}

func happen(t *testing.T, db *store.DB, tenant switchboard.TenantID, kind switchboard.EventKind, subject int64, payload any) {
	t.Helper()
	must(t, db.Write(t.Context(), func(tx *store.Tx) error {
		tx.Append(&switchboard.Event{Tenant: tenant, Kind: kind, Subject: subject, Payload: switchboard.Payload(payload)})
		return nil
	}))
}

type conversation = switchboard.ConversationFact

func TestFiguresFollowEvents(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		s := run(t, db)
		becomes(t, s, 1, stats.Figures{})
		now := time.Now()
		status := func(state string) switchboard.StatusFact { return switchboard.StatusFact{Operator: 7, State: state} }
		for _, step := range []struct {
			kind    switchboard.EventKind
			subject int64
			payload any
			want    stats.Figures
		}{
			{switchboard.OperatorStatus, 7, status("ONLINE"), stats.Figures{Online: 1}},
			{switchboard.OperatorStatus, 7, status("ONLINE"), stats.Figures{Online: 1}},
			{switchboard.ConversationNew, 1, conversation{}, stats.Figures{Online: 1, Waiting: 1, Opened: 1}},
			{switchboard.ConversationNew, 2, conversation{}, stats.Figures{Online: 1, Waiting: 2, Opened: 2}},
			{switchboard.ConversationStarted, 1, conversation{}, stats.Figures{Online: 1, Waiting: 2, Opened: 2}},
			{switchboard.ConversationOperatorJoined, 1, conversation{}, stats.Figures{Online: 1, Waiting: 1, Active: 1, Opened: 2}},
			{switchboard.ConversationForwarded, 1, conversation{ToQueue: 4}, stats.Figures{Online: 1, Waiting: 2, Opened: 2}},
			{switchboard.ConversationOperatorConcluded, 1, conversation{}, stats.Figures{Online: 1, Waiting: 2, Opened: 2}},
			{switchboard.ConversationOperatorJoined, 1, conversation{}, stats.Figures{Online: 1, Waiting: 1, Active: 1, Opened: 2}},
			{switchboard.ConversationForwarded, 1, conversation{ToOperator: 8}, stats.Figures{Online: 1, Waiting: 1, Active: 1, Opened: 2}},
			{switchboard.ConversationEnded, 1, conversation{Status: "ACW", Started: &now},
				stats.Figures{Online: 1, Waiting: 1, Wrapping: 1, Opened: 2, Handled: 1}},
			{switchboard.ConversationOperatorConcluded, 1, conversation{}, stats.Figures{Online: 1, Waiting: 1, Opened: 2, Handled: 1}},
			{switchboard.ConversationEnded, 2, conversation{Status: "CLOSED"}, stats.Figures{Online: 1, Opened: 2, Handled: 1}},
			{switchboard.OperatorStatus, 7, status("AWAY"), stats.Figures{Opened: 2, Handled: 1}},
		} {
			happen(t, db, 1, step.kind, step.subject, step.payload)
			becomes(t, s, 1, step.want)
		}
		becomes(t, s, 2, stats.Figures{})
	})
}

func TestSnapshotAtStart(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		var tenant switchboard.TenantID
		must(t, db.Write(t.Context(), func(tx *store.Tx) (err error) {
			if tenant, err = tx.InsertTenant(store.Tenant{Domain: "d", GUID: "g", Licence: "l", Secret: []byte("s")}); err != nil {
				return err
			}
			for _, status := range []string{"IN_QUEUE", "IN_QUEUE", "ACTIVE", "ACW", "CLOSED"} {
				if _, err := tx.InsertConversation(store.Conversation{Tenant: tenant, Status: status}); err != nil {
					return err
				}
			}
			for i, state := range []string{"ONLINE", "AWAY", "ONLINE"} {
				a, err := tx.InsertAccount(store.Account{Tenant: tenant, Localpart: fmt.Sprint(i), Kind: switchboard.Operator})
				if err != nil {
					return err
				}
				if err := tx.SetOperatorState(store.OperatorState{Account: a.ID, Kind: state}); err != nil {
					return err
				}
			}
			return nil
		}))
		s := run(t, db)
		becomes(t, s, tenant, stats.Figures{Waiting: 2, Active: 1, Wrapping: 1, Online: 2})
		happen(t, db, tenant, switchboard.ConversationEnded, 1, conversation{Status: "CLOSED"})
		becomes(t, s, tenant, stats.Figures{Waiting: 1, Active: 1, Wrapping: 1, Online: 2})
	})
}

func TestFiguresNeedPermission(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	must(t, err)
	defer db.Close()
	s := stats.New(stats.Options{DB: db})
	if _, err := s.Figures(t.Context(), switchboard.Principal{Account: 1}); switchboard.KindOf(err) != switchboard.Forbidden {
		t.Errorf("without the scope: %v", err)
	}
	p := switchboard.Principal{Account: 1, Scopes: switchboard.AllScopes()}
	if _, err := s.Figures(t.Context(), p); switchboard.KindOf(err) != switchboard.Unavailable {
		t.Errorf("before the snapshot: %v", err)
	}
}

func scrape(t *testing.T, s *stats.Service) string {
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestMetrics(t *testing.T) {
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	must(t, err)
	t.Cleanup(func() { db.Close() })
	must(t, db.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.MoveCursor("webhook", 0, 0)
		return err
	}))
	s := run(t, db)
	becomes(t, s, 1, stats.Figures{})
	s.Observe("GET /public/api/v1/Sessions/{id}", 200, 3*time.Millisecond)
	s.Observe("", 404, time.Millisecond)
	s.Login("password", true)
	s.Login("password", false)
	s.Stream("tcp", 1)
	s.Stream("tcp", 1)
	s.Stream("tcp", -1)
	s.Gauge("extra", "A hook.", func() float64 { return 42 })
	s.Counter("more_total", "A hook.", func() float64 { return 43 })
	for range 3 {
		happen(t, db, 1, switchboard.MessageSent, 0, "x")
	}
	happen(t, db, 1, switchboard.ConversationNew, 5, conversation{})
	happen(t, db, 1, switchboard.MessageSent, 0, "x")
	happen(t, db, 1, switchboard.ConversationNew, 6, conversation{})
	becomes(t, s, 1, stats.Figures{Waiting: 2, Opened: 2})
	text := scrape(t, s)
	for _, line := range []string{
		`switchboard_http_request_duration_seconds_count{route="GET /public/api/v1/Sessions/{id}",status="200"} 1`,
		`switchboard_http_request_duration_seconds_bucket{route="none",status="404",le="0.001"} 1`,
		`switchboard_logins_total{how="password",result="accepted"} 1`,
		`switchboard_logins_total{how="password",result="refused"} 1`,
		`switchboard_streams{transport="tcp"} 1`,
		`switchboard_extra 42`,
		`switchboard_more_total 43`,
		`switchboard_build_info{version="1.2"} 1`,
		`switchboard_bus_connected 1`,
		`switchboard_conversations{state="waiting"} 2`,
		`switchboard_conversations{state="active"} 0`,
		`switchboard_conversations_opened_total 2`,
		`switchboard_ledger_events_total{kind="message"} 4`,
		`switchboard_ledger_events_total{kind="conversation.created"} 2`,
		`switchboard_ledger_position 6`,
		`switchboard_ledger_behind{consumer="webhook"} 2`,
	} {
		if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(line) + `$`).MatchString(text) {
			t.Errorf("missing: %s", line)
		}
	}
	if !strings.Contains(text, "go_goroutines") || !strings.Contains(text, "process_open_fds") {
		t.Error("nothing about the process")
	}
}
