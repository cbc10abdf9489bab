package exam

import (
	"bytes"
	"fmt"
)

// pingPayload is n bytes that are not UTF-8, as 5.5.2 lets a ping carry any "Application data".
func pingPayload(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(0xff - i)
	}
	return p
}

func pingCases(s *section) {
	pingEchoes(s)
	pingSeries(s)
	pingAmongFragments(s)
	pongsUnasked(s)
	for _, n := range []int{126, 127, 128, 1000, 65535, 65536} {
		for _, op := range []byte{opPing, opPong} {
			s.add(fmt.Sprintf("too-long/%s-%d", opName(op), n),
				`5.5: "All control frames MUST have a payload length of 125 bytes or less": 1002.`,
				func(c *Client) error {
					c.Write(c.wire(frame{op: op, payload: bytes.Repeat([]byte("x"), n)}), 0)
					return c.WantFailure(1002)
				})
			s.add(fmt.Sprintf("too-long/%s-%d-header-only", opName(op), n),
				"5.5: the header alone shows that the control frame is too long: 1002.",
				func(c *Client) error {
					f := frame{op: op, payload: bytes.Repeat([]byte("x"), n)}
					return c.WantFailureAt(c.wire(f), f.headerSize(), 1002)
				})
		}
	}
}

func pingEchoes(s *section) {
	const doc = `5.5.3: a pong "must have identical Application data as found in the message body of the Ping frame".`
	for _, n := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 122, 123, 124, 125} {
		for _, chop := range []int{0, 1, 5} {
			s.add(fmt.Sprintf("payload/%d-%s", n, chopName(chop)), doc, func(c *Client) error {
				c.sendChopped(chop, ping(pingPayload(n)))
				if err := c.WantPongs(); err != nil {
					return err
				}
				return c.Goodbye()
			})
		}
	}
	s.add("payload/every-size-in-turn", doc, func(c *Client) error {
		for n := range 126 {
			c.send(ping(pingPayload(n)))
			if err := c.WantPongs(); err != nil {
				return err
			}
		}
		return c.Goodbye()
	})
	s.add("payload/every-byte-value", doc, func(c *Client) error {
		for b := range 256 {
			c.send(ping([]byte{byte(b)}))
			if err := c.WantPongs(); err != nil {
				return err
			}
		}
		return c.Goodbye()
	})
	header := ping(pingPayload(20)).headerSize()
	for at := 1; at <= header; at++ {
		s.add(fmt.Sprintf("split-header/at-%d-of-%d", at, header), doc, func(c *Client) error {
			c.pings = [][]byte{pingPayload(20)}
			b := c.wire(text("before"), ping(pingPayload(20)))
			cut := text("before").headerSize() + len("before") + at
			c.Write(b[:cut], 0)
			if err := c.WantMessage(opText, []byte("before")); err != nil {
				return err
			}
			c.Write(b[cut:], 0)
			if err := c.WantPongs(); err != nil {
				return err
			}
			return c.Goodbye()
		})
	}
}

func pingSeries(s *section) {
	const doc = "5.5.3: pings in a row are answered in order; of several unanswered ones the last suffices."
	for _, count := range []int{2, 10, 50} {
		for _, chop := range []int{0, 1, 13} {
			s.add(fmt.Sprintf("series/%d-%s", count, chopName(chop)), doc, func(c *Client) error {
				var pings []frame
				for i := range count {
					pings = append(pings, ping(fmt.Appendf(nil, "ping %d", i)))
				}
				c.sendChopped(chop, pings...)
				if err := c.WantPongs(); err != nil {
					return err
				}
				return c.Goodbye()
			})
		}
		s.add(fmt.Sprintf("series/%d-with-messages-between", count), doc, func(c *Client) error {
			var frames []frame
			for i := range count {
				frames = append(frames, ping(fmt.Appendf(nil, "ping %d", i)), text(fmt.Sprintf("text %d", i)))
			}
			c.send(frames...)
			for i := range count {
				if err := c.WantMessage(opText, fmt.Appendf(nil, "text %d", i)); err != nil {
					return err
				}
			}
			if err := c.WantPongs(); err != nil {
				return err
			}
			return c.Goodbye()
		})
	}
	s.add("then-close", "5.5.2: a ping in front of a Close frame MUST be answered.", func(c *Client) error {
		c.send(ping([]byte("last words")))
		return c.Goodbye()
	})
}
