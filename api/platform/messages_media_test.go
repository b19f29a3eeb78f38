package platform_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"switchboard/config"
)

// part is a file in a form; fields come before it, in the order given.
type part struct {
	fields             []string
	name, kind, inside string
	data               []byte
}

func (w *world) sendFile(as string, f part) reply {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for i := 0; i < len(f.fields); i += 2 {
		must(w.t, form.WriteField(f.fields[i], f.fields[i+1]))
	}
	if f.name != "" {
		field := "file"
		if f.inside != "" {
			field = f.inside
		}
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + field + `"; filename="` + f.name + `"`}}
		if f.kind != "" {
			h.Set("Content-Type", f.kind)
		}
		p, err := form.CreatePart(h)
		must(w.t, err)
		_, err = p.Write(f.data)
		must(w.t, err)
	}
	must(w.t, form.Close())
	return w.do(call{As: as, Method: "POST", Path: "/chat/sendmessage", Body: b.Bytes(),
		Header: http.Header{"Content-Type": {form.FormDataContentType()}}})
}

func to(user, kind string, more ...string) []string {
	return append([]string{"chatType", "singlechat", "toUser", user, "messageType", kind}, more...)
}

type mediaItem struct {
	MessageType, Message string
	Media                struct {
		Caption, FileURL, FileName, FileKey, FileType, ThumbImage string
		OriginalWidth, OriginalHeight                             int
	}
	Location struct{ Latitude, Longitude float64 }
	Contact  struct {
		Name  string
		Phone []string `json:"phone_number"`
	}
}

func (w *world) newest(as, with string) mediaItem {
	w.t.Helper()
	r := w.want(200, call{As: as, Path: "/chat/history?chatType=singlechat&size=1&participant=" + with})
	return decode[struct {
		Data struct{ ChatList []mediaItem }
	}](w.t, r).Data.ChatList[0]
}

func TestSendFile(t *testing.T) {
	w := newWorld(t)
	data := noise(3<<20 + 5) // more than any other request may have
	r := w.sendFile("ann", part{fields: to("bob", "image", "caption", "us <3"), name: `C:\me\pic.png`, kind: "image/png", data: data})
	if r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	golden(t, "send_file", r)
	golden(t, "history_file", w.want(200, call{As: "bob", Path: "/chat/history?chatType=singlechat&participant=ann"}))
	golden(t, "recent_file", w.want(200, call{As: "bob", Path: "/chat/recent"}))
	m := w.newest("bob", "ann")
	if m.MessageType != "image" || m.Message != "us <3" || m.Media.FileName != "pic.png" || m.Media.FileKey != "" {
		t.Errorf("%+v", m)
	}
	if r := w.want(200, call{As: "bob", Path: "/media/download?fileToken=" + m.Media.FileURL}); !bytes.Equal(r.Body, data) {
		t.Error("other bytes came back")
	}
	refused(t, w.do(call{As: "eve", Path: "/media/download?fileToken=" + m.Media.FileURL}), 400, "media-not-found")
	// A browser's form has the file where it stands, and its type may say nothing.
	r = w.sendFile("ann", part{fields: to("bob", "audio"), name: "song.ogg", kind: "application/octet-stream", data: noise(10)})
	if m := w.newest("bob", "ann"); r.Status != 200 || m.MessageType != "audio" || m.Media.FileType != "audio/ogg" {
		t.Errorf("%s %+v", r.Body, m)
	}
	r = w.sendFile("ann", part{fields: to("bob", "file"), name: "scan.png", kind: "image/png", data: noise(10)})
	if m := w.newest("bob", "ann"); r.Status != 200 || m.MessageType != "file" {
		t.Errorf("%s %+v", r.Body, m)
	}
}

// A picture has its size and a small rendition, as those that clients send.
func TestSendPicture(t *testing.T) {
	w := newWorld(t)
	for _, more := range [][]string{nil, {"fileEncryption", "true"}} {
		r := w.sendFile("ann", part{fields: to("bob", "image", more...), name: "pic.png", kind: "image/png", data: picture(t)})
		m := w.newest("bob", "ann").Media
		if r.Status != 200 || m.OriginalWidth == 0 || m.OriginalHeight == 0 || !strings.HasPrefix(m.ThumbImage, "data:image/") {
			t.Errorf("%s %+v", r.Body, m)
		}
	}
}

// The server encrypts a file for its readers: what it keeps is useless without
// the message.
func TestSendFileEncrypted(t *testing.T) {
	w := newWorld(t)
	data := noise(1<<20 + 77)
	r := w.sendFile("ann", part{fields: to("bob", "file", "FileEncryption", "true"), name: "a.pdf", kind: "application/pdf", data: data})
	m := w.newest("bob", "ann")
	secret, err := hex.DecodeString(m.Media.FileKey)
	if r.Status != 200 || err != nil || len(secret) != 44 {
		t.Fatalf("%s %+v", r.Body, m)
	}
	stored := w.want(200, call{As: "bob", Path: "/media/" + m.Media.FileURL}).Body
	block, err := aes.NewCipher(secret[12:])
	must(t, err)
	gcm, err := cipher.NewGCM(block)
	must(t, err)
	if got, err := gcm.Open(nil, secret[:12], stored, nil); err != nil || !bytes.Equal(got, data) {
		t.Error("it cannot be decrypted: ", err)
	}
}

func TestSendFileRefused(t *testing.T) {
	w := newWorld(t, func(c *config.Config) { c.Media.MaxSize, c.Media.Quota = 2<<20, 5<<20 })
	png := part{name: "a.png", kind: "image/png", data: noise(100)}
	for name, c := range map[string]struct {
		fields []string
		change func(*part)
		status int
		code   string
	}{
		"no file":      {to("bob", "image"), func(p *part) { p.name = "" }, 400, "file-missing"},
		"another part": {to("bob", "image"), func(p *part) { p.inside = "photo" }, 400, "file-missing"},
		"wrong type":   {to("bob", "video"), func(*part) {}, 400, "file-type-wrong"},
		"empty":        {to("bob", "image"), func(p *part) { p.data = nil }, 400, "file-empty"},
		"large":        {to("bob", "image"), func(p *part) { p.data = noise(2<<20 + 1) }, 413, "file-too-large"},
		"type":         {to("bob", "image"), func(p *part) { p.kind = "nonsense" }, 400, "file-type-invalid"},
		"name":         {to("bob", "image"), func(p *part) { p.name = ".." }, 400, "file-name-invalid"},
		"caption":      {to("bob", "image", "caption", long(10_001)), func(*part) {}, 413, "text-too-long"},
		"nobody":       {to("nobody", "image"), func(*part) {}, 400, "recipient-unavailable"},
		"no chat type": {[]string{"toUser", "bob", "messageType", "image"}, func(*part) {}, 400, "missing-field"},
	} {
		p := png
		p.fields = c.fields
		c.change(&p)
		r := w.sendFile("ann", p)
		if r.Status != c.status || r.Header.Get("X-Error-Code") != c.code {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	refused(t, w.do(call{As: "ann", Path: "/chat/sendmessage", Form: url.Values{"chatType": {"singlechat"}, "toUser": {"bob"}, "messageType": {"image"}}}), 400, "file-missing")
	if _, files, err := w.Chat.CheckMedia(t.Context()); files != 0 || err != nil {
		t.Error(files, "files of refused messages stay", err)
	}
	// The same where the request is refused before anybody looks at the message. No
	// janitor has to come by first.
	for range 3 {
		r := w.sendFile("ann", part{fields: []string{"toUser", "bob", "messageType", "file"}, name: "a", data: noise(2 << 20)})
		refused(t, r, 400, "missing-field")
		r = w.sendFile("ann", part{fields: to("bob", "file", "messageId", "x"), name: "a", data: noise(2 << 20)})
		refused(t, r, 400, "edit-unsupported")
		r = w.sendFile("ann", part{fields: to("bob", "text", "message", "x"), name: "a", data: noise(2 << 20)})
		if r.Status != 200 {
			t.Errorf("a text beside a file: %d %s", r.Status, r.Body)
		}
	}
	// What was refused takes no room; what was sent does.
	for i := range 3 {
		r := w.sendFile("ann", part{fields: to("bob", "file"), name: "a", data: noise(2 << 20)})
		if want := []int{200, 200, 429}[i]; r.Status != want {
			t.Errorf("%d: %d %s", i, r.Status, r.Body)
		}
	}
}

func TestSendPlaceAndContact(t *testing.T) {
	w := newWorld(t)
	send := func(status int, code string, fields ...string) {
		t.Helper()
		form := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		r := w.do(call{As: "ann", Path: "/chat/sendmessage", Form: form})
		if r.Status != status || r.Header.Get("X-Error-Code") != code {
			t.Errorf("%v: %d %s", fields, r.Status, r.Body)
		}
	}
	send(200, "", to("bob", "location", "latitude", "49.1951", "longitude", "-16.6068")...)
	if m := w.newest("bob", "ann"); m.MessageType != "location" || m.Message != "geo:49.1951,-16.6068" || m.Location.Longitude != -16.6068 || m.Location.Latitude != 49.1951 {
		t.Errorf("%+v", m)
	}
	send(200, "", to("bob", "contact", "contactName", "Eve & Co", "contactPhone", "+420 1, +420 2")...)
	if m := w.newest("bob", "ann"); m.MessageType != "contact" || m.Contact.Name != "Eve & Co" || strings.Join(m.Contact.Phone, "|") != "+420 1|+420 2" {
		t.Errorf("%+v", m)
	}
	for _, wrong := range [][2]string{{"91", "0"}, {"0", "181"}, {"NaN", "0"}, {"x", "0"}, {"", ""}} {
		send(400, "location-invalid", to("bob", "location", "latitude", wrong[0], "longitude", wrong[1])...)
	}
	place := `{"chatType":"singlechat","toUser":"bob","messageType":"location","latitude":%s,"longitude":"-1"}`
	for degrees, status := range map[string]int{"49.5": 200, `"49.5"`: 200, "4.95e1": 200, "true": 400, "[49.5]": 400, "null": 400} {
		if r := w.do(call{As: "ann", Path: "/chat/sendmessage", JSON: fmt.Sprintf(place, degrees)}); r.Status != status {
			t.Errorf("%s: %d %s", degrees, r.Status, r.Body)
		}
	}
	send(400, "contact-invalid", to("bob", "contact", "contactName", "Eve")...)
	send(400, "contact-invalid", to("bob", "contact", "contactPhone", "1")...)
}
