package boardtest_test

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"switchboard/boardtest"
)

func TestMain(m *testing.M) { os.Exit(boardtest.Main(m)) }

// one returns the one text value that a query yields.
func one(t *testing.T, databaseURL, query string) (value string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(t.Context(), query).Scan(&value); err != nil {
		t.Fatal(query, err)
	}
	return value
}

func TestPostgres(t *testing.T) {
	first, second := boardtest.Postgres(t), boardtest.Postgres(t)
	if first == second {
		t.Fatal("the same database twice")
	}
	for query, want := range map[string]string{
		"SHOW fsync":              "on",
		"SHOW synchronous_commit": "on",
		"SHOW server_encoding":    "UTF8",
		"SHOW listen_addresses":   "",
		"SELECT count(*)::text FROM pg_class WHERE relnamespace = 'public'::regnamespace": "0",
	} {
		if got := one(t, second, query); got != want && os.Getenv(boardtest.PostgresVariable) == "" {
			t.Errorf("%s: %q", query, got)
		}
	}
}

func TestPostgresIsDropped(t *testing.T) {
	var gone string
	t.Run("first", func(t *testing.T) { gone = boardtest.Postgres(t) })
	if conn, err := pgx.Connect(t.Context(), gone); err == nil {
		conn.Close(context.Background())
		t.Error("the database outlived its test")
	}
}

// A test binary that is killed leaves neither a server nor a directory.
func TestPostgresGoesWithTheProcess(t *testing.T) {
	const child = "BOARDTEST_CHILD"
	if os.Getenv(child) != "" {
		fmt.Println("\nurl", boardtest.Postgres(t))
		select {} // until it is killed
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), child+"=1", boardtest.PostgresVariable+"=")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	databaseURL := ""
	for lines := bufio.NewScanner(stdout); databaseURL == "" && lines.Scan(); {
		databaseURL, _ = strings.CutPrefix(lines.Text(), "url ")
		if !strings.HasPrefix(databaseURL, "postgres:") {
			databaseURL = ""
		}
	}
	if databaseURL == "" {
		t.Fatal("the child has no database", cmd.Wait())
	}
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	dir := u.Query().Get("host")
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	boardtest.Eventually(t, dir+" goes", func() bool { _, err := os.Stat(dir); return os.IsNotExist(err) })
}
