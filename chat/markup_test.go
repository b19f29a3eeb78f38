package chat

import (
	"encoding/xml"
	"strings"
	"testing"

	"switchboard"
)

func TestRestamp(t *testing.T) {
	from := switchboard.JID{Local: "team", Domain: "mix.example.org", Resource: "o&'<>\""}
	const stamp = "<message from='team@mix.example.org/o&amp;&apos;&lt;&gt;&quot;'"
	for in, want := range map[string]string{
		"<message/>":  stamp + "/>",
		"<message />": stamp + " />",
		"<message from='root@example.org' to='x@y' type='groupchat'><body>from='a'</body></message>": stamp +
			" type='groupchat'><body>from='a'</body></message>",
		`<message type="groupchat" from="a>b" id="'"><body/></message>`:         stamp + ` type="groupchat" id="'"><body/></message>`,
		"<message\n\tto = 'x'\n xmlns='jabber:client' xml:lang='en'></message>": stamp + "\n xmlns='jabber:client' xml:lang='en'></message>",
		"<message x:from='kept'/>": stamp + " x:from='kept'/>",
	} {
		got, err := restamp([]byte(in), from)
		if err != nil || string(got) != want {
			t.Errorf("%s:\n got %s, %v\nwant %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "<presence/>", "<message", "<message from", "<message from=", "<message from='", "<messages/>",
		"<message from=x/>"} {
		if got, err := restamp([]byte(in), from); err == nil {
			t.Errorf("%q: got %s", in, got)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"hello", "<b>&amp;</b>", "' OR 1=1; --", "\t\r\n", "\x00", "😀", "\xff", "]]>", "\ufffe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if checkText(text) != nil {
			return
		}
		m := Message{Stanza: appendText(nil, "a@b", "c@d", Chat, text, SendOptions{ID: text, Thread: text, ReplyTo: text})}
		d := xml.NewDecoder(strings.NewReader(string(m.Stanza)))
		for {
			if _, err := d.Token(); err != nil {
				if err.Error() != "EOF" {
					t.Fatalf("not well-formed: %v\n%s", err, m.Stanza)
				}
				break
			}
		}
		if got := m.Body(); got != text {
			t.Fatalf("body %q came back as %q", text, got)
		}
		m.readHead()
		if m.ID != text || m.Type != Chat || m.From.String() != "a@b" || m.To.String() != "c@d" {
			t.Fatalf("the head came back as %+v", m)
		}
	})
}

func FuzzRestamp(f *testing.F) {
	f.Add("<message from='a' to='b'><body>x</body></message>")
	f.Add(`<message a="1" from="`)
	f.Fuzz(func(t *testing.T, text string) {
		from := switchboard.JID{Local: "g", Domain: "mix.d", Resource: "n"}
		out, err := restamp([]byte(text), from)
		if err != nil {
			return
		}
		stamps := 0
		attributes(out, func(name, value []byte, _, _ int) {
			if string(name) == "from" {
				stamps++
				if string(value) != from.String() {
					t.Fatalf("from is %s in %s", value, out)
				}
			}
		})
		if stamps != 1 {
			t.Fatalf("%d from attributes in %s", stamps, out)
		}
	})
}

func TestBody(t *testing.T) {
	for in, want := range map[string]string{
		"<message><body>a &lt;b&gt; &#x1f600;</body></message>":                                "a <b> 😀",
		"<message xmlns='jabber:client'><body>x</body></message>":                              "x",
		"<message><x xmlns='y'><body>inner</body></x><body>outer</body></message>":             "outer",
		"<message><body xmlns='http://www.w3.org/1999/xhtml'>x</body><body>y</body></message>": "y",
		"<message><body/></message>":                                                           "",
		"<message/>":                                                                           "",
	} {
		m := Message{Stanza: []byte(in)}
		if got := m.Body(); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestCheckText(t *testing.T) {
	for text, code := range map[string]string{"": "text-missing", "\x00": "text-invalid", "\xff": "text-invalid", "\ufffe": "text-invalid",
		strings.Repeat("é", switchboard.MaxFieldText+1): "text-too-long"} {
		if err := checkText(text); err == nil || switchboard.AsError(err).Code != code {
			t.Errorf("%.20q: %v, want %s", text, err, code)
		}
	}
	if err := checkText(strings.Repeat("é", switchboard.MaxFieldText)); err != nil {
		t.Error(err)
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{"a": "a", "&amp;&lt;&gt;&apos;&quot;": "&<>'\"", "&#65;&#x42;": "AB", "&bad;&": "&bad;&",
		"&#xd800;": "&#xd800;"} {
		if got := unescape([]byte(in)); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
