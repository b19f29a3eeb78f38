package stanza_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"switchboard/stanza"
)

// tokens make, put together at random, XML that is nearly right: what bytes at
// random hardly ever are.
var tokens = []string{"<a>", "<b>", "<p:a>", "<p:b>", "</a>", "</b>", "</p:a>", "</p:b>", "<a/>", "<p:a/>", "<a xmlns='m'>", "<b xmlns=''>", "<a xmlns:p='n'>", "<b xmlns:p='o'>",
	"<p:a xmlns:p='n' p:c='1' c=\"2\">", "<b xmlns:q='n' q:c='1' xml:lang='en'/>", "<a b='&#13;&#10;\t\r\n'>", "text", "&amp;", "&#x20AC;", "&lt;", "]]", ">", "]]>", "<![CDATA[<a>&]]]]>", "\r\n", "\r",
	"é", "\xC3", "&", "<", "<a b='c'd='e'>", "<a b='1' b='2'>", "<!-- -->", "<?a?>"}

// TestSoup: what of the soup we accept encoding/xml accepts too and reads the
// same, and every copy of every part of it stands by itself.
func TestSoup(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		data := "<a xmlns='jabber:client' xmlns:p='z'>" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(tokens), 0, 12).Draw(r, "tokens"), "") + "</a>"
		e, err := stanza.Parse([]byte(data))
		sameByBytes(t, []byte(data))
		if err != nil {
			return
		}
		if got, err := standardTree([]byte(data)); err != nil || got != tree(e) {
			t.Fatalf("%q is\n%s\nand by encoding/xml\n%s, %v", data, tree(e), got, err)
		}
		checkCopies(t, e)
	})
}

// spell draws an element and writes it down with the liberties that XML gives.
func spell(r *rapid.T, depth int) string {
	name := rapid.SampledFrom([]string{"a", "b", "p:c", "q:d", "é"}).Draw(r, "name")
	space := rapid.SampledFrom([]string{" ", "\n", "\t ", "\r\n"})
	var b strings.Builder
	b.WriteString("<" + name)
	for _, attr := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "p:x", "xml:lang", "xmlns", "xmlns:p", "xmlns:r"}), 0, 4, rapid.ID).Draw(r, "attributes") {
		quote := rapid.SampledFrom([]string{"'", `"`}).Draw(r, "quote")
		value := stanza.Escape(rapid.StringN(1, 5, -1).Draw(r, "value"))
		b.WriteString(space.Draw(r, "space") + attr + rapid.SampledFrom([]string{"=", " = "}).Draw(r, "equals") + quote + value + quote)
	}
	if depth == 0 || rapid.Bool().Draw(r, "empty") {
		return b.String() + "/>"
	}
	b.WriteString(">")
	for range rapid.IntRange(0, 3).Draw(r, "content") {
		if rapid.Bool().Draw(r, "text") {
			b.WriteString(stanza.Escape(rapid.StringN(0, 8, -1).Draw(r, "text")))
		} else {
			b.WriteString(spell(r, depth-1))
		}
	}
	return b.String() + "</" + name + ">"
}

// TestSpellings: whatever is right is accepted, and read as encoding/xml does.
func TestSpellings(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		data := "<stream xmlns:p='n' xmlns:q='m'>" + spell(r, 3) + "</stream>"
		e, err := stanza.Parse([]byte(data))
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		if got, err := standardTree([]byte(data)); err != nil || got != tree(e) {
			t.Fatalf("%q is\n%s\nand by encoding/xml\n%s, %v", data, tree(e), got, err)
		}
		checkCopies(t, e)
	})
}
