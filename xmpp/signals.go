package xmpp

import (
	"encoding/json"
	"sync/atomic"

	"switchboard"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/stanza"
)

// The kinds of signals that this room sends to bus.Account topics, besides
// those of chat.
const (
	kindPresence = "xmpp.presence" // presence for the streams of the account
	kindProbe    = "xmpp.probe"    // somebody wants the account's presence
	kindIQ       = "xmpp.iq"       // an iq stanza for one resource
	kindBound    = "xmpp.bound"    // a resource was bound
	kindEnd      = "xmpp.end"      // streams have to end
)

func init() {
	registerSignal[presenceSignal](kindPresence)
	registerSignal[probeSignal](kindProbe)
	registerSignal[iqSignal](kindIQ)
	registerSignal[boundSignal](kindBound)
	registerSignal[endSignal](kindEnd)
}

// registerSignal lets a kind's values travel between nodes, as JSON.
func registerSignal[T any, P interface {
	*T
	bus.Value
}](kind string) {
	bus.Register(kind, func(data []byte) (bus.Value, error) {
		v := P(new(T))
		return v, json.Unmarshal(data, v)
	})
}

// presenceSignal carries presence to the available streams of an account.
type presenceSignal struct {
	From     switchboard.JID
	Resource string // only this one; "": all
	Stanza   []byte // without to
	Gone     string // the key of the resource, when it is not available any more
}

// probeSignal asks for the presence of an account on behalf of a resource of
// another, which may have it (RFC 6121 §4.3).
type probeSignal struct {
	Account  switchboard.AccountID
	Resource string
}

// iqSignal carries an iq stanza to a resource.
type iqSignal struct {
	From     switchboard.JID
	Resource string
	Free     bool // the sender may know the account's presence, or the stanza is an answer
	Stanza   []byte
}

// boundSignal says that a resource was bound.
type boundSignal struct {
	Key      string
	Resource string
	Device   switchboard.DeviceID
}

// endSignal ends streams.
type endSignal struct {
	Device    switchboard.DeviceID // 0: all
	Condition stanza.StreamCondition
	Text      string
	Code      string // tells programs what Text tells people
}

// MarshalBinary writes the signal for another node.
func (v *presenceSignal) MarshalBinary() ([]byte, error) { return json.Marshal(v) }

// MarshalBinary writes the signal for another node.
func (v *probeSignal) MarshalBinary() ([]byte, error) { return json.Marshal(v) }

// MarshalBinary writes the signal for another node.
func (v *iqSignal) MarshalBinary() ([]byte, error) { return json.Marshal(v) }

// MarshalBinary writes the signal for another node.
func (v *boundSignal) MarshalBinary() ([]byte, error) { return json.Marshal(v) }

// MarshalBinary writes the signal for another node.
func (v *endSignal) MarshalBinary() ([]byte, error) { return json.Marshal(v) }

// receive is the account's subscriber on its topic.
func (a *account) receive(sig bus.Signal) (taken bool) {
	defer func() {
		if p := recover(); p != nil { // whoever signals must not suffer
			a.server.log.Error("a signal is lost because of a bug", "kind", sig.Kind, "error", panicked(p))
		}
	}()
	switch v := sig.Value.(type) {
	case *chat.Delivery:
		return a.deliver(v)
	case *presenceSignal:
		a.showPresence(v)
	case *probeSignal:
		a.answerProbe(v)
	case *iqSignal:
		return a.deliverIQ(v)
	case *chat.RosterPush:
		a.pushRoster(v)
	case *chat.SubscriptionPresence:
		a.showSubscription(v)
	case *chat.PresenceOrder:
		a.sendPresenceTo(v)
	case *chat.BlockPush:
		a.pushBlocks(v)
	case *chat.PEPEvent:
		a.showEvent(v)
	case *chat.Notice:
		a.showNotice(v)
	case nil:
		switch sig.Kind {
		case chat.KindHere:
			return len(a.list()) > 0
		case chat.KindOffline:
			a.lookOffline()
		case bus.Resync: // signals of other nodes may be lost
			a.lookOffline()
			a.lookRoster()
			a.lookEvents()
		}
	case *boundSignal:
		for _, r := range a.list() {
			if r.key != v.Key && (r.jid.Resource == v.Resource || v.Device != 0 && r.who.Device == v.Device) {
				go r.replace() // it asks the database
			}
		}
	case *endSignal:
		for _, r := range a.list() {
			if v.Device == 0 || r.who.Device == v.Device {
				r.expel(&stanza.StreamError{Condition: v.Condition, Text: v.Text, App: ended(v.Code)})
			}
		}
	}
	return false
}

// expel ends a resource for good, even if its stream has just broken.
func (r *resource) expel(cause error) {
	if s := r.current(); s != nil {
		s.kill(cause)
	}
	go r.end(nil)
}

// arrival is a stored message on its way to the streams of one account. It is
// delivered when one of them has it; if all lose it, it goes another way, once.
type arrival struct {
	who   *switchboard.Principal // the account's
	msg   *chat.Message
	left  atomic.Int32 // streams that may still deliver it, and one for whoever hands it out
	done  atomic.Bool
	waits bool  // it waits offline until it is delivered
	upTo  int64 // once this is delivered, offline messages up to this number are done with
}

func (c *arrival) delivered(srv *Server) {
	c.done.Store(true)
	if c.upTo > 0 {
		srv.opts.Chat.DropOffline(*c.who, c.upTo)
	}
}

// lost says that one stream could not deliver it (XEP-0198 §5: what was not
// acknowledged is treated as if the client had been offline).
func (c *arrival) lost(srv *Server) {
	if !c.waits && c.left.Add(-1) == 0 && !c.done.Load() {
		srv.opts.Chat.Redeliver(*c.who, c.msg)
		if srv.stopping.Load() {
			srv.returned.Store(c.who.Account, c.who)
		}
	}
}
