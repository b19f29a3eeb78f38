package webhook

import (
	"context"
	"errors"
	"net/url"
	"time"

	"switchboard"
	"switchboard/store"
)

const (
	giveUp = 3 * 24 * time.Hour // a webhook that has taken nothing for so long is removed
	turn   = 5 * time.Second    // how long a worker serves one webhook before others get their turn
	spare  = 20 * time.Second   // how long a claim outlasts an attempt
)

// job is a webhook that this node has claimed, and its next delivery.
type job struct {
	webhook  store.Webhook
	delivery store.Delivery
}

func (s *Service) lease(tx *store.Tx) time.Time { return tx.Now().Add(s.Timeout + spare) }

// claim gives this node webhooks that are due, each with its next delivery.
func (s *Service) claim(tx *store.Tx, limit int) ([]job, error) {
	claimed, err := tx.ClaimWebhooks(s.holder, s.lease(tx), limit)
	if err != nil {
		return nil, err
	}
	var jobs []job
	for _, w := range claimed {
		j, err := s.next(tx, w, true)
		if err != nil {
			return nil, err
		}
		if j != nil {
			jobs = append(jobs, *j)
		}
	}
	return jobs, nil
}

// next is the job to do next for a webhook that this node holds, if more is
// wanted and it is due. Otherwise the webhook is released.
func (s *Service) next(tx *store.Tx, w store.Webhook, more bool) (*job, error) {
	d, err := tx.NextDelivery(w.ID)
	switch {
	case errors.Is(err, store.ErrNone):
		return nil, tx.ReleaseWebhook(w.ID, s.holder, time.Time{})
	case err != nil:
		return nil, err
	case d.Due.After(tx.Now()):
		return nil, tx.ReleaseWebhook(w.ID, s.holder, d.Due)
	case !more:
		return nil, tx.ReleaseWebhook(w.ID, s.holder, tx.Now())
	}
	return &job{w, d}, nil
}

// serve sends a webhook's deliveries, one after another, until none is due or
// its turn is over.
func (s *Service) serve(ctx context.Context, j job) {
	until := s.Now().Add(turn)
	for {
		o := s.attempt(ctx, j.webhook, j.delivery)
		if ctx.Err() != nil && !o.ok {
			s.release(ctx, j) // an attempt that we have cut short does not count
			return
		}
		next, err := s.settle(ctx, j, o, ctx.Err() == nil && s.Now().Before(until))
		if err != nil {
			// The claim runs out, then the delivery is sent again.
			s.Log.Error("webhook: the result of a delivery cannot be stored", "webhook", j.webhook.ID, "error", err)
			return
		}
		if next == nil {
			return
		}
		j = *next
	}
}

// release gives a webhook back when the server stops.
func (s *Service) release(ctx context.Context, j job) {
	err := s.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		return tx.ReleaseWebhook(j.webhook.ID, s.holder, tx.Now())
	})
	if err != nil {
		s.Log.Warn("webhook: a claim stays until it runs out", "webhook", j.webhook.ID, "error", err)
	}
}

// settle stores the outcome of an attempt and returns what to do next.
func (s *Service) settle(ctx context.Context, j job, o outcome, more bool) (next *job, err error) {
	var removed bool
	err = s.DB.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		next, removed = nil, false
		w, err := tx.HeldWebhook(j.webhook.ID, s.holder, s.lease(tx))
		gone := errors.Is(err, store.ErrNone) // deleted, or another has it; the outcome stands nevertheless
		if err != nil && !gone {
			return err
		}
		d := s.verdict(j.delivery, o, tx.Now())
		if err := tx.SettleDelivery(d); err != nil || gone {
			return err
		}
		switch {
		case o.ok:
			w.Succeeded, w.Failing = tx.Now(), time.Time{}
		case w.Failing.IsZero():
			w.Failing = tx.Now()
		case d.State == store.DeliveryFailed && tx.Now().Sub(w.Failing) >= giveUp:
			removed = true
			return s.remove(tx, w, 0, "undeliverable")
		}
		if err := tx.SetWebhookHealth(w); err != nil {
			return err
		}
		next, err = s.next(tx, w, more)
		return err
	})
	if err == nil {
		s.report(j, o, removed)
	}
	return next, err
}

// remove deletes a webhook, with an event that says why.
func (s *Service) remove(tx *store.Tx, w store.Webhook, actor switchboard.AccountID, change string) error {
	record(tx, w, actor, change)
	return tx.DeleteWebhook(w.ID)
}

// report logs what an administrator may want to know. Of the URL only the host
// is told: clients keep secrets in the rest.
func (s *Service) report(j job, o outcome, removed bool) {
	switch {
	case removed:
		s.Log.Warn("webhook: removed, nothing could be delivered for three days", "webhook", j.webhook.ID, "host", host(j.webhook.URL))
	case !o.ok:
		s.Log.Info("webhook: an attempt has failed", "webhook", j.webhook.ID, "host", host(j.webhook.URL), "event", j.delivery.Event,
			"attempt", j.delivery.Attempts+1, "status", o.status)
	}
}

func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}
