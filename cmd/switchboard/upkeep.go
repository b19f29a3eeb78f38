package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"switchboard/config"
)

// backupCmd leaves files out: they may be many, never change once they are
// complete, and have tools of their own (rsync, a bucket's replication). Take
// them after the database: then none that it knows is missing.
type backupCmd struct {
	File string `arg:"" help:"Where to write the backup; it must not exist."`
}

var errUsePgDump = errors.New("this works for the embedded store; back PostgreSQL up with pg_dump or its own tools")

func (cmd *backupCmd) Run(a *app) error {
	c, err := a.config(nil)
	if err != nil {
		return err
	}
	if c.Database != "" {
		return errUsePgDump
	}
	if !hasStore(c) {
		return fmt.Errorf("there is no store in %s: name its directory with --data", c.Data)
	}
	rooms, err := a.open()
	if err != nil {
		return err
	}
	defer rooms.Close()
	if err := rooms.Store.Backup(a, cmd.File); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, "backed up to", cmd.File)
	if c.Media.URL == "" {
		fmt.Fprintln(a.stdout, "files and pictures are not in it: copy the folder", filepath.Join(c.Data, "media"), "too")
	}
	if c.Media.Key == "" {
		fmt.Fprintln(a.stdout, "without", filepath.Join(c.Data, "media.key"), "nobody can read them: keep a copy of it elsewhere")
	}
	return nil
}

type restoreCmd struct {
	File string `arg:"" help:"A backup."`
}

func (cmd *restoreCmd) Run(a *app) error {
	c, err := a.config(nil)
	if err != nil {
		return err
	}
	if c.Database != "" {
		return errUsePgDump
	}
	target := storeFile(c)
	for _, of := range []string{"", "-wal", "-shm"} { // a log that is left there would be applied to the backup
		if _, err := os.Stat(target + of); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s exists already: restore into an empty directory", target+of)
		}
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	part := target + ".part" // what is there only in part is no store
	if err := errors.Join(copyStore(cmd.File, part), a.Err()); err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	if err := os.Rename(part, target); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, "restored into", c.Data)
	return nil
}

func storeFile(c config.Config) string { return filepath.Join(c.Data, "switchboard.db") }

func hasStore(c config.Config) bool {
	_, err := os.Stat(storeFile(c))
	return err == nil
}

// storeMagic is how an SQLite database begins.
const storeMagic = "SQLite format 3\x00"

func copyStore(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	begin := make([]byte, len(storeMagic))
	if _, err := io.ReadFull(in, begin); err != nil || string(begin) != storeMagic {
		return fmt.Errorf("%s is no backup", from)
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, io.MultiReader(bytes.NewReader(begin), in))
	return errors.Join(err, out.Sync(), out.Close())
}

type doctorCmd struct{}

func (*doctorCmd) Run(a *app) error {
	c, err := a.config(nil)
	if err != nil {
		return err
	}
	for _, w := range c.Warnings() {
		fmt.Fprintln(a.stdout, "warning:", w)
	}
	if c.Database == "" && !hasStore(c) {
		fmt.Fprintln(a.stdout, "warning: there was no store in", c.Data+": a new one is made")
	}
	rooms, err := a.open()
	if err != nil {
		return err
	}
	defer rooms.Close()
	faults, err := rooms.Store.Check(a)
	if err != nil {
		return err
	}
	lost, files, err := rooms.Chat.CheckMedia(a)
	if err != nil {
		return err
	}
	faults = append(faults, lost...)
	for _, f := range faults {
		fmt.Fprintln(a.stdout, "fault:", f)
	}
	if len(faults) > 0 {
		return fmt.Errorf("%d faults", len(faults))
	}
	plural := "s"
	if files == 1 {
		plural = ""
	}
	fmt.Fprintf(a.stdout, "ok: %s, ledger at position %d, no gaps, %d file%s\n", rooms.Store.Engine(), rooms.Store.Last(), files, plural)
	return nil
}
