package stanza

import "switchboard"

// Edit is a change that Element.Append makes to the copy that it writes.
type Edit struct {
	op    editOp
	name  string
	value string
	jid   switchboard.JID
	raw   []byte
	match func(Element) bool
}

type editOp uint8

// SetAttr sets an attribute of the start tag, replaced if it is there, added
// if not. The value is escaped.
func SetAttr(name, value string) Edit { return Edit{} }

// SetJID sets an attribute to an address; the zero JID removes it.
func SetJID(name string, j switchboard.JID) Edit { return Edit{} }

// RemoveAttr removes an attribute of the start tag.
func RemoveAttr(name string) Edit { return Edit{} }

// AddChild writes raw XML, whole elements with their namespaces declared, before
// the end tag. Several are written in their order.
func AddChild(raw []byte) Edit { return Edit{} }

// SetInner writes raw XML in place of the content. AddChild still adds.
func SetInner(raw []byte) Edit { return Edit{} }

// DropChild leaves out the child elements with this namespace and name.
func DropChild(ns, name string) Edit { return Edit{} }

// DropChildren leaves out the child elements for which match is true.
func DropChildren(match func(Element) bool) Edit { return Edit{} }

// Within says that the copy goes where ns is the default namespace, as it is in
// a TCP stream that the receiver opened with it: the element need not declare
// it. Without Within the copy stands by itself.
func Within(ns string) Edit { return Edit{} }

// Append copies the element with edits to dst. The copy is well-formed by
// itself: it declares every namespace that it uses and inherited. Edits must not
// name an attribute twice.
func (e Element) Append(dst []byte, edits ...Edit) []byte { return dst }
