package chat

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"io"
	"testing"
	"testing/iotest"
)

// A stream that is sealed is what the standard library makes of the whole.
func TestSealer(t *testing.T) {
	for _, size := range []int{0, 1, 15, 16, 17, 31, 32, 1000, 4096, 100_003} {
		text := make([]byte, size)
		for i := range text {
			text[i] = byte(i * 7 >> 3)
		}
		iv, key := bytes.Repeat([]byte{byte(size), 3}, ivSize/2), bytes.Repeat([]byte{5, byte(size)}, fileKeySize/2)
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		want := whole.Seal(nil, iv, text, nil)
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(text), "in halves": iotest.HalfReader(bytes.NewReader(text)),
			"by bytes": iotest.OneByteReader(bytes.NewReader(text)), "with its end": iotest.DataErrReader(bytes.NewReader(text))} {
			s, err := newSealer(iv, key, r)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(s); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d %s: %d bytes, %v", size, name, len(got), err)
			}
		}
	}
}
