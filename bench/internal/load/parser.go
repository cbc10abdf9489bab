package load

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// parser reads a server's frames in any legal form. It is the way for what the comparison of whole streams doesn't
// know: control frames, fragments, and everything that is wrong.
type parser struct {
	size int // of every data message, 0: any. Another length is reported as soon as it shows
	raw  []byte
	at   int    // raw[:at] is used up
	msg  []byte // a fragmented message so far
	op   byte   // its opcode, 0: none
}

const (
	opText, opClose, opPing, opPong = 0x1, 0x8, 0x9, 0xa
)

// maxAny bounds a message of any size.
const maxAny = 1 << 20

// errLength is wrapped by what next says of a data message that is not as long as it should be.
var errLength = errors.New("length")

func (p *parser) feed(b []byte) {
	p.raw = append(p.raw[:copy(p.raw, p.raw[p.at:])], b...)
	p.at = 0
}

// idle reports that nothing is pending.
func (p *parser) idle() bool { return p.at == len(p.raw) && p.op == 0 }

// next gives a whole message or a control frame; its payload stands until the next feed.
func (p *parser) next() (op byte, payload []byte, ok bool, err error) {
	for {
		b := p.raw[p.at:]
		if len(b) < 2 {
			return 0, nil, false, nil
		}
		size, head, err := frameSize(b)
		if head == 0 || err != nil {
			return 0, nil, false, err
		}
		fin, code := b[0]&0x80 != 0, b[0]&0xf
		if err := p.legal(b[0], code, fin, size); err != nil {
			return 0, nil, false, err
		}
		if uint64(len(b)-head) < size {
			return 0, nil, false, nil
		}
		body := b[head : head+int(size)]
		p.at += head + int(size)
		if code >= 8 || fin && code != 0 {
			return code, body, true, nil
		}
		if code != 0 {
			p.op, p.msg = code, p.msg[:0]
		}
		p.msg = append(p.msg, body...)
		if fin {
			op, p.op = p.op, 0
			return op, p.msg, true, nil
		}
	}
}

// frameSize reads the lengths of a header; head is 0 while it is not all there.
func frameSize(b []byte) (size uint64, head int, err error) {
	size, head = uint64(b[1]&0x7f), 2
	switch {
	case b[1]&0x80 != 0:
		return 0, 0, errors.New("a masked frame, which only clients send")
	case size == 126:
		if len(b) < 4 {
			return 0, 0, nil
		}
		size, head = uint64(binary.BigEndian.Uint16(b[2:])), 4
	case size == 127:
		if len(b) < 10 {
			return 0, 0, nil
		}
		size, head = binary.BigEndian.Uint64(b[2:]), 10
	}
	if head == 4 && size < 126 || head == 10 && size < 1<<16 {
		return 0, 0, fmt.Errorf("a length of %d in %d bytes, which is not the shortest form", size, head-2)
	}
	return size, head, nil
}

func (p *parser) legal(first, code byte, fin bool, size uint64) error {
	sofar := uint64(0)
	if p.op != 0 {
		sofar = uint64(len(p.msg))
	}
	switch {
	case first&0x70 != 0:
		return fmt.Errorf("reserved bits in a frame's first byte %#x, and no extension was agreed on", first)
	case code >= 8:
		if !fin || size > 125 || code > opPong {
			return fmt.Errorf("an illegal control frame: first byte %#x, %d bytes", first, size)
		}
	case code > opBinary:
		return fmt.Errorf("unknown opcode %#x", code)
	case code == 0 && p.op == 0:
		return errors.New("a continuation of nothing")
	case code != 0 && p.op != 0:
		return errors.New("a new message inside a fragmented one")
	case p.size == 0:
		if sofar+size > maxAny {
			return fmt.Errorf("a message of more than %d bytes", maxAny)
		}
	case sofar+size > uint64(p.size) || fin && sofar+size != uint64(p.size):
		return fmt.Errorf("%w: a message of %d bytes where all have %d", errLength, sofar+size, p.size)
	}
	return nil
}

// closeReason puts a close frame's payload in words.
func closeReason(payload []byte) (code int, words string) {
	if len(payload) < 2 {
		return 1005, "the server closed without a code"
	}
	code = int(binary.BigEndian.Uint16(payload))
	return code, fmt.Sprintf("the server closed with %d %q", code, payload[2:])
}

// appendPong appends the masked answer to a ping. The key is zero: a pong measures nothing.
func appendPong(dst, payload []byte) []byte {
	dst = append(dst, 0x80|opPong, 0x80|byte(len(payload)), 0, 0, 0, 0)
	return append(dst, payload...)
}
