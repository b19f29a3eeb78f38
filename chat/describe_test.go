package chat_test

import (
	"bytes"
	"encoding/base64"
	"image"
	"strings"
	"testing"

	"switchboard/chat"
	"switchboard/store"
)

// A picture that comes by REST is described like one that a client sends.
func TestDescribedPictures(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	ann, bob := w.user("ann"), w.user("bob")
	huge := bomb(11_000, 11_000)
	for _, c := range []struct {
		what, name, kind string
		data             []byte
		encrypt          bool
		width, height    int
		preview          image.Point
	}{
		{what: "a picture", name: "a.png", kind: "image", data: pngOf(painting(600, 300, true)), width: 600, height: 300, preview: image.Pt(40, 20)},
		{what: "of no kind", name: "a.png", data: pngOf(painting(600, 300, false)), width: 600, height: 300, preview: image.Pt(40, 20)},
		{what: "encrypted", name: "a.jpg", kind: "image", encrypt: true, data: jpegOf(painting(300, 600, true), 1), width: 300, height: 600, preview: image.Pt(20, 40)},
		{what: "on its side", name: "a.jpg", kind: "image", data: jpegOf(painting(600, 300, true), 6), width: 300, height: 600, preview: image.Pt(20, 40)},
		{what: "smaller than that", name: "a.png", kind: "image", data: pngOf(painting(3, 2, true)), width: 3, height: 2, preview: image.Pt(3, 2)},
		{what: "a document", name: "a.png", kind: "file", data: pngOf(painting(600, 300, true))},
		{what: "a lie", name: "a.png", kind: "image", data: []byte("no picture")},
		{what: "a bomb", name: "a.png", kind: "image", data: huge},
		{what: "cut", name: "a.jpg", kind: "image", data: jpegOf(painting(600, 300, true), 1)[:500]},
		{what: "a video", name: "a.mp4", kind: "video", data: pngOf(painting(600, 300, true))},
	} {
		f, err := w.chat.ReceiveFile(t.Context(), ann, chat.UploadDraft{Name: c.name}, c.encrypt, bytes.NewReader(c.data))
		if err != nil {
			t.Fatal(c.what, err)
		}
		m, err := w.chat.SendFile(t.Context(), ann, bob.Bare(), f, chat.Attachment{URL: "https://chat.example", Kind: c.kind}, chat.SendOptions{})
		if err != nil {
			t.Fatal(c.what, err)
		}
		a, _ := m.Media()
		if a.Width != c.width || a.Height != c.height || len(a.Thumbnail) > 8<<10 || (a.Thumbnail != "") != (c.preview != image.Point{}) {
			t.Errorf("%s: %d × %d, %d bytes", c.what, a.Width, a.Height, len(a.Thumbnail))
		}
		if _, data, is := strings.Cut(a.Thumbnail, ";base64,"); is {
			raw, err := base64.StdEncoding.DecodeString(data)
			if err != nil {
				t.Fatal(err)
			}
			if small, _, err := image.DecodeConfig(bytes.NewReader(raw)); err != nil || image.Pt(small.Width, small.Height) != c.preview {
				t.Errorf("%s: %v %v", c.what, small, err)
			}
		}
	}
}

// A file stays exactly if its message does.
func TestFileGoesWithItsMessage(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ann, bob := w.user("ann"), w.user("bob")
		state := func(f chat.File) (state string) {
			w.write(func(tx *store.Tx) error {
				m, err := tx.Media(f.Token)
				state = m.State
				return err
			})
			return state
		}
		receive := func() chat.File {
			t.Helper()
			f, err := w.chat.ReceiveFile(t.Context(), ann, chat.UploadDraft{Name: "a", Size: 5}, false, strings.NewReader("words"))
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		sent, refused, dropped := receive(), receive(), receive()
		send := func(f chat.File, to string) error {
			_, err := w.chat.SendFile(t.Context(), ann, jid(to), f, chat.Attachment{URL: "https://chat.example"}, chat.SendOptions{})
			return err
		}
		if err := send(sent, "bob@example.org"); err != nil {
			t.Fatal(err)
		}
		if code(send(refused, "nobody@example.org")) != "recipient-unavailable" || state(refused) != store.MediaWaiting {
			t.Error("a message to nobody keeps its file: ", state(refused))
		}
		for _, f := range []chat.File{sent, refused, dropped} { // one that was sent is nobody's to drop
			if err := w.chat.DropFile(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		if state(sent) != store.MediaStored || state(dropped) != store.MediaDoomed || state(refused) != store.MediaDoomed {
			t.Error(state(sent), state(dropped), state(refused))
		}
		count := func() int {
			t.Helper()
			p, err := w.chat.History(t.Context(), ann, chat.HistoryQuery{With: bob.Bare()})
			if err != nil {
				t.Fatal(err)
			}
			return p.Total
		}
		was := count()
		if code(send(dropped, "bob@example.org")) != "media-not-found" || count() != was {
			t.Error("a message was sent whose file is gone")
		}
	})
}
