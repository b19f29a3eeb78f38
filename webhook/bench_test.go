package webhook_test

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"switchboard"
	"switchboard/bus"
	"switchboard/store"
	"switchboard/webhook"
)

// roundTripper answers without a network.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// BenchmarkDeliver is one event through queue, signature and result, with 1 and
// with 20 webhooks; a transaction each, shared by webhooks that are served at the
// same moment.
func BenchmarkDeliver(b *testing.B) {
	for name, hooks := range map[string]int{"1": 1, "20": 20} {
		b.Run(name, func(b *testing.B) {
			db, err := store.Open(b.Context(), store.Options{Dir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			var got atomic.Int64
			done := make(chan struct{})
			events := (b.N + hooks - 1) / hooks
			s := webhook.New(webhook.Options{DB: db, Bus: bus.New(bus.Options{}), AllowPrivate: true, Log: slog.New(slog.DiscardHandler),
				Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					if got.Add(1) == int64(events*hooks) {
						close(done)
					}
					return &http.Response{StatusCode: 204, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
				})})
			var tenant switchboard.TenantID
			err = db.Write(b.Context(), func(tx *store.Tx) (err error) {
				tenant, err = tx.InsertTenant(store.Tenant{Domain: "d", GUID: "g", Licence: "l", Secret: []byte("s")})
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			p := switchboard.Principal{Tenant: tenant, Account: 1, Admin: true, Scopes: switchboard.AllScopes()}
			for n := range hooks {
				_, err := s.Create(b.Context(), p, webhook.Registration{EventTypes: []string{"SessionCreated"}, URL: "http://h/" + string(rune('a'+n))})
				if err != nil {
					b.Fatal(err)
				}
			}
			go s.Run(b.Context())
			b.ResetTimer()
			for range events {
				db.Submit(func(tx *store.Tx) error {
					tx.Append(&switchboard.Event{Tenant: tenant, Kind: switchboard.ConversationNew, Payload: []byte(`{"id":1}`)})
					return nil
				}, func(error) {})
			}
			<-done
			b.ReportMetric(float64(events*hooks)/b.Elapsed().Seconds(), "deliveries/s")
		})
	}
}
