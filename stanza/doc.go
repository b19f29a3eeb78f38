// Package stanza is XMPP on the wire: framing, tokenizer, stanza and error types; for server and test client.
//
// A Reader cuts a byte stream into first-level elements, a Parser takes one
// element out of one message (a WebSocket frame, a BOSH body, a stored
// stanza). Both give an Element: a view onto the bytes that were read, checked
// for everything that XML 1.0, Namespaces in XML and RFC 6120 §11 demand, and
// indexed, so that looking at it costs no allocation. An Element is valid until
// the Reader or Parser is used again; Clone keeps one.
//
// What is accepted is what every receiver's parser accepts too: a server that
// passes on what a receiver refuses cuts that receiver's stream. Where the
// editions of XML differ (characters of names), the narrower rule holds.
//
// An element is passed on by copying its bytes: Element.Append writes it with
// start-tag attributes and children replaced, and declares the namespaces that
// it inherited from its stream, so that the copy is well-formed anywhere.
//
// Methods that return a string return one that may be kept; methods whose name
// ends in Bytes return a view that shares the Element's life.
package stanza
