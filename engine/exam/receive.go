package exam

import (
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf8"
)

// maxContent bounds what a server can make the exam hold for one message, in bytes.
const maxContent = 64 << 20

// read turns the server's bytes into events until the connection ends. It is
// as strict as the exam expects the server to be.
func (c *Client) read() {
	defer close(c.reading)
	var m assembly
	for {
		f, head, err := c.readFrame()
		if err == nil {
			err = c.receive(&m, f, head)
		}
		if err != nil {
			c.inbox.put(event{kind: ended, err: err, head: head})
			return
		}
	}
}

// assembly is the server's unfinished message.
type assembly struct {
	open    bool
	op, rsv byte
	content []byte
}

// misframed is a frame that no server may send.
type misframed string

func (m misframed) Error() string { return string(m) }

// receive judges one frame and puts what it completes into the inbox.
func (c *Client) receive(m *assembly, f frame, head []byte) error {
	if isControl(f.op) {
		return c.receiveControl(f, head)
	}
	switch {
	case f.op == opContinuation && !m.open:
		return misframed("a continuation frame without a message to continue")
	case f.op != opContinuation && m.open:
		return misframed("a new message inside an unfinished one")
	case f.op == opContinuation && f.rsv != 0:
		return misframed("a continuation frame with RSV bits")
	case f.rsv&^c.rsvInUse() != 0:
		return misframed(fmt.Sprintf("RSV bits %03b that no extension gave a meaning", f.rsv))
	}
	if m.open {
		m.content = append(m.content, f.payload...)
	} else {
		*m = assembly{open: true, op: f.op, rsv: f.rsv, content: f.payload}
	}
	if len(m.content) > maxContent {
		return misframed("a message of more than 64 MiB")
	}
	if f.more {
		return nil
	}
	content := m.content
	if m.rsv != 0 {
		var err error
		if content, err = c.codec.Decode(content, m.rsv); err != nil {
			return misframed("a payload that does not decode: " + err.Error())
		}
	}
	c.inbox.put(event{kind: gotMessage, op: m.op, content: content, head: head})
	*m = assembly{}
	return nil
}

func (c *Client) receiveControl(f frame, head []byte) error {
	switch {
	case f.more:
		return misframed("a fragmented control frame")
	case len(f.payload) > 125:
		return misframed("a control frame of more than 125 bytes")
	case f.rsv != 0:
		return misframed("a control frame with RSV bits")
	}
	switch f.op {
	case opPong:
		c.inbox.put(event{kind: gotPong, content: f.payload, head: head})
	case opClose:
		if len(f.payload) == 1 {
			return misframed("a Close frame with one byte of payload")
		}
		if len(f.payload) > 2 && !utf8.Valid(f.payload[2:]) {
			return misframed("a Close frame whose reason is not UTF-8")
		}
		if len(f.payload) >= 2 && !slices.ContainsFunc(codeRanges, func(r codeRange) bool {
			return r.has(binary.BigEndian.Uint16(f.payload))
		}) {
			return misframed("a Close frame whose status must not be sent")
		}
		c.inbox.put(event{kind: gotClose, content: f.payload, head: head})
	}
	return nil // a ping is some server's heartbeat, and no case lives long enough to owe it an answer
}
