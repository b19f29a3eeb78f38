package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Backup writes a copy of an embedded database, as of one moment, to a file
// that does not exist yet. The database may be in use.
func (db *DB) Backup(ctx context.Context, file string) error {
	if db.dialect.shared {
		return fmt.Errorf("store: only the embedded database is backed up so")
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL, 0o600) // SQLite would let everybody read it
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already", file)
	}
	if err != nil {
		return err
	}
	f.Close()
	if _, err = db.pools[0].ExecContext(ctx, "VACUUM INTO ?", file); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return nil
}

// Check looks for what must never be: gaps in the ledger's positions or in an
// archive's numbers, and entries without a ledger row. It reads everything.
func (db *DB) Check(ctx context.Context) (faults []string, err error) {
	checks := []struct{ query, fault string }{
		{`SELECT h.last - count(l.position) FROM ledger_head h LEFT JOIN ledger l ON 1 = 1 GROUP BY h.last`,
			"%d positions of the ledger are missing"},
		{`SELECT count(*) FROM (SELECT a.id FROM archives a LEFT JOIN entries e ON e.archive = a.id GROUP BY a.id, a.last
			HAVING count(e.number) <> a.last OR coalesce(max(e.number), 0) <> a.last) AS wrong`,
			"%d archives have gaps in their numbers"},
		{`SELECT count(*) FROM entries e LEFT JOIN ledger l ON l.position = e.position WHERE l.position IS NULL`,
			"%d archive entries point to nothing"},
		{`SELECT count(*) FROM heads h LEFT JOIN (SELECT archive, peer, count(*) AS n FROM entries GROUP BY archive, peer) AS e
			ON e.archive = h.archive AND e.peer = h.peer WHERE h.total <> coalesce(e.n, 0)`,
			"%d heads count their messages wrongly"},
		{`SELECT count(*) FROM heads h LEFT JOIN (SELECT n.archive, n.peer, count(*) AS n FROM entries n
			JOIN ledger l ON l.position = n.position AND l.payload IS NULL GROUP BY n.archive, n.peer) AS e
			ON e.archive = h.archive AND e.peer = h.peer WHERE h.erased <> coalesce(e.n, 0)`,
			"%d heads count their emptied messages wrongly"},
	}
	err = db.Read(ctx, func(tx *Tx) error {
		for _, c := range checks {
			var n int64
			if err := tx.row(c.query).Scan(&n); err != nil {
				return err
			}
			if n != 0 {
				faults = append(faults, fmt.Sprintf(c.fault, n))
			}
		}
		return nil
	})
	return faults, err
}
