package store_test

import (
	"os"
	"path/filepath"
	"strings"
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

// TestFilesArePrivate: in a directory that others may look into, nobody else
// reads the store, its log or its backup.
func TestFilesArePrivate(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o755))
	db := openTest(t, store.Options{Dir: dir})
	people(t, db, 1)
	must(t, db.Backup(t.Context(), filepath.Join(dir, "switchboard.backup")))
	files, err := os.ReadDir(dir)
	must(t, err)
	seen := 0
	for _, f := range files {
		if info, err := f.Info(); err == nil && strings.HasPrefix(f.Name(), "switchboard.") {
			seen++
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s has the mode %v", f.Name(), info.Mode())
			}
		}
	}
	if seen < 3 {
		t.Errorf("%d files", seen)
	}
}
