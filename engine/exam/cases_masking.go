package exam

import (
	"bytes"
	"fmt"
)

func maskingCases(s *section) {
	maskingKeys(s)
	maskingMissing(s)
}

func maskingKeys(s *section) {
	const doc = `5.3: "the masking key can take any value"; an octet is XORed with key octet i MOD 4, however TCP cuts the frame.`
	keys := []key{{}, {0xff, 0xff, 0xff, 0xff}, {1, 0, 0, 0}, {0, 0, 0, 1}, {0x80, 0, 0, 0}, {0, 0, 0, 0x80}, {1, 2, 3, 4}, {0xde, 0xad, 0xbe, 0xef}}
	sizes := []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 125, 126, 127, 1000, 65536}
	for _, k := range keys {
		for _, op := range dataOps {
			s.add(fmt.Sprintf("key-%x/%s-all-sizes", k, opName(op)), doc, func(c *Client) error {
				for _, n := range sizes {
					payload := content(op, n, n)
					c.send(frame{op: op, payload: payload, key: &k})
					if err := c.WantMessage(op, payload); err != nil {
						return err
					}
				}
				return c.Goodbye()
			})
			for _, chop := range []int{1, 2, 3, 5, 7, 13} {
				s.add(fmt.Sprintf("key-%x/%s-%s", k, opName(op), chopName(chop)), doc, func(c *Client) error {
					for _, n := range []int{5, 31, 126, 300} {
						payload := content(op, n, n)
						c.sendChopped(chop, frame{op: op, payload: payload, key: &k})
						if err := c.WantMessage(op, payload); err != nil {
							return err
						}
					}
					return c.Goodbye()
				})
			}
		}
		s.add(fmt.Sprintf("key-%x/ping", k), doc, func(c *Client) error {
			for _, n := range []int{0, 1, 5, 125} {
				c.send(frame{op: opPing, payload: pingPayload(n), key: &k})
				if err := c.WantPongs(); err != nil {
					return err
				}
			}
			return c.Goodbye()
		})
		s.add(fmt.Sprintf("key-%x/close", k), doc, func(c *Client) error {
			f := closing(4242, "masked")
			f.key = &k
			c.send(f)
			return c.WantCloseReply(4242)
		})
		s.add(fmt.Sprintf("key-%x/payload-is-the-key", k), "5.3: masked bytes may all be zero.", func(c *Client) error {
			payload := bytes.Repeat(k[:], 16)
			c.send(frame{op: opBinary, payload: payload, key: &k})
			if err := c.WantMessage(opBinary, payload); err != nil {
				return err
			}
			return c.Goodbye()
		})
	}
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7} {
		s.add(fmt.Sprintf("a-key-a-fragment/of-%d", n), "5.3: every frame has a key of its own, counted from its own start.", func(c *Client) error {
			whole := content(opText, 203, 0)
			c.send(inFragments(opText, whole, n)...)
			if err := c.WantMessage(opText, whole); err != nil {
				return err
			}
			return c.Goodbye()
		})
	}
	s.add("server-frames-are-unmasked", `5.1: "A server MUST NOT mask any frames that it sends to the client": message, pong and close.`, func(c *Client) error {
		c.send(text("plain"), ping([]byte("plain")), frame{op: opBinary})
		if err := c.WantMessage(opText, []byte("plain")); err != nil {
			return err
		}
		if err := c.WantMessage(opBinary, nil); err != nil {
			return err
		}
		return c.Goodbye() // which also wants the pong; the reader refuses whatever is masked
	})
}

func maskingMissing(s *section) {
	const doc = `5.1: "The server MUST close the connection upon receiving a frame that is not masked", with 1002.`
	kinds := []struct {
		name string
		bad  frame
	}{
		{"text", text("bare")},
		{"empty-text", text("")},
		{"unfinished-text", text("bare").unfinished()},
		{"text-of-300", text(string(content(opText, 300, 0)))},
		{"text-of-70000", text(string(content(opText, 70000, 0)))},
		{"binary", binaryF([]byte{1, 2, 3, 4})},
		{"empty-binary", binaryF(nil)},
		{"ping", ping([]byte("bare"))},
		{"empty-ping", ping(nil)},
		{"pong", pong([]byte("bare"))},
		{"close", closing(1000, "bare")},
		{"empty-close", frame{op: opClose}},
	}
	for _, k := range kinds {
		bad := k.bad
		bad.unmasked = true
		s.add("unmasked/"+k.name+"/first", doc, func(c *Client) error {
			c.Write(c.wire(bad), 0)
			return c.WantFailure(1002)
		})
		s.add("unmasked/"+k.name+"/after-a-message", doc, func(c *Client) error {
			c.Write(c.wire(text("good"), bad), 0)
			return c.WantEchoThenFailure(opText, []byte("good"), 1002)
		})
		if isControl(bad.op) {
			s.add("unmasked/"+k.name+"/inside-a-message", doc, func(c *Client) error {
				c.Write(c.wire(text("good").unfinished(), bad), 0)
				return c.WantFailure(1002)
			})
		}
		if len(bad.payload) < 10 {
			s.add("unmasked/"+k.name+"/byte-by-byte", doc, func(c *Client) error {
				c.Write(c.wire(bad), 1)
				return c.WantFailure(1002)
			})
		}
	}
	for _, more := range []bool{false, true} {
		s.add(fmt.Sprintf("unmasked/continuation-more-%t", more), doc, func(c *Client) error {
			c.Write(c.wire(text("good").unfinished(), frame{payload: []byte("bare"), unmasked: true, more: more}), 0)
			return c.WantFailure(1002)
		})
	}
}
