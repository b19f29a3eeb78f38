package chat

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"sync"

	"switchboard"
)

// The id of an archived message (XEP-0359, XEP-0313 §3.1) is its number in the
// archive under a keyed permutation of 64 bits: it is unique and never reused,
// it tells a stranger nothing, it needs neither a column nor an index, and an id
// from another archive becomes a number that the archive does not have.
const (
	idLength   = 13 // 64 bits in base32
	idRounds   = 6
	idAlphabet = "abcdefghijklmnopqrstuvwxyz234567"
)

var idValues = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range len(idAlphabet) {
		t[idAlphabet[i]] = byte(i)
	}
	return t
}()

// idKey makes and reads the ids of a tenant's archives.
type idKey struct {
	block   cipher.Block
	scratch sync.Pool
}

func newIDKey(secret []byte) (*idKey, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "switchboard archive ids", 16)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &idKey{block: block, scratch: sync.Pool{New: func() any { return new(idScratch) }}}, nil
}

type idScratch struct{ in, out [aes.BlockSize]byte }

// round is the Feistel function: AES over the archive, the round and one half.
func (k *idKey) round(b *idScratch, round byte, half uint32) uint32 {
	b.in[8] = round
	binary.LittleEndian.PutUint32(b.in[12:], half)
	k.block.Encrypt(b.out[:], b.in[:])
	return binary.LittleEndian.Uint32(b.out[:])
}

// encode returns the id of a number in an archive; "" for number 0.
func (k *idKey) encode(archive switchboard.ArchiveID, number int64) string {
	if number == 0 {
		return ""
	}
	b := k.scratch.Get().(*idScratch)
	binary.LittleEndian.PutUint64(b.in[:], uint64(archive))
	left, right := uint32(uint64(number)>>32), uint32(number)
	for i := range byte(idRounds) {
		left, right = right, left^k.round(b, i, right)
	}
	k.scratch.Put(b)
	v := uint64(left)<<32 | uint64(right)
	var text [idLength]byte
	for i := idLength - 1; i >= 0; i-- {
		text[i] = idAlphabet[v&31]
		v >>= 5
	}
	return string(text[:])
}

// decode returns the number that an id stands for in an archive; whether the
// archive has that number is another question.
func (k *idKey) decode(archive switchboard.ArchiveID, id string) (int64, bool) {
	if len(id) != idLength || idValues[id[0]] > 15 {
		return 0, false
	}
	var v uint64
	for i := range idLength {
		d := idValues[id[i]]
		if d > 31 {
			return 0, false
		}
		v = v<<5 | uint64(d)
	}
	b := k.scratch.Get().(*idScratch)
	binary.LittleEndian.PutUint64(b.in[:], uint64(archive))
	left, right := uint32(v>>32), uint32(v)
	for i := idRounds - 1; i >= 0; i-- {
		left, right = right^k.round(b, byte(i), left), left
	}
	k.scratch.Put(b)
	number := int64(uint64(left)<<32 | uint64(right))
	return number, number > 0
}
