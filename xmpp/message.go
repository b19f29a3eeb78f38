package xmpp

import (
	"bytes"

	"switchboard/chat"
	"switchboard/stanza"
)

// takeMessage sends a message of the client. Reading goes on while its commit
// is awaited.
func (r *resource) takeMessage(s *stream, e stanza.Element) error {
	number := r.begin()
	h, err := stanza.HeaderOf(e)
	if err != nil {
		r.bounce(e, err)
		r.complete(number)
		return nil
	}
	if err := r.checkFrom(e, h); err != nil {
		r.complete(number)
		return err
	}
	if h.To.IsZero() { // RFC 6120 §10.3.1
		h.To = r.account.bare
	}
	h.From = r.jid
	d := r.draft(e, h)
	r.spoke = true
	r.server.opts.Chat.SendAsync(*r.who, d, func(_ chat.Message, err error) {
		if err != nil && h.Type != stanza.TypeError { // RFC 6120 §8.3.1
			r.send(errorItem(h, err))
		}
		r.complete(number)
	})
	return nil
}

// checkFrom refuses a stanza that somebody else is said to have sent (RFC 6120
// §8.1.2.1). The client's own addresses are allowed; ours is put in their place.
func (r *resource) checkFrom(e stanza.Element, h stanza.Header) error {
	if h.From.IsZero() || h.From == r.jid || h.From == r.account.bare {
		return nil
	}
	return stanza.NewStreamError(stanza.InvalidFrom, "this is not your address")
}

// draft makes the message as it will be archived and delivered.
func (r *resource) draft(e stanza.Element, h stanza.Header) chat.Draft {
	c := r.classify(e, h.Type)
	edits := make([]stanza.Edit, 0, 3)
	edits = append(edits, stanza.SetJID("from", r.jid), stanza.SetJID("to", h.To))
	if c.forged {
		edits = append(edits, stanza.DropChildren(r.serversOwn))
	}
	raw := e.Append(make([]byte, 0, len(e.Raw())+len(r.jid.Local)+len(r.jid.Domain)+len(r.jid.Resource)+64), edits...)
	typ := h.Type
	switch typ {
	case chat.Chat, chat.Groupchat, chat.Headline, chat.Error:
	default: // RFC 6121 §5.2.2: what is not known is normal
		typ = chat.Normal
	}
	return chat.Draft{To: h.To, Type: typ, ID: h.ID, Stanza: raw, Store: c.store, Quiet: c.quiet, NoCopy: !c.copies,
		Resource: r.jid.Resource, Stream: r.key}
}

// class is what a message's content says about its treatment.
type class struct {
	store  bool // worth archiving
	quiet  bool // … but only as a receipt or marker of others
	copies bool // worth a carbon
	forged bool // it has what only the server says
}

// classify looks at a message's children once.
func (r *resource) classify(e stanza.Element, typ string) (c class) {
	var keep, receipt, never, always, private, noCopy, states bool
	for ch := range e.Children() {
		switch ns := ch.NamespaceBytes(); {
		case bytes.Equal(ns, nsClient):
			keep = keep || bytes.Equal(ch.NameBytes(), nameBody)
		case string(ns) == stanza.NSHints: // XEP-0334 §4
			switch ch.Name() {
			case "store":
				always = true
			case "no-store", "no-permanent-store":
				never = true
			case "no-copy":
				noCopy = true
			}
		case string(ns) == stanza.NSStanzaID, string(ns) == stanza.NSConversation, string(ns) == nsNotice, string(ns) == stanza.NSDelay:
			c.forged = c.forged || r.serversOwn(ch)
		case string(ns) == stanza.NSChatStates:
			states = true
		case string(ns) == stanza.NSCarbons2:
			private = private || ch.Name() == "private"
		case string(ns) == stanza.NSReceipts, string(ns) == stanza.NSMarkers:
			receipt = receipt || ch.Name() == "received" || ch.Name() == "displayed" || ch.Name() == "acknowledged"
		default:
			keep = keep || kept[string(ns)]
		}
	}
	// XEP-0313 §5.1.1: what a person would want to read again.
	lasting := typ != chat.Headline && typ != chat.Error
	c.quiet = receipt && !keep
	c.store = lasting && !never && (keep || receipt || always)
	// XEP-0280 §6.1.
	c.copies = typ != chat.Groupchat && typ != chat.Headline && typ != chat.Error && !private && !noCopy &&
		(typ == chat.Chat || keep || receipt || states)
	return c
}

var (
	nsClient = []byte(stanza.NSClient)
	nameBody = []byte("body")
)

// kept are the namespaces of payloads that belong to a conversation even
// without a body.
var kept = map[string]bool{
	stanza.NSOMEMO: true, stanza.NSOMEMO2: true, "urn:xmpp:openpgp:0": true, // encrypted bodies
	stanza.NSReactions: true, stanza.NSRetract: true, "urn:xmpp:fasten:0": true,
	stanza.NSConference: true, stanza.NSMUCUser: true, // invitations
	stanza.NSJingleMessage: true,
}

// serversOwn reports whether a child is something that only the server says: an
// id in an archive of ours, how long it has kept a message, that a conversation
// has changed, a notice.
func (r *resource) serversOwn(e stanza.Element) bool {
	return r.claimsOurs(e) || r.claimsDelay(e) || e.Is(stanza.NSConversation, "conversation") || e.Is(nsNotice, "notice")
}

// claimsOurs reports whether a stanza-id pretends to come from the recipient's
// archives here (XEP-0359 §5): only servers may say so.
func (r *resource) claimsOurs(e stanza.Element) bool {
	if !e.Is(stanza.NSStanzaID, "stanza-id") {
		return false
	}
	by, err := e.JID("by")
	return err != nil || by.IsZero() || r.server.hosts(by.Domain) || by.Domain == chat.GroupHost(r.who.Domain)
}

// claimsDelay reports whether a delay is said to be ours or a group's. A client
// may say that it has kept a message itself (XEP-0203 §2).
func (r *resource) claimsDelay(e stanza.Element) bool {
	if !e.Is(stanza.NSDelay, "delay") {
		return false
	}
	by, err := e.JID("from")
	return err == nil && (by.Local == "" && r.server.hosts(by.Domain) || by.Domain == chat.GroupHost(r.who.Domain))
}

// bounce answers a stanza that cannot be understood.
func (r *resource) bounce(e stanza.Element, err error) {
	if raw := stanza.AppendBounce(nil, e, stanza.ErrorFrom(err), stanza.SetJID("to", r.jid)); len(raw) > 0 {
		r.send(item{raw: raw, what: counted})
	}
}
