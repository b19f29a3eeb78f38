package bus

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"switchboard"
)

func TestMain(m *testing.M) {
	Register("number", func(data []byte) (Value, error) {
		if len(data) != 8 {
			return nil, fmt.Errorf("%d bytes", len(data))
		}
		n := number(binary.BigEndian.Uint64(data))
		return &n, nil
	})
	Register("blank", func([]byte) (Value, error) { return blank{}, nil })
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

type number uint64

func (n *number) MarshalBinary() ([]byte, error) {
	return binary.BigEndian.AppendUint64(nil, uint64(*n)), nil
}

type blank struct{}

func (blank) MarshalBinary() ([]byte, error) { return nil, nil }

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

const (
	patience = time.Minute      // how long a test waits for what must come
	longWait = 10 * time.Second // for answers: on a machine that is busy they may take seconds
)

// engine makes two nodes; in one process they are the same.
type engine struct {
	name   string
	nodes  func(t *testing.T, o Options) (a, b *Bus)
	remote bool
}

func engines() []engine {
	return []engine{
		{"in-process", func(t *testing.T, o Options) (a, b *Bus) {
			a = start(t, o)
			return a, a
		}, false},
		{"one server", func(t *testing.T, o Options) (a, b *Bus) {
			o.NATS = serve(t, EmbeddedOptions{Node: "n"}).URL()
			return start(t, o), start(t, o)
		}, true},
		{"cluster", func(t *testing.T, o Options) (a, b *Bus) {
			one := serve(t, EmbeddedOptions{Node: "1", Cluster: "127.0.0.1:0", Secret: "s"})
			two := serve(t, EmbeddedOptions{Node: "2", Cluster: "127.0.0.1:0", Secret: "s", Routes: []string{"nats://" + one.ClusterAddr()}})
			until(t, "the route", func() bool { return one.nats.NumRoutes() > 0 && two.nats.NumRoutes() > 0 })
			o.NATS = one.URL()
			a = start(t, o)
			o.NATS = two.URL()
			return a, start(t, o)
		}, true},
	}
}

func onEachEngine(t *testing.T, o Options, body func(t *testing.T, e engine, a, b *Bus)) {
	if o.Wait == 0 {
		o.Wait = longWait
	}
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			a, b := e.nodes(t, o)
			body(t, e, a, b)
		})
	}
}

func serve(t testing.TB, o EmbeddedOptions) *Server {
	t.Helper()
	o.Log = quiet
	s, err := Embedded(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// start runs a bus until the test ends and waits until it is connected.
func start(t testing.TB, o Options) *Bus {
	t.Helper()
	o.Log = quiet
	b := New(o)
	run(t, b)
	until(t, "the connection", b.Connected)
	return b
}

func run(t testing.TB, b *Bus) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Error("Run:", err)
			}
		case <-time.After(patience):
			t.Error("Run does not return")
		}
	})
}

// until waits for a condition that nothing announces.
func until(t testing.TB, what string, condition func() bool) {
	t.Helper()
	end := time.After(patience)
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !condition() {
		select {
		case <-look.C:
		case <-end:
			t.Fatal("waited in vain for", what)
		}
	}
}

// ear is a subscriber that remembers what it heard.
type ear struct {
	mu      sync.Mutex
	heard   []Signal
	resyncs int
	takes   bool
	cancel  func()
}

// listen subscribes and returns when all nodes know of it.
func listen(t testing.TB, b *Bus, topic Topic, takes bool) *ear {
	t.Helper()
	e := &ear{takes: takes}
	e.cancel = b.Subscribe(topic, e.hear)
	if b.link != nil {
		until(t, "interest to settle", func() bool { return e.resynced() > 0 })
	}
	return e
}

func (e *ear) hear(s Signal) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s.Kind == Resync {
		e.resyncs++
		return true // must not count
	}
	e.heard = append(e.heard, s)
	return e.takes
}

func (e *ear) resynced() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.resyncs
}

func (e *ear) all() []Signal {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Signal(nil), e.heard...)
}

func (e *ear) count() int { return len(e.all()) }

// question signals and waits for the answer.
func question(t testing.TB, b *Bus, s Signal) (taken bool) {
	t.Helper()
	answer := make(chan bool, 2)
	b.Signal(s, func(taken bool) { answer <- taken })
	select {
	case taken = <-answer:
	case <-time.After(patience):
		t.Fatal("done is not called")
	}
	return taken
}

func numbered(topic Topic, n int) Signal {
	v := number(n)
	return Signal{Topic: topic, Kind: "number", Position: switchboard.Position(n), Value: &v}
}
