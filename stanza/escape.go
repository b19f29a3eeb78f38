package stanza

import (
	"unicode/utf8"
	"unsafe"
)

// AppendEscaped appends text so that it may stand in character data and in
// attribute values of either quote. Characters that XML cannot hold, and bytes
// that are no UTF-8, become U+FFFD.
func AppendEscaped[T string | []byte](dst []byte, text T) []byte {
	switch t := any(text).(type) {
	case string:
		return appendEscaped(dst, t)
	case []byte:
		return appendEscaped(dst, unsafe.String(unsafe.SliceData(t), len(t))) // read at once, never kept
	}
	return dst
}

// Escape is AppendEscaped for strings.
func Escape(s string) string {
	for i := 0; i < len(s); i++ {
		if escapes[s[i]] {
			return string(appendEscaped(make([]byte, 0, len(s)+16), s))
		}
	}
	return s
}

// AppendAttr appends ` name='value'` with the value escaped.
func AppendAttr[T string | []byte](dst []byte, name string, value T) []byte {
	dst = append(append(dst, ' '), name...)
	dst = AppendEscaped(append(dst, '=', '\''), value)
	return append(dst, '\'')
}

// escapes tells the bytes that cannot be written as they are.
var escapes = func() (t [256]bool) {
	for c := range t {
		t[c] = c < ' ' || c >= utf8.RuneSelf
	}
	for _, c := range `&<>'"` {
		t[c] = true
	}
	return t
}()

func appendEscaped(dst []byte, s string) []byte {
	for {
		i := 0
		for i < len(s) && !escapes[s[i]] {
			i++
		}
		dst = append(dst, s[:i]...)
		if i == len(s) {
			return dst
		}
		s = s[i:]
		n := 1
		switch c := s[0]; {
		case c == '&':
			dst = append(dst, "&amp;"...)
		case c == '<':
			dst = append(dst, "&lt;"...)
		case c == '>':
			dst = append(dst, "&gt;"...)
		case c == '\'':
			dst = append(dst, "&apos;"...)
		case c == '"':
			dst = append(dst, "&quot;"...)
		case c == '\t':
			dst = append(dst, "&#9;"...)
		case c == '\n':
			dst = append(dst, "&#10;"...)
		case c == '\r':
			dst = append(dst, "&#13;"...)
		default:
			var r rune
			r, n = utf8.DecodeRuneInString(s)
			if !xmlChar(r) {
				r = utf8.RuneError
			}
			dst = utf8.AppendRune(dst, r)
		}
		s = s[n:]
	}
}
