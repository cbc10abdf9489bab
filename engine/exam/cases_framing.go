package exam

import (
	"bytes"
	"fmt"
)

// chopName says how a case writes to TCP.
func chopName(chop int) string {
	switch chop {
	case 0:
		return "in-one-write"
	case 1:
		return "byte-by-byte"
	default:
		return fmt.Sprintf("in-%d-byte-chops", chop)
	}
}

var dataOps = []byte{opText, opBinary}

func framingCases(s *section) {
	framingSizes(s)
	framingHeaderSplits(s)
	framingPipelines(s)
	framingForms(s)
}

// framingSizes echoes one unfragmented message at and around the boundaries
// of the three length forms, cut into TCP segments in many ways.
func framingSizes(s *section) {
	sizes := []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 124, 125, 126, 127, 128, 129, 255, 256, 257, 1000, 4096, 32767, 32768,
		65533, 65534, 65535, 65536, 65537}
	chops := []int{0, 1, 2, 7, 64, 997, 2048, 16384}
	for _, op := range dataOps {
		for _, size := range sizes {
			for _, chop := range chops {
				if chop == 1 && size > 1000 || chop > 1 && (chop >= size || size/chop > 5000) {
					continue // too many writes to be worth it, or the same as one write
				}
				s.add(fmt.Sprintf("%s/%d-%s", opName(op), size, chopName(chop)),
					"5.2: an unfragmented message is echoed whole, however TCP cuts it.",
					func(c *Client) error {
						payload := content(op, size, size)
						f, err := c.message(op, payload)
						if err != nil {
							return err
						}
						c.sendChopped(chop, f)
						if err := c.WantMessage(op, payload); err != nil {
							return err
						}
						return c.Goodbye()
					})
			}
		}
	}
}

// framingHeaderSplits cuts the header of each length form at each byte.
func framingHeaderSplits(s *section) {
	for _, size := range []int{5, 126, 65536} {
		header := binaryF(content(opBinary, size, 0)).headerSize()
		for at := 1; at <= header; at++ {
			s.add(fmt.Sprintf("split-header/%d-bytes-at-%d-of-%d", size, at, header),
				"5.2: a header that arrives in two TCP segments is one header.",
				func(c *Client) error {
					// A first message shows that nothing of it is left when the second comes.
					first, second := content(opBinary, size, 0), content(opBinary, size, 77)
					b := c.wire(binaryF(first), binaryF(second))
					cut := len(b)/2 + at
					c.Write(b[:cut], 0)
					if err := c.WantMessage(opBinary, first); err != nil {
						return err
					}
					c.Write(b[cut:], 0)
					if err := c.WantMessage(opBinary, second); err != nil {
						return err
					}
					return c.Goodbye()
				})
		}
	}
}

// framingPipelines sends messages back to back in ways that put the end of one
// and the start of the next into one segment.
func framingPipelines(s *section) {
	for _, count := range []int{2, 3, 10, 100, 1000} {
		for _, chop := range []int{0, 3, 11, 997} {
			s.add(fmt.Sprintf("pipeline/%d-messages-%s", count, chopName(chop)),
				"5.2: messages sent back to back are echoed in order.",
				func(c *Client) error {
					var frames []frame
					for i := range count {
						frames = append(frames, text(fmt.Sprintf("message %d of %d", i, count)))
					}
					c.sendChopped(chop, frames...)
					for _, f := range frames {
						if err := c.WantMessage(opText, f.payload); err != nil {
							return err
						}
					}
					return c.Goodbye()
				})
		}
	}
	s.add("pipeline/alternating-text-and-binary", "5.6: every echo keeps its message's type.", func(c *Client) error {
		for i := range 40 {
			op := dataOps[i%2]
			payload := content(op, i*37, i)
			c.send(frame{op: op, payload: payload})
			if err := c.WantMessage(op, payload); err != nil {
				return err
			}
		}
		return c.Goodbye()
	})
	s.add("pipeline/random-chops", "5.2: messages are echoed in order, however TCP cuts them.", func(c *Client) error {
		var frames []frame
		for i := range 200 {
			frames = append(frames, binaryF(content(opBinary, c.rng.IntN(600), i)))
		}
		for b := c.wire(frames...); len(b) > 0; {
			n := min(len(b), 1+c.rng.IntN(900))
			c.Write(b[:n], 0)
			b = b[n:]
		}
		for _, f := range frames {
			if err := c.WantMessage(opBinary, f.payload); err != nil {
				return err
			}
		}
		return c.Goodbye()
	})
}

// framingForms spells lengths in ways that 5.2 forbids.
func framingForms(s *section) {
	const doc = `5.2: "in all cases, the minimal number of bytes MUST be used to encode the length": 1002.`
	forms := []struct {
		name    string
		form    form
		lengths []int
	}{
		{"16-bit", form16, []int{0, 1, 2, 124, 125}},
		{"64-bit", form64, []int{0, 1, 125, 126, 127, 65534, 65535}},
	}
	for _, f := range forms {
		for _, n := range f.lengths {
			for _, op := range []byte{opText, opBinary, opPing, opPong, opClose} {
				if isControl(op) && n > 125 {
					continue // has two faults; see the section ping
				}
				bad := frame{op: op, payload: bytes.Repeat([]byte("~"), n), form: f.form}
				if op == opClose && n >= 2 {
					bad.payload = closing(1000, string(bad.payload[2:])).payload
				}
				s.add(fmt.Sprintf("non-minimal/%s-form-of-%d/%s", f.name, n, opName(op)), doc, func(c *Client) error {
					c.Write(c.wire(bad), 0)
					return c.WantFailure(1002)
				})
			}
			s.add(fmt.Sprintf("non-minimal/%s-form-of-%d/continuation", f.name, n), doc, func(c *Client) error {
				c.Write(c.wire(text("a").unfinished(), frame{payload: bytes.Repeat([]byte("~"), n), form: f.form}), 0)
				return c.WantFailure(1002)
			})
			s.add(fmt.Sprintf("non-minimal/%s-form-of-%d/after-a-message", f.name, n), doc, func(c *Client) error {
				c.Write(c.wire(text("good"), frame{op: opBinary, payload: make([]byte, n), form: f.form}), 0)
				return c.WantEchoThenFailure(opText, []byte("good"), 1002)
			})
			s.add(fmt.Sprintf("non-minimal/%s-form-of-%d/header-only", f.name, n), doc, func(c *Client) error {
				bad := frame{op: opBinary, payload: make([]byte, n), form: f.form}
				return c.WantFailureAt(c.wire(bad), bad.headerSize(), 1002)
			})
		}
	}
	for _, length := range []uint64{1 << 63, 1<<63 | 1, 1<<63 | 125, 1<<63 | 65536, 1<<64 - 1} {
		for _, op := range dataOps {
			for _, chop := range []int{0, 1} {
				s.add(fmt.Sprintf("top-bit/%x/%s-%s", length, opName(op), chopName(chop)),
					`5.2: of a 64-bit length "the most significant bit MUST be 0": 1002.`,
					func(c *Client) error {
						c.Write(c.wire(frame{op: op, form: form64, declare: length}), chop)
						return c.WantFailure(1002)
					})
			}
		}
	}
}
