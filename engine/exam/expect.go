package exam

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// pong judges a pong: it must answer a ping, in the order of the pings. 5.5.3: an endpoint that has not yet answered
// earlier pings "MAY elect to send a Pong frame for only the most recently
// processed Ping frame", so an answer also settles every older ping.
func (c *Client) pong(e event) error {
	for i, p := range c.pings {
		if bytes.Equal(p, e.content) {
			c.pings = slices.Delete(c.pings, 0, i+1)
			return nil
		}
	}
	if len(c.pings) > 0 {
		return failed("a pong with "+brief(c.pings[0]), "a pong with "+brief(e.content), e.head)
	}
	return failed("no pong, as no ping is unanswered", "a pong with "+brief(e.content), e.head)
}

// describe says in words what an event is.
func (e event) describe() string {
	switch e.kind {
	case gotMessage:
		return fmt.Sprintf("a %s message of %s", opName(e.op), brief(e.content))
	case gotPong:
		return "a pong with " + brief(e.content)
	case gotClose:
		return "a Close frame " + describeClose(e.content)
	case ended:
		return describeEnd(e.err)
	default:
		return "nothing"
	}
}

func describeClose(p []byte) string {
	if len(p) < 2 {
		return "without a status"
	}
	s := fmt.Sprintf("with status %d", binary.BigEndian.Uint16(p))
	if len(p) > 2 {
		s += fmt.Sprintf(" %q", p[2:])
	}
	return s
}

// WantMessage wants the echo of a message next; pongs may come before it.
func (c *Client) WantMessage(op byte, content []byte) error {
	want := fmt.Sprintf("a %s message of %s", opName(op), brief(content))
	for {
		e := c.inbox.next(0)
		if e.kind == gotPong {
			if err := c.pong(e); err != nil {
				return err
			}
			continue
		}
		if e.kind != gotMessage || e.op != op {
			return failed(want, e.describe(), e.head)
		}
		if !bytes.Equal(e.content, content) {
			return failed(want, e.describe()+difference(content, e.content), e.head)
		}
		return nil
	}
}

// difference points at the first byte that two contents do not share.
func difference(want, got []byte) string {
	n := 0
	for n < min(len(want), len(got)) && want[n] == got[n] {
		n++
	}
	return fmt.Sprintf(", different from byte %d on: want [%s], got [%s]", n, hexHead(clip(want[n:])), hexHead(clip(got[n:])))
}

// WantPongs wants every ping answered before anything else happens.
func (c *Client) WantPongs() error {
	for len(c.pings) > 0 {
		e := c.inbox.next(0)
		if e.kind != gotPong {
			return failed("a pong with "+brief(c.pings[len(c.pings)-1]), e.describe(), e.head)
		}
		if err := c.pong(e); err != nil {
			return err
		}
	}
	return nil
}

// either lists statuses for a message.
func either(statuses []uint16) string {
	s := ""
	for i, code := range statuses {
		if i > 0 {
			s += " or "
		}
		s += fmt.Sprint(code)
	}
	return s
}
