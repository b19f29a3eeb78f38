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
}

// NewWriter makes a Writer that appends to dst.
func NewWriter(dst []byte) *Writer { return &Writer{buf: dst} }

// Start opens an element. Attributes come in pairs of name and value, and an
// attribute whose value is "" is left out (Attr writes it).
func (w *Writer) Start(name string, attrs ...string) *Writer { return w }

// Attr adds an attribute to the element just opened, empty or not.
func (w *Writer) Attr(name, value string) *Writer { return w }

// JID adds an address attribute to the element just opened, unless it is zero.
func (w *Writer) JID(name string, j switchboard.JID) *Writer { return w }

// Text writes character data, escaped.
func (w *Writer) Text(s string) *Writer { return w }

// Raw writes XML as it is.
func (w *Writer) Raw(b []byte) *Writer { return w }

// End closes the innermost open element; one without content becomes <name/>.
func (w *Writer) End() *Writer { return w }

// Empty writes an element without content: Start and End.
func (w *Writer) Empty(name string, attrs ...string) *Writer { return w }

// Leaf writes an element that holds text alone: Start, Text, End.
func (w *Writer) Leaf(name, text string, attrs ...string) *Writer { return w }

// Bytes is what was written, with every open element closed.
func (w *Writer) Bytes() []byte { return w.buf }

// Reset forgets what was written and keeps the memory.
func (w *Writer) Reset() {}
