package xmpp_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"

	"switchboard/boardtest"
	"switchboard/stanza"
)

// lossy is a client with stream management whose connection breaks again and
// again. What it has handled and what it has sent survives, as in a real one.
type lossy struct {
	t       *testing.T
	b       *board
	name    string
	c       *boardtest.XMPPClient
	id      string // for resumption
	handled uint32
	sent    []string
	acked   int
}

func (l *lossy) connect() {
	l.c = l.b.bound(l.t, l.name, "lossy")
	l.id = enable(l.t, l.c)
}

func (l *lossy) send(xml string) {
	l.sent = append(l.sent, xml)
	_ = l.c.TrySend(xml) // if it does not arrive, it is sent again
}

// breakOff cuts the connection and resumes.
func (l *lossy) breakOff() {
	l.c.Break()
	l.c = boardtest.DialXMPP(l.t, l.b.onTCP())
	l.c.Login(l.name, boardtest.Password)
	l.c.Send(fmt.Sprintf("<resume xmlns='urn:xmpp:sm:3' previd='%s' h='%d'/>", l.id, l.handled))
	e := l.c.Next()
	if !e.Is(stanza.NSSM3, "resumed") {
		l.t.Fatalf("%s: got %s", l.name, e.Raw())
	}
	l.ack(e)
	for _, again := range l.sent {
		l.c.Send(again)
	}
}

func (l *lossy) ack(e stanza.Element) {
	h, err := strconv.Atoi(e.Attr("h"))
	if err != nil || h < l.acked || h-l.acked > len(l.sent) {
		l.t.Fatalf("%s: %d were acknowledged, %d are not, and now %s", l.name, l.acked, len(l.sent), e.Raw())
	}
	l.sent = l.sent[h-l.acked:]
	l.acked = h
}

// next is the next message.
func (l *lossy) next() stanza.Element {
	for {
		e := l.c.Next()
		switch {
		case e.Is(stanza.NSSM3, "r"):
			_ = l.c.TrySend(fmt.Sprintf("<a xmlns='urn:xmpp:sm:3' h='%d'/>", l.handled))
		case e.Is(stanza.NSSM3, "a"):
			l.ack(e)
		default:
			l.handled++
			if e.Name() == stanza.Message {
				return e
			}
		}
	}
}

// TestLossyConnections: both sides lose their connections all the time, and
// every message arrives once and in order, and is archived once and in order.
func TestLossyConnections(t *testing.T) {
	const n = 150
	b := newBoard(t, nil, "romeo", "juliet", "mercutio", "tybalt")
	var pairs sync.WaitGroup
	for _, pair := range [][2]string{{"romeo", "juliet"}, {"mercutio", "tybalt"}} {
		from, to := &lossy{t: t, b: b, name: pair[0]}, &lossy{t: t, b: b, name: pair[1]}
		from.connect()
		to.connect()
		to.send("<presence/>")
		to.c.Sync() // a stanza more on both sides
		to.acked, to.sent, to.handled = 2, nil, 1
		to.c.Send("<message id='self'/>")
		to.acked++
		for to.next().ID() != "self" { // now it takes messages
		}
		rng := rand.New(rand.NewPCG(1, uint64(len(pair[0]))))
		pairs.Go(func() {
			for i := range n {
				from.send(fmt.Sprintf("<message to='%s@%s' type='chat' id='n%d'><body>%d</body></message>", to.name, domain, i, i))
				if rng.IntN(12) == 0 {
					from.breakOff()
				}
			}
			from.c.Sync()
		})
		breaks := rand.New(rand.NewPCG(2, uint64(len(pair[1]))))
		pairs.Go(func() {
			for i := range n {
				if e := to.next(); e.ID() != fmt.Sprintf("n%d", i) {
					t.Errorf("%s: n%d should come, not %s", to.name, i, e.Raw())
					return
				}
				if breaks.IntN(10) == 0 {
					to.breakOff()
				}
			}
		})
	}
	pairs.Wait()
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("n%d", i))
	}
	for _, name := range []string{"romeo", "juliet", "mercutio", "tybalt"} {
		if ids := archiveIDs(t, b.bound(t, name, "reader")); strings.Join(ids, " ") != strings.Join(want, " ") {
			t.Errorf("%s's archive: %v", name, ids)
		}
	}
}
