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
func HeaderOf(e Element) (Header, error) {
	h := Header{Name: e.Name(), ID: e.ID(), Type: e.Type(), Lang: e.Attr("xml:lang")}
	var err error
	if h.From, err = e.JID("from"); err != nil {
		return h, NewError(JIDMalformed, "the attribute from is not an address")
	}
	if h.To, err = e.JID("to"); err != nil {
		return h, NewError(JIDMalformed, "the attribute to is not an address")
	}
	return h, nil
}

// Reply is the header of an answer: addresses exchanged, the same id.
func (h Header) Reply(typ string) Header {
	return Header{Name: h.Name, From: h.To, To: h.From, ID: h.ID, Type: typ}
}

// Append appends a whole stanza in the namespace jabber:client, declared in it,
// with the given raw content.
func (h Header) Append(dst []byte, inner ...[]byte) []byte {
	dst = append(append(dst, '<'), h.Name...)
	dst = append(dst, " xmlns='"+NSClient+"'"...)
	if !h.From.IsZero() {
		dst = appendJIDAttr(dst, "from", h.From)
	}
	if !h.To.IsZero() {
		dst = appendJIDAttr(dst, "to", h.To)
	}
	dst = appendOptional(dst, "id", h.ID)
	dst = appendOptional(dst, "type", h.Type)
	dst = appendOptional(dst, "xml:lang", h.Lang)
	tag := len(dst)
	dst = append(dst, '>')
	for _, raw := range inner {
		dst = append(dst, raw...)
	}
	if len(dst) == tag+1 {
		return append(dst[:tag], '/', '>')
	}
	dst = append(append(dst, '<', '/'), h.Name...)
	return append(dst, '>')
}

func appendOptional(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	return AppendAttr(dst, name, value)
}

// AppendResult appends the result of the iq that h heads, with the given raw
// content.
func (h Header) AppendResult(dst []byte, inner ...[]byte) []byte {
	return h.Reply(Result).Append(dst, inner...)
}

// AppendError appends the stanza error that answers the stanza that h heads.
// By RFC 6120 §8.3.1 nothing answers an error, and by §8.2.3 nothing answers an
// iq result: for those nothing is appended.
func (h Header) AppendError(dst []byte, err *Error) []byte {
	if h.Type == TypeError || h.Name == IQ && h.Type == Result {
		return dst
	}
	return h.Reply(TypeError).Append(dst, err.AppendTo(nil))
}

// AppendBounce appends the stanza error that answers e, from the attributes as
// they stand there, so that it serves malformed addresses too. The edits are
// made last. What must not be answered (see Header.AppendError) appends nothing.
func AppendBounce(dst []byte, e Element, err *Error, edits ...Edit) []byte {
	if typ := e.AttrBytes("type"); string(typ) == TypeError || string(typ) == Result && string(e.NameBytes()) == IQ {
		return dst
	}
	from, to := e.Attr("from"), e.Attr("to")
	var all [12]Edit
	list := all[:0]
	for _, ed := range [...]Edit{optional("from", to), optional("to", from), SetAttr("type", TypeError), RemoveAttr("xml:lang")} {
		if attrEdit(edits, []byte(ed.name)) < 0 {
			list = append(list, ed)
		}
	}
	return e.Append(dst, append(append(list, edits...), SetInner(err.AppendTo(nil)))...)
}

func optional(name, value string) Edit {
	if value == "" {
		return RemoveAttr(name)
	}
	return SetAttr(name, value)
}
