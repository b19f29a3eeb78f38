package blob

import (
	"context"
	"errors"
	"io"
)

// Reader reads an object from any place. It holds one segment, and gives no
// byte that is not authentic. It must be closed, and not be used by two
// goroutines.
type Reader struct {
	*object
	ctx   context.Context
	size  int64
	at    int64
	buf   *[]byte
	i     int64 // the segment that plain is of
	plain []byte
}

var errClosed = errors.New("media: the reader is closed")

// Reader opens a complete object of a size. What is missing or spoilt shows
// when it is read.
func (s *Store) Reader(ctx context.Context, name string, size int64) (*Reader, error) {
	o, err := s.object(name)
	if err != nil {
		return nil, err
	}
	return &Reader{object: o, ctx: ctx, size: size, buf: buffers.Get().(*[]byte)}, nil
}

// Size is the object's.
func (r *Reader) Size() int64 { return r.size }

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	switch {
	case r.buf == nil:
		return 0, errClosed
	case r.at >= r.size:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	}
	i := r.at / SegmentSize
	if r.plain == nil || r.i != i {
		if err := r.load(i); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.plain[r.at-i*SegmentSize:])
	r.at += int64(n)
	return n, nil
}

func (r *Reader) load(i int64) error {
	r.plain = nil
	plain, err := r.get(r.ctx, key(r.name, i), i, i == segments(r.size)-1, *r.buf)
	if err != nil {
		return err
	}
	if int64(len(plain)) != segmentLength(i, r.size) {
		return errSpoilt(r.name, i)
	}
	r.i, r.plain = i, plain
	return nil
}

// Seek implements io.Seeker.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return r.at, errors.New("media: there is nothing before the beginning")
	}
	r.at = offset
	return offset, nil
}

// Close implements io.Closer.
func (r *Reader) Close() error {
	if r.buf != nil {
		buffers.Put(r.buf)
		r.buf, r.plain = nil, nil
	}
	return nil
}

// Get reads a whole object: for small ones.
func (s *Store) Get(ctx context.Context, name string, size int64) ([]byte, error) {
	r, err := s.Reader(ctx, name, size)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data := make([]byte, size)
	_, err = io.ReadFull(r, data)
	return data, err
}
