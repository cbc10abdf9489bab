package exam

import (
	"encoding/binary"
	"fmt"
)

// The opcodes of RFC 6455, 5.2.
const (
	opContinuation byte = 0x0
	opText         byte = 0x1
	opBinary       byte = 0x2
	opClose        byte = 0x8
	opPing         byte = 0x9
	opPong         byte = 0xA
)

var opNames = map[byte]string{
	opContinuation: "continuation",
	opText:         "text",
	opBinary:       "binary",
	opClose:        "close",
	opPing:         "ping",
	opPong:         "pong",
}

func opName(op byte) string {
	if n, ok := opNames[op]; ok {
		return n
	}
	return fmt.Sprintf("reserved-0x%x", op)
}

func isControl(op byte) bool { return op >= opClose }

// form is the way in which a frame spells its payload length (5.2).
type form uint8

const (
	shortest form = iota // what 5.2 demands
	form16               // 126 and 16 bits, whatever the length
	form64               // 127 and 64 bits, whatever the length
)

// key is a masking key.
type key [4]byte

// frame is a client frame, legal or not. The zero value of every field is the
// legal choice, so that each violation is visible where it is written.
type frame struct {
	op       byte
	payload  []byte
	more     bool   // FIN is 0
	rsv      byte   // 4: RSV1, 2: RSV2, 1: RSV3
	unmasked bool   // MASK is 0 and there is no key
	key      *key   // nil: the client picks one
	form     form   // how the length is written
	declare  uint64 // written instead of the length; 0: the length
}

func text(s string) frame    { return frame{op: opText, payload: []byte(s)} }
func binaryF(p []byte) frame { return frame{op: opBinary, payload: p} }
func ping(p []byte) frame    { return frame{op: opPing, payload: p} }
func pong(p []byte) frame    { return frame{op: opPong, payload: p} }
func cont(s string) frame    { return frame{op: opContinuation, payload: []byte(s)} }

// unfinished is f with FIN cleared: more fragments follow.
func (f frame) unfinished() frame { f.more = true; return f }

// closing is a Close frame with a status and a reason (5.5.1).
func closing(code uint16, reason string) frame {
	return frame{op: opClose, payload: append(binary.BigEndian.AppendUint16(nil, code), reason...)}
}

// headerSize is how many bytes of f's encoding come before the payload.
func (f frame) headerSize() int {
	n := 2
	switch length := f.length(); {
	case f.form == form64, f.form == shortest && length > 0xffff:
		n += 8
	case f.form == form16, length > 125:
		n += 2
	}
	if !f.unmasked {
		n += 4
	}
	return n
}

func (f frame) length() uint64 {
	if f.declare != 0 {
		return f.declare
	}
	return uint64(len(f.payload))
}

// appendTo encodes f with the masking key k, unless f brings its own.
//
//	 0               1               2..
//	+-+-+-+-+-------+-+-------------+---------------+------------+---------
//	|F|R|R|R| opcode|M| 7-bit length| 0, 2 or 8     | 0 or 4     | payload
//	|I|S|S|S|       |A| 126: 16 bits| bytes of      | bytes of   | XOR key
//	|N|V|V|V|       |S| 127: 64 bits| length        | key        |
//	+-+-+-+-+-------+-+-------------+---------------+------------+---------
func (f frame) appendTo(dst []byte, k key) []byte {
	b0 := f.op&0x0f | f.rsv<<4
	if !f.more {
		b0 |= 0x80
	}
	var mask byte = 0x80
	if f.unmasked {
		mask = 0
	}
	switch length := f.length(); {
	case f.form == form64, f.form == shortest && length > 0xffff:
		dst = binary.BigEndian.AppendUint64(append(dst, b0, mask|127), length)
	case f.form == form16, length > 125:
		dst = binary.BigEndian.AppendUint16(append(dst, b0, mask|126), uint16(length))
	default:
		dst = append(dst, b0, mask|byte(length))
	}
	if f.unmasked {
		return append(dst, f.payload...)
	}
	if f.key != nil {
		k = *f.key
	}
	dst = append(dst, k[:]...)
	start := len(dst)
	dst = append(dst, f.payload...)
	maskBytes(dst[start:], k)
	return dst
}

// maskBytes applies 5.3: "transformed-octet-i = original-octet-i XOR
// masking-key-octet-(i MOD 4)". Eight at a time, as 16 MiB messages are many.
func maskBytes(p []byte, k key) {
	k4 := uint64(binary.LittleEndian.Uint32(k[:]))
	k8 := k4<<32 | k4
	i := 0
	for ; i+8 <= len(p); i += 8 {
		binary.LittleEndian.PutUint64(p[i:], binary.LittleEndian.Uint64(p[i:])^k8)
	}
	for ; i < len(p); i++ {
		p[i] ^= k[i%4]
	}
}
