package exam

import "fmt"

// utf8FailFast wants invalid text refused while the message is unfinished: at
// the end of a fragment that is not the last, and at the very byte inside a frame.
func utf8FailFast(s *section) {
	const doc = "8.1: a byte that no valid text has there is refused when it arrives, not when the message ends: 1007."
	for _, in := range invalidUTF8() {
		if in.cut {
			continue
		}
		head := "dam \u20ac"
		bad := in.impossible()
		s.add("fail-fast/"+in.name+"/unfinished-fragment", doc, func(c *Client) error {
			first := c.wire(text(head + in.bytes).unfinished())
			return c.WantFailureAt(append(first, c.wire(cont("the end"))...), len(first), 1007)
		})
		s.add("fail-fast/"+in.name+"/later-unfinished-fragment", doc, func(c *Client) error {
			first := c.wire(text(head).unfinished(), cont(in.bytes).unfinished())
			return c.WantFailureAt(append(first, c.wire(cont("the end"))...), len(first), 1007)
		})
		s.add("fail-fast/"+in.name+"/unfinished-frame", doc, func(c *Client) error {
			f := text(head + in.bytes + " the end")
			return c.WantFailureAt(c.wire(f), f.headerSize()+len(head)+bad+1, 1007)
		})
		s.add("fail-fast/"+in.name+"/unfinished-frame-of-100000", doc, func(c *Client) error {
			lead := content(opText, 50000, 0)
			f := text(string(lead) + in.bytes + string(content(opText, 50000, 0)))
			return c.WantFailureAt(c.wire(f), f.headerSize()+len(lead)+bad+1, 1007)
		})
		s.add("fail-fast/"+in.name+"/unfinished-last-frame", doc, func(c *Client) error {
			first := c.wire(text(head).unfinished())
			last := cont(in.bytes + " the end")
			return c.WantFailureAt(append(first, c.wire(last)...), len(first)+last.headerSize()+bad+1, 1007)
		})
		if bad == 0 {
			continue // there is nothing before it to put into another fragment
		}
		s.add("fail-fast/"+in.name+"/split-before-the-byte", doc, func(c *Client) error {
			first := text(head + in.bytes[:bad]).unfinished()
			second := cont(in.bytes[bad:] + " the end")
			wire := c.wire(first, second)
			return c.WantFailureAt(wire, first.headerSize()+len(first.payload)+second.headerSize()+1, 1007)
		})
	}
}

// utf8Elsewhere is about what is not text, or is not finished.
func utf8Elsewhere(s *section) {
	for _, in := range invalidUTF8() {
		s.add("binary/"+in.name, "5.6: a binary message is arbitrary bytes.", func(c *Client) error {
			c.send(binaryF([]byte(in.bytes)), ping([]byte(in.bytes)))
			if err := c.WantMessage(opBinary, []byte(in.bytes)); err != nil {
				return err
			}
			if err := c.WantPongs(); err != nil {
				return err
			}
			return c.Goodbye()
		})
	}
	const doc = "5.4, 8.1: a ping inside a code point that two fragments share is no part of it."
	for _, v := range []string{"\u00e9", "\u20ac", "\U0001f30a"} {
		for at := 1; at < len(v); at++ {
			s.add(fmt.Sprintf("ping-inside/%d-byte-code-point-at-%d", len(v), at), doc, func(c *Client) error {
				c.send(text(v[:at]).unfinished(), ping([]byte("\xff\xc0")), cont(v[at:]))
				if err := c.WantMessage(opText, []byte(v)); err != nil {
					return err
				}
				if err := c.WantPongs(); err != nil {
					return err
				}
				return c.Goodbye()
			})
			s.add(fmt.Sprintf("forgotten/%d-byte-code-point-at-%d", len(v), at),
				"8.1: a message that ends inside a code point fails, even if the next message began with the missing bytes.",
				func(c *Client) error {
					c.Write(c.wire(text(v[:at]), text(v[at:])), 0)
					return c.WantFailure(1007)
				})
		}
	}
	s.add("forgotten/next-message-starts-clean", "8.1: what one message ended with says nothing about the next.", func(c *Client) error {
		for range 3 {
			c.send(text("\u00e9").unfinished(), cont("\u20ac"), binaryF([]byte("\xe2\x82")), text("\u00e9"))
			for _, want := range []frame{text("\u00e9\u20ac"), binaryF([]byte("\xe2\x82")), text("\u00e9")} {
				if err := c.WantMessage(want.op, want.payload); err != nil {
					return err
				}
			}
		}
		return c.Goodbye()
	})
}
