package exam

import "fmt"

// opcodeCases sends every opcode that 5.2 reserves. "If an unknown opcode is
// received, the receiving endpoint MUST _Fail the WebSocket Connection_."
func opcodeCases(s *section) {
	const doc = "5.2: %x3-7 and %xB-F are reserved for further frames; an unknown opcode fails the connection: 1002."
	long := content(opBinary, 300, 0)
	for _, op := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		name := func(rest string) string { return fmt.Sprintf("%d/%s", op, rest) }
		bad := frame{op: op, payload: []byte("reserved")}

		refused := func(rest string, chop int, frames ...frame) {
			s.add(name(rest), doc, func(c *Client) error {
				c.Write(c.wire(frames...), chop)
				return c.WantFailure(1002)
			})
		}
		refused("empty", 0, frame{op: op})
		refused("with-payload", 0, bad)
		refused("with-300-bytes", 0, frame{op: op, payload: long})
		refused("unfinished", 0, bad.unfinished())
		refused("byte-by-byte", 1, bad)
		refused("inside-a-message", 0, text("one,").unfinished(), bad)

		for _, chop := range []int{0, 1} {
			s.add(name("after-a-message-"+chopName(chop)), doc, func(c *Client) error {
				c.Write(c.wire(text("good"), bad), chop)
				return c.WantEchoThenFailure(opText, []byte("good"), 1002)
			})
		}
		s.add(name("after-an-echo"), doc, func(c *Client) error {
			c.send(text("good"))
			if err := c.WantMessage(opText, []byte("good")); err != nil {
				return err
			}
			c.Write(c.wire(bad), 0)
			return c.WantFailure(1002)
		})
		s.add(name("header-only"), doc, func(c *Client) error {
			f := frame{op: op, payload: long}
			return c.WantFailureAt(c.wire(f), f.headerSize(), 1002)
		})
	}
}
