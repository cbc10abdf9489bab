package exam

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// WantFailure wants the server to fail the connection (7.1.7) next: a Close
// frame with one of the statuses, then the end of the TCP connection.
func (c *Client) WantFailure(statuses ...uint16) error {
	want := fmt.Sprintf("a Close frame with status %s", either(statuses))
	e, err := c.nextButPongs()
	if err != nil {
		return err
	}
	return c.failure(want, e, statuses)
}

func (c *Client) nextButPongs() (event, error) {
	for {
		e := c.inbox.next(0)
		if e.kind != gotPong {
			return e, nil
		}
		if err := c.pong(e); err != nil {
			return e, err
		}
	}
}

func (c *Client) failure(want string, e event, statuses []uint16) error {
	if e.kind == ended && isClosedTCP(e.err) {
		return nonStrict(want, describeEnd(e.err)+" without a Close frame", e.head)
	}
	if e.kind != gotClose || len(e.content) < 2 || !slices.Contains(statuses, binary.BigEndian.Uint16(e.content)) {
		return failed(want, e.describe(), e.head)
	}
	// A server may wait for this answer before it closes (5.5.1, 7.1.1).
	c.Write(c.wire(frame{op: opClose, payload: e.content[:2]}), 0)
	return c.wantEnd()
}

// WantFailureAt wants the server to fail the connection as soon as it has the
// first at bytes of wire. A server that waits for the rest, which is then sent,
// and fails the connection only then, is not strict.
func (c *Client) WantFailureAt(wire []byte, at int, statuses ...uint16) error {
	want := fmt.Sprintf("a Close frame with status %s", either(statuses))
	c.Write(wire[:at], 0)
	if e := c.inbox.next(c.patience); e.kind != nothing {
		return c.failure(want, e, statuses)
	}
	c.Write(wire[at:], 0)
	late := nonStrict(fmt.Sprintf("%s after %d of %d bytes", want, at, len(wire)), "it only after the rest had been sent", nil)
	return worse(late, c.WantFailure(statuses...))
}

// WantEchoThenFailure wants the echo of a valid message in front of a
// violation, then the failure. A server that has read both may drop the echo,
// but then it is not strict.
func (c *Client) WantEchoThenFailure(op byte, content []byte, statuses ...uint16) error {
	e, err := c.nextButPongs()
	if err != nil {
		return err
	}
	want := fmt.Sprintf("the echo of a %s message of %s, then a Close frame with status %s", opName(op), brief(content), either(statuses))
	if e.kind != gotMessage {
		err := c.failure(want, e, statuses)
		return worse(nonStrict(want, e.describe()+" without the echo", e.head), err)
	}
	if e.op != op || !bytes.Equal(e.content, content) {
		return failed(want, e.describe(), e.head)
	}
	return c.WantFailure(statuses...)
}

// WantCloseReply wants the server to answer the exam's Close frame: with the
// status sent or 1000, and no status where none was sent (0); then the end of
// the TCP connection, which is the server's to close first (7.1.1).
func (c *Client) WantCloseReply(sent uint16) error {
	statuses := []uint16{1000}
	if sent != 0 && sent != 1000 {
		statuses = []uint16{sent, 1000}
	}
	want := "a Close frame with status " + either(statuses)
	e, err := c.nextButPongs()
	if err != nil {
		return err
	}
	if e.kind != gotClose {
		// 5.5.1: "the endpoint MUST send a Close frame in response"
		return failed(want, e.describe(), e.head)
	}
	if len(e.content) < 2 {
		err = nil
		if sent != 0 {
			err = nonStrict(want, e.describe(), e.head)
		}
	} else if !slices.Contains(statuses, binary.BigEndian.Uint16(e.content)) {
		return failed(want, e.describe(), e.head)
	}
	if len(c.pings) > 0 {
		// 5.5.2: an endpoint that has not received a Close frame MUST answer a ping.
		return failed("a pong with "+brief(c.pings[len(c.pings)-1])+" before the Close frame", e.describe(), e.head)
	}
	return worse(err, c.wantEnd())
}

// wantEnd wants the end of the TCP connection and nothing before it.
func (c *Client) wantEnd() error {
	const want = "the end of the TCP connection after the closing handshake"
	e := c.inbox.next(0)
	switch {
	case e.kind != ended:
		return failed(want, e.describe(), e.head)
	case errors.Is(e.err, io.EOF):
		return nil
	case isClosedTCP(e.err):
		return nonStrict(want, describeEnd(e.err), e.head)
	default:
		return failed(want, describeEnd(e.err), e.head)
	}
}

// Goodbye closes the connection in order: no answer may be missing, none too many.
func (c *Client) Goodbye() error {
	c.send(closing(1000, ""))
	return c.WantCloseReply(1000)
}
