package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"gocloud.dev/gcerrors"
)

// saveEvery is after how many segments of one Append what was written is
// reported.
const saveEvery = 16

// UnknownSize is for an object that ends where its reader does.
const UnknownSize = -1

// Append reads r to its end, or until the object has its size, and stores what
// it gives behind the first offset bytes of the object. When it returns, all
// that the result counts is safe, also when r has ended early or failed, whose
// bytes until then are kept; saved (may be nil) is told before, every now and then.
// An object of a size is complete when it has it. One of UnknownSize is written
// in one go and complete when r ends with io.EOF, so r must not say that when it
// was cut.
//
// Two at once on one object do no harm as long as both write the same: what
// they leave is what either would.
func (s *Store) Append(ctx context.Context, name string, offset, size int64, r io.Reader, saved func(int64) error) (int64, error) {
	if offset < 0 || size == UnknownSize && offset > 0 || size != UnknownSize && offset > size {
		return offset, fmt.Errorf("media: object %s has no place %d to go on from", name, offset)
	}
	o, err := s.object(name)
	if err != nil {
		return offset, err
	}
	p := buffers.Get().(*[]byte)
	defer buffers.Put(p)
	w := &writer{object: o, ctx: ctx, buf: *p, r: r, size: size, at: offset, done: offset, safe: offset, saved: saved}
	if err := w.resume(); err != nil {
		return offset, err
	}
	err = w.run()
	return w.safe, err
}

// Put stores a whole object.
func (s *Store) Put(ctx context.Context, name string, data []byte) error {
	_, err := s.Append(ctx, name, 0, int64(len(data)), bytes.NewReader(data), nil)
	return err
}

// writer is one Append.
type writer struct {
	*object
	ctx   context.Context
	buf   []byte
	r     io.Reader
	size  int64
	at    int64 // bytes of the object that were read
	done  int64 // … are stored
	safe  int64 // … and will still be after a power cut
	saved func(int64) error

	ahead    [1]byte // one byte of the next segment, read to know that there is one
	hasAhead bool
	fresh    []string // blobs since the last save
	tail     string   // the blob that holds the incomplete segment, if one does
}

// resume brings back the incomplete segment before the offset.
func (w *writer) resume() error {
	i, n := w.at/SegmentSize, w.at%SegmentSize
	if n == 0 {
		return nil
	}
	w.tail = tailKey(w.name, i, n)
	_, err := w.get(w.ctx, w.tail, i, false, w.buf)
	if !errors.Is(err, ErrMissing) {
		return err
	}
	// The segment was completed, and that was forgotten in a crash.
	w.tail = ""
	plain, err := w.get(w.ctx, key(w.name, i), i, false, w.buf)
	if err == nil && int64(len(plain)) < n {
		err = errSpoilt(w.name, i)
	}
	return err
}

func (w *writer) run() error {
	for n := 1; ; n++ {
		last, err := w.fill()
		if w.at > w.done || last && w.at == 0 {
			if err := w.flush(last); err != nil {
				return err
			}
		}
		if last || err != nil {
			if err == io.EOF {
				err = nil
			}
			return errors.Join(err, w.save())
		}
		if n%saveEvery == 0 {
			if err := w.save(); err != nil {
				return err
			}
		}
	}
}

// fill reads until the segment is full, or the object or the reader has ended.
func (w *writer) fill() (last bool, err error) {
	begin, end := w.at%SegmentSize, int64(SegmentSize)
	if w.size != UnknownSize {
		if end = min(end, w.size-w.at+begin); begin == end {
			return true, nil
		}
	}
	if w.hasAhead {
		w.buf[nonceSize+begin], w.hasAhead = w.ahead[0], false
		w.at++
		begin++
	}
	for err == nil && begin < end {
		var n int
		n, err = w.r.Read(w.buf[nonceSize+begin : nonceSize+end])
		w.at += int64(n)
		begin += int64(n)
	}
	switch {
	case w.size != UnknownSize && w.at == w.size:
		return true, nil
	case w.size == UnknownSize && err == nil:
		return w.peek()
	}
	return w.size == UnknownSize && err == io.EOF, err
}

// peek finds out whether a full segment of an object of unknown size is the last.
func (w *writer) peek() (last bool, err error) {
	n, err := io.ReadFull(w.r, w.ahead[:])
	w.hasAhead = n == 1
	if err == io.EOF {
		return true, nil
	}
	return false, err
}

// flush stores the segment that is in the buffer.
func (w *writer) flush(last bool) error {
	i, n := w.at/SegmentSize, w.at%SegmentSize
	if n == 0 && w.at > 0 {
		i, n = i-1, SegmentSize
	}
	k := key(w.name, i)
	if !last && n < SegmentSize {
		k = tailKey(w.name, i, n)
	}
	// A request that was given up still keeps what it brought.
	if err := w.put(context.WithoutCancel(w.ctx), k, i, last, w.buf, n); err != nil {
		return err
	}
	w.done = w.at
	w.fresh = append(w.fresh, k)
	return nil
}

// save makes what was flushed safe and says so.
func (w *writer) save() error {
	if err := w.settle(w.fresh); err != nil {
		return err
	}
	w.fresh = w.fresh[:0]
	if w.saved != nil {
		if err := w.saved(w.at); err != nil {
			return err
		}
	}
	w.safe = w.at
	if w.tail != "" {
		err := w.bucket.Delete(context.WithoutCancel(w.ctx), w.tail)
		w.tail = ""
		if err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return err
		}
	}
	return nil
}
