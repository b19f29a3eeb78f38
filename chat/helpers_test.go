package chat_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"switchboard"
	"switchboard/blob"
	"switchboard/boardtest"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/store"
)

func TestMain(m *testing.M) { os.Exit(boardtest.Main(m)) }

// eachEngine runs a test body on every engine.
func eachEngine(t *testing.T, body func(t *testing.T, w *world)) {
	t.Run("sqlite", func(t *testing.T) { body(t, newWorld(t, store.Options{Dir: t.TempDir()})) })
	t.Run("postgres", func(t *testing.T) { body(t, newWorld(t, store.Options{URL: boardtest.Postgres(t)})) })
}

// world is a tenant with a chat service.
type world struct {
	t      testing.TB
	db     *store.DB
	bus    *bus.Bus
	blob   *blob.Store
	chat   *chat.Service
	tenant store.Tenant
	clock  *clock
	opened store.Options
}

const (
	domain  = "example.org"
	maxFile = 8 << 20 // bytes of one file
	quota   = 20 << 20
)

func newWorld(t testing.TB, o store.Options) *world {
	t.Helper()
	c := &clock{}
	o.Now = c.now
	db, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	b := bus.New(bus.Options{})
	media, err := blob.Open(t.Context(), blob.Options{URL: "mem://", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { media.Close() })
	w := &world{t: t, opened: o, db: db, bus: b, blob: media, clock: c,
		chat: chat.New(chat.Options{DB: db, Bus: b, Now: c.now, Blob: media, Media: chat.MediaOptions{MaxSize: maxFile, Quota: quota}})}
	w.tenant = store.Tenant{Domain: domain, Name: "Example", GUID: switchboard.NewUUID(), Licence: switchboard.NewToken(),
		Secret: []byte("0123456789abcdef0123456789abcdef")}
	w.write(func(tx *store.Tx) (err error) {
		w.tenant.ID, err = tx.InsertTenant(w.tenant)
		return err
	})
	return w
}

func (w *world) write(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.db.Write(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// account makes an account and returns it as a principal.
func (w *world) account(name string, kind switchboard.AccountKind) switchboard.Principal {
	w.t.Helper()
	var a store.Account
	w.write(func(tx *store.Tx) (err error) {
		a, err = tx.InsertAccount(store.Account{Tenant: w.tenant.ID, Localpart: name, Kind: kind})
		return err
	})
	return switchboard.Principal{Tenant: w.tenant.ID, Account: a.ID, Kind: kind, Localpart: name, Domain: domain,
		Scopes: switchboard.AllScopes()}
}

func (w *world) user(name string) switchboard.Principal { return w.account(name, switchboard.User) }

func (w *world) users(n int) []switchboard.Principal {
	all := make([]switchboard.Principal, n)
	for i := range all {
		all[i] = w.user(fmt.Sprintf("u%d", i))
	}
	return all
}

// stream stands for a connected client: it takes what a stream of non-negative
// priority with carbons would.
type stream struct {
	mu        sync.Mutex
	resource  string
	available bool
	carbons   bool
	got       []*chat.Delivery
	signals   []bus.Signal
	changed   chan struct{}
	cancel    func()
}

func (w *world) connect(p switchboard.Principal, resource string) *stream {
	s := &stream{resource: resource, available: true, carbons: true, changed: make(chan struct{}, 1)}
	s.cancel = w.bus.Subscribe(bus.Account(p.Account), s.hear)
	w.t.Cleanup(s.cancel)
	return s
}

func (s *stream) hear(sig bus.Signal) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		select {
		case s.changed <- struct{}{}:
		default:
		}
	}()
	d, is := sig.Value.(*chat.Delivery)
	if !is {
		s.signals = append(s.signals, sig)
		return false
	}
	switch {
	case d.Carbon == chat.Direct && (d.Resource == s.resource || d.Resource == "" && s.available):
		s.got = append(s.got, d)
		return true
	case d.Carbon == chat.Received && s.carbons && d.Resource != s.resource,
		d.Carbon == chat.Sent && s.carbons && d.Stream != s.resource && d.Resource != s.resource:
		s.got = append(s.got, d)
	}
	return false
}

// count is how many deliveries have come.
func (s *stream) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.got)
}

// deliveries returns what came once n of them did.
func (s *stream) deliveries(t testing.TB, n int) []*chat.Delivery {
	t.Helper()
	for {
		s.mu.Lock()
		got := append([]*chat.Delivery(nil), s.got...)
		s.mu.Unlock()
		if len(got) >= n {
			if len(got) > n {
				t.Fatalf("%s: %d deliveries, want %d", s.resource, len(got), n)
			}
			return got
		}
		select {
		case <-s.changed:
		case <-t.Context().Done():
			t.Fatalf("%s: %d deliveries, want %d", s.resource, len(got), n)
		}
	}
}

func jid(s string) switchboard.JID { return switchboard.MustParseJID(s) }

// draft is a message with a body as the xmpp room would make it.
func draft(p switchboard.Principal, resource, to, kind, id, body string) chat.Draft {
	from := p.Bare()
	from.Resource = resource
	return chat.Draft{To: jid(to), Type: kind, ID: id, Store: body != "", Resource: resource, Stream: resource,
		Stanza: fmt.Appendf(nil, "<message from='%s' to='%s' type='%s' id='%s'><body>%s</body></message>", from, to, kind, id, body)}
}

type storeTx = store.Tx

func nothing(*store.Tx) error { return nil }
