package public_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"switchboard"
	"switchboard/boardtest"
)

// hook is one delivery as its receiver got it.
type hook struct {
	header http.Header
	body   []byte
}

// What happens to a session reaches a receiver in order, signed, and the
// deliveries can be looked at and sent again.
func TestWebhooksOfASession(t *testing.T) {
	w := newWorld(t)
	hooks := make(chan hook, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		hooks <- hook{r.Header, body}
	}))
	t.Cleanup(receiver.Close)
	url := strings.Replace(receiver.URL, "://", "://us:pa@", 1) + "/in?secret=1"
	key, root, jana := w.keyToken("root", switchboard.ScopeWebhooks), w.token("root"), w.token("jana")
	made := w.call(201, "POST", key, "/Webhooks",
		`{"EventTypes":[2,"sessionstarted","SessionOperatorJoined","SessionForwarded","SessionEnded",7,8],"CallbackUrl":"`+url+`"}`)
	secret := made.Header.Get("X-Webhook-Secret")
	signer, err := standardwebhooks.NewWebhook(secret)
	must(t, err)
	if string(made.Body) != "1\n" {
		t.Errorf("made %q", made.Body)
	}
	want := []string{"SessionCreated", "SessionStarted", "SessionOperatorJoined", "SessionForwarded", "SessionOperatorConcluded",
		"SessionOperatorJoined", "SessionEnded", "SessionOperatorLeft", "SessionOperatorConcluded"}
	var events []string
	var bodies strings.Builder
	next := func() {
		t.Helper()
		select {
		case h := <-hooks:
			if user, password, _ := (&http.Request{Header: h.header}).BasicAuth(); user != "us" || password != "pa" {
				t.Error("no credentials: ", h.header)
			}
			if err := signer.VerifyIgnoringTimestamp(h.body, h.header); err != nil {
				t.Error(err)
			}
			events = append(events, boardtest.Decode[struct{ EventType string }](t, boardtest.Reply{Body: h.body}).EventType)
			bodies.Write(append(h.body, '\n'))
		case <-time.After(time.Minute):
			t.Fatal("got only ", events)
		}
	}
	// The clock moves only when nothing is on its way: a delivery that takes a
	// minute is made again.
	step := func(n int, do func()) {
		t.Helper()
		do()
		for range n {
			next()
		}
		w.settled(root, len(events))
		w.pass(time.Minute)
	}
	step(1, func() { w.visitor().open(`{"text":"hello"}`) })
	step(2, func() { w.call(200, "POST", jana, "/Sessions/1/accept", "") })
	step(2, func() { w.call(204, "POST", jana, "/Sessions/1/forward", `{"operatorGroupId":1}`) })
	step(1, func() { w.call(200, "POST", jana, "/Sessions/1/accept", "") })
	step(3, func() { w.call(204, "POST", jana, "/Sessions/1/end", `{"result":"Sold"}`) })
	if !slices.Equal(events, want) {
		t.Errorf("got %v", events)
	}
	boardtest.Compare(t, "testdata/webhook_bodies.golden", bodies.String())
	boardtest.Golden(t, "webhooks", w.call(200, "GET", key, "/Webhooks", ""))
	boardtest.Golden(t, "webhook_admin", w.call(200, "GET", root, "/webhooks/1", ""))
	boardtest.Golden(t, "webhook_deliveries", w.call(200, "GET", key, "/Webhooks/1/deliveries?limit=2", ""))
	if r := w.call(200, "POST", key, "/Webhooks/1/replay", `{"deliveryId":1}`); string(r.Body) != "{\"queued\":1}\n" {
		t.Errorf("replayed %s", r.Body)
	}
	events = nil
	next()
	if !slices.Equal(events, []string{"SessionCreated"}) {
		t.Errorf("replayed %v", events)
	}
	w.settled(root, len(want))
	r := w.call(409, "POST", key, "/Webhooks", `{"eventTypes":["SessionEnded"],"callbackUrl":"`+url+`"}`)
	boardtest.Golden(t, "webhook_exists", r)
	w.call(204, "PUT", key, "/Webhooks/1", `{"eventTypes":["SessionEnded"],"callbackUrl":"`+url+`"}`)
	w.call(204, "DELETE", key, "/Webhooks/1", "")
	w.nothing(w.call(404, "GET", key, "/Webhooks/1", ""))
}

// settled waits until so many deliveries have been noted as delivered.
func (w *world) settled(token string, n int) {
	w.t.Helper()
	type delivery struct{ Status string }
	for deadline := time.Now().Add(time.Minute); ; {
		all := boardtest.Decode[[]delivery](w.t, w.call(200, "GET", token, "/Webhooks/1/deliveries?state=delivered", ""))
		if len(all) == n {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatal(len(all), "deliveries are settled")
		}
	}
}
