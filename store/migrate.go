package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate applies what is missing. Files are named NNNN_room.sql; a file that
// has been released never changes.
func migrate(ctx context.Context, db *sql.DB, d *dialect) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	var all []*goose.Migration
	for _, name := range names {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		number, _, _ := strings.Cut(strings.TrimPrefix(name, "migrations/"), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return fmt.Errorf("%s: the name must start with a number", name)
		}
		script := forEngine(string(text), d.name)
		all = append(all, goose.NewGoMigration(version, &goose.GoFunc{
			RunTx: func(ctx context.Context, tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, script)
				return err
			},
		}, nil))
	}
	p, err := goose.NewProvider(d.goose, db, nil, goose.WithGoMigrations(all...),
		goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}

// forEngine drops the lines that are marked for the other engine.
func forEngine(script, engine string) string {
	var b strings.Builder
	for line := range strings.Lines(script) {
		text := strings.TrimRight(line, " \r\n")
		if i := strings.LastIndex(text, "-- "); i > 0 {
			if mark := text[i+3:]; (mark == "sqlite" || mark == "postgres") && mark != engine {
				continue
			}
		}
		b.WriteString(line)
	}
	return b.String()
}
