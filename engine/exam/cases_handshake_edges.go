package exam

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// handshakePipelined puts frames behind the request head: a client may not
// (4.1 lets it send once it is open), but bytes in one segment must not be lost.
func handshakePipelined(s *section) {
	const doc = "5: bytes that come in one segment with the request head are frames, none may be lost."
	pipelines := []struct {
		name   string
		frames []frame
		held   int // bytes of the frames that are sent only after the handshake
	}{
		{"text", []frame{text("early bird")}, 0},
		{"empty-text", []frame{text("")}, 0},
		{"three-messages", []frame{text("one"), binaryF([]byte("two")), text("three")}, 0},
		{"ping-and-text", []frame{ping([]byte("early")), text("bird")}, 0},
		{"fragments", []frame{text("ear").unfinished(), cont("ly").unfinished(), cont(" bird")}, 0},
		{"4000-bytes", []frame{binaryF(content(opBinary, 4000, 0))}, 0},
		{"one-byte-of-a-frame", []frame{text("early bird")}, 15},
		{"half-a-header", []frame{text("early bird")}, 13},
		{"a-header", []frame{text("early bird")}, 10},
		{"all-but-one-byte", []frame{text("early bird")}, 1},
	}
	for _, p := range pipelines {
		for _, chop := range []int{0, 1} {
			if chop == 1 && len(p.frames[0].payload) > 1000 {
				continue
			}
			s.addRaw("pipelined/"+p.name+"-"+chopName(chop), doc, func(c *Client) error {
				wire := c.wire(p.frames...)
				cut := len(wire) - p.held
				if err := c.Open(func(r *Request) { r.Behind, r.Chop = wire[:cut], chop }); err != nil {
					return err
				}
				c.Write(wire[cut:], 0)
				var whole []byte
				for _, f := range p.frames {
					if f.op == opPing {
						c.pings = append(c.pings, f.payload)
						continue
					}
					if whole = append(whole, f.payload...); f.more {
						continue
					}
					op := f.op
					if op == opContinuation {
						op = p.frames[0].op
					}
					if err := c.WantMessage(op, whole); err != nil {
						return err
					}
					whole = nil
				}
				if err := c.WantPongs(); err != nil {
					return err
				}
				return c.Goodbye()
			})
		}
	}
	s.addRaw("pipelined/text-and-close", doc, func(c *Client) error {
		wire := c.wire(text("early bird"), closing(1000, ""))
		if err := c.Open(func(r *Request) { r.Behind = wire }); err != nil {
			return err
		}
		if err := c.WantMessage(opText, []byte("early bird")); err != nil {
			return err
		}
		return c.WantCloseReply(1000)
	})
	s.addRaw("pipelined/reserved-opcode", doc, func(c *Client) error {
		wire := c.wire(frame{op: 3})
		if err := c.Open(func(r *Request) { r.Behind = wire }); err != nil {
			return err
		}
		return c.WantFailure(1002)
	})
}

func handshakeRefused(s *section) {
	const doc = `4.2.1: on a handshake that does not match "the server MUST stop processing the client's handshake and return an HTTP response with an appropriate error code".`
	edits := []struct {
		name string
		edit func(*Request)
	}{
		{"no-key", func(r *Request) { r.set("Sec-WebSocket-Key", "") }},
		{"two-keys", func(r *Request) { r.Lines = append(r.Lines, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==") }},
		{"key-of-15-bytes", func(r *Request) { r.setKey(base64.StdEncoding.EncodeToString(make([]byte, 15))) }},
		{"key-of-17-bytes", func(r *Request) { r.setKey(base64.StdEncoding.EncodeToString(make([]byte, 17))) }},
		{"key-is-not-base64", func(r *Request) { r.setKey("!!!!!!!!!!!!!!!!!!!!!!==") }},
		{"post", func(r *Request) { r.Line = strings.Replace(r.Line, "GET", "POST", 1) }},
		{"no-host", func(r *Request) { r.set("Host", "") }},
	}
	for _, e := range edits {
		s.addRaw("refused/"+e.name, doc, func(c *Client) error {
			_, err := c.Refused(e.edit)
			return err
		})
	}
	for _, v := range []string{"", "0", "8", "12", "14", "255"} {
		s.addRaw(fmt.Sprintf("refused/version-%q", v),
			"4.2.2, 4.4: another version than 13 is answered by an error such as 426 and the versions the server speaks.",
			func(c *Client) error {
				resp, err := c.Refused(func(r *Request) { r.set("Sec-WebSocket-Version", v) })
				if err != nil {
					return err
				}
				if got := resp.Header.Values("Sec-WebSocket-Version"); !hasToken(got, "13") {
					return failed("Sec-WebSocket-Version: 13 in the refusal", fmt.Sprintf("%s with %q", resp.Status, got), nil)
				}
				if resp.StatusCode != http.StatusUpgradeRequired {
					return nonStrict("426 Upgrade Required", resp.Status, nil)
				}
				return nil
			})
	}
}
