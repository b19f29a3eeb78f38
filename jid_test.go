package switchboard_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"mellium.im/xmpp/jid"
	"pgregory.net/rapid"

	"switchboard"
)

func TestParseJID(t *testing.T) {
	long := strings.Repeat("a", 1023)
	for in, want := range map[string]switchboard.JID{
		"capulet.example":                    {Domain: "capulet.example"},
		"juliet@capulet.example":             {Local: "juliet", Domain: "capulet.example"},
		"juliet@capulet.example/balcony":     {Local: "juliet", Domain: "capulet.example", Resource: "balcony"},
		"Juliet@CAPULET.Example/Balcony":     {Local: "juliet", Domain: "capulet.example", Resource: "Balcony"},
		"juliet@capulet.example/a@b/c d<&'>": {Local: "juliet", Domain: "capulet.example", Resource: "a@b/c d<&'>"},
		"capulet.example/a@b":                {Domain: "capulet.example", Resource: "a@b"},
		"capulet.example.":                   {Domain: "capulet.example"},
		"a.b-c_d+e!#$%^*()=~`{|}[]?;,\\@x":   {Local: "a.b-c_d+e!#$%^*()=~`{|}[]?;,\\", Domain: "x"},
		"a@192.0.2.1":                        {Local: "a", Domain: "192.0.2.1"},
		"a@[2001:DB8::1]/x":                  {Local: "a", Domain: "[2001:db8::1]", Resource: "x"},
		"a@[2001:db8:0:0::1]":                {Local: "a", Domain: "[2001:db8::1]"},
		"JÜRGEN@BÜCHER.example/Straße":       {Local: "jürgen", Domain: "bücher.example", Resource: "Straße"},
		"a@xn--bcher-kva.example":            {Local: "a", Domain: "bücher.example"},
		"a@XN--BCHER-KVA.example":            {Local: "a", Domain: "bücher.example"},
		"a@faß.example":                      {Local: "a", Domain: "faß.example"},
		"ju\u0308rgen@x":                     {Local: "jürgen", Domain: "x"},
		"ｊuliet@x":                           {Local: "juliet", Domain: "x"},
		"Σ@x":                                {Local: "σ", Domain: "x"},
		"a@x/b\u00A0c":                       {Local: "a", Domain: "x", Resource: "b c"},
		"a@x/😀":                              {Local: "a", Domain: "x", Resource: "😀"},
		"日本@日本.example":                      {Local: "日本", Domain: "日本.example"},
		long + "@x/" + long:                  {Local: long, Domain: "x", Resource: long},
	} {
		got, err := switchboard.ParseJID(in)
		if err != nil || got != want {
			t.Errorf("%q is %+v, %v", in, got, err)
		}
	}
}

func TestMalformedJID(t *testing.T) {
	long := strings.Repeat("a", 1024)
	for _, in := range []string{
		"", "@", "/", "@/", "a@", "@b", "a@b/", "/a", "a@/b", "a@@b", "a b@c", "a\"b@c", "a&b@c", "a'b@c", "a:b@c", "a<b@c", "a>b@c",
		"a\x00@b", "a\x7f@b", "a\tb@c", "a@b/\x00", "a@b/\x1f", "a@b/\n", "a@b\n", " a@b", "a@b ", "a@b c", "a@b_c", "a@.", "a@..", "a@b..c", "a@.b", "a@-b", "a@b-", "a@b-.c",
		"a@ab--c", "a@" + strings.Repeat("b", 64), "a@xn--a", "a@xn--", "a@[::1", "a@[192.0.2.1]", "a@[fe80::1%eth0]", "a@[]", "a@b!",
		long + "@b", "a@b/" + long, "a@" + strings.Repeat("b.", 512) + "c", "\xff@b", "a@\xff", "a@b/\xff", "\u265a@b", "a\u2028@b", "a@b/\u0000", "\u00a0@b", "a@\u2665.example\u0000",
		"＠@b", "a@b/\uFFFE", "＜@b", "a\u200d@b", strings.Repeat("é", 512) + "@b", "a@b／c\x00",
	} {
		got, err := switchboard.ParseJID(in)
		if !errors.Is(err, switchboard.E(switchboard.Invalid, "jid-malformed", "")) || !got.IsZero() {
			t.Errorf("%q is %+v, %v", in, got, err)
		}
	}
}

func TestJIDMethods(t *testing.T) {
	j := switchboard.MustParseJID("juliet@capulet.example/balcony")
	if j.IsBare() || !j.Bare().IsBare() || j.Bare().String() != "juliet@capulet.example" || j.Host().String() != "capulet.example" || !j.Equal(j) || j.Equal(j.Bare()) {
		t.Error("the bare address is wrong")
	}
	if string(j.AppendTo([]byte("to "))) != "to juliet@capulet.example/balcony" {
		t.Error("AppendTo is wrong")
	}
	if k, err := j.WithResource("cha\u0301mber"); err != nil || k.String() != "juliet@capulet.example/chámber" {
		t.Error(k, err)
	}
	if k, err := j.WithResource(""); err != nil || k != j.Bare() {
		t.Error(k, err)
	}
	if _, err := j.WithResource("\x00"); switchboard.KindOf(err) != switchboard.Invalid {
		t.Error(err)
	}
	if k, err := switchboard.NewJID("Romeo", "montague.example", ""); err != nil || k.String() != "romeo@montague.example" {
		t.Error(k, err)
	}
	for _, bad := range [][3]string{{"a@b", "c", ""}, {"", "", "a"}, {"a", "b/c", ""}, {"a", "b@c", ""}} {
		if _, err := switchboard.NewJID(bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("%q is an address", bad)
		}
	}
	if (switchboard.JID{}).String() != "" || !(switchboard.JID{}).IsZero() || j.IsZero() {
		t.Error("the zero address is wrong")
	}
}

func TestJIDText(t *testing.T) {
	type row struct{ A, B switchboard.JID }
	in := row{A: switchboard.MustParseJID("a@b/c")}
	data, err := json.Marshal(in)
	if err != nil || string(data) != `{"A":"a@b/c","B":""}` {
		t.Fatal(string(data), err)
	}
	var out row
	if err := json.Unmarshal(data, &out); err != nil || out != in {
		t.Error(out, err)
	}
	if err := json.Unmarshal([]byte(`{"A":"@"}`), &out); err == nil {
		t.Error("a malformed address was read")
	}
}

func TestParseJIDAllocations(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { switchboard.ParseJID("juliet@capulet.example/balcony") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// stable: an address's own spelling reads as itself, and its parts are in the
// form that the RFC wants.
func stable(t interface {
	Fatalf(string, ...any)
}, in string) {
	j, err := switchboard.ParseJID(in)
	if err != nil {
		return
	}
	again, err := switchboard.ParseJID(j.String())
	if err != nil || again != j {
		t.Fatalf("%q is %q, which is %q, %v", in, j, again, err)
	}
	if len(j.Local) > 1023 || len(j.Domain) > 1023 || len(j.Resource) > 1023 || j.Domain == "" || strings.ContainsAny(j.Local, "\"&'/:<>@ ") ||
		strings.ContainsAny(j.Domain, "@/ ") || strings.ContainsFunc(j.String(), func(r rune) bool { return r < ' ' || r == 0x7f }) {
		t.Fatalf("%q is %+v", in, j)
	}
	if parts, err := switchboard.NewJID(j.Local, j.Domain, j.Resource); err != nil || parts != j {
		t.Fatalf("the parts of %q make %q, %v", j, parts, err)
	}
}

func TestJIDProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stable(t, rapid.String().Draw(t, "anything"))
		local := rapid.StringMatching(`[a-zA-Z0-9._\-éüßΣжシ@: ]{0,12}`).Draw(t, "local")
		domain := rapid.StringMatching(`[a-zA-Z0-9\-éüßж]{1,8}(\.[a-z]{1,5}){0,2}\.?`).Draw(t, "domain")
		resource := rapid.String().Draw(t, "resource")
		stable(t, local+"@"+domain+"/"+resource)
		ascii := rapid.StringMatching(`[a-z0-9][a-z0-9.\-_+]{0,20}`).Draw(t, "ascii")
		j, err := switchboard.ParseJID(strings.ToUpper(ascii) + "@Example.COM")
		if err != nil || j.Local != ascii || j.Domain != "example.com" {
			t.Fatalf("%q became %+v, %v", ascii, j, err)
		}
	})
}

// TestJIDAgrees: the ASCII path and an independent implementation agree.
func TestJIDAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.StringMatching(`[ -~]{1,6}(@[a-z0-9.]{1,8})?(/[ -~]{1,6})?`).Draw(t, "address")
		ours, err := switchboard.ParseJID(in)
		if err != nil {
			return
		}
		theirs, err := jid.Parse(in)
		if err != nil {
			t.Fatalf("%q is %q, elsewhere %v", in, ours, err)
		}
		if ours.Local != theirs.Localpart() || ours.Domain != strings.ToLower(theirs.Domainpart()) || ours.Resource != theirs.Resourcepart() {
			t.Fatalf("%q is %q, elsewhere %q", in, ours, theirs)
		}
	})
}

func FuzzParseJID(f *testing.F) {
	for _, seed := range []string{"juliet@capulet.example/balcony", "JÜRGEN@xn--bcher-kva.example", "a@[::1]/b", "ⅷ@x", "ﬀ@ﬀ", "a@b。c", "ẞ@ẞ", "a@b/ﬀ\u00a0", "İ@İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) { stable(t, in) })
}

func BenchmarkParseJID(b *testing.B) {
	for name, s := range map[string]string{"ascii": "juliet@capulet.example/balcony", "upper": "Juliet@Capulet.example/balcony", "unicode": "jürgen@bücher.example/straße"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				switchboard.ParseJID(s)
			}
		})
		b.Run(name+" by mellium", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				jid.Parse(s)
			}
		})
	}
}
