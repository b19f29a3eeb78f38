package stanza_test

import (
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"switchboard/stanza"
)

// whatever ways a stream may arrive in.
var arrivals = map[string]func(io.Reader) io.Reader{
	"whole":  func(r io.Reader) io.Reader { return r },
	"bytes":  iotest.OneByteReader,
	"halves": iotest.HalfReader,
	"eof":    iotest.DataErrReader,
}

// readAll reads a stream: its header, the raw bytes of its elements, and the
// error that ended it.
func readAll(t *testing.T, src io.Reader, l stanza.Limits) (elements []string, err error) {
	t.Helper()
	r := stanza.NewReader(src, l)
	defer r.Close()
	if _, err := r.Header(); err != nil {
		return nil, err
	}
	for {
		e, err := r.Next()
		if err != nil {
			return elements, err
		}
		elements = append(elements, string(e.Raw()))
	}
}

// parse reads one element that must be right.
func parse(t testing.TB, s string) stanza.Element {
	t.Helper()
	e, err := stanza.Parse([]byte(s))
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return e
}

// condition is the stream condition of an error; "" if it is no StreamError.
func condition(err error) stanza.StreamCondition {
	if e, ok := errors.AsType[*stanza.StreamError](err); ok {
		return e.Condition
	}
	return ""
}
