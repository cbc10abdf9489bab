package edgecases

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/weir-ws/weir/frame"
)

// The lines of a correct handshake; each of them is needed.
const (
	lineGet     = "GET /chat HTTP/1.1"
	lineHost    = "Host: server.example.com"
	lineUpgrade = "Upgrade: websocket"
	lineConn    = "Connection: Upgrade"
	lineKey     = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
	lineVersion = "Sec-WebSocket-Version: 13"
)

// accepted is what that key is answered with (RFC 6455 1.3).
const accepted = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

func lines() []string {
	return []string{lineGet, lineHost, lineUpgrade, lineConn, lineKey, lineVersion}
}

func head(ls ...string) []byte { return []byte(strings.Join(ls, "\r\n") + "\r\n\r\n") }

// Request is a correct handshake with more lines in the end.
func Request(more ...string) []byte { return head(append(lines(), more...)...) }

// replaced is a correct handshake in which line is replaced by others, or by none.
func replaced(line string, by ...string) []byte {
	ls := lines()
	i := slices.Index(ls, line)
	return head(slices.Replace(ls, i, i+1, by...)...)
}

// after is a correct handshake and frames behind it.
func after(frames ...[]byte) []byte { return append(Request(), slices.Concat(frames...)...) }

// key is the masking key of every frame here. All its bytes differ, so that a payload which is
// unmasked at a wrong offset shows.
var key = [4]byte{0x37, 0xfa, 0x21, 0x3d}

// Masked is a whole frame as a client sends it, FIN set.
func Masked(op frame.Op, payload []byte) []byte {
	return frame.AppendFrame(nil, frame.Header{Fin: true, Op: op, Masked: true, Key: key}, payload)
}

// part is a frame without FIN.
func part(op frame.Op, payload string) []byte {
	return frame.AppendFrame(nil, frame.Header{Op: op, Masked: true, Key: key}, []byte(payload))
}

func text(s string) []byte { return Masked(frame.OpText, []byte(s)) }

// declared is the header alone of a frame of n bytes.
func declared(fin bool, op frame.Op, n int64) []byte {
	return frame.AppendHeader(nil, frame.Header{Fin: fin, Op: op, Masked: true, Key: key, Length: n})
}

// closing is a close frame with a code and a reason, legal or not.
func closing(code uint16, reason string) []byte {
	return Masked(frame.OpClose, append(binary.BigEndian.AppendUint16(nil, code), reason...))
}

func repeat(n int, b []byte) []byte { return slices.Repeat(b, n) }

// texts and others are what the server sends.
func texts(ss ...string) (fs []Frame) {
	for _, s := range ss {
		fs = append(fs, Frame{frame.OpText, []byte(s)})
	}
	return fs
}
