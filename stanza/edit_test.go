package stanza_test

import (
	"strings"
	"testing"

	"switchboard"
	"switchboard/stanza"
)

// first reads the first element of a stream.
func first(t *testing.T, header, content string) stanza.Element {
	t.Helper()
	r := stanza.NewReader(strings.NewReader(header+content), stanza.Limits{})
	if _, err := r.Header(); err != nil {
		t.Fatal(err)
	}
	e, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestAppendWithoutDefault: what has no namespace does not get that of the place
// where a copy goes.
func TestAppendWithoutDefault(t *testing.T) {
	for in, want := range map[string]string{
		`<c:a xmlns:c='urn:c'><b/></c:a>`:           `<c:a xmlns:c='urn:c' xmlns=''><b/></c:a>`,
		`<c:a xmlns:c='urn:c' xmlns='n'><b/></c:a>`: `<c:a xmlns:c='urn:c' xmlns='n'><b/></c:a>`,
		`<a><b xmlns:c='urn:c' c:d='e'/></a>`:       `<a><b xmlns:c='urn:c' c:d='e'/></a>`,
	} {
		e, err := stanza.Parse([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(e.Append(nil)); got != want {
			t.Errorf("%s\nbecomes %s\nnot     %s", in, got, want)
		}
	}
}

func TestAppend(t *testing.T) {
	from := switchboard.MustParseJID(`romeo@montague.example/the "orchard" & <more>'s`)
	own := switchboard.MustParseJID("juliet@capulet.example")
	cases := []struct {
		name, xml, want string
		edits           []stanza.Edit
	}{
		{"as it is", `<a b = "c" />`, `<a b = "c" xmlns='jabber:client'/>`, nil},
		{"within", `<a b='c'></a >`, `<a b='c'></a>`, []stanza.Edit{stanza.Within(stanza.NSClient)}},
		{"within another", `<a/>`, `<a xmlns='jabber:client'/>`, []stanza.Edit{stanza.Within("jabber:server")}},
		{"own namespace", `<a xmlns='n'/>`, `<a xmlns='n'/>`, nil},
		{"no namespace", `<a xmlns=''/>`, `<a xmlns=''/>`, nil},
		{"other namespace", `<a/>`, `<a xmlns='urn:x'/>`, []stanza.Edit{stanza.SetAttr("xmlns", "urn:x")}},
		{"stamp", `<a from='mallory@x' to='y'/>`, `<a from='romeo@montague.example/the &quot;orchard&quot; &amp; &lt;more&gt;&apos;s' to='y' xmlns='jabber:client'/>`,
			[]stanza.Edit{stanza.SetJID("from", from)}},
		{"add", `<a/>`, `<a id='1&amp;2' xmlns='jabber:client'/>`, []stanza.Edit{stanza.SetAttr("id", "1&2")}},
		{"remove", `<a b='c' d='e'/>`, `<a d='e' xmlns='jabber:client'/>`, []stanza.Edit{stanza.RemoveAttr("b"), stanza.RemoveAttr("f")}},
		{"remove by zero", `<a to='c'/>`, `<a xmlns='jabber:client'/>`, []stanza.Edit{stanza.SetJID("to", switchboard.JID{})}},
		{"nothing", `<a/>`, `<a xmlns='jabber:client'/>`, []stanza.Edit{{}}},
		{"child of empty", `<a/>`, `<a><b/><c/></a>`, []stanza.Edit{stanza.Within(stanza.NSClient), stanza.AddChild([]byte("<b/>")), stanza.AddChild([]byte("<c/>"))}},
		{"child", `<a>b<c/></a>`, `<a>b<c/><d/></a>`, []stanza.Edit{stanza.Within(stanza.NSClient), stanza.AddChild([]byte("<d/>"))}},
		{"inner", `<a>b<c/></a>`, `<a>x</a>`, []stanza.Edit{stanza.Within(stanza.NSClient), stanza.SetInner([]byte("x"))}},
		{"no inner", `<a>b<c/></a>`, `<a></a>`, []stanza.Edit{stanza.Within(stanza.NSClient), stanza.SetInner(nil)}},
		{"drop", `<a>b<c/>d<c xmlns='n'/><c>e</c><f/></a>`, `<a>bd<c xmlns='n'/><f/></a>`, []stanza.Edit{stanza.Within(stanza.NSClient), stanza.DropChild("", "c")}},
		{"drop all", `<a><c/></a>`, `<a></a>`, []stanza.Edit{stanza.Within(stanza.NSClient), stanza.DropChild(stanza.NSClient, "c")}},
		{"forged ids", `<a><stanza-id xmlns='urn:xmpp:sid:0' by='Juliet@CAPULET.example' id='1'/><stanza-id xmlns='urn:xmpp:sid:0' by='other@x' id='2'/>` +
			`<stanza-id xmlns='urn:xmpp:sid:0' id='3'/><stanza-id xmlns='urn:x' by='juliet@capulet.example'/></a>`,
			`<a><stanza-id xmlns='urn:xmpp:sid:0' by='other@x' id='2'/><stanza-id xmlns='urn:x' by='juliet@capulet.example'/><stanza-id xmlns='urn:xmpp:sid:0' by='juliet@capulet.example' id='4'/></a>`,
			[]stanza.Edit{stanza.Within(stanza.NSClient), stanza.DropStanzaIDs(own), stanza.AddChild(stanza.AppendStanzaID(nil, own, "4"))}},
		{"prefix of the header", `<stream:error><b/></stream:error>`,
			`<stream:error xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'><b/></stream:error>`, nil},
		{"prefix inside", `<a><x:b x:c='d'><x:e xmlns:x='n'><x:f/></x:e></x:b></a>`,
			`<a xmlns='jabber:client' xmlns:x='urn:x&amp;y'><x:b x:c='d'><x:e xmlns:x='n'><x:f/></x:e></x:b></a>`, nil},
		{"prefix of its own", `<x:a xmlns:x='n'><x:b/></x:a>`, `<x:a xmlns:x='n' xmlns='jabber:client'><x:b/></x:a>`, nil},
		{"xml prefix", `<a xml:lang='en'/>`, `<a xml:lang='en' xmlns='jabber:client'/>`, nil},
	}
	header := strings.Replace(streamOpen, " version='1.0'>", " version='1.0' xmlns:x='urn:x&amp;y'>", 1)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := string(first(t, header, c.xml).Append(nil, c.edits...))
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			parse(t, got)
		})
	}
}

func TestAppendChild(t *testing.T) {
	e := parse(t, `<a xmlns='n' xmlns:p='m'><b xmlns=''><c/></b><d><p:e/></d></a>`)
	var b, d stanza.Element
	for c := range e.Children() {
		if c.Name() == "b" {
			b = c
		} else {
			d = c
		}
	}
	if got := string(b.First().Append(nil)); got != `<c xmlns=''/>` {
		t.Error(got)
	}
	if got := string(d.Append(nil)); got != `<d xmlns='n' xmlns:p='m'><p:e/></d>` {
		t.Error(got)
	}
	if got := string(d.First().Append(nil)); got != `<p:e xmlns='n' xmlns:p='m'/>` {
		t.Error(got)
	}
	if c := d.Clone(); string(c.First().Append(nil)) != `<p:e xmlns='n' xmlns:p='m'/>` {
		t.Error(string(c.Append(nil)))
	}
}
