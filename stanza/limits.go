package stanza

import "switchboard"

// Limits bound what one element may cost. A zero field takes its default from
// the limits of package switchboard.
type Limits struct {
	Bytes      int // of one first-level element, or of the stream header
	Depth      int // of nested elements; the first-level element is the first
	Attributes int // of one element
	Elements   int // in one first-level element
}

// maxElements is the default of Limits.Elements.
const maxElements = 16 << 10

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = switchboard.MaxStanza
	}
	if l.Depth <= 0 {
		l.Depth = switchboard.MaxDepth
	}
	if l.Attributes <= 0 {
		l.Attributes = switchboard.MaxAttributes
	}
	if l.Elements <= 0 {
		l.Elements = maxElements
	}
	return l
}

// tooBig: RFC 6120 §13.12; the application condition is of XEP-0205 §3.2.
var tooBig = &StreamError{Condition: StreamPolicyViolation, Text: "an element has too many bytes",
	App: []byte("<stanza-too-big xmlns='" + NSErrors + "'/>")}
