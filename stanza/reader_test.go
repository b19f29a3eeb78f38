package stanza_test

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"switchboard/stanza"
)

func TestStream(t *testing.T) {
	elements := []string{chat, `<presence/>`, `<iq type='get' id="1"><query xmlns='jabber:iq:roster'/></iq>`,
		`<stream:features/>`, `<a  b = 'c'	d
="&quot;'" ></a
>`, `<a>x]y]]z<![CDATA[<&]]]>>]] ]]]]<b/>ů€😀&#x1F600;</a>`, `<ж é='ü'>日本</ж>`}
	for how, arrive := range arrivals {
		t.Run(how, func(t *testing.T) {
			src := "\n<?xml version=\"1.0\" encoding='utf-8' standalone='yes' ?>\r\n" + streamOpen[len("<?xml version='1.0'?>"):] + " " +
				strings.Join(elements, " \r\n\t ") + "\n</stream:stream >"
			got, err := readAll(t, arrive(strings.NewReader(src)), stanza.Limits{})
			if err != stanza.ErrStreamClosed {
				t.Errorf("the stream ended by %v", err)
			}
			if !slices.Equal(got, elements) {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestStreamEnds(t *testing.T) {
	for content, want := range map[string]error{
		"": io.EOF, " \n": io.EOF, "<presence/>": io.EOF, "<presence/> ": io.EOF,
		"<": io.ErrUnexpectedEOF, "<pres": io.ErrUnexpectedEOF, "<presence>": io.ErrUnexpectedEOF,
		"<presence a='": io.ErrUnexpectedEOF, "<a>&am": io.ErrUnexpectedEOF, "<a>\xC3": io.ErrUnexpectedEOF,
		"<a>]]": io.ErrUnexpectedEOF, "<a><![CD": io.ErrUnexpectedEOF, "<a><![CDATA[]": io.ErrUnexpectedEOF, "<a></a": io.ErrUnexpectedEOF,
		"</stream:str": io.ErrUnexpectedEOF, "</stream:stream ": io.ErrUnexpectedEOF, "</stream:stream>": stanza.ErrStreamClosed,
	} {
		for how, arrive := range arrivals {
			if _, err := readAll(t, arrive(strings.NewReader(streamOpen+content)), stanza.Limits{}); err != want {
				t.Errorf("%q by %s ended by %v, want %v", content, how, err, want)
			}
		}
	}
}

func TestHeader(t *testing.T) {
	r := stanza.NewReader(strings.NewReader(streamOpen+`<presence/>`+streamOpen+`<iq/>`), stanza.Limits{})
	for _, name := range []string{"presence", "iq"} { // the second header is a restart
		h, err := r.Header()
		if err != nil {
			t.Fatal(err)
		}
		if h.Attr("to") != "capulet.example" || h.Attr("version") != "1.0" || h.DefaultNamespace() != stanza.NSClient || h.Prefix() != "stream" {
			t.Errorf("a wrong header: %s", h.Raw())
		}
		e, err := r.Next()
		if err != nil || !e.Is(stanza.NSClient, name) {
			t.Errorf("%s: %v", e.Raw(), err)
		}
	}
}

func TestHeaderForms(t *testing.T) {
	for _, header := range []string{
		`<stream xmlns='http://etherx.jabber.org/streams' xmlns:c='jabber:client'><c:message/></stream>`,
		`<stream:stream xmlns:stream='http://etherx.jabber.org/streams'><message xmlns='jabber:client'/></stream:stream>`,
	} {
		r := stanza.NewReader(strings.NewReader(header), stanza.Limits{})
		if _, err := r.Header(); err != nil {
			t.Fatal(err)
		}
		e, err := r.Next()
		if err != nil || !e.Is(stanza.NSClient, stanza.Message) {
			t.Errorf("%s: %v", e.Raw(), err)
		}
		copied := parse(t, string(e.Append(nil)))
		if !copied.Is(stanza.NSClient, stanza.Message) {
			t.Errorf("%s lost its namespace", copied.Raw())
		}
		if _, err = r.Next(); err != stanza.ErrStreamClosed {
			t.Error(err)
		}
	}
}

func TestHeaderClosesItself(t *testing.T) {
	got, err := readAll(t, strings.NewReader(strings.TrimSuffix(streamOpen, ">")+"/>"), stanza.Limits{})
	if len(got) != 0 || err != stanza.ErrStreamClosed {
		t.Error(got, err)
	}
}

func TestNextNeedsHeader(t *testing.T) {
	if _, err := stanza.NewReader(strings.NewReader("<a/>"), stanza.Limits{}).Next(); condition(err) != stanza.BadFormat {
		t.Error(err)
	}
}

func TestLimits(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	attrs := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(" a" + strings.Repeat("b", i) + "='c'")
		}
		return "<a" + b.String() + "/>"
	}
	prefixes := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString("<a xmlns:a" + strings.Repeat("b", i) + "='c'>")
		}
		return b.String() + strings.Repeat("</a>", n)
	}
	limits := stanza.Limits{Bytes: 20000, Depth: 100, Attributes: 8, Elements: 500}
	for name, c := range map[string]struct {
		xml string
		ok  bool
	}{
		"bytes":               {"<a>" + strings.Repeat("x", 20000-7) + "</a>", true},
		"too many bytes":      {"<a>" + strings.Repeat("x", 20000-6) + "</a>", false},
		"endless text":        {"<a>" + strings.Repeat("x", 50000), false},
		"endless name":        {"<" + strings.Repeat("x", 50000), false},
		"endless value":       {"<a b='" + strings.Repeat("x", 50000), false},
		"endless CDATA":       {"<a><![CDATA[" + strings.Repeat("]", 50000), false},
		"endless space":       {"<a" + strings.Repeat(" ", 50000), false},
		"endless end tag":     {"<a></a" + strings.Repeat(" ", 50000), false},
		"endless stream end":  {"</stream:stream" + strings.Repeat(" ", 50000), false},
		"depth":               {nested(100), true},
		"too deep":            {nested(101), false},
		"attributes":          {attrs(8), true},
		"too many attributes": {attrs(9), false},
		"elements":            {"<a>" + strings.Repeat("<b/>", 499) + "</a>", true},
		"too many elements":   {"<a>" + strings.Repeat("<b/>", 500) + "</a>", false},
		"long name":           {"<" + strings.Repeat("x", 600) + "/>", false},
		"prefixes":            {prefixes(64), true},
		"too many prefixes":   {prefixes(65), false},
		"white space between": {strings.Repeat(" ", 50000) + "<a/>", true},
	} {
		for how, arrive := range arrivals {
			got, err := readAll(t, arrive(strings.NewReader(streamOpen+c.xml)), limits)
			if c.ok && (err != io.EOF || len(got) != 1) || !c.ok && condition(err) != stanza.StreamPolicyViolation {
				t.Errorf("%s by %s: %d elements, %v", name, how, len(got), err)
			}
		}
	}
}

func TestSetLimits(t *testing.T) {
	long := "<a>" + strings.Repeat("x", 2000) + "</a>"
	r := stanza.NewReader(strings.NewReader(streamOpen+long+long), stanza.Limits{Bytes: 3000})
	if _, err := r.Header(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	r.SetLimits(stanza.Limits{Bytes: 1000})
	if _, err := r.Next(); condition(err) != stanza.StreamPolicyViolation {
		t.Error(err)
	}
}

// interrupted answers a deadline before every byte.
type interrupted struct {
	data string
	late bool
}

func (i *interrupted) Read(p []byte) (int, error) {
	if i.late = !i.late; i.late {
		return 0, os.ErrDeadlineExceeded
	}
	if i.data == "" {
		return 0, io.EOF
	}
	p[0] = i.data[0]
	i.data = i.data[1:]
	return 1, nil
}

// TestDeadlines: a deadline that passes is not the end.
func TestDeadlines(t *testing.T) {
	r := stanza.NewReader(&interrupted{data: streamOpen + chat + " <presence/> </stream:stream>"}, stanza.Limits{})
	again := func(read func() (stanza.Element, error)) (stanza.Element, error) {
		for {
			if e, err := read(); !errors.Is(err, os.ErrDeadlineExceeded) {
				return e, err
			}
		}
	}
	if _, err := again(r.Header); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{chat, "<presence/>"} {
		if e, err := again(r.Next); err != nil || string(e.Raw()) != want {
			t.Fatalf("got %s, %v", e.Raw(), err)
		}
	}
	if _, err := again(r.Next); err != stanza.ErrStreamClosed {
		t.Fatal(err)
	}
}

func TestBuffered(t *testing.T) {
	r := stanza.NewReader(strings.NewReader(streamOpen+"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><iq/>"), stanza.Limits{})
	if _, err := r.Header(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if r.Buffered() != len("<iq/>") {
		t.Errorf("%d bytes are buffered", r.Buffered())
	}
	r.Reset(strings.NewReader(streamOpen + "<presence/>"))
	if r.Buffered() != 0 {
		t.Errorf("%d bytes are buffered", r.Buffered())
	}
	if _, err := r.Header(); err != nil {
		t.Fatal(err)
	}
	if e, err := r.Next(); err != nil || e.Name() != "presence" {
		t.Error(e.Name(), err)
	}
}

func TestErrorsAreFinal(t *testing.T) {
	r := stanza.NewReader(strings.NewReader(streamOpen+"<!-- --><iq/>"), stanza.Limits{})
	if _, err := r.Header(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := r.Next(); condition(err) != stanza.RestrictedXML {
			t.Error(err)
		}
	}
}

// TestStaleElement: an element must not be looked at when its memory may
// belong to another stream.
func TestStaleElement(t *testing.T) {
	r := stanza.NewReader(strings.NewReader(streamOpen+"<a b='c'/><d/>"), stanza.Limits{})
	if _, err := r.Header(); err != nil {
		t.Fatal(err)
	}
	e, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	kept := e.Clone()
	if _, err = r.Next(); err != nil {
		t.Fatal(err)
	}
	if kept.Attr("b") != "c" || kept.Namespace() != stanza.NSClient {
		t.Errorf("the clone changed: %s", kept.Raw())
	}
	defer func() {
		if recover() == nil {
			t.Error("a stale element was readable")
		}
	}()
	e.Name()
}
