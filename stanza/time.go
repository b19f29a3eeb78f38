package stanza

import (
	"time"

	"switchboard"
)

// FormatTime writes a time as XEP-0082 §3.2 does, in UTC, with microseconds
// when there are any.
func FormatTime(t time.Time) string { return "" }

// AppendTime is FormatTime onto dst.
func AppendTime(dst []byte, t time.Time) []byte { return dst }

// ParseTime reads an XEP-0082 DateTime.
func ParseTime(s string) (time.Time, error) { return time.Time{}, nil }

// AppendDelay appends <delay/> (XEP-0203); from may be zero.
func AppendDelay(dst []byte, from switchboard.JID, t time.Time) []byte { return dst }

// AppendStanzaID appends <stanza-id/> (XEP-0359).
func AppendStanzaID(dst []byte, by switchboard.JID, id string) []byte { return dst }
