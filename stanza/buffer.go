package stanza

import "sync"

// Buffers come from pools by size: 4 KiB and its doubles.
const (
	smallest = 4 << 10
	sizes    = 8 // up to 512 KiB
)

var buffers [sizes]sync.Pool

// takeBuffer returns a buffer of at least n bytes.
func takeBuffer(n int) *[]byte {
	size := smallest
	for i := range sizes {
		if n <= size {
			if b, ok := buffers[i].Get().(*[]byte); ok {
				return b
			}
			break
		}
		size *= 2
	}
	b := make([]byte, max(n, size))
	return &b
}

// giveBuffer puts a buffer back.
func giveBuffer(b *[]byte) {
	size := smallest
	for i := range sizes {
		if len(*b) == size {
			buffers[i].Put(b)
			return
		}
		size *= 2
	}
}
