package bus

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"switchboard"
)

func TestOrder(t *testing.T) {
	onEachEngine(t, Options{}, func(t *testing.T, _ engine, a, b *Bus) {
		const many = 5000
		topic := Account(7)
		heard := listen(t, b, topic, true)
		for n := 1; n <= many; n++ {
			a.Signal(numbered(topic, n), nil)
		}
		until(t, "the last signal", func() bool { return heard.count() >= many })
		for i, s := range heard.all() {
			v, ok := s.Value.(*number)
			if !ok || int(*v) != i+1 || s.Position != switchboard.Position(i+1) || s.Topic != topic || s.Kind != "number" {
				t.Fatalf("signal %d is %+v", i+1, s)
			}
		}
	})
}

func TestTaken(t *testing.T) {
	onEachEngine(t, Options{}, func(t *testing.T, e engine, a, b *Bus) {
		taker, refuser := Account(1), Account(2)
		took := listen(t, b, taker, true)
		refused := listen(t, b, refuser, false)
		if !question(t, a, numbered(taker, 1)) {
			t.Error("a taken signal was reported as not taken")
		}
		if question(t, a, numbered(refuser, 2)) {
			t.Error("a refused signal was reported as taken")
		}
		if took.count() != 1 || refused.count() != 1 {
			t.Errorf("delivered %d and %d times", took.count(), refused.count())
		}
		began := time.Now()
		if question(t, a, numbered(Account(3), 3)) {
			t.Error("nobody took it")
		}
		if passed := time.Since(began); passed > longWait/2 {
			t.Errorf("it took %v to learn that nobody is there", passed)
		}
		if a.Interested(taker) == e.remote || !b.Interested(taker) || b.Interested(Account(3)) {
			t.Error("interest is local")
		}
	})
}

func TestBothNodesHear(t *testing.T) {
	onEachEngine(t, Options{}, func(t *testing.T, _ engine, a, b *Bus) {
		topic := Tenant(5)
		here, there := listen(t, a, topic, true), listen(t, b, topic, false)
		if !question(t, a, numbered(topic, 1)) {
			t.Error("taken here")
		}
		if !question(t, b, numbered(topic, 2)) {
			t.Error("taken there")
		}
		until(t, "both to hear both", func() bool { return here.count() == 2 && there.count() == 2 })
	})
}

func TestOwnSubscriberThatRefuses(t *testing.T) {
	onEachEngine(t, Options{}, func(t *testing.T, _ engine, a, _ *Bus) {
		heard := listen(t, a, Account(4), false)
		if question(t, a, numbered(Account(4), 1)) {
			t.Error("a refused signal was reported as taken")
		}
		if heard.count() != 1 {
			t.Errorf("heard %d times: a node must not hear its own signals from the network", heard.count())
		}
	})
}

func TestSignalWithoutValue(t *testing.T) {
	onEachEngine(t, Options{}, func(t *testing.T, _ engine, a, b *Bus) {
		heard := listen(t, b, Ledger(), true)
		question(t, a, Signal{Topic: Ledger(), Kind: "commit", Position: 12})
		question(t, a, Signal{Topic: Ledger(), Kind: "blank", Value: blank{}})
		all := heard.all()
		if len(all) != 2 || all[0].Position != 12 || all[0].Value != nil || all[1].Value != Value(blank{}) {
			t.Errorf("heard %+v", all)
		}
	})
}

func TestResubscribe(t *testing.T) {
	onEachEngine(t, Options{Wait: 200 * time.Millisecond}, func(t *testing.T, _ engine, a, b *Bus) {
		topic := Account(9)
		for range 5 {
			heard := listen(t, b, topic, true)
			until(t, "the signal to be taken", func() bool { return question(t, a, numbered(topic, 1)) })
			heard.cancel()
			heard.cancel() // harmless
			until(t, "interest to end", func() bool { return !question(t, a, numbered(topic, 2)) })
			if b.Interested(topic) {
				t.Error("still interested")
			}
		}
	})
}

// Interest comes and goes on one topic while another one must not suffer, and
// every question gets exactly one answer.
func TestInterestUnderLoad(t *testing.T) {
	onEachEngine(t, Options{}, func(t *testing.T, _ engine, a, b *Bus) {
		const many = 2000
		steady := listen(t, b, Account(1), true)
		stop := make(chan struct{})
		var churn sync.WaitGroup
		for i := range 4 {
			churn.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						b.Subscribe(Account(switchboard.AccountID(2+i%2)), func(Signal) bool { return true })()
					}
				}
			})
		}
		var answers, taken atomic.Int64
		before := steady.resynced()
		for n := 1; n <= many; n++ {
			a.Signal(numbered(Account(1), n), func(ok bool) {
				answers.Add(1)
				if ok {
					taken.Add(1)
				}
			})
			a.Signal(numbered(Account(switchboard.AccountID(2+n%2)), n), func(bool) { answers.Add(1) })
		}
		until(t, "every answer", func() bool { return answers.Load() >= 2*many })
		close(stop)
		churn.Wait()
		if answers.Load() != 2*many || taken.Load() > int64(steady.count()) {
			t.Errorf("%d answers, %d taken, %d heard", answers.Load(), taken.Load(), steady.count())
		}
		// A machine that stops for seconds makes connections break, and who missed
		// something is told.
		if taken.Load() < many {
			until(t, "a call to catch up", func() bool { return steady.resynced() > before })
		}
		positions := make([]switchboard.Position, 0, many)
		for _, s := range steady.all() {
			positions = append(positions, s.Position)
		}
		if !slices.IsSorted(positions) {
			t.Error("out of order")
		}
	})
}

func TestWork(t *testing.T) {
	onEachEngine(t, Options{}, func(t *testing.T, _ engine, a, b *Bus) {
		woken, cancel := b.Woken("webhooks")
		defer cancel()
		other, cancelOther := a.Woken("timers")
		defer cancelOther()
		settled(t, b)
		drain(woken)
		drain(other)
		for range 100 {
			a.Wake("webhooks")
		}
		select {
		case <-woken:
		case <-time.After(patience):
			t.Fatal("not woken")
		}
		if len(other) != 0 {
			t.Error("the wrong queue was woken")
		}
		cancel()
		b.Wake("webhooks")
		if b.link == nil && len(woken) != 0 {
			t.Error("woken after cancel")
		}
	})
}

// settled waits until a bus has caught up after its connect.
func settled(t *testing.T, b *Bus) { listen(t, b, Account(1<<40), true).cancel() }

func drain(c <-chan struct{}) {
	select {
	case <-c:
	default:
	}
}

func TestSubscribersRunInOrderAndMayCancel(t *testing.T) {
	b := New(Options{})
	var got []int
	topic := Account(1)
	var cancelThird func()
	cancels := make([]func(), 4)
	for i := range 4 {
		cancels[i] = b.Subscribe(topic, func(Signal) bool {
			got = append(got, i)
			if i == 1 {
				cancels[1]()
				cancelThird()
				b.Subscribe(topic, func(Signal) bool { got = append(got, 9); return false })
			}
			return i == 3
		})
	}
	cancelThird = cancels[2]
	taken := false
	b.Signal(Signal{Topic: topic}, func(ok bool) { taken = ok })
	if !taken || !slices.Equal(got, []int{0, 1, 3}) {
		t.Errorf("first signal: taken %v, order %v", taken, got)
	}
	got = nil
	b.Signal(Signal{Topic: topic}, nil)
	if !slices.Equal(got, []int{0, 3, 9}) {
		t.Errorf("second signal: order %v", got)
	}
}

func TestValuesAreNotCopiedInProcess(t *testing.T) {
	b := New(Options{})
	v := new(number)
	b.Subscribe(Account(1), func(s Signal) bool {
		if s.Value != Value(v) {
			t.Error("another value")
		}
		return true
	})
	s := Signal{Topic: Account(1), Kind: "number", Value: v}
	if allocations := testing.AllocsPerRun(100, func() { b.Signal(s, nil) }); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestRegisterTwicePanics(t *testing.T) {
	for _, kind := range []string{"number", Resync, ""} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q may be registered", kind)
				}
			}()
			Register(kind, nil)
		}()
	}
}

func BenchmarkSignalInProcess(bench *testing.B) {
	b := New(Options{})
	const accounts = 10_000
	var heard atomic.Int64
	for i := range accounts {
		b.Subscribe(Account(switchboard.AccountID(i)), func(Signal) bool { heard.Add(1); return true })
	}
	v := new(number)
	bench.ReportAllocs()
	bench.RunParallel(func(pb *testing.PB) {
		for n := 0; pb.Next(); n++ {
			b.Signal(Signal{Topic: Account(switchboard.AccountID(n % accounts)), Kind: "number", Position: 1, Value: v}, func(bool) {})
		}
	})
}

func BenchmarkSignalBetweenNodes(bench *testing.B) {
	o := Options{NATS: serve(bench, EmbeddedOptions{}).URL()}
	a, b := start(bench, o), start(bench, o)
	heard := listen(bench, b, Account(1), true)
	answers := make(chan struct{}, 1000)
	bench.ReportAllocs()
	bench.ResetTimer()
	for n := range bench.N {
		if n >= cap(answers) {
			<-answers
		}
		a.Signal(numbered(Account(1), n), func(bool) { answers <- struct{}{} })
	}
	until(bench, "the last one", func() bool { return heard.count() == bench.N })
}
