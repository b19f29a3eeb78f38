package stanza

import (
	"iter"

	"switchboard"
)

// Element is a view onto one XML element. The zero Element is none: it has no
// name, attributes or children.
type Element struct {
	doc  *document
	node int32
}

type document struct{}

// IsZero reports whether e is no element.
func (e Element) IsZero() bool { return e.doc == nil }

// Name is the local name.
func (e Element) Name() string { return "" }

// NameBytes is the local name as a view.
func (e Element) NameBytes() []byte { return nil }

// Prefix is the namespace prefix that was written; "" if none.
func (e Element) Prefix() string { return "" }

// Namespace is the namespace that the element is in; "" if none.
func (e Element) Namespace() string { return "" }

// NamespaceBytes is Namespace as a view.
func (e Element) NamespaceBytes() []byte { return nil }

// DefaultNamespace is the namespace of unprefixed elements inside e.
func (e Element) DefaultNamespace() string { return "" }

// Is reports whether the element has this namespace and local name.
func (e Element) Is(ns, name string) bool { return false }

// Attr is the value of an attribute, entities resolved; "" if there is none.
// Attributes with a prefix are asked for by the name as written, such as
// xml:lang.
func (e Element) Attr(name string) string { return "" }

// AttrBytes is Attr as a view; nil if there is no such attribute, not nil if
// it is empty.
func (e Element) AttrBytes(name string) []byte { return nil }

// HasAttr reports whether an attribute is there.
func (e Element) HasAttr(name string) bool { return false }

// AttrNS is the value of a prefixed attribute by its namespace and local name.
func (e Element) AttrNS(ns, local string) string { return "" }

// Attrs goes through the attributes as written, namespace declarations too.
func (e Element) Attrs() iter.Seq2[string, string] { return func(func(string, string) bool) {} }

// Type is the attribute type.
func (e Element) Type() string { return e.Attr("type") }

// ID is the attribute id.
func (e Element) ID() string { return e.Attr("id") }

// JID reads an attribute as an address. A missing or empty attribute is the
// zero JID and no error.
func (e Element) JID(attr string) (switchboard.JID, error) { return switchboard.JID{}, nil }

// Bool reads an attribute as an XML Schema boolean: true for "true" and "1".
func (e Element) Bool(attr string) bool { return false }

// Child is the first child element with this namespace and name; ns "" stands
// for the element's own namespace. It is the zero Element if there is none.
func (e Element) Child(ns, name string) Element { return Element{} }

// First is the first child element, whatever it is.
func (e Element) First() Element { return Element{} }

// Children goes through the child elements in order.
func (e Element) Children() iter.Seq[Element] { return func(func(Element) bool) {} }

// ChildrenNamed goes through the child elements with this namespace and name;
// ns "" stands for the element's own namespace.
func (e Element) ChildrenNamed(ns, name string) iter.Seq[Element] {
	return func(func(Element) bool) {}
}

// Count is how many child elements there are.
func (e Element) Count() int { return 0 }

// Text is the element's own character data, entities and CDATA resolved; that
// of its children is not part of it.
func (e Element) Text() string { return "" }

// AppendText appends Text to dst.
func (e Element) AppendText(dst []byte) []byte { return dst }

// TextBytes is Text as a view where possible, else a new slice.
func (e Element) TextBytes() []byte { return nil }

// ChildText is the text of the first child with this namespace and name; ns ""
// stands for the element's own namespace.
func (e Element) ChildText(ns, name string) string { return e.Child(ns, name).Text() }

// Raw is the element exactly as it was read, a view. It may lean on namespaces
// that its stream declared; Append does not.
func (e Element) Raw() []byte { return nil }

// Inner is what stands between the start and the end tag, a view.
func (e Element) Inner() []byte { return nil }

// Clone returns an Element with memory of its own.
func (e Element) Clone() Element { return Element{} }
