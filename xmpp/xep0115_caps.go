package xmpp

import (
	"crypto"
	"crypto/sha1"
	_ "crypto/sha256" // hashes that clients name
	_ "crypto/sha512"
	"encoding/base64"
	"slices"
	"strings"
	"sync"

	"switchboard"
	"switchboard/stanza"
)

// Entity capabilities: our own, offered as a stream feature (XEP-0115 §6.3); and
// those of clients, which say what a client wants to be notified of.
var _ = register(extension{Spec: "XEP-0115", Title: "Entity Capabilities", Version: "1.6.0",
	Feature: map[string]entity{stanza.NSCaps: onServer},
	Offer: func(s *stream, dst []byte) []byte {
		dst = append(dst, "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='"+capsNode+"' ver='"...)
		return append(append(dst, s.server.ownCaps()...), "'/>"...)
	},
})

// capsNode names the software (XEP-0115 §4).
const capsNode = "urn:switchboard:server"

// ownCaps is the verification string of what the server answers to service
// discovery (XEP-0115 §5.1).
func (srv *Server) ownCaps() string {
	srv.capsOnce.Do(func() {
		ids := []string{serverIdentity.capsText()}
		var forms []stanza.Form
		for _, x := range registered.extensions {
			for _, id := range x.Identity {
				ids = append(ids, id.capsText())
			}
			if x.Form != nil {
				forms = append(forms, x.Form(srv))
			}
		}
		slices.Sort(ids)
		slices.SortFunc(forms, func(a, b stanza.Form) int { return strings.Compare(a.FormType(), b.FormType()) })
		parts := append(ids, registered.featuresOn(onServer)...)
		for _, f := range forms {
			parts = append(parts, f.FormType())
			fields := slices.Clone(f.Fields)
			slices.SortFunc(fields, func(a, b stanza.Field) int { return strings.Compare(a.Var, b.Var) })
			for _, field := range fields {
				if field.Var != "FORM_TYPE" {
					parts = append(append(parts, field.Var), slices.Sorted(slices.Values(field.Values))...)
				}
			}
		}
		sum := sha1.Sum([]byte(strings.Join(append(parts, ""), "<")))
		srv.capsText = base64.StdEncoding.EncodeToString(sum[:])
	})
	return srv.capsText
}

func (id identity) capsText() string { return id.category + "/" + id.kind + "//" + id.name }

// clientCaps is what is known of a client's capabilities. Clients of one kind
// share it.
type clientCaps struct {
	hash, node, ver string // what presence says
	wants           interests
}

// interests are the nodes of which a client wants notifications, sorted: its
// features that end in +notify (XEP-0060 §9.2).
type interests []string

func (w interests) has(node string) bool {
	_, found := slices.BinarySearch(w, node)
	return found
}

const (
	maxInterests = 200
	maxWanted    = 8 << 10 // bytes of the interests of one client: the cache keeps them for long
	maxCaps      = 4096    // verification strings that are remembered
	maxCapsText  = 256     // bytes of one
)

// capsCache remembers what verification strings stand for. Only what was proved
// by its hash is in it: nobody can say what another's string means (XEP-0115
// §8.1).
type capsCache struct {
	mu    sync.Mutex
	known map[capsKey]*clientCaps
}

type capsKey struct{ hash, ver string }

func (c *capsCache) get(hash, ver []byte) *clientCaps {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[capsKey{string(hash), string(ver)}]
}

func (c *capsCache) put(m *clientCaps) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = make(map[capsKey]*clientCaps)
	}
	if len(c.known) >= maxCaps {
		for k := range c.known { // whichever: it is asked for again
			delete(c.known, k)
			break
		}
	}
	c.known[capsKey{m.hash, m.ver}] = m
}

// noteCaps looks at the capabilities in a presence of the client's, and asks
// for those that are not known. A presence without them leaves them as they
// were.
func (r *resource) noteCaps(e stanza.Element) {
	c := e.Child(stanza.NSCaps, "c")
	if c.IsZero() {
		return
	}
	ver, node, hash := c.AttrBytes("ver"), c.AttrBytes("node"), c.AttrBytes("hash")
	if len(ver) == 0 || len(ver) > maxCapsText || len(node) > 4*maxCapsText || len(hash) > maxCapsText {
		return
	}
	if m := r.currentCaps(); m != nil && m.ver == string(ver) && m.hash == string(hash) {
		return
	}
	if m := r.server.caps.get(hash, ver); m != nil {
		r.setCaps(m)
		return
	}
	m := &clientCaps{hash: string(hash), node: string(node), ver: string(ver)}
	asking := "caps-" + switchboard.NewName()
	r.mu.Lock()
	r.caps, r.asking = m, asking
	r.mu.Unlock()
	w := stanza.NewWriter(nil).Empty("query", "xmlns", stanza.NSDiscoInfo, "node", m.node+"#"+m.ver)
	h := stanza.Header{Name: stanza.IQ, Type: stanza.Get, ID: asking, From: r.jid.Host(), To: r.jid}
	r.send(item{raw: h.Append(nil, w.Bytes()), what: counted})
}

// forgetCaps is for a resource that is not available any more. It is locked.
func (r *resource) forgetCaps() { r.caps, r.asking = nil, "" }

func (r *resource) currentCaps() *clientCaps {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.caps
}

// learnCaps takes the client's answer to the question for its capabilities.
func (r *resource) learnCaps(e stanza.Element, h stanza.Header) {
	r.mu.Lock()
	m := r.caps
	ours := m != nil && r.asking != "" && h.ID == r.asking
	if ours {
		r.asking = ""
	}
	r.mu.Unlock()
	query := e.Child(stanza.NSDiscoInfo, "query")
	if !ours || h.Type != stanza.Result || query.IsZero() {
		return
	}
	m = &clientCaps{hash: m.hash, node: m.node, ver: m.ver, wants: interestsOf(query)}
	if proved(query, m) {
		r.server.caps.put(m)
	}
	r.setCaps(m)
}

func interestsOf(query stanza.Element) interests {
	var want interests
	size := 0
	for f := range query.ChildrenNamed(stanza.NSDiscoInfo, "feature") {
		node, notify := strings.CutSuffix(f.Attr("var"), "+notify")
		if notify && node != "" && len(want) < maxInterests && size+len(node) <= maxWanted {
			want = append(want, node)
			size += len(node)
		}
	}
	slices.Sort(want)
	return slices.Compact(want)
}

var capsHashes = map[string]crypto.Hash{"sha-1": crypto.SHA1, "sha-224": crypto.SHA224, "sha-256": crypto.SHA256,
	"sha-384": crypto.SHA384, "sha-512": crypto.SHA512}

// proved reports whether an answer is what the verification string was made
// from (XEP-0115 §5.4).
func proved(query stanza.Element, m *clientCaps) bool {
	hash, known := capsHashes[m.hash]
	text, fine := capsText(query)
	if !known || !fine {
		return false
	}
	h := hash.New()
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil)) == m.ver
}

// capsText is the string that is hashed (XEP-0115 §5.1); false if it is not
// clear what it stands for: something is there twice, or holds the character
// that separates.
func capsText(query stanza.Element) (string, bool) {
	var ids, features []string
	for e := range query.ChildrenNamed(stanza.NSDiscoInfo, "identity") {
		ids = append(ids, e.Attr("category")+"/"+e.Attr("type")+"/"+e.Attr("xml:lang")+"/"+e.Attr("name"))
	}
	for e := range query.ChildrenNamed(stanza.NSDiscoInfo, "feature") {
		features = append(features, e.Attr("var"))
	}
	slices.Sort(ids)
	slices.Sort(features)
	parts := append(ids, features...)
	if hasTwice(ids) || hasTwice(features) {
		return "", false
	}
	forms, fine := capsForms(query)
	parts = append(parts, forms...)
	if !fine || slices.ContainsFunc(parts, func(s string) bool { return strings.Contains(s, "<") }) {
		return "", false
	}
	return strings.Join(append(parts, ""), "<"), true
}

func hasTwice(sorted []string) bool { return len(slices.Compact(slices.Clone(sorted))) != len(sorted) }

// capsForms is the part of the forms (XEP-0128) in the string.
func capsForms(query stanza.Element) (parts []string, fine bool) {
	forms := map[string]stanza.Form{}
	var types []string
	for e := range query.ChildrenNamed(stanza.NSForm, "x") {
		f, _ := stanza.FormOf(e)
		values := f.Values("FORM_TYPE")
		if len(values) == 0 {
			continue
		}
		if _, twice := forms[values[0]]; twice || len(values) > 1 {
			return nil, false
		}
		forms[values[0]] = f
		types = append(types, values[0])
	}
	slices.Sort(types)
	for _, t := range types {
		parts = append(parts, t)
		fields := slices.Clone(forms[t].Fields)
		slices.SortStableFunc(fields, func(a, b stanza.Field) int { return strings.Compare(a.Var, b.Var) })
		for _, f := range fields {
			if f.Var != "FORM_TYPE" {
				parts = append(append(parts, f.Var), slices.Sorted(slices.Values(f.Values))...)
			}
		}
	}
	return parts, true
}
