package xmpp

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// admission bounds the streams that have not been bound yet, in all and per
// address. When there are too many, the one goes that has been silent for
// longest: whoever opens connections and says nothing makes room for whoever
// comes to talk.
type admission struct {
	mu      sync.Mutex
	all     *list.List // of *applicant, the one that spoke last at the end
	byAddr  map[netip.Prefix]*list.List
	maxAll  int
	maxAddr int
}

// applicant is a stream under negotiation.
type applicant struct {
	from         netip.Prefix
	until        time.Time
	cancel       func(error) // ends the stream
	inAll, inOne *list.Element
}

func newAdmission(maxAll, maxAddr int) *admission {
	return &admission{all: list.New(), byAddr: map[netip.Prefix]*list.List{}, maxAll: maxAll, maxAddr: maxAddr}
}

// network is what counts as one address: one of IPv4, a /64 of IPv6.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil { // no address at all, as on a pipe
		return netip.Prefix{}
	}
	return p
}

// enter admits a stream, at the cost of the most silent if there are too many.
func (a *admission) enter(from netip.Addr, until time.Time, cancel func(error)) *applicant {
	p := &applicant{from: network(from), until: until, cancel: cancel}
	var out *applicant
	a.mu.Lock()
	one := a.byAddr[p.from]
	if one == nil {
		one = list.New()
		a.byAddr[p.from] = one
	}
	switch {
	case one.Len() >= a.maxAddr:
		out = one.Front().Value.(*applicant)
	case a.all.Len() >= a.maxAll:
		out = a.all.Front().Value.(*applicant)
	}
	if out != nil {
		a.remove(out)
	}
	if a.byAddr[p.from] == nil { // the one that went was the only one
		a.byAddr[p.from] = one
	}
	p.inAll, p.inOne = a.all.PushBack(p), one.PushBack(p)
	a.mu.Unlock()
	if out != nil {
		out.cancel(errCrowded)
	}
	return p
}

// spoke says that a stream has gone a step further.
func (a *admission) spoke(p *applicant) {
	a.mu.Lock()
	if p.inAll != nil {
		a.all.MoveToBack(p.inAll)
		a.byAddr[p.from].MoveToBack(p.inOne)
	}
	a.mu.Unlock()
}

// leave takes a stream out: it is bound, or it has ended.
func (a *admission) leave(p *applicant) {
	a.mu.Lock()
	a.remove(p)
	a.mu.Unlock()
}

func (a *admission) remove(p *applicant) {
	if p.inAll == nil {
		return
	}
	a.all.Remove(p.inAll)
	one := a.byAddr[p.from]
	one.Remove(p.inOne)
	if one.Len() == 0 {
		delete(a.byAddr, p.from)
	}
	p.inAll, p.inOne = nil, nil
}

// expire ends the streams whose time for negotiation is over.
func (a *admission) expire(now time.Time) {
	var late []*applicant
	a.mu.Lock()
	for e := a.all.Front(); e != nil; {
		p := e.Value.(*applicant)
		e = e.Next()
		if !now.Before(p.until) {
			a.remove(p)
			late = append(late, p)
		}
	}
	a.mu.Unlock()
	for _, p := range late {
		p.cancel(errSlowHandshake)
	}
}

// size is how many streams are under negotiation.
func (a *admission) size() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.all.Len()
}

// closeAll ends all streams under negotiation.
func (a *admission) closeAll(cause error) {
	var all []*applicant
	a.mu.Lock()
	for e := a.all.Front(); e != nil; e = e.Next() {
		all = append(all, e.Value.(*applicant))
	}
	a.mu.Unlock()
	for _, p := range all {
		p.cancel(cause)
	}
}
