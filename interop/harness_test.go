package interop

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"switchboard/boardtest"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // libraries of the nodes in this process write to it
	code := boardtest.Main(m)
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// patience bounds every wait. It is long: a busy machine may stand still for
// seconds.
const patience = time.Minute

// fact is what a script says that happened.
type fact struct {
	Event, Who, From, To, Type, ID, Body, Text string

	By, ArchiveID, Delay, Receipt string
	Mechanism, TLS                string
	Asked                         int // for acknowledgements
	Messages                      []fact
	Seen                          []fact // what came, when a wait was in vain
}

// python plays a scene of py/ with slixmpp.
func python(t *testing.T, scene string, given map[string]any) []fact {
	t.Helper()
	interpreter := os.Getenv("SWITCHBOARD_TEST_PYTHON")
	if interpreter == "" {
		interpreter = "../.venv/bin/python"
	}
	if interpreter, err := filepath.Abs(interpreter); err != nil {
		t.Fatal(err)
	} else if _, err := os.Stat(interpreter); err != nil {
		t.Fatalf("no Python with slixmpp: run scripts/setup.sh (%v)", err)
	}
	return play(t, given, nil, interpreter, "-B", filepath.Join("py", scene+".py"))
}

// node plays a scene of js/ with @xmpp/client.
func node(t *testing.T, scene string, given map[string]any) []fact {
	t.Helper()
	if _, err := os.Stat("node_modules/@xmpp/client"); err != nil {
		t.Fatalf("no @xmpp/client: run scripts/setup.sh (%v)", err)
	}
	// The certificate is self-signed.
	return play(t, given, []string{"NODE_TLS_REJECT_UNAUTHORIZED=0", "NODE_NO_WARNINGS=1"}, "node", filepath.Join("js", scene+".mjs"))
}

// play runs a script and returns the facts that it told.
func play(t *testing.T, given map[string]any, env []string, name string, args ...string) []fact {
	t.Helper()
	argument, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, append(args, string(argument))...)
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	var facts []fact
	for lines := bufio.NewScanner(&stdout); lines.Scan(); {
		var f fact
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		if f.Event == "failed" {
			t.Errorf("%s: %s; it has seen %+v", f.Who, f.Text, append(f.Seen, f.Messages...))
		}
		facts = append(facts, f)
	}
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, stderr.String())
	}
	if len(facts) == 0 || facts[len(facts)-1].Event != "done" {
		t.Fatalf("the scene ended before its end: %+v\n%s", facts, stderr.String())
	}
	return facts
}

// of are the facts of an event, of one client if who is not empty.
func of(facts []fact, event, who string) (found []fact) {
	for _, f := range facts {
		if f.Event == event && (who == "" || f.Who == who) {
			found = append(found, f)
		}
	}
	return found
}

// one is the only fact of an event and a client.
func one(t *testing.T, facts []fact, event, who string) fact {
	t.Helper()
	found := of(facts, event, who)
	if len(found) != 1 {
		t.Fatalf("%d facts %s of %s", len(found), event, who)
	}
	return found[0]
}

// bodies are the texts of messages, those without one left out.
func bodies(messages []fact) (texts []string) {
	for _, m := range messages {
		if m.Body != "" {
			texts = append(texts, m.Body)
		}
	}
	return texts
}

// server starts the binary with the users alice and bob, and says what a
// script has to know of it.
func server(t *testing.T, args ...string) (*boardtest.Binary, map[string]any) {
	t.Helper()
	b := boardtest.NewBinary(t, boardtest.BinaryOptions{Args: args})
	b.AddUsers(t, "alice", "bob")
	b.Start(t)
	port, err := strconv.Atoi(boardtest.Port(t, b.XMPP))
	if err != nil {
		t.Fatal(err)
	}
	return b, map[string]any{"domain": "localhost", "port": port, "password": boardtest.Password}
}
