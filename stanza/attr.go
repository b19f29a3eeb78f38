package stanza

import "iter"

// attrOf is the attribute with this name as written.
func (d *document) attrOf(n *node, name string) *attr {
	for i := n.attr0; i < n.attr1; i++ {
		if a := &d.attrs[i]; int(a.nameEnd-a.start) == len(name) && string(d.data[a.start:a.nameEnd]) == name {
			return a
		}
	}
	return nil
}

// value is an attribute's value, a view if it stands for itself.
func (d *document) value(a *attr) []byte {
	b := d.data[a.val:a.valEnd:a.valEnd]
	if a.plain {
		return b
	}
	return appendValue(make([]byte, 0, len(b)), b)
}

// Attr is the value of an attribute, entities resolved; "" if there is none.
// Attributes with a prefix are asked for by the name as written, such as
// xml:lang.
func (e Element) Attr(name string) string { return intern(e.AttrBytes(name)) }

// AttrBytes is Attr as a view; nil if there is no such attribute, not nil if
// it is empty.
func (e Element) AttrBytes(name string) []byte {
	if e.IsZero() {
		return nil
	}
	d, n := e.at()
	if a := d.attrOf(n, name); a != nil {
		return d.value(a)
	}
	return nil
}

// HasAttr reports whether an attribute is there.
func (e Element) HasAttr(name string) bool {
	if e.IsZero() {
		return false
	}
	d, n := e.at()
	return d.attrOf(n, name) != nil
}

// AttrNS is the value of a prefixed attribute by its namespace and local name.
func (e Element) AttrNS(ns, local string) string {
	if e.IsZero() {
		return ""
	}
	d, n := e.at()
	for i := n.attr0; i < n.attr1; i++ {
		a := &d.attrs[i]
		if a.ns != noNS && string(d.data[a.local:a.nameEnd]) == local && string(d.uri(a.ns)) == ns {
			return intern(d.value(a))
		}
	}
	return ""
}

// Attrs goes through the attributes as written, namespace declarations too.
func (e Element) Attrs() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		if e.IsZero() {
			return
		}
		d, n := e.at()
		for _, a := range d.attrs[n.attr0:n.attr1] {
			if !yield(intern(d.data[a.start:a.nameEnd]), intern(d.value(&a))) {
				return
			}
		}
	}
}
