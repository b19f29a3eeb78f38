package chat

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

// A file that is an image and something else, too, is not kept as it is.
func TestNotes(t *testing.T) {
	img := image.NewPaletted(image.Rect(0, 0, 40, 40), color.Palette{color.Black, color.White, color.Transparent})
	for i := range img.Pix {
		img.Pix[i] = uint8(i % 7 % 3)
	}
	written := func(encode func(*bytes.Buffer) error) []byte {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	images := map[string][]byte{
		"image/png":  written(func(b *bytes.Buffer) error { return png.Encode(b, img) }),
		"image/jpeg": written(func(b *bytes.Buffer) error { return jpeg.Encode(b, img, nil) }),
		"image/gif": written(func(b *bytes.Buffer) error {
			return gif.EncodeAll(b, &gif.GIF{Image: []*image.Paletted{img, img}, Delay: []int{1, 1}})
		}),
		"image/webp": append(append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, 12+6)...), "WEBPVP8L\x06\x00\x00\x00\x2f\x00\x00\x00\x00\x00"...),
	}
	for kind, data := range images {
		if n := readNotes(data, kind); n.any {
			t.Errorf("%s: there is something beside the image", kind)
		}
		for _, tail := range []string{"<script>alert(1)</script>", "PK\x03\x04", "\x00", "\xff\xd9", ";"} {
			if n := readNotes(append(bytes.Clone(data), tail...), kind); !n.any {
				t.Errorf("%s: %q after it is not seen", kind, tail)
			}
		}
		for cut := range len(data) { // whatever the file: an answer, and no panic
			readNotes(data[:max(cut, 12)], kind)
		}
	}
	comment := append([]byte("\xff\xd8\xff\xfe\x00\x08secret"), images["image/jpeg"][2:]...)
	if !readNotes(comment, "image/jpeg").any {
		t.Error("a comment is not seen")
	}
	block := append(bytes.Clone(images["image/gif"][:len(images["image/gif"])-1]), "\x21\xfe\x06secret\x00\x3b"...)
	if !readNotes(block, "image/gif").any {
		t.Error("a GIF's comment is not seen")
	}
}
