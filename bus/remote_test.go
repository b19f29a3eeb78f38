package bus

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"switchboard"
)

// A stranger on the network stands for a node in a certain state.
func stranger(t *testing.T, url string) *nats.Conn {
	t.Helper()
	c, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestNodeThatDoesNotAnswer(t *testing.T) {
	url := serve(t, EmbeddedOptions{}).URL()
	a := start(t, Options{NATS: url, Wait: 200 * time.Millisecond})
	dead := stranger(t, url)
	if _, err := dead.Subscribe("sb.a.1", func(*nats.Msg) {}); err != nil {
		t.Fatal(err)
	}
	if err := dead.Flush(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if question(t, a, numbered(Account(1), 1)) {
		t.Error("taken by a dead node")
	}
	if passed := time.Since(began); passed < 200*time.Millisecond {
		t.Errorf("gave up after %v", passed)
	}
}

func TestSecondNodeTakesIt(t *testing.T) {
	url := serve(t, EmbeddedOptions{}).URL()
	a := start(t, Options{NATS: url, Wait: longWait})
	other := stranger(t, url)
	if _, err := other.Subscribe("sb.a.1", func(m *nats.Msg) {
		for _, answer := range [][]byte{no, no, []byte("what?"), yes, yes, no} {
			if err := m.Respond(answer); err != nil {
				t.Error(err)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := other.Flush(); err != nil {
		t.Fatal(err)
	}
	if !question(t, a, numbered(Account(1), 1)) {
		t.Error("the second answer was yes")
	}
}

func TestForeignSignals(t *testing.T) {
	url := serve(t, EmbeddedOptions{}).URL()
	b := start(t, Options{NATS: url})
	heard := listen(t, b, Account(1), true)
	other := stranger(t, url)
	good, err := appendSignal(nil, numbered(Account(1), 1))
	if err != nil {
		t.Fatal(err)
	}
	future, err := appendSignal(nil, Signal{Topic: Account(1), Kind: "of-a-later-version", Value: blank{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{nil, {}, {1}, {2, 'a', 2, 2, 0}, good[:len(good)-1], future, good[:5]} {
		m, err := other.Request("sb.a.1", data, patience)
		if err != nil || len(m.Data) != 1 || m.Data[0] != 0 {
			t.Errorf("%q is answered by %v, %v", data, m, err)
		}
		if err := other.Publish("sb.all", data); err != nil {
			t.Fatal(err)
		}
	}
	if err := other.Publish(b.link.inbox+"zz", yes); err != nil {
		t.Fatal(err)
	}
	if m, err := other.Request("sb.a.1", good, patience); err != nil || m.Data[0] != 1 {
		t.Errorf("a good signal is answered by %v, %v", m, err)
	}
	if heard.count() != 1 {
		t.Errorf("heard %v", heard.all())
	}
}

// plainServer is a NATS server that can come back at the same address.
func plainServer(t *testing.T, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(patience) {
		t.Fatal("NATS server does not start")
	}
	return s
}

func TestServerComesBack(t *testing.T) {
	first := plainServer(t, server.RANDOM_PORT)
	port := first.Addr().(*net.TCPAddr).Port
	url := first.ClientURL()
	a, b := start(t, Options{NATS: url}), start(t, Options{NATS: url})
	heard := listen(t, b, Account(1), true)
	woken, cancel := b.Woken("q")
	defer cancel()

	first.Shutdown()
	first.WaitForShutdown()
	until(t, "the loss of the connection", func() bool { return !a.Connected() && !b.Connected() })
	drain(woken)
	before := heard.resynced()
	if question(t, a, numbered(Account(1), 1)) {
		t.Error("taken by a node out of reach")
	}
	a.Wake("q")

	second := plainServer(t, port)
	defer second.WaitForShutdown()
	defer second.Shutdown()
	until(t, "a call to catch up", func() bool { return heard.resynced() > before })
	select {
	case <-woken:
	case <-time.After(patience):
		t.Error("work is not looked for after the reconnect")
	}
	until(t, "signals to flow again", func() bool { return question(t, a, numbered(Account(1), 2)) })
}

func TestServerThatStartsLate(t *testing.T) {
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := held.Addr().(*net.TCPAddr).Port
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	b := New(Options{NATS: fmt.Sprintf("nats://127.0.0.1:%d", port), Log: quiet})
	run(t, b)
	heard := &ear{takes: true}
	b.Subscribe(Account(1), heard.hear)
	if !question(t, b, numbered(Account(1), 1)) || b.Connected() {
		t.Error("local signals do not depend on the network")
	}
	s := plainServer(t, port)
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	until(t, "the connection", b.Connected)
	until(t, "a call to catch up", func() bool { return heard.resynced() > 0 })
}

func TestBadURL(t *testing.T) {
	b := New(Options{NATS: "nats://[", Log: quiet})
	if err := b.Run(t.Context()); err == nil {
		t.Error("no error")
	}
}

// A node whose greetings go missing was out of reach: signals may have been
// lost although no connection broke.
func TestMissedGreetings(t *testing.T) {
	b := New(Options{NATS: "unused", Log: quiet})
	peerName := strings.Repeat("x", len(b.link.instance))
	for _, c := range []struct {
		beat byte
		lost bool
	}{{1, false}, {2, false}, {3, false}, {5, true}, {6, false}, {1, true}} {
		b.link.hear(append([]byte("b"+peerName), c.beat))
		if lost := len(b.link.resync) == 1; lost != c.lost {
			t.Errorf("greeting %d: catch up %v", c.beat, lost)
		}
		drain(b.link.resync)
	}
	b.link.hear(append([]byte("b"+strings.Repeat("y", len(peerName))), 40))
	if len(b.link.resync) != 1 {
		t.Error("a node that was there before us, or came back, is no reason to catch up")
	}
}

func TestNodesGreetEachOther(t *testing.T) {
	url := serve(t, EmbeddedOptions{}).URL()
	o := Options{NATS: url, beat: 5 * time.Millisecond}
	b := start(t, o)
	var beats atomic.Int64
	other := stranger(t, url)
	if _, err := other.Subscribe("sb.all", func(m *nats.Msg) {
		if m.Data[0] == wordBeat {
			beats.Add(1)
		}
	}); err != nil {
		t.Fatal(err)
	}
	heard := listen(t, b, Account(1), true)
	until(t, "greetings", func() bool { return beats.Load() > 5 })
	before := heard.resynced()
	start(t, o)
	until(t, "the newcomer's call to catch up", func() bool { return heard.resynced() > before })
}

// stuckServer speaks just enough NATS to be connected to, then reads nothing.
func stuckServer(t *testing.T) (url string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var conns []net.Conn
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		defer mu.Unlock()
		for _, c := range conns {
			c.Close()
		}
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, c)
			mu.Unlock()
			fmt.Fprint(c, `INFO {"server_id":"x","version":"2.10.0","proto":1,"headers":true,"max_payload":1048576}`+"\r\n")
			for r := bufio.NewReader(c); ; {
				line, err := r.ReadString('\n')
				if err != nil || strings.HasPrefix(line, "PING") {
					break
				}
			}
			fmt.Fprint(c, "PONG\r\n")
		}
	}()
	return "nats://" + l.Addr().String()
}

type big struct{}

func (big) MarshalBinary() ([]byte, error) { return make([]byte, 64<<10), nil }

func TestStuckServerHoldsNobodyUp(t *testing.T) {
	b := start(t, Options{NATS: stuckServer(t), Wait: 100 * time.Millisecond, queue: 100, stall: 300 * time.Millisecond})
	const many = 2000
	var answers atomic.Int64
	began := time.Now()
	for n := range many {
		b.Signal(Signal{Topic: Account(1), Kind: "big", Position: 1, Value: big{}}, func(taken bool) {
			if taken {
				t.Error("taken by nobody")
			}
			answers.Add(1)
		})
		b.Subscribe(Topic{'a', int64(n)}, func(Signal) bool { return false })
	}
	if passed := time.Since(began); passed > 40*time.Second { // of 200, did each of them wait
		t.Errorf("%d signals took %v", many, passed)
	}
	until(t, "every answer", func() bool { return answers.Load() == many })
}

func TestOverflowMakesOthersCatchUp(t *testing.T) {
	url := serve(t, EmbeddedOptions{}).URL()
	b := start(t, Options{NATS: url})
	heard, other := listen(t, b, Account(1), true), listen(t, b, Account(2), true)
	a := start(t, Options{NATS: url, queue: 1, beat: time.Hour})
	settled(t, a)
	settled(t, b)
	before, quietBefore := heard.resynced(), other.resynced()
	until(t, "an overflow that was noticed", func() bool {
		for n := range 100 {
			a.Signal(numbered(Account(1), n+1), nil)
		}
		return heard.resynced() > before
	})
	if other.resynced() != quietBefore {
		t.Error("a topic that lost nothing has to catch up")
	}
}

func TestSignalsAfterTheEnd(t *testing.T) {
	url := serve(t, EmbeddedOptions{}).URL()
	b := New(Options{NATS: url, Log: quiet})
	t.Run("running", func(t *testing.T) {
		run(t, b)
		until(t, "the connection", b.Connected)
	})
	if question(t, b, numbered(Account(1), 1)) || b.Connected() {
		t.Error("reaches other nodes after its end")
	}
}

func TestEmbeddedNeedsItsToken(t *testing.T) {
	s := serve(t, EmbeddedOptions{})
	if c, err := nats.Connect(s.nats.ClientURL()); err == nil {
		c.Close()
		t.Error("anybody on this machine may listen in")
	}
	for _, bad := range []EmbeddedOptions{{Cluster: "127.0.0.1:0"}, {Cluster: "nonsense", Secret: "s"},
		{Cluster: "127.0.0.1:http", Secret: "s"}, {Cluster: "127.0.0.1:0", Secret: "s", Routes: []string{"nats://"}}, {Listen: "1:2:3"}} {
		if s, err := Embedded(bad); err == nil {
			s.Stop()
			t.Errorf("%+v is accepted", bad)
		}
	}
}

func FuzzParseSignal(f *testing.F) {
	for _, s := range []Signal{numbered(Account(1), 1), {Topic: Ledger(), Kind: "commit", Position: 1 << 40}, {Topic: Tenant(-1), Kind: "blank", Value: blank{}}} {
		data, err := appendSignal(nil, s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseSignal(data)
		if err != nil {
			return
		}
		again, err := appendSignal(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := parseSignal(again)
		if err != nil || back.Topic != s.Topic || back.Kind != s.Kind || back.Position != s.Position {
			t.Fatalf("%+v became %+v, %v", s, back, err)
		}
	})
}

// Once Reach has returned, no signal of the other node is too early.
func TestReach(t *testing.T) {
	url := serve(t, EmbeddedOptions{}).URL()
	a, b := start(t, Options{NATS: url}), start(t, Options{NATS: url})
	for i := range 200 {
		topic := Account(switchboard.AccountID(i + 1))
		e := &ear{takes: true}
		defer a.Subscribe(topic, e.hear)()
		if err := a.Reach(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !question(t, b, numbered(topic, 1)) {
			t.Fatalf("signal %d came too early", i)
		}
	}
	if err := New(Options{}).Reach(t.Context()); err != nil {
		t.Error("a bus without other nodes: ", err)
	}
}
