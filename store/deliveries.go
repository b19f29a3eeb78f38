package store

import (
	"time"

	"switchboard"
)

const (
	wake    = "UPDATE webhooks SET due = $1 WHERE due = 0 AND "
	waiting = "EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook = webhooks.id AND d.state = 'pending')"
)

// WakeWebhook makes an idle webhook due if deliveries wait for it. It must be
// called in a transaction after the one that queued them, and after one that
// made the webhook idle: neither sees what the other has not committed yet. In return,
// queueing takes no lock that a worker of another node may hold.
func (tx *Tx) WakeWebhook(id int64) error {
	_, err := tx.exec(wake+"id = $2 AND "+waiting, micros(tx.Now()), id)
	return err
}

// WakeWebhooks is WakeWebhook for every webhook.
func (tx *Tx) WakeWebhooks() error {
	_, err := tx.exec(wake+waiting, micros(tx.Now()))
	return err
}

// HastenWebhook makes a webhook due now.
func (tx *Tx) HastenWebhook(id int64) error {
	_, err := tx.exec("UPDATE webhooks SET due = $1 WHERE id = $2", micros(tx.Now()), id)
	return err
}

// ClaimWebhooks gives a worker up to limit webhooks that are due and that no
// other worker holds, the longest due first.
func (tx *Tx) ClaimWebhooks(holder string, until time.Time, limit int) ([]Webhook, error) {
	now := micros(tx.Now())
	rows, err := tx.query("SELECT "+webhookColumns+" FROM webhooks WHERE due > 0 AND due <= $1 AND lease <= $2 ORDER BY due, id LIMIT $3",
		now, now, limit)
	found, err := collect(rows, err, scanWebhook)
	if err != nil {
		return nil, err
	}
	claimed := found[:0]
	for _, w := range found {
		n, err := tx.exec("UPDATE webhooks SET holder = $1, lease = $2 WHERE id = $3 AND lease <= $4", holder, micros(until), w.ID, now)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			claimed = append(claimed, w)
		}
	}
	return claimed, nil
}

// HeldWebhook renews a worker's claim and returns the webhook as it is now;
// ErrNone means that another has claimed it meanwhile, or that it is gone.
func (tx *Tx) HeldWebhook(id int64, holder string, until time.Time) (Webhook, error) {
	n, err := tx.exec("UPDATE webhooks SET lease = $1 WHERE id = $2 AND holder = $3", micros(until), id, holder)
	if err := oneRow(n, err); err != nil {
		return Webhook{}, err
	}
	return scanWebhook(tx.row("SELECT "+webhookColumns+" FROM webhooks WHERE id = $1", id).Scan)
}

// ReleaseWebhook ends a worker's claim. due is when the webhook wants
// attention again; zero for not until there are new deliveries.
func (tx *Tx) ReleaseWebhook(id int64, holder string, due time.Time) error {
	_, err := tx.exec("UPDATE webhooks SET holder = '', lease = 0, due = $1 WHERE id = $2 AND holder = $3", micros(due), id, holder)
	return err
}

// NextWebhook is when a webhook wants attention next of those that a worker
// does not hold itself; zero when none does.
func (tx *Tx) NextWebhook(holder string) (time.Time, error) {
	var at int64
	err := tx.row("SELECT coalesce(min(CASE WHEN lease > due THEN lease ELSE due END), 0) FROM webhooks WHERE due > 0 AND holder <> $1",
		holder).Scan(&at)
	return fromMicros(at), err
}

// SetWebhookHealth stores how a webhook's deliveries have been going.
func (tx *Tx) SetWebhookHealth(w Webhook) error {
	_, err := tx.exec("UPDATE webhooks SET succeeded = $1, failing = $2 WHERE id = $3", micros(w.Succeeded), micros(w.Failing), w.ID)
	return err
}

// InsertDeliveries queues deliveries in their order.
func (tx *Tx) InsertDeliveries(list []Delivery) error {
	now := micros(tx.Now())
	args := make([]any, 0, 12*len(list))
	for _, d := range list {
		args = append(args, d.Webhook, int64(d.Position), d.Message, d.Event, d.Body, DeliveryPending, int64(0), now, now, int64(0), int64(0), "")
	}
	return tx.insertMany(`INSERT INTO webhook_deliveries (webhook, position, message, event, body, state, attempts, created, due, finished,
		status, answer) VALUES `, "", 12, args)
}

// NextDelivery is the first pending delivery of a webhook, or ErrNone.
func (tx *Tx) NextDelivery(webhook int64) (Delivery, error) {
	return scanDelivery(tx.row("SELECT "+deliveryColumns+
		" FROM webhook_deliveries WHERE webhook = $1 AND state = 'pending' ORDER BY id LIMIT 1", webhook).Scan)
}

// SettleDelivery stores what became of an attempt, unless the delivery is
// settled already.
func (tx *Tx) SettleDelivery(d Delivery) error {
	_, err := tx.exec(`UPDATE webhook_deliveries SET state = $1, attempts = $2, due = $3, finished = $4, status = $5, answer = $6
		WHERE id = $7 AND state = 'pending'`,
		d.State, d.Attempts, micros(d.Due), micros(d.Finished), d.Status, d.Answer, d.ID)
	return err
}

// DeliveryQuery selects deliveries. Zero fields select nothing away.
type DeliveryQuery struct {
	State  string
	Before int64 // with a smaller id
	Limit  int
}

// Deliveries lists a webhook's deliveries, newest first.
func (tx *Tx) Deliveries(webhook int64, q DeliveryQuery) ([]Delivery, error) {
	where, args := "webhook = $1", []any{webhook}
	if q.State != "" {
		args = append(args, q.State)
		where += " AND state = $" + itoa(len(args))
	}
	if q.Before > 0 {
		args = append(args, q.Before)
		where += " AND id < $" + itoa(len(args))
	}
	args = append(args, q.Limit)
	rows, err := tx.query("SELECT "+deliveryColumns+" FROM webhook_deliveries WHERE "+where+" ORDER BY id DESC LIMIT $"+itoa(len(args)), args...)
	return collect(rows, err, scanDelivery)
}

// What is erased cannot be sent again.
const requeue = "UPDATE webhook_deliveries SET state = 'pending', attempts = 0, finished = 0, due = $1 WHERE webhook = $2 AND state <> 'pending' AND body <> '' AND "

// RequeueDelivery makes one delivery of a webhook pending again; how many is 0 where
// it is pending already or erased, and ErrNone where there is no such delivery.
func (tx *Tx) RequeueDelivery(webhook, id int64) (int64, error) {
	n, err := tx.exec(requeue+"id = $3", micros(tx.Now()), webhook, id)
	if err != nil || n > 0 {
		return n, err
	}
	var there int
	err = tx.row("SELECT 1 FROM webhook_deliveries WHERE webhook = $1 AND id = $2", webhook, id).Scan(&there)
	return 0, err
}

// RequeueFailed makes a webhook's failed deliveries pending again.
func (tx *Tx) RequeueFailed(webhook int64) (int64, error) {
	return tx.exec(requeue+"state = 'failed'", micros(tx.Now()), webhook)
}

// RequeueSince makes a webhook's deliveries from a time on pending again.
func (tx *Tx) RequeueSince(webhook int64, since time.Time) (int64, error) {
	return tx.exec(requeue+"created >= $3", micros(tx.Now()), webhook, micros(since))
}

// PruneDeliveries removes up to limit deliveries that were finished before a
// time, and returns how many it removed.
func (tx *Tx) PruneDeliveries(before time.Time, limit int) (int64, error) {
	return tx.exec(`DELETE FROM webhook_deliveries WHERE id IN
		(SELECT id FROM webhook_deliveries WHERE finished > 0 AND finished < $1 LIMIT $2)`, micros(before), limit)
}

// PruneOrphans removes deliveries that were queued while their webhook was
// being deleted.
func (tx *Tx) PruneOrphans() (int64, error) {
	return tx.exec(`DELETE FROM webhook_deliveries WHERE state = 'pending' AND NOT EXISTS
		(SELECT 1 FROM webhooks w WHERE w.id = webhook_deliveries.webhook)`)
}

// erasedAnswer stands for the answer of a delivery that is not to be sent any more.
const erasedAnswer = "what it said has been erased"

// EmptyDeliveries empties what webhooks got of the facts that an account made or that
// are about it or its conversations, and what the receivers answered. What still waits goes out
// if the ledger has its fact, and has failed if that is empty.
func (tx *Tx) EmptyDeliveries(tenant switchboard.TenantID, account switchboard.AccountID) error {
	for _, about := range []string{
		"actor = $1 AND tenant = $2",
		"subject = $1 AND tenant = $2 AND kind = 'operator.status'",
		"subject IN (SELECT id FROM conversations WHERE visitor = $1) AND tenant = $2 AND kind LIKE 'conversation.%'",
	} {
		of := " WHERE position IN (SELECT position FROM ledger WHERE " + about + " AND kind <> 'message'"
		if _, err := tx.exec("UPDATE webhook_deliveries SET answer = '', body = CASE WHEN state = 'pending' THEN body ELSE '' END"+of+")",
			int64(account), int64(tenant)); err != nil {
			return err
		}
		if _, err := tx.exec("UPDATE webhook_deliveries SET state = 'failed', body = '', answer = '"+erasedAnswer+"', finished = $3"+of+
			" AND payload IS NULL) AND state = 'pending'", int64(account), int64(tenant), micros(tx.Now())); err != nil {
			return err
		}
	}
	return nil
}
