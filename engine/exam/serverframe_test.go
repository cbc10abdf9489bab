package exam_test

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
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
	case rsv != 0 && !p.has("ignores RSV") && !(p.has("ignores RSV on control frames") && op >= 8) && !(p.has("ignores RSV2") && rsv == 2),
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
		if done += n; p.op == 1 && !p.has("checks no UTF-8") && !p.has("checks UTF-8 late") && !p.has("checks UTF-8 a frame") && !p.has("takes surrogates") {
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

func (p *peer) control(op byte, payload []byte) error {
	switch op {
	case 9:
		switch {
		case p.has("answers no ping"):
			return nil
		case p.has("answers no ping inside a message") && p.open:
			return nil
		case p.has("forgets the message at a ping"):
			p.message = nil
		}
		switch {
		case p.has("answers pings with nothing"):
			payload = nil
		case p.has("answers pings backwards"):
			slices.Reverse(payload)
		case p.has("cuts pongs to 124 bytes"):
			payload = payload[:min(len(payload), 124)]
		}
		if len(payload) > 125 {
			payload = payload[:125]
		}
		p.send(10, payload)
	case 10:
		if p.has("answers pongs") {
			p.send(10, payload)
		}
	case 8:
		return p.close(payload)
	}
	return nil
}

func (p *peer) close(payload []byte) error {
	if p.has("closes without a handshake") {
		_ = p.flush()
		p.drain()
		return errOver
	}
	if p.has("forgets echoes at the close") {
		p.bw.Reset(p.conn)
		p.held = nil
	}
	answer := payload
	switch {
	case len(payload) == 0:
	case len(payload) == 1:
		if !p.has("takes one-byte closes") {
			return failure(1002)
		}
		answer = nil
	default:
		code := binary.BigEndian.Uint16(payload)
		valid := code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999
		if !valid && !p.has("takes every status") && !(p.has("takes status 1015") && code == 1015) {
			return failure(1002)
		}
		if !utf8.Valid(payload[2:]) && !p.has("takes every reason") {
			return failure(1007)
		}
		answer = payload[:2]
		if !valid {
			answer = []byte{0x03, 0xe8}
		}
	}
	if p.has("answers every close with 1001") {
		answer = []byte{0x03, 0xe9}
	}
	if p.has("answers closes without a status") {
		answer = nil
	}
	p.send(8, answer)
	if p.has("sends two close frames") {
		p.send(8, answer)
	}
	if p.has("goes on after a close") {
		for p.br.Buffered() > 0 && p.frame() == nil {
		}
	}
	p.finish()
	return errOver
}

// withoutSurrogates takes encoded surrogates (ED A0..BF and one more byte) out
// of b, which makes a lenient validator of the strict one.
func withoutSurrogates(b []byte) []byte {
	var out []byte
	for i := 0; i < len(b); i++ {
		if i+2 < len(b) && b[i] == 0xed && b[i+1]&0xe0 == 0xa0 && b[i+2]&0xc0 == 0x80 {
			i += 2
			continue
		}
		out = append(out, b[i])
	}
	return out
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
