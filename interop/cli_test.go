package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"switchboard/boardtest"
	"switchboard/config"
	"switchboard/stanza"
)

// curl runs curl and returns the status and the body.
func curl(t *testing.T, args ...string) (status, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "curl", append([]string{"--silent", "--show-error", "--write-out", "\n%{http_code}"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("curl %q: %v\n%s", args, err, out)
	}
	at := strings.LastIndexByte(string(out), '\n')
	return string(out[at+1:]), strings.TrimSpace(string(out[:at]))
}

// login gets a token of the Platform API, or says why not.
func login(t *testing.T, b *boardtest.Binary, name, password string) (token string, status int) {
	t.Helper()
	code, body := curl(t, b.URL()+"/api/v1/login", "--json", fmt.Sprintf(`{"username":%q,"password":%q}`, name, password))
	var answer struct {
		Status int
		Data   struct{ Token string }
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%s %s: %v", code, body, err)
	}
	return answer.Data.Token, answer.Status
}

// What the README shows: an API key, a token by the documented form, a call.
func TestKeyTokenCall(t *testing.T) {
	t.Parallel()
	b := boardtest.StartBinary(t, boardtest.BinaryOptions{})
	var key struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if err := json.Unmarshal([]byte(b.MustRun(t, "", "key", "add", "robot", "--scope", "all")), &key); err != nil {
		t.Fatal(err)
	}
	if hex := regexp.MustCompile(`^[0-9a-f]{32}$`); !hex.MatchString(key.ID) || !hex.MatchString(key.Secret) {
		t.Errorf("the key is %+v", key)
	}
	endpoint := b.URL() + "/login/connect/token"
	body := "grant_type=client_credentials&client_id=" + key.ID + "&client_secret=" + key.Secret
	for _, args := range [][]string{
		{endpoint, "--data", "response_type=token&" + body},
		{endpoint, "--data", body},
		{endpoint, "--data", body + "&scope=mluviiPublicApi"},
		{endpoint, "--user", key.ID + ":" + key.Secret, "--data", "response_type=token&grant_type=client_credentials"},
	} {
		status, body := curl(t, args...)
		var token struct {
			AccessToken string `json:"access_token"`
			TokenType   string `json:"token_type"`
			ExpiresIn   int    `json:"expires_in"`
		}
		if err := json.Unmarshal([]byte(body), &token); err != nil || status != "200" || token.TokenType != "Bearer" || token.ExpiresIn != 3600 {
			t.Fatalf("%q: %s %s", args, status, body)
		}
		for _, header := range []string{"Bearer ", "bearer ", ""} {
			status, body := curl(t, b.URL()+"/api/v1/Sessions", "--header", "Authorization: "+header+token.AccessToken)
			if status != "200" || body != "[]" {
				t.Errorf("with %q: %s %s", header, status, body)
			}
		}
	}
	if status, _ := curl(t, b.URL()+"/api/v1/Sessions"); status != "401" {
		t.Errorf("without a token: %s", status)
	}
	if r := b.Run(t, "", "key", "add", "robot", "--scope", "everything"); r.Code != 1 || r.Stdout != "" || r.Stderr == "" {
		t.Errorf("a scope that does not exist: %+v", r)
	}
}

// Accounts are added while the server runs, and count at once.
func TestAccountCommands(t *testing.T) {
	t.Parallel()
	b := boardtest.StartBinary(t, boardtest.BinaryOptions{})
	b.MustRun(t, boardtest.Password+"\nmore\n", "account", "add", "dora", "--password-stdin")
	made := regexp.MustCompile(`(?m)^password: (\S+)$`).FindStringSubmatch(b.MustRun(t, "", "account", "add", "boss", "--role", "admin"))
	if made == nil {
		t.Fatal("no password was printed")
	}
	if r := b.Run(t, "", "account", "add", "dora"); r.Code != 1 || !strings.Contains(r.Stderr, "dora") && !strings.Contains(r.Stderr, "exists") {
		t.Errorf("dora again: %+v", r)
	}
	rows := "role,name,password\nuser,ella,long enough 1\nuser,no spaces,long enough 2\nemperor,nero,long enough 3\nuser,,long enough 6\nuser,ella,long enough 4\noperator,finn,long enough 5\n"
	file := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	r := b.Run(t, "", "account", "import", file)
	var refused []string
	for _, m := range regexp.MustCompile(`(?m)^line (\d+) \(.*\): .+$`).FindAllStringSubmatch(r.Stderr, -1) {
		refused = append(refused, m[1])
	}
	if r.Code != 1 || !slices.Equal(refused, []string{"3", "4", "5", "6"}) || !strings.Contains(r.Stdout, "imported 2 of 6") {
		t.Errorf("import: %+v", r)
	}
	for name, password := range map[string]string{"dora": boardtest.Password, "ella": "long enough 1", "finn": "long enough 5", "boss": made[1]} {
		if token, status := login(t, b, name, password); token == "" || status != http.StatusOK {
			t.Errorf("%s cannot sign in: %d", name, status)
		}
	}
	if token, status := login(t, b, "nero", "long enough 3"); token != "" || status == http.StatusOK {
		t.Errorf("nero signs in: %d", status)
	}
	if r := b.Run(t, "", "account", "import", filepath.Join(t.TempDir(), "none.csv")); r.Code != 1 {
		t.Errorf("a file that is not there: %+v", r)
	}
}

// secrets is what a terminal must not show a second time.
var secrets = regexp.MustCompile(`(?i)token=|password|secret`)

func TestStartTwice(t *testing.T) {
	t.Parallel()
	b := boardtest.StartBinary(t, boardtest.BinaryOptions{})
	t.Logf("first start: ready after %v", b.Started)
	w := newBrowser(t, "")
	w.open(b.Says(t, `http://\S+/login/setup\?token=\S+`))
	if status := w.submit(map[string]string{"Password": boardtest.Password, "Repeat": boardtest.Password}); status != http.StatusOK {
		t.Errorf("the link that was printed: %d\n%s", status, w.html)
	}
	// Somebody is there when the server is told to stop.
	c := xmppClient(t, b, "admin")
	told := make(chan *stanza.StreamError, 1)
	go func() {
		told <- c.Ended(true)
		c.Break()
	}()
	stop(t, b)
	if fault := <-told; fault == nil || fault.Condition != stanza.SystemShutdown {
		t.Errorf("the client was told %v", fault)
	}
	before := len(b.Said())
	b.Start(t)
	t.Logf("second start: ready after %v", b.Started)
	if b.Started > 20*time.Second { // it takes a fraction of a second on a machine that does nothing else
		t.Errorf("a start took %v", b.Started)
	}
	if token, status := login(t, b, "admin", boardtest.Password); token == "" {
		t.Errorf("the administrator cannot sign in: %d", status)
	}
	stop(t, b)
	if said := b.Said()[before:]; !strings.Contains(said, "/console/") || secrets.MatchString(said) {
		t.Errorf("the second start shows:\n%s", said)
	}
}

// stop is Ctrl-C.
func stop(t *testing.T, b *boardtest.Binary) {
	t.Helper()
	if code, took := b.Interrupt(t); code != 0 || took > config.Defaults().Limits.Shutdown.Std()*3/4 { // nothing is waited for to the end
		t.Errorf("Ctrl-C: exit code %d after %v", code, took)
	}
}

// What config prints is a file that changes nothing.
func TestConfigCommand(t *testing.T) {
	t.Parallel()
	b := boardtest.NewBinary(t, boardtest.BinaryOptions{})
	file := filepath.Join(t.TempDir(), "switchboard.toml")
	if err := os.WriteFile(file, []byte(b.MustRun(t, "", "config")), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%+v", c), fmt.Sprintf("%+v", config.Defaults()); got != want {
		t.Errorf("the file says\n%s\nwant\n%s", got, want)
	}
	if out := b.MustRun(t, "", "--config", file, "doctor"); !strings.Contains(out, "ok: ") {
		t.Errorf("doctor: %s", out)
	}
}

// A directory or a file that was mistaken for another is named, and left as it is.
func TestBackupOfNothing(t *testing.T) {
	t.Parallel()
	b := boardtest.NewBinary(t, boardtest.BinaryOptions{})
	dir := t.TempDir()
	file, data := filepath.Join(dir, "backup"), filepath.Join(dir, "data")
	if r := b.Run(t, "", "backup", file, "--data", data); r.Code != 1 || !strings.Contains(r.Stderr, data) {
		t.Errorf("a backup of nothing: %+v", r)
	}
	if err := os.WriteFile(file, []byte("not a store"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := b.Run(t, "", "restore", file, "--data", data); r.Code != 1 || !strings.Contains(r.Stderr, file) {
		t.Errorf("a restore of nothing: %+v", r)
	}
	if left, err := os.ReadDir(data); len(left) > 0 {
		t.Errorf("%v is left behind: %v", left, err)
	}
	if err := os.WriteFile(filepath.Join(data, "switchboard.db-wal"), []byte("of another store"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := b.Run(t, "", "restore", file, "--data", data); r.Code != 1 || !strings.Contains(r.Stderr, "-wal") {
		t.Errorf("a restore beside another store's log: %+v", r)
	}
	if out := b.MustRun(t, "", "doctor", "--data", filepath.Join(dir, "new")); !strings.Contains(out, "warning: there was no store") {
		t.Errorf("doctor of nothing: %s", out)
	}
}

// A backup of a server that is being used is whole, and comes back.
func TestBackupRestore(t *testing.T) {
	t.Parallel()
	b := boardtest.NewBinary(t, boardtest.BinaryOptions{Args: []string{"--insecure-plain"}})
	b.AddUsers(t, "alice", "bob")
	b.Start(t)
	file := filepath.Join(t.TempDir(), "backup")
	talk := startTalk(t, b.XMPP, "alice", "bob")
	talk.until(t, 50)
	b.MustRun(t, "", "backup", file)
	during := talk.acknowledged()
	talk.until(t, during+50)
	talk.stop(t)
	if r := b.Run(t, "", "backup", file); r.Code != 1 {
		t.Errorf("a backup over another: %+v", r)
	}
	again := boardtest.NewBinary(t, boardtest.BinaryOptions{Args: []string{"--insecure-plain"}})
	again.MustRun(t, "", "restore", file)
	if r := again.Run(t, "", "restore", file); r.Code != 1 {
		t.Errorf("a restore over another: %+v", r)
	}
	if out := again.MustRun(t, "", "doctor"); !strings.Contains(out, "ok: sqlite") || strings.Contains(out, "warning") {
		t.Errorf("doctor: %s", out)
	}
	again.Start(t)
	for _, who := range []string{"alice", "bob"} {
		c := plainClient(t, again.XMPP, who)
		got := texts(t, readArchive(t, c, ""))
		if len(got) < 50 || !slices.Equal(got, talk.sent[:len(got)]) {
			t.Errorf("%s has %d messages, in another order or with holes", who, len(got))
		}
	}
}
