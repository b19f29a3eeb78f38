package chat

import (
	"cmp"
	"context"
	"slices"

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
		rows, err = tx.OfflineMessages(a.archive, after, 1)
		return err
	})
	if err != nil || len(rows) == 0 { // as it is nearly always; Attach looks again
		return nil, err
	}
	type answer struct {
		messages []Message
		err      error
	}
	answers := make(chan answer, 1)
	(&attaching{s: s, account: a, after: after, limit: max, page: true,
		ready: func(m []Message, err error) { answers <- answer{m, err} }}).submit()
	got := <-answers
	return got.messages, got.err
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
// Both functions read in the writer's order. Of messages committed before, one
// may be unsettled: nobody took it, and its row among the offline messages is
// not written yet, or somebody did, and its row is not gone. Such a message
// would be missed, or doubled. So while there are any, what follows them is held
// back, and the read is repeated once all are settled.
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
	(&attaching{s: s, account: a, after: after, limit: maxOffline, ready: ready}).submit()
}

// attaching is a stream that takes over the offline messages of its account.
type attaching struct {
	s       *Service
	account *account
	after   int64
	limit   int
	page    bool // a page before the last
	ready   func([]Message, error)
	rows    []store.Archived
	last    int64 // number of the archive's last message at the first read
	holds   bool  // deliveries are held back for it
}

func (a *attaching) submit() {
	a.s.db.Submit(func(tx *store.Tx) (err error) {
		if a.rows, err = tx.OfflineMessages(a.account.archive, a.after, a.limit); err != nil {
			return err
		}
		if a.holds { // what came after the first read is held back and is delivered afterwards
			a.rows = slices.DeleteFunc(a.rows, func(r store.Archived) bool { return r.Number > a.last })
		} else if _, a.last, err = tx.ArchiveNumbers(a.account.archive); err != nil {
			return err
		}
		if a.page {
			return nil
		}
		for _, number := range a.account.lane.lateUpTo(a.after) {
			row, err := tx.ArchiveMessage(a.account.archive, number)
			if err != nil {
				return err
			}
			if row.Payload != nil {
				a.rows = append(a.rows, row)
			}
		}
		slices.SortFunc(a.rows, func(x, y store.Archived) int { return cmp.Compare(x.Number, y.Number) })
		return nil
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
		if a.after == 0 || !a.page {
			lane.clearLate()
		}
		a.ready(a.account.tenant.messages(a.account.archive, a.rows), nil)
	}
	if a.holds {
		a.s.release(lane)
	}
}

// Messages that Redeliver puts among the offline ones are older than those that
// a hand-over may have passed already; the lane remembers them for its end.

func (l *lane) addLate(number int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late = append(l.late, number)
}

func (l *lane) lateUpTo(number int64) (late []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.late {
		if n <= number && !slices.Contains(late, n) {
			late = append(late, n)
		}
	}
	return late
}

func (l *lane) clearLate() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late = nil
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
	s.db.Submit(func(tx *store.Tx) error {
		from := int64(1)
		late := a.lane.lateUpTo(upTo) // these were not handed over
		slices.Sort(late)
		for _, number := range append(late, upTo+1) {
			if err := tx.DeleteOffline(a.archive, from, number-1); err != nil {
				return err
			}
			from = number + 1
		}
		return nil
	}, func(err error) {
		if err != nil {
			s.log.Error("chat: offline messages that were handed over are kept", "account", int64(a.id), "error", err)
		}
	})
}

// Redeliver offers a message, that a stream of the asker's took live and could
// not hand over before it ended, to the other streams of the account (XEP-0198
// §8); if none takes it, it waits offline. It is neither archived nor copied again.
func (s *Service) Redeliver(p switchboard.Principal, m *Message) {
	a, err := s.asker(context.Background(), p)
	if err != nil || m.Group != 0 || m.Type != Chat && m.Type != Normal {
		return
	}
	x := &sending{s: s, from: a, to: a, message: *m, again: true, keeps: m.Number > 0}
	a.lane.sending.Add(1)
	if x.keeps { // from now on: whoever takes over the offline messages waits for it
		a.lane.mu.Lock()
		a.lane.unsettled++
		a.lane.mu.Unlock()
	}
	s.db.Submit(nothing, func(err error) {
		if err == nil {
			x.offer("")
			return
		}
		a.lane.sending.Add(-1)
		if x.keeps {
			s.settle(a)
		}
	})
}
