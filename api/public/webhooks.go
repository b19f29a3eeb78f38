package public

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"switchboard"
	"switchboard/web"
	"switchboard/webhook"
)

// eventType is the name of an event type; clients may send its number.
type eventType string

// UnmarshalJSON implements json.Unmarshaler. webhook checks what it says.
func (t *eventType) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		s = string(b)
	}
	*t = eventType(s)
	return nil
}

// Schema implements huma.SchemaProvider. There is no list of values in it:
// names are taken in any case.
func (eventType) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		AnyOf:    []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}},
		Examples: []any{"SessionCreated"},
		Description: "A name, in any case, or one of the numbers 1 to 9 for the first nine. Names: " +
			strings.Join(webhook.Types(), ", "),
	}
}

type webhookModel struct {
	ID          int64     `json:"id"`
	EventTypes  []string  `json:"eventTypes"`
	CallbackURL string    `json:"callbackUrl" doc:"Without the username and password"`
	BasicAuth   bool      `json:"basicAuth" doc:"A username and password are sent"`
	Created     web.Time  `json:"created"`
	Succeeded   *web.Time `json:"lastSuccess"`
	Failing     *web.Time `json:"failingSince" doc:"After three days of this the webhook is removed"`
	Secret      string    `json:"secret,omitempty" doc:"Key of the signatures; only for administrators who ask for this one webhook"`
}

func webhookView(w webhook.Webhook) webhookModel {
	return webhookModel{w.ID, w.EventTypes, w.URL, w.BasicAuth, web.Time{Time: w.Created}, instant(w.Succeeded), instant(w.Failing), w.Secret}
}

// WebhookRequest is the body that makes or changes a webhook.
type WebhookRequest struct {
	Body struct {
		EventTypes  []eventType `json:"eventTypes"`
		CallbackURL string      `json:"callbackUrl" maxLength:"2048" doc:"http or https; user:password@ before the host is sent as HTTP Basic"`
	}
}

func (r *WebhookRequest) registration() webhook.Registration {
	out := webhook.Registration{URL: r.Body.CallbackURL}
	for _, t := range r.Body.EventTypes {
		out.EventTypes = append(out.EventTypes, string(t))
	}
	return out
}

type webhookUpdate struct {
	IDPath
	WebhookRequest
}

type createdWebhook struct {
	Secret string `header:"X-Webhook-Secret" doc:"Key of the signatures"`
	Body   int64
}

type deliveryModel struct {
	ID             int64     `json:"id"`
	MessageID      string    `json:"messageId" doc:"The header webhook-id"`
	EventType      string    `json:"eventType"`
	Status         string    `json:"status" enum:"pending,delivered,failed"`
	Attempts       int       `json:"attempts"`
	Created        web.Time  `json:"created"`
	Delivered      *web.Time `json:"delivered"`
	NextAttempt    *web.Time `json:"nextAttempt"`
	ResponseStatus *int      `json:"responseStatus"`
	Response       string    `json:"response,omitempty" doc:"How the receiver's answer began"`
	Error          string    `json:"error,omitempty" doc:"What went wrong"`
	Payload        any       `json:"payload" doc:"Null once the account that it was about has been erased; it is not sent again then"`
}

func deliveryView(d webhook.Delivery) deliveryModel {
	m := deliveryModel{ID: d.ID, MessageID: d.Message, EventType: d.Event, Status: d.State, Attempts: d.Attempts,
		Created: web.Time{Time: d.Created}}
	if d.Body != "" {
		m.Payload = json.RawMessage(d.Body)
	}
	if d.Status != 0 {
		m.ResponseStatus = &d.Status
	}
	switch d.State {
	case "delivered":
		m.Delivered, m.Response = instant(d.Finished), d.Answer
	case "pending":
		m.NextAttempt, m.Error = instant(d.Due), d.Answer
	default:
		m.Error = d.Answer
	}
	return m
}

type deliveriesQuery struct {
	IDPath
	State  string `query:"state" enum:"pending,delivered,failed"`
	Before int64  `query:"before" minimum:"0" doc:"Only deliveries with a smaller id"`
	Limit  int    `query:"limit" minimum:"0" maximum:"1000" doc:"100 when absent"`
}

type replayRequest struct {
	IDPath
	Body struct {
		DeliveryID int64    `json:"deliveryId,omitempty" doc:"This one"`
		Since      web.Time `json:"since,omitempty" doc:"All that were made since, delivered or not"`
	} `required:"false"`
}

type replayed struct {
	Queued int64 `json:"queued"`
}

func (a *API) webhooks() {
	op := func(method, path, summary string, status int) web.Op {
		return web.Op{Method: method, Path: "/Webhooks" + path, Tag: "Webhooks", Scope: switchboard.ScopeWebhooks, Summary: summary, Status: status}
	}
	web.Handle(a.rest, op("GET", "", "The registered webhooks", 0),
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[[]webhookModel], error) {
			all, err := a.Webhook.List(ctx, p)
			list := make([]webhookModel, len(all))
			for i, w := range all {
				list[i] = webhookView(w)
			}
			return &web.Out[[]webhookModel]{Body: list}, err
		})
	create := op("POST", "", "Register a webhook", http.StatusCreated)
	create.Description = "The answer is its id; 409 with the id of the one that exists if that URL is registered already. " +
		"Requests are signed as Standard Webhooks 1.0 says; the key is in the header `X-Webhook-Secret` of the answer, and administrators see it later."
	web.Handle(a.rest, create, a.createWebhook)
	web.Handle(a.rest, op("DELETE", "", "Remove all webhooks", 0),
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Nothing, error) {
			return nil, a.Webhook.DeleteAll(ctx, p)
		})
	web.Handle(a.rest, op("GET", "/{id}", "A webhook", 0),
		func(ctx context.Context, p switchboard.Principal, in *IDPath) (*web.Out[webhookModel], error) {
			w, err := a.Webhook.Get(ctx, p, in.ID)
			return &web.Out[webhookModel]{Body: webhookView(w)}, err
		})
	update := op("PUT", "/{id}", "Replace a webhook's URL and event types", 0)
	update.Description = "The username and password stay if the URL is the one that lists show, without them."
	web.Handle(a.rest, update, func(ctx context.Context, p switchboard.Principal, in *webhookUpdate) (*web.Nothing, error) {
		return nil, a.Webhook.Update(ctx, p, in.ID, in.registration())
	})
	web.Handle(a.rest, op("DELETE", "/{id}", "Remove a webhook", 0),
		func(ctx context.Context, p switchboard.Principal, in *IDPath) (*web.Nothing, error) {
			return nil, a.Webhook.Delete(ctx, p, in.ID)
		})
	a.webhookDeliveries(op)
}

func (a *API) createWebhook(ctx context.Context, p switchboard.Principal, in *WebhookRequest) (*createdWebhook, error) {
	w, err := a.Webhook.Create(ctx, p, in.registration())
	switch {
	case err != nil && switchboard.KindOf(err) == switchboard.Conflict:
		return nil, web.WithBody(err, w.ID)
	case err != nil:
		return nil, err
	}
	return &createdWebhook{w.Secret, w.ID}, nil
}

func (a *API) webhookDeliveries(op func(method, path, summary string, status int) web.Op) {
	web.Handle(a.rest, op("GET", "/{id}/deliveries", "What was sent to a webhook and what waits, newest first", 0),
		func(ctx context.Context, p switchboard.Principal, in *deliveriesQuery) (*web.Out[[]deliveryModel], error) {
			all, err := a.Webhook.Deliveries(ctx, p, in.ID, webhook.DeliveryQuery{State: in.State, Before: in.Before, Limit: in.Limit})
			list := make([]deliveryModel, len(all))
			for i, d := range all {
				list[i] = deliveryView(d)
			}
			return &web.Out[[]deliveryModel]{Body: list}, err
		})
	web.Handle(a.rest, op("POST", "/{id}/replay", "Send deliveries again: one, all since a time, or all that failed", http.StatusOK),
		func(ctx context.Context, p switchboard.Principal, in *replayRequest) (*web.Out[replayed], error) {
			n, err := a.Webhook.Replay(ctx, p, in.ID, webhook.ReplayRequest{Delivery: in.Body.DeliveryID, Since: in.Body.Since.Time})
			return &web.Out[replayed]{Body: replayed{n}}, err
		})
}
