package exam

import "fmt"

// rsvName spells a combination of reserved bits.
func rsvName(rsv byte) string {
	s := ""
	for i, bit := range []byte{4, 2, 1} {
		if rsv&bit != 0 {
			s += fmt.Sprintf("rsv%d", i+1)
		}
	}
	return s
}

// reservedCases sets each combination of RSV bits on each kind of frame. 5.2:
// "MUST be 0 unless an extension is negotiated that defines meanings for
// non-zero values. If a nonzero value is received and none of the negotiated
// extensions defines the meaning of such a nonzero value, the receiving
// endpoint MUST _Fail the WebSocket Connection_."
func reservedCases(s *section) {
	const doc = "5.2: a reserved bit that no extension gave a meaning fails the connection: 1002."
	kinds := []struct {
		name  string
		first []frame // what has to come before
		bad   frame
		data  bool // may carry an extension's bits
	}{
		{"text", nil, text("reserved"), true},
		{"empty-text", nil, text(""), true},
		{"binary", nil, binaryF([]byte{1, 2, 3}), true},
		{"unfinished-text", nil, text("reserved").unfinished(), true},
		{"continuation", []frame{text("one,").unfinished()}, cont("two"), false},
		{"unfinished-continuation", []frame{text("one,").unfinished()}, cont("two").unfinished(), false},
		{"ping", nil, ping([]byte("reserved")), false},
		{"empty-ping", nil, ping(nil), false},
		{"pong", nil, pong([]byte("reserved")), false},
		{"close", nil, closing(1000, "reserved"), false},
		{"empty-close", nil, frame{op: opClose}, false},
	}
	for _, k := range kinds {
		for rsv := byte(1); rsv <= 7; rsv++ {
			bad := k.bad
			bad.rsv = rsv
			legal := func(c *Client) bool { return k.data && rsv&^c.rsvInUse() == 0 }
			s.add(fmt.Sprintf("%s-%s/first", k.name, rsvName(rsv)), doc, func(c *Client) error {
				if legal(c) {
					return c.Goodbye()
				}
				c.Write(c.wire(append(k.first[:len(k.first):len(k.first)], bad)...), 0)
				return c.WantFailure(1002)
			})
			s.add(fmt.Sprintf("%s-%s/after-a-message-in-one-write", k.name, rsvName(rsv)), doc, func(c *Client) error {
				if legal(c) {
					return c.Goodbye()
				}
				frames := append([]frame{text("good")}, k.first...)
				c.Write(c.wire(append(frames, bad)...), 0)
				return c.WantEchoThenFailure(opText, []byte("good"), 1002)
			})
		}
	}
	for rsv := byte(1); rsv <= 7; rsv++ {
		bad := text("reserved")
		bad.rsv = rsv
		s.add(fmt.Sprintf("text-%s/step-by-step", rsvName(rsv)), doc, func(c *Client) error {
			if rsv&^c.rsvInUse() == 0 {
				return c.Goodbye()
			}
			c.send(text("good"), ping([]byte("and alive")))
			if err := c.WantMessage(opText, []byte("good")); err != nil {
				return err
			}
			if err := c.WantPongs(); err != nil {
				return err
			}
			c.Write(c.wire(bad), 0)
			return c.WantFailure(1002)
		})
		s.add(fmt.Sprintf("text-%s/byte-by-byte", rsvName(rsv)), doc, func(c *Client) error {
			if rsv&^c.rsvInUse() == 0 {
				return c.Goodbye()
			}
			c.Write(c.wire(bad), 1)
			return c.WantFailure(1002)
		})
		s.add(fmt.Sprintf("text-%s/header-only", rsvName(rsv)), doc, func(c *Client) error {
			if rsv&^c.rsvInUse() == 0 {
				return c.Goodbye()
			}
			return c.WantFailureAt(c.wire(bad), bad.headerSize(), 1002)
		})
	}
}
