package stanza

import (
	"sync"
)

// document is the index of one first-level element. Places are offsets into
// data, so that data may move while more of the element arrives.
type document struct {
	data  []byte // the element, from its first <
	nodes []node // in document order; the first is the element itself
	attrs []attr
	binds []bind
	scope *scope // what the stream header declares; nil: nothing
	gen   uint32 // changes when the document is used for another element

	// The state of the scan.
	pos      int     // up to here data is indexed
	find     int     // where the search for the end of a split tag goes on; 0: no search
	quote    byte    // the quote that search is inside of
	cdata    bool    // inside a CDATA section
	prefixed bool    // there is a name with a prefix
	stack    []frame // the open elements
	chain    int32   // the newest prefix binding in effect
	dflt     int32   // the default namespace in effect
}

// node is one element. If it has no end tag, open, shut and end are the same.
type node struct {
	start, nameEnd  uint32 // of the qualified name's tag: the <, and the end of the name
	local           uint32 // where the local name starts
	open, shut, end uint32 // after the start tag; at the end tag; after the end tag
	attr0, attr1    uint32 // its attributes
	bind0           int32  // the first binding that belongs to it or its content
	ns, dflt        int32  // its namespace, and that of unprefixed elements inside
	last            int32  // the node after its content
}

// attr is one attribute, namespace declarations included.
type attr struct {
	start, nameEnd uint32
	local          uint32 // where the local name starts; start if there is no prefix
	val, valEnd    uint32 // between the quotes
	ns             int32  // noNS unless it has a prefix
	plain          bool   // the value stands for itself
}

// bind is one namespace declaration.
type bind struct {
	prefix, prefixEnd uint32 // empty: the default namespace
	uri, uriEnd       uint32
	prev              int32 // the prefix binding in effect before this one
	plain             bool
}

type frame struct{ node, chain, dflt int32 }

// A namespace is known by an int32: an index into binds, or one of these, or
// scopeNS-i for the i-th declaration of the stream header.
const (
	noNS    int32 = -1
	xmlNS   int32 = -2
	scopeNS int32 = -3
)

// scope is what a stream header declares. It never changes once made.
type scope struct {
	prefixes []string // "" for the default namespace
	uris     []string
	views    [][]byte // the uris again
}

func (s *scope) add(prefix, uri string) {
	s.prefixes = append(s.prefixes, prefix)
	s.uris = append(s.uris, uri)
	s.views = append(s.views, []byte(uri))
}

func (s *scope) find(prefix []byte) int32 {
	if s != nil {
		for i, p := range s.prefixes {
			if p == string(prefix) {
				return scopeNS - int32(i)
			}
		}
	}
	return noNS
}

// usual is the scope of nearly every stream.
var usual = func() *scope {
	s := new(scope)
	s.add("", NSClient)
	s.add("stream", NSStream)
	return s
}()

func (s *scope) equal(t *scope) bool {
	if len(s.prefixes) != len(t.prefixes) {
		return false
	}
	for i := range s.prefixes {
		if r := t.find([]byte(s.prefixes[i])); r == noNS || t.uris[scopeNS-r] != s.uris[i] {
			return false
		}
	}
	return true
}

var documents = sync.Pool{New: func() any { return new(document) }}

func newDocument(s *scope) *document {
	d := documents.Get().(*document)
	d.reset(s)
	return d
}

// keepNodes bounds the index that a document in the pool keeps.
const keepNodes = 1024

func (d *document) release() {
	if cap(d.nodes) > keepNodes || cap(d.attrs) > keepNodes || cap(d.binds) > keepNodes {
		d.nodes, d.attrs, d.binds = nil, nil, nil
	}
	d.reset(nil)
	documents.Put(d)
}

// reset makes the document ready for another element and every Element of the
// one before void.
func (d *document) reset(s *scope) {
	d.gen++
	d.data, d.nodes, d.attrs, d.binds, d.stack = nil, d.nodes[:0], d.attrs[:0], d.binds[:0], d.stack[:0]
	d.scope, d.pos, d.find, d.quote, d.cdata, d.prefixed = s, 0, 0, 0, false, false
	d.chain, d.dflt = noNS, s.find(nil)
}

// uri is the namespace name that a reference stands for.
func (d *document) uri(ref int32) []byte {
	switch {
	case ref >= 0:
		b := &d.binds[ref]
		if !b.plain {
			return appendValue(nil, d.data[b.uri:b.uriEnd])
		}
		return d.data[b.uri:b.uriEnd]
	case ref == noNS:
		return nil
	case ref == xmlNS:
		return xmlURI
	}
	return d.scope.views[scopeNS-ref]
}

var (
	xmlURI   = []byte(NSXML)
	xmlnsURI = []byte(NSXMLNS)
)

// prefixOf is the prefix that a declaration binds.
func (d *document) prefixOf(ref int32) string {
	switch {
	case ref >= 0:
		return string(d.data[d.binds[ref].prefix:d.binds[ref].prefixEnd])
	case ref <= scopeNS:
		return d.scope.prefixes[scopeNS-ref]
	}
	return ""
}

// resolve finds the namespace that a prefix stands for; noNS if it is not
// declared.
func (d *document) resolve(prefix []byte) int32 {
	for i := d.chain; i >= 0; i = d.binds[i].prev {
		if b := &d.binds[i]; string(d.data[b.prefix:b.prefixEnd]) == string(prefix) {
			return i
		}
	}
	if string(prefix) == "xml" {
		return xmlNS
	}
	return d.scope.find(prefix)
}
