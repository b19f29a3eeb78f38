package stanza

import (
	"slices"

	"switchboard"
)

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

const (
	opSet editOp = iota + 1
	opSetJID
	opRemove
	opAdd
	opInner
	opDropNamed
	opDropMatch
	opWithin
)

// SetAttr sets an attribute of the start tag, replaced if it is there, added
// if not. The value is escaped.
func SetAttr(name, value string) Edit { return Edit{op: opSet, name: name, value: value} }

// SetJID sets an attribute to an address; the zero JID removes it.
func SetJID(name string, j switchboard.JID) Edit {
	if j.IsZero() {
		return RemoveAttr(name)
	}
	return Edit{op: opSetJID, name: name, jid: j}
}

// RemoveAttr removes an attribute of the start tag.
func RemoveAttr(name string) Edit { return Edit{op: opRemove, name: name} }

// AddChild writes raw XML, whole elements with their namespaces declared, before
// the end tag. Several are written in their order.
func AddChild(raw []byte) Edit { return Edit{op: opAdd, raw: raw} }

// SetInner writes raw XML in place of the content. AddChild still adds.
func SetInner(raw []byte) Edit { return Edit{op: opInner, raw: raw} }

// DropChild leaves out the child elements with this namespace and name; ns ""
// stands for the element's own namespace.
func DropChild(ns, name string) Edit { return Edit{op: opDropNamed, name: name, value: ns} }

// DropChildren leaves out the child elements for which match is true.
func DropChildren(match func(Element) bool) Edit { return Edit{op: opDropMatch, match: match} }

// Within says that the copy goes where ns is the default namespace, as it is in
// a TCP stream that the receiver opened with it: the element need not declare
// it. Without Within the copy stands by itself.
func Within(ns string) Edit { return Edit{op: opWithin, value: ns} }

// Append copies the element with edits to dst. The copy is well-formed by
// itself: it declares every namespace that it uses and inherited. Edits must not
// name an attribute twice.
func (e Element) Append(dst []byte, edits ...Edit) []byte {
	if e.IsZero() {
		return dst
	}
	d, n := e.at()
	dst = append(dst, d.data[n.start:n.nameEnd]...)
	dst = e.appendAttrs(dst, edits)
	dst = e.appendInherited(dst, edits)
	tag := len(dst)
	dst = e.appendContent(append(dst, '>'), edits)
	if n.shut == n.end && len(dst) == tag+1 {
		return append(dst[:tag], '/', '>')
	}
	dst = append(dst, '<', '/')
	dst = append(dst, d.data[n.start+1:n.nameEnd]...)
	return append(dst, '>')
}

// appendAttrs writes the attributes, edited.
func (e Element) appendAttrs(dst []byte, edits []Edit) []byte {
	d, n := e.at()
	for i := n.attr0; i < n.attr1; i++ {
		a := &d.attrs[i]
		if k := attrEdit(edits, d.data[a.start:a.nameEnd]); k >= 0 {
			dst = edits[k].appendAttr(dst)
			continue
		}
		dst = append(dst, ' ')
		dst = append(dst, d.data[a.start:a.valEnd+1]...)
	}
	for i := range edits {
		if ed := &edits[i]; (ed.op == opSet || ed.op == opSetJID) && d.attrOf(n, ed.name) == nil {
			dst = ed.appendAttr(dst)
		}
	}
	return dst
}

// attrEdit is the edit of the attribute with this name, -1 if there is none.
func attrEdit(edits []Edit, name []byte) int {
	for i := range edits {
		if ed := &edits[i]; ed.op <= opRemove && ed.name == string(name) {
			return i
		}
	}
	return -1
}

// appendAttr writes the attribute that the edit sets.
func (ed *Edit) appendAttr(dst []byte) []byte {
	switch ed.op {
	case opSet:
		return AppendAttr(dst, ed.name, ed.value)
	case opSetJID:
		return appendJIDAttr(dst, ed.name, ed.jid)
	}
	return dst
}

func appendJIDAttr(dst []byte, name string, j switchboard.JID) []byte {
	dst = append(append(dst, ' '), name...)
	dst = append(dst, '=', '\'')
	if j.Local != "" {
		dst = append(AppendEscaped(dst, j.Local), '@')
	}
	dst = AppendEscaped(dst, j.Domain)
	if j.Resource != "" {
		dst = AppendEscaped(append(dst, '/'), j.Resource)
	}
	return append(dst, '\'')
}

// appendInherited declares the namespaces that the element has from outside.
func (e Element) appendInherited(dst []byte, edits []Edit) []byte {
	d, n := e.at()
	if n.dflt != noNS && (n.dflt < n.bind0) && attrEdit(edits, []byte("xmlns")) < 0 {
		uri := d.uri(n.dflt)
		if !slices.ContainsFunc(edits, func(ed Edit) bool { return ed.op == opWithin && ed.value == string(uri) }) {
			dst = AppendAttr(dst, "xmlns", uri)
		}
	}
	if !d.prefixed {
		return dst
	}
	if n.dflt == noNS && n.local != n.start+1 && attrEdit(edits, []byte("xmlns")) < 0 {
		dst = append(dst, " xmlns=''"...) // where it goes there may be a default for what is inside
	}
	declared := make([]int32, 0, 8)
	need := func(ref int32) {
		if outside := ref <= scopeNS || ref >= 0 && ref < n.bind0; outside && !slices.Contains(declared, ref) {
			declared = append(declared, ref)
			dst = AppendAttr(dst, "xmlns:"+d.prefixOf(ref), d.uri(ref))
		}
	}
	for i := e.idx; i < n.last; i++ {
		in := &d.nodes[i]
		if in.local != in.start+1 {
			need(in.ns)
		}
		for k := in.attr0; k < in.attr1; k++ {
			need(d.attrs[k].ns)
		}
	}
	return dst
}

// appendContent writes the content, edited.
func (e Element) appendContent(dst []byte, edits []Edit) []byte {
	d, n := e.at()
	inner, drops := -1, false
	for i := range edits {
		switch edits[i].op {
		case opInner:
			inner = i
		case opDropNamed, opDropMatch:
			drops = true
		}
	}
	switch {
	case inner >= 0:
		dst = append(dst, edits[inner].raw...)
	case drops:
		from := n.open
		for i := e.idx + 1; i < n.last; i = d.nodes[i].last {
			if e.dropped(i, edits) {
				dst = append(dst, d.data[from:d.nodes[i].start]...)
				from = d.nodes[i].end
			}
		}
		dst = append(dst, d.data[from:n.shut]...)
	default:
		dst = append(dst, d.data[n.open:n.shut]...)
	}
	for i := range edits {
		if edits[i].op == opAdd {
			dst = append(dst, edits[i].raw...)
		}
	}
	return dst
}

// dropped reports whether an edit leaves out the child.
func (e Element) dropped(child int32, edits []Edit) bool {
	for i := range edits {
		switch ed := &edits[i]; ed.op {
		case opDropNamed:
			if e.doc.named(child, e.idx, ed.value, ed.name) {
				return true
			}
		case opDropMatch:
			if ed.match(e.doc.element(child)) {
				return true
			}
		}
	}
	return false
}
