package bus

import (
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"

	"switchboard"
)

// Value is what a signal carries besides its position. Within a process it is
// passed as it is; between nodes it is encoded by itself and decoded by the
// function that is registered for the signal's kind.
type Value interface{ encoding.BinaryMarshaler }

var decoders = map[string]func([]byte) (Value, error){}

// Register names the decoder of a kind's values. It is called while packages
// are initialised; a kind registered twice panics. The decoder may keep data.
func Register(kind string, decode func(data []byte) (Value, error)) {
	if _, twice := decoders[kind]; twice || kind == Resync || kind == "" {
		panic(fmt.Sprintf("bus: signal kind %q is registered twice or reserved", kind))
	}
	decoders[kind] = decode
}

// A signal on the wire: one byte that says the version and whether there is a
// value, the topic's kind, then as varints the topic's id, the position and the
// length of the kind; the kind; the value to the end.
const (
	wireVersion = 1
	wireValue   = 0x80
)

var errEnvelope = errors.New("bus: not a signal of this version")

func appendSignal(dst []byte, s Signal) ([]byte, error) {
	version := byte(wireVersion)
	if s.Value != nil {
		version |= wireValue
	}
	dst = append(dst, version, s.Topic.Kind)
	dst = binary.AppendVarint(dst, s.Topic.ID)
	dst = binary.AppendVarint(dst, int64(s.Position))
	dst = binary.AppendUvarint(dst, uint64(len(s.Kind)))
	dst = append(dst, s.Kind...)
	if s.Value == nil {
		return dst, nil
	}
	value, err := s.Value.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("bus: encode %s: %w", s.Kind, err)
	}
	return append(dst, value...), nil
}

func parseSignal(data []byte) (Signal, error) {
	if len(data) < 2 || data[0]&^wireValue != wireVersion {
		return Signal{}, errEnvelope
	}
	hasValue := data[0]&wireValue != 0
	s := Signal{Topic: Topic{Kind: data[1]}}
	data = data[2:]
	var n int
	if s.Topic.ID, n = binary.Varint(data); n <= 0 {
		return Signal{}, errEnvelope
	}
	data = data[n:]
	position, n := binary.Varint(data)
	if n <= 0 {
		return Signal{}, errEnvelope
	}
	s.Position, data = switchboard.Position(position), data[n:]
	size, n := binary.Uvarint(data)
	if n <= 0 || size > uint64(len(data)-n) {
		return Signal{}, errEnvelope
	}
	s.Kind, data = string(data[n:n+int(size)]), data[n+int(size):]
	if !hasValue {
		return s, nil
	}
	decode := decoders[s.Kind]
	if decode == nil {
		return Signal{}, fmt.Errorf("bus: no decoder for signal kind %q", s.Kind)
	}
	var err error
	if s.Value, err = decode(data); err != nil {
		return Signal{}, fmt.Errorf("bus: decode %s: %w", s.Kind, err)
	}
	return s, nil
}
