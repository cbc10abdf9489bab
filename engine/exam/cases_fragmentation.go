package exam

import (
	"bytes"
	"fmt"
	"strings"
)

func fragmentationCases(s *section) {
	fragmentCounts(s)
	fragmentCompositions(s)
	fragmentsEmpty(s)
	fragmentsWithPings(s)
	fragmentedControls(s)
	fragmentOrders(s)
}

const fragmentDoc = "5.4: a fragmented message is the concatenation of its fragments, however TCP cuts them."

// echoFragments sends frames that make one message, and wants its echo.
func echoFragments(frames []frame, chop int) func(*Client) error {
	return func(c *Client) error {
		var whole []byte
		for _, f := range frames {
			if !isControl(f.op) {
				whole = append(whole, f.payload...)
			}
		}
		c.sendChopped(chop, frames...)
		if err := c.WantMessage(frames[0].op, whole); err != nil {
			return err
		}
		if err := c.WantPongs(); err != nil {
			return err
		}
		return c.Goodbye()
	}
}

func fragmentCounts(s *section) {
	for _, op := range dataOps {
		for _, count := range []int{2, 3, 4, 10, 100, 1000} {
			for _, size := range []int{1, 125, 126, 1000} {
				for _, chop := range []int{0, 1, 7, 1460} {
					if chop == 1 && size*count > 2000 || chop == 7 && size*count > 30000 {
						continue // too many writes to be worth it
					}
					if size == 1 && count >= 1000 {
						continue // some servers rightly take it for an attack
					}
					frames := inFragments(op, content(op, size*count, 0), size)
					s.add(fmt.Sprintf("%s/%d-fragments-of-%d-%s", opName(op), count, size, chopName(chop)), fragmentDoc,
						echoFragments(frames, chop))
				}
			}
		}
		for _, size := range []int{65535, 65536, 100000} {
			for _, chop := range []int{0, 1460, 4096} {
				frames := inFragments(op, content(op, size*3, 0), size)
				s.add(fmt.Sprintf("%s/3-fragments-of-%d-%s", opName(op), size, chopName(chop)), fragmentDoc,
					echoFragments(frames, chop))
			}
		}
		s.add(fmt.Sprintf("%s/growing-fragments", opName(op)), fragmentDoc, func(c *Client) error {
			rest, first := content(op, 60000, 0), op
			var frames []frame
			for n := 1; len(rest) > 0; n += 7 {
				n := min(n, len(rest))
				frames = append(frames, frame{op: first, payload: rest[:n], more: n < len(rest)})
				rest, first = rest[n:], opContinuation
			}
			return echoFragments(frames, 0)(c)
		})
		s.add(fmt.Sprintf("%s/two-messages-back-to-back", opName(op)), fragmentDoc, func(c *Client) error {
			a, b := content(op, 3000, 0), content(op, 3000, 5000)
			c.send(append(inFragments(op, a, 999), inFragments(op, b, 1001)...)...)
			if err := c.WantMessage(op, a); err != nil {
				return err
			}
			if err := c.WantMessage(op, b); err != nil {
				return err
			}
			return c.Goodbye()
		})
	}
}

// fragmentCompositions cuts a short message in every possible way.
func fragmentCompositions(s *section) {
	const whole = "weir!"
	for cuts := range 1 << (len(whole) - 1) {
		var parts []string
		start := 0
		for i := 1; i <= len(whole); i++ {
			if i == len(whole) || cuts>>(i-1)&1 == 1 {
				parts = append(parts, whole[start:i])
				start = i
			}
		}
		var frames []frame
		for i, part := range parts {
			frames = append(frames, frame{op: opContinuation, payload: []byte(part), more: i < len(parts)-1})
		}
		frames[0].op = opText
		for _, chop := range []int{0, 1} {
			s.add(fmt.Sprintf("composition/%s-%s", strings.Join(parts, "."), chopName(chop)), fragmentDoc, echoFragments(frames, chop))
		}
	}
}

// fragmentsEmpty has frames without payload in every place; 5.4 excludes none.
func fragmentsEmpty(s *section) {
	for _, op := range dataOps {
		for _, parts := range []string{".", "..", ".a", "a.", ".a.", "a..b", "..a", "a..", ".a..b.", ".........."} {
			pieces := strings.Split(parts, ".")
			var frames []frame
			for i, piece := range pieces {
				frames = append(frames, frame{op: opContinuation, payload: []byte(piece), more: i < len(pieces)-1})
			}
			frames[0].op = op
			for _, chop := range []int{0, 1} {
				s.add(fmt.Sprintf("empty/%s-%q-%s", opName(op), parts, chopName(chop)), fragmentDoc, echoFragments(frames, chop))
			}
		}
	}
}

func fragmentsWithPings(s *section) {
	const doc = `5.4: "Control frames MAY be injected in the middle of a fragmented message."`
	for _, count := range []int{2, 5, 20} {
		for _, pings := range []int{1, 3} {
			for _, chop := range []int{0, 1, 9} {
				var frames []frame
				for i, f := range inFragments(opText, content(opText, count*8, 0), 8) {
					for j := range pings {
						if i > 0 {
							frames = append(frames, ping(fmt.Appendf(nil, "%d.%d", i, j)))
						}
					}
					frames = append(frames, f)
				}
				s.add(fmt.Sprintf("pings/%d-fragments-%d-pings-between-%s", count, pings, chopName(chop)), doc, echoFragments(frames, chop))
			}
		}
		s.add(fmt.Sprintf("pings/%d-fragments-step-by-step", count), doc, func(c *Client) error {
			whole := content(opBinary, count*8, 0)
			for i, f := range inFragments(opBinary, whole, 8) {
				if i > 0 {
					c.send(ping(fmt.Appendf(nil, "before %d", i)))
					if err := c.WantPongs(); err != nil {
						return err
					}
				}
				c.send(f)
			}
			if err := c.WantMessage(opBinary, whole); err != nil {
				return err
			}
			return c.Goodbye()
		})
	}
}

func fragmentedControls(s *section) {
	const doc = `5.5: control frames "MUST NOT be fragmented": 1002.`
	for _, op := range []byte{opPing, opPong, opClose} {
		for _, n := range []int{0, 2, 125} {
			payload := bytes.Repeat([]byte{'w'}, n)
			if op == opClose && n > 0 {
				payload = closing(1000, string(payload[2:])).payload
			}
			bad := frame{op: op, payload: payload, more: true}
			refused := func(name string, chop int, frames ...frame) {
				s.add(fmt.Sprintf("control/%s-%d-%s", opName(op), n, name), doc, func(c *Client) error {
					c.Write(c.wire(frames...), chop)
					return c.WantFailure(1002)
				})
			}
			refused("alone", 0, bad)
			refused("byte-by-byte", 1, bad)
			refused("with-its-end", 0, bad, cont("end"))
			refused("inside-a-message", 0, text("a").unfinished(), bad)
			s.add(fmt.Sprintf("control/%s-%d-after-a-message", opName(op), n), doc, func(c *Client) error {
				c.Write(c.wire(text("good"), bad), 0)
				return c.WantEchoThenFailure(opText, []byte("good"), 1002)
			})
		}
	}
}
