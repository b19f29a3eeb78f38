package chat

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"

	"switchboard"
	"switchboard/blob"
	"switchboard/store"
)

// File is a file that ReceiveFile took and nobody has sent yet.
type File struct {
	Token, Name, Type string
	Size              int64  // as it is stored
	Key               string // of a file that is encrypted for its readers, see Attachment
	id                int64
	object            string
}

// ReceiveFile stores what r gives, to its end, as a file of the asker's. The
// draft's size is an upper bound, 0 for the most that the asker may upload. The
// file goes away in a day unless SendFile sends it.
//
// With encrypt it is encrypted under a new key, which is in the answer and
// nowhere else: once it is sent, only who has the message can read the file. That protects the
// file from whoever has the storage and the master key of it; not from this
// server, which has seen the file and keeps the message.
func (s *Service) ReceiveFile(ctx context.Context, p switchboard.Principal, d UploadDraft, encrypt bool, r io.Reader) (File, error) {
	limit := s.MaxMediaOf(p)
	bound := limit
	if d.Size > 0 {
		bound = min(d.Size, limit)
	}
	d.Size = bound
	row, _, err := s.prepareUpload(ctx, p, d)
	if err != nil {
		return File{}, err
	}
	if err := s.insertUpload(ctx, p, &row); err != nil {
		return File{}, err
	}
	f, err := s.receive(ctx, row, limit, encrypt, r)
	if err != nil {
		_ = s.doom(context.WithoutCancel(ctx), row.Token)
	}
	return f, err
}

var errOverLimit = errors.New("chat: more bytes than the limit")

func (s *Service) receive(ctx context.Context, row store.Media, limit int64, encrypt bool, r io.Reader) (f File, err error) {
	f = File{Token: row.Token, Name: row.Name, Type: row.Type, id: row.ID, object: row.Object}
	input := &remembering{r: &bounded{r: r, left: limit}}
	var source io.Reader = input
	if encrypt {
		secret := make([]byte, ivSize+fileKeySize)
		rand.Read(secret)
		f.Key = hex.EncodeToString(secret)
		if source, err = newSealer(secret[:ivSize], secret[ivSize:], input); err != nil {
			return f, err
		}
	}
	f.Size, err = s.blob.Append(ctx, row.Object, 0, blob.UnknownSize, source, nil)
	switch {
	case errors.Is(input.err, errOverLimit):
		return f, tooLarge(limit)
	case input.err != nil:
		return f, errUploadCut.Because(input.err)
	case err == nil && (f.Size == 0 || encrypt && f.Size == tagSize):
		return f, errMediaSize
	}
	return f, err
}

// bounded fails where a reader gives more than it may.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errOverLimit
	}
	return n, err
}

// keep makes a file that was received one that stays.
func (f *File) keep(tx *store.Tx, owner switchboard.AccountID) error {
	m, err := tx.Media(f.Token)
	kept := false
	if err == nil && m.Owner == owner && m.ID == f.id {
		kept, err = tx.StoreMedia(m.ID, f.Size)
	}
	if err == store.ErrNone || err == nil && !kept {
		err = errNoMedia
	}
	return err
}

// DropFile gives up a file that was received and has not been sent.
func (s *Service) DropFile(ctx context.Context, f File) error {
	err := s.db.Write(ctx, func(tx *store.Tx) error { _, err := tx.DropMedia(f.Token); return err })
	if err == nil {
		s.wakeJanitor()
	}
	return err
}
