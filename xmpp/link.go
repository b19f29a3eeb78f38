package xmpp

import (
	"bytes"
	"crypto/tls"
	"net/netip"
	"slices"
	"time"

	"switchboard"
	"switchboard/stanza"
)

// link is the connection under a stream: what differs between TCP and
// WebSocket. header and next are called by the stream's reading goroutine,
// write by whoever is its writer at the time; the others by anybody.
type link interface {
	// header reads the peer's start of a stream, which is a restart after
	// the first.
	header() (stanza.Element, error)
	// next reads an element. It returns stanza.ErrStreamClosed when the peer
	// has closed its side properly.
	next() (stanza.Element, error)
	// trust sets the limits for who has authenticated.
	trust(l stanza.Limits)
	// write writes items in their order; it calls wrote whenever the peer has
	// taken some of it.
	write(items []item, wrote func()) error

	// The parts of a stream that the two write differently.
	appendOpen(dst []byte, h streamHeader) []byte
	appendFeatures(dst, inner []byte) []byte
	appendError(dst []byte, err *stanza.StreamError) []byte
	appendClose(dst []byte) []byte

	// startTLS does a TLS handshake after <proceed/>.
	startTLS() error
	// secure is the state of our own TLS, nil if there is none here.
	secure() *tls.ConnectionState
	// private reports whether nobody else can listen: TLS here, or at a
	// proxy that we trust.
	private() bool
	remote() netip.Addr
	// hurry bounds everything that is still to be read and written.
	hurry(until time.Time)
	// halfClose tells the peer that nothing more will come; drain then reads
	// what it still sends, so that closing does not destroy our last words.
	// closed says that the peer has ended its stream already.
	halfClose()
	drain(closed bool)
	close()
	release() // gives buffers back; by the reading goroutine, at the end
}

// streamHeader is what our own start of a stream says.
type streamHeader struct {
	From, ID string
	To       switchboard.JID
}

// item is an element on its way to a client.
type item struct {
	raw  []byte // the whole element, which may be shared
	head []byte // attributes to add after its name
	tail []byte // children to add before its end tag
	came *arrival
	what what
}

// what says what an item is.
type what uint8

const (
	plain   what = iota // part of the stream itself, or of stream management
	counted             // a stanza (XEP-0198 §4)
	light               // a stanza that an inactive client can wait for (XEP-0352)
	last                // the end of the stream: nothing may follow
)

// itemOverhead is what a waiting item costs beside its bytes.
const itemOverhead = 96

func (it *item) size() int { return len(it.raw) + len(it.head) + len(it.tail) + itemOverhead }

// appendTo appends the element with what is added to it.
func (it *item) appendTo(dst []byte) []byte {
	raw := it.raw
	if len(it.head) > 0 {
		n := nameEnd(raw)
		dst = append(append(dst, raw[:n]...), it.head...)
		raw = raw[n:]
	}
	if len(it.tail) == 0 {
		return append(dst, raw...)
	}
	if n := len(raw); raw[n-2] == '/' { // <message …/>
		dst = append(append(append(dst, raw[:n-2]...), '>'), it.tail...)
		return append(append(append(dst, "</"...), it.raw[1:nameEnd(it.raw)]...), '>')
	}
	end := bytes.LastIndexByte(raw, '<')
	return append(append(append(dst, raw[:end]...), it.tail...), raw[end:]...)
}

// nameEnd is where the name in a start tag ends.
func nameEnd(raw []byte) int {
	for i, c := range raw {
		switch c {
		case ' ', '/', '>', '\t', '\n', '\r':
			return i
		}
	}
	return len(raw)
}

// declares reports whether an element's start tag declares a default namespace.
// Clients write attributes as they like: with white space around the =, and with
// a > or words like xmlns= in their values.
func declares(raw []byte) bool {
	for i := nameEnd(raw); ; {
		for i < len(raw) && isSpace(raw[i]) {
			i++
		}
		start := i
		for i < len(raw) && raw[i] != '=' && raw[i] != '>' && raw[i] != '/' && !isSpace(raw[i]) {
			i++
		}
		if i == start {
			return false // the tag ends
		}
		if string(raw[start:i]) == "xmlns" {
			return true
		}
		for i < len(raw) && raw[i] != '"' && raw[i] != '\'' {
			i++
		}
		if i == len(raw) {
			return false
		}
		end := bytes.IndexByte(raw[i+1:], raw[i])
		if end < 0 {
			return false
		}
		i += end + 2
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

var clientNamespace = []byte(" xmlns='jabber:client'")

// appendStandalone appends a stanza that stands for itself: inside another
// element, or in a frame of its own.
func (it *item) appendStandalone(dst []byte) []byte {
	if it.what == plain || it.what == last || declares(it.raw) {
		return it.appendTo(dst)
	}
	alone := *it
	alone.head = append(slices.Clip(alone.head), clientNamespace...)
	return alone.appendTo(dst)
}
