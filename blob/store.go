package blob

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"
	_ "gocloud.dev/blob/s3blob" // opens s3:// URLs
	"gocloud.dev/gcerrors"

	"switchboard"
)

// KeySize is the length of the master key.
const KeySize = 32

// Options say where media are and what they are sealed with.
type Options struct {
	URL string // "s3://bucket?region=…&endpoint=…", "file:///path", "mem://"; empty: the folder media in Dir
	Dir string // the data directory
	Key []byte // the master key; nil: made once and kept in Dir/media.key
}

// Store holds objects. Its methods are safe for concurrent use.
type Store struct {
	bucket *blob.Bucket
	dir    string // of a directory; "" elsewhere
	master []byte
	sign   []byte // the key of signatures
}

// ErrMissing says that the storage does not have what it should have.
var ErrMissing = switchboard.E(switchboard.NotFound, "media-missing", "the file is not in the storage any more")

// Open opens a storage, and makes the directory and the master key where there
// are none yet. A storage that was written with another key is refused.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{}
	var err error
	if s.bucket, s.dir, err = openBucket(ctx, o); err != nil {
		return nil, fmt.Errorf("media: %w", err)
	}
	if err := s.unlock(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("media: %w", err), s.bucket.Close())
	}
	return s, nil
}

func openBucket(ctx context.Context, o Options) (*blob.Bucket, string, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, "", errors.New("the URL of the storage cannot be read")
	}
	switch u.Scheme {
	case "":
		return openDirectory(filepath.Join(o.Dir, "media"))
	case "file":
		return openDirectory(filepath.FromSlash(u.Path))
	case "mem":
		return memblob.OpenBucket(nil), "", nil
	case "s3":
		b, err := blob.OpenBucket(ctx, o.URL)
		return b, "", err
	}
	return nil, "", fmt.Errorf("there is no storage %q; use s3:// or a directory", u.Scheme)
}

func openDirectory(dir string) (*blob.Bucket, string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, "", err
	}
	// Temporary files lie beside their targets, so that renaming cannot cross a
	// file system; types are in the database.
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{CreateDir: true, DirFileMode: 0o700, NoTempDir: true,
		Metadata: fileblob.MetadataDontWrite})
	return b, dir, err
}

// checkName is where the storage says which key it belongs to.
const checkName = "switchboard-key-check"

// unlock takes the master key and compares it with the storage's.
func (s *Store) unlock(ctx context.Context, o Options) (err error) {
	known, err := s.bucket.ReadAll(ctx, checkName)
	fresh := gcerrors.Code(err) == gcerrors.NotFound
	if err != nil && !fresh {
		return fmt.Errorf("the storage does not answer: %w", err)
	}
	if s.master = o.Key; len(s.master) == 0 {
		if s.master, err = keyFile(filepath.Join(o.Dir, "media.key"), fresh); err != nil {
			return err
		}
	}
	if len(s.master) != KeySize {
		return fmt.Errorf("the master key has %d bytes, %d are needed", len(s.master), KeySize)
	}
	check, err := s.derive("key check", nil)
	if err != nil {
		return err
	}
	if s.sign, err = s.derive("signatures", nil); err != nil {
		return err
	}
	if fresh {
		return s.bucket.WriteAll(ctx, checkName, check, nil)
	}
	if string(known) != string(check) {
		return errors.New("the storage was written with another master key: give back the one that it was made with (media.key of the data directory, or the setting media.key)")
	}
	return nil
}

// derive makes a key for one use from the master key.
func (s *Store) derive(use string, salt []byte) ([]byte, error) {
	return hkdf.Key(sha256.New, s.master, salt, "switchboard media 1: "+use, KeySize)
}

// Close closes the storage.
func (s *Store) Close() error { return s.bucket.Close() }

// Check looks, without reading it, for an object of a size, and returns
// ErrMissing if parts of it are not there.
func (s *Store) Check(ctx context.Context, name string, size int64) error {
	for i := range segments(size) {
		a, err := s.bucket.Attributes(ctx, key(name, i))
		if err != nil {
			return missing(err)
		}
		if a.Size != segmentLength(i, size)+overhead {
			return ErrMissing.Because(fmt.Errorf("segment %d of %s has %d bytes", i, name, a.Size))
		}
	}
	return nil
}

// Delete removes an object, or what there is of it.
func (s *Store) Delete(ctx context.Context, name string) error {
	list := s.bucket.List(&blob.ListOptions{Prefix: folder(name)})
	for {
		o, err := list.Next(ctx)
		if err != nil {
			if s.dir != "" {
				os.Remove(filepath.Join(s.dir, filepath.FromSlash(folder(name)))) // not empty: another is writing it
			}
			return ended(err)
		}
		if err := s.bucket.Delete(ctx, o.Key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return err
		}
	}
}

// settle makes what was written to a directory survive a power cut.
func (s *Store) settle(keys []string) error {
	if s.dir == "" || len(keys) == 0 {
		return nil
	}
	folders := map[string]bool{s.dir: true}
	for _, k := range keys {
		path := filepath.Join(s.dir, filepath.FromSlash(k))
		if err := syncFile(path); err != nil {
			return err
		}
		for dir := filepath.Dir(path); len(dir) > len(s.dir); dir = filepath.Dir(dir) {
			folders[dir] = true
		}
	}
	for dir := range folders {
		if err := syncFile(dir); err != nil {
			return err
		}
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func missing(err error) error {
	if gcerrors.Code(err) == gcerrors.NotFound || errors.Is(err, fs.ErrNotExist) {
		return ErrMissing.Because(err)
	}
	return err
}

// folder is where the segments of an object are.
func folder(name string) string { return name[:min(2, len(name))] + "/" + name + "/" }

// goodName reports whether a name can name an object: letters of both cases
// would be one on some file systems.
func goodName(name string) bool {
	return len(name) >= 16 && len(name) <= 64 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}
