package store

import (
	"context"
	"strconv"
	"sync"
	"time"

	"switchboard"
)

type manyKey struct {
	head string
	rows int
}

var manyTexts sync.Map // manyKey → string

func itoa(n int) string { return strconv.Itoa(n) }

// LastPosition is the newest position of the ledger, 0 when it is empty.
func (tx *Tx) LastPosition() (switchboard.Position, error) {
	var last int64
	err := tx.row("SELECT last FROM ledger_head").Scan(&last)
	return switchboard.Position(last), err
}

const eventColumns = "position, tenant, time, kind, subject, actor, payload"

func scanEvent(scan func(...any) error) (e switchboard.Event, err error) {
	var at int64
	err = scan(&e.Position, &e.Tenant, &at, &e.Kind, &e.Subject, &e.Actor, &e.Payload)
	e.Time = fromMicros(at)
	return e, err
}

// Events returns up to limit events after a position, oldest first, messages included.
func (tx *Tx) Events(after switchboard.Position, limit int) ([]switchboard.Event, error) {
	rows, err := tx.query("SELECT "+eventColumns+" FROM ledger WHERE position > $1 ORDER BY position LIMIT $2",
		int64(after), limit)
	return collect(rows, err, scanEvent)
}

// Facts is Events without messages.
func (tx *Tx) Facts(after switchboard.Position, limit int) ([]switchboard.Event, error) {
	rows, err := tx.query("SELECT "+eventColumns+" FROM ledger WHERE position > $1 AND kind <> 'message' ORDER BY position LIMIT $2",
		int64(after), limit)
	return collect(rows, err, scanEvent)
}

// Event returns the event at a position, or ErrNone.
func (tx *Tx) Event(at switchboard.Position) (switchboard.Event, error) {
	return scanEvent(tx.row("SELECT "+eventColumns+" FROM ledger WHERE position = $1", int64(at)).Scan)
}

// Cursor returns how far a consumer has come; 0 for a new one.
func (tx *Tx) Cursor(name string) (switchboard.Position, error) {
	var at int64
	err := tx.row("SELECT position FROM cursors WHERE name = $1", name).Scan(&at)
	if err == ErrNone {
		err = nil
	}
	return switchboard.Position(at), err
}

// MoveCursor moves a consumer's cursor; false means that another node has
// moved it meanwhile.
func (tx *Tx) MoveCursor(name string, from, to switchboard.Position) (bool, error) {
	if from == 0 {
		n, err := tx.exec("INSERT INTO cursors (name, position) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", name, int64(to))
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	n, err := tx.exec("UPDATE cursors SET position = $1 WHERE name = $2 AND position = $3", int64(to), name, int64(from))
	return n > 0, err
}

// errOvertaken says that another node has handled the same events.
var errOvertaken = switchboard.E(switchboard.Conflict, "cursor-overtaken", "another node has handled these events")

// followBatch is how many events a follower is given at a time.
const followBatch = 200

// Follow hands every fact (not messages) after the cursor with this name to
// handle, in order; what handle writes and the cursor's move commit together, so that
// each event takes effect once, on one node. handle may run again for the same
// events after a failure. Follow returns when ctx ends.
func (db *DB) Follow(ctx context.Context, name string, handle func(*Tx, []switchboard.Event) error) error {
	for failures := 0; ctx.Err() == nil; {
		changed := db.news.wait()
		n, err := db.followOnce(ctx, name, handle)
		switch {
		case err == nil && n == followBatch:
			failures = 0
			continue
		case err == nil:
			failures = 0
		case ctx.Err() == nil && err != errOvertaken:
			failures = min(failures+1, 6)
			db.log.Error("store: a consumer of the ledger failed and will try again", "consumer", name, "error", err)
		}
		if err := db.waitChange(ctx, changed, failures); err != nil {
			return nil
		}
	}
	return nil
}

func (db *DB) followOnce(ctx context.Context, name string, handle func(*Tx, []switchboard.Event) error) (int, error) {
	var events []switchboard.Event
	var from switchboard.Position
	err := db.Read(ctx, func(tx *Tx) (err error) {
		if from, err = tx.Cursor(name); err == nil {
			events, err = tx.Facts(from, followBatch)
		}
		return err
	})
	if err != nil || len(events) == 0 {
		return 0, err
	}
	return len(events), db.Write(ctx, func(tx *Tx) error {
		moved, err := tx.MoveCursor(name, from, events[len(events)-1].Position)
		if err != nil {
			return err
		}
		if !moved {
			return errOvertaken
		}
		return handle(tx, events)
	})
}

// WaitChange blocks until the ledger has grown past a position that this
// process knows, or a second has passed, or ctx ends.
func (db *DB) WaitChange(ctx context.Context, seen switchboard.Position) error {
	changed := db.changed.wait()
	if db.Last() > seen {
		return ctx.Err()
	}
	return db.waitChange(ctx, changed, 0)
}

// waitChange waits for a commit. Another process may write to the same
// database without telling us, hence the timer.
func (db *DB) waitChange(ctx context.Context, changed <-chan struct{}, failures int) error {
	wait := time.Second
	if failures > 0 {
		changed, wait = nil, time.Duration(1<<failures)*100*time.Millisecond
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}
