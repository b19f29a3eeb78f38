package stanza_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"switchboard/stanza"
)

// tree writes what an element says in one way, however it was spelled.
func tree(e stanza.Element) string {
	var b strings.Builder
	writeTree(&b, e)
	return b.String()
}

func writeTree(b *strings.Builder, e stanza.Element) {
	fmt.Fprintf(b, "(%q %q", flat(e.Namespace()), e.Name())
	for name, value := range e.Attrs() {
		if name == "xmlns" || strings.HasPrefix(name, "xmlns:") {
			continue
		}
		fmt.Fprintf(b, " %q=%q", name[strings.IndexByte(name, ':')+1:], flat(value))
	}
	fmt.Fprintf(b, " %q", e.Text())
	for child := range e.Children() {
		writeTree(b, child)
	}
	b.WriteByte(')')
}

// flat hides how white space in attribute values is normalised, which
// encoding/xml does not do.
func flat(s string) string {
	return strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(s)
}

// standardTree is tree by encoding/xml.
func standardTree(data []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	type open struct{ head, text, children strings.Builder }
	stack := []*open{new(open)}
	for {
		t, err := d.Token()
		if err == io.EOF {
			return stack[0].children.String(), nil
		}
		if err != nil {
			return "", err
		}
		top := stack[len(stack)-1]
		switch t := t.(type) {
		case xml.StartElement:
			o := new(open)
			fmt.Fprintf(&o.head, "(%q %q", flat(t.Name.Space), t.Name.Local)
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && (a.Name.Space != "" || a.Name.Local != "xmlns") {
					fmt.Fprintf(&o.head, " %q=%q", a.Name.Local, flat(a.Value))
				}
			}
			stack = append(stack, o)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
			fmt.Fprintf(&stack[len(stack)-1].children, "%s %q%s)", top.head.String(), top.text.String(), top.children.String())
		case xml.CharData:
			top.text.Write(t)
		default:
			return "", fmt.Errorf("a %T", t)
		}
	}
}

// FuzzParse: what we accept encoding/xml accepts too and reads the same; a
// copy says the same; a stream that dribbles gives the same as one that does
// not.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{chat, "<a/>", "<a></a>", "<a\tb\n=\r\n'c'/>", `<a b="'" c='"'>"'></a>`, "<a>\r\n\r<![CDATA[<&>\r]]>]]&gt;</a>",
		"<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;</a>", "<p:a xmlns:p='n' p:b='c' b='d' xml:lang='en'><p:c/><d xmlns='m'><p:e/></d></p:a>",
		"<a xmlns='n'><b xmlns=''><c/></b></a>", "<ж é='ü'>日本語 😀</ж>", "<a b='&#10;&#13;\t&amp;'/>", " <a/> ", "<a>]]</a>", "<a>]]></a>", "<!-- --><a/>",
		"<a xmlns:p='n' xmlns:q='n' p:b='' q:b=''/>", "<a><b>c</b>d<e/>f</a>", "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:b=''/>",
		"<a xmlns:p='1'><p:b xmlns:p='2'><p:c/></p:b><p:d/></a>", "<stream:error/>", "<a b='c'b='d'/>", "<a\xC3\x28/>", "<a>&#xD800;</a>", "<a:b:c/>"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := stanza.Parse(data)
		sameByBytes(t, data)
		if err != nil {
			return
		}
		want := tree(e)
		got, err := standardTree(data)
		if err != nil {
			t.Fatalf("encoding/xml refuses %q: %v", data, err)
		}
		if got != want {
			t.Fatalf("%q is\n%s\nand by encoding/xml\n%s", data, want, got)
		}
		if got := tree(e.Clone()); got != want {
			t.Fatalf("the clone of %q is %s", data, got)
		}
		checkCopies(t, e)
	})
}

// checkCopies copies an element and its descendants; each copy must stand by
// itself and say the same.
func checkCopies(t *testing.T, e stanza.Element) {
	copied := e.Append(nil)
	again, err := stanza.Parse(copied)
	if err != nil {
		t.Fatalf("the copy %q of %q: %v", copied, e.Raw(), err)
	}
	if tree(again) != tree(e) {
		t.Fatalf("the copy %q of %q differs", copied, e.Raw())
	}
	if standard, err := standardTree(copied); err != nil || standard != tree(e) {
		t.Fatalf("encoding/xml reads the copy %q of %q as %s, %v", copied, e.Raw(), standard, err)
	}
	for child := range e.Children() {
		checkCopies(t, child)
	}
}

// sameByBytes reads data inside a stream at once and byte by byte.
func sameByBytes(t *testing.T, data []byte) {
	l := stanza.Limits{Bytes: 1 << 12, Depth: 10, Attributes: 10, Elements: 100}
	src := append([]byte(streamOpen), data...)
	whole, err := readAll(t, bytes.NewReader(src), l)
	dribbled, err2 := readAll(t, iotest.OneByteReader(bytes.NewReader(src)), l)
	if fmt.Sprint(whole) != fmt.Sprint(dribbled) {
		t.Fatalf("%q is %q at once (%v) and %q by bytes (%v)", data, whole, err, dribbled, err2)
	}
	if a, b := condition(err), condition(err2); a != b && a != "" && b != "" && a != stanza.StreamPolicyViolation && b != stanza.StreamPolicyViolation {
		t.Fatalf("%q fails by %v at once and by %v by bytes", data, err, err2)
	}
}

// FuzzEscape: whatever is escaped can be read, and reads as what it was.
func FuzzEscape(f *testing.F) {
	f.Add("a<b>&'\"\r\n\t\x00\xFF\uFFFE😀]]>")
	f.Fuzz(func(t *testing.T, s string) {
		e, err := stanza.Parse([]byte("<a b='" + stanza.Escape(s) + `' c="` + stanza.Escape(s) + `">` + stanza.Escape(s) + "</a>"))
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Map(func(r rune) rune {
			if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
				return 0xFFFD
			}
			return r
		}, s)
		if e.Text() != want || e.Attr("b") != want || e.Attr("c") != want {
			t.Fatalf("%q came back as %q and %q", s, e.Text(), e.Attr("b"))
		}
	})
}
