package stanza_test

import (
	"reflect"
	"testing"
	"time"

	"switchboard"
	"switchboard/stanza"
)

func TestWriter(t *testing.T) {
	var w stanza.Writer
	w.Start("query", "xmlns", stanza.NSRoster, "ver", "").Attr("empty", "").JID("by", switchboard.MustParseJID("a@b/c'd")).JID("no", switchboard.JID{})
	w.Empty("item", "name", `"R & J"`).Leaf("group", "<Verona>").Leaf("none", "").Raw([]byte("<x/>")).Text("é").Element(parse(t, "<y/>"), stanza.SetAttr("a", "b"))
	w.Start("open").Start("inner")
	want := `<query xmlns='jabber:iq:roster' empty='' by='a@b/c&apos;d'><item name='&quot;R &amp; J&quot;'/><group>&lt;Verona&gt;</group><none/><x/>é<y a='b'/><open><inner/></open></query>`
	if got := string(w.Bytes()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	w.Reset()
	if got := string(w.Empty("a").Bytes()); got != "<a/>" {
		t.Error(got)
	}
	if got := string(stanza.NewWriter([]byte("x")).Leaf("a", "b").Bytes()); got != "x<a>b</a>" {
		t.Error(got)
	}
}

func TestHeaderOf(t *testing.T) {
	h, err := stanza.HeaderOf(parse(t, `<iq xmlns='jabber:client' from='Romeo@montague.example/orchard' to='capulet.example' id='1&amp;2' type='get' xml:lang='it'/>`))
	want := stanza.Header{Name: stanza.IQ, From: switchboard.MustParseJID("romeo@montague.example/orchard"),
		To: switchboard.JID{Domain: "capulet.example"}, ID: "1&2", Type: stanza.Get, Lang: "it"}
	if err != nil || h != want {
		t.Errorf("%+v, %v", h, err)
	}
	for got, want := range map[string]string{
		string(h.Append(nil)):                                        `<iq xmlns='jabber:client' from='romeo@montague.example/orchard' to='capulet.example' id='1&amp;2' type='get' xml:lang='it'/>`,
		string(h.AppendResult(nil)):                                  `<iq xmlns='jabber:client' from='capulet.example' to='romeo@montague.example/orchard' id='1&amp;2' type='result'/>`,
		string(h.AppendResult(nil, []byte("<a/>"), []byte("b"))):     `<iq xmlns='jabber:client' from='capulet.example' to='romeo@montague.example/orchard' id='1&amp;2' type='result'><a/>b</iq>`,
		string(h.AppendError(nil, stanza.NewError(stanza.Gone, ""))): `<iq xmlns='jabber:client' from='capulet.example' to='romeo@montague.example/orchard' id='1&amp;2' type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
		string(stanza.Header{Name: "iq", Type: "result"}.AppendError(nil, stanza.NewError(stanza.Gone, ""))): "",
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	for _, bad := range []string{`<iq to='@'/>`, `<iq from='a@'/>`} {
		if _, err := stanza.HeaderOf(parse(t, bad)); stanza.ErrorFrom(err).Condition != stanza.JIDMalformed {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestBounce(t *testing.T) {
	gone := stanza.NewError(stanza.JIDMalformed, "")
	const payload = `<error type='modify'><jid-malformed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`
	for xml, want := range map[string]string{
		`<message from='a@b' to='@@' id='1' type='chat' xml:lang='en'><body/></message>`: `<message from='@@' to='a@b' id='1' type='error' xmlns='jabber:client'>` + payload + `</message>`,
		`<presence to='@@'/>`:                `<presence from='@@' type='error' xmlns='jabber:client'>` + payload + `</presence>`,
		`<presence from='@@'/>`:              `<presence to='@@' type='error' xmlns='jabber:client'>` + payload + `</presence>`,
		`<message type='error' from='a@b'/>`: ``,
		`<iq type='result' from='a@b'/>`:     ``,
	} {
		if got := string(stanza.AppendBounce(nil, first(t, streamOpen, xml), gone)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", xml, got, want)
		}
	}
	got := string(stanza.AppendBounce(nil, first(t, streamOpen, `<iq id='1' type='get' to='@'/>`), gone, stanza.SetAttr("to", "me@here/r"), stanza.Within(stanza.NSClient)))
	if want := `<iq id='1' type='error' to='me@here/r' from='@'>` + payload + `</iq>`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTime(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	for want, at := range map[string]time.Time{
		"2026-01-02T03:04:05Z":        time.Date(2026, 1, 2, 5, 4, 5, 0, zone),
		"2026-01-02T03:04:05.600Z":    time.Date(2026, 1, 2, 3, 4, 5, 600e6, time.UTC),
		"2026-01-02T03:04:05.600700Z": time.Date(2026, 1, 2, 3, 4, 5, 600700e3, time.UTC),
	} {
		if got := stanza.FormatTime(at); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if back, err := stanza.ParseTime(want); err != nil || !back.Equal(at) {
			t.Errorf("%s is %v, %v", want, back, err)
		}
	}
	if back, err := stanza.ParseTime("2026-01-02T05:04:05.5+02:00"); err != nil || back != time.Date(2026, 1, 2, 3, 4, 5, 5e8, time.UTC) {
		t.Error(back, err)
	}
	if _, err := stanza.ParseTime("yesterday"); stanza.ErrorFrom(err).Condition != stanza.BadRequest {
		t.Error(err)
	}
	got := string(stanza.AppendDelay(nil, switchboard.JID{Domain: "a"}, time.Unix(0, 0)))
	if want := `<delay xmlns='urn:xmpp:delay' from='a' stamp='1970-01-01T00:00:00Z'/>`; got != want {
		t.Error(got)
	}
}

func TestPage(t *testing.T) {
	for xml, want := range map[string]stanza.Page{
		``:                             {Max: -1, Index: -1},
		`<max>10</max>`:                {Max: 10, Index: -1},
		`<max>0</max><before/>`:        {Max: 0, Index: -1, HasBefore: true},
		`<before>a&amp;b</before>`:     {Max: -1, Index: -1, HasBefore: true, Before: "a&b"},
		`<after>x</after>`:             {Max: -1, Index: -1, HasAfter: true, After: "x"},
		`<index>3</index><max>2</max>`: {Max: 2, Index: 3},
	} {
		q := parse(t, `<query><set xmlns='http://jabber.org/protocol/rsm'>`+xml+`</set></query>`)
		p, ok, err := stanza.PageOf(q)
		if err != nil || !ok || p != want {
			t.Errorf("%s is %+v, %v", xml, p, err)
		}
		again, ok, err := stanza.PageOf(parse(t, "<query>"+string(want.AppendTo(nil))+"</query>"))
		if err != nil || !ok || again != want {
			t.Errorf("%+v came back as %+v, %v", want, again, err)
		}
	}
	for _, bad := range []string{"-1", "x", "", "99999999999", "1.5"} {
		if _, _, err := stanza.PageOf(parse(t, `<query><set xmlns='http://jabber.org/protocol/rsm'><max>`+bad+`</max></set></query>`)); stanza.ErrorFrom(err).Condition != stanza.BadRequest {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, ok, err := stanza.PageOf(parse(t, "<query/>")); ok || err != nil {
		t.Error("a page where there is none")
	}
	for _, r := range []stanza.PageResult{{First: "a", Last: "b<", Index: 0, Count: 7}, {First: "a", Last: "a", Index: -1, Count: -1}, {Index: -1, Count: 0}} {
		if back, ok := stanza.PageResultOf(parse(t, "<fin>"+string(r.AppendTo(nil))+"</fin>")); !ok || back != r {
			t.Errorf("%+v came back as %+v", r, back)
		}
	}
}

func TestForm(t *testing.T) {
	f := stanza.Form{Type: "form", Title: "T", Instructions: "<I>", Fields: []stanza.Field{
		{Var: "FORM_TYPE", Type: "hidden", Values: []string{"urn:x"}},
		{Var: "a", Type: "list-single", Label: "A", Values: []string{"1"}, Required: true, Options: []stanza.Option{{Label: "One", Value: "1"}, {Value: "2"}}},
	}}
	f.Add("b", "text-multi", "x", "y & z")
	back, ok := stanza.FormOf(parse(t, "<iq>"+string(f.AppendTo(nil))+"</iq>"))
	if !ok || !reflect.DeepEqual(f, back) {
		t.Errorf("%+v became %+v", f, back)
	}
	if back.FormType() != "urn:x" || back.Get("b") != "x" || len(back.Values("b")) != 2 || !back.Has("a") || back.Has("c") || back.Get("c") != "" {
		t.Errorf("fields are wrong: %+v", back)
	}
	if _, ok := stanza.FormOf(parse(t, string(f.AppendTo(nil)))); !ok {
		t.Error("the form itself is no form")
	}
	if _, ok := stanza.FormOf(parse(t, "<iq/>")); ok {
		t.Error("a form where there is none")
	}
}
