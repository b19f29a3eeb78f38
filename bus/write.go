package bus

import (
	"context"
	"errors"
	"strconv"

	"github.com/nats-io/nats.go"
)

// write is the one goroutine that gives work to the NATS connection, so that
// nobody else waits when the connection does. Order is kept.
func (l *link) write(ctx context.Context) {
	subscriptions := make(map[Topic]*nats.Subscription)
	for {
		select {
		case p := <-l.out:
			l.publish(p)
		case <-l.dirty.ready:
			l.updateInterest(subscriptions)
		case done := <-l.known:
			l.updateInterest(subscriptions)
			done <- l.conn
		case <-l.lost.ready:
			l.announceLoss()
		case <-l.wakes.ready:
			for _, queue := range l.wakes.take() {
				l.tellEveryone(append([]byte{wordWake}, queue...))
			}
		case <-ctx.Done():
			return
		}
	}
}

// flushOut sends what is still queued when the bus stops, but does not wait
// long for it.
func (l *link) flushOut() {
	for {
		select {
		case p := <-l.out:
			l.publish(p)
		default:
			if l.conn.IsConnected() {
				_ = l.conn.FlushTimeout(closeTime) // nothing to be done about it any more
			}
			return
		}
	}
}

func (l *link) publish(p packet) {
	subject := p.subject
	if subject == "" {
		subject = l.subject(p.topic)
	}
	var err error
	if p.ask == 0 {
		err = l.conn.Publish(subject, p.data)
	} else {
		err = l.conn.PublishRequest(subject, l.inbox+strconv.FormatUint(p.ask, 36), p.data)
	}
	if err != nil {
		if errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrBadSubject) {
			l.log.Error("signal cannot be sent", "subject", subject, "size", len(p.data), "error", err)
		}
		l.drop(p)
	}
}

// updateInterest makes the server's view of what this node wants that of the
// local table: one NATS subscription per topic with a local subscriber.
func (l *link) updateInterest(subscriptions map[Topic]*nats.Subscription) {
	topics, _ := l.dirty.take()
	for _, t := range topics {
		have, want := subscriptions[t], l.bus.local.interested(t)
		switch {
		case want && have == nil:
			s, err := l.conn.ChanSubscribe(l.subject(t), l.in)
			if err != nil { // the connection is closed
				l.log.Error("cannot subscribe", "topic", l.subject(t), "error", err)
				continue
			}
			subscriptions[t] = s
			l.fresh.add(t)
		case !want && have != nil:
			delete(subscriptions, t)
			if err := have.Unsubscribe(); err != nil {
				l.log.Debug("cannot unsubscribe", "topic", have.Subject, "error", err)
			}
		case want:
			// The last subscriber went and a new one came before the server heard of
			// either. It was never out of reach, but it may not know that.
			l.fresh.add(t)
		}
	}
}

// reach waits until the server has worked off all interest that there is now.
func (l *link) reach(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeTime)
	defer cancel()
	done := make(chan *nats.Conn, 1)
	select {
	case l.known <- done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case conn := <-done:
		return conn.FlushWithContext(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// announceLoss tells the other nodes which topics they missed a signal on.
func (l *link) announceLoss() {
	if !l.up.Load() {
		return // connected will ask for it
	}
	topics, all := l.lost.take()
	if all {
		l.tellEveryone([]byte{wordResync})
		return
	}
	for _, t := range topics {
		data, err := appendSignal(nil, Signal{Topic: t, Kind: Resync})
		if err == nil {
			l.publish(packet{topic: t, data: data}) // if this is lost too, connected makes up for it
		}
	}
}

func (l *link) tellEveryone(word []byte) { l.publish(packet{subject: l.everyone, data: word}) }
