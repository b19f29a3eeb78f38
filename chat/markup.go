package chat

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"
	"unicode/utf8"

	"switchboard"
)

// What chat reads and writes of XML is little: attributes of a start tag that
// the stanza room has checked, and the text of a body.

const messageTag = "<message"

// attributes calls fn for every attribute of the start tag of a <message/>, with
// the raw value and where the attribute stands, the space before it included.
// It returns where the attributes end; false if this is no message.
func attributes(stanza []byte, fn func(name, value []byte, from, to int)) (end int, ok bool) {
	i := len(messageTag)
	if !bytes.HasPrefix(stanza, []byte(messageTag)) {
		return 0, false
	}
	for {
		from := i
		for i < len(stanza) && isSpace(stanza[i]) {
			i++
		}
		if i < len(stanza) && (stanza[i] == '>' || stanza[i] == '/') {
			return from, true
		}
		name := i
		for i < len(stanza) && stanza[i] != '=' && !isSpace(stanza[i]) {
			i++
		}
		nameEnd := i
		for i < len(stanza) && (stanza[i] == '=' || isSpace(stanza[i])) {
			i++
		}
		if i >= len(stanza) || from == name || (stanza[i] != '"' && stanza[i] != '\'') {
			return 0, false
		}
		value := i + 1
		length := bytes.IndexByte(stanza[value:], stanza[i])
		if length < 0 {
			return 0, false
		}
		i = value + length + 1
		fn(stanza[name:nameEnd], stanza[value:value+length], from, i)
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// restamp returns the stanza with this from and no to.
func restamp(stanza []byte, from switchboard.JID) ([]byte, error) {
	out := make([]byte, 0, len(stanza)+len(from.Local)+len(from.Domain)+len(from.Resource)+24)
	out = appendAttribute(append(out, messageTag...), "from", from.String())
	end, ok := attributes(stanza, func(name, _ []byte, from, to int) {
		if n := string(name); n != "from" && n != "to" {
			out = append(out, stanza[from:to]...)
		}
	})
	if !ok {
		return nil, errNotMessage
	}
	return append(out, stanza[end:]...), nil
}

// appendAttribute appends " name='value'" with the value escaped.
func appendAttribute(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, ' '), name...), "='"...)
	return append(appendEscaped(dst, value), '\'')
}

// appendEscaped appends text so that it may stand in an attribute or an element.
func appendEscaped(dst []byte, text string) []byte {
	for {
		i := strings.IndexAny(text, "&<>'\"\r\n\t")
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		switch text[i] {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '\'':
			dst = append(dst, "&apos;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		case '\r': // a parser would make it a line feed (XML 1.0 §2.11)
			dst = append(dst, "&#13;"...)
		case '\n':
			dst = append(dst, "&#10;"...)
		case '\t':
			dst = append(dst, "&#9;"...)
		}
		text = text[i+1:]
	}
}

// validText reports whether XML can carry a text (XML 1.0 §2.2).
func validText(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return false
		}
	}
	return true
}

// checkText says why a text cannot be the body of a message, if it cannot.
func checkText(text string) error {
	switch {
	case text == "":
		return errEmptyText
	case len(text) > switchboard.MaxFieldText && utf8.RuneCountInString(text) > switchboard.MaxFieldText:
		return errLongText
	case !validText(text):
		return errBadText
	}
	return nil
}

// TextStanza is a <message/> of a type with a text and an origin-id (XEP-0359),
// without from and to, which SendTx adds. The namespace jabber:client is
// implied, as in all archived stanzas.
func TextStanza(kind, id, body string) []byte {
	return appendText(nil, "", "", kind, body, SendOptions{ID: id})
}

func appendText(dst []byte, from, to, kind, body string, o SendOptions) []byte {
	dst = append(dst, messageTag...)
	if from != "" {
		dst = appendAttribute(dst, "from", from)
	}
	if to != "" {
		dst = appendAttribute(dst, "to", to)
	}
	dst = appendAttribute(dst, "type", kind)
	dst = appendAttribute(dst, "id", o.ID)
	dst = append(dst, "><body>"...)
	dst = append(appendEscaped(dst, body), "</body>"...)
	if o.Thread != "" {
		dst = append(appendEscaped(append(dst, "<thread>"...), o.Thread), "</thread>"...)
	}
	if o.ReplyTo != "" {
		dst = append(dst, "<reply xmlns='urn:xmpp:reply:0'"...)
		if o.author != "" {
			dst = appendAttribute(dst, "to", o.author)
		}
		dst = append(appendAttribute(dst, "id", o.ReplyTo), "/>"...)
	}
	dst = appendAttribute(append(append(dst, o.payload...), "<origin-id xmlns='urn:xmpp:sid:0'"...), "id", o.ID)
	return append(dst, "/></message>"...)
}

// PayloadStanza is a <message/> of a type around given XML, without from and to.
func PayloadStanza(kind, id string, payload []byte) []byte {
	dst := appendAttribute(append([]byte(nil), messageTag...), "type", kind)
	dst = append(appendAttribute(dst, "id", id), '>')
	return append(append(dst, payload...), "</message>"...)
}

// unescape is the value of an attribute.
func unescape(raw []byte) string {
	if bytes.IndexByte(raw, '&') < 0 {
		return string(raw)
	}
	var b strings.Builder
	rest := string(raw)
	for {
		before, after, found := strings.Cut(rest, "&")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		entity, tail, found := strings.Cut(after, ";")
		r, ok := entityRune(entity)
		if !found || !ok {
			b.WriteByte('&')
			rest = after
			continue
		}
		b.WriteRune(r)
		rest = tail
	}
}

func entityRune(name string) (rune, bool) {
	switch name {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "apos":
		return '\'', true
	case "quot":
		return '"', true
	}
	digits, numeric := strings.CutPrefix(name, "#")
	if !numeric {
		return 0, false
	}
	base := 10
	if hex, is := strings.CutPrefix(digits, "x"); is {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	return rune(n), err == nil && utf8.ValidRune(rune(n))
}

// ReadMessage reads the head of a stored stanza: who, to whom, type and id.
func ReadMessage(stanza []byte) Message {
	m := Message{Stanza: stanza}
	m.readHead()
	return m
}

// readHead fills From, To, Type and ID of a message from its stanza.
func (m *Message) readHead() {
	m.Type = Normal
	attributes(m.Stanza, func(name, value []byte, _, _ int) {
		switch string(name) {
		case "from":
			m.From, _ = switchboard.ParseJID(unescape(value))
		case "to":
			m.To, _ = switchboard.ParseJID(unescape(value))
		case "type":
			m.Type = messageType(unescape(value))
		case "id":
			m.ID = unescape(value)
		}
	})
}

// ReplyTo is the id of the message that this one answers (XEP-0461 §3.1), "" if
// it answers none.
func (m *Message) ReplyTo() string {
	if !bytes.Contains(m.Stanza, []byte("urn:xmpp:reply:0")) {
		return ""
	}
	d := xml.NewDecoder(bytes.NewReader(m.Stanza))
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth != 2 || t.Name != (xml.Name{Space: "urn:xmpp:reply:0", Local: "reply"}) {
				continue
			}
			for _, attr := range t.Attr {
				if attr.Name.Local == "id" {
					return attr.Value
				}
			}
		case xml.EndElement:
			depth--
		}
	}
}

// Body is the text of a message's first <body/>, "" if it has none.
func (m *Message) Body() string {
	if !bytes.Contains(m.Stanza, []byte("<body")) {
		return ""
	}
	if text, ok := m.plainBody(); ok {
		return text
	}
	d := xml.NewDecoder(bytes.NewReader(m.Stanza))
	var text strings.Builder
	inBody := false
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			inBody = depth == 2 && t.Name.Local == "body" && (t.Name.Space == "" || t.Name.Space == "jabber:client")
		case xml.EndElement:
			if inBody && depth == 2 {
				return text.String()
			}
			depth--
		case xml.CharData:
			if inBody && depth == 2 {
				text.Write(t)
			}
		}
	}
}

// plainBody is Body for the usual case: the body is the first child, without
// attributes, and holds nothing but text.
func (m *Message) plainBody() (text string, ok bool) {
	end, ok := attributes(m.Stanza, func(_, _ []byte, _, _ int) {})
	if !ok {
		return "", false
	}
	raw, ok := bytes.CutPrefix(bytes.TrimLeft(m.Stanza[end:], " \n\t\r"), []byte("><body>"))
	if !ok {
		return "", false
	}
	length := bytes.IndexByte(raw, '<')
	if length < 0 || !bytes.HasPrefix(raw[length:], []byte("</body")) || bytes.IndexByte(raw[:length], '\r') >= 0 {
		return "", false
	}
	return unescape(raw[:length]), true
}
