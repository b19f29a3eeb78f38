package boardtest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BinaryVariable is the environment variable that may name the binary under
// test; without it one is built from this source.
const BinaryVariable = "SWITCHBOARD_TEST_BIN"

// startLimit is how long a server may take until it is ready. It takes a
// fraction of a second; the rest is for machines that do much else.
const startLimit = 30 * time.Second

// built is the binary of this test process.
var built struct {
	sync.Once
	dir, path string
	err       error
}

// BinaryPath is the binary under test.
func BinaryPath(t testing.TB) string {
	t.Helper()
	built.Do(func() {
		if built.path = os.Getenv(BinaryVariable); built.path != "" {
			return
		}
		if built.dir, built.err = os.MkdirTemp("", "switchboard-binary-"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "switchboard")
		if out, err := exec.Command("go", "build", "-o", built.path, "switchboard/cmd/switchboard").CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal("boardtest: build the binary: ", built.err)
	}
	return built.path
}

// BinaryOptions adorn StartBinary. The zero value is a server on SQLite in a
// directory that goes away with the test.
type BinaryOptions struct {
	Data     string // "" is a new temporary directory
	Database string // PostgreSQL URL
	Args     []string
}

// Binary is a server in a process of its own, with a data directory and
// addresses that it keeps when it is started again.
type Binary struct {
	HTTP, XMPP string // addresses, once started
	Data       string
	Started    time.Duration // how long the last start took

	path    string
	options BinaryOptions
	cmd     *exec.Cmd
	gone    chan struct{} // closed when the process has ended
	code    int
	cleanup sync.Once
	said    transcript
}

// transcript keeps what a process says.
type transcript struct {
	mu   sync.Mutex
	b    bytes.Buffer
	more chan struct{} // closed when there is more
}

func (s *transcript) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.more != nil {
		close(s.more)
		s.more = nil
	}
	return s.b.Write(p)
}

// grows is closed when there is more than now.
func (s *transcript) grows() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.more == nil {
		s.more = make(chan struct{})
	}
	return s.more
}

func (s *transcript) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// NewBinary prepares a server that is not started yet, so that commands can be run
// on its data first.
func NewBinary(t testing.TB, o BinaryOptions) *Binary {
	t.Helper()
	if o.Data == "" {
		o.Data = filepath.Join(t.TempDir(), "data")
	}
	return &Binary{Data: o.Data, path: BinaryPath(t), options: o, HTTP: "127.0.0.1:0", XMPP: "127.0.0.1:0"}
}

// StartBinary starts the real binary on free loopback ports and stops it with
// the test.
func StartBinary(t testing.TB, o BinaryOptions) *Binary {
	t.Helper()
	b := NewBinary(t, o)
	b.Start(t)
	return b
}

// URL is where a browser reaches the server.
func (b *Binary) URL() string { return "http://" + b.HTTP }

// Said is all that the server has written to its standard error.
func (b *Binary) Said() string { return b.said.String() }

// Says waits until the server has written something that matches to its
// standard error, and returns that.
func (b *Binary) Says(t testing.TB, pattern string) string {
	t.Helper()
	want := regexp.MustCompile(pattern)
	late := time.After(startLimit)
	for {
		more := b.said.grows()
		if found := want.FindString(b.Said()); found != "" {
			return found
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("boardtest: the server does not say %s but\n%s", pattern, b.Said())
		}
	}
}

// store are the flags that say where the data are.
func (b *Binary) store() []string {
	args := []string{"--data", b.Data}
	if b.options.Database != "" {
		args = append(args, "--database", b.options.Database)
	}
	return args
}

// environment is ours without the settings of a server on this machine.
func environment() []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "SWITCHBOARD_") {
			env = append(env, e)
		}
	}
	return env
}

// Start starts the server, again if it has run before, and waits until it is
// ready.
func (b *Binary) Start(t testing.TB) {
	t.Helper()
	args := append(append([]string{"serve"}, b.store()...), "--http", b.HTTP, "--xmpp", b.XMPP)
	b.cmd = exec.Command(b.path, append(args, b.options.Args...)...)
	b.cmd.Env = environment()
	b.cmd.Stderr = &b.said
	stdout, err := b.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt typed at the terminal is the test's
	began := time.Now()
	if err := b.cmd.Start(); err != nil {
		t.Fatal("boardtest: start the binary: ", err)
	}
	ready := make(chan string, 1)
	b.gone = make(chan struct{})
	go b.watch(stdout, ready)
	b.cleanup.Do(func() { t.Cleanup(func() { b.stop(t) }) })
	select {
	case line := <-ready:
		b.Started = time.Since(began)
		if _, err := fmt.Sscanf(line, "ready http=%s xmpp=%s", &b.HTTP, &b.XMPP); err != nil {
			t.Fatalf("boardtest: the server is not ready but says %q\n%s", line, b.Said())
		}
	case <-time.After(startLimit):
		t.Fatalf("boardtest: the server is not ready after %v\n%s", startLimit, b.Said())
	}
}

// watch hands over the first line of standard output and waits for the end.
func (b *Binary) watch(stdout io.Reader, ready chan<- string) {
	r := bufio.NewReader(stdout)
	line, _ := r.ReadString('\n') // cut short when the process ends
	ready <- strings.TrimSpace(line)
	_, _ = io.Copy(io.Discard, r)
	_ = b.cmd.Wait() // the exit code says the same
	b.code = b.cmd.ProcessState.ExitCode()
	close(b.gone)
}

// stop is how a test ends; it shows what the server said if the test failed.
func (b *Binary) stop(t testing.TB) {
	select {
	case <-b.gone:
	default:
		_ = b.cmd.Process.Kill() // it may be ending by itself
		<-b.gone
	}
	if t.Failed() {
		said := b.Said()
		t.Logf("the server said:\n%s", said[max(0, len(said)-4000):])
	}
}

// Kill ends the server as a power cut would, and waits until it is gone.
func (b *Binary) Kill(t testing.TB) {
	t.Helper()
	if err := b.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal("boardtest: kill the server: ", err)
	}
	<-b.gone
}

// Interrupt ends the server as Ctrl-C does. It returns the exit code and how
// long the server took.
func (b *Binary) Interrupt(t testing.TB) (code int, took time.Duration) {
	t.Helper()
	began := time.Now()
	if err := b.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal("boardtest: interrupt the server: ", err)
	}
	select {
	case <-b.gone:
	case <-time.After(startLimit):
		t.Fatalf("boardtest: the server does not stop\n%s", b.Said())
	}
	return b.code, time.Since(began)
}

// Result is what a command has said.
type Result struct {
	Stdout, Stderr string
	Code           int
}

// Run runs another command of the binary on the same store, whether the server
// runs or not. Flags of the store go before args.
func (b *Binary) Run(t testing.TB, stdin string, args ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.path, append(b.store(), args...)...)
	cmd.Env = environment()
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("boardtest: %v: %v", args, err)
	}
	return Result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// MustRun is Run for a command that has to succeed; it returns its standard
// output.
func (b *Binary) MustRun(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	r := b.Run(t, stdin, args...)
	if r.Code != 0 {
		t.Fatalf("switchboard %s: exit code %d\n%s%s", strings.Join(args, " "), r.Code, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// AddUsers adds users whose password is Password, by account import.
func (b *Binary) AddUsers(t testing.TB, names ...string) {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("name,password,role\n")
	for _, name := range names {
		fmt.Fprintf(&rows, "%s,%s,user\n", name, Password)
	}
	b.MustRun(t, rows.String(), "account", "import", "-")
}

// Port is the port of an address that a server listens on.
func Port(t testing.TB, address string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}
