package exam

import "fmt"

// fragmentOrders sends every order of up to four frames: t, b start a text or
// binary message and leave it open, T, B are whole messages, c continues, C
// ends, P pings. Orders end at the first violation of 5.4, or the exam closes.
func fragmentOrders(s *section) {
	const alphabet = "tTbBcCP"
	const longest = 4
	var walk func(order string, open byte)
	walk = func(order string, open byte) {
		for _, symbol := range []byte(alphabet) {
			after, legal := follow(open, symbol)
			next := order + string(symbol)
			if !legal {
				s.add("order/"+next, "5.4: the last frame of this order must not come where it does: 1002.", sitOrder(next, false))
				continue
			}
			if len(next) == longest {
				s.add("order/"+next, "5.4: this order of frames is legal.", sitOrder(next, true))
				continue
			}
			walk(next, after)
		}
	}
	walk("", 0)
}

// follow says what message is open after a frame (its opcode, 0: none), and whether it may come.
func follow(open, symbol byte) (after byte, legal bool) {
	switch symbol {
	case 't', 'T', 'b', 'B':
		op := opText
		if symbol == 'b' || symbol == 'B' {
			op = opBinary
		}
		if symbol == 'T' || symbol == 'B' {
			return 0, open == 0
		}
		return op, open == 0
	case 'c':
		return open, open != 0
	case 'C':
		return 0, open != 0
	default: // a ping
		return open, true
	}
}

func sitOrder(order string, legal bool) func(*Client) error {
	return func(c *Client) error {
		type echo struct {
			op      byte
			content []byte
		}
		var frames []frame
		var echoes []echo
		var now echo
		for i, symbol := range []byte(order) {
			f := frame{payload: fmt.Appendf(nil, "%c%d", symbol, i)}
			switch symbol {
			case 't', 'T':
				f.op = opText
			case 'b', 'B':
				f.op = opBinary
			case 'P':
				f.op = opPing
			}
			f.more = symbol >= 'a'
			if frames = append(frames, f); !legal && i == len(order)-1 || symbol == 'P' {
				continue
			}
			if f.op != opContinuation {
				now = echo{op: f.op}
			}
			if now.content = append(now.content, f.payload...); !f.more {
				echoes = append(echoes, now)
			}
		}
		c.send(frames...)
		for i, e := range echoes {
			if !legal && i == len(echoes)-1 {
				return c.WantEchoThenFailure(e.op, e.content, 1002)
			}
			if err := c.WantMessage(e.op, e.content); err != nil {
				return err
			}
		}
		if !legal {
			return c.WantFailure(1002)
		}
		if err := c.WantPongs(); err != nil {
			return err
		}
		return c.Goodbye()
	}
}
