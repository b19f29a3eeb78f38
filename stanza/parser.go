package stanza

import (
	"io"
)

// Parser reads elements out of messages that hold one element each: WebSocket
// frames (RFC 7395 §3.3), BOSH bodies, stored stanzas. The zero Parser is ready
// and has the default limits. It keeps its memory between messages; Close gives
// it back to a pool, so that an idle connection owns none.
type Parser struct {
	Limits Limits
	doc    *document
	buf    *[]byte
}

// Parse reads a message that must hold exactly one element, with every
// namespace declared in it. The Element is a view onto message. Whitespace
// around the element is allowed; a message of nothing else gives io.EOF.
func (p *Parser) Parse(message []byte) (Element, error) {
	if p.doc == nil {
		p.doc = newDocument(nil)
	} else {
		p.doc.reset(nil)
	}
	limits := p.Limits.withDefaults()
	return p.doc.parse(message, &limits)
}

// ReadFrame reads a message from a source into a pooled buffer and parses it.
func (p *Parser) ReadFrame(message io.Reader) (Element, error) {
	limit := p.Limits.withDefaults().Bytes
	if p.buf == nil {
		p.buf = takeBuffer(smallest)
	}
	if p.doc != nil {
		p.doc.reset(nil) // the buffer is about to change
	}
	for n, idle := 0, 0; idle < 100; idle++ {
		if n == len(*p.buf) {
			grown := takeBuffer(2 * n)
			copy(*grown, *p.buf)
			giveBuffer(p.buf)
			p.buf = grown
		}
		k, err := message.Read((*p.buf)[n:])
		if k > 0 {
			idle = 0
		}
		switch n += k; {
		case n > limit:
			return Element{}, tooBig
		case err == io.EOF:
			return p.Parse((*p.buf)[:n])
		case err != nil:
			return Element{}, err
		}
	}
	return Element{}, io.ErrNoProgress
}

// Close gives the memory back. Elements read before are void; the Parser may
// be used again.
func (p *Parser) Close() {
	if p.doc != nil {
		p.doc.release()
		p.doc = nil
	}
	if p.buf != nil {
		giveBuffer(p.buf)
		p.buf = nil
	}
}

// Parse reads one element from bytes that the caller does not change while the
// Element is used. It allocates; the hot path has a Parser.
func Parse(b []byte) (Element, error) {
	limits := Limits{Bytes: len(b)}.withDefaults()
	d := new(document)
	d.reset(nil)
	return d.parse(b, &limits)
}

func (d *document) parse(b []byte, l *Limits) (Element, error) {
	start := skipSpace(b, 0)
	b = b[start:]
	switch {
	case len(b) == 0:
		return Element{}, io.EOF
	case b[0] != '<':
		return Element{}, fault(NotWellFormed, "text before the element")
	}
	done, err := d.scan(b, l)
	switch {
	case err != nil:
		return Element{}, err
	case !done:
		return Element{}, fault(NotWellFormed, "the message ends inside of its element")
	case d.pos > l.Bytes:
		return Element{}, tooBig
	case skipSpace(b, d.pos) < len(b):
		return Element{}, fault(NotWellFormed, "something stands after the element")
	}
	return d.element(0), nil
}
