package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the PostgreSQL driver
	"github.com/pressly/goose/v3/database"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is all that differs between the two engines, beside the marked lines
// of the migrations.
type dialect struct {
	name    string // the mark on migration lines
	goose   database.Dialect
	begin   string
	readers int
	// rewrite turns $1 placeholders into what the driver reads fastest.
	rewrite func(query string) string
	// retry tells a failure that a second try of the same transaction may not meet.
	retry func(error) bool
	// duplicate tells a violated UNIQUE constraint.
	duplicate func(error) bool
	// member is an expression for a text in a JSON column, '' if it is not there.
	member func(column, name string) string
	// contains is a condition: a text has another in it, whatever the case of ASCII letters.
	contains func(text, part string) string
	// utf8 is an expression for bytes as text.
	utf8 func(column string) string
	// shared tells that other processes on other machines may write too.
	shared bool
}

var sqliteDialect = dialect{
	name: "sqlite", goose: database.DialectSQLite3, begin: "BEGIN IMMEDIATE", readers: 4,
	rewrite: anonymous,
	member: func(column, name string) string {
		return "coalesce(json_extract(" + column + ", '$." + name + "'), '')"
	},
	contains: func(text, part string) string { return "instr(lower(" + text + "), lower(" + part + ")) > 0" },
	utf8:     func(column string) string { return "CAST(" + column + " AS TEXT)" },
	retry: func(err error) bool {
		var e *sqlite.Error
		return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
	},
	duplicate: func(err error) bool {
		var e *sqlite.Error
		return errors.As(err, &e) &&
			(e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
	},
}

// beginAlone begins a transaction that all other writers wait for, on whichever
// node. A rule may thus read a row and write what follows from it, as in SQLite:
// each of its statements sees all that was committed before the transaction got
// the lock. Groups of different nodes would wait for each other at the head of
// the ledger anyway.
const beginAlone = "BEGIN; SELECT pg_advisory_xact_lock(1937203812)"

var postgresDialect = dialect{
	name: "postgres", goose: database.DialectPostgres, begin: beginAlone, readers: 8, shared: true,
	rewrite: func(q string) string { return q },
	member: func(column, name string) string {
		return "coalesce(CAST(" + column + " AS JSON) ->> '" + name + "', '')"
	},
	contains: func(text, part string) string { return "position(lower(" + part + ") in lower(" + text + ")) > 0" },
	utf8:     func(column string) string { return "convert_from(" + column + ", 'UTF8')" },
	retry: func(err error) bool {
		var e *pgconn.PgError
		return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
	},
	duplicate: func(err error) bool {
		var e *pgconn.PgError
		return errors.As(err, &e) && e.Code == "23505"
	},
}

// anonymous replaces $1, $2 … by ? where they stand once each and in order: the
// driver compares names for the former and counts for the latter.
func anonymous(query string) string {
	var b strings.Builder
	next := 1
	for rest := query; ; {
		i := strings.IndexByte(rest, '$')
		if i < 0 {
			b.WriteString(rest)
			return b.String()
		}
		mark := fmt.Sprintf("$%d", next)
		after := rest[i:]
		if !strings.HasPrefix(after, mark) || (len(after) > len(mark) && '0' <= after[len(mark)] && after[len(mark)] <= '9') {
			return query
		}
		b.WriteString(rest[:i])
		b.WriteByte('?')
		rest = after[len(mark):]
		next++
	}
}

// openPools opens the database of o: one pool for the writer, one for readers.
func openPools(ctx context.Context, o Options) (dialect, *sql.DB, *sql.DB, error) {
	if o.URL == "" {
		return openSQLite(o.Dir)
	}
	u, err := url.Parse(o.URL)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return dialect{}, nil, nil, fmt.Errorf("database: want postgres://user:password@host:port/name, or nothing for SQLite")
	}
	pool, err := sql.Open("pgx", o.URL)
	if err != nil {
		return dialect{}, nil, nil, fmt.Errorf("database: %w", err)
	}
	pool.SetMaxOpenConns(postgresDialect.readers + 4)
	pool.SetMaxIdleConns(postgresDialect.readers + 4)
	if err := pool.PingContext(ctx); err != nil {
		pool.Close()
		return dialect{}, nil, nil, fmt.Errorf("database: cannot reach PostgreSQL: %w", err)
	}
	return postgresDialect, pool, pool, nil
}

func openSQLite(dir string) (dialect, *sql.DB, *sql.DB, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return dialect{}, nil, nil, fmt.Errorf("data directory: %w", err)
	}
	file := filepath.Join(dir, "switchboard.db")
	made, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600) // SQLite would let everybody read it; its log is as the file is
	if err != nil {
		return dialect{}, nil, nil, fmt.Errorf("data directory: %w", err)
	}
	made.Close()
	// The log is checkpointed beside the writer (checkpoint.go); its size limit
	// keeps the file from staying at its largest size.
	path := "file:" + (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=cache_size(-16000)" +
		"&_pragma=journal_size_limit(67108864)&_pragma=temp_store(2)&_pragma=wal_autocheckpoint(0)"
	write, err := sql.Open("sqlite", path+"&_pragma=synchronous(FULL)")
	if err != nil {
		return dialect{}, nil, nil, err
	}
	write.SetMaxOpenConns(3)
	read, err := sql.Open("sqlite", path+"&_pragma=query_only(1)")
	if err != nil {
		write.Close()
		return dialect{}, nil, nil, err
	}
	read.SetMaxOpenConns(sqliteDialect.readers)
	read.SetMaxIdleConns(sqliteDialect.readers)
	return sqliteDialect, write, read, nil
}
