package stanza

import "switchboard"

// Writer builds XML by appending. The zero Writer is ready.
//
//	w.Start("query", "xmlns", NSRoster, "ver", ver)
//	w.Empty("item", "jid", jid)
//	w.End()
type Writer struct {
	buf  []byte
	open []string
	tag  bool // the start tag of the innermost element is not closed yet
}

// NewWriter makes a Writer that appends to dst.
func NewWriter(dst []byte) *Writer { return &Writer{buf: dst} }

// content closes the start tag under way.
func (w *Writer) content() {
	if w.tag {
		w.buf = append(w.buf, '>')
		w.tag = false
	}
}

// Start opens an element. Attributes come in pairs of name and value, and an
// attribute whose value is "" is left out (Attr writes it).
func (w *Writer) Start(name string, attrs ...string) *Writer {
	w.content()
	w.buf = append(append(w.buf, '<'), name...)
	w.open = append(w.open, name)
	w.tag = true
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			w.buf = AppendAttr(w.buf, attrs[i], attrs[i+1])
		}
	}
	return w
}

// Attr adds an attribute to the element just opened, empty or not.
func (w *Writer) Attr(name, value string) *Writer {
	w.opened()
	w.buf = AppendAttr(w.buf, name, value)
	return w
}

// JID adds an address attribute to the element just opened, unless it is zero.
func (w *Writer) JID(name string, j switchboard.JID) *Writer {
	w.opened()
	if !j.IsZero() {
		w.buf = appendJIDAttr(w.buf, name, j)
	}
	return w
}

func (w *Writer) opened() {
	if !w.tag {
		panic("stanza: an attribute after the start tag")
	}
}

// Text writes character data, escaped.
func (w *Writer) Text(s string) *Writer {
	if s != "" {
		w.content()
		w.buf = AppendEscaped(w.buf, s)
	}
	return w
}

// Raw writes XML as it is.
func (w *Writer) Raw(b []byte) *Writer {
	if len(b) > 0 {
		w.content()
		w.buf = append(w.buf, b...)
	}
	return w
}

// Element copies an element, edited (see Element.Append).
func (w *Writer) Element(e Element, edits ...Edit) *Writer {
	w.content()
	w.buf = e.Append(w.buf, edits...)
	return w
}

// End closes the innermost open element; one without content becomes <name/>.
func (w *Writer) End() *Writer {
	last := len(w.open) - 1
	if w.tag {
		w.buf = append(w.buf, '/', '>')
		w.tag = false
	} else {
		w.buf = append(append(w.buf, '<', '/'), w.open[last]...)
		w.buf = append(w.buf, '>')
	}
	w.open = w.open[:last]
	return w
}

// Empty writes an element without content: Start and End.
func (w *Writer) Empty(name string, attrs ...string) *Writer {
	return w.Start(name, attrs...).End()
}

// Leaf writes an element that holds text alone: Start, Text, End.
func (w *Writer) Leaf(name, text string, attrs ...string) *Writer {
	return w.Start(name, attrs...).Text(text).End()
}

// Bytes closes every open element and returns what was written.
func (w *Writer) Bytes() []byte {
	for len(w.open) > 0 {
		w.End()
	}
	return w.buf
}

// Reset forgets what was written and keeps the memory.
func (w *Writer) Reset() { w.buf, w.open, w.tag = w.buf[:0], w.open[:0], false }
