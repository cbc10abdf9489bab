package exam

import (
	"fmt"
	"strings"
)

// closeIsLast sends more behind a Close frame. 5.5.1: "The application MUST
// NOT send any more data frames after sending a Close frame", and 1.4: "After
// receiving a control frame indicating the connection should be closed, a peer
// discards any further data received."
func closeIsLast(s *section) {
	const doc = "1.4: what follows a Close frame is discarded; the Close frame is answered once, then nothing."
	unmasked := text("late")
	unmasked.unmasked = true
	rsv := text("late")
	rsv.rsv = 7
	behind := []struct {
		name   string
		frames []frame
	}{
		{"text", []frame{text("late")}},
		{"binary", []frame{binaryF([]byte("late"))}},
		{"ping", []frame{{op: opPing, payload: []byte("late")}}},
		{"pong", []frame{pong([]byte("late"))}},
		{"second-close", []frame{closing(1001, "late")}},
		{"unfinished-text", []frame{text("late").unfinished()}},
		{"text-and-ping", []frame{text("late"), {op: opPing}, text("later")}},
		{"reserved-bits", []frame{rsv}},
		{"reserved-opcode", []frame{{op: 0xB}}},
		{"unmasked", []frame{unmasked}},
		{"stray-continuation", []frame{cont("late")}},
		{"invalid-utf8", []frame{text("\xff")}},
		{"4-KiB-of-text", []frame{text(strings.Repeat("late", 1024))}},
	}
	for _, b := range behind {
		for _, chop := range []int{0, 1} {
			if chop == 1 && len(b.frames[0].payload) > 1000 {
				continue
			}
			s.add(fmt.Sprintf("discarded-behind/%s-%s", b.name, chopName(chop)), doc, func(c *Client) error {
				// Not by send: a ping here must not be answered.
				c.Write(c.wire(append([]frame{closing(1000, "")}, b.frames...)...), chop)
				return c.WantCloseReply(1000)
			})
		}
	}
	s.add("inside-a-message/between-fragments", "5.4: a Close frame may come inside a fragmented message, which then never ends.", func(c *Client) error {
		c.send(text("never ").unfinished(), closing(1000, ""))
		return c.WantCloseReply(1000)
	})
	s.add("inside-a-message/and-its-end-behind", doc, func(c *Client) error {
		c.Write(c.wire(text("never ").unfinished(), closing(1001, ""), cont("ended")), 0)
		return c.WantCloseReply(1001)
	})
	s.add("inside-a-message/after-two-fragments-byte-by-byte", doc, func(c *Client) error {
		c.sendChopped(1, binaryF([]byte("a")).unfinished(), cont("b").unfinished(), closing(4000, "enough"))
		return c.WantCloseReply(4000)
	})
	s.add("inside-a-message/half-a-code-point", "5.4, 8.1: a message that never ends is not judged as if it had.", func(c *Client) error {
		c.send(text("\xe2\x82").unfinished(), closing(1000, ""))
		return c.WantCloseReply(1000)
	})
}

func closeAfterData(s *section) {
	const doc = "5.5.1, 7.1.1: messages in front of a Close frame are echoed before it is answered."
	for _, op := range dataOps {
		for _, size := range []int{0, 1, 125, 126, 65535, 65536, 1 << 20} {
			if size > s.maxMessage {
				continue
			}
			s.add(fmt.Sprintf("after-data/%s-%d", opName(op), size), doc, func(c *Client) error {
				payload := content(op, size, 0)
				c.send(frame{op: op, payload: payload}, closing(1000, "done"))
				if err := c.WantMessage(op, payload); err != nil {
					return err
				}
				return c.WantCloseReply(1000)
			})
		}
	}
	for _, count := range []int{10, 100, 1000} {
		s.add(fmt.Sprintf("after-data/%d-messages", count), doc, func(c *Client) error {
			var frames []frame
			for i := range count {
				frames = append(frames, binaryF(content(opBinary, i*3, i)))
			}
			c.send(append(frames, closing(3333, ""))...)
			for _, f := range frames {
				if err := c.WantMessage(opBinary, f.payload); err != nil {
					return err
				}
			}
			return c.WantCloseReply(3333)
		})
	}
	s.add("at-once", "5.5.1: a connection may be closed right after it was opened.", func(c *Client) error { return c.Goodbye() })
}
