package xmpp_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/stanza"
	"switchboard/store"
)

// iqTune publishes an item that says nothing.
const (
	iqTune = "<iq type='set' id='%s'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:tune'><item id='%s'><tune xmlns='urn:tune'/></item></publish></pubsub></iq>"
)

// comes makes a client available that wants notifications of nodes.
func comes(t testing.TB, b *board, name, resource string, nodes ...string) *boardtest.XMPPClient {
	t.Helper()
	c := b.bound(t, name, resource)
	c.Send("<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:test' ver='" + name + resource + "'/></presence>")
	q := c.Until("the question for capabilities", func(e stanza.Element) bool { return !e.Child(stanza.NSDiscoInfo, "query").IsZero() })
	answer := ""
	for _, n := range nodes {
		answer += "<feature var='" + n + "+notify'/>"
	}
	c.Send("<iq type='result' id='" + q.ID() + "' to='" + q.Attr("from") + "'><query xmlns='http://jabber.org/protocol/disco#info'>" + answer + "</query></iq>")
	return c
}

// friends lets one client see the presence of the other.
func friends(who, to *boardtest.XMPPClient) {
	who.Send("<presence to='" + bare(to) + "' type='subscribe'/>")
	to.Until("a request", func(e stanza.Element) bool { return e.Type() == stanza.Subscribe })
	to.Send("<presence to='" + bare(who) + "' type='subscribed'/>")
	who.Until("presence", func(e stanza.Element) bool { return e.Name() == stanza.Presence && e.Attr("from") == to.JID })
}

func bare(c *boardtest.XMPPClient) string {
	j, _, _ := strings.Cut(c.JID, "/")
	return j
}

// event waits for an event of a node whose content holds a text.
func event(c *boardtest.XMPPClient, node, text string) stanza.Element {
	return c.Until("an event of "+node+" with "+text, func(e stanza.Element) bool {
		return e.Child(stanza.NSPubSubEvent, "event").First().Attr("node") == node && bytes.Contains(e.Raw(), []byte(text))
	})
}

func ask(t testing.TB, c *boardtest.XMPPClient, to, payload string) stanza.Element {
	t.Helper()
	if to != "" {
		to = " to='" + to + "'"
	}
	e := c.Ask("<iq type='get' id='ask'" + to + ">" + payload + "</iq>")
	if e.Type() != stanza.Result {
		t.Fatalf("%s: %s", payload, e.Raw())
	}
	return e
}

// picture is a PNG of one colour.
func picture(t testing.TB, c color.Color) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 32, 32))
	for i := range 32 * 32 {
		m.Set(i%32, i/32, c)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const vcardQuery = "<vCard xmlns='vcard-temp'/>"

// TestProfileFromElsewhere: what is changed over REST, XMPP clients see: nick,
// vCards, avatar, presence.
func TestProfileFromElsewhere(t *testing.T) {
	b := newBoard(t, nil, "romeo", "juliet")
	romeo := comes(t, b, "romeo", "orchard", stanza.NSNick, stanza.NSAvatarMeta, "urn:xmpp:vcard4")
	juliet := b.client(t, "juliet", "balcony")
	friends(romeo, juliet)
	who := b.principal(t, "juliet")
	profile := chat.Profile{Name: "Juliet <3", Email: "juliet@example.org", Mobile: "+39 045", Status: "in Verona"}
	if err := b.chat.SetProfile(t.Context(), who, profile); err != nil {
		t.Fatal(err)
	}
	// A question finds it at once, an event follows.
	card := ask(t, romeo, bare(juliet), vcardQuery).First()
	if card.ChildText("", "FN") != profile.Name || card.Child("", "EMAIL").ChildText("", "USERID") != profile.Email ||
		card.Child("", "TEL").ChildText("", "NUMBER") != profile.Mobile || card.ChildText("", "DESC") != profile.Status {
		t.Errorf("the vCard: %s", card.Raw())
	}
	event(romeo, stanza.NSNick, "Juliet &lt;3")

	data := picture(t, color.White)
	p, err := b.chat.SetPicture(t.Context(), who, data)
	if err != nil {
		t.Fatal(err)
	}
	e := event(romeo, stanza.NSAvatarMeta, p.SHA1)
	info := e.First().First().First().First().First()
	if info.Attr("type") != "image/png" || info.Attr("width") != "32" || info.Attr("bytes") != fmt.Sprint(len(data)) {
		t.Errorf("the metadata: %s", e.Raw())
	}
	romeo.Until("the hash", func(e stanza.Element) bool {
		return e.Name() == stanza.Presence && e.Child(stanza.NSVCardUpdate, "x").ChildText("", "photo") == p.SHA1
	})
	items := ask(t, romeo, bare(juliet), "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:data'><item id='"+p.SHA1+"'/></items></pubsub>")
	if got := items.First().First().First().First().Text(); got != base64.StdEncoding.EncodeToString(data) {
		t.Errorf("the image: %.80s", got)
	}
	if card := ask(t, romeo, bare(juliet), vcardQuery).First(); card.Child("", "PHOTO").ChildText("", "BINVAL") != base64.StdEncoding.EncodeToString(data) {
		t.Errorf("the photo: %.200s", card.Raw())
	}

	if err := errors.Join(b.chat.RemovePicture(t.Context(), who), b.chat.SetProfile(t.Context(), who, chat.Profile{})); err != nil {
		t.Fatal(err)
	}
	event(romeo, stanza.NSAvatarMeta, "<metadata xmlns='urn:xmpp:avatar:metadata'/>")
	event(romeo, stanza.NSNick, "retract")
	if e := romeo.Ask("<iq type='get' id='v' to='" + bare(juliet) + "'>" + vcardQuery + "</iq>"); e.Type() != stanza.TypeError {
		t.Errorf("an empty profile: %s", e.Raw())
	}
}

// TestProfileFromXMPP: what a client publishes, REST shows.
func TestProfileFromXMPP(t *testing.T) {
	b := newBoard(t, nil, "juliet")
	juliet := b.client(t, "juliet", "balcony")
	data := base64.StdEncoding.EncodeToString(picture(t, color.Black))
	e := juliet.Ask("<iq type='set' id='s'><vCard xmlns='vcard-temp'><FN>Juliet</FN><EMAIL><USERID>j@example.org</USERID></EMAIL>" +
		"<PHOTO><TYPE>image/png</TYPE><BINVAL>" + data[:40] + "\n " + data[40:] + "</BINVAL></PHOTO></vCard></iq>")
	if e.Type() != stanza.Result {
		t.Fatalf("%s", e.Raw())
	}
	who := b.principal(t, "juliet")
	person, err := b.chat.Person(t.Context(), who, who.Bare())
	if err != nil || person.Profile.Name != "Juliet" || person.Profile.Email != "j@example.org" || !strings.HasPrefix(person.Profile.Image, "media:") {
		t.Errorf("%+v, %v", person.Profile, err)
	}
	image, mime, _, _, _, err := b.chat.Avatar(t.Context(), who, who.Bare())
	if err != nil || base64.StdEncoding.EncodeToString(image) != data || mime != "image/png" {
		t.Errorf("%d bytes of %s, %v", len(image), mime, err)
	}
	before := person.Profile.Image
	if e := juliet.Ask("<iq type='set' id='s'><vCard xmlns='vcard-temp'><FN>Juliet</FN><PHOTO><BINVAL>" + data + "</BINVAL></PHOTO></vCard></iq>"); e.Type() != stanza.Result {
		t.Fatalf("%s", e.Raw())
	}
	if person, err := b.chat.Person(t.Context(), who, who.Bare()); err != nil || person.Profile.Image != before || person.Profile.Email != "" {
		t.Errorf("the same picture again: %+v, %v", person.Profile, err)
	}
}

// TestCapsPoisoning: what a client says of its own capabilities counts for
// itself alone, unless the hash proves it (XEP-0115 §8.1).
func TestCapsPoisoning(t *testing.T) {
	b := newBoard(t, nil, "romeo", "juliet", "tybalt")
	const ver = "8ivvDBRhuc3W/r4TjRJHSbNaRt4=" // of a client that wants tunes, among other things
	presence := "<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:test' ver='" + ver + "'/></presence>"
	asks := func(e stanza.Element) bool { return !e.Child(stanza.NSDiscoInfo, "query").IsZero() }
	feature := func(v string) string { return "<feature var='" + v + "'/>" }
	honest := "<identity category='client' type='pc' name='test'/>" + feature(stanza.NSDiscoInfo) + feature(stanza.NSNick+"+notify") +
		feature("http://jabber.org/protocol/tune+notify") + feature(stanza.NSAvatarMeta+"+notify")
	for i, lie := range []string{
		feature("urn:tune+notify"), honest + feature("urn:tune+notify"), honest + feature(stanza.NSDiscoInfo), "",
		"<identity category='client' type='pc' name='test&lt;http://jabber.org/protocol/disco#info'/>" + feature(stanza.NSNick+"+notify"),
	} {
		tybalt := b.bound(t, "tybalt", fmt.Sprint("r", i))
		tybalt.Send(presence)
		q := tybalt.Until("a question", asks)
		tybalt.Send("<iq type='result' id='" + q.ID() + "' to='" + domain + "'><query xmlns='http://jabber.org/protocol/disco#info'>" + lie + "</query></iq>")
		tybalt.Sync()
	}
	romeo := b.bound(t, "romeo", "orchard")
	romeo.Send(presence)
	q := romeo.Until("a question, because nobody has proved anything", asks)
	// An answer to what was not asked is none.
	romeo.Send("<iq type='result' id='caps-x' to='" + domain + "'><query xmlns='http://jabber.org/protocol/disco#info'>" + feature("urn:tune+notify") + "</query></iq>")
	romeo.Send("<iq type='result' id='" + q.ID() + "' to='" + domain + "'><query xmlns='http://jabber.org/protocol/disco#info'>" + honest + "</query></iq>")
	romeo.Sync()
	juliet := b.bound(t, "juliet", "balcony")
	juliet.Send(presence)
	juliet.Sync()
	for _, raw := range juliet.Pending() {
		if strings.Contains(raw, "disco#info") {
			t.Errorf("asked again: %s", raw)
		}
	}
}

// TestEventsOnTwoNodes: an event, and another hash in presence, find their way
// from node to node.
func TestEventsOnTwoNodes(t *testing.T) {
	nats, err := bus.Embedded(bus.EmbeddedOptions{Node: "one"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nats.Stop)
	one := newBoardWith(t, bus.Options{NATS: nats.URL(), Node: "one"}, nil, "romeo", "juliet")
	eventually(t, "the first node is connected", one.bus.Connected)
	two := secondNode(t, one, nats.URL())
	romeo := comes(t, one, "romeo", "one", "urn:tune", stanza.NSNick)
	juliet := two.client(t, "juliet", "two")
	friends(romeo, juliet)
	juliet.Send(fmt.Sprintf(iqTune, "p", "first"))
	event(romeo, "urn:tune", "first")
	if err := one.chat.SetProfile(t.Context(), one.principal(t, "juliet"), chat.Profile{Name: "Jule"}); err != nil {
		t.Fatal(err)
	}
	event(romeo, stanza.NSNick, "Jule")
	romeo.Sync()
	for _, raw := range romeo.Pending() {
		if strings.Contains(raw, stanza.NSNick) {
			t.Errorf("told twice: %s", raw)
		}
	}
	p, err := one.chat.SetPicture(t.Context(), one.principal(t, "juliet"), picture(t, color.White))
	if err != nil {
		t.Fatal(err)
	}
	romeo.Until("the hash", func(e stanza.Element) bool {
		return e.Name() == stanza.Presence && e.Child(stanza.NSVCardUpdate, "x").ChildText("", "photo") == p.SHA1
	})
}

// TestTransientView: a node that keeps nothing is not announced again and again.
func TestTransientView(t *testing.T) {
	b := newBoard(t, nil, "romeo", "juliet")
	romeo := comes(t, b, "romeo", "orchard", stanza.NSNick)
	juliet := b.client(t, "juliet", "balcony")
	friends(romeo, juliet)
	who := b.principal(t, "juliet")
	err := b.chat.CreateNode(t.Context(), who, stanza.NSNick, func(c *chat.PEPConfig) error { c.Transient = true; return nil })
	if err == nil {
		err = b.chat.SetProfile(t.Context(), who, chat.Profile{Name: "Jule"})
	}
	if err != nil {
		t.Fatal(err)
	}
	items := "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='" + stanza.NSNick + "'/></pubsub>"
	ask(t, juliet, "", items)
	ask(t, romeo, bare(juliet), items)
	romeo.Sync()
	for _, raw := range romeo.Pending() {
		if strings.Contains(raw, "pubsub#event") {
			t.Errorf("announced: %s", raw)
		}
	}
}

// TestVCardIsOneChange: all that a vCard changes is one fact, so that contacts are
// told once; what is refused changes nothing.
func TestVCardIsOneChange(t *testing.T) {
	b := newBoard(t, nil, "juliet")
	juliet := b.client(t, "juliet", "balcony")
	who := b.principal(t, "juliet")
	photo := func(data []byte) string {
		return "<PHOTO><TYPE>image/png</TYPE><BINVAL>" + base64.StdEncoding.EncodeToString(data) + "</BINVAL></PHOTO>"
	}
	changes := func() (n int) {
		t.Helper()
		if err := b.db.Read(t.Context(), func(tx *store.Tx) error {
			facts, err := tx.Facts(0, 1000)
			for _, f := range facts {
				if f.Kind == switchboard.AccountChanged && f.Subject == int64(who.Account) {
					n++
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	data := picture(t, color.White)
	e := juliet.Ask("<iq type='set' id='set'><vCard xmlns='vcard-temp'><FN>Juliet</FN><ROLE>Capulet</ROLE>" + photo(data) + "</vCard></iq>")
	if e.Type() != stanza.Result || changes() != 1 {
		t.Fatalf("%d changes: %s", changes(), e.Raw())
	}
	same := func(what string) {
		t.Helper()
		card := ask(t, juliet, "", vcardQuery).First()
		if changes() != 1 || card.ChildText("", "FN") != "Juliet" || card.ChildText("", "ROLE") != "Capulet" ||
			card.Child("", "PHOTO").ChildText("", "BINVAL") != base64.StdEncoding.EncodeToString(data) {
			t.Errorf("%s: %d changes, %.300s", what, changes(), card.Raw())
		}
	}
	for what, inside := range map[string]string{
		"a long name":                 "<FN>" + strings.Repeat("x", 300) + "</FN><ROLE>other</ROLE>" + photo(picture(t, color.Black)),
		"no image":                    "<FN>Other</FN><ROLE>other</ROLE>" + photo([]byte("none")),
		"too much":                    "<FN>Other</FN><NOTE>" + strings.Repeat("x", 70_000) + "</NOTE>" + photo(picture(t, color.Black)),
		"a long name, and no picture": "<FN>" + strings.Repeat("x", 300) + "</FN>",
	} {
		if e := juliet.Ask("<iq type='set' id='set'><vCard xmlns='vcard-temp'>" + inside + "</vCard></iq>"); e.Type() != "error" {
			t.Errorf("%s: %s", what, e.Raw())
		}
		same(what)
	}
	juliet.Ask("<iq type='set' id='set'><vCard xmlns='vcard-temp'><FN>Juliet</FN><ROLE>Capulet</ROLE>" + photo(data) + "</vCard></iq>")
	same("the same again")
}
