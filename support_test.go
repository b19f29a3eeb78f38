package switchboard_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/support.md")

// TestSupport keeps docs/support.md what the golden listings say: they hold
// everything that is registered.
func TestSupport(t *testing.T) {
	const file = "docs/support.md"
	text := support(t)
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != text {
		t.Errorf("%s is not what the golden listings say (go test -run TestSupport . -update): %v", file, err)
	}
}

func support(t *testing.T) string {
	t.Helper()
	read := func(file string) []string {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	}
	var b strings.Builder
	b.WriteString(`# What is supported

Made from the listings of everything that is registered (` + "`testdata/*.golden`" + `); do not edit it.
` + "`go test -run TestSupport . -update`" + ` writes it again.

## XMPP

Over TCP with STARTTLS and over WebSocket (RFC 7395, at ` + "`/xmpp-websocket`" + `).

`)
	features(t, &b, read("xmpp/testdata/features.golden"))
	b.WriteString(`
## Public API

The contact centre and administration. Every path is below ` + "`/public/api/v1`" + `, and below ` + "`/api/v1`" + ` for tokens of this dialect; its
words are found in any case. Try it at ` + "`/api/`" + ` on a running server.

`)
	operations(t, &b, read("api/public/testdata/routes.golden"), "/public/api/v1")
	b.WriteString(`
## Platform API

In-app chat. Every path is below ` + "`/platform/api/v1`" + `, and below ` + "`/api/v1`" + ` for tokens of this dialect.

`)
	operations(t, &b, read("api/platform/testdata/routes.golden"), "/platform/api/v1")
	b.WriteString(`
## Web chat

What the widget asks for beside XMPP, below ` + "`/widget/v1`" + `; pages of any origin may.

`)
	operations(t, &b, read("channel/testdata/routes.golden"), "/widget/v1")
	return b.String()
}

// specification is the first line of what an extension registers.
var specification = regexp.MustCompile(`^(RFC|XEP|Switchboard)-?\s?(\d+) (\S+) (.+)$`)

// features writes the table of XMPP specifications.
func features(t *testing.T, b *strings.Builder, lines []string) {
	t.Helper()
	b.WriteString("| specification | version | | namespaces that are advertised |\n|---|---|---|---|\n")
	for i := 0; i < len(lines); {
		m := specification.FindStringSubmatch(lines[i])
		if m == nil {
			t.Fatalf("what is %q?", lines[i])
		}
		var spaces []string
		for i++; i < len(lines) && strings.HasPrefix(lines[i], "  "); i++ {
			if word := strings.Fields(lines[i]); word[0] == "feature" {
				spaces = append(spaces, "`"+word[1]+"`")
			}
		}
		name, link := "RFC "+m[2], "https://www.rfc-editor.org/rfc/rfc"+m[2]
		switch m[1] {
		case "XEP":
			name, link = "XEP-"+m[2], "https://xmpp.org/extensions/xep-"+m[2]+".html"
		case "Switchboard":
			name, link = "our own", "notices.md"
		}
		fmt.Fprintf(b, "| [%s](%s) | %s | %s | %s |\n", name, link, m[3], cell(m[4]), strings.Join(spaces, ", "))
	}
}

// operations writes the table of a dialect's operations, and which documented
// ones it does not offer.
func operations(t *testing.T, b *strings.Builder, lines []string, prefix string) {
	t.Helper()
	var later []string
	b.WriteString("| operation | needs | |\n|---|---|---|\n")
	for _, line := range lines {
		word := strings.SplitN(line, " ", 4)
		if len(word) != 4 || !strings.HasPrefix(word[1], prefix) {
			t.Fatalf("what is %q?", line)
		}
		operation := "`" + word[0] + " " + strings.TrimPrefix(word[1], prefix) + "`"
		if word[3] == "(not offered yet)" {
			later = append(later, operation)
			continue
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", operation, needs(word[2]), cell(word[3]))
	}
	if later != nil {
		fmt.Fprintf(b, "\nDocumented, and answered with 404 until it is there: %s.\n", strings.Join(later, ", "))
	}
}

func needs(permission string) string {
	switch permission {
	case "anonymous":
		return "nothing"
	case "signed-in":
		return "a token"
	case "admin":
		return "an administrator"
	}
	scope, admin, _ := strings.Cut(permission, "+")
	if admin != "" {
		return "`" + scope + "`, an administrator"
	}
	return "`" + scope + "`"
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
