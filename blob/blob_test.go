package blob_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"switchboard/blob"
)

const name = "abcdefghijklmnop0123"

// eachStorage runs a test body on a directory, in memory and on S3. The S3 is
// a fake in this process that is spoken to over HTTP: it proves that we speak the
// protocol, not that a vendor's service answers as the fake does.
func eachStorage(t *testing.T, body func(t *testing.T, s *blob.Store)) {
	t.Run("directory", func(t *testing.T) { body(t, open(t, blob.Options{Dir: t.TempDir()})) })
	t.Run("memory", func(t *testing.T) { body(t, open(t, blob.Options{URL: "mem://", Dir: t.TempDir()})) })
	t.Run("fake S3", func(t *testing.T) { body(t, open(t, blob.Options{URL: fakeS3(t), Dir: t.TempDir()})) })
}

func fakeS3(t *testing.T) string {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("media"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return "s3://media?region=us-east-1&use_path_style=true&endpoint=" + server.URL
}

func open(t *testing.T, o blob.Options) *blob.Store {
	t.Helper()
	s, err := blob.Open(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// noise is n bytes, the same in each run.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(n)}).Read(b)
	return b
}

func readAll(t *testing.T, s *blob.Store, name string, size int) []byte {
	t.Helper()
	b, err := s.Get(t.Context(), name, int64(size))
	must(t, err)
	return b
}

func TestSizes(t *testing.T) {
	eachStorage(t, func(t *testing.T, s *blob.Store) {
		for _, size := range []int{0, 1, 1000, blob.SegmentSize - 1, blob.SegmentSize, blob.SegmentSize + 1, 2 * blob.SegmentSize, 5<<20 + 77} {
			data := noise(size)
			for kind, declared := range map[string]int64{"known": int64(size), "unknown": blob.UnknownSize} {
				object := fmt.Sprintf("%s%d%s", name, size, kind)
				at, err := s.Append(t.Context(), object, 0, declared, iotest.HalfReader(bytes.NewReader(data)), nil)
				if err != nil || at != int64(size) {
					t.Fatalf("%s %d: %d, %v", kind, size, at, err)
				}
				if got := readAll(t, s, object, size); !bytes.Equal(got, data) {
					t.Errorf("%s %d: other bytes came back", kind, size)
				}
				must(t, s.Check(t.Context(), object, int64(size)))
				must(t, s.Delete(t.Context(), object))
				if err := s.Check(t.Context(), object, int64(size)); !errors.Is(err, blob.ErrMissing) {
					t.Errorf("%s %d: after its deletion: %v", kind, size, err)
				}
			}
		}
	})
}

var errCut = errors.New("the line was cut")

// cut is a reader that fails after n bytes.
func cut(data []byte, n int) io.Reader {
	return io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(errCut))
}

// An upload that is cut at any place goes on from where it was.
func TestResume(t *testing.T) {
	eachStorage(t, func(t *testing.T, s *blob.Store) {
		const size = 3*blob.SegmentSize + 500
		data := noise(size)
		cuts := []int{0, 1, 500, blob.SegmentSize - 1, blob.SegmentSize, blob.SegmentSize + 1, 2 * blob.SegmentSize, 3*blob.SegmentSize + 499, size}
		at := int64(0)
		for _, end := range cuts {
			next, err := s.Append(t.Context(), name, at, size, cut(data[at:], end-int(at)), nil)
			if next != int64(end) || end < size && !errors.Is(err, errCut) || end == size && err != nil {
				t.Fatalf("from %d to %d: %d, %v", at, end, next, err)
			}
			at = next
		}
		if got := readAll(t, s, name, size); !bytes.Equal(got, data) {
			t.Error("other bytes came back")
		}
	})
}

// Whoever forgets how far it was (a crash) may go back; whoever comes late with
// less spoils nothing.
func TestResumeFromBefore(t *testing.T) {
	eachStorage(t, func(t *testing.T, s *blob.Store) {
		const size = 2*blob.SegmentSize + 9
		data := noise(size)
		for _, step := range [][2]int{{0, 100}, {100, blob.SegmentSize + 50}, {100, size}, {0, 70}, {100, 200}} {
			_, err := s.Append(t.Context(), name, int64(step[0]), size, cut(data[step[0]:], step[1]-step[0]), nil)
			if step[1] < size && !errors.Is(err, errCut) {
				t.Fatal(step, err)
			}
		}
		if got := readAll(t, s, name, size); !bytes.Equal(got, data) {
			t.Error("other bytes came back")
		}
	})
}

func TestEndOfReader(t *testing.T) {
	s := open(t, blob.Options{Dir: t.TempDir()})
	at, err := s.Append(t.Context(), name, 0, 100, strings.NewReader("too little"), nil)
	if at != 10 || err != nil {
		t.Error(at, err)
	}
	at, err = s.Append(t.Context(), name, 10, 100, iotest.ErrReader(io.ErrUnexpectedEOF), nil)
	if at != 10 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(at, err)
	}
	at, err = s.Append(t.Context(), name+"x", 0, blob.UnknownSize, cut(noise(50), 50), nil)
	if at != 50 || !errors.Is(err, errCut) {
		t.Error(at, err)
	}
	for _, place := range []int64{-1, 101} {
		if _, err := s.Append(t.Context(), name, place, 100, strings.NewReader("x"), nil); err == nil {
			t.Error("it could begin at ", place)
		}
	}
	for _, bad := range []string{"", "short", "../../../../etc/passwd", strings.ToUpper(name), name + "/x"} {
		if err := s.Put(t.Context(), bad, []byte("x")); err == nil {
			t.Errorf("an object could be called %q", bad)
		}
	}
}

func TestProgress(t *testing.T) {
	s := open(t, blob.Options{URL: "mem://", Dir: t.TempDir()})
	const size = 40 * blob.SegmentSize
	var told []int64
	full := errors.New("stop")
	at, err := s.Append(t.Context(), name, 0, size, bytes.NewReader(noise(size)), func(n int64) error {
		if told = append(told, n); len(told) == 2 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || len(told) != 2 || told[0] != 16<<20 || told[1] != 32<<20 || at != 16<<20 {
		t.Error(at, err, told)
	}
}

func TestRanges(t *testing.T) {
	eachStorage(t, func(t *testing.T, s *blob.Store) {
		const size = 2*blob.SegmentSize + 100
		data := noise(size)
		must(t, s.Put(t.Context(), name, data))
		r, err := s.Reader(t.Context(), name, size)
		must(t, err)
		defer r.Close()
		for _, at := range []int64{0, 5, blob.SegmentSize - 3, blob.SegmentSize, size - 10, 77} {
			if _, err := r.Seek(at, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, 10)
			if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, data[at:at+10]) {
				t.Errorf("at %d: %x, %v", at, got, err)
			}
		}
		if end, err := r.Seek(0, io.SeekEnd); end != size || err != nil {
			t.Error(end, err)
		}
		if _, err := r.Seek(-1, io.SeekStart); err == nil {
			t.Error("it went before its beginning")
		}
	})
}

// What lies in the directory tells nothing, and whoever changes it is found out.
func TestAtRest(t *testing.T) {
	dir := t.TempDir()
	s := open(t, blob.Options{Dir: dir})
	word := []byte("the quick brown fox jumps over the lazy dog")
	data := bytes.Repeat(word, 2*blob.SegmentSize/len(word)+1)
	size := int64(len(data))
	must(t, s.Put(t.Context(), name, data))
	must(t, s.Put(t.Context(), "another0123456789abc", data))
	var files []string
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, word[:8]) || bytes.Contains(b, data[blob.SegmentSize:blob.SegmentSize+8]) {
			t.Errorf("%s has plain bytes", path)
		}
		files = append(files, path)
		return err
	}))
	info, err := os.Stat(filepath.Join(dir, "media.key"))
	if err != nil || info.Mode().Perm() != 0o600 || len(files) != 8 {
		t.Fatal(info, err, files)
	}
	folder := filepath.Join(dir, "media", name[:2], name)
	segment := func(i int) string { return filepath.Join(folder, fmt.Sprintf("%08x", i)) }
	spoil := func(what string, change func(), path string) {
		t.Helper()
		before, err := os.ReadFile(path)
		must(t, err)
		change()
		if _, err := s.Get(t.Context(), name, size); err == nil {
			t.Errorf("%s: nobody noticed", what)
		}
		must(t, os.WriteFile(path, before, 0o600))
	}
	read := func(path string) []byte { b, err := os.ReadFile(path); must(t, err); return b }
	write := func(path string, b []byte) func() {
		return func() { must(t, os.WriteFile(path, b, 0o600)) }
	}
	first, second := read(segment(0)), read(segment(1))
	flipped := bytes.Clone(first)
	flipped[len(flipped)/2] ^= 1
	spoil("a bit", write(segment(0), flipped), segment(0))
	spoil("the order", write(segment(0), second), segment(0))
	spoil("another object's", write(segment(0), read(filepath.Join(dir, "media", "an", "another0123456789abc", "00000000"))), segment(0))
	spoil("cut short", write(segment(2), read(segment(2))[:40]), segment(2))
	spoil("too short to be one", write(segment(2), []byte("x")), segment(2))
	spoil("longer", write(segment(0), append(bytes.Clone(first), 0)), segment(0))
	spoil("a segment missing", func() { must(t, os.Remove(segment(1))) }, segment(1))
	if got := readAll(t, s, name, int(size)); sha256.Sum256(got) != sha256.Sum256(data) {
		t.Error("it is not what it was")
	}
	if _, err := s.Get(t.Context(), name, 2*blob.SegmentSize); err == nil {
		t.Error("an object that was cut at a segment's end is taken for whole")
	}
}

func TestMasterKey(t *testing.T) {
	dir := t.TempDir()
	s := open(t, blob.Options{Dir: dir})
	must(t, s.Put(t.Context(), name, []byte("kept")))
	if got := readAll(t, open(t, blob.Options{Dir: dir}), name, 4); string(got) != "kept" {
		t.Errorf("after opening again: %q", got)
	}
	if _, err := blob.Open(t.Context(), blob.Options{Dir: dir, Key: noise(32)}); err == nil || !strings.Contains(err.Error(), "another master key") {
		t.Error("with another key: ", err)
	}
	key := filepath.Join(dir, "media.key")
	text, err := os.ReadFile(key)
	must(t, err)
	must(t, os.Remove(key))
	if _, err := blob.Open(t.Context(), blob.Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Error("without the key: ", err)
	}
	parsed, err := blob.ParseKey(string(text))
	must(t, err)
	if got := readAll(t, open(t, blob.Options{Dir: dir, Key: parsed}), name, 4); string(got) != "kept" {
		t.Errorf("with the key from the configuration: %q", got)
	}
	must(t, os.WriteFile(key, []byte("nonsense"), 0o600))
	if _, err := blob.Open(t.Context(), blob.Options{Dir: dir}); err == nil {
		t.Error("a key file of nonsense was taken")
	}
	if _, err := blob.Open(t.Context(), blob.Options{Dir: t.TempDir(), Key: noise(16)}); err == nil {
		t.Error("a short key was taken")
	}
	if _, err := blob.Open(t.Context(), blob.Options{Dir: t.TempDir(), URL: "ftp://x/y"}); err == nil {
		t.Error("ftp was taken for a storage")
	}
}

func TestSignatures(t *testing.T) {
	s, other := open(t, blob.Options{Dir: t.TempDir()}), open(t, blob.Options{Dir: t.TempDir()})
	signature := s.Sign("a 1")
	if !s.Verify("a 1", signature) || s.Verify("a 2", signature) || other.Verify("a 1", signature) || s.Verify("a 1", "") || s.Verify("a 1", signature+"A") {
		t.Error("signatures do not tell texts and keys apart")
	}
}
