package xmpp

import (
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/stanza"
)

// Message archives: the account's own, and those of its groups.
var _ = register(extension{Spec: "XEP-0313", Title: "Message Archive Management", Version: "1.1.3",
	Feature: map[string]entity{
		stanza.NSMAM2:         onSelf | onGroup,
		stanza.NSMAM2Extended: onSelf | onGroup,
	},
	IQ: []iqRoute{
		{stanza.Get, stanza.NSMAM2, "query", onSelf | onGroup, archiveForm},
		{stanza.Set, stanza.NSMAM2, "query", onSelf | onGroup, archiveQuery},
		{stanza.Get, stanza.NSMAM2, "metadata", onSelf | onGroup, archiveMetadata},
	},
})

// archiveForm lists the fields of a query (XEP-0313 §4.2).
func archiveForm(*request) ([]byte, error) {
	f := stanza.Form{Type: "form", Fields: []stanza.Field{
		{Var: "FORM_TYPE", Type: "hidden", Values: []string{stanza.NSMAM2}},
		{Var: "with", Type: "jid-single"},
		{Var: "start", Type: "text-single"},
		{Var: "end", Type: "text-single"},
		{Var: "before-id", Type: "text-single"},
		{Var: "after-id", Type: "text-single"},
		{Var: "ids", Type: "list-multi"},
	}}
	dst := f.AppendTo([]byte("<query xmlns='" + stanza.NSMAM2 + "'>"))
	return append(dst, "</query>"...), nil
}

// archiveOf is whose archive a request is about.
func (rq *request) archiveOf() switchboard.JID {
	if rq.on == onGroup {
		return rq.h.To
	}
	return rq.r.account.bare
}

// archiveQuery answers a query: a message for each result, then the iq result
// with <fin/> (XEP-0313 §4.3). There is no count: it would cost more than the
// page.
func archiveQuery(rq *request) ([]byte, error) {
	q, err := parseArchiveQuery(rq)
	if err != nil {
		return nil, err
	}
	page, err := rq.chat().Archive(rq.ctx, rq.who(), q)
	if err != nil {
		return nil, err
	}
	if q.Max < 0 { // XEP-0059 §2.7: none are wanted, but what is asked for has to be there
		page = chat.ArchivePage{}
	}
	cutPage(&page, q, rq.r.server.opts.MaxOutbound/4)
	of := rq.archiveOf()
	head := stanza.AppendAttr(nil, "queryid", rq.payload.Attr("queryid"))
	if !rq.payload.HasAttr("queryid") {
		head = nil
	}
	items := make([]item, len(page.Messages))
	for i := range page.Messages {
		items[i] = item{raw: archived(rq.r.jid, of, head, &page.Messages[i]), what: counted}
	}
	rq.r.sendAll(items)
	dst := append([]byte(nil), "<fin xmlns='urn:xmpp:mam:2'"...)
	if page.Complete {
		dst = append(dst, " complete='true'"...)
	}
	dst = append(dst, '>')
	dst = stanza.PageResult{First: page.First, Last: page.Last, Index: -1, Count: -1}.AppendTo(dst)
	return append(dst, "</fin>"...), nil
}

// cutPage makes a page smaller that has more bytes than a client should get at
// once (XEP-0059 §2.1: there may be fewer results than were asked for).
func cutPage(page *chat.ArchivePage, q chat.ArchiveQuery, limit int) {
	all := page.Messages
	backward := q.Last || q.Before != ""
	// What is left out is at the end where the next page goes on.
	fromEnd := backward != q.Flip
	total, n := 0, 0
	for ; n < len(all); n++ {
		i := n
		if fromEnd {
			i = len(all) - 1 - n
		}
		if total += len(all[i].Stanza) + 512; total > limit && n > 0 {
			break
		}
	}
	if n == len(all) {
		return
	}
	page.Complete = false
	if fromEnd {
		page.Messages = all[len(all)-n:]
	} else {
		page.Messages = all[:n]
	}
	first, last := page.Messages[0].StanzaID, page.Messages[n-1].StanzaID
	if q.Flip {
		first, last = last, first
	}
	page.First, page.Last = first, last
}

// archived is one result (XEP-0313 §4.3).
func archived(to, of switchboard.JID, head []byte, m *chat.Message) []byte {
	inner := append(make([]byte, 0, len(m.Stanza)+256), "<result xmlns='urn:xmpp:mam:2'"...)
	inner = append(inner, head...)
	inner = append(stanza.AppendAttr(inner, "id", m.StanzaID), '>')
	bare := *m
	bare.StanzaID = "" // the result has it
	inner = appendForwarded(inner, &bare, of, nil, true)
	inner = append(inner, "</result>"...)
	return stanza.Header{Name: stanza.Message, From: of, To: to}.Append(make([]byte, 0, len(inner)+200), inner)
}

// sendAll sends items with nothing between them.
func (r *resource) sendAll(items []item) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range items {
		r.sendLocked(&items[i])
	}
}

// parseArchiveQuery reads a query. Max is negative when no results are wanted.
func parseArchiveQuery(rq *request) (q chat.ArchiveQuery, err error) {
	q.Of = rq.archiveOf()
	q.Flip = !rq.payload.Child("", "flip-page").IsZero()
	if f, ok := stanza.FormOf(rq.payload); ok {
		if err := parseArchiveForm(&q, f); err != nil {
			return q, err
		}
	}
	p, ok, err := stanza.PageOf(rq.payload)
	if err != nil || !ok {
		return q, err
	}
	if p.Index > 0 { // XEP-0059 §2.6: pages by number would need a count
		return q, stanza.NewError(stanza.FeatureNotImplemented, "pages are found by ids")
	}
	q.After, q.Before = p.After, p.Before
	q.Last = p.HasBefore && p.Before == ""
	switch {
	case p.Max == 0:
		q.Max = -1
	case p.Max > 0:
		q.Max = min(p.Max, switchboard.MaxPage)
	}
	return q, nil
}

func parseArchiveForm(q *chat.ArchiveQuery, f stanza.Form) error {
	if t := f.FormType(); t != stanza.NSMAM2 {
		return stanza.NewError(stanza.BadRequest, "the form is of another type")
	}
	for _, field := range f.Fields {
		value := f.Get(field.Var)
		var err error
		switch field.Var {
		case "FORM_TYPE", "include-groupchat":
		case "with":
			if q.With, err = switchboard.ParseJID(value); err != nil {
				return stanza.NewError(stanza.JIDMalformed, "the field with is no address")
			}
		case "start":
			q.Start, err = archiveTime(value)
		case "end":
			q.End, err = archiveTime(value)
		case "after-id":
			q.AfterID = value
		case "before-id":
			q.BeforeID = value
		case "ids":
			if q.IDs = field.Values; len(q.IDs) > switchboard.MaxPage {
				err = stanza.NewError(stanza.PolicyViolation, "too many ids")
			}
		default: // XEP-0313 §4.1.5
			err = stanza.NewError(stanza.FeatureNotImplemented, "an unknown field")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func archiveTime(s string) (time.Time, error) {
	t, err := stanza.ParseTime(s)
	if err != nil {
		return t, stanza.NewError(stanza.BadRequest, "a time is written as in XEP-0082")
	}
	return t, nil
}

// archiveMetadata tells the ends of an archive (XEP-0313 §5.1).
func archiveMetadata(rq *request) ([]byte, error) {
	ends, err := rq.chat().ArchiveEnds(rq.ctx, rq.who(), rq.archiveOf())
	if err != nil {
		return nil, err
	}
	w := stanza.NewWriter(nil)
	w.Start("metadata", "xmlns", stanza.NSMAM2)
	if ends.FirstID != "" {
		w.Empty("start", "id", ends.FirstID, "timestamp", stanza.FormatTime(ends.FirstTime))
		w.Empty("end", "id", ends.LastID, "timestamp", stanza.FormatTime(ends.LastTime))
	}
	return w.End().Bytes(), nil
}
