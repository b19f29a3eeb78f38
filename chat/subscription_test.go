package chat

import "testing"

// The nine states of RFC 6121 Appendix A.1 under its names.
var states = map[string]subscription{
	"None":       {},
	"None+PO":    {asked: true},
	"None+PI":    {requested: true},
	"None+PO+PI": {asked: true, requested: true},
	"To":         {to: true},
	"To+PI":      {to: true, requested: true},
	"From":       {from: true},
	"From+PO":    {from: true, asked: true},
	"Both":       {to: true, from: true},
}

// transition is a line of a table of the appendix: passed says whether the
// stanza is routed (outbound) or delivered (inbound).
type transition struct {
	state  string
	passed bool
	next   string
}

func TestOutbound(t *testing.T) {
	tables := map[string][]transition{
		Subscribe: { // A.2.1
			{"None", true, "None+PO"}, {"None+PO", true, "None+PO"}, {"None+PI", true, "None+PO+PI"},
			{"None+PO+PI", true, "None+PO+PI"}, {"To", true, "To"}, {"To+PI", true, "To+PI"},
			{"From", true, "From+PO"}, {"From+PO", true, "From+PO"}, {"Both", true, "Both"},
		},
		Unsubscribe: { // A.2.2
			{"None", true, "None"}, {"None+PO", true, "None"}, {"None+PI", true, "None+PI"},
			{"None+PO+PI", true, "None+PI"}, {"To", true, "None"}, {"To+PI", true, "None+PI"},
			{"From", true, "From"}, {"From+PO", true, "From"}, {"Both", true, "From"},
		},
		Subscribed: { // A.2.3
			{"None", false, "None"}, {"None+PO", false, "None+PO"}, {"None+PI", true, "From"},
			{"None+PO+PI", true, "From+PO"}, {"To", false, "To"}, {"To+PI", true, "Both"},
			{"From", false, "From"}, {"From+PO", false, "From+PO"}, {"Both", false, "Both"},
		},
		Unsubscribed: { // A.2.4
			{"None", false, "None"}, {"None+PO", false, "None+PO"}, {"None+PI", true, "None"},
			{"None+PO+PI", true, "None+PO"}, {"To", false, "To"}, {"To+PI", true, "To"},
			{"From", true, "None"}, {"From+PO", true, "None+PO"}, {"Both", true, "To"},
		},
	}
	for kind, table := range tables {
		walk(t, "outbound "+kind, table, func(s subscription) (subscription, bool) {
			next, route := s.outbound(kind)
			next.approved = false
			return next, route
		})
	}
}

func TestInbound(t *testing.T) {
	tables := map[string][]transition{
		Subscribe: { // A.3.1
			{"None", true, "None+PI"}, {"None+PO", true, "None+PO+PI"}, {"None+PI", false, "None+PI"},
			{"None+PO+PI", false, "None+PO+PI"}, {"To", true, "To+PI"}, {"To+PI", false, "To+PI"},
			{"From", false, "From"}, {"From+PO", false, "From+PO"}, {"Both", false, "Both"},
		},
		Unsubscribe: { // A.3.2
			{"None", false, "None"}, {"None+PO", false, "None+PO"}, {"None+PI", true, "None"},
			{"None+PO+PI", true, "None+PO"}, {"To", false, "To"}, {"To+PI", true, "To"},
			{"From", true, "None"}, {"From+PO", true, "None+PO"}, {"Both", true, "To"},
		},
		Subscribed: { // A.3.3
			{"None", false, "None"}, {"None+PO", true, "To"}, {"None+PI", false, "None+PI"},
			{"None+PO+PI", true, "To+PI"}, {"To", false, "To"}, {"To+PI", false, "To+PI"},
			{"From", false, "From"}, {"From+PO", true, "Both"}, {"Both", false, "Both"},
		},
		Unsubscribed: { // A.3.4
			{"None", false, "None"}, {"None+PO", true, "None"}, {"None+PI", false, "None+PI"},
			{"None+PO+PI", true, "None+PI"}, {"To", true, "None"}, {"To+PI", true, "None+PI"},
			{"From", false, "From"}, {"From+PO", true, "From"}, {"Both", true, "From"},
		},
	}
	for kind, table := range tables {
		walk(t, "inbound "+kind, table, func(s subscription) (subscription, bool) {
			next, deliver, answer := s.inbound(kind)
			if want := kind == Subscribe && s.from; (answer == Subscribed) != want {
				t.Errorf("inbound %s: answer %q in state %+v", kind, answer, s)
			}
			return next, deliver
		})
	}
}

func walk(t *testing.T, name string, table []transition, step func(subscription) (subscription, bool)) {
	if len(table) != len(states) {
		t.Fatalf("%s: %d lines for %d states", name, len(table), len(states))
	}
	for _, line := range table {
		next, passed := step(states[line.state])
		if next != states[line.next] || passed != line.passed {
			t.Errorf("%s in %s: got %+v, passed %v; want %s, %v", name, line.state, next, passed, line.next, line.passed)
		}
	}
}

func TestPreApproval(t *testing.T) { // RFC 6121 §3.4
	for _, name := range []string{"None", "None+PO", "To"} {
		s := states[name]
		approved, route := s.outbound(Subscribed)
		if !approved.approved || route {
			t.Errorf("%s: approving gave %+v, routed %v", name, approved, route)
		}
		next, deliver, answer := approved.inbound(Subscribe)
		if !next.from || next.requested || deliver || answer != Subscribed {
			t.Errorf("%s: the approved request gave %+v, delivered %v, answer %q", name, next, deliver, answer)
		}
		if cancelled, route := approved.outbound(Unsubscribed); cancelled != s || route {
			t.Errorf("%s: taking it back gave %+v, routed %v", name, cancelled, route)
		}
	}
	for _, name := range []string{"From", "From+PO", "Both"} {
		if next, _ := states[name].outbound(Subscribed); next.approved {
			t.Errorf("%s: pre-approval of what is approved", name)
		}
	}
}
