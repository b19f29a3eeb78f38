package store_test

import (
	"path/filepath"
	"testing"

	"switchboard/store"
)

func TestCheckFindsNothingWrong(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 3)
		for i := range 10 {
			e, entries := message(tenant.ID, accounts[i%3], accounts[(i+1)%3], "x")
			must(t, db.Write(t.Context(), func(tx *store.Tx) error { tx.Append(e, entries...); return nil }))
		}
		faults, err := db.Check(t.Context())
		if err != nil || len(faults) > 0 {
			t.Errorf("faults %q, %v", faults, err)
		}
	})
}

func TestBackupIsAWholeStore(t *testing.T) {
	db := openTest(t, store.Options{Dir: t.TempDir()})
	tenant, accounts := people(t, db, 2)
	e, entries := message(tenant.ID, accounts[0], accounts[1], "kept")
	must(t, db.Write(t.Context(), func(tx *store.Tx) error { tx.Append(e, entries...); return nil }))
	dir := t.TempDir()
	file := filepath.Join(dir, "switchboard.db")
	must(t, db.Backup(t.Context(), file))
	if err := db.Backup(t.Context(), file); err == nil {
		t.Error("a second backup replaced the first")
	}
	copied := openTest(t, store.Options{Dir: dir})
	must(t, copied.Read(t.Context(), func(tx *store.Tx) error {
		got, err := tx.Event(e.Position)
		if err != nil || string(got.Payload) != "kept" {
			t.Errorf("event = %+v, %v", got, err)
		}
		return nil
	}))
}
