package stanza

import "io"

// Parser reads elements out of messages that hold one element each: WebSocket
// frames (RFC 7395 §3.3), BOSH bodies, stored stanzas. The zero Parser is ready
// and has the default limits. It keeps its memory between messages; Close gives
// it back to a pool.
type Parser struct{ Limits Limits }

// Parse reads a message that must hold exactly one element, with every
// namespace declared in it. The Element is a view onto message. Whitespace
// around the element is allowed; a message of nothing else gives io.EOF.
func (p *Parser) Parse(message []byte) (Element, error) { return Element{}, nil }

// ReadFrame reads a message from a source into a pooled buffer and parses it.
func (p *Parser) ReadFrame(message io.Reader) (Element, error) { return Element{}, nil }

// Close gives the memory back. Elements read before are void; the Parser may
// be used again.
func (p *Parser) Close() {}

// Parse reads one element from bytes that the caller does not change while the
// Element is used. It allocates; the hot path has a Parser.
func Parse(b []byte) (Element, error) { return Element{}, nil }
