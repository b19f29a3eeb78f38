package chat

import (
	"context"
	"slices"
	"time"

	"switchboard"
	"switchboard/store"
)

// ArchiveQuery selects messages of an archive (XEP-0313 v1.1.3).
type ArchiveQuery struct {
	Of         switchboard.JID // whose; zero is the asker's own, a group's address is for its members
	With       switchboard.JID // only messages from or to this address
	Start, End time.Time       // inclusive
	After      string          // RSM: the page follows this id
	Before     string          // RSM: the page precedes this id
	Last       bool            // RSM: an empty <before/>: the page is the last one
	AfterID    string          // form field after-id
	BeforeID   string          // form field before-id
	IDs        []string        // form field ids: exactly these
	Max        int             // at most this many; 0 means 50; never more than switchboard.MaxPage
	Flip       bool            // flip-page: newest first within the page
}

// ArchivePage is an answer to an ArchiveQuery. There is no count: it would cost
// more than the page (XEP-0313 §4.1.2 does not ask for it).
type ArchivePage struct {
	Messages    []Message // Number and StanzaID are those of the queried archive
	First, Last string    // ids of the oldest and newest message of the page (before flipping)
	Complete    bool      // nothing follows in the direction of paging
}

// ArchiveEnds are the first and last message of an archive (XEP-0313 §5.1);
// the ids are empty when the archive is.
type ArchiveEnds struct {
	FirstID, LastID     string
	FirstTime, LastTime time.Time
}

// messages are archived rows as the archive's owner sees them.
func (t *tenant) messages(archive switchboard.ArchiveID, rows []store.Archived) []Message {
	all := make([]Message, len(rows))
	for i := range rows {
		r, m := &rows[i], &all[i]
		*m = Message{Position: r.Position, Time: r.Time, Stanza: r.Payload, Sender: r.Actor,
			Group: switchboard.GroupID(r.Subject), Number: r.Number, StanzaID: t.ids.encode(archive, r.Number)}
		m.readHead()
	}
	return all
}

// readable is an archive that its reader may read.
type readable struct {
	*tenant
	archive switchboard.ArchiveID
	owner   *account // nil for a group's
	group   *group
}

// archiveOf decides whose archive is meant and whether the asker may read it.
func (s *Service) archiveOf(ctx context.Context, p switchboard.Principal, of switchboard.JID) (readable, error) {
	a, err := s.asker(ctx, p)
	if err != nil {
		return readable{}, err
	}
	of = of.Bare()
	if of.IsZero() || of == a.jid {
		return readable{tenant: a.tenant, archive: a.archive, owner: a}, nil
	}
	if of.Domain == a.tenant.groupHost {
		g, err := s.groupFor(ctx, a, of)
		if err != nil {
			return readable{}, err
		}
		return readable{tenant: a.tenant, archive: g.archive, group: g}, nil
	}
	return readable{}, errForeignArchive
}

// Archive returns a page of an archive (XEP-0313). An id that the archive does
// not hold is an error NotFound "item-not-found".
func (s *Service) Archive(ctx context.Context, p switchboard.Principal, q ArchiveQuery) (ArchivePage, error) {
	r, err := s.archiveOf(ctx, p, q.Of)
	if err != nil {
		return ArchivePage{}, err
	}
	if q.Max == 0 {
		q.Max = 50
	}
	q.Max = min(q.Max, switchboard.MaxPage)
	var page ArchivePage
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if len(q.IDs) > 0 {
			page, err = r.exactly(tx, q)
		} else {
			page, err = r.page(tx, q)
		}
		return err
	})
	if err == nil && q.Flip {
		slices.Reverse(page.Messages)
	}
	return page, err
}

// number finds the message with an id (XEP-0313 §4.3.3: an unknown one is an error).
func (r readable) number(tx *store.Tx, id string) (int64, error) {
	n, ok := r.ids.decode(r.archive, id)
	if ok {
		var err error
		if ok, err = tx.ArchiveHas(r.archive, n); err != nil {
			return 0, err
		}
	}
	if !ok {
		return 0, errItemNotFound
	}
	return n, nil
}

// bounds are the numbers between which a query looks, both excluded.
func (r readable) bounds(tx *store.Tx, q ArchiveQuery) (above, below int64, err error) {
	for _, id := range []string{q.After, q.AfterID} {
		if id != "" {
			n, err := r.number(tx, id)
			if err != nil {
				return 0, 0, err
			}
			above = max(above, n)
		}
	}
	for _, id := range []string{q.Before, q.BeforeID} {
		if id != "" {
			n, err := r.number(tx, id)
			if err != nil {
				return 0, 0, err
			}
			if below == 0 || n < below {
				below = n
			}
		}
	}
	if !q.Start.IsZero() {
		n, err := tx.ArchiveSince(r.archive, q.Start.Add(time.Microsecond-1))
		if err != nil {
			return 0, 0, err
		}
		above = max(above, n-1)
	}
	if !q.End.IsZero() {
		n, err := tx.ArchiveSince(r.archive, q.End.Truncate(time.Microsecond).Add(time.Microsecond))
		if err != nil {
			return 0, 0, err
		}
		if below == 0 || n < below {
			below = n
		}
		if below == 0 { // an empty archive
			below = 1
		}
	}
	return above, below, nil
}

// page reads one message more than it returns, to know whether there are any.
func (r readable) page(tx *store.Tx, q ArchiveQuery) (ArchivePage, error) {
	above, below, err := r.bounds(tx, q)
	if err != nil {
		return ArchivePage{}, err
	}
	if q.Max < 0 {
		return ArchivePage{}, nil
	}
	backwards := q.Last || q.Before != ""
	find := store.ArchiveRange{Above: above, Below: below, Newest: backwards, Limit: q.Max + 1}
	keep := r.with(&find, q.With)
	rows, err := scan(tx, r.archive, find, keep)
	if err != nil {
		return ArchivePage{}, err
	}
	page := ArchivePage{Complete: len(rows) <= q.Max}
	rows = rows[:min(len(rows), q.Max)]
	if backwards {
		slices.Reverse(rows)
	}
	page.Messages = r.messages(r.archive, rows)
	page.setEnds()
	return page, nil
}

func (p *ArchivePage) setEnds() {
	if n := len(p.Messages); n > 0 {
		p.First, p.Last = p.Messages[0].StanzaID, p.Messages[n-1].StanzaID
	}
}

// exactly returns the messages with given ids (XEP-0313 §4.1.4).
func (r readable) exactly(tx *store.Tx, q ArchiveQuery) (ArchivePage, error) {
	if len(q.IDs) > switchboard.MaxPage {
		return ArchivePage{}, errManyIDs
	}
	rows := make([]store.Archived, 0, len(q.IDs))
	for _, id := range q.IDs {
		n, ok := r.ids.decode(r.archive, id)
		if !ok {
			return ArchivePage{}, errItemNotFound
		}
		row, err := tx.ArchiveMessage(r.archive, n)
		if err == store.ErrNone {
			return ArchivePage{}, errItemNotFound
		}
		if err != nil {
			return ArchivePage{}, err
		}
		if row.Payload != nil {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b store.Archived) int { return int(a.Number - b.Number) })
	page := ArchivePage{Complete: true, Messages: r.messages(r.archive, rows)}
	page.setEnds()
	return page, nil
}

// with narrows a range to the messages from or to an address (XEP-0313 §4.1.1).
// A full address needs a look at each message besides.
func (r readable) with(find *store.ArchiveRange, with switchboard.JID) (keep func(*store.Archived) bool) {
	if with.IsZero() {
		return nil
	}
	find.OnlyPeer = true
	switch {
	case r.owner != nil:
		find.Peer = with.Bare().String()
	case with == r.group.jid: // what the group itself said
		find.Peer = ""
		return nil
	case with.Bare() == r.group.jid:
		find.Peer = switchboard.JID{Local: with.Resource, Domain: r.domain}.String()
		return nil
	default:
		find.Peer = with.Bare().String()
	}
	if with.IsBare() {
		return nil
	}
	return func(row *store.Archived) bool {
		m := Message{Stanza: row.Payload}
		m.readHead()
		return m.From == with || m.To == with
	}
}

// scan is ArchiveMessages with a filter that SQL does not know.
func scan(tx *store.Tx, archive switchboard.ArchiveID, find store.ArchiveRange, keep func(*store.Archived) bool) ([]store.Archived, error) {
	if keep == nil {
		return tx.ArchiveMessages(archive, find)
	}
	var found []store.Archived
	want := find.Limit
	for find.Limit = 500; ; {
		rows, err := tx.ArchiveMessages(archive, find)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			if keep(&rows[i]) {
				if found = append(found, rows[i]); len(found) == want {
					return found, nil
				}
			}
		}
		if len(rows) < find.Limit {
			return found, nil
		}
		if last := rows[len(rows)-1].Number; find.Newest {
			find.Below = last
		} else {
			find.Above = last
		}
	}
}

// ArchiveEnds returns the first and last message of an archive.
func (s *Service) ArchiveEnds(ctx context.Context, p switchboard.Principal, of switchboard.JID) (ArchiveEnds, error) {
	r, err := s.archiveOf(ctx, p, of)
	if err != nil {
		return ArchiveEnds{}, err
	}
	var ends ArchiveEnds
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		first, err := tx.ArchiveMessages(r.archive, store.ArchiveRange{Limit: 1})
		if err != nil || len(first) == 0 {
			return err
		}
		last, err := tx.ArchiveMessages(r.archive, store.ArchiveRange{Limit: 1, Newest: true})
		if err != nil || len(last) == 0 {
			return err
		}
		ends = ArchiveEnds{FirstID: r.ids.encode(r.archive, first[0].Number), FirstTime: first[0].Time,
			LastID: r.ids.encode(r.archive, last[0].Number), LastTime: last[0].Time}
		return nil
	})
	return ends, err
}

// GroupMessages returns messages of a group for a room that has decided that
// they may be read, oldest first, after a number; limit 0 means all.
func (s *Service) GroupMessages(ctx context.Context, id switchboard.GroupID, after int64, limit int) ([]Message, error) {
	if limit == 0 {
		limit = 1 << 30
	}
	var all []Message
	err := s.db.Read(ctx, func(tx *store.Tx) error {
		g, err := tx.Group(id)
		if err != nil {
			return noGroup(err)
		}
		t, err := s.tenant(tx, g.Tenant)
		if err != nil {
			return err
		}
		rows, err := tx.ArchiveMessages(g.Archive, store.ArchiveRange{Above: after, Limit: limit})
		all = t.messages(g.Archive, rows)
		return err
	})
	return all, err
}

func noGroup(err error) error {
	if err == store.ErrNone {
		return errNoGroup
	}
	return err
}
