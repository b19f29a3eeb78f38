package chat

import (
	"context"

	"switchboard"
	"switchboard/store"
)

// maxOffline bounds what one Attach hands over at once; Offline hands over the rest before.
const maxOffline = 10_000

// Offline returns up to max messages that wait for the asker, oldest first,
// beginning after a number (0 for the first page). See Attach.
func (s *Service) Offline(ctx context.Context, p switchboard.Principal, after int64, max int) ([]Message, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return nil, err
	}
	var rows []store.Archived
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.OfflineMessages(a.archive, after, max)
		return err
	})
	return a.tenant.messages(a.archive, rows), err
}

// Attach ends the hand-over of offline messages to a stream.
//
// The protocol: a stream that becomes available with a non-negative priority
// (RFC 6121 §8.5.2.1.1, XEP-0160) does not take bare deliveries yet. It reads pages with
// Offline and queues them in order, with <delay/>; then it calls Attach with the
// number of the last message it has. ready is called in the order of all
// deliveries on this node (so it must not block), with what has come meanwhile:
// it queues that too and marks the stream as one that takes bare deliveries.
// Whatever was committed before ready ran is in the messages handed over;
// whatever is committed later reaches the stream live. DropOffline follows when
// the last of them was handed to the connection (with XEP-0198: acknowledged);
// if it never comes, the messages wait for the next stream.
//
// Messages of which it is not yet settled whether they wait offline would fall
// into the gap. So while there are any, the messages that follow them are held
// back, and the offline store is read again once all are settled.
//
// On several nodes a message from another one may arrive live although it was
// handed over by Offline: a stream skips a delivery with the Number of a message
// that it was handed over. And a stream may miss one that is settled late: then
// KindOffline tells it to call Offline and Attach once more.
func (s *Service) Attach(p switchboard.Principal, after int64, ready func([]Message, error)) {
	a, err := s.asker(context.Background(), p)
	if err != nil {
		ready(nil, err)
		return
	}
	(&attaching{s: s, account: a, after: after, ready: ready}).submit()
}

// attaching is a stream that takes over the offline messages of its account.
type attaching struct {
	s       *Service
	account *account
	after   int64
	ready   func([]Message, error)
	rows    []store.Archived
	holds   bool // deliveries are held back for it
}

func (a *attaching) submit() {
	a.s.db.Submit(func(tx *store.Tx) (err error) {
		a.rows, err = tx.OfflineMessages(a.account.archive, a.after, maxOffline)
		return err
	}, a.read)
}

func (a *attaching) read(err error) {
	lane := a.account.lane
	if !a.holds && err == nil {
		lane.mu.Lock()
		if lane.unsettled > 0 {
			lane.holding++
			lane.waiting = append(lane.waiting, a)
			a.holds = true
			lane.mu.Unlock()
			return
		}
		lane.mu.Unlock()
	}
	if err != nil {
		a.ready(nil, err)
	} else {
		a.ready(a.account.tenant.messages(a.account.archive, a.rows), nil)
	}
	if a.holds {
		a.s.release(lane)
	}
}

// release delivers what was held back, when nobody waits any more.
func (s *Service) release(lane *lane) {
	lane.mu.Lock()
	lane.holding--
	var held []*sending
	if lane.holding == 0 {
		held, lane.held = lane.held, nil
	}
	lane.mu.Unlock()
	for _, x := range held {
		x.hand()
	}
}

// settle counts one unsettled message less and serves those who wait for it.
func (s *Service) settle(to *account) {
	lane := to.lane
	lane.mu.Lock()
	lane.unsettled--
	var waiting []*attaching
	if lane.unsettled == 0 {
		waiting, lane.waiting = lane.waiting, nil
	}
	lane.mu.Unlock()
	for _, a := range waiting {
		a.submit()
	}
}

// DropOffline forgets the offline messages of the asker up to and including a number.
func (s *Service) DropOffline(p switchboard.Principal, upTo int64) {
	a, err := s.asker(context.Background(), p)
	if err != nil || upTo <= 0 {
		return
	}
	s.db.Submit(func(tx *store.Tx) error { return tx.DeleteOffline(a.archive, 1, upTo) }, func(err error) {
		if err != nil {
			s.log.Error("chat: offline messages that were handed over are kept", "account", int64(a.id), "error", err)
		}
	})
}

// Redeliver offers a message, that a stream of the asker's took and could not
// hand over before it ended, to the other streams of the account (XEP-0198 §8);
// if none takes it, it waits offline. It is neither archived nor copied again.
func (s *Service) Redeliver(p switchboard.Principal, m *Message) {
	a, err := s.asker(context.Background(), p)
	if err != nil {
		return
	}
	x := &sending{s: s, from: a, to: a, message: *m, noCopy: true, stored: m.Number > 0}
	x.keeps = x.stored && m.Group == 0 && (m.Type == Chat || m.Type == Normal)
	if !x.keeps && m.Type != Chat && m.Type != Normal {
		return
	}
	a.lane.sending.Add(1)
	s.db.Submit(nothing, func(err error) {
		if err != nil {
			a.lane.sending.Add(-1)
			return
		}
		x.hand()
	})
}
