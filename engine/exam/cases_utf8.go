package exam

import (
	"fmt"
	"unicode/utf8"
)

func utf8Cases(s *section) {
	utf8Valid(s)
	utf8Big(s)
	utf8Invalid(s)
	utf8FailFast(s)
	utf8Elsewhere(s)
}

func utf8Valid(s *section) {
	const doc = "5.6, 8.1: valid UTF-8 is echoed as it came, wherever frames and TCP segments cut its code points."
	for _, v := range validUTF8() {
		plain := []byte(v.text)
		framed := []byte("wide " + v.text + " " + v.text + " river")
		s.add("valid/"+v.name+"/whole", doc, echoFragments([]frame{{op: opText, payload: plain}, ping(nil)}, 0))
		s.add("valid/"+v.name+"/byte-by-byte", doc, echoFragments([]frame{{op: opText, payload: framed}}, 1))
		s.add("valid/"+v.name+"/a-fragment-a-byte", doc, echoFragments(inFragments(opText, framed, 1), 0))
		s.add("valid/"+v.name+"/a-fragment-a-byte-step-by-step", doc, func(c *Client) error {
			// The ping makes sure that the server has judged each fragment on its own.
			for i, f := range inFragments(opText, plain, 1) {
				if c.send(f); f.more {
					c.send(ping([]byte{byte(i)}))
					if err := c.WantPongs(); err != nil {
						return err
					}
				}
			}
			if err := c.WantMessage(opText, plain); err != nil {
				return err
			}
			return c.Goodbye()
		})
		s.add("valid/"+v.name+"/every-split-in-two", doc, func(c *Client) error {
			for at := 0; at <= len(framed); at++ {
				c.send(frame{op: opText, payload: framed[:at], more: true}, frame{payload: framed[at:]})
				if err := c.WantMessage(opText, framed); err != nil {
					return err
				}
			}
			return c.Goodbye()
		})
	}
}

func utf8Big(s *section) {
	const doc = "3629: every Unicode scalar value is valid, noncharacters too."
	all := everyCodePoint()
	if len(all) > s.maxMessage {
		all = all[:s.maxMessage-s.maxMessage%4-8] // may end in the middle of a code point
		for !utf8.Valid(lastRune(all)) {
			all = all[:len(all)-1]
		}
	}
	for _, size := range []int{len(all), 65521, 997, 64} {
		s.add(fmt.Sprintf("every-code-point/in-fragments-of-%d", size), doc, func(c *Client) error {
			return echoFragments(inFragments(opText, all, size), 0)(c)
		})
	}
	for _, chop := range []int{509, 4093} {
		s.add("every-code-point/"+chopName(chop), doc, func(c *Client) error {
			return echoFragments(inFragments(opText, all, len(all)), chop)(c)
		})
	}
}

const utf8Doc = `8.1: a text that is not UTF-8 fails the connection: 1007.`

// utf8Invalid sends complete messages that are no UTF-8.
func utf8Invalid(s *section) {
	for _, in := range invalidUTF8() {
		refused := func(name string, chop int, frames ...frame) {
			s.add("invalid/"+in.name+"/"+name, utf8Doc, func(c *Client) error {
				c.Write(c.wire(frames...), chop)
				return c.WantFailure(1007)
			})
		}
		refused("alone", 0, text(in.bytes))
		refused("at-the-end", 0, text("dam \u00e9 \u20ac"+in.bytes))
		refused("byte-by-byte", 1, text("dam "+in.bytes))
		refused("in-a-later-fragment", 0, text("dam \u20ac").unfinished(), cont("").unfinished(), cont("weir "+in.bytes))
		refused("a-fragment-a-byte", 0, inFragments(opText, []byte("dam "+in.bytes), 1)...)
		if !in.cut {
			refused("in-the-middle", 0, text("dam \u20ac"+in.bytes+" weir"))
			// In 8 bytes more of ASCII on both sides: where servers look at words at a time.
			refused("in-300-bytes", 0, text(string(content(opText, 150, 0))+in.bytes+string(content(opText, 150, 500))))
		}
		s.add("invalid/"+in.name+"/after-a-message", utf8Doc, func(c *Client) error {
			c.Write(c.wire(text("good \u20ac"), text(in.bytes)), 0)
			return c.WantEchoThenFailure(opText, []byte("good \u20ac"), 1007)
		})
	}
	// At every place of a block, and far behind in a long text.
	for _, at := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 31, 32, 63, 64, 1023, 4096, 65535} {
		s.add(fmt.Sprintf("invalid/at-offset-%d", at), utf8Doc, func(c *Client) error {
			b := content(opText, at, 0)
			c.Write(c.wire(text(string(b)+"\xff"+string(content(opText, 100, 0)))), 0)
			return c.WantFailure(1007)
		})
	}
}
