package stanza

import (
	"bytes"
	"iter"

	"switchboard"
)

// Element is a view onto one XML element. The zero Element is none: it has no
// name, attributes or children. Using an Element after its Reader or Parser
// went on panics, because the memory may hold another stream's words by then.
type Element struct {
	doc *document
	idx int32
	gen uint32
}

func (d *document) element(i int32) Element { return Element{doc: d, idx: i, gen: d.gen} }

// at is the element's node; e must not be zero.
func (e Element) at() (*document, *node) {
	if e.gen != e.doc.gen {
		panic("stanza: an element was used after its reader went on")
	}
	return e.doc, &e.doc.nodes[e.idx]
}

// IsZero reports whether e is no element.
func (e Element) IsZero() bool { return e.doc == nil }

// Name is the local name.
func (e Element) Name() string { return intern(e.NameBytes()) }

// NameBytes is the local name as a view.
func (e Element) NameBytes() []byte {
	if e.IsZero() {
		return nil
	}
	d, n := e.at()
	return d.data[n.local:n.nameEnd:n.nameEnd]
}

// Prefix is the namespace prefix that was written; "" if none.
func (e Element) Prefix() string {
	if e.IsZero() {
		return ""
	}
	d, n := e.at()
	if n.local == n.start+1 {
		return ""
	}
	return intern(d.data[n.start+1 : n.local-1])
}

// Namespace is the namespace that the element is in; "" if none.
func (e Element) Namespace() string { return intern(e.NamespaceBytes()) }

// NamespaceBytes is Namespace as a view.
func (e Element) NamespaceBytes() []byte {
	if e.IsZero() {
		return nil
	}
	d, n := e.at()
	return d.uri(n.ns)
}

// DefaultNamespace is the namespace of unprefixed elements inside e.
func (e Element) DefaultNamespace() string {
	if e.IsZero() {
		return ""
	}
	d, n := e.at()
	return intern(d.uri(n.dflt))
}

// Is reports whether the element has this namespace and local name.
func (e Element) Is(ns, name string) bool {
	if e.IsZero() {
		return false
	}
	d, n := e.at()
	return string(d.data[n.local:n.nameEnd]) == name && string(d.uri(n.ns)) == ns
}

// named is Is, where an empty ns stands for the namespace of node parent.
func (d *document) named(i, parent int32, ns, name string) bool {
	n := &d.nodes[i]
	if string(d.data[n.local:n.nameEnd]) != name {
		return false
	}
	if ns == "" {
		p := d.nodes[parent].ns
		return n.ns == p || bytes.Equal(d.uri(n.ns), d.uri(p))
	}
	return string(d.uri(n.ns)) == ns
}

// Type is the attribute type.
func (e Element) Type() string { return e.Attr("type") }

// ID is the attribute id.
func (e Element) ID() string { return e.Attr("id") }

// JID reads an attribute as an address. A missing or empty attribute is the
// zero JID and no error.
func (e Element) JID(attr string) (switchboard.JID, error) {
	v := e.AttrBytes(attr)
	if len(v) == 0 {
		return switchboard.JID{}, nil
	}
	return switchboard.ParseJID(string(v))
}

// Bool reads an attribute as an XML Schema boolean: true for "true" and "1".
func (e Element) Bool(attr string) bool {
	v := e.AttrBytes(attr)
	return string(v) == "true" || string(v) == "1"
}

// Child is the first child element with this namespace and name; ns "" stands
// for the element's own namespace. It is the zero Element if there is none.
func (e Element) Child(ns, name string) Element {
	if e.IsZero() {
		return Element{}
	}
	d, n := e.at()
	for i := e.idx + 1; i < n.last; i = d.nodes[i].last {
		if d.named(i, e.idx, ns, name) {
			return d.element(i)
		}
	}
	return Element{}
}

// First is the first child element, whatever it is.
func (e Element) First() Element {
	if e.IsZero() {
		return Element{}
	}
	d, n := e.at()
	if e.idx+1 >= n.last {
		return Element{}
	}
	return d.element(e.idx + 1)
}

// Children goes through the child elements in order.
func (e Element) Children() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		if e.IsZero() {
			return
		}
		d, n := e.at()
		for i, last := e.idx+1, n.last; i < last; {
			next := d.nodes[i].last
			if !yield(d.element(i)) {
				return
			}
			i = next
		}
	}
}

// ChildrenNamed goes through the child elements with this namespace and name;
// ns "" stands for the element's own namespace.
func (e Element) ChildrenNamed(ns, name string) iter.Seq[Element] {
	return func(yield func(Element) bool) {
		if e.IsZero() {
			return
		}
		d, n := e.at()
		for i, last := e.idx+1, n.last; i < last; {
			next := d.nodes[i].last
			if d.named(i, e.idx, ns, name) && !yield(d.element(i)) {
				return
			}
			i = next
		}
	}
}

// Count is how many child elements there are.
func (e Element) Count() int {
	count := 0
	for range e.Children() {
		count++
	}
	return count
}

// Raw is the element exactly as it was read, a view. It may lean on namespaces
// that its stream declared; Append does not.
func (e Element) Raw() []byte {
	if e.IsZero() {
		return nil
	}
	d, n := e.at()
	return d.data[n.start:n.end:n.end]
}

// Inner is what stands between the start and the end tag, a view.
func (e Element) Inner() []byte {
	if e.IsZero() {
		return nil
	}
	d, n := e.at()
	return d.data[n.open:n.shut:n.shut]
}

// Clone returns an Element with memory of its own.
func (e Element) Clone() Element {
	if e.IsZero() {
		return Element{}
	}
	d, _ := e.at()
	c := &document{
		data: bytes.Clone(d.data[:d.nodes[0].end]), scope: d.scope, prefixed: d.prefixed,
		nodes: append([]node(nil), d.nodes...), attrs: append([]attr(nil), d.attrs...), binds: append([]bind(nil), d.binds...),
	}
	return c.element(e.idx)
}
