package public

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"switchboard"
	"switchboard/bus"
	"switchboard/store"
	"switchboard/web"
	"switchboard/webhook"
)

// hookAPI is the dialect with no more than its webhooks at work, on a store.
type hookAPI struct {
	t       *testing.T
	handler http.Handler
	db      *store.DB
	tenant  switchboard.TenantID
}

func newHookAPI(t *testing.T) *hookAPI {
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	h := &hookAPI{t: t, db: db}
	err = db.Write(t.Context(), func(tx *store.Tx) (err error) {
		h.tenant, err = tx.InsertTenant(store.Tenant{Domain: "d", GUID: "g", Licence: "l", Secret: []byte("s")})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	principals := map[string]switchboard.Principal{
		"admin":    {Tenant: h.tenant, Account: 1, Kind: switchboard.Operator, Admin: true, Scopes: switchboard.AllScopes()},
		"key":      {Tenant: h.tenant, Account: 2, Kind: switchboard.Client, Scopes: []switchboard.Scope{switchboard.ScopeWebhooks}},
		"operator": {Tenant: h.tenant, Account: 3, Kind: switchboard.Operator, Scopes: switchboard.OperatorScopes()},
	}
	k := web.New(web.Options{Log: slog.New(slog.DiscardHandler),
		Authenticate: func(_ context.Context, token string) (switchboard.Principal, error) {
			p, ok := principals[token]
			if !ok {
				return p, switchboard.E(switchboard.Unauthorized, "token-invalid", "no")
			}
			p.Dialect = switchboard.PublicDialect
			return p, nil
		}})
	New(Options{Kernel: k, Webhook: webhook.New(webhook.Options{DB: db, Bus: bus.New(bus.Options{}), AllowPrivate: false, MaxWebhooks: 3})})
	h.handler = k.Handler()
	return h
}

func (h *hookAPI) do(token, method, path, body string) *http.Response {
	h.t.Helper()
	r := httptest.NewRequest(method, "/api/v1/"+path, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
		if !strings.HasPrefix(body, "{") {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w.Result()
}

// call does a request and compares its status and body; a want that begins
// with ~ need only be contained.
func (h *hookAPI) call(token, method, path, body string, status int, want string) *http.Response {
	h.t.Helper()
	resp := h.do(token, method, path, body)
	b, _ := io.ReadAll(resp.Body)
	got := strings.TrimSpace(string(b))
	part, contained := strings.CutPrefix(want, "~")
	if resp.StatusCode != status || (!contained && got != want) || (contained && !strings.Contains(got, part)) {
		h.t.Errorf("%s %s %s: %d %s, want %d %s", method, path, body, resp.StatusCode, got, status, want)
	}
	return resp
}

func TestWebhooksOverHTTP(t *testing.T) {
	h := newHookAPI(t)
	url := "https://8.8.8.8/a"
	h.call("key", "GET", "Webhooks", "", 200, "[]")
	h.call("key", "DELETE", "Webhooks", "", 404, "")
	// As Json.NET writes it: upper case, numbers for enumerations.
	resp := h.call("key", "POST", "Webhooks", `{"EventTypes":[3,5,4],"CallbackUrl":"https://u:p@8.8.8.8/a"}`, 201, "1")
	secret := resp.Header.Get("X-Webhook-Secret")
	if !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("secret %q", secret)
	}
	h.call("key", "POST", "webhooks", `{"eventTypes":["sessionCreated"],"callbackUrl":"`+url+`"}`, 409, "1")
	h.call("key", "POST", "WEBHOOKS", "eventTypes=sessioncreated&eventTypes=4&callbackUrl=https://8.8.4.4/b", 201, "2")
	var list []map[string]any
	if err := json.NewDecoder(h.do("key", "GET", "Webhooks", "").Body).Decode(&list); err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	if got := fmt.Sprintln(list[0]["id"], list[0]["eventTypes"], list[0]["callbackUrl"], list[0]["secret"]); got !=
		"1 [SessionStarted SessionForwarded SessionEnded] "+url+" <nil>\n" {
		t.Errorf("listed as %s", got)
	}
	if fmt.Sprint(list[1]["eventTypes"]) != "[SessionCreated SessionEnded]" {
		t.Errorf("from a form: %v", list[1])
	}
	h.call("key", "PUT", "webhooks/1", `{"eventTypes":["SESSIONENDED"],"callbackUrl":"`+url+`"}`, 204, "")
	h.call("admin", "GET", "Webhooks/1", "", 200, `~"secret":"`+secret)
	h.call("admin", "GET", "Webhooks/1", "", 200, `~"eventTypes":["SessionEnded"]`)
	h.call("key", "GET", "Webhooks/1", "", 200, `~"basicAuth":true`)
	h.call("key", "PUT", "Webhooks/2", `{"eventTypes":["SessionEnded"],"callbackUrl":"`+url+`"}`, 409, "~there is a webhook")
	for _, method := range []string{"GET", "DELETE"} {
		h.call("key", method, "Webhooks/9", "", 404, "")
	}
	h.call("key", "PUT", "Webhooks/9", `{"eventTypes":["SessionEnded"],"callbackUrl":"https://8.8.8.8/c"}`, 404, "")
	h.call("key", "DELETE", "Webhooks/2", "", 204, "")
	h.call("key", "DELETE", "Webhooks", "", 204, "")
	h.call("", "GET", "Webhooks", "", 401, "~")
	h.call("operator", "GET", "Webhooks", "", 403, "")
}

func TestWebhooksRefuseOverHTTP(t *testing.T) {
	h := newHookAPI(t)
	for _, c := range []struct{ body, code string }{
		{`{"eventTypes":["Nope"],"callbackUrl":"https://8.8.8.8/"}`, "event-type-unknown"},
		{`{"eventTypes":[10],"callbackUrl":"https://8.8.8.8/"}`, "event-type-unknown"},
		{`{"eventTypes":[1.5],"callbackUrl":"https://8.8.8.8/"}`, ""},
		{`{"eventTypes":[{"a":1}],"callbackUrl":"https://8.8.8.8/"}`, ""},
		{`{"eventTypes":[],"callbackUrl":"https://8.8.8.8/"}`, "event-types-missing"},
		{`{"eventTypes":null,"callbackUrl":"https://8.8.8.8/"}`, ""},
		{`{"callbackUrl":"https://8.8.8.8/"}`, ""},
		{`{"eventTypes":["SessionEnded"]}`, ""},
		{`{"eventTypes":["SessionEnded"],"callbackUrl":17}`, ""},
		{`{"eventTypes":["SessionEnded"],"callbackUrl":"nonsense"}`, "url-invalid"},
		{`{"eventTypes":["SessionEnded"],"callbackUrl":"http://127.0.0.1:8080/"}`, "url-private"},
		{`{"eventTypes":["SessionEnded"],"callbackUrl":"http://localhost/"}`, "url-private"},
		{`{"eventTypes":["SessionEnded"],"callbackUrl":"http://169.254.169.254/latest"}`, "url-private"},
		{`{"eventTypes":["SessionEnded"]`, "malformed-json"},
		{``, ""},
	} {
		resp := h.do("key", "POST", "Webhooks", c.body)
		if code := resp.Header.Get("X-Error-Code"); resp.StatusCode != 400 || c.code != "" && code != c.code {
			b, _ := io.ReadAll(resp.Body)
			t.Errorf("%s: %d %s %s, want 400 %s", c.body, resp.StatusCode, code, b, c.code)
		}
	}
}

func TestWebhookDeliveriesOverHTTP(t *testing.T) {
	h := newHookAPI(t)
	h.call("key", "POST", "Webhooks", `{"eventTypes":["SessionEnded"],"callbackUrl":"https://8.8.8.8/"}`, 201, "1")
	h.call("key", "GET", "Webhooks/1/deliveries", "", 200, "[]")
	err := h.db.Write(t.Context(), func(tx *store.Tx) error {
		err := tx.InsertDeliveries([]store.Delivery{{Webhook: 1, Message: "msg_a", Event: "SessionEnded", Body: `{"n":1}`},
			{Webhook: 1, Message: "msg_b", Event: "SessionEnded", Body: `{"n":2}`}})
		if err != nil {
			return err
		}
		return tx.SettleDelivery(store.Delivery{ID: 1, State: "failed", Attempts: 3, Finished: tx.Now(), Status: 500, Answer: "<oh>"})
	})
	if err != nil {
		t.Fatal(err)
	}
	h.call("key", "GET", "Webhooks/1/deliveries?State=FAILED&Limit=5", "", 200, `~"responseStatus":500,"error":"<oh>","payload":{"n":1}}]`)
	h.call("key", "GET", "webhooks/1/Deliveries?before=2", "", 200, `~[{"id":1,"messageId":"msg_a","eventType":"SessionEnded","status":"failed","attempts":3`)
	h.call("key", "GET", "Webhooks/1/deliveries?state=pending", "", 200, `~"status":"pending","attempts":0`)
	h.call("key", "GET", "Webhooks/1/deliveries?state=nope", "", 400, "~")
	h.call("key", "GET", "Webhooks/9/deliveries", "", 404, "")
	h.call("key", "POST", "Webhooks/1/replay", `{"deliveryId":1}`, 200, `{"queued":1}`)
	h.call("key", "POST", "Webhooks/1/replay", `{}`, 200, `{"queued":0}`)
	h.call("key", "POST", "Webhooks/1/replay", ``, 200, `{"queued":0}`)
	h.call("key", "POST", "Webhooks/1/replay", `{"since":"2020-01-01"}`, 200, `{"queued":0}`)
	h.call("key", "POST", "Webhooks/1/replay", `{"deliveryId":77}`, 404, "")
	h.call("key", "POST", "Webhooks/9/replay", `{}`, 404, "")
	h.call("operator", "POST", "Webhooks/1/replay", `{}`, 403, "")
}
