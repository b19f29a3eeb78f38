package stanza

import (
	"bytes"
	"strings"
)

// Header reads the start of a stream: an XML declaration, if there is one, and
// the start tag <stream:stream …> (RFC 6120 §4.7). It must come before Next,
// and again after a stream restart. The Element has attributes and no content;
// its DefaultNamespace is the stream's content namespace, which the caller
// checks as it does the attributes.
func (r *Reader) Header() (Element, error) {
	r.finish()
	if r.err != nil {
		return Element{}, r.err
	}
	if r.doc == nil || r.doc.pos == 0 && r.doc.find == 0 {
		r.scope, r.name = nil, ""
		if err := r.prolog(); err != nil {
			return Element{}, err
		}
		if r.doc == nil {
			r.doc = newDocument(nil)
		} else {
			r.doc.reset(nil)
		}
	}
	for {
		r.doc.data = r.input()
		done, err := r.doc.scanMarkup(&r.limits)
		switch {
		case err != nil:
			return Element{}, r.fail(err)
		case done && r.doc.pos > r.limits.Bytes, !done && r.w-r.r > r.limits.Bytes:
			return Element{}, r.fail(tooBig)
		case done:
			return r.open()
		}
		if err := r.fill(); err != nil {
			return Element{}, err
		}
	}
}

// open begins the stream whose header was read.
func (r *Reader) open() (Element, error) {
	d := r.doc
	e := d.element(0)
	n := &d.nodes[0]
	switch {
	case string(d.uri(n.ns)) != NSStream:
		return Element{}, r.fail(fault(InvalidNamespace, "the stream is not of the namespace "+NSStream)) // RFC 6120 §4.8.1
	case string(e.NameBytes()) != "stream":
		return Element{}, r.fail(fault(BadFormat, "the first element is not a stream"))
	case e.Prefix() != "stream" && e.Prefix() != "":
		return Element{}, r.fail(fault(BadNamespacePrefix, "the stream's prefix is not stream")) // RFC 6120 §4.8.5
	}
	r.scope = d.declared()
	r.name = intern(d.data[n.start+1 : n.nameEnd])
	r.closed = len(d.stack) == 0
	r.used = d.pos
	return e, nil
}

// declared is the scope that the header's start tag makes.
func (d *document) declared() *scope {
	s := new(scope)
	for i := range d.binds {
		b := &d.binds[i]
		s.add(intern(d.data[b.prefix:b.prefixEnd]), intern(d.uri(int32(i))))
	}
	if s.equal(usual) {
		return usual
	}
	return s
}

// maxDeclaration bounds the bytes of an XML declaration.
const maxDeclaration = 256

var (
	declarationOpen  = []byte("<?xml")
	declarationClose = []byte("?>")
)

// prolog reads the XML declaration if there is one, and finds the <.
func (r *Reader) prolog() error {
	for {
		if err := r.skip(); err != nil {
			return err
		}
		b := r.input()
		switch have := b[:min(len(b), len(declarationOpen))]; {
		case b[0] == 0xFE || b[0] == 0xFF || b[0] == 0: // UTF-16, UTF-32 (RFC 6120 §11.6)
			return r.fail(fault(UnsupportedEncoding, "the stream is not in UTF-8"))
		case b[0] != '<':
			return r.fail(fault(NotWellFormed, "text before the stream"))
		case len(b) > 1 && b[1] == 0:
			return r.fail(fault(UnsupportedEncoding, "the stream is not in UTF-8"))
		case len(b) > 1 && b[1] != '?':
			return nil
		case !bytes.HasPrefix(declarationOpen, have):
			return r.fail(fault(RestrictedXML, "a processing instruction"))
		}
		if i := bytes.Index(b, declarationClose); i >= 0 {
			if err := declaration(b[len(declarationOpen):i]); err != nil {
				return r.fail(err)
			}
			r.advance(i + len(declarationClose))
			return r.element()
		}
		if len(b) > maxDeclaration {
			return r.fail(fault(NotWellFormed, "a malformed XML declaration"))
		}
		if err := r.fill(); err != nil {
			return err
		}
	}
}

// element finds the < of the header after the XML declaration.
func (r *Reader) element() error {
	if err := r.skip(); err != nil {
		return err
	}
	if r.input()[0] != '<' {
		return r.fail(fault(NotWellFormed, "text before the stream"))
	}
	return nil
}

// declaration checks what stands in <?xml … ?> (XML 1.0 §2.8).
func declaration(b []byte) *StreamError {
	if len(b) == 0 || !isSpace(b[0]) {
		return fault(RestrictedXML, "a processing instruction")
	}
	bad := fault(NotWellFormed, "a malformed XML declaration")
	order := []string{"version", "encoding", "standalone"}
	seen := 0
	for rest := string(b); ; {
		trimmed := strings.TrimLeft(rest, " \t\r\n")
		if trimmed == "" {
			break
		}
		name, after, ok := strings.Cut(trimmed, "=")
		name, after = strings.TrimRight(name, " \t\r\n"), strings.TrimLeft(after, " \t\r\n")
		if !ok || len(trimmed) == len(rest) || after == "" || after[0] != '\'' && after[0] != '"' {
			return bad
		}
		value, next, ok := strings.Cut(after[1:], after[:1])
		for seen < len(order) && order[seen] != name && seen > 0 {
			seen++
		}
		if !ok || seen == len(order) || order[seen] != name {
			return bad
		}
		switch {
		case name == "version" && value != "1.0":
			return fault(NotWellFormed, "a version of XML that is not 1.0")
		case name == "encoding" && !strings.EqualFold(value, "utf-8"):
			return fault(UnsupportedEncoding, "the stream is not in UTF-8") // RFC 6120 §11.6
		case name == "standalone" && value != "yes" && value != "no":
			return bad
		}
		seen++
		rest = next
	}
	if seen == 0 {
		return bad
	}
	return nil
}
