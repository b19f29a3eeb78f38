package xmpp

import (
	"strconv"

	"switchboard"
	"switchboard/chat"
	"switchboard/stanza"
)

// The roster (RFC 6121 §2) and its stream features.
var _ = register(extension{Spec: "RFC 6121", Title: "Instant messaging and presence", Version: "2011-03",
	IQ: []iqRoute{
		{stanza.Get, stanza.NSRoster, "query", onSelf, getRoster},
		{stanza.Set, stanza.NSRoster, "query", onSelf, setRoster},
		{stanza.Set, stanza.NSSession, "session", onSelf | onServer, func(*request) ([]byte, error) { return nil, nil }}, // RFC 3921 §3
	},
	Offer: func(_ *stream, dst []byte) []byte {
		return append(dst, "<ver xmlns='urn:xmpp:features:rosterver'/><sub xmlns='urn:xmpp:features:pre-approval'/>"...)
	},
})

// getRoster answers a roster get (RFC 6121 §2.1.3, §2.6.3). With a version that
// we can still tell the changes since, the result is empty and the changes
// follow as pushes.
func getRoster(rq *request) ([]byte, error) {
	r := rq.r
	var since *switchboard.Revision
	if rq.payload.HasAttr("ver") {
		if n, err := strconv.ParseInt(rq.payload.Attr("ver"), 10, 64); err == nil && n >= 0 {
			v := switchboard.Revision(n)
			since = &v
		}
	}
	r.mu.Lock()
	r.interested = true // before the roster is read, so that no change is missed
	r.mu.Unlock()
	roster, err := rq.chat().Roster(rq.ctx, rq.who(), since)
	if err != nil {
		return nil, err
	}
	if !roster.Full {
		rq.after = func() {
			for _, it := range roster.Items {
				r.pushRoster(it, roster.Revision)
			}
		}
		return nil, nil
	}
	r.noteRoster(roster.Revision)
	w := stanza.NewWriter(nil)
	w.Start("query", "xmlns", stanza.NSRoster, "ver", revision(roster.Revision))
	for i := range roster.Items {
		writeRosterItem(w, &roster.Items[i])
	}
	return w.End().Bytes(), nil
}

func revision(v switchboard.Revision) string { return strconv.FormatInt(int64(v), 10) }

func writeRosterItem(w *stanza.Writer, it *chat.RosterItem) {
	w.Start("item", "jid", it.JID.String(), "name", it.Name, "subscription", it.Subscription)
	if it.Ask {
		w.Attr("ask", "subscribe")
	}
	if it.Approved {
		w.Attr("approved", "true")
	}
	for _, g := range it.Groups {
		w.Leaf("group", g)
	}
	w.End()
}

// setRoster answers a roster set: one item, to add, change or remove (RFC 6121
// §2.3, §2.4, §2.5).
func setRoster(rq *request) ([]byte, error) {
	e := rq.payload.First()
	if rq.payload.Count() != 1 || !e.Is(stanza.NSRoster, "item") {
		return nil, stanza.NewError(stanza.BadRequest, "a roster set holds one item") // §2.3.3
	}
	jid, err := e.JID("jid")
	if err != nil || jid.IsZero() {
		return nil, stanza.NewError(stanza.JIDMalformed, "")
	}
	if e.Attr("subscription") == chat.SubscriptionRemove {
		return nil, rq.chat().RemoveRosterItem(rq.ctx, rq.who(), jid.Bare())
	}
	it := chat.RosterItem{JID: jid.Bare(), Name: e.Attr("name")}
	seen := map[string]bool{}
	for g := range e.ChildrenNamed(stanza.NSRoster, "group") {
		name := g.Text()
		switch {
		case name == "": // §2.3.3
			return nil, stanza.NewError(stanza.NotAcceptable, "a group needs a name")
		case seen[name]:
			return nil, stanza.NewError(stanza.BadRequest, "a group is named twice")
		}
		seen[name] = true
		it.Groups = append(it.Groups, name)
	}
	return nil, rq.chat().SetRosterItem(rq.ctx, rq.who(), it)
}

// pushRoster pushes a change to the resources that have asked for the roster
// (RFC 6121 §2.1.6).
func (a *account) pushRoster(v *chat.RosterPush) {
	for _, r := range a.list() {
		r.mu.Lock()
		wants := r.interested
		r.mu.Unlock()
		if wants {
			r.pushRoster(v.Item, v.Revision)
		}
	}
}

// noteRoster remembers how new the client's roster is.
func (r *resource) noteRoster(v switchboard.Revision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.roster = max(r.roster, v)
}

// lookRoster pushes the changes that other nodes may have signalled in vain.
func (a *account) lookRoster() {
	for _, r := range a.list() {
		r.mu.Lock()
		since, wants := r.roster, r.interested
		r.mu.Unlock()
		if !wants {
			continue
		}
		go func() {
			ctx, cancel := ask()
			defer cancel()
			roster, err := a.server.opts.Chat.Roster(ctx, *r.who, &since)
			if err != nil {
				a.server.log.Error("the roster cannot be read", "jid", r.jid.String(), "error", err)
			}
			for _, it := range roster.Items {
				r.pushRoster(it, roster.Revision)
			}
		}()
	}
}

func (r *resource) pushRoster(it chat.RosterItem, v switchboard.Revision) {
	r.noteRoster(v)
	w := stanza.NewWriter(nil)
	w.Start("query", "xmlns", stanza.NSRoster, "ver", revision(v))
	writeRosterItem(w, &it)
	r.pushIQ(w.End().Bytes())
}

// pushIQ sends a request of ours to the client; what it answers is not looked
// at.
func (r *resource) pushIQ(payload []byte) {
	h := stanza.Header{Name: stanza.IQ, Type: stanza.Set, ID: "push-" + switchboard.NewName()[:8], To: r.jid}
	r.send(item{raw: h.Append(nil, payload), what: counted})
}
