package exam

import "fmt"

func pingAmongFragments(s *section) {
	const doc = `5.4: "Control frames MAY be injected in the middle of a fragmented message", and are answered there.`
	for _, op := range dataOps {
		for _, n := range []int{0, 1, 125} {
			s.add(fmt.Sprintf("between-fragments/%s-ping-%d-step-by-step", opName(op), n), doc, func(c *Client) error {
				c.send(frame{op: op, payload: []byte("one,"), more: true}, ping(pingPayload(n)))
				if err := c.WantPongs(); err != nil {
					return err
				}
				c.send(cont("two,").unfinished(), ping(pingPayload(n)))
				if err := c.WantPongs(); err != nil {
					return err
				}
				c.send(cont("three"))
				if err := c.WantMessage(op, []byte("one,two,three")); err != nil {
					return err
				}
				return c.Goodbye()
			})
			for _, chop := range []int{0, 1} {
				s.add(fmt.Sprintf("between-fragments/%s-ping-%d-%s", opName(op), n, chopName(chop)), doc, func(c *Client) error {
					c.sendChopped(chop, frame{op: op, payload: []byte("one,"), more: true}, ping(pingPayload(n)), cont("two"))
					if err := c.WantMessage(op, []byte("one,two")); err != nil {
						return err
					}
					if err := c.WantPongs(); err != nil {
						return err
					}
					return c.Goodbye()
				})
			}
		}
	}
}

func pongsUnasked(s *section) {
	const doc = `5.5.3: "A response to an unsolicited Pong frame is not expected."`
	for _, n := range []int{0, 1, 60, 125} {
		s.add(fmt.Sprintf("unasked-pong/%d-bytes", n), doc, func(c *Client) error {
			c.send(pong(pingPayload(n)), text("still there"))
			if err := c.WantMessage(opText, []byte("still there")); err != nil {
				return err
			}
			return c.Goodbye()
		})
		s.add(fmt.Sprintf("unasked-pong/%d-bytes-then-ping", n), doc, func(c *Client) error {
			c.send(pong(pingPayload(n)), ping([]byte("mine")))
			if err := c.WantPongs(); err != nil {
				return err
			}
			return c.Goodbye()
		})
		s.add(fmt.Sprintf("unasked-pong/%d-bytes-between-fragments", n), doc, func(c *Client) error {
			c.send(text("a").unfinished(), pong(pingPayload(n)), cont("b"))
			if err := c.WantMessage(opText, []byte("ab")); err != nil {
				return err
			}
			return c.Goodbye()
		})
	}
	s.add("unasked-pong/ten-in-a-row", doc, func(c *Client) error {
		for range 10 {
			c.send(pong([]byte("nobody asked")))
		}
		return c.Goodbye()
	})
}
