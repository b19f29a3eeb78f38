package stanza_test

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"switchboard/stanza"
)

func TestParser(t *testing.T) {
	var p stanza.Parser
	p.Limits.Bytes = 20000
	long := "<a>" + strings.Repeat("x", 19000) + "</a>"
	for name, c := range map[string]struct {
		xml  string
		want stanza.StreamCondition
	}{
		"open":           {`<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a' version='1.0'/>`, ""},
		"stanza":         {` <message xmlns='jabber:client'><body>x</body></message>` + "\n", ""},
		"long":           {long, ""},
		"two":            {`<a/><b/>`, stanza.NotWellFormed},
		"text after":     {`<a/>b`, stanza.NotWellFormed},
		"text before":    {`a<b/>`, stanza.NotWellFormed},
		"truncated":      {`<a><b/>`, stanza.NotWellFormed},
		"truncated tag":  {`<a`, stanza.NotWellFormed},
		"truncated text": {"<a>\xC3", stanza.NotWellFormed},
		"declaration":    {`<?xml version='1.0'?><a/>`, stanza.RestrictedXML},
		"end":            {`</a>`, stanza.NotWellFormed},
		"prefix":         {`<stream:features/>`, stanza.NotWellFormed}, // RFC 7395 §3.3.3: a frame declares its own
		"stream":         {streamOpen[len("<?xml version='1.0'?>"):], stanza.NotWellFormed},
		"too long":       {long + strings.Repeat(" ", 2000), stanza.StreamPolicyViolation},
	} {
		e, err := p.ReadFrame(iotest.HalfReader(strings.NewReader(c.xml)))
		if condition(err) != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: %v", name, err)
		}
		if c.want == "" && string(e.Raw()) != strings.TrimSpace(c.xml) {
			t.Errorf("%s: %s", name, e.Raw())
		}
		if c.want == stanza.StreamPolicyViolation {
			continue
		}
		if _, err = p.Parse([]byte(c.xml)); condition(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := p.Parse([]byte(" \n")); err != io.EOF {
		t.Error(err)
	}
	if _, err := p.ReadFrame(iotest.ErrReader(io.ErrClosedPipe)); err != io.ErrClosedPipe {
		t.Error(err)
	}
	p.Close()
	if e, err := p.Parse([]byte("<a/>")); err != nil || e.Name() != "a" {
		t.Error(err)
	}
}
