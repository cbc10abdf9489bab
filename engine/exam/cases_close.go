package exam

import (
	"fmt"
	"strings"
)

// codeRange is a range of status codes, both ends in it.
type codeRange struct{ from, to uint16 }

func (r codeRange) has(code uint16) bool { return r.from <= code && code <= r.to }

// codeRanges are the statuses that may stand in a Close frame: 7.4.1 without
// 1004, 1005, 1006 and 1015, IANA's later 1012 to 1014, and 7.4.2's ranges for
// libraries and private use.
var codeRanges = []codeRange{{1000, 1003}, {1007, 1014}, {3000, 4999}}

func closeCases(s *section) {
	closeStatuses(s)
	closeReasons(s)
	closeMalformed(s)
	closeIsLast(s)
	closeAfterData(s)
}

func closeStatuses(s *section) {
	const doc = `5.5.1: "the endpoint MUST send a Close frame in response"; 7.1.1: then the server closes the TCP connection.`
	for _, chop := range []int{0, 1} {
		s.add("without-status-"+chopName(chop), doc, func(c *Client) error {
			c.sendChopped(chop, frame{op: opClose})
			return c.WantCloseReply(0)
		})
	}
	valid := []uint16{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999, 4000, 4001, 4999}
	for _, code := range valid {
		for _, reason := range []string{"", "because"} {
			for _, chop := range []int{0, 1} {
				s.add(fmt.Sprintf("status/%d-%q-%s", code, reason, chopName(chop)), doc, func(c *Client) error {
					c.sendChopped(chop, closing(code, reason))
					return c.WantCloseReply(code)
				})
			}
		}
	}
	const docInvalid = "7.4: this status must not stand in a Close frame: 1002."
	invalid := []uint16{0, 1, 100, 500, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1100, 1999, 2000, 2500, 2999,
		5000, 5001, 9999, 32768, 65534, 65535}
	for _, code := range invalid {
		for _, reason := range []string{"", "because"} {
			s.add(fmt.Sprintf("invalid-status/%d-%q", code, reason), docInvalid, func(c *Client) error {
				c.Write(c.wire(closing(code, reason)), 0)
				return c.WantFailure(1002)
			})
		}
		s.add(fmt.Sprintf("invalid-status/%d-after-a-message", code), docInvalid, func(c *Client) error {
			c.Write(c.wire(text("good"), closing(code, "")), 0)
			return c.WantEchoThenFailure(opText, []byte("good"), 1002)
		})
	}
}

func closeReasons(s *section) {
	const doc = "5.5.1: a reason is UTF-8 and fills the frame up to 125 bytes."
	for _, n := range []int{0, 1, 2, 3, 5, 50, 100, 120, 121, 122, 123} {
		for _, chop := range []int{0, 1} {
			s.add(fmt.Sprintf("reason/%d-bytes-%s", n, chopName(chop)), doc, func(c *Client) error {
				c.sendChopped(chop, closing(1000, strings.Repeat("r", n)))
				return c.WantCloseReply(1000)
			})
		}
	}
	for i, reason := range []string{"\u0000", "\u00df", "\uffff", "\U0001f30a", "\U0010ffff", strings.Repeat("\U0001f30a", 30), strings.Repeat("\u00e9", 61)} {
		s.add(fmt.Sprintf("reason/utf8-%d", i), doc, func(c *Client) error {
			c.send(closing(3000, reason))
			return c.WantCloseReply(3000)
		})
	}
	const docInvalid = `5.5.1: a reason is "UTF-8-encoded data"; 8.1: other bytes fail the connection: 1007.`
	for _, in := range invalidUTF8() {
		if !in.reason {
			continue
		}
		for _, around := range []struct{ name, before, after string }{
			{"alone", "", ""}, {"at-the-end", "reason \u00e9 ", ""}, {"in-the-middle", "reason ", " more"},
		} {
			s.add(fmt.Sprintf("invalid-reason/%s-%s", in.name, around.name), docInvalid, func(c *Client) error {
				c.Write(c.wire(closing(1000, around.before+in.bytes+around.after)), 0)
				return c.WantFailure(1007)
			})
		}
	}
	s.add("invalid-reason/123-bytes", docInvalid, func(c *Client) error {
		c.Write(c.wire(closing(1000, strings.Repeat("x", 122)+"\xc3")), 0)
		return c.WantFailure(1007)
	})
}

func closeMalformed(s *section) {
	const docOne = "5.5.1: a Close payload begins with a 2-byte status, so one byte is none: 1002."
	for _, b := range []byte{0, 'x', 0x03, 0xff} {
		for _, chop := range []int{0, 1} {
			s.add(fmt.Sprintf("one-byte-payload/%02x-%s", b, chopName(chop)), docOne, func(c *Client) error {
				c.Write(c.wire(frame{op: opClose, payload: []byte{b}}), chop)
				return c.WantFailure(1002)
			})
		}
	}
	for _, n := range []int{126, 127, 200, 65536} {
		payload := closing(1000, strings.Repeat("r", n-2)).payload
		s.add(fmt.Sprintf("too-long/%d", n), `5.5: "All control frames MUST have a payload length of 125 bytes or less": 1002.`, func(c *Client) error {
			c.Write(c.wire(frame{op: opClose, payload: payload}), 0)
			return c.WantFailure(1002)
		})
	}
}
