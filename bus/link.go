package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"switchboard"
)

const (
	outboundSignals = 16384                  // that wait for the network, before some are dropped
	inboundSignals  = 32768                  // that wait for the subscribers of this node
	defaultWait     = 2 * time.Second        // for other nodes' answers
	defaultBeat     = 2 * time.Second        // between a node's greetings
	settleTime      = 200 * time.Millisecond // for new interest to reach every server of a NATS cluster
	stallTime       = 5 * time.Second        // before a server that reads nothing is given up
	closeTime       = time.Second            // for the last signals to leave
)

// link connects a Bus with the other nodes over NATS. Four goroutines work for
// it while run runs: the writer (all that goes to the network), the reader (all
// that comes from it), the settler (new interest) and the reaper (answers that
// do not come); the beat goes with the settler.
type link struct {
	bus      *Bus
	opts     Options
	log      *slog.Logger
	conn     *nats.Conn // set before the goroutines start
	up       atomic.Bool
	reason   atomic.Pointer[string] // why the last connect failed; nil once connected
	instance string                 // names this run among all nodes; new at each start
	inbox    string                 // subject prefix of answers to this node
	everyone string                 // subject that every node listens to

	out    chan packet
	in     chan *nats.Msg
	asks   askTable
	dirty  topicSet // topics whose interest may have changed
	fresh  topicSet // topics that the server has just been told about
	lost   topicSet // topics of which other nodes missed a signal
	wakes  wakeSet
	known  chan chan<- *nats.Conn // asks the writer to work off dirty
	resync chan struct{}          // ready when this node may have missed signals on any topic
	peers  map[string]peer
}

// packet is something that waits for the network. A signal has a topic; an
// answer or a word to everyone has its subject.
type packet struct {
	topic   Topic
	subject string
	data    []byte
	ask     uint64 // the question's number, when an answer is wanted
	durable bool   // the others must catch up when it is lost
}

func newLink(b *Bus, o Options) *link {
	if o.Prefix == "" {
		o.Prefix = "sb"
	}
	if o.Wait == 0 {
		o.Wait = defaultWait
	}
	if o.beat == 0 {
		o.beat = defaultBeat
	}
	if o.queue == 0 {
		o.queue = outboundSignals
	}
	if o.stall == 0 {
		o.stall = stallTime
	}
	l := &link{bus: b, opts: o, log: o.Log, instance: switchboard.NewName(), everyone: o.Prefix + ".all",
		out: make(chan packet, o.queue), in: make(chan *nats.Msg, inboundSignals),
		known: make(chan chan<- *nats.Conn), resync: make(chan struct{}, 1), peers: make(map[string]peer)}
	l.inbox = o.Prefix + ".re." + l.instance + "."
	l.asks.init()
	for _, s := range []*topicSet{&l.dirty, &l.fresh, &l.lost} {
		s.init()
	}
	l.wakes.init()
	return l
}

// subject is the NATS subject of a topic.
func (l *link) subject(t Topic) string {
	return l.opts.Prefix + "." + string(rune(t.Kind)) + "." + strconv.FormatInt(t.ID, 10)
}

func (l *link) run(ctx context.Context) error {
	conn, err := l.connect()
	if err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	l.conn = conn
	defer l.conn.Close()
	for _, subject := range []string{l.inbox + "*", l.everyone} {
		if _, err := conn.ChanSubscribe(subject, l.in); err != nil {
			return fmt.Errorf("bus: subscribe %s: %w", subject, err)
		}
	}
	var wg sync.WaitGroup
	for _, work := range []func(context.Context){l.write, l.read, l.settle, l.reap} {
		wg.Go(func() { work(ctx) })
	}
	<-ctx.Done()
	l.up.Store(false)
	wg.Wait()
	l.flushOut()
	l.asks.close()
	return nil
}

// connect opens the connection, or one that keeps trying when no server
// answers yet. What cannot be sent is not kept: receivers catch up instead.
func (l *link) connect() (*nats.Conn, error) {
	return nats.Connect(l.opts.NATS,
		nats.Name("switchboard "+l.opts.Node),
		nats.NoEcho(),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(250*time.Millisecond), nats.ReconnectJitter(250*time.Millisecond, time.Second),
		nats.ReconnectBufSize(-1),
		nats.PingInterval(5*time.Second), nats.MaxPingsOutstanding(2),
		nats.FlusherTimeout(l.opts.stall), nats.ReconnectOnFlusherError(),
		nats.NoCallbacksAfterClientClose(),
		nats.ConnectHandler(l.connected), nats.ReconnectHandler(l.connected),
		nats.DisconnectErrHandler(l.disconnected),
		nats.ErrorHandler(l.asyncError),
		nats.ReconnectErrHandler(l.unreachable))
}

// connected runs after every connect. Signals of both directions may have been
// lost before it, so everybody catches up.
func (l *link) connected(c *nats.Conn) {
	l.log.Info("connected to NATS", "server", c.ConnectedAddr(), "node", l.opts.Node)
	l.reason.Store(nil)
	l.up.Store(true)
	l.lost.addAll()
	poke(l.resync)
}

func (l *link) disconnected(_ *nats.Conn, err error) {
	l.up.Store(false)
	l.log.Warn("connection to NATS is lost; signals reach this node only", "error", err)
}

// unreachable logs why a connect failed, and only once as long as the reason
// stays the same.
func (l *link) unreachable(_ *nats.Conn, err error) {
	reason := err.Error()
	if before := l.reason.Swap(&reason); before == nil || *before != reason {
		l.log.Warn("NATS server cannot be reached; trying again", "error", err)
	}
}

func (l *link) asyncError(_ *nats.Conn, s *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrSlowConsumer) {
		poke(l.resync)
	}
	subject := ""
	if s != nil {
		subject = s.Subject
	}
	l.log.Warn("NATS reports a problem", "subject", subject, "error", err)
}

// interestChanged has the server told, soon, whether this node wants a topic.
func (l *link) interestChanged(t Topic) { l.dirty.add(t) }

// send hands a signal to the writer; done, unless nil, hears whether another
// node took it.
func (l *link) send(s Signal, done func(bool)) {
	p := packet{topic: s.Topic, durable: s.Position != 0}
	if !l.up.Load() {
		if done != nil {
			done(false)
		}
		return
	}
	var err error
	if p.data, err = appendSignal(nil, s); err != nil {
		l.log.Error("signal cannot be encoded", "kind", s.Kind, "error", err)
		if done != nil {
			done(false)
		}
		return
	}
	if done != nil {
		if p.ask = l.asks.add(done, l.opts.Wait); p.ask == 0 {
			done(false) // the bus has stopped
			return
		}
	}
	l.enqueue(p)
}

func (l *link) enqueue(p packet) {
	select {
	case l.out <- p:
	default:
		l.drop(p)
	}
}

// drop gives a packet up. Once connected again, everybody catches up on
// everything, so a loss is noted only while there is a connection.
func (l *link) drop(p packet) {
	if p.durable && l.up.Load() {
		l.lost.add(p.topic)
	}
	if p.ask != 0 {
		l.asks.answer(p.ask, false)
	}
}

// wake has every node told that there is work in a queue.
func (l *link) wake(queue string) {
	if l.up.Load() {
		l.wakes.add(queue)
	}
}

// askNumber is the question that an answer's subject names; 0 for none.
func (l *link) askNumber(subject string) uint64 {
	number, found := strings.CutPrefix(subject, l.inbox)
	if !found {
		return 0
	}
	n, err := strconv.ParseUint(number, 36, 64)
	if err != nil {
		return 0
	}
	return n
}
