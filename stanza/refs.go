package stanza

import (
	"bytes"
	"unicode/utf8"
)

// maxReference bounds a reference with its & and ; and leading zeros.
const maxReference = 32

// reference reads the entity or character reference that starts b (XML 1.0
// §4.1). Only the five predefined entities exist (RFC 6120 §11.1). Its size is
// 0 if b ends inside it.
func reference(b []byte) (rune, int, *StreamError) {
	for i := 1; i < len(b); i++ {
		c := b[i]
		if c == ';' {
			r, err := referred(b[1:i])
			return r, i + 1, err
		}
		if i >= maxReference || class[c]&nameByte == 0 && c < utf8.RuneSelf && c != ':' && (c != '#' || i != 1) {
			return 0, 0, badReference
		}
	}
	return 0, 0, nil
}

var badReference = fault(NotWellFormed, "an & that does not start a reference")

func referred(name []byte) (rune, *StreamError) {
	switch string(name) {
	case "lt":
		return '<', nil
	case "gt":
		return '>', nil
	case "amp":
		return '&', nil
	case "quot":
		return '"', nil
	case "apos":
		return '\'', nil
	case "":
		return 0, badReference
	}
	if name[0] != '#' {
		if _, _, err := scanName(name, 0); err != nil {
			return 0, badReference
		}
		return 0, fault(RestrictedXML, "an entity that is not one of the five of XML")
	}
	digits, base := name[1:], rune(10)
	if len(digits) > 0 && digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	if len(digits) == 0 {
		return 0, badReference
	}
	var r rune
	for _, c := range digits {
		v := hexValue(c)
		if v < 0 || v >= base {
			return 0, badReference
		}
		if r = r*base + v; r > utf8.MaxRune {
			return 0, fault(NotWellFormed, "a character that XML does not have")
		}
	}
	if !xmlChar(r) {
		return 0, fault(NotWellFormed, "a character that XML does not have")
	}
	return r, nil
}

func hexValue(c byte) rune {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0')
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}

// appendValue appends an attribute value with its references resolved and its
// white space normalised (XML 1.0 §3.3.3, §2.11).
func appendValue(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		switch c := b[i]; c {
		case '&':
			r, n, _ := reference(b[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		case '\r':
			if i+1 < len(b) && b[i+1] == '\n' {
				i++
			}
			dst = append(dst, ' ')
		case '\n', '\t':
			dst = append(dst, ' ')
		default:
			dst = append(dst, c)
		}
		i++
	}
	return dst
}

var (
	cdataOpen  = []byte("<![CDATA[")
	cdataClose = []byte("]]>")
)

// plainText reports whether character data stands for itself.
func plainText(b []byte) bool {
	return bytes.IndexByte(b, '&') < 0 && bytes.IndexByte(b, '\r') < 0 && bytes.IndexByte(b, '<') < 0
}

// appendCharData appends checked character data: references resolved, CDATA
// sections opened, line ends normalised (XML 1.0 §2.11).
func appendCharData(dst, b []byte) []byte {
	for len(b) > 0 {
		i := bytes.IndexAny(b, "&<\r")
		if i < 0 {
			return append(dst, b...)
		}
		dst = append(dst, b[:i]...)
		b = b[i:]
		switch b[0] {
		case '&':
			r, n, _ := reference(b)
			dst = utf8.AppendRune(dst, r)
			b = b[n:]
		case '\r':
			dst, b = append(dst, '\n'), b[1:]
			if len(b) > 0 && b[0] == '\n' {
				b = b[1:]
			}
		default:
			b = b[len(cdataOpen):]
			end := bytes.Index(b, cdataClose)
			dst = appendLines(dst, b[:end])
			b = b[end+len(cdataClose):]
		}
	}
	return dst
}

// appendLines appends text with its line ends normalised.
func appendLines(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '\r')
		if i < 0 {
			return append(dst, b...)
		}
		dst = append(append(dst, b[:i]...), '\n')
		if b = b[i+1:]; len(b) > 0 && b[0] == '\n' {
			b = b[1:]
		}
	}
}
