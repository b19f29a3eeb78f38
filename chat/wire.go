package chat

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"switchboard"
	"switchboard/bus"
)

// kindForget is the signal on bus.Tenant that an entry of the caches has changed.
const kindForget = "chat.forget"

type forget struct {
	Localpart string
	Group     bool
}

func init() {
	bus.Register(KindDeliver, func(data []byte) (bus.Value, error) {
		d := new(Delivery)
		return d, d.UnmarshalBinary(data)
	})
	registerJSON[RosterPush](KindRoster)
	registerJSON[SubscriptionPresence](KindSubscription)
	registerJSON[PresenceOrder](KindPresence)
	registerJSON[BlockPush](KindBlocking)
	registerJSON[GroupChange](KindGroup)
	registerJSON[Notice](KindNotice)
	registerJSON[forget](kindForget)
}

// registerJSON is for the values that are rare.
func registerJSON[T any, P interface {
	*T
	bus.Value
}](kind string) {
	bus.Register(kind, func(data []byte) (bus.Value, error) {
		v := new(T)
		return P(v), json.Unmarshal(data, v)
	})
}

// The values that are rare go between nodes as JSON.

func (v *RosterPush) MarshalBinary() ([]byte, error)           { return json.Marshal(*v) }
func (v *SubscriptionPresence) MarshalBinary() ([]byte, error) { return json.Marshal(*v) }
func (v *PresenceOrder) MarshalBinary() ([]byte, error)        { return json.Marshal(*v) }
func (v *BlockPush) MarshalBinary() ([]byte, error)            { return json.Marshal(*v) }
func (v *GroupChange) MarshalBinary() ([]byte, error)          { return json.Marshal(*v) }
func (v *Notice) MarshalBinary() ([]byte, error)               { return json.Marshal(*v) }
func (v *forget) MarshalBinary() ([]byte, error)               { return json.Marshal(*v) }

// A delivery between nodes: numbers as varints, texts with their lengths.
const deliveryVersion = 1

var errDelivery = errors.New("chat: not a delivery of this version")

// MarshalBinary encodes a delivery for another node.
func (d *Delivery) MarshalBinary() ([]byte, error) {
	m := d.Message
	b := make([]byte, 0, len(m.Stanza)+256)
	b = append(b, deliveryVersion, byte(d.Carbon), flag(d.NoCopy))
	for _, n := range [...]int64{int64(d.Account), int64(m.Position), m.Time.UnixMicro(), int64(m.Sender), int64(m.Group), m.Number} {
		b = binary.AppendVarint(b, n)
	}
	for _, s := range [...]string{d.Resource, d.Stream, m.From.Local, m.From.Domain, m.From.Resource,
		m.To.Local, m.To.Domain, m.To.Resource, m.Type, m.ID, m.StanzaID} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return append(b, m.Stanza...), nil
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// UnmarshalBinary is the reverse of MarshalBinary; it keeps data.
func (d *Delivery) UnmarshalBinary(data []byte) error {
	if len(data) < 3 || data[0] != deliveryVersion || data[1] > byte(Received) {
		return errDelivery
	}
	m := &Message{}
	*d = Delivery{Carbon: Carbon(data[1]), NoCopy: data[2] != 0, Message: m}
	data = data[3:]
	var numbers [6]int64
	for i := range numbers {
		v, n := binary.Varint(data)
		if n <= 0 {
			return errDelivery
		}
		numbers[i], data = v, data[n:]
	}
	d.Account, m.Position = switchboard.AccountID(numbers[0]), switchboard.Position(numbers[1])
	m.Time, m.Sender = time.UnixMicro(numbers[2]).UTC(), switchboard.AccountID(numbers[3])
	m.Group, m.Number = switchboard.GroupID(numbers[4]), numbers[5]
	for _, s := range [...]*string{&d.Resource, &d.Stream, &m.From.Local, &m.From.Domain, &m.From.Resource,
		&m.To.Local, &m.To.Domain, &m.To.Resource, &m.Type, &m.ID, &m.StanzaID} {
		size, n := binary.Uvarint(data)
		if n <= 0 || size > uint64(len(data)-n) {
			return errDelivery
		}
		*s, data = string(data[n:n+int(size)]), data[n+int(size):]
	}
	m.Stanza = data
	return nil
}
