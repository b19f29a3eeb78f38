package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"switchboard/chat"
	"switchboard/store"
)

const ivKey = "000102030405060708090a0b" + "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"

// The files that other clients send, and what is none.
func TestMedia(t *testing.T) {
	sharing := func(body, sources string) string {
		return body + `<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'><file xmlns='urn:xmpp:file:metadata:0'><media-type>video/mp4</media-type>
			<name>a &amp; b.mp4</name><size>100</size><width>4</width><height>3</height><length>2500</length><desc>look &lt;here></desc>
			<thumbnail xmlns='urn:xmpp:thumbs:1' uri='data:image/png;base64,AAAA'/></file><sources>` + sources + `</sources></file-sharing>`
	}
	target := `<url-data xmlns='http://jabber.org/protocol/url-data' target='https://h.example/f/a.mp4'/>`
	full := chat.Attachment{Kind: "video", URL: "https://h.example/f/a.mp4", Name: "a & b.mp4", Type: "video/mp4", Caption: "look <here>", Size: 100,
		Width: 4, Height: 3, Duration: 2500, Thumbnail: "data:image/png;base64,AAAA"}
	secret := full
	secret.Key = ivKey
	encrypted := `<encrypted xmlns='urn:xmpp:esfs:0' cipher='urn:xmpp:ciphers:aes-256-gcm-nopadding:0'><key>ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=</key>
		<iv>AAECAwQFBgcICQoL</iv><sources xmlns='urn:xmpp:sfs:0'>` + target + `</sources></encrypted>`
	for name, c := range map[string]struct {
		inner string
		want  chat.Attachment
	}{
		"sharing":                  {sharing("<body>https://h.example/f/a.mp4</body>", target), full},
		"encrypted":                {sharing("<body>aesgcm://h.example/f/a.mp4#"+ivKey+"</body>", encrypted), secret},
		"key in the address alone": {sharing("<body>aesgcm://h.example/f/a.mp4#"+ivKey+"</body>", target), secret},
		"oob": {"<body>https://h.example/x/p.jpg</body><x xmlns='jabber:x:oob'><url>https://h.example/x/p.jpg</url></x>",
			chat.Attachment{Kind: "image", URL: "https://h.example/x/p.jpg", Name: "p.jpg", Type: "image/jpeg"}},
		"aesgcm": {"<body>aesgcm://h.example/x/p.pdf#" + strings.ToUpper(ivKey) + "</body>",
			chat.Attachment{Kind: "file", URL: "https://h.example/x/p.pdf", Name: "p.pdf", Type: "application/pdf", Key: ivKey}},
		"a link":             {"<body>see this</body><x xmlns='jabber:x:oob'><url>https://h.example/x/p.jpg</url></x>", chat.Attachment{}},
		"a text":             {"<body>https://h.example/x/p.jpg</body>", chat.Attachment{}},
		"a word":             {"<body>what is aesgcm://?</body>", chat.Attachment{}},
		"no source":          {sharing("<body>x</body>", ""), chat.Attachment{}},
		"a script as source": {sharing("<body>x</body>", strings.ReplaceAll(target, "https://h.example/f/a.mp4", "javascript:alert(1)")), chat.Attachment{}},
	} {
		m := chat.ReadMessage([]byte("<message type='chat' from='a@b' to='c@d'>" + c.inner + "</message>"))
		if got, is := m.Media(); got != c.want || is != (c.want.URL != "") {
			t.Errorf("%s: %+v %v", name, got, is)
		}
	}
}

// What is sent here is read again as it was, by us and by name.
func TestSendFileForm(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	ann, bob := w.user("ann"), w.user("bob")
	for _, encrypt := range []bool{false, true} {
		f, err := w.chat.ReceiveFile(t.Context(), ann, chat.UploadDraft{Name: "a ☂.png"}, encrypt, strings.NewReader("picture"))
		if err != nil || f.Size != int64(7+16*len(f.Key)/88) || f.Type != "image/png" {
			t.Fatal(f, err)
		}
		m, err := w.chat.SendFile(t.Context(), ann, bob.Bare(), f, chat.Attachment{URL: "https://chat.example", Caption: "a <b>", Width: 3, Height: 4}, chat.SendOptions{})
		if err != nil {
			t.Fatal(err)
		}
		a, is := m.Media()
		want := chat.Attachment{Kind: "image", URL: "https://chat.example/media/" + f.Token + "/a%20%E2%98%82.png", Name: "a ☂.png", Type: "image/png",
			Caption: "a <b>", Size: f.Size, Key: f.Key, Width: 3, Height: 4}
		if !is || a != want || a.Token() != f.Token {
			t.Errorf("%+v\n%+v", a, want)
		}
		body := want.URL
		if encrypt {
			body = fmt.Sprintf("aesgcm://%s#%s", strings.TrimPrefix(want.URL, "https://"), f.Key)
		}
		if m.Body() != body || strings.Contains(string(m.Stanza), "jabber:x:oob") == encrypt {
			t.Errorf("%s", m.Stanza)
		}
		if _, err := w.chat.SendFile(t.Context(), bob, ann.Bare(), f, chat.Attachment{URL: "https://chat.example"}, chat.SendOptions{}); err == nil {
			t.Error("a file is sent twice, by another")
		}
	}
}
