package stanza_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"switchboard"
	"switchboard/stanza"
)

// TestConditions: every condition of RFC 6120 §8.3.3 is written, with its type,
// so that it is read as what it was.
func TestConditions(t *testing.T) {
	if n := len(stanza.Conditions()); n != 22 {
		t.Errorf("%d conditions, the RFC has 22", n)
	}
	for _, c := range stanza.Conditions() {
		e := stanza.NewError(c, "Because <of> this").With([]byte("<why xmlns='urn:x'/>"))
		e.Lang = "cs"
		e.By = "capulet.example"
		e.Address = "xmpp:other@capulet.example"
		got := stanza.ErrorOf(parse(t, "<iq xmlns='jabber:client' type='error'>"+string(e.AppendTo(nil))+"</iq>"))
		if got == nil || got.Condition != c || got.Type != c.Type() || got.Text != e.Text || got.Lang != "cs" || got.By != e.By || string(got.App) != string(e.App) {
			t.Errorf("%+v became %+v", e, got)
		}
		if moved := c == stanza.Gone || c == stanza.Redirect; moved != (got.Address == e.Address) {
			t.Errorf("%s has the address %q", c, got.Address)
		}
		if !errors.Is(fmt.Errorf("wrapped: %w", e), stanza.NewError(c, "")) || !strings.Contains(e.Error(), string(c)) {
			t.Errorf("%v is not itself", e)
		}
	}
	if stanza.ErrorOf(parse(t, "<iq/>")) != nil {
		t.Error("an error where there is none")
	}
}

// TestKinds: every kind of failure has a condition.
func TestKinds(t *testing.T) {
	want := map[switchboard.Kind]string{
		switchboard.Internal: "cancel internal-server-error", switchboard.Invalid: "modify bad-request",
		switchboard.Unauthorized: "auth not-authorized", switchboard.Forbidden: "auth forbidden",
		switchboard.NotFound: "cancel item-not-found", switchboard.Conflict: "cancel conflict",
		switchboard.NotAllowed: "cancel not-allowed", switchboard.TooLarge: "modify policy-violation",
		switchboard.TooMany: "wait resource-constraint", switchboard.Unsupported: "cancel feature-not-implemented",
		switchboard.Unavailable: "wait service-unavailable",
	}
	for _, k := range switchboard.Kinds() {
		e := stanza.ErrorFrom(fmt.Errorf("wrapped: %w", switchboard.E(k, "some-code", "a safe word").Because(errors.New("secret"))))
		el := parse(t, string(e.AppendTo(nil)))
		if got := el.Type() + " " + el.First().Name(); got != want[k] {
			t.Errorf("%s is %q, want %q", k, got, want[k])
		}
		if strings.Contains(string(el.Raw()), "secret") || e.Text != "a safe word" {
			t.Errorf("%s says %s", k, el.Raw())
		}
		s := stanza.StreamErrorFrom(switchboard.E(k, "some-code", "a safe word"))
		if s == nil || s.Condition == "" || s.Text != "a safe word" {
			t.Errorf("%s ends a stream by %v", k, s)
		}
	}
	if e := stanza.ErrorFrom(errors.New("secret")); e.Condition != stanza.InternalServerError || strings.Contains(e.Text, "secret") {
		t.Error(e)
	}
	if e := stanza.ErrorFrom(switchboard.E(switchboard.Invalid, "jid-malformed", "")); e.Condition != stanza.JIDMalformed {
		t.Error(e)
	}
	own := stanza.NewError(stanza.Gone, "")
	if stanza.ErrorFrom(fmt.Errorf("wrapped: %w", own)) != own || stanza.ErrorFrom(nil) != nil {
		t.Error("a stanza error did not stay itself")
	}
}

// TestStreamConditions: every condition of RFC 6120 §4.9.3 is written so that
// it is read as what it was.
func TestStreamConditions(t *testing.T) {
	if n := len(stanza.StreamConditions()); n != 25 {
		t.Errorf("%d conditions, the RFC has 25", n)
	}
	for _, c := range stanza.StreamConditions() {
		e := stanza.NewStreamError(c, "Because <of> this")
		e.Host = "[2001:db8::1]:5222"
		e.App = []byte("<why xmlns='urn:x'/>")
		for _, el := range []stanza.Element{first(t, streamOpen, string(e.AppendTo(nil))), parse(t, string(e.AppendFramed(nil)))} {
			got := stanza.StreamErrorOf(el)
			if got == nil || got.Condition != c || got.Text != e.Text || string(got.App) != string(e.App) || c == stanza.SeeOtherHost != (got.Host == e.Host) {
				t.Errorf("%+v became %+v", e, got)
			}
		}
		if !errors.Is(e, stanza.NewStreamError(c, "")) || switchboard.KindOf(e) != switchboard.Invalid {
			t.Errorf("%v is not itself", e)
		}
	}
	if stanza.StreamErrorOf(parse(t, "<error/>")) != nil {
		t.Error("an error where there is none")
	}
	for _, err := range []error{nil, io.EOF, io.ErrUnexpectedEOF, stanza.ErrStreamClosed} {
		if e := stanza.StreamErrorFrom(err); e != nil {
			t.Errorf("%v became %v", err, e)
		}
	}
	for err, want := range map[error]stanza.StreamCondition{os.ErrDeadlineExceeded: stanza.ConnectionTimeout, errors.New("secret"): stanza.StreamInternalError} {
		if e := stanza.StreamErrorFrom(err); e.Condition != want || strings.Contains(e.Text, "secret") {
			t.Errorf("%v became %v", err, e)
		}
	}
}

func TestSASLFailure(t *testing.T) {
	got := string(stanza.AppendSASLFailure(nil, stanza.SASLNotAuthorized, "a < b"))
	if want := `<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/><text xml:lang='en'>a &lt; b</text></failure>`; got != want {
		t.Errorf("got %s", got)
	}
}
