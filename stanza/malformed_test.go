package stanza_test

import (
	"strings"
	"testing"

	"switchboard/stanza"
)

// TestRefused walks what must not be accepted inside a stream, however it
// arrives.
func TestRefused(t *testing.T) {
	const (
		bad        = stanza.NotWellFormed
		restricted = stanza.RestrictedXML
		encoding   = stanza.UnsupportedEncoding
		format     = stanza.BadFormat
	)
	cases := []struct {
		name, xml string
		want      stanza.StreamCondition
	}{
		{"mismatched end", `<a><b></a></b>`, bad},
		{"longer end", `<a></ab>`, bad},
		{"shorter end", `<ab></a>`, bad},
		{"end of other prefix", `<a xmlns:p='p'><p:b></b></a>`, bad},
		{"end with attribute", `<a></a b='c'>`, bad},
		{"end without start", `</a>`, bad},
		{"end of stream inside", `<a></stream:stream>`, bad},
		{"other end of stream", `</stream:strea>`, bad},
		{"end of stream with attribute", `</stream:stream a='b'>`, bad},
		{"text between", `<a/>text`, format},
		{"byte order mark between", "\xEF\xBB\xBF<a/>", format},
		{"reference between", `&amp;`, format},
		{"CDATA between", `<![CDATA[x]]>`, bad},
		{"stream in a stream", streamOpen[strings.Index(streamOpen, "<stream"):], format},
		{"comment between", `<!-- a -->`, restricted},
		{"comment inside", `<a><!-- b --></a>`, restricted},
		{"PI between", `<?xml version='1.0'?>`, restricted},
		{"PI inside", `<a><?php ?></a>`, restricted},
		{"DTD", `<!DOCTYPE a [<!ENTITY b 'c'>]>`, restricted},
		{"DTD inside", `<a><!DOCTYPE a></a>`, restricted},
		{"entity declaration", `<a><!ENTITY b 'c'></a>`, restricted},
		{"named entity", `<a>&nbsp;</a>`, restricted},
		{"named entity in attribute", `<a b='&nbsp;'/>`, restricted},
		{"named entity in UTF-8", `<a>&é;</a>`, restricted},
		{"bare ampersand", `<a>b & c</a>`, bad},
		{"ampersand at the end", `<a>b&</a>`, bad},
		{"ampersand in attribute", `<a b='c&d'/>`, bad},
		{"empty reference", `<a>&;</a>`, bad},
		{"empty number", `<a>&#;</a>`, bad},
		{"empty hexadecimal", `<a>&#x;</a>`, bad},
		{"hexadecimal digits in decimal", `<a>&#1a;</a>`, bad},
		{"capital X", `<a>&#X41;</a>`, bad},
		{"NUL by number", `<a>&#0;</a>`, bad},
		{"control by number", `<a>&#x1B;</a>`, bad},
		{"surrogate by number", `<a>&#xD800;</a>`, bad},
		{"noncharacter by number", `<a>&#xFFFF;</a>`, bad},
		{"beyond Unicode", `<a>&#x110000;</a>`, bad},
		{"overflow", `<a>&#99999999999999999999;</a>`, bad},
		{"endless reference", `<a>&` + strings.Repeat("a", 100), bad},
		{"reference with a number sign inside", `<a>&a#b;</a>`, bad},
		{"NUL", "<a>\x00</a>", bad},
		{"control", "<a>\x1B</a>", bad},
		{"control in attribute", "<a b='\x01'/>", bad},
		{"control in CDATA", "<a><![CDATA[\x01]]></a>", bad},
		{"control in a tag", "<a \x01b='c'/>", bad},
		{"noncharacter", "<a>\uFFFE</a>", bad},
		{"noncharacter in CDATA", "<a><![CDATA[\uFFFF]]></a>", bad},
		{"bad UTF-8", "<a>\xFF</a>", encoding},
		{"bad UTF-8 in attribute", "<a b='\xC3('/>", encoding},
		{"bad UTF-8 in CDATA", "<a><![CDATA[\xC3(]]></a>", encoding},
		{"bad UTF-8 in a name", "<a\xC3(/>", encoding},
		{"overlong UTF-8", "<a>\xC0\xAF</a>", encoding},
		{"surrogate in UTF-8", "<a>\xED\xA0\x80</a>", encoding},
		{"end of CDATA in text", `<a>b]]>c</a>`, bad},
		{"end of CDATA with three brackets", `<a>]]]></a>`, bad},
		{"malformed CDATA", `<a><![cdata[b]]></a>`, bad},
		{"repeated attribute", `<a b='c' b='d'/>`, bad},
		{"repeated declaration", `<a xmlns='c' xmlns='c'/>`, bad},
		{"repeated attribute by two prefixes", `<a xmlns:p='n' xmlns:q='n' p:b='c' q:b='d'/>`, bad},
		{"repeated by two spellings", `<a xmlns:p='n&amp;' xmlns:q='n&#38;' p:b='c' q:b='d'/>`, bad},
		{"attribute without value", `<a b/>`, bad},
		{"attribute without quotes", `<a b=c/>`, bad},
		{"attributes without space", `<a b='c'd='e'/>`, bad},
		{"less-than in attribute", `<a b='<'/>`, bad},
		{"attribute without name", `<a ='b'/>`, bad},
		{"quote alone", `<a 'b'/>`, bad},
		{"slash inside", `<a / b='c'>`, bad},
		{"space before name", `< a/>`, bad},
		{"digit first", `<1a/>`, bad},
		{"hyphen first", `<-a/>`, bad},
		{"no name", `<></>`, bad},
		{"colon first", `<:a/>`, bad},
		{"colon last", `<a:/>`, bad},
		{"two colons", `<a xmlns:b='c'><b:c:d/></a>`, bad},
		{"digit after colon", `<a xmlns:b='c'><b:1/></a>`, bad},
		{"letters that only some editions of XML have", `<a><ͺ/></a>`, bad},
		{"less-than in a tag", `<a <b/>`, bad},
		{"undeclared prefix", `<p:a/>`, bad},
		{"undeclared prefix of attribute", `<a p:b='c'/>`, bad},
		{"prefix out of scope", `<a><b xmlns:p='n'/><p:c/></a>`, bad},
		{"prefix that xmlns cannot be", `<xmlns:a/>`, bad},
		{"prefix undeclared again", `<a xmlns:p=''/>`, bad},
		{"xml bound elsewhere", `<a xmlns:xml='n'/>`, bad},
		{"xmlns bound", `<a xmlns:xmlns='n'/>`, bad},
		{"other prefix of xml", `<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>`, bad},
		{"xml as default", `<a xmlns='http://www.w3.org/XML/1998/namespace'/>`, bad},
		{"xmlns as default", `<a xmlns='http://www.w3.org/2000/xmlns/'/>`, bad},
	}
	for _, c := range cases {
		for how, arrive := range arrivals {
			t.Run(c.name+" "+how, func(t *testing.T) {
				_, err := readAll(t, arrive(strings.NewReader(streamOpen+c.xml+"     ")), stanza.Limits{})
				if got := condition(err); got != c.want {
					t.Errorf("%s: got %v, want %s", c.xml, err, c.want)
				}
			})
		}
	}
}

// TestHeaderRefused walks stream headers that must not be accepted.
func TestHeaderRefused(t *testing.T) {
	const open = `<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`
	cases := []struct {
		name, xml string
		want      stanza.StreamCondition
	}{
		{"HTTP", "GET / HTTP/1.1\r\n", stanza.NotWellFormed},
		{"byte order mark", "\uFEFF" + open, stanza.NotWellFormed}, // RFC 6120 §11.6: no mark, a character
		{"UTF-16", "\xFE\xFF\x00<\x00?", stanza.UnsupportedEncoding},
		{"UTF-16 without a mark", "\x00<\x00?", stanza.UnsupportedEncoding},
		{"UTF-16 the other way", "<\x00?\x00", stanza.UnsupportedEncoding},
		{"declared encoding", `<?xml version='1.0' encoding='ISO-8859-1'?>` + open, stanza.UnsupportedEncoding},
		{"XML 1.1", `<?xml version='1.1'?>` + open, stanza.NotWellFormed},
		{"no version", `<?xml encoding='UTF-8'?>` + open, stanza.NotWellFormed},
		{"empty declaration", `<?xml ?>` + open, stanza.NotWellFormed},
		{"declaration out of order", `<?xml version='1.0' standalone='yes' encoding='UTF-8'?>` + open, stanza.NotWellFormed},
		{"declaration without space", `<?xml version='1.0'encoding='UTF-8'?>` + open, stanza.NotWellFormed},
		{"declaration without end", `<?xml version='1.0'` + strings.Repeat(" ", 300), stanza.NotWellFormed},
		{"PI", `<?xml-stylesheet href='a'?>` + open, stanza.RestrictedXML},
		{"two declarations", `<?xml version='1.0'?><?xml version='1.0'?>` + open, stanza.RestrictedXML},
		{"DTD", `<?xml version='1.0'?><!DOCTYPE stream>` + open, stanza.RestrictedXML},
		{"comment", `<!-- -->` + open, stanza.RestrictedXML},
		{"text", `<?xml version='1.0'?>x` + open, stanza.NotWellFormed},
		{"end", `</stream:stream>`, stanza.NotWellFormed},
		{"stanza", `<message xmlns='jabber:client'/>`, stanza.InvalidNamespace},
		{"other namespace", `<stream:stream xmlns='jabber:client' xmlns:stream='urn:other'>`, stanza.InvalidNamespace},
		{"no namespace", `<stream>`, stanza.InvalidNamespace},
		{"other prefix", `<foobar:stream xmlns='jabber:client' xmlns:foobar='http://etherx.jabber.org/streams'>`, stanza.BadNamespacePrefix},
		{"undeclared prefix", `<stream:stream xmlns='jabber:client'>`, stanza.NotWellFormed},
		{"other name", strings.Replace(open, "<stream:stream", "<stream:flow", 1), stanza.BadFormat},
		{"huge", open[:len(open)-1] + ` a='` + strings.Repeat("a", 20000) + `'>`, stanza.StreamPolicyViolation},
		{"huge without end", open[:len(open)-1] + ` a='` + strings.Repeat("a", 20000), stanza.StreamPolicyViolation},
	}
	for _, c := range cases {
		for how, arrive := range arrivals {
			t.Run(c.name+" "+how, func(t *testing.T) {
				_, err := readAll(t, arrive(strings.NewReader(c.xml)), stanza.Limits{Bytes: 10 << 10})
				if got := condition(err); got != c.want {
					t.Errorf("%s: got %v, want %s", c.xml, err, c.want)
				}
			})
		}
	}
}
