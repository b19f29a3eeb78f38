package store

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"switchboard"
)

// A thread is the messages of an archive with one peer. An index on entries
// would touch a page more for every message; instead each head carries the
// numbers of its latest messages in a text, which costs nothing since its row is
// written anyway, and now and then the text moves into a row of its own.

// tailEnds says whether a head's tail is filed after the message with this
// number: on average with every 64th, whatever the pattern of the numbers.
func tailEnds(number int64) bool { return uint64(number)*0x9e3779b97f4a7c15>>58 == 0 }

// fileTails moves the tails of the heads that are marked for it.
func (tx *Tx) fileTails(heads []head) error {
	for _, h := range heads {
		if !h.file {
			continue
		}
		var tail string
		err := tx.row("SELECT tail FROM heads WHERE archive = $1 AND peer = $2", int64(h.archive), h.peer).Scan(&tail)
		if err != nil {
			return err
		}
		numbers := parseNumbers(tail)
		if len(numbers) == 0 {
			continue
		}
		if _, err := tx.exec("INSERT INTO threads (archive, peer, first, numbers) VALUES ($1, $2, $3, $4)",
			int64(h.archive), h.peer, numbers[0], tail); err != nil {
			return err
		}
		if _, err := tx.exec("UPDATE heads SET tail = '' WHERE archive = $1 AND peer = $2", int64(h.archive), h.peer); err != nil {
			return err
		}
	}
	return nil
}

func parseNumbers(text string) []int64 {
	all := make([]int64, 0, len(text)/4+1)
	for word := range strings.FieldsSeq(text) {
		if n, err := strconv.ParseInt(word, 10, 64); err == nil { // we wrote it
			all = append(all, n)
		}
	}
	return all
}

// threadWalk reads the numbers of a thread in one direction.
type threadWalk struct {
	tx           *Tx
	archive      int64
	peer         string
	above, below int64 // both excluded
	newest       bool
	at           int64 // first number of the row read last
	begun, over  bool
}

// next returns some more numbers in the direction of the walk; nil at its end.
func (w *threadWalk) next() ([]int64, error) {
	for !w.over {
		text, err := w.text()
		if err != nil {
			return nil, err
		}
		numbers := slices.DeleteFunc(parseNumbers(text), func(n int64) bool { return n <= w.above || n >= w.below })
		if w.newest {
			slices.Reverse(numbers)
		}
		if len(numbers) > 0 {
			return numbers, nil
		}
	}
	return nil, nil
}

// text returns the next row's numbers.
func (w *threadWalk) text() (text string, err error) {
	switch {
	case w.newest && !w.begun:
		w.begun, w.at = true, w.below
		return w.tail()
	case w.newest:
		err = w.row("first < $3 ORDER BY first DESC", w.at, &text)
		w.over = w.over || w.at <= w.above
	case !w.begun: // the row that the range begins in, if there is one
		w.begun = true
		if err = w.row("first <= $3 ORDER BY first DESC", w.above+1, &text); w.over {
			w.at, w.over = w.above, false
		}
	default:
		if err = w.row("first > $3 ORDER BY first", w.at, &text); w.over && err == nil {
			return w.tail()
		}
		w.over = w.at >= w.below
	}
	return text, err
}

func (w *threadWalk) row(where string, number int64, text *string) error {
	err := w.tx.row("SELECT first, numbers FROM threads WHERE archive = $1 AND peer = $2 AND "+where+" LIMIT 1",
		w.archive, w.peer, number).Scan(&w.at, text)
	if err == ErrNone {
		w.over, err = true, nil
	}
	return err
}

func (w *threadWalk) tail() (text string, err error) {
	err = w.tx.row("SELECT tail FROM heads WHERE archive = $1 AND peer = $2", w.archive, w.peer).Scan(&text)
	if err == ErrNone {
		w.over, err = true, nil
	}
	return text, err
}

// threadMessages is ArchiveMessages for one peer.
func (tx *Tx) threadMessages(archive switchboard.ArchiveID, r ArchiveRange) ([]Archived, error) {
	w := threadWalk{tx: tx, archive: int64(archive), peer: r.Peer, above: r.Above, below: r.Below, newest: r.Newest}
	if w.below == 0 {
		w.below = math.MaxInt64
	}
	if r.Skip > 0 { // numbers are passed over without a look, unless some of them may be of empty messages
		switch empty, err := tx.hasEmpty(archive, r.Peer); {
		case err != nil:
			return nil, err
		case empty:
			skip := r.Skip
			r.Skip, r.Limit = 0, r.Limit+skip
			found, err := tx.threadMessages(archive, r)
			return found[min(skip, len(found)):], err
		}
	}
	var found []Archived
	for len(found) < r.Limit {
		numbers, err := w.next()
		if err != nil || numbers == nil {
			return found, err
		}
		passed := min(r.Skip, len(numbers))
		numbers, r.Skip = numbers[passed:], r.Skip-passed
		for len(numbers) > 0 && len(found) < r.Limit { // erased messages are missing
			n := min(r.Limit-len(found), len(numbers))
			rows, err := tx.numbered(archive, r.Peer, numbers[:n], r.Newest)
			if err != nil {
				return nil, err
			}
			found, numbers = append(found, rows...), numbers[n:]
		}
	}
	return found, nil
}

// hasEmpty tells whether a thread has messages that were emptied.
func (tx *Tx) hasEmpty(archive switchboard.ArchiveID, peer string) (bool, error) {
	var erased int64
	err := tx.row("SELECT erased FROM heads WHERE archive = $1 AND peer = $2", int64(archive), peer).Scan(&erased)
	if err == ErrNone {
		err = nil
	}
	return erased > 0, err
}

// numbered returns the messages with given numbers, which are in order and are
// all of those with the peer in between.
func (tx *Tx) numbered(archive switchboard.ArchiveID, peer string, numbers []int64, newest bool) ([]Archived, error) {
	low, high := min(numbers[0], numbers[len(numbers)-1]), max(numbers[0], numbers[len(numbers)-1])
	if high-low < 4*int64(len(numbers)) { // most of what lies between: one query is faster
		order := ""
		if newest {
			order = " DESC"
		}
		rows, err := tx.query("SELECT "+archivedColumns+` FROM entries e JOIN ledger l ON l.position = e.position
			WHERE l.payload IS NOT NULL AND e.archive = $1 AND e.number >= $2 AND e.number <= $3 AND e.peer = $4
			ORDER BY e.number`+order, int64(archive), low, high, peer)
		return collect(rows, err, scanArchived)
	}
	var found []Archived
	for _, size := range chunks {
		for ; len(numbers) >= size; numbers = numbers[size:] {
			args := make([]any, 1, size+1)
			args[0] = int64(archive)
			for _, n := range numbers[:size] {
				args = append(args, n)
			}
			rows, err := tx.query(numberedSQL(size, newest), args...)
			some, err := collect(rows, err, scanArchived)
			if err != nil {
				return nil, err
			}
			found = append(found, some...)
		}
	}
	return found, nil
}

func numberedSQL(size int, newest bool) string {
	key := manyKey{"numbered", size}
	order := ""
	if newest {
		key.head, order = "numbered newest", " DESC"
	}
	if s, ok := manyTexts.Load(key); ok {
		return s.(string)
	}
	s := "SELECT " + archivedColumns + ` FROM entries e JOIN ledger l ON l.position = e.position
		WHERE l.payload IS NOT NULL AND e.archive = $1 AND e.number IN ($2`
	for i := range size - 1 {
		s += ", $" + itoa(i+3)
	}
	s += ") ORDER BY e.number" + order
	manyTexts.Store(key, s)
	return s
}
