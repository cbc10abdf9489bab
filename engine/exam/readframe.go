package exam

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// readFrame reads one server frame and refuses what 5.1 and 5.2 forbid.
func (c *Client) readFrame() (f frame, head []byte, err error) {
	if _, err := c.br.Peek(1); err != nil {
		return f, nil, err // between frames: io.EOF is a clean end
	}
	head = make([]byte, 0, headBytes)
	need := func(n int) []byte {
		start := len(head)
		head = head[:start+n]
		if err == nil {
			_, err = io.ReadFull(c.br, head[start:])
		}
		return head[start:]
	}
	b := need(2)
	f = frame{op: b[0] & 0x0f, more: b[0]&0x80 == 0, rsv: b[0] >> 4 & 7}
	length, least := uint64(b[1]&0x7f), uint64(0)
	switch {
	case err != nil:
	case b[1]&0x80 != 0: // 5.1: "A server MUST NOT mask any frames that it sends to the client."
		return f, head, misframed("a masked frame")
	case opNames[f.op] == "":
		return f, head, misframed("a frame with a " + opName(f.op) + " opcode")
	case length == 126:
		length, least = uint64(binary.BigEndian.Uint16(need(2))), 126
	case length == 127:
		length, least = binary.BigEndian.Uint64(need(8)), 1<<16
	}
	switch {
	case err != nil:
		return f, head, truncated(err)
	case length < least: // 5.2: "the minimal number of bytes MUST be used to encode the length"
		return f, head, misframed("a length that is not in its shortest form")
	case length > maxContent:
		return f, head, misframed(fmt.Sprintf("a frame of %d bytes", length))
	}
	f.payload = make([]byte, length)
	if _, err := io.ReadFull(c.br, f.payload); err != nil {
		return f, head, truncated(err)
	}
	return f, append(head, f.payload[:min(len(f.payload), headBytes-len(head))]...), nil
}

// truncated keeps an end inside a frame apart from one between frames.
func truncated(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return misframed("the end of the TCP connection inside a frame")
	}
	return err
}

// describeEnd says in words how a connection ended.
func describeEnd(err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "the end of the TCP connection"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "nothing before the deadline"
	case errors.Is(err, syscall.ECONNRESET):
		return "a TCP reset"
	default:
		return err.Error()
	}
}

// isClosedTCP tells a connection that the server closed, cleanly or not, from
// one that it left open or used wrongly.
func isClosedTCP(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
