package xmpp_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"testing"

	"switchboard"
	"switchboard/stanza"
	"switchboard/xmpp"
)

// FuzzCopy: every stanza that is let in can be stamped and copied, and says the
// same afterwards.
func FuzzCopy(f *testing.F) {
	for _, seed := range []string{
		"<message xmlns='jabber:client' id='a>b'><body>x</body></message>", "<message id=\" xmlns='x' \" xmlns='jabber:client'/>",
		"<message\nxmlns\t=\r\n'jabber:client' ><x></x ></message >", "<c:iq xmlns:c='jabber:client'><a/><c:b c:d='e'/></c:iq>",
		"<c:iq xmlns:c='jabber:client' xmlns='urn:x'><a xmlns=''/></c:iq>", "<presence xmlns='jabber&#58;client' from='a/b'><![CDATA[<]]>/></presence>",
		"<message xmlns='jabber:client' xmlns:a='urn:a' a:id='1' a:xmlns='y'>/</message>",
	} {
		f.Add([]byte(seed))
	}
	from := switchboard.MustParseJID("romeo@" + domain + "/'>\" xmlns='")
	head := stanza.AppendAttr(nil, "copied", "<'>")
	tail := stanza.AppendStanzaID(nil, from.Bare(), "1")
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := stanza.Parse(raw)
		if err != nil || e.Namespace() != stanza.NSClient || e.HasAttr("copied") {
			return
		}
		stamped := e.Append(nil, stanza.SetJID("from", from))
		alone := xmpp.CopyOf(stamped, head, tail, true)
		same(t, e, alone, alone)
		within := xmpp.CopyOf(stamped, head, tail, false)
		same(t, e, within, append(append([]byte("<s xmlns='jabber:client'>"), within...), "</s>"...))
	})
}

// same compares a stanza with its copy, which stands alone or in something else.
func same(t *testing.T, e stanza.Element, raw, whole []byte) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(whole)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%s\nis copied as %s\n%v", e.Raw(), raw, err)
		}
	}
	c, err := stanza.Parse(whole)
	if err != nil {
		t.Fatalf("%s\nis copied as %s\n%v", e.Raw(), raw, err)
	}
	if len(whole) > len(raw) {
		c = c.First()
	}
	if !c.Is(stanza.NSClient, e.Name()) || c.Attr("copied") != "<'>" || c.Text() != e.Text() || c.Count() != e.Count()+1 {
		t.Fatalf("%s\nis copied as %s", e.Raw(), raw)
	}
	var all []stanza.Element
	for child := range c.Children() {
		all = append(all, child)
	}
	i := 0
	for child := range e.Children() {
		if !all[i].Is(child.Namespace(), child.Name()) || all[i].Text() != child.Text() {
			t.Fatalf("%s\nis copied as %s", e.Raw(), raw)
		}
		i++
	}
}
