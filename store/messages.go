package store

import (
	"time"

	"switchboard"
)

// Archived is a message at its place in an archive; the event's Tenant is left
// out, since it is the archive's.
type Archived struct {
	Number int64
	Peer   string
	switchboard.Event
}

const archivedColumns = "e.number, e.peer, e.position, l.time, l.subject, l.actor, l.payload"

func scanArchived(scan func(...any) error) (a Archived, err error) {
	var at int64
	err = scan(&a.Number, &a.Peer, &a.Position, &at, &a.Subject, &a.Actor, &a.Payload)
	a.Time, a.Kind = fromMicros(at), switchboard.MessageSent
	return a, err
}

// ArchiveRange selects messages of an archive. Zero fields select nothing away.
type ArchiveRange struct {
	Peer     string
	OnlyPeer bool  // Peer counts, even if it is ""
	Above    int64 // numbers greater than this
	Below    int64 // numbers less than this; 0 means no bound
	Newest   bool  // the newest of them, newest first; otherwise the oldest, oldest first
	Limit    int
	Skip     int
}

// ArchiveMessages returns messages of an archive; erased ones are left out.
func (tx *Tx) ArchiveMessages(archive switchboard.ArchiveID, r ArchiveRange) ([]Archived, error) {
	if r.OnlyPeer {
		return tx.threadMessages(archive, r)
	}
	query, args := r.sql(int64(archive))
	rows, err := tx.query(query, args...)
	return collect(rows, err, scanArchived)
}

func (r ArchiveRange) sql(archive int64) (string, []any) {
	args := []any{archive}
	query := "SELECT " + archivedColumns + ` FROM entries e JOIN ledger l ON l.position = e.position
		WHERE l.payload IS NOT NULL AND e.archive = $1`
	and := func(text string, arg any) {
		args = append(args, arg)
		query += text + itoa(len(args))
	}
	if r.Above > 0 {
		and(" AND e.number > $", r.Above)
	}
	if r.Below > 0 {
		and(" AND e.number < $", r.Below)
	}
	query += " ORDER BY e.number"
	if r.Newest {
		query += " DESC"
	}
	and(" LIMIT $", r.Limit)
	if r.Skip > 0 {
		and(" OFFSET $", r.Skip)
	}
	return query, args
}

// ArchiveMessage returns the message with a number, or ErrNone. An erased one
// has no Payload.
func (tx *Tx) ArchiveMessage(archive switchboard.ArchiveID, number int64) (Archived, error) {
	return scanArchived(tx.row("SELECT "+archivedColumns+
		" FROM entries e JOIN ledger l ON l.position = e.position WHERE e.archive = $1 AND e.number = $2",
		int64(archive), number).Scan)
}

// ArchiveHas tells whether an archive holds a number.
func (tx *Tx) ArchiveHas(archive switchboard.ArchiveID, number int64) (bool, error) {
	var one int64
	err := tx.row("SELECT number FROM entries WHERE archive = $1 AND number = $2", int64(archive), number).Scan(&one)
	if err == ErrNone {
		return false, nil
	}
	return err == nil, err
}

// ArchiveNumbers returns the first and the last number of an archive; 0, 0 when
// it is empty.
func (tx *Tx) ArchiveNumbers(archive switchboard.ArchiveID) (first, last int64, err error) {
	err = tx.row(`SELECT coalesce((SELECT min(number) FROM entries WHERE archive = $1), 0),
		coalesce((SELECT max(number) FROM entries WHERE archive = $1), 0)`, int64(archive)).Scan(&first, &last)
	return first, last, err
}

// ArchiveSince returns the smallest number whose message is not older than a
// time, or the one after the last. Times do not fall from number to number, so
// this is a binary search.
func (tx *Tx) ArchiveSince(archive switchboard.ArchiveID, t time.Time) (int64, error) {
	first, last, err := tx.ArchiveNumbers(archive)
	if err != nil || last == 0 {
		return 1, err
	}
	want := micros(t)
	low, high := first, last+1
	for low < high {
		middle := low + (high-low)/2
		var number, at int64
		err := tx.row(`SELECT e.number, l.time FROM entries e JOIN ledger l ON l.position = e.position
			WHERE e.archive = $1 AND e.number >= $2 ORDER BY e.number LIMIT 1`, int64(archive), middle).Scan(&number, &at)
		switch {
		case err != nil:
			return 0, err
		case at < want:
			low = number + 1
		default:
			high = middle
		}
	}
	return low, nil
}

// CountMessages counts an archive's messages with one peer, or all, without
// those that are empty.
func (tx *Tx) CountMessages(archive switchboard.ArchiveID, peer string, onlyPeer bool) (n int, err error) {
	if onlyPeer {
		err = tx.row("SELECT total - erased FROM heads WHERE archive = $1 AND peer = $2", int64(archive), peer).Scan(&n)
	} else {
		err = tx.row("SELECT last - (SELECT CAST(coalesce(sum(erased), 0) AS BIGINT) FROM heads WHERE archive = archives.id) FROM archives WHERE id = $1",
			int64(archive)).Scan(&n)
	}
	if err == ErrNone {
		err = nil
	}
	return n, err
}

// Head is the state of an archive's messages with one peer.
type Head struct {
	Peer      string
	Last      int64 // number of the newest message
	Position  switchboard.Position
	Unread    int64
	Displayed int64 // number up to which the owner has seen them
}

// Heads lists the heads of an archive, the one with the newest message first.
func (tx *Tx) Heads(archive switchboard.ArchiveID) ([]Head, error) {
	rows, err := tx.query(`SELECT h.peer, h.last, e.position, h.unread, h.displayed FROM heads h
		JOIN entries e ON e.archive = h.archive AND e.number = h.last WHERE h.archive = $1 ORDER BY h.last DESC`, int64(archive))
	return collect(rows, err, func(scan func(...any) error) (h Head, err error) {
		return h, scan(&h.Peer, &h.Last, &h.Position, &h.Unread, &h.Displayed)
	})
}

// SetDisplayed stores that an account has seen what a peer sent it up to a
// number, and counts what is left. It does not go back.
func (tx *Tx) SetDisplayed(archive switchboard.ArchiveID, owner switchboard.AccountID, peer string, number int64) error {
	left, err := tx.threadMessages(archive, ArchiveRange{Peer: peer, OnlyPeer: true, Above: number, Limit: 1 << 30})
	if err != nil {
		return err
	}
	unread := int64(0)
	for _, m := range left {
		unread += bit(m.Actor != owner)
	}
	_, err = tx.exec("UPDATE heads SET displayed = $1, unread = $2 WHERE archive = $3 AND peer = $4 AND displayed <= $5",
		number, unread, int64(archive), peer, number)
	return err
}

// InsertOffline makes a message of an archive wait for its owner's next stream.
func (tx *Tx) InsertOffline(archive switchboard.ArchiveID, number int64) error {
	_, err := tx.exec("INSERT INTO offline (archive, number) VALUES ($1, $2) ON CONFLICT DO NOTHING", int64(archive), number)
	return err
}

// OfflineMessages returns what waits for the owner of an archive after a
// number, oldest first. In a Write it sees what was appended before, by this and
// by all earlier functions of the group.
func (tx *Tx) OfflineMessages(archive switchboard.ArchiveID, after int64, limit int) ([]Archived, error) {
	if err := tx.flush(); err != nil {
		return nil, err
	}
	rows, err := tx.query("SELECT "+archivedColumns+` FROM offline o
		JOIN entries e ON e.archive = o.archive AND e.number = o.number
		JOIN ledger l ON l.position = e.position
		WHERE o.archive = $1 AND o.number > $2 AND l.payload IS NOT NULL ORDER BY o.number LIMIT $3`, int64(archive), after, limit)
	return collect(rows, err, scanArchived)
}

// DeleteOffline forgets the waiting messages of an archive from one number to
// another, both included.
func (tx *Tx) DeleteOffline(archive switchboard.ArchiveID, from, to int64) error {
	_, err := tx.exec("DELETE FROM offline WHERE archive = $1 AND number >= $2 AND number <= $3", int64(archive), from, to)
	return err
}
