package chat

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

const (
	previewSide  = 40 // of the small picture that stands in a message until the file has come
	previewGrade = 60
	maxPreview   = 8 << 10 // bytes of it as a data: address
)

// describe says of an image that was received what clients say of those that they
// send: how large it is, and what it looks like from afar. A file that is no
// image, or larger than a picture may be, goes without.
func (s *Service) describe(ctx context.Context, f File, a *Attachment) error {
	if a.Kind != AttachImage && a.Kind != "" || !strings.HasPrefix(f.Type, "image/") || a.Width > 0 || a.Height > 0 || a.Thumbnail != "" ||
		f.Size > MaxPicture+tagSize {
		return nil
	}
	leave, err := s.enterRendering(ctx)
	if err != nil {
		return err
	}
	defer leave()
	data, err := s.readFile(ctx, f)
	if err != nil {
		return err
	}
	config, kind, err := pictureConfig(data)
	if err != nil {
		return nil
	}
	img, err := decodePicture(data, kind)
	if err != nil {
		return nil
	}
	a.Width, a.Height = config.Width, config.Height
	notes := readNotes(data, kind)
	if notes.orientation >= 5 { // it lies on its side
		a.Width, a.Height = a.Height, a.Width
	}
	small, err := encode(upright(shrink(img, previewSide), notes.orientation), previewGrade)
	if address := "data:" + small.kind + ";base64," + base64.StdEncoding.EncodeToString(small.data); err == nil && len(address) <= maxPreview {
		a.Thumbnail = address
	}
	return nil
}

// readFile reads a received file as it was before it was encrypted for its readers.
func (s *Service) readFile(ctx context.Context, f File) ([]byte, error) {
	data, err := s.blob.Get(ctx, f.object, f.Size)
	if err != nil || f.Key == "" {
		return data, err
	}
	secret, err := hex.DecodeString(f.Key)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(secret[ivSize:])
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return gcm.Open(data[:0], secret[:ivSize], data, nil)
}
