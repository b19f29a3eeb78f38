package stanza

import "switchboard"

// Header is what the start tag of a stanza says (RFC 6120 §8.1).
type Header struct {
	Name string // Message, Presence or IQ
	From switchboard.JID
	To   switchboard.JID
	ID   string
	Type string
	Lang string
}

// HeaderOf reads the start tag of a stanza. The error is the stanza error
// jid-malformed.
func HeaderOf(e Element) (Header, error) { return Header{}, nil }

// Reply is the header of an answer: addresses exchanged, the same id.
func (h Header) Reply(typ string) Header { return h }

// Append appends a whole stanza in the namespace jabber:client, declared in it,
// with the given raw content.
func (h Header) Append(dst []byte, inner ...[]byte) []byte { return dst }

// AppendResult appends the result of the iq that h heads, with the given raw
// content.
func (h Header) AppendResult(dst []byte, inner ...[]byte) []byte { return dst }

// AppendError appends the stanza error that answers the stanza that h heads.
func (h Header) AppendError(dst []byte, err *Error) []byte { return dst }

// AppendBounce appends the stanza error that answers e, from the attributes as
// they stand there (so it serves malformed addresses too), edited. By RFC 6120
// §8.3.1 an error is never answered: for one, and for an iq result, nothing is
// appended.
func AppendBounce(dst []byte, e Element, err *Error, edits ...Edit) []byte { return dst }
