package interop

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/chat"
	"switchboard/stanza"
)

// at is a stream of somebody's device, or of a password, that is available.
func (w *town) at(t *testing.T, name, password, resource string) *boardtest.XMPPClient {
	t.Helper()
	c := boardtest.DialXMPP(t, boardtest.XMPPAddress{TCP: w.Info.XMPP, Domain: "localhost"})
	c.Login(name, password)
	c.Bind(resource)
	c.Ask("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>")
	c.Come("")
	return c
}

// belongings is all that alice has and mallory would like to change or see.
func (w *town) belongings(t *testing.T, c *boardtest.XMPPClient) string {
	t.Helper()
	var b strings.Builder
	for _, path := range []string{"/users/alice", "/users/blockedList", "/users/devices", "/users/getMetaData", "/contacts/contactsList",
		"/chat/history?chatType=singlechat&participant=bob"} {
		r := w.Want(t, 200, boardtest.Call{Path: "/api/v1" + path, Token: w.alice.Token})
		fmt.Fprintf(&b, "%s %s\n", path, r.Body)
	}
	for _, payload := range []string{"<query xmlns='jabber:iq:roster'/>", "<vCard xmlns='vcard-temp'/>", "<blocklist xmlns='urn:xmpp:blocking'/>",
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='secret'/></pubsub>", "<metadata xmlns='urn:xmpp:mam:2'/>"} {
		e := c.Ask("<iq type='get' id='b'>" + payload + "</iq>")
		fmt.Fprintf(&b, "%s\n", e.Raw())
	}
	return b.String()
}

// Over XMPP everybody is who he has signed in as, and what is another's is the
// other's alone: mallory's stanzas are refused, and nothing of alice's changes.
func TestForgedStanzas(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a := w.at(t, "alice", w.alice.Password, "home")
	for i, payload := range []string{"<vCard xmlns='vcard-temp'><FN>Alice</FN><EMAIL><USERID>alice@mail.example</USERID></EMAIL></vCard>",
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='secret'><item id='1'><x xmlns='urn:x'>the key is under the mat</x></item></publish>" +
			"<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>" +
			"<field var='pubsub#access_model'><value>whitelist</value></field></x></publish-options></pubsub>",
		"<query xmlns='jabber:iq:roster'><item jid='bob@localhost' name='Bob'/></query>"} {
		if e := a.Ask(fmt.Sprintf("<iq type='set' id='own%d'>%s</iq>", i, payload)); e.Type() != stanza.Result {
			t.Fatal(string(e.Raw()))
		}
	}
	a.Send("<message to='bob@localhost' type='chat' id='dear'><body>dear bob</body></message>")
	a.Ask("<iq type='set' id='n'><enable xmlns='urn:switchboard:notice:0'/></iq>")
	group, err := w.Chat.CreateGroup(t.Context(), w.people["alice"], chat.NewGroup{Name: "left", Members: []switchboard.AccountID{w.people["mallory"].Account}})
	if err != nil {
		t.Fatal(err)
	}
	without, err := w.Chat.CreateGroup(t.Context(), w.people["alice"], chat.NewGroup{Name: "never in", Members: []switchboard.AccountID{w.people["bob"].Account}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Chat.RemoveMember(t.Context(), w.people["alice"], group.JID, w.people["mallory"].Bare()); err != nil {
		t.Fatal(err)
	}
	m := w.at(t, "mallory", w.mallory.Password, "lair")
	a.Sync()
	before := w.belongings(t, a)
	pubsub := func(inside string) string {
		return "<pubsub xmlns='http://jabber.org/protocol/pubsub'>" + inside + "</pubsub>"
	}
	owner := func(inside string) string {
		return "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>" + inside + "</pubsub>"
	}
	avatar := "<publish node='urn:xmpp:avatar:data'><item id='x'><data xmlns='urn:xmpp:avatar:data'>AAAA</data></item></publish>"
	n := 0
	for _, to := range []string{"alice@localhost", "alice@localhost/home", "ALICE@localhost", "alice@LOCALHOST", group.JID.String(), without.JID.String()} {
		for _, c := range []struct{ kind, payload string }{
			{"set", "<vCard xmlns='vcard-temp'><FN>Mallory was here</FN></vCard>"},
			{"set", "<query xmlns='jabber:iq:roster'><item jid='mallory@localhost' subscription='both'/></query>"},
			{"get", "<query xmlns='jabber:iq:roster'/>"},
			{"set", "<block xmlns='urn:xmpp:blocking'><item jid='bob@localhost'/></block>"},
			{"set", "<unblock xmlns='urn:xmpp:blocking'/>"},
			{"get", "<blocklist xmlns='urn:xmpp:blocking'/>"},
			{"set", pubsub(avatar)},
			{"set", pubsub("<publish node='secret'><item id='1'><x xmlns='urn:x'>no</x></item></publish>")},
			{"set", pubsub("<retract node='secret'><item id='1'/></retract>")},
			{"set", pubsub("<create node='mine'/>")},
			{"set", pubsub("<subscribe node='secret' jid='mallory@localhost'/>")},
			{"get", pubsub("<items node='secret'/>")},
			{"set", owner("<delete node='secret'/>")},
			{"set", owner("<purge node='secret'/>")},
			{"get", owner("<configure node='secret'/>")},
			{"get", owner("<affiliations node='secret'/>")},
			{"set", "<query xmlns='urn:xmpp:mam:2'/>"},
			{"get", "<metadata xmlns='urn:xmpp:mam:2'/>"},
			{"set", "<enable xmlns='urn:xmpp:carbons:2'/>"},
			{"set", "<enable xmlns='urn:switchboard:notice:0'/>"},
			{"get", "<query xmlns='jabber:iq:last'/>"},
			{"set", "<report xmlns='urn:xmpp:reporting:1'/>"},
			{"set", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>home</resource></bind>"},
			{"get", "<request xmlns='urn:xmpp:http:upload:0' filename='a' size='1'/>"},
			{"get", "<query xmlns='jabber:iq:private'><x xmlns='urn:x'/></query>"},
			{"set", "<query xmlns='jabber:iq:register'><remove/></query>"},
		} {
			n++
			e := m.Ask(fmt.Sprintf("<iq type='%s' id='f%d' to='%s'>%s</iq>", c.kind, n, to, c.payload))
			if e.Type() != stanza.TypeError {
				t.Errorf("to %s: %s: %s", to, c.payload, e.Raw())
			}
		}
	}
	// Archives are searched as oneself, whatever the query says.
	for i, form := range []string{"", "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field><field var='with'><value>alice@localhost</value></field></x>",
		"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field><field var='with'><value>bob@localhost</value></field></x>"} {
		e := m.Ask(fmt.Sprintf("<iq type='set' id='q%d'><query xmlns='urn:xmpp:mam:2'>%s</query></iq>", i, form))
		if e.Type() != stanza.Result || len(m.Pending()) > 0 && strings.Contains(strings.Join(m.Pending(), ""), "dear bob") {
			t.Errorf("%s %v", e.Raw(), m.Pending())
		}
	}
	for _, to := range []string{group.JID.String(), without.JID.String()} {
		m.Send("<message to='" + to + "' type='groupchat' id='g'><body>let me in</body></message>")
		if e := m.Until("a refusal", func(e stanza.Element) bool { return e.Name() == stanza.Message }); e.Type() != stanza.TypeError {
			t.Errorf("into %s: %s", to, e.Raw())
		}
	}
	w.foreignGroups(t, group, without)
	a.Sync()
	if after := w.belongings(t, a); after != before {
		t.Errorf("alice had\n%s\nand has\n%s", before, after)
	}
	w.forgedMessages(t, a, m)
	// Whoever says that he is another has said his last word (RFC 6120 §8.1.2.1).
	for i, from := range []string{"alice@localhost", "alice@localhost/home", "mallory@localhost/elsewhere", "localhost", "mallory@other.example", "ALICE@localhost"} {
		for _, s := range []string{"<message from='%s' to='bob@localhost' type='chat'><body>x</body></message>", "<presence from='%s'/>",
			"<iq type='get' id='x' from='%s'><query xmlns='jabber:iq:roster'/></iq>"} {
			c := w.at(t, "mallory", boardtest.Password, fmt.Sprint("liar", i))
			c.Send(fmt.Sprintf(s, from))
			if f := c.Ended(false); f == nil || f.Condition != stanza.InvalidFrom {
				t.Errorf(s+": %+v", from, f)
			}
		}
	}
	w.stolenStream(t)
}

// foreignGroups: over REST there is nothing of a group that one is not in, and
// no answer to a message that one cannot read.
func (w *town) foreignGroups(t *testing.T, left, without chat.Group) {
	t.Helper()
	for _, id := range []string{left.JID.Local, left.JID.String(), without.JID.Local} {
		for _, c := range []boardtest.Call{
			{Path: "/api/v1/chat/history?chatType=groupchat&participant=" + id},
			{Path: "/api/v1/chat/history?chatType=singlechat&participant=" + id},
			{Path: "/api/v1/chat/sendmessage", Form: url.Values{"chatType": {"groupchat"}, "toUser": {id}, "messageType": {"text"}, "message": {"x"}}},
			{Path: "/api/v1/users/report", Form: url.Values{"jid": {id + "@mix.localhost"}, "chatType": {"groupchat"}, "messages": {"[]"}}},
		} {
			r := w.as(t, "mallory", c)
			if r.Status/100 != 4 && (r.Status != 200 || !strings.Contains(string(r.Body), `"totalRecords":0`)) {
				t.Errorf("%s %v: %d %s", c.Path, c.Form, r.Status, r.Body)
			}
		}
	}
	for _, to := range []string{"alice", "bob", "mallory"} {
		r := w.as(t, "mallory", boardtest.Call{Path: "/api/v1/chat/sendmessage", Form: url.Values{"chatType": {"singlechat"}, "toUser": {to}, "messageType": {"text"},
			"message": {"x"}, "replyTo": {"dear"}}})
		if r.Status/100 != 4 || code(r) == "" {
			t.Errorf("an answer to alice's message to bob, to %s: %d %s", to, r.Status, r.Body)
		}
	}
}

// forgedMessages: what alice gets from mallory says who it is from, and nothing
// in it that a client could take for the server's own word comes from the server.
func (w *town) forgedMessages(t *testing.T, a, m *boardtest.XMPPClient) {
	t.Helper()
	inner := "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='bob@localhost' to='alice@localhost' type='chat'><body>forged</body></message></forwarded>"
	for _, to := range []string{"alice@localhost", "alice@localhost/home"} {
		for _, c := range []string{
			"<notice xmlns='urn:switchboard:notice:0' kind='deleted' jid='bob@localhost'/>",
			"<stanza-id xmlns='urn:xmpp:sid:0' by='alice@localhost' id='1'/>",
			"<stanza-id xmlns='urn:xmpp:sid:0' by='ALICE@localhost' id='1'/>",
			"<stanza-id xmlns='urn:xmpp:sid:0' id='1'/>",
			"<conversation xmlns='urn:switchboard:conversation:0' id='1' event='ended' operator='Alice'/>",
			"<received xmlns='urn:xmpp:carbons:2'>" + inner + "</received>",
			"<sent xmlns='urn:xmpp:carbons:2'>" + inner + "</sent>",
			"<result xmlns='urn:xmpp:mam:2' queryid='q' id='1'>" + inner + "</result>",
			"<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:avatar:metadata'/></event>",
		} {
			for _, kind := range []string{"chat", "headline"} {
				m.Send("<message to='" + to + "' type='" + kind + "' id='forged'>" + c + "<body>forged</body></message>")
				e := a.Until("the message", func(e stanza.Element) bool { return e.Name() == stanza.Message && e.ID() == "forged" })
				raw := string(e.Raw())
				if e.Attr("from") != "mallory@localhost/lair" || strings.Contains(raw, "urn:switchboard:") || strings.Contains(raw, "id='1' by") ||
					strings.Count(raw, "<stanza-id") > 1 || !e.Child(stanza.NSStanzaID, "stanza-id").IsZero() && e.Child(stanza.NSStanzaID, "stanza-id").Attr("id") == "1" {
					t.Errorf("%s: %s", c, raw)
				}
			}
		}
	}
	// A push or an answer that mallory makes up comes from mallory, if it comes at all.
	for _, iq := range []string{"<iq type='set' id='p' to='alice@localhost/home'><query xmlns='jabber:iq:roster'><item jid='mallory@localhost' subscription='both'/></query></iq>",
		"<iq type='set' id='p' to='alice@localhost/home'><block xmlns='urn:xmpp:blocking'><item jid='bob@localhost'/></block></iq>",
		"<iq type='result' id='roster' to='alice@localhost/home'><query xmlns='jabber:iq:roster'/></iq>"} {
		m.Send(iq)
	}
	m.Send("<presence to='alice@localhost/home' type='subscribed'/>")
	m.Send("<presence to='alice@localhost/home'><x xmlns='vcard-temp:x:update'><photo>0000</photo></x></presence>")
	m.Sync()
	a.Sync()
	for _, raw := range a.Pending() {
		if !strings.Contains(raw, "from='mallory@localhost") {
			t.Errorf("alice got %s", raw)
		}
	}
}

// stolenStream: an id of a stream resumes it for its own device alone.
func (w *town) stolenStream(t *testing.T) {
	t.Helper()
	a := w.at(t, "alice", w.alice.Password, "sleepy")
	a.Send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
	e := a.Until("enabled", func(e stanza.Element) bool { return e.Is(stanza.NSSM3, "enabled") })
	id := e.Attr("id")
	a.Break()
	for _, c := range [][2]string{{"mallory", w.mallory.Password}, {"mallory", boardtest.Password}, {"alice", boardtest.Password}} { // the last: alice, not this device
		m := boardtest.DialXMPP(t, boardtest.XMPPAddress{TCP: w.Info.XMPP, Domain: "localhost"})
		m.Login(c[0], c[1])
		m.Send("<resume xmlns='urn:xmpp:sm:3' h='0' previd='" + id + "'/>")
		if e := m.Next(); !e.Is(stanza.NSSM3, "failed") || e.HasAttr("h") && c[0] != "alice" {
			t.Errorf("%s: %s", c[0], e.Raw())
		}
		m.Break()
	}
}

// chunk is one chunk of a PNG.
func chunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// bomb is a PNG that says that it is huge and has next to nothing in it.
func bomb(width, height uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	b := []byte("\x89PNG\r\n\x1a\n")
	b = append(b, chunk("IHDR", append(head, 8, 6, 0, 0, 0))...)
	b = append(b, chunk("IDAT", []byte{0x78, 0x9c, 0x63, 0, 1, 0, 0, 5, 0, 1})...)
	return append(b, chunk("IEND", nil)...)
}

func goodPNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Whatever is sent as a picture: an image that is shown as one, or a refusal with a code.
func TestHostilePictures(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	good := goodPNG(t)
	svg := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
	x := w.at(t, "alice", w.alice.Password, "home")
	for name, c := range map[string]struct {
		data []byte
		code string
	}{
		"nothing":      {[]byte{}, "picture-invalid"},
		"text":         {[]byte("not a picture"), "picture-invalid"},
		"SVG":          {svg, "picture-invalid"},
		"HTML":         {[]byte("<!doctype html><script>alert(1)</script>"), "picture-invalid"},
		"cut short":    {good[:len(good)/2], "picture-invalid"},
		"a signature":  {good[:8], "picture-invalid"},
		"a bomb":       {bomb(1<<30, 1<<30), "picture-invalid picture-too-large"},
		"a small bomb": {bomb(60000, 60000), "picture-invalid picture-too-large"},
		"no pixels":    {bomb(0, 0), "picture-invalid"},
		"a flat one":   {bomb(1, 1<<31-1), "picture-invalid picture-too-large"},
		"a lying GIF":  {append([]byte("GIF89a\xff\xff\xff\xff\x80\x00\x00"), good...), "picture-invalid picture-too-large"},
		"BMP":          {append([]byte("BM"), make([]byte, 200)...), "picture-invalid"},
		"TIFF":         {append([]byte("II*\x00"), make([]byte, 200)...), "picture-invalid"},
	} {
		for _, field := range []string{"image", "profileFile"} {
			r := w.as(t, "alice", boardtest.Call{Path: "/api/v1/users/profile", Files: []boardtest.File{{Field: field, Name: "a.png", Data: c.data}}})
			if r.Status/100 != 4 || !strings.Contains(c.code, code(r)) || code(r) == "" {
				t.Errorf("%s: %d %s, want %s", name, r.Status, r.Body, c.code)
			}
		}
		if len(c.data) == 0 {
			continue
		}
		e := x.Ask("<iq type='set' id='v'><vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>" + base64.StdEncoding.EncodeToString(c.data) + "</BINVAL></PHOTO></vCard></iq>")
		if e.Type() != stanza.TypeError {
			t.Errorf("%s as a vCard's: %s", name, e.Raw())
		}
	}
	// A picture that is a page too, and one with scripts in its texts: the picture is left.
	payload := []byte("<script>alert(document.domain)</script>")
	tail := append(bytes.Clone(good), payload...)
	text := append(bytes.Clone(good[:33]), chunk("tEXt", append([]byte("Comment\x00"), payload...))...)
	text = append(text, good[33:]...)
	for name, data := range map[string][]byte{"tail": tail, "text": text} {
		r := w.as(t, "alice", boardtest.Call{Path: "/api/v1/users/profile", Files: []boardtest.File{{Field: "image", Name: "a.html", Data: data}}})
		if r.Status != 200 {
			t.Fatalf("%s: %d %s", name, r.Status, r.Body)
		}
		data := boardtest.Decode[struct {
			Data struct{ Image, ThumbImage string }
		}](t, r).Data
		for _, address := range []string{data.Image, data.ThumbImage} {
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			shown := w.Want(t, 200, boardtest.Call{Path: u.RequestURI()})
			if bytes.Contains(shown.Body, []byte("script")) || shown.Header.Get("Content-Type") != "image/png" || !strings.Contains(shown.Header.Get("Content-Security-Policy"), "sandbox") {
				t.Errorf("%s: %v %q", name, shown.Header, shown.Body)
			}
			w.pictureAddresses(t, u)
		}
	}
	// An address elsewhere is an address and not a program, nor another's picture.
	for _, address := range []string{"javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "//evil.example/x.png", "media:" + strings.Repeat("0", 32), "https://", "JaVaScRiPt:alert(1)"} {
		for _, field := range []string{"profileUrl", "image"} {
			r := w.as(t, "mallory", boardtest.Call{Path: "/api/v1/users/profile", Form: url.Values{field: {address}}})
			if r.Status != 400 || code(r) == "" {
				t.Errorf("%s: %d %s", address, r.Status, r.Body)
			}
		}
	}
}

// pictureAddresses: a signed address is good as it is, until it ends.
func (w *town) pictureAddresses(t *testing.T, u *url.URL) {
	t.Helper()
	q := u.Query()
	e, s := q.Get("e"), q.Get("s")
	other := "A" + s[1:]
	if s[0] == 'A' {
		other = "B" + s[1:]
	}
	for _, query := range []string{"", "e=" + e, "s=" + s, "e=" + e + "0&s=" + s, "e=9999999999&s=" + s, "e=0&s=" + s, "e=-1&s=" + s, "e=&s=" + s, "e=%2B" + e + "x&s=" + s,
		"e=" + e + "&s=" + other, "e=" + e + "&s=" + s[:len(s)-1], "e=" + e + "&s=" + strings.ToLower(s) + "x", "e=" + e + "&s=", "e=" + e + "&s=" + s + "A"} {
		if r := w.Do(t, boardtest.Call{Path: u.Path + "?" + query}); r.Status != 404 || code(r) != "media-not-found" {
			t.Errorf("%s: %d %s", query, r.Status, r.Header.Get("Content-Type"))
		}
	}
	for _, path := range []string{u.Path + "/x.png", u.Path + "/../" + strings.TrimPrefix(u.Path, "/media/") + "/a", "/media/" + strings.Repeat("0", 32)} {
		if r := w.Do(t, boardtest.Call{Path: path + "?" + u.RawQuery}); r.Status == 200 {
			t.Errorf("%s: %d", path, r.Status)
		}
	}
}

// Files are whose they are: nobody writes another's, or guesses one, or gets out
// of the storage, and a signed address ends.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	upload := func(name string, d chat.UploadDraft) chat.Upload {
		u, err := w.Chat.RequestUpload(t.Context(), w.people[name], d)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	body := []byte("<script>alert(document.domain)</script>")
	size := int64(len(body))
	hers, his := upload("alice", chat.UploadDraft{Name: "a.html", Type: "text/html", Size: size}), upload("mallory", chat.UploadDraft{Name: "m", Size: size})
	patch := func(offset string) http.Header {
		return http.Header{"Upload-Offset": {offset}, "Content-Type": {"application/offset+octet-stream"}}
	}
	for _, secret := range []string{"", his.Secret, hers.Token, hers.Secret[:31], strings.ToUpper(hers.Secret) + "x", w.alice.Token, w.mallory.Token} {
		for method, header := range map[string]http.Header{"PUT": nil, "PATCH": patch("0"), "DELETE": nil, "HEAD": nil} {
			if method == "HEAD" && secret == "" {
				continue
			}
			r := w.Do(t, boardtest.Call{Method: method, Path: hers.Path, Body: body, Token: secret, Header: header})
			if r.Status != 401 || method != "HEAD" && code(r) != "upload-secret-wrong" {
				t.Errorf("%s with %q: %d %s", method, secret, r.Status, r.Body)
			}
		}
	}
	for offset, want := range map[string]string{"1": "upload-offset", "-1": "offset-missing", "": "offset-missing", "9223372036854775807": "upload-offset",
		"99999999999999999999": "offset-missing", "0x0": "offset-missing", " 0": "", "1e0": "offset-missing"} {
		if want == "" {
			continue
		}
		r := w.Do(t, boardtest.Call{Method: "PATCH", Path: hers.Path, Body: body[:5], Token: hers.Secret, Header: patch(offset)})
		if r.Status/100 != 4 || code(r) != want {
			t.Errorf("offset %q: %d %s", offset, r.Status, r.Body)
		}
	}
	r := w.Do(t, boardtest.Call{Method: "PATCH", Path: hers.Path, Body: append(bytes.Clone(body), 'x'), Token: hers.Secret, Header: patch("0")})
	if r.Status != 413 || code(r) != "length-wrong" {
		t.Errorf("too many bytes: %d %s", r.Status, r.Body)
	}
	w.Want(t, 201, boardtest.Call{Method: "PUT", Path: hers.Path, Body: body, Token: hers.Secret})
	for method, header := range map[string]http.Header{"PUT": nil, "PATCH": patch(fmt.Sprint(size))} { // complete is complete
		if r := w.Do(t, boardtest.Call{Method: method, Path: hers.Path, Body: body, Token: hers.Secret, Header: header}); r.Status/100 != 4 || code(r) == "" {
			t.Errorf("%s again: %d %s", method, r.Status, r.Body)
		}
	}
	// A page in it is no page of ours.
	for _, path := range []string{hers.Path, hers.Path + "?s=x", "/media/" + hers.Token, "/media/" + hers.Token + "/index.html"} {
		r := w.Want(t, 200, boardtest.Call{Path: path})
		csp := r.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment") || !strings.Contains(csp, "sandbox") || strings.Contains(csp, "allow-scripts") ||
			!strings.Contains(csp, "default-src 'none'") || r.Header.Get("X-Content-Type-Options") != "nosniff" || len(r.Header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s: %v", path, r.Header)
		}
	}
	// Guesses, other workspaces, and ways out of the storage.
	for _, token := range []string{strings.Repeat("0", 32), hers.Token[:31], strings.ToUpper(hers.Token), hers.Token + "0", "%2e%2e", "..%2f..%2fswitchboard.db", "..%5c..", "%00",
		hers.Token + "%00", "media.key", "*", "%25", hers.Token[:16] + "%"} {
		for _, path := range []string{"/media/" + token, "/media/" + token + "/a", "/api/v1/media/" + token, "/api/v1/media/download?fileToken=" + token} {
			u, err := url.Parse(path)
			if err != nil || strings.EqualFold(token, hers.Token) && token == hers.Token {
				continue
			}
			r := w.as(t, "mallory", boardtest.Call{Path: u.String()})
			if r.Status/100 == 2 || r.Status >= 500 {
				t.Errorf("%s: %d %s", path, r.Status, r.Body)
			}
		}
	}
	for _, path := range []string{"/api/v1/media/" + hers.Token, "/api/v1/media/download?fileToken=" + hers.Token} {
		if r := w.Do(t, boardtest.Call{Path: path, Host: "other.example", Token: w.token(t, "mallory elsewhere", switchboard.PlatformDialect)}); r.Status != 400 || code(r) != "media-not-found" {
			t.Errorf("from another workspace: %d %s", r.Status, r.Body)
		}
		if r := w.Do(t, boardtest.Call{Path: path}); r.Status != 401 {
			t.Errorf("nobody: %d %s", r.Status, r.Body)
		}
	}
	// Too large, over REST and XMPP, before a byte is sent.
	if _, err := w.Chat.RequestUpload(t.Context(), w.people["alice"], chat.UploadDraft{Name: "film.mkv", Size: 2 << 30}); switchboard.AsError(err).Code != "file-too-large" {
		t.Error(err)
	}
	x := w.at(t, "alice", w.alice.Password, "home")
	for asked, want := range map[string]string{"filename='a' size='2147483648'": "file-too-large", "filename='a' size='99999999999999999999'": "error", "filename='a' size='-1'": "error",
		"filename='a' size='0'": "error", "filename='' size='1'": "error", "size='1'": "error", "filename='..' size='1'": "error", "filename='a' size='1' content-type='text'": "error"} {
		if e := x.Ask("<iq type='get' id='s' to='localhost'><request xmlns='urn:xmpp:http:upload:0' " + asked + "/></iq>"); e.Type() != stanza.TypeError || !strings.Contains(string(e.Raw()), want) {
			t.Errorf("%s: %s", asked, e.Raw())
		}
	}
	e := x.Ask("<iq type='get' id='s' to='localhost'><request xmlns='urn:xmpp:http:upload:0' filename='../../&lt;script&gt;.html' size='1'/></iq>")
	if put := e.Child("urn:xmpp:http:upload:0", "slot").Child("", "put").Attr("url"); strings.Contains(put, "..") || strings.Contains(put, "<") {
		t.Errorf("%s", e.Raw())
	}
}

// Fields that are too much, or nested, or programs: each has a code, or comes
// back as the data that it is.
func TestHostileFields(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	registers := func(kv string) boardtest.Reply {
		w.later(10 * time.Second)
		return w.Do(t, boardtest.Call{Path: "/api/v1/sandbox/register", JSON: `{"licenseKey":"trial",` + kv + `}`})
	}
	for body, want := range map[string]string{
		`"userIdentifier":""`:                                                         "identifier-missing",
		`"userIdentifier":"a b"`:                                                      "identifier-malformed",
		`"userIdentifier":"a/b"`:                                                      "identifier-malformed",
		`"userIdentifier":"a@b"`:                                                      "identifier-malformed",
		`"userIdentifier":"a<b"`:                                                      "identifier-malformed",
		`"userIdentifier":"\u0000"`:                                                   "",
		`"userIdentifier":"😀"`:                                                        "identifier-malformed",
		`"userIdentifier":7`:                                                          "",
		`"userIdentifier":["alice"]`:                                                  "",
		`"userIdentifier":{"a":"alice"}`:                                              "",
		`"userIdentifier":null`:                                                       "",
		`"userIdentifier":"` + strings.Repeat("n", 192) + `"`:                         "identifier-too-long",
		`"userIdentifier":"` + strings.Repeat("ž", 96) + `"`:                          "identifier-too-long",
		`"userIdentifier":"` + strings.Repeat("n", 100_000) + `"`:                     "identifier-malformed identifier-too-long",
		`"userIdentifier":"new","metadata":{"a":"1","b":"2","c":"3","d":"4"}`:         "too-much-metadata",
		`"userIdentifier":"new","metadata":{"a":{"b":"c"}}`:                           "invalid-field",
		`"userIdentifier":"new","metadata":{"a":["b"]}`:                               "invalid-field",
		`"userIdentifier":"new","metadata":["a"]`:                                     "",
		`"userIdentifier":"new","metadata":"a"`:                                       "",
		`"userIdentifier":"new","metadata":{"a":"` + strings.Repeat("x", 5000) + `"}`: "",
		`"userIdentifier":"new","deviceType":"` + strings.Repeat("x", 65) + `"`:       "",
		`"userIdentifier":"new","forceRegister":"maybe"`:                              "",
		`"userIdentifier":"new","licenseKey":"x"`:                                     "",
		`"userIdentifier":"new","__proto__":{"admin":true},"role":"admin","admin":true,"kind":"operator"`: "-",
	} {
		r := registers(body)
		if want == "-" { // what is not known changes nothing
			if p, err := w.Auth.Verify(t.Context(), boardtest.Decode[device](t, r).Token); r.Status/100 != 4 && (err != nil || p.Kind != switchboard.User || p.Admin) {
				t.Errorf("%s: %d %s", body, r.Status, r.Body)
			}
			continue
		}
		if r.Status != 400 || code(r) == "" || want != "" && !strings.Contains(want, code(r)) {
			t.Errorf("%.200s: %d %s, want %s", body, r.Status, r.Body, want)
		}
	}
	// Scripts in names are names.
	name := `<img src=x onerror=alert(1)>"'&lt;`
	r := w.as(t, "mallory", boardtest.Call{Path: "/api/v1/users/profile", Form: url.Values{"nickName": {name}, "status": {name}}})
	if r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	for _, path := range []string{"/users/mallory", "/users/userList"} {
		r := w.as(t, "alice", boardtest.Call{Path: "/api/v1" + path})
		var any map[string]any
		if json.Unmarshal(r.Body, &any) != nil || !strings.Contains(fmt.Sprint(any), name) || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") ||
			r.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(r.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v %s", path, r.Header, r.Body)
		}
	}
	x := w.at(t, "alice", w.alice.Password, "home")
	if e := x.Ask("<iq type='get' id='v' to='mallory@localhost'><vCard xmlns='vcard-temp'/></iq>"); e.Child(stanza.NSVCard, "vCard").ChildText(stanza.NSVCard, "FN") != name {
		t.Errorf("%s", e.Raw())
	}
	// Ids that are paths, in every operation that takes one.
	for _, id := range []string{"..", ".", "%2e%2e", "%2e%2e%2falice", "..%2falice", "alice%2f..%2fbob", "alice%00", "%00", "alice%20", "alice;x=1", "%252e%252e", "alice%0d%0aX-Evil:1", strings.Repeat("a", 3000)} {
		for _, op := range operations(t, "../api/platform/testdata/routes.golden") {
			if !strings.Contains(op[1], "{userId}") {
				continue
			}
			c := boardtest.Call{Method: op[0], Path: strings.ReplaceAll(op[1], "{userId}", id)}
			if op[0] != "GET" {
				c.JSON = `{"metaData":{"a":"b"},"deviceType":"web","licenseKey":"trial"}`
			}
			r := w.as(t, "mallory", c)
			if r.Status >= 500 || r.Status == 200 && !strings.Contains(string(r.Body), `"mallory"`) && id != "." && id != ".." && !strings.HasPrefix(id, "%2e") || r.Header.Get("X-Evil") != "" {
				t.Errorf("%v %q: %d %.300s", op, id, r.Status, r.Body)
			}
		}
	}
	// Another's things by their id.
	devices := w.devices(t, "alice")
	for _, c := range []struct {
		call boardtest.Call
		code string
	}{
		{boardtest.Call{Method: "DELETE", Path: fmt.Sprintf("/api/v1/users/devices/%d", devices[0])}, "device-unknown scope-missing"},
		{boardtest.Call{Method: "DELETE", Path: "/api/v1/users/devices/999999"}, "device-unknown"},
		{boardtest.Call{Method: "DELETE", Path: "/api/v1/users/devices/-1"}, "device-id-invalid"},
		{boardtest.Call{Method: "DELETE", Path: "/api/v1/users/devices/1%20OR%201=1"}, "device-id-invalid"},
		{boardtest.Call{Method: "PUT", Path: "/api/v1/users/updateMetaData/alice", JSON: `{"metaData":{"a":"b"}}`}, "scope-missing"},
		{boardtest.Call{Method: "POST", Path: "/api/v1/users/alice", JSON: `{"deviceType":"web","licenseKey":"trial","nickname":"x"}`}, "scope-missing"},
		{boardtest.Call{Method: "POST", Path: "/api/v1/users/deleteUserAccount", JSON: `{"userId":"alice","reason":"x"}`}, "scope-missing"},
		{boardtest.Call{Method: "POST", Path: "/api/v1/users/resetPassword", JSON: `{"userId":"alice","deviceType":"web"}`}, "scope-missing"},
		{boardtest.Call{Method: "PUT", Path: "/api/v1/users/updatedevicetoken", JSON: `{"username":"alice","deviceType":"ios","deviceToken":"mine"}`}, "scope-missing"},
		{boardtest.Call{Method: "POST", Path: "/api/v1/moderation/block", JSON: `{}`}, "scope-missing administrator-only"},
	} {
		r := w.as(t, "mallory", c.call)
		if r.Status/100 != 4 || !strings.Contains(c.code, code(r)) || code(r) == "" {
			t.Errorf("%s %s: %d %s, want %s", c.call.Method, c.call.Path, r.Status, r.Body, c.code)
		}
	}
	if now := w.devices(t, "alice"); len(now) != len(devices) {
		t.Errorf("alice's devices: %v, were %v", now, devices)
	}
}

// Whoever is blocked is nobody to the other, in either direction, by every way
// in; features that are off are refused with one code everywhere.
func TestBlockedAndOff(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	a, m := w.at(t, "alice", w.alice.Password, "home"), w.at(t, "mallory", w.mallory.Password, "lair")
	if e := a.Ask("<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='mallory@localhost'/></block></iq>"); e.Type() != stanza.Result {
		t.Fatal(string(e.Raw()))
	}
	for i, payload := range []string{"<vCard xmlns='vcard-temp'/>", "<query xmlns='jabber:iq:last'/>", "<query xmlns='http://jabber.org/protocol/disco#info'/>", "<ping xmlns='urn:xmpp:ping'/>",
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:avatar:metadata'/></pubsub>"} {
		for _, to := range []string{"alice@localhost", "alice@localhost/home"} {
			if e := m.Ask(fmt.Sprintf("<iq type='get' id='i%d' to='%s'>%s</iq>", i, to, payload)); e.Type() != stanza.TypeError {
				t.Errorf("%s: %s", payload, e.Raw())
			}
			if e := a.Ask(fmt.Sprintf("<iq type='get' id='i%d' to='%s'>%s</iq>", i, strings.NewReplacer("alice", "mallory", "home", "lair").Replace(to), "<ping xmlns='urn:xmpp:ping'/>")); e.Type() != stanza.TypeError {
				t.Errorf("alice asks whom she blocks: %s", e.Raw())
			}
		}
	}
	for _, s := range []string{"<message to='alice@localhost' type='chat' id='x'><body>hello?</body></message>", "<message to='alice@localhost/home' type='chat' id='x'><body>hello?</body></message>",
		"<message to='alice@localhost' type='chat' id='x'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>"} {
		m.Send(s)
		if e := m.Until("a refusal", func(e stanza.Element) bool { return e.Name() == stanza.Message && e.ID() == "x" }); e.Type() != stanza.TypeError {
			t.Errorf("%s: %s", s, e.Raw())
		}
	}
	for _, s := range []string{"<presence to='alice@localhost/home'/>", "<presence to='alice@localhost' type='subscribe'/>", "<message to='alice@localhost' type='headline'><body>psst</body></message>"} {
		m.Send(s)
	}
	m.Sync()
	a.Sync()
	if got := strings.Join(a.Pending(), "\n"); strings.Contains(got, "mallory@localhost/") || strings.Contains(got, "psst") {
		t.Errorf("alice got %s", got)
	}
	for path, want := range map[string]string{"/users/alice": "user-not-found", "/users/lastSeen/alice": "", "/users/getMetaData/alice": "user-not-found"} {
		if r := w.as(t, "mallory", boardtest.Call{Path: "/api/v1" + path}); r.Status != 400 || code(r) == "" || want != "" && code(r) != want {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
	}
	for _, path := range []string{"/users/userList", "/users/userList?name=alice", "/contacts/contactsList"} {
		if r := w.as(t, "mallory", boardtest.Call{Path: "/api/v1" + path}); r.Status != 200 || strings.Contains(string(r.Body), `"alice"`) {
			t.Errorf("%s: %d %s", path, r.Status, r.Body)
		}
	}
	for _, c := range [][2]string{{"mallory", "alice"}, {"alice", "mallory"}} {
		r := w.as(t, c[0], boardtest.Call{Path: "/api/v1/chat/sendmessage", Form: url.Values{"chatType": {"singlechat"}, "toUser": {c[1]}, "messageType": {"text"}, "message": {"x"}}})
		if r.Status/100 != 4 || code(r) == "" {
			t.Errorf("%s writes to %s: %d %s", c[0], c[1], r.Status, r.Body)
		}
	}
	if r := w.as(t, "mallory", boardtest.Call{Path: "/api/v1/users/presence?userIds=alice"}); strings.Contains(string(r.Body), `"presence":1`) {
		t.Errorf("%s", r.Body)
	}

	off := map[string]string{}
	for _, f := range switchboard.Features() {
		off[switchboard.FeatureSetting(f)] = "off"
	}
	if _, err := w.Auth.UpdateTenant(t.Context(), w.people["ada"], "", off); err != nil {
		t.Fatal(err)
	}
	for path, form := range map[string]url.Values{"/users/block": {"userId": {"bob"}}, "/users/unblock": {"userId": {"mallory"}}, "/users/report": {"jid": {"bob@localhost"}, "chatType": {"singlechat"}, "messages": {"[]"}},
		"/users/calls/createRoom": {}} {
		if r := w.as(t, "alice", boardtest.Call{Path: "/api/v1" + path, Form: form}); r.Status != 403 || code(r) != "feature-off" {
			t.Errorf("off: %s: %d %s", path, r.Status, r.Body)
		}
	}
	for _, payload := range []string{"<block xmlns='urn:xmpp:blocking'><item jid='bob@localhost'/></block>", "<unblock xmlns='urn:xmpp:blocking'/>"} {
		if e := a.Ask("<iq type='set' id='off'>" + payload + "</iq>"); e.Type() != stanza.TypeError {
			t.Errorf("off: %s", e.Raw())
		}
	}
	if e := a.Ask("<iq type='get' id='off2' to='localhost'><request xmlns='urn:xmpp:http:upload:0' filename='a.png' size='1'/></iq>"); e.Type() != stanza.TypeError {
		t.Errorf("off: %s", e.Raw())
	}
	// A token that ends while its device is here: the next call hears of it, in the documented words.
	w.later(2 * time.Hour)
	r := w.Do(t, boardtest.Call{Path: "/api/v1/users/userList", Token: w.alice.Token})
	if r.Status != 401 || code(r) != "token-expired" || !strings.Contains(string(r.Body), "Token Expired") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}
