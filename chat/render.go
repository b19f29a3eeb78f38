package chat

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"switchboard"
)

// The bounds of pictures.
const (
	MaxPicture = 10 << 20 // bytes of an image that SetPicture takes

	maxAvatar     = 64 << 10
	maxSide       = 12_000    // of an image that is taken
	maxDecoded    = 192 << 20 // bytes of its pixels
	pictureSide   = 1600      // of an image that is written again
	thumbSide     = 256
	leastSide     = 128 // of a thumb that would be too large otherwise
	renderers     = 1   // images that are in memory at once
	pictureGrade  = 90
	thumbGrade    = 85
	smallestGrade = 60
)

var (
	errPicture      = switchboard.E(switchboard.Invalid, "picture-invalid", "this is no image that can be read; use PNG, JPEG, WebP or GIF").InField("image")
	errLargePicture = switchboard.Ef(switchboard.TooLarge, "picture-too-large", "a picture may have %d MB and %d pixels a side at most",
		MaxPicture>>20, maxSide).InField("image")
)

// rendition is an image as bytes.
type rendition struct {
	data          []byte
	kind          string // media type
	width, height int
}

// renditions of a picture: large and small.
type renditions struct{ main, thumb rendition }

// render checks an image and makes its renditions. exact keeps the image's own
// bytes, whatever is beside the image in them.
func (s *Service) render(ctx context.Context, data []byte, exact bool) (r renditions, err error) {
	if len(data) > MaxPicture {
		return r, errLargePicture
	}
	config, kind, err := pictureConfig(data)
	if err != nil {
		return r, err
	}
	leave, err := s.enterRendering(ctx)
	if err != nil {
		return r, err
	}
	defer leave()
	img, err := decodePicture(data, kind)
	if err != nil {
		return r, err
	}
	notes := readNotes(data, kind)
	img = upright(img, notes.orientation)
	r.thumb, err = thumbOf(img)
	if err != nil {
		return r, err
	}
	if exact || !notes.any {
		r.main = rendition{data, kind, config.Width, config.Height}
		return r, nil
	}
	r.main, err = encode(shrink(img, pictureSide), pictureGrade)
	return r, err
}

// enterRendering waits until no other image is in memory.
func (s *Service) enterRendering(ctx context.Context) (leave func(), err error) {
	select {
	case s.rendering <- struct{}{}:
		return func() { <-s.rendering }, nil
	case <-ctx.Done():
		return nil, switchboard.E(switchboard.Unavailable, "canceled", "the request was given up").Because(ctx.Err())
	}
}

// pictureConfig reads what an image says of itself, and refuses one whose
// pixels would take too much memory.
func pictureConfig(data []byte) (c image.Config, kind string, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		kind = "image/png"
		c, err = png.DecodeConfig(bytes.NewReader(data))
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		kind = "image/jpeg"
		c, err = jpeg.DecodeConfig(bytes.NewReader(data))
	case bytes.HasPrefix(data, []byte("GIF8")):
		kind = "image/gif"
		c, err = gif.DecodeConfig(bytes.NewReader(data))
	case len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		kind = "image/webp"
		c, err = webp.DecodeConfig(bytes.NewReader(data))
	default:
		return c, "", errPicture
	}
	switch {
	case err != nil, c.Width <= 0, c.Height <= 0:
		return c, "", errPicture.Because(err)
	case c.Width > maxSide, c.Height > maxSide, int64(c.Width)*int64(c.Height)*pixelSize(c.ColorModel, data) > maxDecoded:
		return c, "", errLargePicture
	}
	return c, kind, nil
}

// pixelSize is how many bytes a pixel takes while the image is decoded.
func pixelSize(m color.Model, data []byte) int64 {
	switch m {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.YCbCrModel:
		if bytes.Contains(data[:min(len(data), 64<<10)], []byte("\xff\xc2")) { // a progressive JPEG: its coefficients are all kept
			return 15
		}
		return 3
	}
	if _, palette := m.(color.Palette); palette {
		return 1
	}
	return 4
}

func decodePicture(data []byte, kind string) (img image.Image, err error) {
	r := bytes.NewReader(data)
	switch kind {
	case "image/png":
		img, err = png.Decode(r)
	case "image/jpeg":
		img, err = jpeg.Decode(r)
	case "image/gif":
		img, err = gif.Decode(r) // its first frame
	default:
		img, err = webp.Decode(r)
	}
	if err != nil {
		return nil, errPicture.Because(err)
	}
	if img.Bounds().Empty() {
		return nil, errPicture
	}
	return img, nil
}

// thumbOf makes a small rendition that fits into an avatar.
func thumbOf(img image.Image) (r rendition, err error) {
	small := shrink(img, thumbSide)
	for side := thumbSide; side >= leastSide; side -= leastSide / 2 {
		if r, err = encode(shrink(small, side), thumbGrade); err != nil || len(r.data) <= maxAvatar {
			return r, err
		}
	}
	flat := image.NewRGBA(small.Bounds())
	draw.Draw(flat, flat.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), small, small.Bounds().Min, draw.Over)
	return encode(shrink(flat, leastSide), smallestGrade)
}

// encode writes an image: as JPEG, or as PNG where something shines through.
func encode(img image.Image, grade int) (rendition, error) {
	var b bytes.Buffer
	r := rendition{kind: "image/jpeg", width: img.Bounds().Dx(), height: img.Bounds().Dy()}
	var err error
	if o, ok := img.(interface{ Opaque() bool }); ok && !o.Opaque() {
		r.kind = "image/png"
		err = png.Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: grade})
	}
	r.data = b.Bytes()
	return r, err
}

// shrink returns the image with no side longer than this.
func shrink(img image.Image, side int) image.Image {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if w <= side && h <= side {
		return img
	}
	if w >= h {
		w, h = side, max(h*side/w, 1)
	} else {
		w, h = max(w*side/h, 1), side
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	// The kernel of BiLinear grows with the reduction: every pixel counts.
	draw.BiLinear.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
	return small
}

// upright turns an image as its orientation says (Exif 2.32 §4.6.4, tag 0x0112).
func upright(img image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return img
	}
	img = shrink(img, pictureSide) // less to turn
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if orientation >= 5 {
		w, h = h, w
	}
	turned := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := x, y
			switch orientation {
			case 2:
				sx = w - 1 - x
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sy = h - 1 - y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, w-1-x
			case 7:
				sx, sy = h-1-y, w-1-x
			case 8:
				sx, sy = h-1-y, x
			}
			turned.Set(x, y, img.At(b.Min.X+sx, b.Min.Y+sy))
		}
	}
	return turned
}
