package stanza

// run is the only stretch of character data of the element, if it has but one
// and that stands for itself.
func (d *document) run(n *node, i int32) ([]byte, bool) {
	b := d.data[n.open:n.shut:n.shut]
	return b, n.last == i+1 && plainText(b)
}

// Text is the element's own character data, entities and CDATA resolved; that
// of its children is not part of it.
func (e Element) Text() string { return intern(e.TextBytes()) }

// TextBytes is Text as a view where possible, else a new slice.
func (e Element) TextBytes() []byte {
	if e.IsZero() {
		return nil
	}
	d, n := e.at()
	if b, ok := d.run(n, e.idx); ok {
		return b
	}
	return e.AppendText(nil)
}

// AppendText appends Text to dst.
func (e Element) AppendText(dst []byte) []byte {
	if e.IsZero() {
		return dst
	}
	d, n := e.at()
	from := n.open
	for i := e.idx + 1; i < n.last; i = d.nodes[i].last {
		dst = appendCharData(dst, d.data[from:d.nodes[i].start])
		from = d.nodes[i].end
	}
	return appendCharData(dst, d.data[from:n.shut])
}

// ChildText is the text of the first child with this namespace and name; ns ""
// stands for the element's own namespace.
func (e Element) ChildText(ns, name string) string { return e.Child(ns, name).Text() }
