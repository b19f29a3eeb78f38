package stanza

import (
	"time"

	"switchboard"
)

// FormatTime writes a time as XEP-0082 §3.2 does, in UTC, with milliseconds or
// microseconds when there are any.
func FormatTime(t time.Time) string { return string(AppendTime(nil, t)) }

// AppendTime is FormatTime onto dst.
func AppendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	layout := "2006-01-02T15:04:05Z"
	switch micro := t.Nanosecond() / 1000; {
	case micro%1000 != 0:
		layout = "2006-01-02T15:04:05.000000Z"
	case micro != 0:
		layout = "2006-01-02T15:04:05.000Z"
	}
	return t.AppendFormat(dst, layout)
}

// ParseTime reads an XEP-0082 DateTime. The error is the stanza error
// bad-request.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, NewError(BadRequest, "a malformed date and time")
	}
	return t.UTC(), nil
}

// AppendDelay appends <delay/> (XEP-0203); from may be zero.
func AppendDelay(dst []byte, from switchboard.JID, t time.Time) []byte {
	dst = append(dst, "<delay xmlns='"+NSDelay+"'"...)
	if !from.IsZero() {
		dst = appendJIDAttr(dst, "from", from)
	}
	dst = AppendTime(append(dst, " stamp='"...), t)
	return append(dst, "'/>"...)
}

// AppendStanzaID appends <stanza-id/> (XEP-0359).
func AppendStanzaID(dst []byte, by switchboard.JID, id string) []byte {
	dst = append(dst, "<stanza-id xmlns='"+NSStanzaID+"'"...)
	dst = AppendAttr(appendJIDAttr(dst, "by", by), "id", id)
	return append(dst, '/', '>')
}

// DropStanzaIDs leaves out every child <stanza-id/> that claims to be by an
// address (XEP-0359 §5), however the address is spelled.
func DropStanzaIDs(by switchboard.JID) Edit {
	return DropChildren(func(e Element) bool {
		if !e.Is(NSStanzaID, "stanza-id") {
			return false
		}
		claimed, err := e.JID("by")
		return err != nil || claimed == by || claimed.IsZero()
	})
}
