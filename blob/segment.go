package blob

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	"gocloud.dev/blob"
)

const (
	// SegmentSize is how many bytes of an object one segment holds: what a
	// transfer keeps in memory, and the least that is read for a range.
	SegmentSize = 1 << 20

	nonceSize = 12
	overhead  = nonceSize + 16 // beside the bytes of a segment
)

// buffers are for one segment each, sealed: nonce, bytes, tag.
var buffers = sync.Pool{New: func() any { b := make([]byte, overhead+SegmentSize); return &b }}

// segments is how many segments an object of a size has: at least one.
func segments(size int64) int64 { return max((size+SegmentSize-1)/SegmentSize, 1) }

// segmentLength is how many bytes segment i of a whole object holds.
func segmentLength(i, size int64) int64 { return min(size-i*SegmentSize, SegmentSize) }

// key names the blob of a segment.
func key(name string, i int64) string { return folder(name) + fmt.Sprintf("%08x", i) }

// tailKey names the blob of a segment that is not complete yet. It tells the
// length, so that nobody who comes late with less overwrites more.
func tailKey(name string, i, length int64) string {
	return key(name, i) + "-" + strconv.FormatInt(length, 16)
}

// object is a name with its key.
type object struct {
	*Store
	name string
	aead cipher.AEAD
}

func (s *Store) object(name string) (*object, error) {
	if !goodName(name) {
		return nil, fmt.Errorf("media: %q cannot name an object", name)
	}
	k, err := s.derive("object", []byte(name))
	if err != nil {
		return nil, err
	}
	c, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(c)
	return &object{s, name, aead}, err
}

// place is what is authenticated beside the bytes: a segment's number, and
// whether the object ends with it.
func place(i int64, last bool) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 9), uint64(i))
	if last {
		return append(b, 1)
	}
	return append(b, 0)
}

// put seals the first n bytes after the nonce in buf, in place, and stores them.
func (o *object) put(ctx context.Context, key string, i int64, last bool, buf []byte, n int64) error {
	nonce := buf[:nonceSize]
	rand.Read(nonce)
	plain := buf[nonceSize : nonceSize+n]
	sealed := o.aead.Seal(plain[:0], nonce, plain, place(i, last))
	return o.bucket.WriteAll(ctx, key, buf[:nonceSize+int64(len(sealed))], &blob.WriterOptions{ContentType: "application/octet-stream"})
}

// get reads a segment into buf and opens it in place; the bytes are after the
// nonce.
func (o *object) get(ctx context.Context, key string, i int64, last bool, buf []byte) ([]byte, error) {
	r, err := o.bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, missing(err)
	}
	defer r.Close()
	n, err := io.ReadFull(r, buf)
	switch {
	case err != nil && err != io.ErrUnexpectedEOF && err != io.EOF:
		return nil, err
	case n < overhead || r.Size() > int64(n):
		return nil, errSpoilt(o.name, i)
	}
	plain, err := o.aead.Open(buf[nonceSize:nonceSize], buf[:nonceSize], buf[nonceSize:n], place(i, last))
	if err != nil {
		return nil, errSpoilt(o.name, i)
	}
	return plain, nil
}

// errSpoilt says that a segment is not what was once written there.
func errSpoilt(name string, i int64) error {
	return fmt.Errorf("media: segment %d of %s was changed, or belongs elsewhere", i, name)
}

// ended is nil for the end of a list.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
