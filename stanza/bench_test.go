package stanza_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"switchboard"
	"switchboard/stanza"
)

// chat is a typical stanza of 373 bytes.
const chat = `<message to='juliet@capulet.example/balcony' id='a1b2c3d4-e5f6-7890-abcd-ef0123' type='chat' xml:lang='en'>` +
	`<body>Wherefore art thou, Romeo? Deny thy father &amp; refuse thy name, my love!</body>` +
	`<active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/>` +
	`<origin-id xmlns='urn:xmpp:sid:0' id='a1b2c3d4-e5f6-7890-abcd-ef0123456789a'/></message>`

const streamOpen = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='capulet.example' version='1.0'>`

// endless repeats a body after a stream header, one body a read, of at most max
// bytes.
type endless struct {
	head, body string
	max        int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.max > 0 && len(p) > e.max {
		p = p[:e.max]
	}
	if e.head == "" {
		e.head = e.body
	}
	n := copy(p, e.head)
	e.head = e.head[n:]
	return n, nil
}

// idleEndless is endless as an IdleReader.
type idleEndless struct{ endless }

func (e *idleEndless) ReadIdle(take func() []byte, give func()) (int, error) { return e.Read(take()) }

// route is what a server does to a stanza: look at it, stamp it, write it out.
func route(e stanza.Element, from switchboard.JID, out []byte) []byte {
	if string(e.NameBytes()) != "message" || string(e.AttrBytes("type")) != "chat" || len(e.AttrBytes("to")) == 0 || len(e.AttrBytes("id")) == 0 {
		panic("not what was sent")
	}
	if e.Child(stanza.NSClient, "body").IsZero() || e.Child(stanza.NSReceipts, "request").IsZero() || !e.Child(stanza.NSHints, "store").IsZero() {
		panic("not what was sent")
	}
	return e.Append(out, stanza.SetJID("from", from))
}

func BenchmarkRoute(b *testing.B) {
	from := switchboard.MustParseJID("romeo@montague.example/orchard")
	for _, source := range []struct {
		name string
		src  io.Reader
	}{
		{"idle", &idleEndless{endless{head: streamOpen, body: chat}}},
		{"probe", &endless{head: streamOpen, body: chat}},
		{"bytes", &endless{head: streamOpen, body: chat, max: 1}},
		{"bulk", &endless{head: streamOpen, body: strings.Repeat(chat, 100)}},
	} {
		b.Run(source.name, func(b *testing.B) {
			r := stanza.NewReader(source.src, stanza.Limits{})
			if _, err := r.Header(); err != nil {
				b.Fatal(err)
			}
			var out []byte
			b.ReportAllocs()
			b.SetBytes(int64(len(chat)))
			for b.Loop() {
				e, err := r.Next()
				if err != nil {
					b.Fatal(err)
				}
				out = route(e, from, out[:0])
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	r := stanza.NewReader(&endless{head: streamOpen, body: chat}, stanza.Limits{})
	if _, err := r.Header(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParser(b *testing.B) {
	var p stanza.Parser
	message := []byte(chat)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Parse(message); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncodingXML reads and writes the same stanza by the standard
// library, for scale.
func BenchmarkEncodingXML(b *testing.B) {
	d := xml.NewDecoder(&endless{head: streamOpen, body: chat})
	if err := skipHeader(d); err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := copyElement(d, xml.NewEncoder(&out)); err != nil {
			b.Fatal(err)
		}
	}
}

func skipHeader(d *xml.Decoder) error {
	for {
		t, err := d.Token()
		if err != nil {
			return err
		}
		if _, ok := t.(xml.StartElement); ok {
			return nil
		}
	}
}

func copyElement(d *xml.Decoder, e *xml.Encoder) error {
	for depth := 0; ; {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch s := t.(type) {
		case xml.StartElement:
			depth++
			s.Attr = dropXMLNS(s.Attr)
			t = s
		case xml.EndElement:
			depth--
		}
		if err := e.EncodeToken(t); err != nil {
			return err
		}
		if depth == 0 {
			return e.Flush()
		}
	}
}

func dropXMLNS(attrs []xml.Attr) []xml.Attr {
	kept := attrs[:0]
	for _, a := range attrs {
		if a.Name.Local != "xmlns" {
			kept = append(kept, a)
		}
	}
	return kept
}

func BenchmarkEscape(b *testing.B) {
	out := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		out = stanza.AppendEscaped(out[:0], "Wherefore art thou, Romeo? Deny thy father & refuse thy name, my love!")
	}
}
