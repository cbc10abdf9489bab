package main

import "encoding/binary"

// head reads a client's frame header (RFC 6455 5.2): the first byte, the header's length with its key, the payload's
// length. ok is false if b does not hold all of it.
func head(b []byte) (first byte, header, payload int, ok bool) {
	if len(b) < 2 {
		return 0, 0, 0, false
	}
	switch n := int(b[1] & 0x7f); n {
	case 126:
		if len(b) < 8 {
			return 0, 0, 0, false
		}
		return b[0], 8, int(binary.BigEndian.Uint16(b[2:])), true
	case 127:
		if len(b) < 14 {
			return 0, 0, 0, false
		}
		return b[0], 14, int(binary.BigEndian.Uint64(b[2:])), true
	default:
		return b[0], 6, n, len(b) >= 6
	}
}

// unmask appends to dst the server's form of a client's frame: no key, and the payload in the clear.
func unmask(dst []byte, first byte, key uint32, payload []byte) []byte {
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, first, byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, first, 126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, first, 127), uint64(n))
	}
	key8 := uint64(key)<<32 | uint64(key)
	for len(payload) >= 8 {
		dst = binary.LittleEndian.AppendUint64(dst, binary.LittleEndian.Uint64(payload)^key8)
		payload = payload[8:]
	}
	for i, c := range payload {
		dst = append(dst, c^byte(key>>(8*(i&3))))
	}
	return dst
}

const (
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// frames takes the complete frames of b: data goes to out in the server's form, the answers to pings and to a close
// go to control. It returns how much of b it took, and whether a close was in it.
func frames(b, out, control []byte) (n int, newOut, newControl []byte, closed bool) {
	for {
		first, h, size, ok := head(b[n:])
		if !ok || len(b)-n-h < size {
			return n, out, control, false
		}
		key, p := binary.LittleEndian.Uint32(b[n+h-4:]), b[n+h:n+h+size]
		n += h + size
		switch first & 0xf {
		default:
			out = unmask(out, first, key, p)
		case opPing:
			control = unmask(control, 0x80|opPong, key, p)
		case opPong:
		case opClose:
			return n, out, unmask(control, first, key, p), true
		}
	}
}
