package xmpp

import (
	"switchboard/chat"
	"switchboard/stanza"
)

// Service discovery: who is at an address, what it can do, what belongs to it.
var _ = register(extension{Spec: "XEP-0030", Title: "Service Discovery", Version: "2.5.0",
	Feature: map[string]entity{
		stanza.NSDiscoInfo:  onServer | onSelf | onAccount | onGroup | onHost,
		stanza.NSDiscoItems: onServer | onSelf | onAccount | onGroup | onHost,
	},
	IQ: []iqRoute{
		{stanza.Get, stanza.NSDiscoInfo, "query", onServer | onSelf | onAccount | onGroup | onHost, discoInfo},
		{stanza.Get, stanza.NSDiscoItems, "query", onServer | onSelf | onAccount | onGroup | onHost, discoItems},
	},
})

// identity says what an address is (XEP-0030 §3.1, categories of the registrar).
type identity struct{ category, kind, name string }

func discoInfo(rq *request) ([]byte, error) {
	node := rq.payload.Attr("node")
	if node != "" && (rq.on == onSelf || rq.on == onAccount) {
		return nodeInfo(rq, node)
	}
	ids, err := discoIdentity(rq)
	if err != nil {
		return nil, err
	}
	if node != "" && (rq.on != onServer || node != capsNode+"#"+rq.r.server.ownCaps()) {
		return nil, stanza.NewError(stanza.ItemNotFound, "there is no such node") // XEP-0030 §7
	}
	w := stanza.NewWriter(nil)
	w.Start("query", "xmlns", stanza.NSDiscoInfo, "node", node)
	if rq.on == onServer {
		writeServices(w)
	}
	writeInfo(w, registered.featuresOn(rq.on), ids...)
	if rq.on == onServer {
		rq.r.server.writeForms(w)
	}
	return w.End().Bytes(), nil
}

func writeInfo(w *stanza.Writer, features []string, ids ...identity) {
	for _, id := range ids {
		w.Empty("identity", "category", id.category, "type", id.kind, "name", id.name)
	}
	for _, f := range features {
		w.Empty("feature", "var", f)
	}
}

// discoIdentity says what the address of a request is, if the asker may know
// (XEP-0030 §8: an account answers subscribers alone).
func discoIdentity(rq *request) ([]identity, error) {
	switch rq.on {
	case onServer:
		return []identity{serverIdentity}, nil
	case onHost:
		return []identity{{"conference", "mix", "Groups"}}, nil
	case onSelf:
		return accountIdentities, nil
	case onGroup:
		g, err := rq.chat().GroupByJID(rq.ctx, rq.who(), rq.h.To)
		if err != nil {
			return nil, stanza.NewError(stanza.ItemNotFound, "")
		}
		return []identity{{"conference", "mix", g.Name}}, nil
	}
	if err := rq.subscribed(); err != nil {
		return nil, err
	}
	return accountIdentities, nil
}

// subscribed refuses a request to another account by who does not see its
// presence. It says the same for an account that does not exist.
func (rq *request) subscribed() error {
	if err := rq.blocking(); err != nil {
		return err
	}
	may, err := rq.chat().MaySeePresence(rq.ctx, rq.who(), rq.h.To)
	if err != nil || !may {
		return errNoRoute
	}
	return nil
}

// serverIdentity is what the server itself is.
var serverIdentity = identity{"server", "im", "Switchboard"}

func discoItems(rq *request) ([]byte, error) {
	node := rq.payload.Attr("node")
	if node != "" && (rq.on == onSelf || rq.on == onAccount) {
		return nodeItems(rq, node)
	}
	if _, err := discoIdentity(rq); err != nil {
		return nil, err
	}
	if node != "" {
		return nil, stanza.NewError(stanza.ItemNotFound, "there is no such node")
	}
	w := stanza.NewWriter(nil)
	w.Start("query", "xmlns", stanza.NSDiscoItems)
	switch rq.on {
	case onServer:
		w.Empty("item", "jid", chat.GroupHost(rq.r.who.Domain), "name", "Groups")
	case onHost:
		groups, err := rq.chat().Groups(rq.ctx, rq.who())
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			w.Empty("item", "jid", g.JID.String(), "name", g.Name)
		}
	case onSelf:
		for _, r := range rq.r.account.list() {
			if r.shown() {
				w.Empty("item", "jid", r.jid.String())
			}
		}
		return writeNodes(rq, w, rq.r.account.bare)
	case onAccount:
		return writeNodes(rq, w, rq.h.To)
	}
	return w.End().Bytes(), nil
}

// shown reports whether the resource is available.
func (r *resource) shown() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.presence != nil
}
