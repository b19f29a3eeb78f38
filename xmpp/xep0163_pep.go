package xmpp

import (
	"slices"

	"switchboard"
	"switchboard/chat"
	"switchboard/stanza"
)

// Personal eventing: every account is a publish-subscribe service. What may be
// published and who may read it is chat's affair; how it is asked for is
// XEP-0060's file; here is who is told.
var _ = register(extension{Spec: "XEP-0163", Title: "Personal Eventing Protocol", Version: "1.2.2",
	Feature: pubsubFeatures("auto-subscribe", "filtered-notifications", "last-published", "access-presence", "auto-create")})

// accountIdentities are what an account is (XEP-0163 §6.1).
var accountIdentities = []identity{{"account", "registered", ""}, {"pubsub", "pep", ""}}

// showEvent hands an event to the available resources that are interested in
// its node (XEP-0163 §4.2, §4.3).
func (a *account) showEvent(v *chat.PEPEvent) {
	if v.From == a.bare && v.Node == stanza.NSAvatarMeta {
		a.avatarEvent(v)
	}
	var raw []byte
	for _, r := range a.list() {
		r.mu.Lock()
		if r.presence != nil && r.caps.wantsNode(v.Node) {
			if raw == nil {
				raw = eventMessage(v, false)
			}
			r.sendLocked(&item{raw: raw, head: stanza.AppendAttr(nil, "to", r.jid.String()), what: light})
		}
		r.mu.Unlock()
	}
}

// wantsNode reports whether a client wants to be notified of a node.
func (m *clientCaps) wantsNode(node string) bool { return m != nil && m.wants.has(node) }

// setCaps says what the client can do, and wants to be notified of. The last
// items of the nodes that are new among those follow (XEP-0163 §4.3.4).
func (r *resource) setCaps(m *clientCaps) {
	r.mu.Lock()
	had := r.caps
	r.caps, r.asking = m, ""
	r.mu.Unlock()
	r.sendLast(switchboard.JID{}, func(node string) bool { return m.wantsNode(node) && !had.wantsNode(node) })
}

// sendLast sends the last items of nodes: of one contact, or of all and the
// account itself.
func (r *resource) sendLast(of switchboard.JID, wanted func(node string) bool) {
	r.mu.Lock()
	some := r.presence != nil && r.caps != nil && slices.ContainsFunc(r.caps.wants, wanted)
	r.mu.Unlock()
	if !some {
		return
	}
	ctx, cancel := ask()
	defer cancel()
	events, err := r.server.opts.Chat.LastItems(ctx, *r.who, of, wanted)
	if err != nil {
		r.server.log.Warn("a client does not get what was published", "jid", r.jid.String(), "error", err)
	}
	for i := range events {
		r.send(item{raw: eventMessage(&events[i], true), head: stanza.AppendAttr(nil, "to", r.jid.String()), what: light})
	}
}

// sendLastOf is for a contact who has just allowed the account to see their
// presence; the zero JID is for all contacts.
func (a *account) sendLastOf(contact switchboard.JID) {
	for _, r := range a.list() {
		if m := r.currentCaps(); m != nil && len(m.wants) > 0 {
			go r.sendLast(contact, m.wantsNode) // it asks the database
		}
	}
}

// lookEvents sends the last items once more: events of other nodes may be lost,
// and with them another hash for presence.
func (a *account) lookEvents() {
	a.avatar.Store(nil)
	a.sendLastOf(switchboard.JID{})
}

// eventMessage is the notification of an event (XEP-0060 §7.1.2.1), without an
// address; late says that it tells of what happened before (§7.2.2.2).
func eventMessage(v *chat.PEPEvent, late bool) []byte {
	w := stanza.NewWriter(nil)
	w.Start("message", "type", stanza.Headline, "id", switchboard.NewName()).JID("from", v.From)
	w.Start("event", "xmlns", stanza.NSPubSubEvent)
	switch {
	case v.Deleted:
		w.Empty("delete", "node", v.Node)
	case v.Purged:
		w.Empty("purge", "node", v.Node)
	case v.Config:
		w.Empty("configuration", "node", v.Node)
	default:
		w.Start("items", "node", v.Node)
		for _, i := range v.Items {
			w.Start("item", "id", i.Item)
			if !v.Bare {
				w.Raw(i.Payload)
			}
			w.End()
		}
		for _, id := range v.Retracted {
			w.Empty("retract", "id", id)
		}
		w.End()
	}
	w.End()
	if late && len(v.Items) > 0 {
		w.Raw(stanza.AppendDelay(nil, v.From, v.Items[0].Published))
	}
	return w.End().Bytes()
}
