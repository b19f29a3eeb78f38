package stanza

import (
	"bytes"
	"unicode/utf8"
)

// fault is the error of a rule of XML that was broken.
func fault(c StreamCondition, text string) *StreamError { return NewStreamError(c, text) }

// scan indexes the element that data starts with. data may end anywhere: scan
// answers false and, called again with more data, goes on where it stopped, so
// that an element that dribbles in costs no more than one that does not. When
// it answers true, d.pos is the element's length.
func (d *document) scan(data []byte, l *Limits) (bool, *StreamError) {
	d.data = data
	for {
		switch {
		case d.cdata:
			if done, err := d.scanCDATA(); !done {
				return false, err
			}
			continue
		case len(d.stack) > 0:
			if done, err := d.scanText(); !done {
				return false, err
			}
		}
		if done, err := d.scanMarkup(l); !done {
			return false, err
		}
		if len(d.stack) == 0 {
			return true, nil
		}
	}
}

// scanText goes through character data up to the next <.
func (d *document) scanText() (bool, *StreamError) {
	b, i := d.data, d.pos
	for {
		for i < len(b) && class[b[i]]&textStop == 0 {
			i++
		}
		d.pos = i
		if i == len(b) {
			return false, nil
		}
		n := 1
		switch c := b[i]; {
		case c == '<':
			return true, nil
		case c == ']':
			rest := b[i:min(i+3, len(b))]
			if len(rest) < 3 && bytes.HasPrefix(cdataClose, rest) {
				return false, nil
			}
			if bytes.Equal(rest, cdataClose) {
				return false, fault(NotWellFormed, "]]> outside of a CDATA section") // XML 1.0 §2.4
			}
		default:
			var err *StreamError
			if n, err = special(b[i:]); n == 0 || err != nil {
				return false, err
			}
		}
		i += n
	}
}

// special checks what stands at the start of b, a reference or a character
// that needs a look. Its size is 0 if b ends inside it.
func special(b []byte) (int, *StreamError) {
	switch c := b[0]; {
	case c == '&':
		_, n, err := reference(b)
		return n, err
	case c < utf8.RuneSelf:
		return 0, fault(NotWellFormed, "a character that XML does not have")
	}
	_, n, err := wideChar(b)
	return n, err
}

// scanCDATA goes through a CDATA section and past its end.
func (d *document) scanCDATA() (bool, *StreamError) {
	b, i := d.data, d.pos
	for {
		for i < len(b) && class[b[i]]&cdataStop == 0 {
			i++
		}
		d.pos = i
		if i == len(b) {
			return false, nil
		}
		n := 1
		if b[i] == ']' {
			rest := b[i:min(i+3, len(b))]
			if bytes.Equal(rest, cdataClose) {
				d.pos, d.cdata = i+3, false
				return true, nil
			}
			if len(rest) < 3 && bytes.HasPrefix(cdataClose, rest) {
				return false, nil
			}
		} else {
			var err *StreamError
			if n, err = special(b[i:]); n == 0 || err != nil {
				return false, err
			}
		}
		i += n
	}
}

// scanMarkup handles the tag, or the start of a CDATA section, at d.pos.
func (d *document) scanMarkup(l *Limits) (bool, *StreamError) {
	b := d.data[d.pos:]
	if len(b) < 2 {
		return false, nil
	}
	switch b[1] {
	case '/':
		if len(d.stack) == 0 {
			return false, fault(NotWellFormed, "an end tag without its start tag")
		}
		return d.endTag()
	case '?':
		return false, fault(RestrictedXML, "a processing instruction") // RFC 6120 §11.1
	case '!':
		open := b[:min(len(b), len(cdataOpen))]
		switch {
		case len(b) == 2:
			return false, nil
		case len(d.stack) > 0 && bytes.Equal(open, cdataOpen):
			d.pos += len(cdataOpen)
			d.cdata = true
			return true, nil
		case len(d.stack) > 0 && bytes.HasPrefix(cdataOpen, open):
			return false, nil
		case b[2] == '[':
			return false, fault(NotWellFormed, "a malformed or misplaced CDATA section")
		}
		return false, fault(RestrictedXML, "a comment or a document type declaration") // RFC 6120 §11.1
	}
	return d.startTag(l)
}

// endTag checks the end tag at d.pos and closes the innermost element.
func (d *document) endTag() (bool, *StreamError) {
	top := d.stack[len(d.stack)-1]
	n := &d.nodes[top.node]
	name, i, err := d.endName(d.data[n.start+1 : n.nameEnd])
	if err != nil || !name {
		return false, err
	}
	n.shut, n.end = uint32(d.pos), uint32(i)
	n.last = int32(len(d.nodes))
	d.pos, d.find = i, 0
	d.chain, d.dflt = top.chain, top.dflt
	d.stack = d.stack[:len(d.stack)-1]
	return true, nil
}

// endName reads the end tag at d.pos, which must have this name; i is the place
// after its >.
func (d *document) endName(name []byte) (done bool, i int, err *StreamError) {
	b := d.data
	i = d.pos + 2
	have := b[i:min(len(b), i+len(name))]
	if !bytes.HasPrefix(name, have) {
		return false, 0, fault(NotWellFormed, "an end tag that does not match its start tag")
	}
	if len(have) < len(name) {
		return false, 0, nil
	}
	i = skipSpace(b, max(i+len(name), d.find))
	if i == len(b) {
		d.find = i
		return false, 0, nil
	}
	if b[i] != '>' {
		return false, 0, fault(NotWellFormed, "an end tag that does not match its start tag")
	}
	return true, i + 1, nil
}
