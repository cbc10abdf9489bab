package exam_test

import (
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf8"
)

// errOver ends a connection that needs no Close frame any more.
var errOver = errors.New("over")

// frame reads one frame and does what it asks for.
func (p *peer) frame() error {
	var h [14]byte
	if _, err := io.ReadFull(p.br, h[:2]); err != nil {
		return err
	}
	fin, rsv, op := h[0]&0x80 != 0, h[0]>>4&7, h[0]&0xf
	if err := p.checkHead(fin, rsv, op, h[1]&0x80 != 0); err != nil {
		return err
	}
	if op > 2 && op < 8 || op > 10 {
		op = 2 // only a bug lets it through
	}
	length, err := p.length(op, h[1]&0x7f)
	if err != nil {
		return err
	}
	var key []byte
	if h[1]&0x80 != 0 {
		key = h[10:14]
		if _, err := io.ReadFull(p.br, key); err != nil {
			return err
		}
	}
	if op >= 8 {
		payload := make([]byte, length)
		if _, err := io.ReadFull(p.br, payload); err != nil {
			return err
		}
		unmask(payload, key, 0)
		return p.control(op, payload)
	}
	if op != 0 {
		p.flipped = rsv == 4 && p.has("speaks the toy extension")
		p.open, p.op, p.message, p.text = true, op, nil, textCheck{p.text.part}
		if !p.has("carries half a code point over") {
			p.text = textCheck{}
		}
	}
	if err := p.data(length, key); err != nil {
		return err
	}
	if fin {
		return p.echo()
	}
	return nil
}

func (p *peer) checkHead(fin bool, rsv, op byte, masked bool) error {
	switch {
	case rsv != 0 && !(rsv == 4 && (op == 1 || op == 2) && p.has("speaks the toy extension")) && !p.has("ignores RSV") && !(p.has("ignores RSV on control frames") && op >= 8) && !(p.has("ignores RSV2") && rsv == 2),
		(op > 2 && op < 8 || op > 10) && !p.has("takes reserved opcodes for binary") && !(p.has("takes opcode 15 for binary") && op == 15),
		op >= 8 && !fin && !p.has("takes fragmented controls"),
		op == 0 && !p.open && !p.has("takes stray continuations"),
		(op == 1 || op == 2) && p.open && !p.has("lets a message interrupt another"),
		!masked && !p.has("takes unmasked frames"):
		return failure(1002)
	}
	return nil
}

func (p *peer) length(op, short byte) (int, error) {
	length, least := uint64(short), uint64(0)
	switch short {
	case 126:
		var b [2]byte
		if _, err := io.ReadFull(p.br, b[:]); err != nil {
			return 0, err
		}
		length, least = uint64(binary.BigEndian.Uint16(b[:])), 126
	case 127:
		var b [8]byte
		if _, err := io.ReadFull(p.br, b[:]); err != nil {
			return 0, err
		}
		length, least = binary.BigEndian.Uint64(b[:]), 65536
	}
	switch {
	case length < least && !p.has("takes long lengths"),
		length>>63 != 0 && !p.has("ignores the top bit"),
		op >= 8 && length > 125 && !p.has("takes long controls"):
		return 0, failure(1002)
	}
	length &^= 1 << 63
	if p.has("refuses above 1 MiB") && length+uint64(len(p.message)) > 1<<20 {
		return 0, failure(1009)
	}
	if length > 1<<30 {
		return 0, failure(1009)
	}
	return int(length), nil
}

// data reads a data frame's payload, judging text as it comes.
func (p *peer) data(length int, key []byte) error {
	for done := 0; done < length; {
		start := len(p.message)
		n := min(length-done, max(p.br.Buffered(), 1))
		p.message = append(p.message, make([]byte, n)...)
		part := p.message[start:]
		if _, err := io.ReadFull(p.br, part); err != nil {
			return err
		}
		offset := done
		if p.has("restarts the key with each read") {
			offset = 0
		}
		unmask(part, key, offset)
		if done += n; p.op == 1 && !p.flipped && !p.has("checks no UTF-8") && !p.has("checks UTF-8 late") && !p.has("checks UTF-8 a frame") && !p.has("takes surrogates") {
			if !p.text.feed(part) {
				return failure(1007)
			}
		}
	}
	if p.op == 1 && p.has("checks UTF-8 a frame") && !p.text.feed(p.message[len(p.message)-length:]) {
		return failure(1007)
	}
	return nil
}

// echo sends a complete message back.
func (p *peer) echo() error {
	m := p.message
	p.open = false
	p.echoes++
	if p.flipped {
		m = flip(m)
		p.text.feed(m)
	}
	if p.op == 1 {
		late, lax := p.has("checks UTF-8 late"), p.has("takes surrogates")
		switch {
		case late && !utf8.Valid(m),
			lax && !utf8.Valid(withoutSurrogates(m)),
			!late && !lax && !p.has("checks no UTF-8") && !p.has("carries half a code point over") && !p.text.done():
			return failure(1007)
		}
	}
	switch {
	case p.has("drops the last byte of long messages") && len(m) > 65535:
		m = m[:len(m)-1]
	case p.has("cuts lengths to 16 bits"):
		m = m[:len(m)&0xffff]
	case p.has("flips a bit far behind") && len(m) > 1<<19:
		m[1<<19] ^= 1
	case p.has("loses every 500th message") && p.echoes%500 == 0:
		return nil
	case p.has("drops empty messages") && len(m) == 0:
		return nil
	}
	if p.has("echoes text as binary") {
		p.op = 2
	}
	p.send(p.op, m)
	return nil
}

func unmask(b, key []byte, offset int) {
	if len(key) == 0 {
		return
	}
	k := [4]byte{key[offset%4], key[(offset+1)%4], key[(offset+2)%4], key[(offset+3)%4]}
	for len(b) >= 4 {
		b[0] ^= k[0]
		b[1] ^= k[1]
		b[2] ^= k[2]
		b[3] ^= k[3]
		b = b[4:]
	}
	for i := range b {
		b[i] ^= k[i]
	}
}
