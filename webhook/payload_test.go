package webhook

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"switchboard"
)

var update = flag.Bool("update", false, "write the golden files")

func TestPayloads(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 30, 0, 454661000, time.UTC)
	started, ended := at.Add(-time.Hour), at.Add(-time.Millisecond)
	base := switchboard.ConversationFact{ID: 41, Department: 3, Queue: 5, Channel: "Chat", Source: "Default", Status: "ACTIVE", Guest: "<Ann>"}
	with := func(change func(*switchboard.ConversationFact)) []byte {
		f := base
		change(&f)
		return switchboard.Payload(f)
	}
	operator := func(f *switchboard.ConversationFact) { f.Operator, f.Started = 7, &started }
	state := func(s, note string) []byte {
		return switchboard.Payload(switchboard.StatusFact{Operator: 7, State: s, Note: note})
	}
	for _, c := range []struct {
		golden  string
		kind    switchboard.EventKind
		payload []byte
	}{
		{"SessionCreated", switchboard.ConversationNew, with(func(*switchboard.ConversationFact) {})},
		{"SessionStarted", switchboard.ConversationStarted, with(operator)},
		{"SessionOperatorJoined", switchboard.ConversationOperatorJoined, with(operator)},
		{"SessionOperatorLeft", switchboard.ConversationOperatorLeft, with(operator)},
		{"SessionOperatorConcluded", switchboard.ConversationOperatorConcluded, with(operator)},
		{"SessionForwarded-group", switchboard.ConversationForwarded, with(func(f *switchboard.ConversationFact) { f.ToQueue = 6 })},
		{"SessionForwarded-user", switchboard.ConversationForwarded, with(func(f *switchboard.ConversationFact) { f.ToOperator = 8 })},
		{"SessionEnded", switchboard.ConversationEnded, with(func(f *switchboard.ConversationFact) { f.Started, f.Ended = &started, &ended })},
		{"SessionEnded-abandoned", switchboard.ConversationEnded, with(func(f *switchboard.ConversationFact) { f.Ended = &ended })},
		{"UserStatusChanged-online", switchboard.OperatorStatus, state("ONLINE", "")},
		{"UserStatusChanged-break", switchboard.OperatorStatus, state("BREAK", "lunch & <tea>")},
		{"UserStatusChanged-call", switchboard.OperatorStatus, state("ON_CALL", "")},
		{"UserStatusChanged-offline", switchboard.OperatorStatus, state("DISCONNECTED", "")},
	} {
		event, body, err := render(switchboard.Event{Kind: c.kind, Time: at, Payload: c.payload})
		if err != nil || !slices.Contains(types, event) {
			t.Errorf("%s: %q, %v", c.golden, event, err)
		}
		path := filepath.Join("testdata", c.golden+".json")
		if *update {
			if err := os.WriteFile(path, []byte(body+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || body+"\n" != string(want) {
			t.Errorf("%s:\n got %s\nwant %s (%v)", c.golden, body, want, err)
		}
	}
}

func TestNoPayload(t *testing.T) {
	for _, e := range []switchboard.Event{{Kind: switchboard.ConversationNew}, // erased
		{Kind: switchboard.MessageSent, Payload: []byte("<message/>")}, {Kind: switchboard.WebhookChanged, Payload: []byte("{}")}} {
		if event, _, err := render(e); event != "" || err != nil {
			t.Errorf("%s: %q, %v", e.Kind, event, err)
		}
	}
	if _, _, err := render(switchboard.Event{Kind: switchboard.ConversationNew, Payload: []byte("{")}); err == nil {
		t.Error("a broken payload is no error")
	}
}

func TestTypes(t *testing.T) {
	for in, want := range map[string]string{"SessionEnded": "SessionEnded", "sessionended": "SessionEnded", " 4 ": "SessionEnded", "1": "UserStatusChanged",
		"9": "SessionCallParamsUpdated", "sessionActivityAvRequest": "SessionActivityAvRequest", "0": "", "10": "", "": "", "-1": "", "x": ""} {
		if got, ok := parseType(in); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v", in, got, ok)
		}
	}
	if len(types) != 49 {
		t.Errorf("%d types", len(types))
	}
	for _, m := range makers {
		if !slices.Contains(types, m.event) {
			t.Errorf("%s is not documented", m.event)
		}
	}
}
