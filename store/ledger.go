package store

import (
	"slices"
	"strconv"
	"strings"

	"switchboard"
)

// QuietPeer stands for the author of a quiet message in a group's archive; the
// author of the group's own notices is "".
const QuietPeer = "?"

// Entry asks for a message's place in one archive. Number is filled in when the
// Write has returned (Submit: when done is called).
type Entry struct {
	Archive switchboard.ArchiveID
	Peer    string // the bare address of the other side
	Unread  bool   // it came from the other side and nobody has seen it
	Quiet   bool   // it says something about other messages (a receipt, a marker): not a chat's newest one
	Offline bool   // nobody is there to take it: it waits for the next stream
	Number  int64  // 1, 2, 3 … without gaps in the archive
}

type fact struct {
	event   *switchboard.Event
	entries [2]*Entry
	n       int
}

// Append adds a fact to the ledger, and to at most two archives. Position and
// Time (if it is zero) of the event and Number of each entry are filled in
// when the Write has returned.
func (tx *Tx) Append(e *switchboard.Event, entries ...*Entry) {
	if e.Time.IsZero() {
		e.Time = tx.Now()
	}
	f := fact{event: e, n: len(entries)}
	copy(f.entries[:], entries)
	tx.facts = append(tx.facts, f)
}

// flush stores the appended facts.
func (tx *Tx) flush() error {
	if len(tx.facts) == 0 {
		return nil
	}
	var last int64
	// This row is the lock that keeps positions in the order of commits.
	err := tx.mutate("UPDATE ledger_head SET last = last + $1 RETURNING last", int64(len(tx.facts))).Scan(&last)
	if err != nil {
		return err
	}
	tx.last = switchboard.Position(last)
	position := tx.last - switchboard.Position(len(tx.facts))
	for i := range tx.facts {
		position++
		tx.facts[i].event.Position = position
		tx.news = tx.news || tx.facts[i].event.Kind != switchboard.MessageSent
	}
	if err := tx.insertLedger(); err != nil {
		return err
	}
	if err := tx.insertEntries(); err != nil {
		return err
	}
	clear(tx.facts)
	tx.facts = tx.facts[:0]
	return nil
}

func (tx *Tx) insertLedger() error {
	args := make([]any, 0, 7*len(tx.facts))
	for _, f := range tx.facts {
		e := f.event
		args = append(args, int64(e.Position), int64(e.Tenant), micros(e.Time), string(e.Kind), e.Subject, int64(e.Actor), e.Payload)
	}
	return tx.insertMany("INSERT INTO ledger (position, tenant, time, kind, subject, actor, payload) VALUES ", "", 7, args)
}

// insertEntries numbers the entries of each archive and keeps its heads.
func (tx *Tx) insertEntries() error {
	type place struct {
		entry    *Entry
		position switchboard.Position
	}
	var all []place
	for _, f := range tx.facts {
		for _, e := range f.entries[:f.n] {
			all = append(all, place{e, f.event.Position})
		}
	}
	if len(all) == 0 {
		return nil
	}
	// Archives in one order on every node; within one, in ledger order.
	slices.SortStableFunc(all, func(a, b place) int { return int(a.entry.Archive - b.entry.Archive) })
	counts := make([]any, 0, 2*len(all))
	for i, p := range all {
		if i == 0 || p.entry.Archive != all[i-1].entry.Archive {
			counts = append(counts, int64(p.entry.Archive), int64(0))
		}
		counts[len(counts)-1] = counts[len(counts)-1].(int64) + 1
	}
	next, err := tx.reserveNumbers(counts)
	if err != nil {
		return err
	}
	args := make([]any, 0, 4*len(all))
	heads := newHeads(len(all))
	var waiting []any
	for _, p := range all {
		e := p.entry
		archive := int64(e.Archive)
		e.Number = next[archive]
		next[archive]++
		args = append(args, archive, e.Number, int64(p.position), e.Peer)
		heads.add(e)
		if e.Offline {
			waiting = append(waiting, archive, e.Number)
		}
	}
	err = tx.insertMany("INSERT INTO entries (archive, number, position, peer) VALUES ", "", 4, args)
	if err != nil {
		return err
	}
	if err := tx.insertMany("INSERT INTO offline (archive, number) VALUES ", "", 2, waiting); err != nil {
		return err
	}
	err = tx.insertMany("INSERT INTO heads (archive, peer, last, unread, displayed, total, tail) VALUES ",
		` ON CONFLICT (archive, peer) DO UPDATE SET last = CASE WHEN excluded.last > 0 THEN excluded.last ELSE heads.last END, unread = heads.unread + excluded.unread,
		total = heads.total + excluded.total, tail = heads.tail || excluded.tail`, 7, heads.rows())
	if err != nil {
		return err
	}
	return tx.fileTails(heads.list)
}

// reserveNumbers counts archives up; counts are pairs of an archive and how many
// numbers it needs. It returns the first of them for each archive.
func (tx *Tx) reserveNumbers(counts []any) (map[int64]int64, error) {
	next := make(map[int64]int64, len(counts)/2)
	for _, rows := range chunks {
		for ; len(counts) >= 2*rows; counts = counts[2*rows:] {
			if err := tx.reserveChunk(next, rows, counts[:2*rows]); err != nil {
				return nil, err
			}
		}
	}
	return next, nil
}

// The first row says the types; there is no archive 0.
const reserveSQL = `UPDATE archives SET last = archives.last + v.column2
	FROM (VALUES (CAST(0 AS BIGINT), CAST(0 AS BIGINT)), `

func (tx *Tx) reserveChunk(next map[int64]int64, rows int, counts []any) error {
	tx.dirty = true
	last, err := tx.query(valuesSQL(reserveSQL,
		") AS v WHERE archives.id = v.column1 RETURNING archives.id, archives.last", 2, rows), counts...)
	if err != nil {
		return err
	}
	defer last.Close()
	found := 0
	for ; last.Next(); found++ {
		var archive, number int64
		if err := last.Scan(&archive, &number); err != nil {
			return tx.failed(err)
		}
		next[archive] = number
	}
	if err := last.Err(); err != nil {
		return tx.failed(err)
	}
	if found < rows {
		return ErrNone
	}
	for i := 0; i < len(counts); i += 2 {
		next[counts[i].(int64)] -= counts[i+1].(int64) - 1
	}
	return nil
}

// heads coalesces what a transaction does to the head of each peer.
type heads struct {
	index map[headKey]int
	list  []head
}

type headKey struct {
	archive switchboard.ArchiveID
	peer    string
}

type head struct {
	headKey
	last, unread, total int64
	tail                []byte
	file                bool // its tail has become long
}

func newHeads(n int) *heads { return &heads{index: make(map[headKey]int, n)} }

func (h *heads) add(e *Entry) {
	key := headKey{e.Archive, e.Peer}
	i, ok := h.index[key]
	if !ok {
		i = len(h.list)
		h.index[key] = i
		h.list = append(h.list, head{headKey: key})
	}
	one := &h.list[i]
	if !e.Quiet {
		one.last = e.Number
	}
	one.unread += bit(e.Unread)
	one.total++
	one.tail = append(strconv.AppendInt(one.tail, e.Number, 10), ' ')
	one.file = one.file || tailEnds(e.Number)
}

func (h *heads) rows() []any {
	args := make([]any, 0, 7*len(h.list))
	for _, one := range h.list {
		args = append(args, int64(one.archive), one.peer, one.last, one.unread, int64(0), one.total, string(one.tail))
	}
	return args
}

// The sizes of multi-row statements: few enough to keep them all prepared.
var chunks = [...]int{32, 8, 1}

// insertMany inserts rows of width columns in as few statements as possible.
func (tx *Tx) insertMany(head, tail string, width int, args []any) error {
	for _, rows := range chunks {
		for len(args) >= rows*width {
			if _, err := tx.exec(valuesSQL(head, tail, width, rows), args[:rows*width]...); err != nil {
				return err
			}
			args = args[rows*width:]
		}
	}
	return nil
}

// valuesSQL is "head ($1, $2), ($3, $4) … tail"; the text is made once.
func valuesSQL(head, tail string, width, rows int) string {
	key := manyKey{head, rows}
	if s, ok := manyTexts.Load(key); ok {
		return s.(string)
	}
	var b strings.Builder
	b.WriteString(head)
	for i := range rows * width {
		switch {
		case i%width != 0:
			b.WriteString(", ")
		case i == 0:
			b.WriteString("(")
		default:
			b.WriteString("), (")
		}
		b.WriteString("$")
		b.WriteString(itoa(i + 1))
	}
	b.WriteString(")")
	b.WriteString(tail)
	manyTexts.Store(key, b.String())
	return b.String()
}
