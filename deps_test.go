package switchboard_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms is the map of the code: each package, what it is for, and which other
// packages of this module it may import. docs/architecture.md explains it.
// The wire speaks of addresses, limits and kinds of errors, so stanza imports
// the words as every room does.
const rooms = `
.               | the words: types, ids, limits, events, errors; no I/O                        | –
config          | configuration: struct, defaults, checks, documentation generated from it     | –
ui              | embedded builds of the console and the widget                                | –
stanza          | XMPP on the wire: framing, tokenizer, stanza and error types                 | .
store           | everything durable: one SQL text for SQLite and PostgreSQL                   | .
blob            | media bytes: directory or S3, encryption at rest, signed URLs with ranges    | .
bus             | signals between nodes and who is connected where: in-process or NATS         | .
web             | HTTP kernel: typed handlers, decoding, auth and limits, errors, OpenAPI      | .
auth            | who you are: passwords, SCRAM keys, API keys, tokens, OIDC, login screen     | . store web
chat            | people talk to people: send, archive, receipts, roster, groups, media        | . store blob bus
stats           | live figures folded from events; Prometheus, InfluxDB line protocol          | . store bus
webhook         | signed delivery of events to customers' URLs: queue, retry, replay           | . store bus
desk            | customers are served: open, queue, route, assign, transfer, close, survey    | . store bus chat
xmpp            | XMPP server: streams, SASL, routing; one file per XEP                        | . stanza web auth chat bus
api/platform    | REST dialect of in-app chat                                                  | . web auth chat
api/public      | REST dialect of the contact centre and of administration                     | . web auth chat desk webhook stats
channel         | ways into and out of a conversation; one file per channel                    | . bus web auth chat desk
node            | composition: build the rooms, start bottom-up, stop top-down                 | . config ui stanza store blob bus web auth chat stats webhook desk xmpp api/platform api/public channel
cmd/switchboard | the binary: serve, user, key, backup, restore, import, doctor                | config node
boardtest       | test kit: a node in a temp dir, dialogue scripts, API scenarios, fake clock  | . stanza config node
interop         | clients that we did not write, against the server; tests only                | –
`

const (
	module      = "switchboard"
	maxFunction = 120 // lines
	maxFile     = 800
)

// notRooms are folders of Go code that are no part of the program.
var notRooms = []string{"internal_warm"}

// room is a row of the table.
type room struct{ name, role, imports string }

func table(t *testing.T) map[string]room {
	t.Helper()
	all := make(map[string]room)
	for _, line := range strings.Split(strings.TrimSpace(rooms), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 3 {
			t.Fatalf("bad row %q", line)
		}
		r := room{strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])}
		if r.imports == "–" {
			r.imports = ""
		}
		all[r.name] = r
	}
	for _, r := range all {
		for _, name := range strings.Fields(r.imports) {
			if _, known := all[name]; !known {
				t.Fatalf("%s may import %s, which is no room", r.name, name)
			}
		}
	}
	return all
}

// source is one parsed Go file.
type source struct {
	path string // from the module's root, with slashes
	room string // the folder
	test bool
	data []byte
	file *ast.File
}

// sources parses every Go file of the module. Files are read by this process,
// so the test's cached result knows them.
func sources(t *testing.T, positions *token.FileSet) (all []source) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(name, d)
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		slashed := filepath.ToSlash(name)
		file, err := parser.ParseFile(positions, slashed, data, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, source{slashed, path.Dir(slashed), strings.HasSuffix(name, "_test.go"), data, file})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no source files")
	}
	return all
}

// enter says whether a folder may hold packages of this module.
func enter(name string, d fs.DirEntry) error {
	base := d.Name()
	if name == "." {
		return nil
	}
	if base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") ||
		slices.Contains(notRooms, filepath.ToSlash(name)) {
		return fs.SkipDir
	}
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
		return fs.SkipDir // another module
	}
	return nil
}

// roomOf is the room that an import path names; "" for other modules.
func roomOf(importPath string) string {
	if importPath == module {
		return "."
	}
	if rest, ours := strings.CutPrefix(importPath, module+"/"); ours {
		return rest
	}
	return ""
}

// below is what a room's tests may import: all that the room may, and all that
// those may in turn; beside that the test kit, and config to set a node up.
func below(all map[string]room, name string) map[string]bool {
	reach := map[string]bool{name: true}
	for _, next := range strings.Fields(all[name].imports) {
		maps.Copy(reach, below(all, next))
	}
	return reach
}

func TestRooms(t *testing.T) {
	all := table(t)
	for _, s := range sources(t, token.NewFileSet()) {
		r, known := all[s.room]
		if !known {
			t.Errorf("%s: the package %s has no row in the table of rooms", s.path, s.room)
			continue
		}
		allowed := strings.Fields(r.imports)
		if s.test {
			allowed = append(slices.Collect(maps.Keys(below(all, s.room))), "boardtest", "config")
		}
		if s.test && s.room == "interop" {
			continue // drives the whole program
		}
		for _, spec := range s.file.Imports {
			importPath, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(s.path, err)
			}
			if imported := roomOf(importPath); imported != "" && !slices.Contains(allowed, imported) {
				t.Errorf("%s: %s may not import %s", s.path, s.room, imported)
			}
		}
	}
}

// Each package says in the first line of its doc.go what it is for.
func TestPackageComments(t *testing.T) {
	docs := make(map[string]string)
	packages := make(map[string]string)
	for _, s := range sources(t, token.NewFileSet()) {
		if s.test {
			continue
		}
		packages[s.room] = s.file.Name.Name
		if path.Base(s.path) == "doc.go" {
			docs[s.room] = string(s.data)
		}
	}
	for dir, name := range packages {
		first := `^// Package ` + name + `:? \S+ \S+.*\n`
		if name == "main" {
			first = `^// Command ` + path.Base(dir) + `:? \S+ \S+.*\n`
		}
		if !regexp.MustCompile(first).MatchString(docs[dir]) {
			t.Errorf("%s: no doc.go, or its first line does not say what %s is for", dir, name)
		}
	}
}

func TestLengths(t *testing.T) {
	positions := token.NewFileSet()
	for _, s := range sources(t, positions) {
		if n := bytes.Count(s.data, []byte("\n")); n > maxFile {
			t.Errorf("%s has %d lines; %d are the most", s.path, n, maxFile)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			first, last := positions.Position(f.Pos()).Line, positions.Position(f.End()).Line
			if n := last - first + 1; n > maxFunction {
				t.Errorf("%s:%d: %s has %d lines; %d are the most", s.path, first, f.Name.Name, n, maxFunction)
			}
		}
	}
}

// The table holds no circle, so rooms can be built and stopped in its order.
func TestTableHasNoCircle(t *testing.T) {
	all := table(t)
	done := make(map[string]bool)
	var visit func(name string, trail []string) error
	visit = func(name string, trail []string) error {
		if slices.Contains(trail, name) {
			return fmt.Errorf("%s", strings.Join(append(trail, name), " → "))
		}
		if done[name] {
			return nil
		}
		for _, next := range strings.Fields(all[name].imports) {
			if err := visit(next, append(trail, name)); err != nil {
				return err
			}
		}
		done[name] = true
		return nil
	}
	for name := range all {
		if err := visit(name, nil); err != nil {
			t.Fatal(err)
		}
	}
}
