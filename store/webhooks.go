package store

import (
	"strings"
	"time"

	"switchboard"
)

// Webhook is a customer's URL that gets events.
type Webhook struct {
	ID                 int64
	Tenant             switchboard.TenantID
	URL                string // without username and password
	Username, Password string // for HTTP Basic
	Secret             string // whsec_…
	Events             []string
	Since              switchboard.Position // it gets the events after this one
	Created            time.Time
	Succeeded          time.Time // when a delivery succeeded last
	Failing            time.Time // since when none has succeeded; zero when all is well
}

// Wants tells whether the webhook gets events of a type.
func (w *Webhook) Wants(event string) bool {
	for _, e := range w.Events {
		if e == event {
			return true
		}
	}
	return false
}

// The states of a delivery.
const (
	DeliveryPending   = "pending"
	DeliveryDelivered = "delivered"
	DeliveryFailed    = "failed"
)

// Delivery is one event on its way to one webhook.
type Delivery struct {
	ID       int64
	Webhook  int64
	Position switchboard.Position
	Message  string // the same in every attempt
	Event    string
	Body     string
	State    string
	Attempts int
	Created  time.Time
	Due      time.Time // when it may be tried, while it is pending
	Finished time.Time // delivered or given up
	Status   int       // HTTP status of the last answer; 0 if there was none
	Answer   string    // how the last answer began, or what went wrong
}

const webhookColumns = "id, tenant, url, username, password, secret, events, since, created, succeeded, failing"

func scanWebhook(scan func(...any) error) (w Webhook, err error) {
	var events string
	var created, succeeded, failing int64
	err = scan(&w.ID, &w.Tenant, &w.URL, &w.Username, &w.Password, &w.Secret, &events, &w.Since, &created, &succeeded, &failing)
	w.Created, w.Succeeded, w.Failing = fromMicros(created), fromMicros(succeeded), fromMicros(failing)
	if events != "" {
		w.Events = strings.Split(events, ",")
	}
	return w, err
}

const deliveryColumns = "id, webhook, position, message, event, body, state, attempts, created, due, finished, status, answer"

func scanDelivery(scan func(...any) error) (d Delivery, err error) {
	var created, due, finished int64
	err = scan(&d.ID, &d.Webhook, &d.Position, &d.Message, &d.Event, &d.Body, &d.State, &d.Attempts, &created, &due, &finished,
		&d.Status, &d.Answer)
	d.Created, d.Due, d.Finished = fromMicros(created), fromMicros(due), fromMicros(finished)
	return d, err
}

// InsertWebhook stores a webhook that gets the events from now on, and returns its id.
func (tx *Tx) InsertWebhook(w Webhook) (id int64, err error) {
	last, err := tx.LastPosition()
	if err != nil {
		return 0, err
	}
	err = tx.mutate(`INSERT INTO webhooks (tenant, url, username, password, secret, events, since, created, succeeded, failing, due,
		holder, lease) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, '', 0) RETURNING id`,
		int64(w.Tenant), w.URL, w.Username, w.Password, w.Secret, strings.Join(w.Events, ","), int64(last), micros(tx.Now())).Scan(&id)
	return id, err
}

// UpdateWebhook stores a webhook's URL, credentials and events; its failures are forgotten.
func (tx *Tx) UpdateWebhook(w Webhook) error {
	n, err := tx.exec("UPDATE webhooks SET url = $1, username = $2, password = $3, events = $4, failing = 0 WHERE id = $5",
		w.URL, w.Username, w.Password, strings.Join(w.Events, ","), w.ID)
	return oneRow(n, err)
}

// DeleteWebhook removes a webhook and its deliveries.
func (tx *Tx) DeleteWebhook(id int64) error {
	n, err := tx.exec("DELETE FROM webhooks WHERE id = $1", id)
	if err := oneRow(n, err); err != nil {
		return err
	}
	_, err = tx.exec("DELETE FROM webhook_deliveries WHERE webhook = $1", id)
	return err
}

// Webhook returns a webhook of a tenant, or ErrNone.
func (tx *Tx) Webhook(tenant switchboard.TenantID, id int64) (Webhook, error) {
	return scanWebhook(tx.row("SELECT "+webhookColumns+" FROM webhooks WHERE id = $1 AND tenant = $2", id, int64(tenant)).Scan)
}

// WebhookByURL returns the webhook of a tenant that has a URL, or ErrNone.
func (tx *Tx) WebhookByURL(tenant switchboard.TenantID, url string) (Webhook, error) {
	return scanWebhook(tx.row("SELECT "+webhookColumns+" FROM webhooks WHERE tenant = $1 AND url = $2", int64(tenant), url).Scan)
}

// Webhooks lists a tenant's webhooks, oldest first.
func (tx *Tx) Webhooks(tenant switchboard.TenantID) ([]Webhook, error) {
	rows, err := tx.query("SELECT "+webhookColumns+" FROM webhooks WHERE tenant = $1 ORDER BY id", int64(tenant))
	return collect(rows, err, scanWebhook)
}
