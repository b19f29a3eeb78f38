package boardtest

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"switchboard/stanza"
)

// Dialogue plays a script of XMPP clients.
//
// A script is text. Lines that begin with # are comments. Every other line that
// begins at the margin is a step; lines that are indented belong to the step
// above them. A step is a client, a verb and, for most verbs, XML:
//
//	romeo/orchard comes            signs in, binds, sends presence, reads its own
//	romeo/orchard binds            signs in and binds, without presence
//	romeo/orchard sends <xml>
//	romeo/orchard gets <xml>       this is the next thing that it reads
//	romeo/orchard meets <xml>      this comes, after whatever else
//	romeo/orchard gets nothing     after a round trip nothing is left to read
//	romeo/orchard forgets          what has come up to now
//	romeo/orchard leaves           ends its stream
//	romeo/orchard breaks           its connection is cut
//	romeo/orchard resumes <xml>    connects again, signs in and sends this
//	                               instead of binding
//
// A client is the account's name and a resource (without one: "here"); the
// account's password is Password.
//
// What is expected has to be in what comes: the element's name, namespace, its
// attributes with their values, its text if any is given, and its children, in
// their order. There may be more attributes and children than that. These
// values are special: '{any}' is any text, '{none}' says that the attribute
// must be missing, and '{name}' (another word) is remembered where it is met
// first and must be the same wherever it is met again. A child with the
// attribute absent='{none}' must be missing. In what is sent '{name}' becomes
// what was remembered. {domain} is the domain; {now} the time.
type Dialogue struct {
	t       testing.TB
	at      XMPPAddress
	clients map[string]*XMPPClient
	words   map[string]string
	line    int
}

// Dialogues plays every script that matches a pattern, each as a test of its
// own. at gives the address at which a script's clients find their server; it
// is called once for each script.
func Dialogues(t *testing.T, pattern string, at func(t *testing.T) XMPPAddress) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal("boardtest: there are no scripts ", pattern)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), func(t *testing.T) {
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			NewDialogue(t, at(t)).Play(string(script))
		})
	}
}

// NewDialogue makes a dialogue whose clients connect to an address.
func NewDialogue(t testing.TB, at XMPPAddress) *Dialogue {
	return &Dialogue{t: t, at: at, clients: map[string]*XMPPClient{}, words: map[string]string{"domain": at.Domain}}
}

// Play plays a script; it can be called again to go on.
func (d *Dialogue) Play(script string) {
	d.t.Helper()
	var step strings.Builder
	at := 0
	flush := func() {
		if strings.TrimSpace(step.String()) != "" {
			d.line = at
			d.step(step.String())
		}
		step.Reset()
	}
	for i, line := range strings.Split(script, "\n") {
		switch {
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
			continue
		case line[0] != ' ' && line[0] != '\t':
			flush()
			at = i + 1
		}
		step.WriteString(strings.TrimSpace(line) + "\n")
	}
	flush()
}

// Client is a client of the script, for what scripts cannot say.
func (d *Dialogue) Client(name string) *XMPPClient { return d.clients[name] }

func (d *Dialogue) fail(format string, args ...any) {
	d.t.Helper()
	d.t.Fatalf("line %d: %s", d.line, fmt.Sprintf(format, args...))
}

func (d *Dialogue) step(text string) {
	d.t.Helper()
	name, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	verb, arg, _ := strings.Cut(strings.ReplaceAll(rest, "\n", " "), " ")
	arg = strings.TrimSpace(arg)
	switch verb {
	case "comes", "binds", "resumes":
		d.join(name, verb, arg)
		return
	}
	c := d.clients[name]
	if c == nil {
		d.fail("%s has not connected", name)
	}
	switch verb {
	case "sends":
		c.Send(d.fill(arg))
	case "gets":
		d.gets(c, name, arg)
	case "meets":
		d.meets(c, name, arg)
	case "forgets":
		c.Sync()
		c.got = nil
	case "leaves":
		c.Close()
		delete(d.clients, name)
	case "breaks":
		c.Break()
		delete(d.clients, name)
	default:
		d.fail("there is no verb %q", verb)
	}
}

func (d *Dialogue) join(name, verb, arg string) {
	d.t.Helper()
	account, resource, ok := strings.Cut(name, "/")
	if !ok {
		resource = "here"
	}
	c := DialXMPP(d.t, d.at)
	d.clients[name] = c
	c.Login(account, Password)
	if verb == "resumes" {
		c.Send(d.fill(arg))
		return
	}
	c.Bind(resource)
	if verb == "comes" {
		c.Come(d.fill(arg))
	}
}

func (d *Dialogue) gets(c *XMPPClient, name, arg string) {
	d.t.Helper()
	if arg == "nothing" {
		c.Sync()
		if left := c.Pending(); len(left) > 0 {
			d.fail("%s should get nothing, but got\n%s", name, strings.Join(left, "\n"))
		}
		return
	}
	e, err := c.Read()
	if err != nil {
		d.fail("%s should get\n%s\nbut: %v", name, arg, err)
	}
	if err := d.match(arg, e); err != nil {
		d.fail("%s should get\n%s\nbut got\n%s\n%v", name, arg, e.Raw(), err)
	}
}

func (d *Dialogue) meets(c *XMPPClient, name, arg string) {
	d.t.Helper()
	var seen []string
	for {
		e, err := c.Read()
		if err != nil {
			d.fail("%s should meet\n%s\nbut: %v, after\n%s", name, arg, err, strings.Join(seen, "\n"))
		}
		words := map[string]string{}
		for k, v := range d.words {
			words[k] = v
		}
		if d.match(arg, e) == nil {
			return
		}
		d.words = words // what a near miss has bound is forgotten
		seen = append(seen, string(e.Raw()))
	}
}

var word = regexp.MustCompile(`\{[a-z0-9-]+\}`)

// fill puts remembered words into what is sent.
func (d *Dialogue) fill(xml string) string {
	return word.ReplaceAllStringFunc(xml, func(w string) string {
		if w == "{now}" {
			return stanza.FormatTime(time.Now())
		}
		v, ok := d.words[w[1:len(w)-1]]
		if !ok {
			d.fail("%s is not known yet", w)
		}
		return stanza.Escape(v)
	})
}

// tree is an element as encoding/xml reads it: what we write is checked by
// somebody else's parser.
type tree struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []tree     `xml:",any"`
}

// parseTree reads an element that stands in a client's stream.
func parseTree(raw string) (*tree, error) {
	var w tree
	dec := xml.NewDecoder(strings.NewReader("<w xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>" + raw + "</w>"))
	if err := dec.Decode(&w); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(w.Children) != 1 {
		return nil, fmt.Errorf("%d elements", len(w.Children))
	}
	return &w.Children[0], nil
}

func (d *Dialogue) match(want string, got stanza.Element) error {
	w, err := parseTree(want)
	if err != nil {
		d.fail("the script is no XML: %v", err)
	}
	g, err := parseTree(string(got.Raw()))
	if err != nil {
		return fmt.Errorf("what came is no XML: %w", err)
	}
	return d.matchTree(w, g)
}

func (t *tree) attr(name xml.Name) (string, bool) {
	for _, a := range t.Attrs {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

func (d *Dialogue) matchTree(w, g *tree) error {
	if w.XMLName != g.XMLName {
		return fmt.Errorf("<%s xmlns='%s'> is not <%s xmlns='%s'>", g.XMLName.Local, g.XMLName.Space, w.XMLName.Local, w.XMLName.Space)
	}
	for _, a := range w.Attrs {
		if a.Name.Local == "xmlns" || a.Name.Space == "xmlns" {
			continue
		}
		v, ok := g.attr(a.Name)
		if a.Value == "{none}" {
			if ok {
				return fmt.Errorf("<%s> has %s='%s'", g.XMLName.Local, a.Name.Local, v)
			}
			continue
		}
		if err := d.matchText(a.Value, v, ok); err != nil {
			return fmt.Errorf("<%s> %s: %w", g.XMLName.Local, a.Name.Local, err)
		}
	}
	if text := strings.TrimSpace(w.Text); text != "" {
		if err := d.matchText(text, strings.TrimSpace(g.Text), true); err != nil {
			return fmt.Errorf("<%s>: %w", g.XMLName.Local, err)
		}
	}
	return d.matchChildren(w, g)
}

// matchText compares a value, or remembers it.
func (d *Dialogue) matchText(want, got string, there bool) error {
	if !word.MatchString(want) || want[0] != '{' || want[len(want)-1] != '}' {
		if filled := d.fillText(want); filled != got || !there {
			return fmt.Errorf("%q is not %q", got, filled)
		}
		return nil
	}
	if !there || got == "" {
		return fmt.Errorf("missing, not %s", want)
	}
	name := want[1 : len(want)-1]
	known, ok := d.words[name]
	switch {
	case name == "any":
	case !ok:
		d.words[name] = got
	case known != got:
		return fmt.Errorf("%q is not %q (%s)", got, known, want)
	}
	return nil
}

// fillText puts remembered words into part of an expected text.
func (d *Dialogue) fillText(s string) string {
	return word.ReplaceAllStringFunc(s, func(w string) string {
		if v, ok := d.words[w[1:len(w)-1]]; ok {
			return v
		}
		return w
	})
}

func (d *Dialogue) matchChildren(w, g *tree) error {
	at := 0
children:
	for i := range w.Children {
		c := &w.Children[i]
		if v, _ := c.attr(xml.Name{Local: "absent"}); v == "{none}" {
			for j := range g.Children {
				if g.Children[j].XMLName == c.XMLName {
					return fmt.Errorf("<%s> is there", c.XMLName.Local)
				}
			}
			continue
		}
		err := fmt.Errorf("<%s xmlns='%s'> is missing", c.XMLName.Local, c.XMLName.Space)
		for ; at < len(g.Children); at++ {
			words := map[string]string{}
			for k, v := range d.words {
				words[k] = v
			}
			e := d.matchTree(c, &g.Children[at])
			if e == nil {
				at++
				continue children
			}
			d.words = words
			if g.Children[at].XMLName == c.XMLName {
				err = e
			}
		}
		return err
	}
	return nil
}
