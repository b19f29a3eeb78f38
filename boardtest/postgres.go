package boardtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"switchboard"
)

// PostgresVariable is the environment variable that may hold the URL of a
// superuser of a PostgreSQL cluster for tests; without it one is started.
const PostgresVariable = "SWITCHBOARD_TEST_POSTGRES"

// oldestPostgres is the first major version that we support.
const oldestPostgres = 15

// shared is the cluster of this test binary, started by the first test that
// needs it.
var shared struct {
	sync.Mutex
	cluster *cluster
	err     error
}

// Postgres returns the URL of a new, empty PostgreSQL database, which is
// dropped when the test ends. The cluster around it is the one that
// SWITCHBOARD_TEST_POSTGRES names, or one that is started in a temporary
// directory for this test binary and goes with it, however it ends.
func Postgres(t testing.TB) (databaseURL string) {
	t.Helper()
	admin, err := postgresCluster()
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + switchboard.NewName()
	if err := execute(admin, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("boardtest: create a database: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(admin, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("boardtest: drop the database: %v", err)
		}
	})
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatalf("boardtest: %s is no URL", PostgresVariable)
	}
	u.Path = "/" + name
	return u.String()
}

// Main runs the tests of a package, stops what they share and returns the exit
// code. It is for a TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(boardtest.Main(m)) }
//
// Without it everything stops too, but only just after the process has ended.
func Main(m *testing.M) int {
	code := m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster != nil {
		shared.cluster.stop()
	}
	if built.dir != "" {
		_ = os.RemoveAll(built.dir) // a temporary directory
	}
	return code
}

// postgresCluster returns the URL of a superuser.
func postgresCluster() (string, error) {
	shared.Lock()
	defer shared.Unlock()
	if given := os.Getenv(PostgresVariable); given != "" {
		return given, nil
	}
	if shared.cluster == nil && shared.err == nil {
		shared.cluster, shared.err = startCluster()
	}
	if shared.err != nil {
		return "", shared.err
	}
	return shared.cluster.url(), nil
}

// execute runs one statement on a connection of its own.
func execute(databaseURL, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}

// cluster is a PostgreSQL server in a temporary directory, reached by a Unix
// socket in it: no port that another process could take first, and nobody else
// on the machine may connect.
type cluster struct {
	dir    string
	script *exec.Cmd
	hold   *os.File // the script cleans up when this is closed, by us or by the end of this process
}

// clusterScript makes, starts, and after the end of its standard input stops
// and removes the cluster. It belongs to a session of its own, so an interrupt
// typed at the terminal does not keep it from that.
const clusterScript = `
dir=$1 bin=$2
cd "$dir"
if "$bin/initdb" --pgdata data --username test --auth trust --encoding UTF8 --locale C --no-sync --no-instructions >log 2>&1 &&
	"$bin/pg_ctl" --pgdata data --log log --wait --silent \
		--options "-c listen_addresses= -c unix_socket_directories='$dir' -c max_connections=300 -c timezone=UTC" start >>log 2>&1
then echo ready
else cat log; echo failed
fi
cat >/dev/null
"$bin/pg_ctl" --pgdata data --mode immediate --wait --silent stop >>log 2>&1
cd /
rm -rf "$dir"
`

func startCluster() (*cluster, error) {
	bin, err := postgresBinaries()
	if err != nil {
		return nil, err
	}
	base, owner, err := unprivileged()
	if err != nil {
		return nil, err
	}
	c := &cluster{}
	if c.dir, err = os.MkdirTemp(base, "switchboard-postgres-"); err != nil {
		return nil, fmt.Errorf("boardtest: %w", err)
	}
	if owner != nil {
		if err := os.Chown(c.dir, int(owner.Uid), int(owner.Gid)); err != nil {
			return nil, fmt.Errorf("boardtest: %w", err)
		}
	}
	stdin, hold, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("boardtest: %w", err)
	}
	defer stdin.Close()
	c.hold = hold
	c.script = exec.Command("/bin/sh", "-c", clusterScript, "postgres", c.dir, bin)
	c.script.Dir = c.dir
	c.script.Env = append(os.Environ(), "HOME="+c.dir, "LC_ALL=C")
	c.script.Stdin = stdin
	c.script.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: owner}
	stdout, err := c.script.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("boardtest: %w", err)
	}
	if err := c.script.Start(); err != nil {
		return nil, fmt.Errorf("boardtest: start PostgreSQL: %w", err)
	}
	var said strings.Builder
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		switch line := lines.Text(); line {
		case "ready":
			return c, nil
		case "failed":
			c.stop()
			return nil, fmt.Errorf("boardtest: PostgreSQL in %s does not start:\n%s", bin, said.String())
		default:
			said.WriteString(line + "\n")
		}
	}
	c.stop()
	return nil, fmt.Errorf("boardtest: PostgreSQL in %s does not start:\n%s", bin, said.String())
}

func (c *cluster) url() string {
	u := url.URL{Scheme: "postgres", User: url.User("test"), Path: "/postgres",
		RawQuery: url.Values{"host": {c.dir}}.Encode()}
	return u.String()
}

// stop ends the cluster and waits until it is gone.
func (c *cluster) stop() {
	_ = c.hold.Close()
	_ = c.script.Wait() // how it ends does not matter any more
}

// unprivileged says where a cluster may live and, when we are root, whom it
// belongs to: PostgreSQL refuses to run as root.
func unprivileged() (base string, owner *syscall.Credential, err error) {
	base = os.TempDir()
	if os.Getuid() != 0 {
		return base, nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		if errUID == nil && errGID == nil {
			// root's own temporary directory may be closed to others
			return "/tmp", &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return "", nil, errors.New("boardtest: PostgreSQL does not run as root, and there is no user postgres or nobody")
}

// postgresBinaries finds the directory of initdb and pg_ctl: in PATH, or the
// newest where distributions hide them.
func postgresBinaries() (string, error) {
	var found []string
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, filepath.Dir(path))
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/pgsql/bin"} {
		dirs, _ := filepath.Glob(pattern) // the patterns are well-formed
		found = append(found, dirs...)
	}
	best, bestVersion := "", 0
	for _, dir := range found {
		if version := postgresVersion(dir); version > bestVersion {
			best, bestVersion = dir, version
		}
	}
	if bestVersion < oldestPostgres {
		return "", fmt.Errorf("boardtest: this test needs PostgreSQL %d or newer (initdb, pg_ctl): install it "+
			"(Debian: apt-get install postgresql) or set %s to the URL of a superuser", oldestPostgres, PostgresVariable)
	}
	return best, nil
}

var versionNumber = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// postgresVersion is the major version of the binaries in dir, 0 if they are
// not all there.
func postgresVersion(dir string) int {
	if slices.ContainsFunc([]string{"postgres", "pg_ctl"}, func(name string) bool {
		_, err := exec.LookPath(filepath.Join(dir, name))
		return err != nil
	}) {
		return 0
	}
	out, err := exec.Command(filepath.Join(dir, "initdb"), "--version").Output()
	if err != nil {
		return 0
	}
	if m := versionNumber.FindSubmatch(out); m != nil {
		version, _ := strconv.Atoi(string(m[1])) // digits only
		return version
	}
	return 0
}
