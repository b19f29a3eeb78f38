package public_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"switchboard/boardtest"
)

// When an account is erased, its words leave the log of what webhooks got, and
// those that still wait are not sent.
func TestErasureEmptiesDeliveries(t *testing.T) {
	w := newWorld(t)
	var down atomic.Bool
	var late atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if down.Load() {
			rw.WriteHeader(http.StatusServiceUnavailable)
		} else if strings.Contains(string(body), "secret tooth") {
			late.Add(1)
		}
		rw.Write(body) // who answers with what it was sent
	}))
	t.Cleanup(receiver.Close)
	root, jana, petr := w.token("root"), w.token("jana"), w.token("petr")
	w.call(201, "POST", root, "/Webhooks", `{"eventTypes":["UserStatusChanged","SessionCreated"],"callbackUrl":"`+receiver.URL+`"}`)
	type delivery struct {
		ID              int64
		Status          string
		Response, Error string
		Attempts        int
		Payload         *struct{ EventType string }
	}
	read := func() (list []delivery, raw string) {
		r := w.call(200, "GET", root, "/Webhooks/1/deliveries", "")
		return boardtest.Decode[[]delivery](t, r), string(r.Body)
	}
	until := func(what string, ok func([]delivery) bool) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; {
			list, raw := read()
			if ok(list) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatal("waited in vain: ", what, raw)
			}
		}
	}
	state := func(token, name, note string) {
		w.call(204, "PUT", token, path("/Users/%d/operatorState", w.people[name].Account), `{"stateKind":"AWAY","note":"`+note+`"}`)
	}
	guest := w.visitor()
	guest.open(`{"text":"hello"}`)
	state(jana, "jana", "secret doctor")
	until("two are delivered", func(l []delivery) bool {
		return len(l) == 2 && l[0].Status == "delivered" && l[1].Status == "delivered" && strings.Contains(l[0].Response, "secret doctor")
	})
	down.Store(true)
	state(jana, "jana", "secret tooth")
	state(petr, "petr", "at lunch")
	until("an attempt has failed", func(l []delivery) bool { return len(l) == 4 && l[1].Attempts == 1 })

	w.call(204, "PUT", root, "/Companies/settings", `{"deletionGraceHours":0}`)
	w.call(204, "DELETE", root, path("/Accounts/%d", w.people["jana"].Account), "")
	until("jana's are empty", func(l []delivery) bool {
		return l[1].Payload == nil && l[1].Status == "failed" && l[2].Payload == nil && l[2].Status == "delivered"
	})
	if list, raw := read(); strings.Contains(raw, "secret") || list[0].Payload == nil || list[3].Payload == nil {
		t.Errorf("%s", raw)
	}
	down.Store(false)
	for _, body := range []string{`{"deliveryId":2}`, `{}`} {
		if r := w.call(200, "POST", root, "/Webhooks/1/replay", body); string(r.Body) != "{\"queued\":0}\n" {
			t.Errorf("%s: %s", body, r.Body)
		}
	}
	w.pass(time.Minute)
	w.call(200, "POST", root, "/Webhooks/1/replay", `{}`)
	until("petr's is delivered", func(l []delivery) bool { return l[0].Status == "delivered" })
	if late.Load() != 0 {
		t.Error("erased words went out")
	}
	if log := w.call(200, "GET", root, "/AuditLog", ""); strings.Contains(string(log.Body), "secret") {
		t.Errorf("the ledger keeps them: %s", log.Body)
	}
	w.call(204, "DELETE", root, path("/Accounts/%d", guestAccount(w, guest)), "")
	until("the customer's is empty", func(l []delivery) bool { return l[3].Payload == nil && l[0].Payload != nil })
}

// guestAccount is the account of a customer.
func guestAccount(w *world, v *visitor) int64 {
	p, err := w.Auth.Verify(w.t.Context(), v.AccessToken)
	must(w.t, err)
	return int64(p.Account)
}
