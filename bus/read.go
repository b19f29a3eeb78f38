package bus

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/nats-io/nats.go"
)

// Words to everyone: one byte and what belongs to it.
const (
	wordBeat   = 'b' // greeting: instance, its number as uvarint
	wordResync = 'r' // the sender lost signals on some topics: catch up on all
	wordWake   = 'w' // there is work: the queue's name
)

// peer is another node, as its greetings show it.
type peer struct {
	beats uint64 // number of the last one
	seen  time.Time
}

// read delivers what comes from the other nodes, in the order of its coming.
func (l *link) read(ctx context.Context) {
	for {
		select {
		case m := <-l.in:
			l.receive(m)
		case <-l.resync:
			l.catchUp(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// catchUp works off half of what waits, so that nothing more is dropped while
// subscribers catch up, and sends them all a Resync.
func (l *link) catchUp(ctx context.Context) {
	for len(l.in) > inboundSignals/2 && ctx.Err() == nil {
		l.receive(<-l.in)
	}
	l.bus.local.each(l.deliverResync)
	l.bus.work.wakeAll()
}

func (l *link) deliverResync(t Topic) { l.bus.local.deliver(Signal{Topic: t, Kind: Resync}) }

var yes, no = []byte{1}, []byte{0}

func (l *link) receive(m *nats.Msg) {
	if m.Subject == l.everyone {
		l.hear(m.Data)
		return
	}
	if ask := l.askNumber(m.Subject); ask != 0 {
		l.hearAnswer(ask, m)
		return
	}
	s, err := parseSignal(m.Data)
	if err != nil { // a node of another version, perhaps
		l.log.Warn("signal from another node is not understood", "subject", m.Subject, "error", err)
	}
	taken := err == nil && l.bus.local.deliver(s)
	if m.Reply == "" {
		return
	}
	answer := packet{subject: m.Reply, data: no}
	if taken {
		answer.data = yes
	}
	l.enqueue(answer)
}

// hearAnswer settles a question. A server answers by itself, with status 503,
// when no other node is subscribed. A node that has not taken the signal does
// not end the wait, for another one may have.
func (l *link) hearAnswer(ask uint64, m *nats.Msg) {
	switch {
	case len(m.Data) == 0 && m.Header.Get("Status") == "503":
		l.asks.answer(ask, false)
	case len(m.Data) == 1 && m.Data[0] == yes[0]:
		l.asks.answer(ask, true)
	default:
		l.asks.hasten(ask, l.opts.Wait/8)
	}
}

// hear acts on a word to everyone.
func (l *link) hear(word []byte) {
	if len(word) == 0 {
		return
	}
	switch rest := word[1:]; word[0] {
	case wordResync:
		poke(l.resync)
	case wordWake:
		l.bus.work.wake(string(rest))
	case wordBeat:
		if size := len(l.instance); len(rest) > size {
			beats, _ := binary.Uvarint(rest[size:])
			l.hearBeat(string(rest[:size]), beats)
		}
	}
}

// hearBeat notices that another node was out of reach: greetings are missing.
func (l *link) hearBeat(instance string, beats uint64) {
	now := time.Now()
	known, found := l.peers[instance]
	if beats != known.beats+1 {
		poke(l.resync)
	}
	l.peers[instance] = peer{beats: beats, seen: now}
	if found {
		return
	}
	for other, p := range l.peers { // a good moment to forget nodes that have gone
		if now.Sub(p.seen) > 100*l.opts.beat {
			delete(l.peers, other)
		}
	}
}

// settle greets the other nodes from time to time, and tells the first
// subscribers of a topic when every server knows of them.
func (l *link) settle(ctx context.Context) {
	beat := time.NewTicker(l.opts.beat)
	defer beat.Stop()
	settled := time.NewTimer(0)
	<-settled.C
	var waiting []Topic
	for beats := uint64(1); ; {
		ready := l.fresh.ready
		if waiting != nil {
			ready = nil // one batch after the other
		}
		select {
		case <-ready:
			waiting, _ = l.fresh.take()
			if !l.flush(ctx) {
				waiting = nil // connected will see to them
				continue
			}
			settled.Reset(settleTime)
		case <-settled.C:
			for _, t := range waiting {
				l.deliverResync(t)
			}
			waiting = nil
		case <-beat.C:
			word := append([]byte{wordBeat}, l.instance...)
			l.enqueue(packet{subject: l.everyone, data: binary.AppendUvarint(word, beats)})
			beats++ // also when it is not sent: the others notice that they missed something
		case <-ctx.Done():
			return
		}
	}
}

// flush waits until the server has worked off all that it was sent.
func (l *link) flush(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return l.up.Load() && l.conn.FlushWithContext(ctx) == nil
}
