package blob

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ParseKey reads a master key: 64 hexadecimal digits, or base64 of 32 bytes.
func ParseKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	key, err := hex.DecodeString(text)
	if err != nil {
		key, err = base64.StdEncoding.DecodeString(text)
	}
	if err != nil || len(key) != KeySize {
		return nil, fmt.Errorf("a media key is %d random bytes as %d hexadecimal digits", KeySize, 2*KeySize)
	}
	return key, nil
}

// keyFile reads the master key of a data directory, or makes one if it may.
func keyFile(path string, mayMake bool) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		key, err := ParseKey(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return key, os.Chmod(path, 0o600)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if !mayMake {
		return nil, fmt.Errorf("%s is gone, and media are encrypted with it: bring it back from a backup", path)
	}
	key := make([]byte, KeySize)
	rand.Read(key)
	if err := makeKeyFile(path, key); errors.Is(err, fs.ErrExist) { // another process was faster
		return keyFile(path, false)
	} else if err != nil {
		return nil, err
	}
	return key, nil
}

// makeKeyFile writes a key so that nobody ever sees half of it.
func makeKeyFile(path string, key []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "media.key.*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = io.WriteString(f, hex.EncodeToString(key)+"\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	return syncFile(filepath.Dir(path))
}

// Sign returns a signature of a text that no one without the master key can make.
func (s *Store) Sign(text string) string {
	return base64.RawURLEncoding.EncodeToString(s.mac(text))
}

// Verify reports whether a signature of a text is Sign's.
func (s *Store) Verify(text, signature string) bool {
	got, err := base64.RawURLEncoding.DecodeString(signature)
	return err == nil && hmac.Equal(got, s.mac(text))
}

func (s *Store) mac(text string) []byte {
	h := hmac.New(sha256.New, s.sign)
	h.Write([]byte(text))
	return h.Sum(nil)[:18]
}
