package stanza_test

import (
	"slices"
	"strings"
	"testing"

	"switchboard"
	"switchboard/stanza"
)

func TestElement(t *testing.T) {
	e := parse(t, `<message xmlns='jabber:client' xmlns:p='urn:p' to='a@b/c&apos;d' id='1&amp;2' type='chat' empty='' xml:lang='cs' p:q='r' ok='true' one='1' no='yes'>`+
		`a<body>Hello &lt;world&gt;<![CDATA[ & <all>]]></body>b<body xml:lang='de'>Hallo</body><x xmlns='urn:x'><y/>&#10;</x><p:z/>c</message>`)
	checks := map[string][2]string{
		"Name":               {e.Name(), "message"},
		"Namespace":          {e.Namespace(), stanza.NSClient},
		"Prefix":             {e.Prefix(), ""},
		"to":                 {e.Attr("to"), "a@b/c'd"},
		"ID":                 {e.ID(), "1&2"},
		"Type":               {e.Type(), "chat"},
		"absent":             {e.Attr("absent"), ""},
		"xml:lang":           {e.Attr("xml:lang"), "cs"},
		"AttrNS":             {e.AttrNS("urn:p", "q"), "r"},
		"AttrNS xml":         {e.AttrNS(stanza.NSXML, "lang"), "cs"},
		"AttrNS absent":      {e.AttrNS("urn:q", "q"), ""},
		"Text":               {e.Text(), "abc"},
		"ChildText":          {e.ChildText("", "body"), "Hello <world> & <all>"},
		"ChildText ns":       {e.ChildText(stanza.NSClient, "body"), "Hello <world> & <all>"},
		"First":              {e.First().Name(), "body"},
		"Inner":              {string(e.Child("urn:x", "x").Inner()), "<y/>&#10;"},
		"Raw":                {string(e.Child("urn:x", "x").Raw()), "<x xmlns='urn:x'><y/>&#10;</x>"},
		"x text":             {e.Child("urn:x", "x").Text(), "\n"},
		"grandchild":         {e.Child("urn:x", "x").Child("", "y").Namespace(), "urn:x"},
		"prefixed child":     {e.Child("urn:p", "z").Prefix(), "p"},
		"no namespace child": {e.Child("", "x").Name(), ""},
		"default namespace":  {e.Child("urn:x", "x").DefaultNamespace(), "urn:x"},
	}
	for what, c := range checks {
		if c[0] != c[1] {
			t.Errorf("%s is %q, want %q", what, c[0], c[1])
		}
	}
	if !e.HasAttr("empty") || e.HasAttr("absent") || e.AttrBytes("empty") == nil || e.AttrBytes("absent") != nil {
		t.Error("an empty attribute and none are not told apart")
	}
	if !e.Bool("ok") || !e.Bool("one") || e.Bool("no") || e.Bool("absent") {
		t.Error("booleans are wrong")
	}
	if e.Count() != 4 {
		t.Errorf("%d children", e.Count())
	}
	var names, bodies []string
	for c := range e.Children() {
		names = append(names, c.Name())
	}
	for c := range e.ChildrenNamed("", "body") {
		bodies = append(bodies, c.Text())
	}
	if !slices.Equal(names, []string{"body", "body", "x", "z"}) || !slices.Equal(bodies, []string{"Hello <world> & <all>", "Hallo"}) {
		t.Errorf("children %q, bodies %q", names, bodies)
	}
	to, err := e.JID("to")
	if want := (switchboard.JID{Local: "a", Domain: "b", Resource: "c'd"}); err != nil || to != want {
		t.Errorf("to is %v, %v", to, err)
	}
	if none, err := e.JID("absent"); err != nil || !none.IsZero() {
		t.Errorf("an absent address is %v, %v", none, err)
	}
	if _, err = e.JID("xmlns:p"); switchboard.KindOf(err) != switchboard.Invalid {
		t.Errorf("an address with a colon: %v", err)
	}
}

func TestZeroElement(t *testing.T) {
	var e stanza.Element
	for range e.Children() {
		t.Error("a child of nothing")
	}
	for range e.ChildrenNamed("", "a") {
		t.Error("a child of nothing")
	}
	for range e.Attrs() {
		t.Error("an attribute of nothing")
	}
	if !e.IsZero() || e.Name() != "" || e.Namespace() != "" || e.Prefix() != "" || e.DefaultNamespace() != "" || e.Attr("a") != "" || e.HasAttr("a") ||
		e.AttrNS("", "a") != "" || e.Text() != "" || e.Raw() != nil || e.Inner() != nil || e.Append(nil) != nil || e.Count() != 0 || e.Is("", "") ||
		!e.Child("", "a").IsZero() || !e.First().IsZero() || !e.Clone().IsZero() || e.AppendText(nil) != nil {
		t.Error("the zero element is something")
	}
}

func TestNoAllocations(t *testing.T) {
	from := switchboard.MustParseJID("romeo@montague.example/orchard")
	r := stanza.NewReader(&idleEndless{endless{head: streamOpen, body: strings.Repeat(chat, 100)}}, stanza.Limits{})
	if _, err := r.Header(); err != nil {
		t.Fatal(err)
	}
	var out []byte
	n := testing.AllocsPerRun(1000, func() {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		out = route(e, from, out[:0])
		out = stanza.AppendStanzaID(out, from, "42")
		if e.Type() != stanza.Chat || e.Name() != stanza.Message || e.Namespace() != stanza.NSClient {
			t.Fatal("a wrong stanza")
		}
	})
	if n > 0 {
		t.Errorf("%v allocations for a stanza", n)
	}
}
