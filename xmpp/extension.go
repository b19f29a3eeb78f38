package xmpp

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"switchboard/stanza"
)

// entity says which kinds of address something is offered on.
type entity uint8

const (
	onServer  entity = 1 << iota // the domain
	onSelf                       // the client's own bare address, or no address
	onAccount                    // another account's bare address
	onGroup                      // a group
	onHost                       // the host of groups
)

var entityNames = []string{"server", "self", "account", "group", "groups"}

func (e entity) String() string {
	var names []string
	for i, n := range entityNames {
		if e&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return strings.Join(names, "+")
}

// extension is one specification: what it registers.
type extension struct {
	Spec    string            // "XEP-0199"
	Title   string            // its name
	Version string            // the version that was read when its file was written
	Feature map[string]entity // features for service discovery (XEP-0030)

	Identity []identity                    // what the domain is beside a server (XEP-0030 §3.1)
	Form     func(srv *Server) stanza.Form // what it tells of itself beside features (XEP-0128)

	IQ      []iqRoute
	Element []elementRoute // first-level elements that are no stanzas, on a bound stream

	// Stages; see the package's documentation.
	Offer   func(s *stream, dst []byte) []byte                     // negotiate: a feature of the authenticated stream
	Settle  []settleRoute                                          // negotiate: elements between authentication and bind
	Handled func(r *resource)                                      // inbound: stanzas were handled; r is locked
	Hold    func(r *resource, it *item) (holds bool)               // deliver: hold it back for now
	Keep    func(r *resource, it *item) (kept bool)                // deliver: send it, and keep it until it is acknowledged
	Linger  func(r *resource, s *stream, cause error) (stays bool) // closing: the resource stays without a stream
}

// iqRoute is a kind of request that is answered here.
type iqRoute struct {
	Type   string // stanza.Get or stanza.Set
	NS     string
	Name   string
	On     entity
	Handle func(rq *request) (inner []byte, err error) // the result's content, or an error
}

// elementRoute is an element that is no stanza.
type elementRoute struct {
	NS, Name string
	Handle   func(r *resource, s *stream, e stanza.Element) error
}

// settleRoute is an element between authentication and bind. It may give the
// stream its resource.
type settleRoute struct {
	NS, Name string
	Handle   func(s *stream, e stanza.Element) (*resource, error)
}

type iqKey struct{ typ, ns, name string }

type elementKey struct{ ns, name string }

// registry is everything that extensions registered.
type registry struct {
	extensions []*extension
	features   map[string]entity
	iq         map[iqKey][]iqRoute
	element    map[elementKey]elementRoute
	settle     map[elementKey]settleRoute
	offers     []*extension
	handled    func(*resource)
	hold       func(*resource, *item) bool
	keep       func(*resource, *item) bool
	linger     func(*resource, *stream, error) bool
}

var registered = newRegistry()

func newRegistry() *registry {
	return &registry{features: map[string]entity{}, iq: map[iqKey][]iqRoute{},
		element: map[elementKey]elementRoute{}, settle: map[elementKey]settleRoute{}}
}

// register adds an extension; it is called while the package is initialised.
func register(x extension) *extension {
	registered.add(&x)
	return &x
}

func (g *registry) add(x *extension) {
	for _, o := range g.extensions {
		if o.Spec == x.Spec {
			panic("xmpp: " + x.Spec + " is registered twice")
		}
	}
	g.extensions = append(g.extensions, x)
	slices.SortFunc(g.extensions, func(a, b *extension) int { return cmp.Compare(a.Spec, b.Spec) })
	for f, on := range x.Feature {
		if g.features[f]&on != 0 {
			panic(fmt.Sprintf("xmpp: feature %s of %s is registered twice", f, x.Spec))
		}
		g.features[f] |= on
	}
	for _, r := range x.IQ {
		g.addIQ(x, r)
	}
	for _, r := range x.Element {
		addOnce(g.element, elementKey{r.NS, r.Name}, r, x)
	}
	for _, r := range x.Settle {
		addOnce(g.settle, elementKey{r.NS, r.Name}, r, x)
	}
	if x.Offer != nil {
		g.offers = append(g.offers, x)
		slices.SortFunc(g.offers, func(a, b *extension) int { return cmp.Compare(a.Spec, b.Spec) })
	}
	fill(&g.handled, x.Handled, x.Handled != nil, g.handled != nil, "inbound", x)
	fill(&g.hold, x.Hold, x.Hold != nil, g.hold != nil, "deliver (hold)", x)
	fill(&g.keep, x.Keep, x.Keep != nil, g.keep != nil, "deliver (keep)", x)
	fill(&g.linger, x.Linger, x.Linger != nil, g.linger != nil, "closing", x)
}

func (g *registry) addIQ(x *extension, r iqRoute) {
	k := iqKey{r.Type, r.NS, r.Name}
	for _, o := range g.iq[k] {
		if o.On&r.On != 0 {
			panic(fmt.Sprintf("xmpp: iq %v of %s is registered twice", k, x.Spec))
		}
	}
	g.iq[k] = append(g.iq[k], r)
}

func addOnce[K comparable, V any](m map[K]V, k K, v V, x *extension) {
	if _, twice := m[k]; twice {
		panic(fmt.Sprintf("xmpp: element %v of %s is registered twice", k, x.Spec))
	}
	m[k] = v
}

// fill puts a function into a stage that has room for one.
func fill[F any](slot *F, f F, given, taken bool, stage string, x *extension) {
	switch {
	case !given:
	case taken:
		panic("xmpp: stage " + stage + " is taken, " + x.Spec + " cannot have it")
	default:
		*slot = f
	}
}

// featuresOn lists the features of a kind of address, sorted.
func (g *registry) featuresOn(on entity) []string {
	var list []string
	for f, where := range g.features {
		if where&on != 0 {
			list = append(list, f)
		}
	}
	slices.Sort(list)
	return list
}

// Features lists every registration as text, one a line: the specifications
// with the versions that were implemented, their features, requests, elements
// and stages. The golden file and the public support table are made from it.
func Features() []string {
	var lines []string
	for _, x := range registered.extensions {
		lines = append(lines, strings.TrimSpace(x.Spec+" "+x.Version+" "+x.Title))
		for _, f := range slices.Sorted(maps.Keys(x.Feature)) {
			lines = append(lines, fmt.Sprintf("  feature %s on %s", f, x.Feature[f]))
		}
		for _, r := range x.IQ {
			lines = append(lines, fmt.Sprintf("  iq %s {%s}%s on %s", r.Type, r.NS, r.Name, r.On))
		}
		for _, r := range x.Settle {
			lines = append(lines, fmt.Sprintf("  negotiate {%s}%s", r.NS, r.Name))
		}
		for _, r := range x.Element {
			lines = append(lines, fmt.Sprintf("  element {%s}%s", r.NS, r.Name))
		}
		lines = append(lines, x.stages()...)
	}
	return lines
}

func (x *extension) stages() (lines []string) {
	for _, s := range []struct {
		name string
		has  bool
	}{{"negotiate (offer)", x.Offer != nil}, {"inbound", x.Handled != nil}, {"deliver (hold)", x.Hold != nil},
		{"deliver (keep)", x.Keep != nil}, {"closing", x.Linger != nil}} {
		if s.has {
			lines = append(lines, "  stage "+s.name)
		}
	}
	return lines
}
