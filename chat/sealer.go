package chat

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"io"
)

// tagSize is the length of what AES-GCM puts behind a text.
const tagSize = 16

// sealer encrypts a stream with AES-GCM (NIST SP 800-38D), the tag at its end, as
// XEP-0454 has it. The standard library's wants all of it in memory.
type sealer struct {
	r      io.Reader
	ctr    cipher.Stream
	hash   ghash
	mask   [tagSize]byte // what the tag is encrypted with
	length uint64
	tail   []byte // of the tag, once the text has ended
	ended  bool
}

func newSealer(iv, key []byte, r io.Reader) (*sealer, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	s := &sealer{r: r}
	var h, counter [tagSize]byte
	block.Encrypt(h[:], h[:])
	s.hash.init(&h)
	copy(counter[:], iv) // 96 bits: the counter is behind them (§7.1)
	counter[tagSize-1] = 1
	block.Encrypt(s.mask[:], counter[:])
	counter[tagSize-1] = 2
	s.ctr = cipher.NewCTR(block, counter[:])
	return s, nil
}

// Read implements io.Reader.
func (s *sealer) Read(p []byte) (int, error) {
	if s.ended {
		if len(s.tail) == 0 {
			return 0, io.EOF
		}
		n := copy(p, s.tail)
		s.tail = s.tail[n:]
		return n, nil
	}
	n, err := s.r.Read(p)
	s.ctr.XORKeyStream(p[:n], p[:n])
	s.hash.write(p[:n])
	s.length += uint64(n)
	if err == io.EOF {
		s.ended, err = true, nil
		tag := s.hash.sum(s.length)
		for i := range tag {
			tag[i] ^= s.mask[i]
		}
		s.tail = tag[:]
	}
	return n, err
}

// ghash is the hash of AES-GCM (§6.4), four bits at a time: products holds what
// each four bits are worth times the key.
type ghash struct {
	products [16][2]uint64 // index: four bits, the first of them the lowest power
	y        [2]uint64
	part     [tagSize]byte
	filled   int
}

// carry is what the four bits that fall off when a value is multiplied by x⁴ come
// back as (§6.3: x¹²⁸ = 1 + x + x² + x⁷).
var carry = func() (table [16]uint64) {
	for i := range table {
		v := [2]uint64{0, uint64(i)}
		for range 4 {
			v = timesX(v)
		}
		table[i] = v[0]
	}
	return table
}()

// timesX multiplies by x: a shift to the right, for the first bit is the lowest power.
func timesX(v [2]uint64) [2]uint64 {
	out := [2]uint64{v[0] >> 1, v[1]>>1 | v[0]<<63}
	if v[1]&1 == 1 {
		out[0] ^= 0xe1 << 56
	}
	return out
}

func (g *ghash) init(h *[tagSize]byte) {
	v := [2]uint64{binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:])}
	for bit := 8; bit > 0; bit >>= 1 { // 1000₂ is x⁰
		g.products[bit] = v
		v = timesX(v)
	}
	for i := range g.products {
		for bit := 8; bit > 0; bit >>= 1 {
			if i != bit && i&bit != 0 {
				g.products[i] = [2]uint64{g.products[bit][0] ^ g.products[i&^bit][0], g.products[bit][1] ^ g.products[i&^bit][1]}
				break
			}
		}
	}
}

func (g *ghash) block(b []byte) {
	y := [2]uint64{g.y[0] ^ binary.BigEndian.Uint64(b), g.y[1] ^ binary.BigEndian.Uint64(b[8:])}
	var z [2]uint64
	for _, word := range [2]uint64{y[1], y[0]} { // from the highest power on
		for range 16 {
			fallen := z[1] & 15
			z = [2]uint64{z[0]>>4 ^ carry[fallen], z[1]>>4 | z[0]<<60}
			p := &g.products[word&15]
			z[0], z[1] = z[0]^p[0], z[1]^p[1]
			word >>= 4
		}
	}
	g.y = z
}

func (g *ghash) write(p []byte) {
	if g.filled > 0 {
		n := copy(g.part[g.filled:], p)
		g.filled, p = g.filled+n, p[n:]
		if g.filled < tagSize {
			return
		}
		g.block(g.part[:])
		g.filled = 0
	}
	for ; len(p) >= tagSize; p = p[tagSize:] {
		g.block(p)
	}
	g.filled = copy(g.part[:], p)
}

// sum ends the hash of a text of that many bytes with nothing beside it.
func (g *ghash) sum(length uint64) (out [tagSize]byte) {
	if g.filled > 0 {
		clear(g.part[g.filled:])
		g.block(g.part[:])
	}
	binary.BigEndian.PutUint64(out[8:], length*8)
	g.block(out[:])
	binary.BigEndian.PutUint64(out[:8], g.y[0])
	binary.BigEndian.PutUint64(out[8:], g.y[1])
	return out
}
