package stanza

import (
	"unicode"
	"unicode/utf8"
)

// What a byte may be.
const (
	nameByte  = 1 << iota // inside a name, without the colon
	nameFirst             // first in a name
	spaceByte             // XML white space
	textStop              // needs a closer look in character data
	valueStop             // needs a closer look in an attribute value
	cdataStop             // needs a closer look in a CDATA section
)

var class = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
			t[c] = nameByte | nameFirst
		case c >= '0' && c <= '9', c == '-', c == '.':
			t[c] = nameByte
		case c == ' ':
			t[c] = spaceByte
		case c == '\t', c == '\n', c == '\r':
			t[c] = spaceByte | valueStop
		case c < ' ', c >= utf8.RuneSelf:
			t[c] = textStop | valueStop | cdataStop
		}
	}
	for _, c := range "<&" {
		t[c] |= textStop | valueStop
	}
	t[']'] |= textStop | cdataStop
	t['\''] |= valueStop
	t['"'] |= valueStop
	return t
}()

// nameLetters are the characters above ASCII that names may have: letters of
// common scripts that both the fourth edition of XML 1.0 (which expat and
// encoding/xml follow) and the fifth (libxml2) allow. A name that only one of
// them allows would cut the stream of whoever receives it by the other.
var nameLetters = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x00C0, Hi: 0x00D6, Stride: 1}, {Lo: 0x00D8, Hi: 0x00F6, Stride: 1}, {Lo: 0x00F8, Hi: 0x0131, Stride: 1},
		{Lo: 0x0134, Hi: 0x013E, Stride: 1}, {Lo: 0x0141, Hi: 0x0148, Stride: 1}, {Lo: 0x014A, Hi: 0x017E, Stride: 1},
		{Lo: 0x0388, Hi: 0x038A, Stride: 1}, {Lo: 0x038E, Hi: 0x03A1, Stride: 1}, {Lo: 0x03A3, Hi: 0x03CE, Stride: 1},
		{Lo: 0x0401, Hi: 0x040C, Stride: 1}, {Lo: 0x040E, Hi: 0x044F, Stride: 1}, {Lo: 0x0451, Hi: 0x045C, Stride: 1},
		{Lo: 0x045E, Hi: 0x0481, Stride: 1}, {Lo: 0x05D0, Hi: 0x05EA, Stride: 1}, {Lo: 0x0641, Hi: 0x064A, Stride: 1},
		{Lo: 0x3041, Hi: 0x3094, Stride: 1}, {Lo: 0x30A1, Hi: 0x30FA, Stride: 1}, {Lo: 0x4E00, Hi: 0x9FA5, Stride: 1},
		{Lo: 0xAC00, Hi: 0xD7A3, Stride: 1},
	},
	LatinOffset: 2,
}

func isSpace(c byte) bool { return class[c]&spaceByte != 0 }

// skipSpace is the first place from i on that is not white space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

// xmlChar reports whether XML 1.0 has the character (§2.2 production 2).
func xmlChar(r rune) bool {
	switch {
	case r < ' ':
		return r == '\t' || r == '\n' || r == '\r'
	case r < 0xD800:
		return true
	case r < 0xE000:
		return false
	}
	return r != 0xFFFE && r != 0xFFFF && r <= unicode.MaxRune
}

// wideChar looks at a character above ASCII that starts b. Its size is 0 if b
// ends inside it.
func wideChar(b []byte) (rune, int, *StreamError) {
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError && n <= 1 {
		if !utf8.FullRune(b) {
			return 0, 0, nil
		}
		return 0, 0, fault(UnsupportedEncoding, "the stream is not valid UTF-8") // RFC 6120 §4.9.3.22
	}
	if r == 0xFFFE || r == 0xFFFF {
		return 0, 0, fault(NotWellFormed, "a character that XML does not have")
	}
	return r, n, nil
}

// scanName finds the end of the qualified name that starts at i, and its colon
// (-1: none). An end at len(b) means that the name may go on.
func scanName(b []byte, i int) (end, colon int, err *StreamError) {
	start := i
	first := true // a character that begins a name must come next
	colon = -1
	for i < len(b) {
		c := b[i]
		if k := class[c]; k&nameByte != 0 {
			if first && k&nameFirst == 0 {
				return 0, 0, badName
			}
			first = false
			i++
			continue
		}
		if c == ':' {
			if first || colon >= 0 {
				return 0, 0, badName
			}
			colon, first = i, true
			i++
			continue
		}
		if c < utf8.RuneSelf {
			break
		}
		r, n, err := wideChar(b[i:])
		if err != nil {
			return 0, 0, err
		}
		if n == 0 {
			return len(b), colon, nil
		}
		if !unicode.Is(nameLetters, r) {
			return 0, 0, badName
		}
		first = false
		i += n
	}
	if first && i < len(b) {
		return 0, 0, badName
	}
	if i-start > maxName {
		return 0, 0, fault(StreamPolicyViolation, "a name is too long")
	}
	return i, colon, nil
}

// maxName bounds the bytes of a qualified name.
const maxName = 512

var badName = fault(NotWellFormed, "a malformed name")
