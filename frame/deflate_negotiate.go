package frame

import (
	"errors"
	"strconv"
)

// MinWindowBits and MaxWindowBits are what a LZ77 window may be in permessage-deflate: 1<<8 to 1<<15 bytes (RFC 7692 7.1.2).
const (
	MinWindowBits = 8
	MaxWindowBits = 15
)

// ErrExtensionSyntax says that a Sec-WebSocket-Extensions header breaks the grammar of RFC 6455 9.1, which has "the recipient
// of such malformed data [...] immediately _Fail the WebSocket Connection_".
var ErrExtensionSyntax = errors.New("Sec-WebSocket-Extensions is not a list of extensions with parameters (RFC 6455 9.1)")

// Deflate is what a client and a server have agreed on: the parameters of RFC 7692 7.1.
type Deflate struct {
	// ServerNoContextTakeover: the server starts every message with an empty window, so that a message compressed
	// once is good for any number of receivers. ClientNoContextTakeover: so does the client.
	ServerNoContextTakeover, ClientNoContextTakeover bool
	// ServerMaxWindowBits bounds the distances in what the server sends to 1<<bits bytes; ClientMaxWindowBits
	// those in what the client sends. 8 to 15.
	ServerMaxWindowBits, ClientMaxWindowBits int
}

// DeflatePolicy is what a server lets itself in for. The zero value keeps no window on either side.
type DeflatePolicy struct {
	// ServerContextTakeover keeps the window between the messages that we send, unless the client asks for none.
	ServerContextTakeover bool
	// ClientContextTakeover lets the client keep its own, which we then have to keep as well.
	ClientContextTakeover bool
	// ServerWindowBits is the largest window that we use, ClientWindowBits the largest that we keep for a client.
	// A client that cannot be told so (it did not offer client_max_window_bits) may not keep its window then. 0: 15.
	ServerWindowBits, ClientWindowBits int
}

// Negotiate chooses among the offers in the lines of a request's Sec-WebSocket-Extensions header. The first one of
// permessage-deflate that the policy can serve is accepted: d is then what was agreed on, and answer the value of
// the response's Sec-WebSocket-Extensions. ok is false, and that is no error, if there is none.
//
// RFC 7692 7.1: "A server MUST decline an extension negotiation offer for this extension if any of the following
// conditions are met": a parameter not defined for use in an offer, one with an invalid value, several with the
// same name, a configuration that the server doesn't support. The next offer is tried then (RFC 7692 5.2).
//
// err is [ErrExtensionSyntax] for lines in which the grammar is broken anywhere before an offer is accepted.
func (p DeflatePolicy) Negotiate(lines []string) (d Deflate, answer string, ok bool, err error) {
	for o, legal := range offers(lines) {
		if !legal {
			return Deflate{}, "", false, ErrExtensionSyntax
		}
		if o.name != deflateName {
			continue
		}
		if asked, legal := parseDeflateOffer(o.params); legal {
			d, answer = p.accept(asked)
			return d, answer, true, nil
		}
	}
	return Deflate{}, "", false, nil
}

// deflateOffer is one legal offer.
type deflateOffer struct {
	serverNoContext, clientNoContext bool
	serverBits                       int  // 0: not named
	clientBits                       int  // 0: not named, or without a value
	canRestrict                      bool // client_max_window_bits was named: the client can be told its window
}

func parseDeflateOffer(params []offerParam) (o deflateOffer, ok bool) {
	seen := map[string]bool{}
	for _, p := range params {
		if seen[p.name] {
			return o, false
		}
		seen[p.name] = true
		ok = true
		switch p.name {
		case "server_no_context_takeover": // 7.1.1.1: "This parameter has no value"
			o.serverNoContext, ok = true, !p.hasValue
		case "client_no_context_takeover":
			o.clientNoContext, ok = true, !p.hasValue
		case "server_max_window_bits":
			o.serverBits, ok = windowBits(p.value)
		case "client_max_window_bits": // 7.1.2.2: with or without a value in an offer
			if o.canRestrict = true; p.hasValue {
				o.clientBits, ok = windowBits(p.value)
			}
		default:
			ok = false
		}
		if !ok {
			return o, false
		}
	}
	return o, true
}

// windowBits reads "a decimal integer value without leading zeroes between 8 to 15, inclusive" (RFC 7692 7.1.2.1).
func windowBits(s string) (int, bool) {
	if len(s) == 0 || len(s) > 2 || s[0] == '0' {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= MinWindowBits && n <= MaxWindowBits && s[0] != '+'
}

func (p DeflatePolicy) accept(o deflateOffer) (Deflate, string) {
	if p.ServerWindowBits == 0 {
		p.ServerWindowBits = MaxWindowBits
	}
	if p.ClientWindowBits == 0 {
		p.ClientWindowBits = MaxWindowBits
	}
	d := Deflate{
		ServerNoContextTakeover: o.serverNoContext || !p.ServerContextTakeover,
		// A client that says it will not keep its window is held to it: ours need not be kept either.
		ClientNoContextTakeover: o.clientNoContext || !p.ClientContextTakeover || !o.canRestrict && p.ClientWindowBits < MaxWindowBits,
		ServerMaxWindowBits:     p.ServerWindowBits,
		ClientMaxWindowBits:     MaxWindowBits,
	}
	answer := deflateName
	if d.ServerNoContextTakeover {
		answer += "; server_no_context_takeover"
	}
	if d.ClientNoContextTakeover {
		answer += "; client_no_context_takeover"
	}
	// 7.1.2.1: accepted "by including the "server_max_window_bits" extension parameter in the extension negotiation
	// response [...] with the same or smaller value", and allowed where it was not offered.
	if o.serverBits > 0 {
		d.ServerMaxWindowBits = min(d.ServerMaxWindowBits, o.serverBits)
	}
	if o.serverBits > 0 || d.ServerMaxWindowBits < MaxWindowBits {
		answer += "; server_max_window_bits=" + strconv.Itoa(d.ServerMaxWindowBits)
	}
	// 7.1.2.2: "If a received extension negotiation offer doesn't have the "client_max_window_bits" extension
	// parameter, the corresponding extension negotiation response to the offer MUST NOT include" it.
	if o.canRestrict {
		d.ClientMaxWindowBits = p.ClientWindowBits
		if o.clientBits > 0 {
			d.ClientMaxWindowBits = min(d.ClientMaxWindowBits, o.clientBits)
		}
		if d.ClientMaxWindowBits < MaxWindowBits || o.clientBits > 0 {
			answer += "; client_max_window_bits=" + strconv.Itoa(d.ClientMaxWindowBits)
		}
	}
	return d, answer
}
