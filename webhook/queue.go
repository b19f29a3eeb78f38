package webhook

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"switchboard"
	"switchboard/store"
)

// workQueue is the name of the work on the bus.
const workQueue = "webhook"

const (
	look  = 5 * time.Second    // how often a node looks for work that nobody told it of
	keep  = 7 * 24 * time.Hour // how long finished deliveries are kept
	sweep = 10 * time.Minute   // how often older ones are removed
)

// enqueue turns facts into deliveries; it is the follower of the ledger.
func (s *Service) enqueue(tx *store.Tx, events []switchboard.Event) error {
	hooks := make(map[switchboard.TenantID][]store.Webhook)
	var rows []store.Delivery
	for _, e := range events {
		if e.Kind == switchboard.AccountDeleted { // what was queued of it before is in the store, or has been made of emptied facts
			if err := tx.EmptyDeliveries(e.Tenant, switchboard.AccountID(e.Subject)); err != nil {
				return err
			}
			continue
		}
		if _, ok := makers[e.Kind]; !ok {
			continue
		}
		list, known := hooks[e.Tenant]
		if !known {
			var err error
			if list, err = tx.Webhooks(e.Tenant); err != nil {
				return err
			}
			hooks[e.Tenant] = list
		}
		rows = append(rows, s.deliveries(list, e)...)
	}
	if len(rows) == 0 {
		return nil
	}
	// The commit is still to come, but the dispatcher looks in a transaction of
	// its own, which the store runs behind this one.
	var ids []int64
	for _, d := range rows {
		ids = append(ids, d.Webhook)
	}
	s.poke(ids...)
	return tx.InsertDeliveries(rows)
}

// deliveries is one for each webhook that wants an event.
func (s *Service) deliveries(list []store.Webhook, e switchboard.Event) (rows []store.Delivery) {
	if len(list) == 0 {
		return nil
	}
	event, body, err := render(e)
	if err != nil {
		s.Log.Error("webhook: an event cannot be read", "position", e.Position, "kind", e.Kind, "error", err)
		return nil
	}
	for _, w := range list {
		if event != "" && e.Position > w.Since && w.Wants(event) {
			rows = append(rows, store.Delivery{Webhook: w.ID, Position: e.Position, Message: "msg_" + switchboard.NewName(), Event: event, Body: body})
		}
	}
	return rows
}

// poke makes the dispatcher look for work, at these webhooks in any case.
func (s *Service) poke(webhooks ...int64) {
	s.mu.Lock()
	for _, id := range webhooks {
		s.fed[id] = true
	}
	s.mu.Unlock()
	select {
	case s.poked <- struct{}{}:
	default:
	}
}

// takeFed returns the webhooks that may have got deliveries while they were
// idle, in one order on every node.
func (s *Service) takeFed() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := slices.Sorted(maps.Keys(s.fed))
	clear(s.fed)
	return ids
}

// wake makes the dispatchers of all nodes look for work.
func (s *Service) wake() {
	s.poke()
	s.Bus.Wake(workQueue)
}

// Run queues and delivers until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	if closer, ok := s.client.Transport.(interface{ CloseIdleConnections() }); ok {
		defer closer.CloseIdleConnections()
	}
	all.Go(func() {
		if err := s.DB.Follow(ctx, workQueue, s.enqueue); err != nil {
			s.Log.Error("webhook: the queue has stopped", "error", err)
		}
	})
	woken, cancel := s.Bus.Woken(workQueue)
	defer cancel()
	d := dispatcher{Service: s, all: &all, free: s.Workers}
	for ctx.Err() == nil {
		timer := time.NewTimer(d.look(ctx))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-woken:
		case <-s.poked:
		}
		timer.Stop()
	}
	return nil
}

// dispatcher hands claimed webhooks to workers.
type dispatcher struct {
	*Service
	all   *sync.WaitGroup
	count sync.Mutex
	free  int
	swept time.Time
	whole bool // every webhook has been looked at since the last failure
}

// look claims what is due, as far as there are workers, and returns when to
// look again.
func (d *dispatcher) look(ctx context.Context) time.Duration {
	d.sweep(ctx)
	d.count.Lock()
	free := d.free
	d.count.Unlock()
	if free == 0 {
		return look // a worker that ends pokes
	}
	var jobs []job
	var next time.Time
	fed := d.takeFed()
	err := d.DB.Write(ctx, func(tx *store.Tx) (err error) {
		if err := d.feed(tx, fed); err != nil {
			return err
		}
		if jobs, err = d.claim(tx, free); err == nil {
			next, err = tx.NextWebhook(d.holder)
		}
		return err
	})
	d.whole = err == nil
	if err != nil {
		if ctx.Err() == nil {
			d.Log.Error("webhook: cannot look for work", "error", err)
		}
		return look
	}
	d.count.Lock()
	d.free -= len(jobs)
	d.count.Unlock()
	for _, j := range jobs {
		d.all.Go(func() {
			d.serve(ctx, j)
			d.count.Lock()
			d.free++
			d.count.Unlock()
			d.poke(j.webhook.ID)
		})
	}
	if next.IsZero() {
		return look
	}
	return min(max(next.Sub(d.Now()), time.Millisecond), look)
}

// feed makes due what has got deliveries while it was idle.
func (d *dispatcher) feed(tx *store.Tx, fed []int64) error {
	if !d.whole {
		return tx.WakeWebhooks()
	}
	for _, id := range fed {
		if err := tx.WakeWebhook(id); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes what was finished long ago, and has every webhook looked at:
// a node that dies between two transactions leaves some asleep.
func (d *dispatcher) sweep(ctx context.Context) {
	now := d.Now()
	if now.Sub(d.swept) < sweep {
		return
	}
	d.swept, d.whole = now, false
	const batch = 1000
	for n := int64(batch); n == batch; {
		err := d.DB.Write(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.PruneDeliveries(now.Add(-keep), batch)
			return err
		})
		if err != nil {
			return
		}
	}
	err := d.DB.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.PruneOrphans()
		return err
	})
	if err != nil && ctx.Err() == nil {
		d.Log.Error("webhook: cannot remove old deliveries", "error", err)
	}
}
