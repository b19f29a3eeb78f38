package webhook

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"

	"switchboard"
	"switchboard/store"
)

var (
	errUnknown  = switchboard.E(switchboard.NotFound, "webhook-unknown", "there is no webhook with this id")
	errNone     = switchboard.E(switchboard.NotFound, "webhooks-none", "there are no webhooks")
	errThere    = switchboard.E(switchboard.Conflict, "webhook-exists", "there is a webhook with this URL already").InField("callbackUrl")
	errDelivery = switchboard.E(switchboard.NotFound, "delivery-unknown", "there is no delivery with this id")
	errState    = switchboard.E(switchboard.Invalid, "state-unknown", "must be pending, delivered or failed").InField("state")
)

// newSecret is a key of 32 random bytes, as Standard Webhooks 1.0 spells it.
func newSecret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(b[:])
}

// change is the payload of webhook.changed.
type change struct {
	Webhook int64  `json:"webhook"`
	Name    string `json:"name"`   // the host of its URL: clients keep secrets in the rest
	Change  string `json:"change"` // created, changed, deleted, undeliverable
}

func record(tx *store.Tx, w store.Webhook, actor switchboard.AccountID, what string) {
	tx.Append(&switchboard.Event{Tenant: w.Tenant, Kind: switchboard.WebhookChanged, Subject: w.ID, Actor: actor,
		Payload: switchboard.Payload(change{w.ID, host(w.URL), what})})
}

// view is a webhook as its owners see it.
func view(w store.Webhook) Webhook {
	return Webhook{ID: w.ID, EventTypes: w.Events, URL: w.URL, BasicAuth: w.Username != "" || w.Password != "", Created: w.Created,
		Succeeded: w.Succeeded, Failing: w.Failing}
}

func orUnknown(err error) error {
	if errors.Is(err, store.ErrNone) {
		return errUnknown
	}
	return err
}

// List returns the tenant's webhooks, oldest first.
func (s *Service) List(ctx context.Context, p switchboard.Principal) (list []Webhook, err error) {
	if err := p.Require(switchboard.ScopeWebhooks); err != nil {
		return nil, err
	}
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		all, err := tx.Webhooks(p.Tenant)
		for _, w := range all {
			list = append(list, view(w))
		}
		return err
	})
	return list, err
}

// Get returns one webhook; administrators see its secret.
func (s *Service) Get(ctx context.Context, p switchboard.Principal, id int64) (one Webhook, err error) {
	if err := p.Require(switchboard.ScopeWebhooks); err != nil {
		return one, err
	}
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		w, err := tx.Webhook(p.Tenant, id)
		one = view(w)
		if p.Admin {
			one.Secret = w.Secret
		}
		return orUnknown(err)
	})
	return one, err
}

// check turns a registration into a row, apart from what identifies it.
func (s *Service) check(ctx context.Context, p switchboard.Principal, r Registration) (w store.Webhook, err error) {
	if err := p.Require(switchboard.ScopeWebhooks); err != nil {
		return w, err
	}
	events, err := parseTypes(r.EventTypes)
	if err != nil {
		return w, err
	}
	t, host, err := parseTarget(r.URL)
	if err != nil {
		return w, err
	}
	if err := s.checkHost(ctx, host); err != nil {
		return w, err
	}
	return store.Webhook{Tenant: p.Tenant, URL: t.url, Username: t.username, Password: t.password, Events: events}, nil
}

// Create registers a webhook and returns it with its secret. If the tenant has
// one with this URL, whatever the credentials, the error is a Conflict and the id that of
// the one that exists.
func (s *Service) Create(ctx context.Context, p switchboard.Principal, r Registration) (Webhook, error) {
	w, err := s.check(ctx, p, r)
	if err != nil {
		return Webhook{}, err
	}
	w.Secret = newSecret()
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		all, err := tx.Webhooks(p.Tenant)
		if err != nil {
			return err
		}
		for _, other := range all {
			if other.URL == w.URL {
				w.ID = other.ID
				return errThere
			}
		}
		if len(all) >= s.MaxWebhooks {
			return switchboard.Ef(switchboard.TooMany, "too-many-webhooks", "at most %d webhooks; remove one first", s.MaxWebhooks)
		}
		if w.ID, err = tx.InsertWebhook(w); err != nil {
			return err
		}
		record(tx, w, p.Account, "created")
		w.Created = tx.Now()
		return nil
	})
	if errors.Is(err, errThere) {
		return Webhook{ID: w.ID}, err
	}
	if err != nil {
		return Webhook{}, err
	}
	one := view(w)
	one.Secret = w.Secret
	return one, nil
}

// Update replaces a webhook's URL and events. Its secret stays, and so do its
// credentials if the URL is the one that lists show, without them.
func (s *Service) Update(ctx context.Context, p switchboard.Principal, id int64, r Registration) error {
	w, err := s.check(ctx, p, r)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		old, err := tx.Webhook(p.Tenant, id)
		if err != nil {
			return orUnknown(err)
		}
		other, err := tx.WebhookByURL(p.Tenant, w.URL)
		if err == nil && other.ID != id {
			return errThere
		}
		if err != nil && !errors.Is(err, store.ErrNone) {
			return err
		}
		now := w
		now.ID = id
		if now.URL == old.URL && now.Username == "" && now.Password == "" {
			now.Username, now.Password = old.Username, old.Password
		}
		if same(old, now) {
			return nil // clients put the same registration again and again
		}
		record(tx, now, p.Account, "changed")
		return tx.UpdateWebhook(now)
	})
}

func same(a, b store.Webhook) bool {
	if a.URL != b.URL || a.Username != b.Username || a.Password != b.Password || len(a.Events) != len(b.Events) {
		return false
	}
	for _, e := range a.Events {
		if !b.Wants(e) {
			return false
		}
	}
	return true
}

// Delete removes a webhook and what waits for it.
func (s *Service) Delete(ctx context.Context, p switchboard.Principal, id int64) error {
	if err := p.Require(switchboard.ScopeWebhooks); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		w, err := tx.Webhook(p.Tenant, id)
		if err != nil {
			return orUnknown(err)
		}
		return s.remove(tx, w, p.Account, "deleted")
	})
}

// DeleteAll removes all webhooks of the tenant; NotFound if there are none.
func (s *Service) DeleteAll(ctx context.Context, p switchboard.Principal) error {
	if err := p.Require(switchboard.ScopeWebhooks); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		all, err := tx.Webhooks(p.Tenant)
		if err != nil {
			return err
		}
		for _, w := range all {
			if err := s.remove(tx, w, p.Account, "deleted"); err != nil {
				return err
			}
		}
		if len(all) == 0 {
			return errNone
		}
		return nil
	})
}

// Deliveries lists a webhook's deliveries, newest first.
func (s *Service) Deliveries(ctx context.Context, p switchboard.Principal, id int64, q DeliveryQuery) (list []Delivery, err error) {
	if err := p.Require(switchboard.ScopeWebhooks); err != nil {
		return nil, err
	}
	switch q.State {
	case "", store.DeliveryPending, store.DeliveryDelivered, store.DeliveryFailed:
	default:
		return nil, errState
	}
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, 1000)
	err = s.DB.Read(ctx, func(tx *store.Tx) error {
		if _, err := tx.Webhook(p.Tenant, id); err != nil {
			return orUnknown(err)
		}
		list, err = tx.Deliveries(id, q)
		return err
	})
	return list, err
}

// Replay queues deliveries of a webhook again and returns how many. They keep
// their webhook-id and are sent before what waits, oldest first.
func (s *Service) Replay(ctx context.Context, p switchboard.Principal, id int64, r ReplayRequest) (n int64, err error) {
	if err := p.Require(switchboard.ScopeWebhooks); err != nil {
		return 0, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Webhook(p.Tenant, id); err != nil {
			return orUnknown(err)
		}
		if err := tx.HastenWebhook(id); err != nil {
			return err
		}
		switch {
		case r.Delivery != 0:
			n, err = tx.RequeueDelivery(id, r.Delivery)
		case !r.Since.IsZero():
			n, err = tx.RequeueSince(id, r.Since)
		default:
			n, err = tx.RequeueFailed(id)
		}
		if errors.Is(err, store.ErrNone) {
			return errDelivery
		}
		return err
	})
	if err == nil {
		s.wake()
	}
	return n, err
}
