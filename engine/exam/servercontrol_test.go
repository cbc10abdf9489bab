package exam_test

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

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
