package exam

import (
	"bytes"
	"fmt"
	"strings"
)

// helloPacked is "Hello" (RFC 7692 7.2.3.1).
var helloPacked = []byte{0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}

// noWindows is an offer under which every message stands for itself.
var noWindows = DeflateOffer{ServerNoContextTakeover: true, ClientNoContextTakeover: true, Required: true}

func packedF(op byte, payload ...byte) frame { return frame{op: op, rsv: 4, payload: payload} }

// deflateExamples are the examples of RFC 7692 7.2.3.
func deflateExamples(s *section) {
	for _, e := range []struct{ name, doc, want, hex string }{
		{"one-block", "7.2.3.1: one compressed block", "Hello", "f2 48 cd c9 c9 07 00"},
		{"stored", "7.2.3.3: a block without compression", "Hello", "00 05 00 fa ff 48 65 6c 6c 6f 00"},
		{"bfinal", "7.2.3.4: a block with BFINAL set", "Hello", "f3 48 cd c9 c9 07 00 00"},
		{"two-blocks", "7.2.3.5: two blocks in a message", "Hello", "f2 48 05 00 00 00 ff ff ca c9 c9 07 00"},
		{"empty", "7.2.3.6: an empty message", "", "00"},
		{"bfinal-twice", "7.2.1: blocks with and without BFINAL may be mixed", "HelloHello", "f3 48 cd c9 c9 07 00 f3 48 cd c9 c9 07 00 00"},
		{"empty-blocks", "7.2.1: any number of blocks, of any type", "Hello", "00 00 00 ff ff 01 00 00 ff ff 03 00 f2 48 cd c9 c9 07 00"},
	} {
		payload := unhex(e.hex)
		for _, fragment := range []int{0, 1, 3} {
			s.deflated(fmt.Sprintf("example/%s/in-fragments-of-%d", e.name, fragment), "RFC 7692 "+e.doc+".", noWindows, func(c *Client) error {
				frames := []frame{packedF(opText, payload...)}
				if fragment > 0 {
					frames = inFragments(opText, payload, fragment)
					frames[0].rsv = 4
				}
				c.send(frames...)
				if err := c.WantMessage(opText, []byte(e.want)); err != nil {
					return err
				}
				return c.Goodbye()
			})
		}
	}
	s.deflated("example/sharing-a-window", "RFC 7692 7.2.3.2: with context takeover the second message refers to the first.", DeflateOffer{}, func(c *Client) error {
		d, ok := c.codec.(*deflateCodec)
		if !ok || !d.clientKeeps {
			return nil // the server may refuse to keep it
		}
		c.send(packedF(opText, helloPacked...), text("between"), packedF(opText, 0xf2, 0x00, 0x11, 0x00, 0x00))
		for _, want := range []string{"Hello", "between", "Hello"} {
			if err := c.WantMessage(opText, []byte(want)); err != nil {
				return err
			}
		}
		return c.Goodbye()
	})
}

func unhex(s string) (b []byte) {
	for f := range strings.FieldsSeq(s) {
		var x byte
		_, _ = fmt.Sscanf(f, "%02x", &x)
		b = append(b, x)
	}
	return b
}

// deflateFrames cuts compressed messages in every way, with pings between, and mixes them with plain ones.
func deflateFrames(s *section) {
	const doc = "RFC 7692 6.1: a compressed message may be fragmented like any other; RSV1 stands on its first frame alone."
	for _, fragment := range []int{1, 7, 100, 1000} {
		for _, chop := range []int{0, 1, 997} {
			if chop == 1 && fragment > 7 {
				continue
			}
			s.deflated(fmt.Sprintf("frames/fragments-of-%d-%s", fragment, chopName(chop)), doc, noWindows, func(c *Client) error {
				whole := document(2500, fragment)
				f, err := c.message(opText, whole)
				if err != nil {
					return err
				}
				frames := inFragments(opText, f.payload, fragment)
				frames[0].rsv = f.rsv
				with := frames[:1:1]
				for i, f := range frames[1:] {
					if i%100 == 0 {
						with = append(with, ping([]byte{byte(i)}))
					}
					with = append(with, f)
				}
				c.sendChopped(chop, with...)
				if err := c.WantMessage(opText, whole); err != nil {
					return err
				}
				if err := c.WantPongs(); err != nil {
					return err
				}
				return c.Goodbye()
			})
		}
	}
	for _, o := range []DeflateOffer{{}, noWindows} {
		s.deflated("frames/plain-among-compressed/"+o.Offer(), "RFC 7692 6: a message without RSV1 is not compressed, and no part of the window.", o, func(c *Client) error {
			for i := range 60 {
				p := document(100+i*37, i*13)
				if i%3 > 0 {
					if err := c.echoPacked(opText, p); err != nil {
						return err
					}
					continue
				}
				c.send(frame{op: opBinary, payload: p})
				if err := c.WantMessage(opBinary, p); err != nil {
					return err
				}
			}
			return c.Goodbye()
		})
	}
}

// deflateViolations are what a server must not let pass though compression was agreed on.
func deflateViolations(s *section) {
	fails := func(name, doc string, code uint16, frames ...frame) {
		s.deflated("violation/"+name, doc, noWindows, func(c *Client) error {
			c.Write(c.wire(frames...), 0)
			return c.WantFailure(code)
		})
		s.deflated("violation/"+name+"/after-a-message", doc, noWindows, func(c *Client) error {
			c.Write(c.wire(append([]frame{packedF(opText, helloPacked...)}, frames...)...), 0)
			return c.WantEchoThenFailure(opText, []byte("Hello"), code)
		})
	}
	const bit = `RFC 7692 6.1: "An endpoint MUST NOT set the "Per-Message Compressed" bit of control frames and non-first fragments of a data message." 1002.`
	for _, op := range []byte{opPing, opPong, opClose} {
		fails("rsv1-on-a-"+opName(op), bit, 1002, frame{op: op, rsv: 4})
	}
	fails("rsv1-on-a-continuation", bit, 1002, text("a").unfinished(), frame{op: opContinuation, rsv: 4})
	fails("rsv1-on-a-later-fragment", bit, 1002, frame{op: opText, rsv: 4, payload: helloPacked[:3], more: true}, frame{op: opContinuation, rsv: 4, payload: helloPacked[3:]})
	for _, rsv := range []byte{1, 2, 3, 5, 6, 7} {
		fails(rsvName(rsv), "RFC 6455 5.2: only RSV1 has got a meaning: 1002.", 1002, frame{op: opText, rsv: rsv, payload: helloPacked})
	}
	const corrupt = "RFC 6455 7.4.1: data that is not consistent with the type of the message: 1007."
	fails("no-data", corrupt, 1007, packedF(opText))
	fails("block-type-3", corrupt, 1007, packedF(opText, 0x06))
	fails("cut", corrupt, 1007, packedF(opText, helloPacked[:4]...))
	fails("garbage", corrupt, 1007, packedF(opBinary, []byte("this is no DEFLATE data, whoever says so")...))
	fails("garbage-behind-the-end", corrupt, 1007, packedF(opBinary, append(bytes.Clone(helloPacked), 0xff, 0xff, 0x12, 0x34)...))
	fails("no-context-was-agreed-on", "RFC 7692 7.2.2: there is no window to refer to: 1007.", 1007, packedF(opText, 0xf2, 0x00, 0x11, 0x00, 0x00))
	for _, in := range invalidUTF8() {
		s.deflated("violation/utf8/"+in.name, "RFC 6455 8.1: text is UTF-8, compressed or not: 1007.", noWindows, func(c *Client) error {
			f, err := c.message(opText, []byte("dam \u20ac"+in.bytes))
			if err != nil {
				return err
			}
			c.send(f)
			return c.WantFailure(1007)
		})
	}
}
