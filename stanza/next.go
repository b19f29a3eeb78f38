package stanza

import (
	"bytes"
)

// Next reads the next first-level element. Whitespace between elements is
// skipped (RFC 6120 §4.6.1).
func (r *Reader) Next() (Element, error) {
	r.finish()
	if r.err != nil {
		return Element{}, r.err
	}
	if r.name == "" {
		return Element{}, r.fail(fault(BadFormat, "no stream header"))
	}
	if r.closed {
		return Element{}, r.fail(ErrStreamClosed)
	}
	if r.doc == nil || r.doc.pos == 0 { // not in the middle of an element
		if err := r.begin(); err != nil {
			return Element{}, err
		}
	}
	for {
		done, err := r.doc.scan(r.input(), &r.limits)
		switch {
		case err != nil:
			return Element{}, r.fail(err)
		case done && r.doc.pos > r.limits.Bytes, !done && r.w-r.r > r.limits.Bytes:
			return Element{}, r.fail(tooBig)
		case done:
			r.used = r.doc.pos
			return r.doc.element(0), nil
		case len(r.doc.nodes) > 0 && r.doc.element(0).Is(NSStream, "stream"):
			return Element{}, r.fail(fault(BadFormat, "a stream inside of a stream"))
		}
		if err := r.fill(); err != nil {
			return Element{}, err
		}
	}
}

// begin finds the start of the next element, or the end of the stream.
func (r *Reader) begin() error {
	if err := r.skip(); err != nil {
		return err
	}
	if r.input()[0] != '<' {
		return r.fail(fault(BadFormat, "text between stanzas"))
	}
	if err := r.need(2); err != nil {
		return err
	}
	if r.input()[1] == '/' {
		return r.streamEnd()
	}
	if r.doc == nil {
		r.doc = newDocument(r.scope)
	}
	return nil
}

// streamEnd reads the end tag of the stream.
func (r *Reader) streamEnd() error {
	for {
		b := r.input()[2:]
		name := b[:min(len(b), len(r.name))]
		if !bytes.HasPrefix([]byte(r.name), name) {
			return r.fail(fault(NotWellFormed, "an end tag without its start tag"))
		}
		if len(name) == len(r.name) {
			i := skipSpace(b, len(name))
			switch {
			case i < len(b) && b[i] == '>':
				return r.fail(ErrStreamClosed)
			case i < len(b):
				return r.fail(fault(NotWellFormed, "an end tag without its start tag"))
			case i > 2*maxName:
				return r.fail(tooBig)
			}
		}
		if err := r.fill(); err != nil {
			return err
		}
	}
}
