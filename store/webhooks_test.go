package store_test

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/store"
)

// hands is a clock that moves only when it is told to.
type hands struct{ micros atomic.Int64 }

func newHands() *hands {
	h := &hands{}
	h.micros.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMicro())
	return h
}

func (h *hands) Now() time.Time          { return time.UnixMicro(h.micros.Load()).UTC() }
func (h *hands) Advance(d time.Duration) { h.micros.Add(d.Microseconds()) }

func eachEngineAt(t *testing.T, body func(t *testing.T, db *store.DB, clock *hands)) {
	t.Run("sqlite", func(t *testing.T) {
		clock := newHands()
		body(t, openTest(t, store.Options{Dir: t.TempDir(), Now: clock.Now}), clock)
	})
	t.Run("postgres", func(t *testing.T) {
		clock := newHands()
		body(t, openTest(t, store.Options{URL: boardtest.Postgres(t), Now: clock.Now}), clock)
	})
}

// hook stores a webhook with n pending deliveries.
func hook(t *testing.T, db *store.DB, tenant switchboard.TenantID, url string, n int) store.Webhook {
	t.Helper()
	w := store.Webhook{Tenant: tenant, URL: url, Username: "u", Password: "p'\"", Secret: "whsec_x", Events: []string{"A", "B"}}
	must(t, db.Write(t.Context(), func(tx *store.Tx) (err error) {
		if w.ID, err = tx.InsertWebhook(w); err != nil {
			return err
		}
		return tx.InsertDeliveries(deliveries(w.ID, n))
	}))
	must(t, db.Write(t.Context(), func(tx *store.Tx) error { return tx.WakeWebhook(w.ID) }))
	return w
}

func deliveries(webhook int64, n int) (list []store.Delivery) {
	for i := range n {
		list = append(list, store.Delivery{Webhook: webhook, Position: switchboard.Position(i + 1), Message: switchboard.NewName(),
			Event: "A", Body: `{"n":` + string(rune('0'+i)) + `}`})
	}
	return list
}

func TestWebhookRoundTrip(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, _ := people(t, db, 0)
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			tx.Append(&switchboard.Event{Tenant: tenant.ID, Kind: switchboard.TenantChanged})
			return nil
		}))
		w := hook(t, db, tenant.ID, "https://example.com/'); DROP TABLE webhooks; --", 1)
		must(t, db.Read(t.Context(), func(tx *store.Tx) error {
			got, err := tx.WebhookByURL(tenant.ID, w.URL)
			if err != nil || got.ID != w.ID || got.Password != w.Password || !got.Wants("B") || got.Wants("C") || got.Since != 1 {
				t.Errorf("webhook = %+v, %v", got, err)
			}
			if _, err := tx.Webhook(tenant.ID+1, w.ID); !errors.Is(err, store.ErrNone) {
				t.Errorf("another tenant's webhook: %v", err)
			}
			return nil
		}))
		err := db.Write(t.Context(), func(tx *store.Tx) error { _, err := tx.InsertWebhook(w); return err })
		if !errors.Is(err, store.ErrDuplicate) {
			t.Errorf("the same URL again: %v", err)
		}
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			w.URL, w.Events = "https://example.org/", []string{"C"}
			return tx.UpdateWebhook(w)
		}))
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			all, err := tx.Webhooks(tenant.ID)
			if err != nil || len(all) != 1 || all[0].URL != "https://example.org/" || !all[0].Wants("C") {
				t.Errorf("webhooks = %+v, %v", all, err)
			}
			return tx.DeleteWebhook(w.ID)
		}))
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			if left, err := tx.Deliveries(w.ID, store.DeliveryQuery{Limit: 10}); err != nil || len(left) != 0 {
				t.Errorf("deliveries of a deleted webhook: %v, %v", left, err)
			}
			if err := tx.InsertDeliveries(deliveries(w.ID, 1)); err != nil {
				return err
			}
			n, err := tx.PruneOrphans()
			if n != 1 {
				t.Errorf("pruned %d orphans", n)
			}
			return err
		}))
	})
}

func TestWebhookClaims(t *testing.T) {
	eachEngineAt(t, func(t *testing.T, db *store.DB, clock *hands) {
		tenant, _ := people(t, db, 0)
		first := hook(t, db, tenant.ID, "https://a.example/", 2)
		clock.Advance(time.Second)
		second := hook(t, db, tenant.ID, "https://b.example/", 1)
		claim := func(holder string, limit int) (ids []int64) {
			must(t, db.Write(t.Context(), func(tx *store.Tx) error {
				got, err := tx.ClaimWebhooks(holder, tx.Now().Add(30*time.Second), limit)
				ids = nil
				for _, w := range got {
					ids = append(ids, w.ID)
				}
				return err
			}))
			return ids
		}
		if got := claim("x", 1); !slices.Equal(got, []int64{first.ID}) {
			t.Fatalf("the longest due is claimed first: %v", got)
		}
		if got := claim("y", 9); !slices.Equal(got, []int64{second.ID}) {
			t.Fatalf("what another holds is not claimed: %v", got)
		}
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			if _, err := tx.HeldWebhook(first.ID, "y", tx.Now()); !errors.Is(err, store.ErrNone) {
				t.Errorf("held by another: %v", err)
			}
			if at, err := tx.NextWebhook("x"); err != nil || !at.Equal(tx.Now().Add(30*time.Second)) {
				t.Errorf("next = %v, %v", at, err)
			}
			return tx.ReleaseWebhook(second.ID, "y", time.Time{})
		}))
		clock.Advance(20 * time.Second)
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			w, err := tx.HeldWebhook(first.ID, "x", tx.Now().Add(30*time.Second))
			if err != nil || w.URL != first.URL {
				t.Errorf("renewed: %+v, %v", w, err)
			}
			return nil
		}))
		clock.Advance(20 * time.Second)
		if got := claim("y", 9); len(got) != 0 {
			t.Errorf("claimed %v, though the lease was renewed", got)
		}
		clock.Advance(10 * time.Second)
		if got := claim("y", 9); !slices.Equal(got, []int64{first.ID}) {
			t.Errorf("claimed %v after the lease ran out", got)
		}
		must(t, db.Write(t.Context(), func(tx *store.Tx) error { // too late: y has it
			return tx.ReleaseWebhook(first.ID, "x", time.Time{})
		}))
		if got := claim("z", 9); len(got) != 0 {
			t.Errorf("claimed %v that y holds", got)
		}
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			if err := tx.ReleaseWebhook(first.ID, "y", time.Time{}); err != nil {
				return err
			}
			return tx.WakeWebhooks() // both have deliveries that wait
		}))
		if got := claim("z", 9); !slices.Equal(got, []int64{first.ID, second.ID}) {
			t.Errorf("claimed %v of those that were woken", got)
		}
	})
}

func TestDeliveriesSettle(t *testing.T) {
	eachEngineAt(t, func(t *testing.T, db *store.DB, clock *hands) {
		tenant, _ := people(t, db, 0)
		w := hook(t, db, tenant.ID, "https://a.example/", 3)
		start := clock.Now()
		settle := func(state string) (d store.Delivery) {
			must(t, db.Write(t.Context(), func(tx *store.Tx) (err error) {
				if d, err = tx.NextDelivery(w.ID); err != nil {
					return err
				}
				d.State, d.Finished, d.Attempts, d.Status, d.Answer = state, tx.Now(), 3, 500, "no 🎉"
				return tx.SettleDelivery(d)
			}))
			return d
		}
		failed := settle(store.DeliveryFailed)
		clock.Advance(time.Minute)
		delivered := settle(store.DeliveryDelivered)
		if failed.Body != `{"n":0}` || delivered.Body != `{"n":1}` {
			t.Errorf("order: %q, %q", failed.Body, delivered.Body)
		}
		list := func(q store.DeliveryQuery) (ids []int64) {
			must(t, db.Read(t.Context(), func(tx *store.Tx) error {
				all, err := tx.Deliveries(w.ID, q)
				for _, d := range all {
					ids = append(ids, d.ID)
				}
				return err
			}))
			return ids
		}
		if got := list(store.DeliveryQuery{Limit: 10}); !slices.Equal(got, []int64{delivered.ID + 1, delivered.ID, failed.ID}) {
			t.Errorf("all: %v", got)
		}
		if got := list(store.DeliveryQuery{State: "failed", Before: delivered.ID, Limit: 1}); !slices.Equal(got, []int64{failed.ID}) {
			t.Errorf("failed: %v", got)
		}
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			failed.State = store.DeliveryDelivered // settled already: the first word stands
			if err := tx.SettleDelivery(failed); err != nil {
				return err
			}
			if n, err := tx.RequeueSince(w.ID, start.Add(time.Hour)); n != 0 || err != nil {
				t.Errorf("requeued %d, %v", n, err)
			}
			if n, err := tx.RequeueFailed(w.ID); n != 1 || err != nil {
				t.Errorf("requeued %d, %v", n, err)
			}
			if d, err := tx.NextDelivery(w.ID); err != nil || d.ID != failed.ID || d.Attempts != 0 || d.Message != failed.Message {
				t.Errorf("next = %+v, %v", d, err)
			}
			if n, err := tx.RequeueDelivery(w.ID, failed.ID); n != 0 || err != nil {
				t.Errorf("requeued %d, %v", n, err)
			}
			if _, err := tx.RequeueDelivery(w.ID+1, failed.ID); !errors.Is(err, store.ErrNone) {
				t.Errorf("another webhook's delivery: %v", err)
			}
			if n, err := tx.PruneDeliveries(tx.Now(), 10); n != 0 || err != nil {
				t.Errorf("pruned %d, %v", n, err)
			}
			n, err := tx.PruneDeliveries(tx.Now().Add(time.Second), 10)
			if n != 1 {
				t.Errorf("pruned %d", n)
			}
			return err
		}))
		if got := list(store.DeliveryQuery{Limit: 10}); !slices.Equal(got, []int64{delivered.ID + 1, failed.ID}) {
			t.Errorf("after pruning: %v", got)
		}
	})
}

// Emptied deliveries keep their rows and are not sent again; other accounts' and
// other tenants' stay.
func TestEmptyDeliveries(t *testing.T) {
	eachEngineAt(t, func(t *testing.T, db *store.DB, clock *hands) {
		one, _ := people(t, db, 0)
		tenant := one.ID
		w := hook(t, db, tenant, "https://a.example/", 0)
		facts := []switchboard.Event{
			{Tenant: tenant, Kind: switchboard.OperatorStatus, Subject: 5, Actor: 9, Payload: []byte("{}")},
			{Tenant: tenant, Kind: switchboard.OperatorStatus, Subject: 5, Actor: 9}, // erased
			{Tenant: tenant, Kind: switchboard.ConversationEnded, Subject: 3, Actor: 5, Payload: []byte("{}")},
			{Tenant: tenant, Kind: switchboard.ConversationEnded, Subject: 5, Actor: 9, Payload: []byte("{}")},
			{Tenant: tenant + 1, Kind: switchboard.ConversationEnded, Subject: 3, Actor: 5, Payload: []byte("{}")},
		}
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			for i := range facts {
				tx.Append(&facts[i])
			}
			return nil
		}))
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			var list []store.Delivery
			for _, f := range append(facts, facts...) { // each of them once sent and once waiting
				list = append(list, store.Delivery{Webhook: w.ID, Position: f.Position, Message: switchboard.NewName(), Event: "A", Body: "{}"})
			}
			if err := tx.InsertDeliveries(list); err != nil {
				return err
			}
			for id := range int64(len(facts)) {
				d := store.Delivery{ID: id + 1, State: store.DeliveryDelivered, Finished: clock.Now(), Answer: "thanks"}
				if err := tx.SettleDelivery(d); err != nil {
					return err
				}
			}
			return tx.EmptyDeliveries(tenant, 5)
		}))
		want := []string{"delivered", "delivered", "delivered", "delivered {} thanks", "delivered {} thanks",
			"pending {}", "failed what it said has been erased", "pending {}", "pending {}", "pending {}"}
		var queued int64
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			all, err := tx.Deliveries(w.ID, store.DeliveryQuery{Limit: 100})
			for i, d := range all {
				got := strings.Join(strings.Fields(d.State+" "+d.Body+" "+d.Answer), " ")
				if n := len(all) - 1 - i; got != want[n] {
					t.Errorf("delivery %d: %q, want %q", n, got, want[n])
				}
			}
			if err != nil {
				return err
			}
			queued, err = tx.RequeueSince(w.ID, clock.Now().Add(-time.Hour))
			return err
		}))
		if queued != 2 {
			t.Errorf("%d are sent again", queued)
		}
	})
}
