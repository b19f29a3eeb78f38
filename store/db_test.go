package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/store"
)

func TestMain(m *testing.M) { os.Exit(boardtest.Main(m)) }

// eachEngine runs a test body on every engine.
func eachEngine(t *testing.T, body func(t *testing.T, db *store.DB)) {
	t.Run("sqlite", func(t *testing.T) { body(t, openTest(t, store.Options{Dir: t.TempDir()})) })
	t.Run("postgres", func(t *testing.T) { body(t, openTest(t, store.Options{URL: boardtest.Postgres(t)})) })
}

func openTest(t testing.TB, o store.Options) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// people makes a tenant with n accounts.
func people(t testing.TB, db *store.DB, n int) (store.Tenant, []store.Account) {
	t.Helper()
	tenant := store.Tenant{Domain: "example.org", Name: "Example", GUID: switchboard.NewUUID(), Licence: switchboard.NewToken(),
		Trial: true, Secret: []byte("0123456789abcdef0123456789abcdef"), Settings: map[string]string{"a": "b"}}
	accounts := make([]store.Account, n)
	err := db.Write(t.Context(), func(tx *store.Tx) (err error) {
		if tenant.ID, err = tx.InsertTenant(tenant); err != nil {
			return err
		}
		for i := range accounts {
			accounts[i], err = tx.InsertAccount(store.Account{Tenant: tenant.ID, Localpart: fmt.Sprintf("u%d", i), Kind: switchboard.User})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tenant, accounts
}

func message(tenant switchboard.TenantID, from, to store.Account, body string) (*switchboard.Event, []*store.Entry) {
	return &switchboard.Event{Tenant: tenant, Kind: switchboard.MessageSent, Actor: from.ID, Payload: []byte(body)},
		[]*store.Entry{{Archive: from.Archive, Peer: to.Localpart}, {Archive: to.Archive, Peer: from.Localpart, Unread: true}}
}

func TestAccountsRoundTrip(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 3)
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			return tx.UpdateProfile(accounts[1].ID, store.Profile{Name: "Róbert '); DROP TABLE accounts; --", Email: "<b>x</b>",
				Metadata: map[string]string{"k": "🎉"}})
		}))
		must(t, db.Read(t.Context(), func(tx *store.Tx) error {
			got, err := tx.TenantByDomain("example.org")
			if err != nil || got.ID != tenant.ID || got.Settings["a"] != "b" || !got.Trial {
				t.Errorf("tenant = %+v, %v", got, err)
			}
			a, err := tx.AccountByName(tenant.ID, "u1")
			if err != nil || a.Name != "Róbert '); DROP TABLE accounts; --" || a.Email != "<b>x</b>" || a.Metadata["k"] != "🎉" {
				t.Errorf("account = %+v, %v", a, err)
			}
			if _, err := tx.AccountByName(tenant.ID, "nobody"); !errors.Is(err, store.ErrNone) {
				t.Errorf("unknown account: %v", err)
			}
			found, err := tx.Accounts(tenant.ID, store.AccountQuery{Search: "DROP"})
			if err != nil || len(found) != 1 {
				t.Errorf("search: %d accounts, %v", len(found), err)
			}
			none, err := tx.Accounts(tenant.ID, store.AccountQuery{Search: "%"})
			if err != nil || len(none) != 0 {
				t.Errorf("a percent sign found %d accounts, %v", len(none), err)
			}
			n, err := tx.CountAccounts(tenant.ID, store.AccountQuery{Kind: switchboard.User})
			if err != nil || n != 3 {
				t.Errorf("count = %d, %v", n, err)
			}
			return nil
		}))
	})
}

func TestDuplicateAccountFailsAlone(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, _ := people(t, db, 2)
		var wg sync.WaitGroup
		errs := make([]error, 40)
		for i := range errs {
			wg.Go(func() {
				errs[i] = db.Write(t.Context(), func(tx *store.Tx) error {
					name := fmt.Sprintf("new%d", i)
					if i%4 == 0 {
						name = "u1"
					}
					_, err := tx.InsertAccount(store.Account{Tenant: tenant.ID, Localpart: name, Kind: switchboard.User})
					return err
				})
			})
		}
		wg.Wait()
		for i, err := range errs {
			if dup := i%4 == 0; dup != errors.Is(err, store.ErrDuplicate) || (!dup && err != nil) {
				t.Errorf("write %d: %v", i, err)
			}
		}
		must(t, db.Read(t.Context(), func(tx *store.Tx) error {
			n, err := tx.CountAccounts(tenant.ID, store.AccountQuery{})
			if err != nil || n != 32 {
				t.Errorf("%d accounts, want 32 (%v)", n, err)
			}
			return nil
		}))
	})
}

// A failing neighbour in the same group must neither lose a message nor leave
// a gap in positions or archive numbers.
func TestNumbersHaveNoGaps(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 5)
		const writers, each = 20, 15
		var wg sync.WaitGroup
		var mu sync.Mutex
		positions, numbers := map[switchboard.Position]bool{}, map[string]bool{}
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					from, to := accounts[w%5], accounts[(w+i+1)%5]
					e, entries := message(tenant.ID, from, to, fmt.Sprintf("%d-%d", w, i))
					if from.ID == to.ID {
						entries = entries[:1]
					}
					fail := i%5 == 4
					err := db.Write(context.Background(), func(tx *store.Tx) error {
						e.Position = 0
						tx.Append(e, entries...)
						if fail && i%2 == 0 {
							return errors.New("refused before writing")
						}
						if fail {
							_, err := tx.InsertAccount(store.Account{Tenant: tenant.ID, Localpart: "u0"})
							return err
						}
						return nil
					})
					if fail != (err != nil) {
						t.Errorf("writer %d message %d: %v", w, i, err)
					}
					if err != nil {
						continue
					}
					mu.Lock()
					positions[e.Position] = true
					for _, n := range entries {
						numbers[fmt.Sprint(n.Archive, "/", n.Number)] = true
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		must(t, db.Read(context.Background(), func(tx *store.Tx) error {
			last, err := tx.LastPosition()
			if err != nil || int(last) != writers*each*4/5 || len(positions) != int(last) {
				t.Errorf("last position %d, %d distinct ones, %v", last, len(positions), err)
			}
			all, err := tx.Events(0, 1000)
			if err != nil || len(all) != int(last) {
				t.Fatalf("%d events, %v", len(all), err)
			}
			for i, e := range all {
				if e.Position != switchboard.Position(i+1) {
					t.Fatalf("event %d has position %d", i, e.Position)
				}
			}
			return nil
		}))
		for _, a := range accounts {
			for n := 1; n <= 3; n++ {
				if !numbers[fmt.Sprint(a.Archive, "/", n)] {
					t.Errorf("archive %d has no number %d", a.Archive, n)
				}
			}
		}
	})
}

func TestSubmitAnnouncesInOrder(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 2)
		const n = 500
		got := make(chan switchboard.Position, n)
		for i := range n {
			e, entries := message(tenant.ID, accounts[0], accounts[1], fmt.Sprint(i))
			db.Submit(func(tx *store.Tx) error { tx.Append(e, entries...); return nil }, func(err error) {
				if err != nil {
					t.Error(err)
				}
				got <- e.Position
			})
		}
		for i := range n {
			if p := <-got; p != switchboard.Position(i+1) {
				t.Fatalf("announcement %d is of position %d", i, p)
			}
		}
	})
}

func TestPanicIsOneJobsError(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		err := db.Write(t.Context(), func(*store.Tx) error { panic("boom") })
		if switchboard.KindOf(err) != switchboard.Internal {
			t.Errorf("a panic became %v", err)
		}
		people(t, db, 1)
	})
}

// Two consumers with one name, as two nodes would be, and a handler that fails
// now and then: what it writes is there once for each fact.
func TestFollowHandlesEachFactOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 2)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				calls := 0
				err := db.Follow(ctx, "test", func(tx *store.Tx, events []switchboard.Event) error {
					if calls++; calls == 1 {
						return errors.New("the first try fails")
					}
					for _, e := range events {
						if e.Kind == switchboard.ConversationNew {
							tx.Append(&switchboard.Event{Tenant: e.Tenant, Kind: switchboard.ConversationEnded, Subject: e.Subject})
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		for i := range 100 {
			m, entries := message(tenant.ID, accounts[0], accounts[1], "hello")
			must(t, db.Write(t.Context(), func(tx *store.Tx) error {
				tx.Append(m, entries...)
				tx.Append(&switchboard.Event{Tenant: tenant.ID, Kind: switchboard.ConversationNew, Subject: int64(i)})
				return nil
			}))
		}
		ended := map[int64]int{}
		var from switchboard.Position
		for deadline := time.Now().Add(30 * time.Second); len(ended) < 100 && time.Now().Before(deadline); {
			must(t, db.Read(t.Context(), func(tx *store.Tx) error {
				events, err := tx.Facts(from, 1000)
				for _, e := range events {
					from = e.Position
					if e.Kind == switchboard.ConversationEnded {
						ended[e.Subject]++
					}
				}
				return err
			}))
			must(t, db.WaitChange(t.Context(), from))
		}
		cancel()
		wg.Wait()
		for i := range int64(100) {
			if ended[i] != 1 {
				t.Errorf("fact %d took effect %d times", i, ended[i])
			}
		}
	})
}

func TestReopenKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	db := openTest(t, store.Options{Dir: dir})
	tenant, accounts := people(t, db, 2)
	e, entries := message(tenant.ID, accounts[0], accounts[1], "kept")
	must(t, db.Write(t.Context(), func(tx *store.Tx) error { tx.Append(e, entries...); return nil }))
	must(t, db.Close())
	if err := db.Write(t.Context(), func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("write after close: %v", err)
	}
	db = openTest(t, store.Options{Dir: dir})
	must(t, db.Read(t.Context(), func(tx *store.Tx) error {
		got, err := tx.Event(e.Position)
		if err != nil || string(got.Payload) != "kept" || !got.Time.Equal(e.Time) {
			t.Errorf("event = %+v, %v", got, err)
		}
		return nil
	}))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A rule that reads a row and writes what follows from it is alone, also when
// several processes write.
func TestWritersOfSeveralProcesses(t *testing.T) {
	dir, url := t.TempDir(), boardtest.Postgres(t)
	for name, o := range map[string]store.Options{"sqlite": {Dir: dir}, "postgres": {URL: url}} {
		t.Run(name, func(t *testing.T) {
			dbs := []*store.DB{openTest(t, o), openTest(t, o), openTest(t, o)}
			_, accounts := people(t, dbs[0], 1)
			const each = 50
			var all sync.WaitGroup
			for i := range 2 * len(dbs) {
				all.Go(func() {
					for range each {
						err := dbs[i%len(dbs)].Write(t.Context(), func(tx *store.Tx) error {
							c, err := tx.Contact(accounts[0].ID, "count@example.org")
							if err == store.ErrNone {
								c, err = store.Contact{Account: accounts[0].ID, JID: "count@example.org", Name: "0"}, nil
							}
							if err != nil {
								return err
							}
							n, err := strconv.Atoi(c.Name)
							c.Name = strconv.Itoa(n + 1)
							return errors.Join(err, tx.PutContact(c))
						})
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
			all.Wait()
			must(t, dbs[0].Read(t.Context(), func(tx *store.Tx) error {
				c, err := tx.Contact(accounts[0].ID, "count@example.org")
				if want := strconv.Itoa(2 * len(dbs) * each); c.Name != want {
					t.Errorf("counted to %s, want %s", c.Name, want)
				}
				return err
			}))
		})
	}
}
