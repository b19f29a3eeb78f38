package interop

import (
	"maps"
	"slices"
	"testing"

	"switchboard/boardtest"
)

// @xmpp/client is what our own SDK is built on.
func TestXMPPClient(t *testing.T) {
	t.Parallel()
	for name, service := range map[string]func(b *boardtest.Binary) string{
		"TCP":       func(b *boardtest.Binary) string { return "xmpp://" + b.XMPP },
		"WebSocket": func(b *boardtest.Binary) string { return "ws://" + b.HTTP + "/xmpp-websocket" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, given := server(t)
			given = maps.Clone(given)
			given["service"] = service(b)
			facts := node(t, "talk", given)
			if len(of(facts, "ping", "")) != 1 || len(of(facts, "resumed", "")) != 2 {
				t.Error("no answer to the ping, or no resumption")
			}
			there := append(numbered("there %d <&> ☂", 0, 12), "last")
			same(t, "what bob got", bodies(one(t, facts, "seen", "bob").Messages), there)
			same(t, "what alice got", bodies(one(t, facts, "seen", "alice").Messages), []string{"back"})
			all := slices.Insert(slices.Clone(there), 3, "back")
			for _, who := range []string{"alice", "bob"} {
				same(t, who+"'s archive", bodies(one(t, facts, "archive", who).Messages), all)
			}
			same(t, "the ids in bob's archive", slices.Delete(ids(one(t, facts, "archive", "bob").Messages), 3, 4),
				ids(one(t, facts, "seen", "bob").Messages))
		})
	}
}
