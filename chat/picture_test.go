package chat_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"switchboard"
	"switchboard/chat"
	"switchboard/store"
)

// painting is red on its left half and blue on its right; opaque or not.
func painting(w, h int, opaque bool) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{255, 0, 0, 255}
			if x >= w/2 {
				c = color.NRGBA{0, 0, 255, 255}
			}
			if !opaque && y < h/4 {
				c.A = 0
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func pngOf(img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// jpegOf is a photograph as a camera writes it: with Exif that says how it was
// held, and where.
func jpegOf(img image.Image, orientation uint16) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	if orientation == 0 {
		return b.Bytes()
	}
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x02")
	for _, entry := range [][2]uint16{{0x010e, 1}, {0x0112, orientation}} {
		tiff = binary.BigEndian.AppendUint16(tiff, entry[0])
		tiff = append(tiff, 0, 3, 0, 0, 0, 1)
		tiff = append(binary.BigEndian.AppendUint16(tiff, entry[1]), 0, 0)
	}
	exif := append([]byte("Exif\x00\x00"), append(tiff, "50.0755N 14.4378E"...)...)
	out := append([]byte("\xff\xd8\xff\xe1"), binary.BigEndian.AppendUint16(nil, uint16(len(exif)+2))...)
	return append(append(out, exif...), b.Bytes()[2:]...)
}

// bomb is a small PNG that claims to be huge.
func bomb(w, h uint32) []byte {
	data := pngOf(image.NewNRGBA(image.Rect(0, 0, 1, 1))) // transparent: four bytes a pixel
	binary.BigEndian.PutUint32(data[16:], w)
	binary.BigEndian.PutUint32(data[20:], h)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

func (w *world) setPicture(p switchboard.Principal, data []byte) chat.Picture {
	w.t.Helper()
	got, err := w.chat.SetPicture(w.t.Context(), p, data)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// open reads a picture at its address.
func (w *world) open(path string) ([]byte, error) {
	u, err := url.Parse(path)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	_, r, err := w.chat.OpenPicture(w.t.Context(), strings.TrimPrefix(u.Path, "/media/"), q.Get("e"), q.Get("s"), q.Get("thumb") == "1")
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func (w *world) imageOf(p, of switchboard.Principal) string {
	w.t.Helper()
	person, err := w.chat.Person(w.t.Context(), p, of.Bare())
	if err != nil {
		w.t.Fatal(err)
	}
	return person.Profile.Image
}

func TestPicture(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ann, bob := w.user("ann"), w.user("bob")
		data := pngOf(painting(600, 300, true))
		got := w.setPicture(ann, data)
		sum := sha1.Sum(data)
		if got.SHA1 != hex.EncodeToString(sum[:]) || got.Type != "image/png" || got.Width != 600 || got.Height != 300 || got.Size != int64(len(data)) {
			t.Errorf("%+v", got)
		}
		if w.imageOf(bob, ann) != got.Image() {
			t.Error(w.imageOf(bob, ann), got)
		}
		if seen, err := w.chat.Picture(t.Context(), bob, ann.Bare()); seen != got || err != nil {
			t.Errorf("%+v %v", seen, err)
		}
		avatar, kind, hash, width, height, err := w.chat.Avatar(t.Context(), bob, ann.Bare())
		if !bytes.Equal(avatar, data) || kind != "image/png" || hash != got.SHA1 || width != 600 || height != 300 || err != nil {
			t.Error(len(avatar), kind, hash, width, height, err)
		}
		full, thumb := w.chat.ImagePaths(got.Image())
		if b, err := w.open(full); err != nil || !bytes.Equal(b, data) {
			t.Error(len(b), err)
		}
		small, err := w.open(thumb)
		if err != nil {
			t.Fatal(err)
		}
		if c, kind, err := image.DecodeConfig(bytes.NewReader(small)); c.Width != 256 || c.Height != 128 || kind != "jpeg" || err != nil {
			t.Error(c, kind, err)
		}
		if _, _, err := w.chat.OpenMedia(t.Context(), got.Token); err == nil {
			t.Error("a picture is read by its token alone")
		}
		addresses(t, w, got, full)
		replaced(t, w, ann, bob, got, full)
	})
}

// addresses of pictures end, and are made by nobody else.
func addresses(t *testing.T, w *world, p chat.Picture, full string) {
	t.Helper()
	if again, _ := w.chat.ImagePaths(p.Image()); again != full {
		t.Error("a browser would have to load it again")
	}
	for _, wrong := range []string{strings.Replace(full, "&s=", "&s=A", 1), strings.Replace(full, "?e=", "?e=1", 1), strings.Replace(full, "?e=", "?e=x", 1),
		strings.Replace(full, p.Token, switchboard.NewToken(), 1)} {
		if _, err := w.open(wrong); err == nil {
			t.Error(wrong, " opens it")
		}
	}
	w.clock.advance(7*24*time.Hour - time.Second)
	if _, err := w.open(full); err != nil {
		t.Error("after seven days: ", err)
	}
	w.clock.advance(2 * 24 * time.Hour)
	if _, err := w.open(full); err == nil {
		t.Error("the address is good for ever")
	}
	if a, b := w.chat.ImagePaths("https://elsewhere.example/a.png"); a != "https://elsewhere.example/a.png" || b != a {
		t.Error(a, b)
	}
	if a, b := w.chat.ImagePaths(""); a != "" || b != "" {
		t.Error(a, b)
	}
}

// replaced checks what becomes of a picture when another takes its place, and
// when there is none any more.
func replaced(t *testing.T, w *world, ann, bob switchboard.Principal, old chat.Picture, full string) {
	t.Helper()
	next := w.setPicture(ann, pngOf(painting(10, 10, false)))
	if next.Token == old.Token || w.imageOf(bob, ann) != next.Image() {
		t.Error(next)
	}
	if n, err := w.chat.TidyMedia(t.Context()); n != 2 || err != nil {
		t.Error(n, err)
	}
	err := w.chat.SetProfile(t.Context(), bob, chat.Profile{Image: next.Image()})
	refusedWith(t, err, switchboard.Invalid, "image-invalid")
	if err := w.chat.SetProfileOf(t.Context(), ann, ann.Account, func(f *chat.Profile) { f.Name = "Ann" }); err != nil || w.imageOf(bob, ann) != next.Image() {
		t.Error("a new name takes the picture away: ", err)
	}
	if err := w.chat.RemovePicture(t.Context(), ann); err != nil || w.imageOf(bob, ann) != "" {
		t.Error(err, w.imageOf(bob, ann))
	}
	_, _, _, _, _, err = w.chat.Avatar(t.Context(), bob, ann.Bare())
	refusedWith(t, err, switchboard.NotFound, "picture-not-found")
	if none, err := w.chat.Picture(t.Context(), bob, ann.Bare()); none != (chat.Picture{}) || err != nil {
		t.Error(none, err)
	}
	w.setPicture(ann, pngOf(painting(10, 10, true)))
	if err := w.chat.SetProfile(t.Context(), ann, chat.Profile{Image: "https://elsewhere.example/a.png"}); err != nil {
		t.Fatal(err)
	}
	if none, err := w.chat.Picture(t.Context(), bob, ann.Bare()); none != (chat.Picture{}) || err != nil {
		t.Error(none, err)
	}
	if n, err := w.chat.TidyMedia(t.Context()); n != 4 || err != nil {
		t.Error(n, err)
	}
	if faults, files, err := w.chat.CheckMedia(t.Context()); len(faults) > 0 || files != 0 || err != nil {
		t.Error(faults, files, err)
	}
}

// A photograph is turned as it was held, and does not tell where it was taken.
func TestPhotograph(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	ann := w.user("ann")
	red := func(c color.Color) bool { r, _, b, _ := c.RGBA(); return r > b }
	for orientation := uint16(1); orientation <= 8; orientation++ {
		data := jpegOf(painting(400, 200, true), orientation)
		got := w.setPicture(ann, data)
		full, thumb := w.chat.ImagePaths(got.Image())
		for _, path := range []string{full, thumb} {
			b, err := w.open(path)
			if err != nil || bytes.Contains(b, []byte("Exif")) || bytes.Contains(b, []byte("50.0755N")) {
				t.Fatal(orientation, err)
			}
			img, err := jpeg.Decode(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			size := img.Bounds().Size()
			if turned := size.Y > size.X; turned != (orientation >= 5) {
				t.Errorf("orientation %d: %v", orientation, size)
			}
			// Where the left edge of what the camera saw is now (Exif 2.32 §4.6.4).
			left := map[uint16]image.Point{1: {0, 50}, 2: {99, 50}, 3: {99, 50}, 4: {0, 50}, 5: {50, 0}, 6: {50, 0}, 7: {50, 99}, 8: {50, 99}}[orientation]
			at := image.Pt(left.X*(size.X-1)/99, left.Y*(size.Y-1)/99)
			if other := image.Pt(size.X-1-at.X, size.Y-1-at.Y); !red(img.At(at.X, at.Y)) || red(img.At(other.X, other.Y)) {
				t.Errorf("orientation %d: red is not at %v of %v", orientation, at, size)
			}
		}
	}
	// What a client has published itself stays as it is: others know it by its hash.
	data := jpegOf(painting(400, 200, true), 6)
	got, err := w.chat.SetAvatar(t.Context(), ann, data)
	avatar, _, hash, _, _, err2 := w.chat.Avatar(t.Context(), ann, ann.Bare())
	if err != nil || err2 != nil || !bytes.Equal(avatar, data) || hash != got.SHA1 {
		t.Error(got, err, err2, len(avatar))
	}
}

func TestPictureKinds(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	ann := w.user("ann")
	var moving bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 40, 20), color.Palette{color.Black, color.White})
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	webp := []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")
	for kind, data := range map[string][]byte{"image/gif": moving.Bytes(), "image/webp": webp, "image/jpeg": jpegOf(painting(30, 30, true), 0)} {
		if got := w.setPicture(ann, data); got.Type != kind {
			t.Errorf("%+v, want %s", got, kind)
		}
	}
	// Noise is hard to write in few bytes; the avatar still fits.
	rough := image.NewNRGBA(image.Rect(0, 0, 700, 700))
	copy(rough.Pix, noise(len(rough.Pix)))
	if got := w.setPicture(ann, pngOf(rough)); got.Size > 64<<10 || got.Width < 100 || got.Width > 256 {
		t.Errorf("%+v", got)
	}
	large := jpegOf(painting(3000, 2000, true), 1)
	got := w.setPicture(ann, large)
	full, _ := w.chat.ImagePaths(got.Image())
	b, err := w.open(full)
	if c, _, err2 := image.DecodeConfig(bytes.NewReader(b)); err != nil || err2 != nil || c.Width != 1600 || c.Height != 1066 {
		t.Error(c, err, err2)
	}
	for name, bad := range map[string][]byte{"nothing": nil, "text": []byte("<svg onload='alert(1)'/>"), "a head alone": pngOf(rough)[:60],
		"a rename": []byte("\xff\xd8\xffnot really"), "cut": jpegOf(painting(100, 100, true), 1)[:200], "flat": bomb(0, 5)} {
		_, err := w.chat.SetPicture(t.Context(), ann, bad)
		if e := switchboard.AsError(err); e == nil || e.Kind != switchboard.Invalid || e.Code != "picture-invalid" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, bad := range map[string][]byte{"a bomb": bomb(11_000, 11_000), "a wall": bomb(100_000, 10), "bytes": make([]byte, chat.MaxPicture+1)} {
		_, err := w.chat.SetPicture(t.Context(), ann, bad)
		if e := switchboard.AsError(err); e == nil || e.Kind != switchboard.TooLarge || e.Code != "picture-too-large" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if w.imageOf(ann, ann) != got.Image() {
		t.Error("what was refused took the picture away")
	}
}

// Who is blocked does not see a picture, and nobody changes another's.
func TestPictureRights(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	ann, bob := w.user("ann"), w.user("bob")
	w.setPicture(ann, pngOf(painting(10, 10, true)))
	if err := w.chat.Block(t.Context(), ann, bob.Bare()); err != nil {
		t.Fatal(err)
	}
	_, err := w.chat.Picture(t.Context(), bob, ann.Bare())
	refusedWith(t, err, switchboard.NotFound, "user-not-found")
	_, _, _, _, _, err = w.chat.Avatar(t.Context(), bob, ann.Bare())
	refusedWith(t, err, switchboard.NotFound, "user-not-found")
	bob.Scopes = []switchboard.Scope{switchboard.ScopeChat}
	_, err = w.chat.SetPictureOf(t.Context(), bob, ann.Account, pngOf(painting(5, 5, true)))
	refusedWith(t, err, switchboard.Forbidden, "scope-missing")
	err = w.chat.RemovePictureOf(t.Context(), bob, ann.Account)
	refusedWith(t, err, switchboard.Forbidden, "scope-missing")
	root := w.account("root", switchboard.Operator)
	if got, err := w.chat.SetPictureOf(t.Context(), root, ann.Account, pngOf(painting(5, 5, true))); err != nil || w.imageOf(ann, ann) != got.Image() {
		t.Error(got, err)
	}
	root.Tenant++
	_, err = w.chat.SetPictureOf(t.Context(), root, ann.Account, pngOf(painting(5, 5, true)))
	refusedWith(t, err, switchboard.NotFound, "user-not-found")
}
