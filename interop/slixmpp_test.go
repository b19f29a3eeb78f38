package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSlixmppTalk(t *testing.T) {
	t.Parallel()
	_, given := server(t)
	facts := python(t, "talk", given)
	for _, f := range of(facts, "online", "") {
		if !strings.HasPrefix(f.Mechanism, "SCRAM-") || !strings.HasPrefix(f.TLS, "TLSv1.") {
			t.Errorf("%s signed in with %s over %q", f.Who, f.Mechanism, f.TLS)
		}
	}
	for _, who := range []string{"alice/phone", "bob/laptop"} {
		if f := one(t, facts, "subscribed", who); f.Text != "both" {
			t.Errorf("%s has the subscription %q", who, f.Text)
		}
	}
	if n := len(of(facts, "present", "")); n != 2 {
		t.Errorf("%d of two saw the other come online", n)
	}
	there, back := numbered("there %d <&> ☂", 0, 4), numbered("back %d", 0, 3)
	both := append(slices.Clone(there), back...)
	phone, desk, bob := one(t, facts, "seen", "alice/phone"), one(t, facts, "seen", "alice/desk"), one(t, facts, "seen", "bob/laptop")
	same(t, "bob's messages", bodies(bob.Messages), there)
	same(t, "the phone's messages", bodies(phone.Messages), back)
	same(t, "the desk's own messages", bodies(desk.Messages), nil)
	checkReceipts(t, phone, numbered("there%d", 0, 4))
	checkReceipts(t, bob, numbered("back%d", 0, 3))
	checkCopies(t, one(t, facts, "copies", "").Messages)

	for _, f := range of(facts, "archive", "") {
		same(t, f.Who+"'s archive, read "+f.Text, bodies(f.Messages), both)
	}
	forwards := of(facts, "archive", "alice/phone")[0].Messages
	same(t, "alice's archive, read backwards", ids(of(facts, "archive", "alice/phone")[1].Messages), ids(forwards))
	theirs := of(facts, "archive", "bob/laptop")[0].Messages
	same(t, "the ids in bob's archive", ids(withBody(theirs))[:4], ids(withBody(bob.Messages)))
	same(t, "the ids in alice's archive", ids(withBody(forwards))[4:], ids(withBody(phone.Messages)))
	if len(forwards) != len(theirs) {
		t.Errorf("%d messages in one archive, %d in the other", len(forwards), len(theirs))
	}
}

// numbered are texts with the numbers from first to before last.
func numbered(format string, first, last int) (texts []string) {
	for n := first; n < last; n++ {
		texts = append(texts, fmt.Sprintf(format, n))
	}
	return texts
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%q\nwant\n%q", what, got, want)
	}
}

func ids(messages []fact) (list []string) {
	for _, m := range messages {
		list = append(list, m.ArchiveID)
	}
	return list
}

func withBody(messages []fact) []fact {
	return slices.DeleteFunc(slices.Clone(messages), func(m fact) bool { return m.Body == "" })
}

func checkReceipts(t *testing.T, who fact, want []string) {
	t.Helper()
	var got []string
	for _, m := range who.Messages {
		if m.Receipt != "" {
			got = append(got, m.Receipt)
		}
	}
	same(t, who.Who+"'s receipts", got, want)
}

// checkCopies checks the carbons of the phone's side of the talk: its own
// messages, what bob said, and the receipts of both.
func checkCopies(t *testing.T, copies []fact) {
	t.Helper()
	kinds := map[string][]string{}
	for _, c := range copies {
		what := c.Body
		if what == "" {
			what = "receipt of " + c.Receipt
		}
		kinds[c.Text] = append(kinds[c.Text], what)
	}
	same(t, "copies of what was sent", kinds["carbon_sent"],
		append(numbered("there %d <&> ☂", 0, 4), numbered("receipt of back%d", 0, 3)...))
	same(t, "copies of what came", kinds["carbon_received"],
		append(numbered("receipt of there%d", 0, 4), numbered("back %d", 0, 3)...))
}

func TestSlixmppResumption(t *testing.T) {
	t.Parallel()
	_, given := server(t)
	facts := python(t, "resume", given)
	if n := len(of(facts, "resumed", "")); n != 4 {
		t.Errorf("%d resumptions, want 4", n)
	}
	same(t, "what bob got", bodies(one(t, facts, "seen", "bob/laptop").Messages), numbered("%d", 0, 65))
}

func TestSlixmppOffline(t *testing.T) {
	t.Parallel()
	_, given := server(t)
	began := time.Now()
	facts := python(t, "offline", given)
	first := one(t, facts, "seen", "bob/first").Messages
	same(t, "the first visit", bodies(first), append(numbered("while away %d", 0, 3), "first visit"))
	for i, m := range first {
		stamp, err := time.Parse(time.RFC3339, m.Delay)
		if waited := i < 3; waited != (m.Delay != "") || waited && (err != nil || stamp.Before(began.Add(-time.Second)) || stamp.After(time.Now())) {
			t.Errorf("%q came with the delay %q", m.Body, m.Delay)
		}
	}
	same(t, "the second visit", bodies(one(t, facts, "seen", "bob/second").Messages), []string{"second visit"})
}
