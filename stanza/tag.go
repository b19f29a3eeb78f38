package stanza

import "bytes"

// startTag reads the start tag at d.pos. A tag that data cuts is read again
// once its end is there; the search for that end keeps its place.
func (d *document) startTag(l *Limits) (bool, *StreamError) {
	searched := d.find > 0
	if searched && !d.findTagEnd() {
		return false, nil
	}
	attrs, binds, prefixed := len(d.attrs), len(d.binds), d.prefixed
	done, err := d.readTag(l)
	if err != nil {
		return false, err
	}
	if !done {
		if searched {
			return false, fault(NotWellFormed, "a malformed tag")
		}
		d.attrs, d.binds, d.prefixed = d.attrs[:attrs], d.binds[:binds], prefixed
		d.find, d.quote = d.pos+1, 0
		return false, nil
	}
	d.find = 0
	return true, nil
}

// findTagEnd looks for the > that ends the tag at d.pos, from where it stopped
// the last time.
func (d *document) findTagEnd() bool {
	b, i := d.data, d.find
	for i < len(b) {
		if d.quote != 0 {
			k := bytes.IndexByte(b[i:], d.quote)
			if k < 0 {
				break
			}
			i += k + 1
			d.quote = 0
			continue
		}
		switch b[i] {
		case '>':
			d.find = i
			return true
		case '"', '\'':
			d.quote = b[i]
		}
		i++
	}
	d.find = len(b)
	return false
}

// readTag reads a whole start tag and adds its node; it answers false if data
// ends inside of it.
func (d *document) readTag(l *Limits) (bool, *StreamError) {
	b := d.data
	n := node{start: uint32(d.pos), attr0: uint32(len(d.attrs)), bind0: int32(len(d.binds))}
	i, colon, err := scanName(b, d.pos+1)
	if err != nil || i == len(b) {
		return false, err
	}
	n.nameEnd, n.local = uint32(i), n.start+1
	if colon >= 0 {
		n.local = uint32(colon) + 1
	}
	for {
		k := skipSpace(b, i)
		if k == len(b) {
			return false, nil
		}
		switch b[k] {
		case '>':
			return true, d.push(&n, k+1, false, l)
		case '/':
			if k+1 == len(b) {
				return false, nil
			}
			if b[k+1] != '>' {
				return false, badTag
			}
			return true, d.push(&n, k+2, true, l)
		}
		if k == i {
			return false, badTag
		}
		if i, err = d.readAttr(k); err != nil || i == 0 {
			return false, err
		}
		if len(d.attrs)-int(n.attr0) > l.Attributes {
			return false, fault(StreamPolicyViolation, "an element has too many attributes")
		}
		if d.repeated(n.attr0) {
			return false, fault(NotWellFormed, "an attribute stands twice")
		}
	}
}

var badTag = fault(NotWellFormed, "a malformed tag")

// readAttr reads the attribute at i and adds it. It answers the place after it,
// 0 if data ends inside.
func (d *document) readAttr(i int) (int, *StreamError) {
	b := d.data
	a := attr{start: uint32(i), local: uint32(i), ns: noNS, plain: true}
	i, colon, err := scanName(b, i)
	if err != nil || i == len(b) {
		return 0, err
	}
	a.nameEnd = uint32(i)
	if colon >= 0 {
		a.local = uint32(colon) + 1
	}
	if b[i] != '=' {
		if i = skipSpace(b, i); i == len(b) {
			return 0, nil
		}
		if b[i] != '=' {
			return 0, badTag
		}
	}
	if i = skipSpace(b, i+1); i == len(b) {
		return 0, nil
	}
	quote := b[i]
	if quote != '\'' && quote != '"' {
		return 0, badTag
	}
	a.val = uint32(i + 1)
	if i, a.plain, err = readValue(b, i+1, quote); err != nil || i == len(b) {
		return 0, err
	}
	a.valEnd = uint32(i)
	d.attrs = append(d.attrs, a)
	return i + 1, nil
}

// readValue finds the quote that ends an attribute value; len(b) if it is not
// there yet.
func readValue(b []byte, i int, quote byte) (end int, plain bool, err *StreamError) {
	plain = true
	for {
		for i < len(b) && class[b[i]]&valueStop == 0 {
			i++
		}
		if i == len(b) {
			return i, plain, nil
		}
		n := 1
		switch c := b[i]; c {
		case quote:
			return i, plain, nil
		case '"', '\'':
		case '\t', '\n', '\r':
			plain = false
		case '<':
			return 0, false, fault(NotWellFormed, "a < in an attribute value")
		default:
			plain = plain && c != '&'
			if n, err = special(b[i:]); err != nil {
				return 0, false, err
			}
			if n == 0 {
				return len(b), plain, nil
			}
		}
		i += n
	}
}

// repeated reports whether the newest attribute has the name of an earlier one
// of the tag whose attributes start at first.
func (d *document) repeated(first uint32) bool {
	last := len(d.attrs) - 1
	a := &d.attrs[last]
	size := a.nameEnd - a.start
	for i := int(first); i < last; i++ {
		if o := &d.attrs[i]; o.nameEnd-o.start == size &&
			string(d.data[o.start:o.nameEnd]) == string(d.data[a.start:a.nameEnd]) {
			return true
		}
	}
	return false
}

// push adds the node of a start tag that ends at i: its namespaces are
// declared, its names resolved, the limits checked.
func (d *document) push(n *node, i int, empty bool, l *Limits) *StreamError {
	n.attr1 = uint32(len(d.attrs))
	f := frame{node: int32(len(d.nodes)), chain: d.chain, dflt: d.dflt}
	if len(d.stack) >= l.Depth {
		return fault(StreamPolicyViolation, "elements are nested too deep")
	}
	if len(d.nodes) >= l.Elements {
		return fault(StreamPolicyViolation, "too many elements")
	}
	if err := d.names(n); err != nil {
		return err
	}
	n.open, n.shut, n.end = uint32(i), uint32(i), uint32(i)
	n.last = f.node + 1
	d.nodes = append(d.nodes, *n)
	d.pos = i
	if empty {
		d.chain, d.dflt = f.chain, f.dflt
	} else {
		d.stack = append(d.stack, f)
	}
	return nil
}

// names declares the namespaces of a start tag and resolves its prefixes
// (Namespaces in XML 1.0).
func (d *document) names(n *node) *StreamError {
	prefixed := 0
	for i := n.attr0; i < n.attr1; i++ {
		a := &d.attrs[i]
		switch {
		case a.local != a.start && string(d.data[a.start:a.local-1]) == "xmlns", a.local == a.start && string(d.data[a.start:a.nameEnd]) == "xmlns":
			if err := d.declare(a); err != nil {
				return err
			}
		case a.local != a.start:
			prefixed++
		}
	}
	n.ns, n.dflt = d.dflt, d.dflt
	if n.local != n.start+1 {
		d.prefixed = true
		if n.ns = d.resolve(d.data[n.start+1 : n.local-1]); n.ns == noNS {
			return badPrefix
		}
	}
	if prefixed > 0 {
		d.prefixed = true
		return d.attrNames(n, prefixed)
	}
	return nil
}

// badPrefix: RFC 6120 §4.9.3.13 counts namespaces among the rules of
// well-formedness.
var badPrefix = fault(NotWellFormed, "a namespace prefix that is not declared")

// attrNames resolves the prefixes of attributes; two prefixes of one namespace
// must not make one attribute of two (Namespaces in XML 1.0 §6.3).
func (d *document) attrNames(n *node, prefixed int) *StreamError {
	for i := n.attr0; i < n.attr1; i++ {
		a := &d.attrs[i]
		if a.local == a.start {
			continue
		}
		prefix := d.data[a.start : a.local-1]
		if string(prefix) == "xmlns" {
			continue
		}
		if a.ns = d.resolve(prefix); a.ns == noNS {
			return badPrefix
		}
		if prefixed < 2 {
			continue
		}
		for k := n.attr0; k < i; k++ {
			o := &d.attrs[k]
			if o.ns != noNS && bytes.Equal(d.data[o.local:o.nameEnd], d.data[a.local:a.nameEnd]) &&
				(o.ns == a.ns || bytes.Equal(d.uri(o.ns), d.uri(a.ns))) {
				return fault(NotWellFormed, "an attribute stands twice")
			}
		}
	}
	return nil
}

// maxBindings bounds the prefixes in effect at once, over which every prefixed
// name is looked up.
const maxBindings = 64

// declare adds a namespace declaration (Namespaces in XML 1.0 §3).
func (d *document) declare(a *attr) *StreamError {
	b := bind{uri: a.val, uriEnd: a.valEnd, plain: a.plain, prev: d.chain}
	uri := d.data[a.val:a.valEnd]
	if !a.plain {
		uri = appendValue(nil, uri)
	}
	if a.local == a.start {
		if bytes.Equal(uri, xmlURI) || bytes.Equal(uri, xmlnsURI) {
			return badDeclaration
		}
		d.dflt = int32(len(d.binds))
		d.binds = append(d.binds, b)
		return nil
	}
	b.prefix, b.prefixEnd = a.local, a.nameEnd
	prefix := d.data[a.local:a.nameEnd]
	isXML := string(prefix) == "xml"
	if len(uri) == 0 || string(prefix) == "xmlns" || isXML != bytes.Equal(uri, xmlURI) || bytes.Equal(uri, xmlnsURI) {
		return badDeclaration
	}
	if isXML {
		return nil
	}
	depth := 1
	for i := d.chain; i >= 0; i = d.binds[i].prev {
		depth++
	}
	if depth > maxBindings {
		return fault(StreamPolicyViolation, "too many namespace prefixes")
	}
	d.chain = int32(len(d.binds))
	d.binds = append(d.binds, b)
	return nil
}

var badDeclaration = fault(NotWellFormed, "a malformed namespace declaration")
