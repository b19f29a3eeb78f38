package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/bus"
	"switchboard/store"
	"switchboard/webhook"
)

func TestMain(m *testing.M) {
	if os.Getenv(victim) != "" {
		dieWorking()
	}
	code := boardtest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// clock stands still until it is told to move.
type clock struct{ micros atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.micros.Store(time.Now().UnixMicro()) // near the real time: signatures are checked against that
	return c
}

func (c *clock) Now() time.Time { return time.UnixMicro(c.micros.Load()).UTC() }

// board is a store with a tenant, and services on it.
type board struct {
	t      *testing.T
	opts   store.Options
	db     *store.DB
	bus    *bus.Bus
	clock  *clock
	tenant switchboard.TenantID
	admin  switchboard.Principal
}

func newBoard(t *testing.T, o store.Options) *board {
	b := &board{t: t, opts: o, clock: newClock(), bus: bus.New(bus.Options{})}
	b.opts.Now = b.clock.Now
	b.db = b.open()
	must(t, b.db.Write(t.Context(), func(tx *store.Tx) (err error) {
		b.tenant, err = tx.InsertTenant(store.Tenant{Domain: "example.org", GUID: "g", Licence: "l", Secret: []byte("s")})
		return err
	}))
	b.admin = switchboard.Principal{Tenant: b.tenant, Account: 7, Kind: switchboard.Operator, Admin: true, Scopes: switchboard.AllScopes()}
	return b
}

// open opens the board's database once more.
func (b *board) open() *store.DB {
	b.t.Helper()
	db, err := store.Open(b.t.Context(), b.opts)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { db.Close() })
	return db
}

func (b *board) options() webhook.Options {
	return webhook.Options{DB: b.db, Bus: b.bus, Now: b.clock.Now, AllowPrivate: true, Log: slog.New(slog.DiscardHandler)}
}

// run starts a service; it stops with the test, or by the function returned.
func (b *board) run(o webhook.Options) (*webhook.Service, func()) {
	s := webhook.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Run(ctx); err != nil {
			b.t.Error(err)
		}
	}()
	stop := sync.OnceFunc(func() { cancel(); <-done })
	b.t.Cleanup(stop)
	return s, stop
}

// advance moves the clock and has everybody look at it.
func (b *board) advance(d time.Duration) {
	b.clock.micros.Add(d.Microseconds())
	b.bus.Wake("webhook")
}

func (b *board) register(s *webhook.Service, url string, events ...string) int64 {
	b.t.Helper()
	w, err := s.Create(b.t.Context(), b.admin, webhook.Registration{EventTypes: events, URL: url})
	must(b.t, err)
	return w.ID
}

// happen appends facts of a conversation.
func (b *board) happen(id switchboard.ConversationID, kinds ...switchboard.EventKind) {
	b.t.Helper()
	must(b.t, b.db.Write(b.t.Context(), func(tx *store.Tx) error {
		for _, kind := range kinds {
			now := tx.Now()
			tx.Append(&switchboard.Event{Tenant: b.tenant, Kind: kind, Subject: int64(id), Payload: switchboard.Payload(
				switchboard.ConversationFact{ID: id, Department: 3, Channel: "Chat", Source: "Default", Operator: 7, Started: &now})})
		}
		return nil
	}))
}

// settled waits until the deliveries of a webhook are as wanted, and returns
// them, oldest first.
func (b *board) settled(s *webhook.Service, id int64, what string, ok func([]webhook.Delivery) bool) []webhook.Delivery {
	b.t.Helper()
	var list []webhook.Delivery
	eventually(b.t, what, func() bool {
		all, err := s.Deliveries(context.Background(), b.admin, id, webhook.DeliveryQuery{Limit: 1000})
		must(b.t, err)
		list = list[:0]
		for i := len(all) - 1; i >= 0; i-- {
			list = append(list, all[i])
		}
		return ok(list)
	})
	return list
}

// each is a condition on every delivery, of which there are n.
func each(n int, state string) func([]webhook.Delivery) bool {
	return func(list []webhook.Delivery) bool {
		for _, d := range list {
			if d.State != state {
				return false
			}
		}
		return len(list) == n
	}
}

var eventually = boardtest.Eventually

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// request is what a receiver got.
type request struct {
	header http.Header
	body   string
	event  string
	id     int64 // of the conversation
	basic  string
}

// receiver is a customer's server.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	got  []request
	turn func(n int, r request, w http.ResponseWriter) // answers request n, from 1
}

func newReceiver(t *testing.T, answer func(n int, r request, w http.ResponseWriter)) *receiver {
	r := &receiver{turn: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
		body, err := io.ReadAll(in.Body)
		if err != nil {
			return
		}
		var e struct {
			EventType string
			Data      struct{ ID int64 }
		}
		if err := json.Unmarshal(body, &e); err != nil || in.Method != http.MethodPost || in.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s: %v", in.Method, body, err)
		}
		one := request{header: in.Header, body: string(body), event: e.EventType, id: e.Data.ID}
		if user, password, ok := in.BasicAuth(); ok {
			one.basic = user + ":" + password
		}
		r.mu.Lock()
		r.got = append(r.got, one)
		n := len(r.got)
		r.mu.Unlock()
		if r.turn != nil {
			r.turn(n, one, w)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) requests() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]request(nil), r.got...)
}

// verify checks a request's signature with the library.
func verify(t *testing.T, secret string, r request) {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(secret)
	must(t, err)
	if err := w.Verify([]byte(r.body), r.header); err != nil {
		t.Errorf("signature: %v", err)
	}
	forged := append([]byte(r.body[:len(r.body)-1]), ' ', '}')
	if w.Verify(forged, r.header) == nil {
		t.Error("a forged body passes")
	}
}

// eachEngine runs a test on both databases.
func eachEngine(t *testing.T, body func(t *testing.T, b *board)) {
	t.Run("sqlite", func(t *testing.T) { body(t, newBoard(t, store.Options{Dir: t.TempDir()})) })
	t.Run("postgres", func(t *testing.T) { body(t, newBoard(t, store.Options{URL: boardtest.Postgres(t)})) })
}
