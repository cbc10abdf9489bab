package exam

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

func deflateCases(s *section) {
	deflateCombinations(s)
	deflateDeclined(s)
	deflateExamples(s)
	deflateFrames(s)
	deflateViolations(s)
	deflateSequences(s)
}

// deflated is add with an offer of its own, whatever the target offers.
func (s *section) deflated(name, doc string, offer DeflateOffer, run func(*Client) error) {
	s.addRaw(strings.ReplaceAll(name, "; ", ";"), doc, func(c *Client) error {
		c.to.Extension = offer
		if err := c.Open(nil); err != nil {
			return err
		}
		return run(c)
	})
}

// jsonPool is what feeds send: it compresses to about a sixth.
var jsonPool = sync.OnceValue(func() []byte {
	b := make([]byte, 0, 4<<20)
	for i := 0; len(b) < 4<<20-200; i++ {
		b = fmt.Appendf(b, `{"stream":"btcusdt@trade","data":{"e":"trade","E":%d,"p":"%d.%02d","q":"0.%05d","m":%t}}`,
			1723075200000+i*i%977, 61000+i*7919%500, i*31%100, i*i%100000, i%3 == 0) // all of it ASCII
	}
	return b
})

// document is n bytes of it; different offsets give different ones.
func document(n, offset int) []byte {
	offset %= len(jsonPool()) - n
	return jsonPool()[offset : offset+n : offset+n]
}

// echoPacked sends a compressed message and wants it back.
func (c *Client) echoPacked(op byte, content []byte) error {
	f, err := c.message(op, content)
	if err != nil {
		return err
	}
	c.send(f)
	return c.WantMessage(op, content)
}

// deflateCombinations has every combination of the four parameters.
func deflateCombinations(s *section) {
	const doc = "RFC 7692 7.1: whatever is offered in legal terms is answered in legal terms, and what was answered holds for every message."
	bits := []int{0, 8, 9, 10, 11, 12, 13, 14, 15}
	for _, serverNo := range []bool{false, true} {
		for _, clientNo := range []bool{false, true} {
			for _, server := range bits {
				for _, client := range append([]int{-1}, bits...) {
					o := DeflateOffer{ServerNoContextTakeover: serverNo, ClientNoContextTakeover: clientNo, ServerMaxWindowBits: server, ClientMaxWindowBits: client, Required: true}
					s.deflated("offer/"+o.Offer(), doc, o, func(c *Client) error {
						for i, size := range []int{0, 1, 600, 600, 3000, 3000, 40_000} {
							for _, content := range [][]byte{document(size, i/2*977), content(opText, size, i*911)} {
								if err := c.echoPacked(opText, content); err != nil {
									return fmt.Errorf("message %d: %w", i, err)
								}
							}
						}
						return c.Goodbye()
					})
				}
			}
		}
	}
}

// deflateDeclined has offers that no server may accept.
func deflateDeclined(s *section) {
	const doc = `RFC 7692 7.1: "A server MUST decline an extension negotiation offer" with a parameter that is unknown, repeated or has an invalid value.`
	for _, params := range []string{
		"unknown", "unknown=15", "server_no_context_takeover=1", "client_no_context_takeover=1", "server_max_window_bits",
		"server_max_window_bits=0", "server_max_window_bits=7", "server_max_window_bits=16", "server_max_window_bits=010", "client_max_window_bits=7",
		"client_max_window_bits=16", "client_max_window_bits=99999999999", "server_max_window_bits=x", "server_no_context_takeover; server_no_context_takeover",
		"client_max_window_bits; client_max_window_bits", "server_max_window_bits=10; server_max_window_bits=11",
	} {
		bad, params := "permessage-deflate; "+params, strings.ReplaceAll(params, "; ", ";")
		s.addRaw("declined/"+params, doc, func(c *Client) error {
			c.to.Extension = rawOffer(bad)
			if err := c.Open(nil); err != nil {
				return err
			}
			c.send(text("plain"))
			if err := c.WantMessage(opText, []byte("plain")); err != nil {
				return err
			}
			return c.Goodbye()
		})
		s.addRaw("declined/"+params+"/and-meant-so", doc+" RSV1 is then what it always was: 1002.", func(c *Client) error {
			c.to.Extension = rawOffer(bad)
			if err := c.Open(nil); err != nil {
				return err
			}
			c.send(frame{op: opText, rsv: 4, payload: helloPacked})
			return c.WantFailure(1002)
		})
		const next = "RFC 7692 5.2: the server looks at the next offer of the list."
		s.deflated("declined/"+params+"/with-another-behind", next, DeflateOffer{Before: bad + ", ", Required: true}, func(c *Client) error {
			if err := c.echoPacked(opText, document(2000, 0)); err != nil {
				return err
			}
			return c.Goodbye()
		})
	}
	s.deflated("among-others", "RFC 6455 9.1: what a server does not know it passes over.",
		DeflateOffer{Before: "x-webkit-deflate-frame; no_context_takeover, x-other; a=\"b\", ", Behind: ", permessage-bzip2", Required: true}, func(c *Client) error {
			if err := c.echoPacked(opText, document(2000, 0)); err != nil {
				return err
			}
			return c.Goodbye()
		})
}

// rawOffer is an offer that must be declined.
type rawOffer string

func (r rawOffer) Offer() string { return string(r) }

func (r rawOffer) Accept(response string) (Codec, error) {
	if response != "" {
		return nil, fmt.Errorf("answer %s to the offer %s", strconv.Quote(response), strconv.Quote(string(r)))
	}
	return nil, nil
}
