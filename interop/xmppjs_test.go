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
			all := slices.Insert(slices.Clone(there), 3, "back")
			for who, want := range map[string][]string{"alice": {"back"}, "bob": there} {
				seen := one(t, facts, "seen", who)
				if seen.Asked > 3*len(all) {
					t.Errorf("%s was asked %d times for acknowledgements", who, seen.Asked)
				}
				messages := distinct(seen.Messages)
				same(t, "what "+who+" got", bodies(messages), want)
				archive := one(t, facts, "archive", who).Messages
				same(t, who+"'s archive", bodies(archive), all)
				archive = slices.DeleteFunc(archive, func(m fact) bool { return !slices.Contains(want, m.Body) })
				same(t, "the ids in "+who+"'s archive", ids(archive), ids(messages))
			}
		})
	}
}

// distinct leaves out what came again. This client does not count the answers
// to its own requests, so it tells the server too small a number when it
// resumes; what comes twice for that has the same id in the archive.
func distinct(messages []fact) (once []fact) {
	known := map[string]bool{}
	for _, m := range messages {
		if !known[m.ArchiveID] {
			once = append(once, m)
		}
		known[m.ArchiveID] = true
	}
	return once
}
