package load

import (
	"encoding/binary"
	"math/rand/v2"
)

// A message is, little-endian: sequence (8 bytes), the time it was due (8, CLOCK_MONOTONIC ns), connection (4), a check
// of these (4), then a stretch of the pattern that sequence and connection choose. So it proves itself, and no two are alike.

const (
	variants   = 2048 // stretches of the pattern, 8 bytes apart
	opBinary   = 0x2
	checkSalt  = 0x9e3779b97f4a7c15
	headerCut8 = 8
)

// coder makes the messages of one size, as frames of either side, and judges what comes back.
type coder struct {
	size   int // payload
	wire   int // of a server's frame in its shortest form
	head   []byte
	masked []byte // a client's frame header: head with the mask bit, and the key
	key    uint64 // the masking key, twice
	plain  []byte // the pattern
	cipher []byte // the pattern under the key
}

func newCoder(size int) *coder {
	c := &coder{size: size, plain: make([]byte, variants*headerCut8+size), cipher: make([]byte, variants*headerCut8+size)}
	random := rand.NewChaCha8([32]byte{'w', 'e', 'i', 'r'})
	random.Read(c.plain)
	key := [4]byte{0xa5, 0x17, 0x3c, 0xe9}
	c.key = uint64(binary.LittleEndian.Uint32(key[:]))
	c.key |= c.key << 32
	for i := range c.plain {
		c.cipher[i] = c.plain[i] ^ key[i&3]
	}
	c.head = appendHead(nil, 0x80|opBinary, 0, size)
	c.masked = append(appendHead(nil, 0x80|opBinary, 0x80, size), key[:]...)
	c.wire = len(c.head) + size
	return c
}

// appendHead appends a frame header in its shortest form; mask is 0x80 or 0.
func appendHead(dst []byte, first, mask byte, size int) []byte {
	switch {
	case size < 126:
		return append(dst, first, mask|byte(size))
	case size < 1<<16:
		return append(dst, first, mask|126, byte(size>>8), byte(size))
	}
	return binary.BigEndian.AppendUint64(append(dst, first, mask|127), uint64(size))
}

func mix(x uint64) uint64 {
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	return x ^ x>>32
}

// words are the header of a message as three numbers, and where its stretch of the pattern begins.
func words(seq uint64, due int64, conn uint32) (check uint64, stretch int) {
	h := mix(seq ^ (uint64(conn)+1)*checkSalt)
	stretch = int(h%variants) * headerCut8
	return uint64(conn) | (h^mix(uint64(due)))>>32<<32, stretch
}

// appendServer appends the frame that a server sends for the message.
func (c *coder) appendServer(dst []byte, seq uint64, due int64, conn uint32) []byte {
	check, at := words(seq, due, conn)
	dst = append(dst, c.head...)
	dst = binary.LittleEndian.AppendUint64(dst, seq)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(due))
	dst = binary.LittleEndian.AppendUint64(dst, check)
	return append(dst, c.plain[at:at+c.size-MinSize]...)
}

// appendClient appends the masked frame that a client sends for it.
func (c *coder) appendClient(dst []byte, seq uint64, due int64, conn uint32) []byte {
	check, at := words(seq, due, conn)
	dst = append(dst, c.masked...)
	dst = binary.LittleEndian.AppendUint64(dst, seq^c.key)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(due)^c.key)
	dst = binary.LittleEndian.AppendUint64(dst, check^c.key)
	return append(dst, c.cipher[at:at+c.size-MinSize]...)
}

// is reports whether payload is exactly that message.
func (c *coder) is(payload []byte, seq uint64, due int64, conn uint32) bool {
	if len(payload) != c.size || binary.LittleEndian.Uint64(payload) != seq || binary.LittleEndian.Uint64(payload[8:]) != uint64(due) {
		return false
	}
	check, at := words(seq, due, conn)
	return binary.LittleEndian.Uint64(payload[16:]) == check && string(payload[MinSize:]) == string(c.plain[at:at+c.size-MinSize])
}

// genuine reports whether payload is a message of this size at all, and which.
func (c *coder) genuine(payload []byte) (seq uint64, due int64, conn uint32, ok bool) {
	if len(payload) != c.size {
		return 0, 0, 0, false
	}
	seq = binary.LittleEndian.Uint64(payload)
	due = int64(binary.LittleEndian.Uint64(payload[8:]))
	conn = binary.LittleEndian.Uint32(payload[16:])
	return seq, due, conn, c.is(payload, seq, due, conn)
}
