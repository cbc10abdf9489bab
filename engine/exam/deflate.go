package exam

import (
	"fmt"
	"strconv"
	"strings"
)

// DeflateOffer is an [Extension]: permessage-deflate (RFC 7692) as a client offers it. It judges the answer by RFC 7692 7.1, and
// every compressed message by what was answered. The zero value offers no parameter.
type DeflateOffer struct {
	ServerNoContextTakeover, ClientNoContextTakeover bool
	// ServerMaxWindowBits is 0 (not offered) or 8 to 15. ClientMaxWindowBits is 0 (not offered), -1 (offered without a value) or 8 to 15.
	ServerMaxWindowBits, ClientMaxWindowBits int
	// Before and Behind are other elements of the offer's list, such as offers that must be declined.
	Before, Behind string
	// Required fails a case whose server declines the offer.
	Required bool
}

// Offer implements [Extension].
func (o DeflateOffer) Offer() string {
	s := "permessage-deflate"
	if o.ServerNoContextTakeover {
		s += "; server_no_context_takeover"
	}
	if o.ClientNoContextTakeover {
		s += "; client_no_context_takeover"
	}
	if o.ServerMaxWindowBits > 0 {
		s += fmt.Sprintf("; server_max_window_bits=%d", o.ServerMaxWindowBits)
	}
	switch {
	case o.ClientMaxWindowBits < 0:
		s += "; client_max_window_bits"
	case o.ClientMaxWindowBits > 0:
		s += fmt.Sprintf("; client_max_window_bits=%d", o.ClientMaxWindowBits)
	}
	return o.Before + s + o.Behind
}

// Accept implements [Extension].
func (o DeflateOffer) Accept(response string) (Codec, error) {
	if response == "" {
		if o.Required {
			return nil, fmt.Errorf("the offer %q was declined", o.Offer())
		}
		return nil, nil
	}
	a, err := parseDeflateAnswer(response)
	if err != nil {
		return nil, err
	}
	switch {
	case o.ServerNoContextTakeover && !a.serverNoContext:
		// 7.1.1.1: accepted "by including the "server_no_context_takeover" extension parameter in the response".
		return nil, fmt.Errorf("answer %q to an offer with server_no_context_takeover", response)
	case o.ServerMaxWindowBits > 0 && (a.serverBits == 0 || a.serverBits > o.ServerMaxWindowBits):
		// 7.1.2.1: "with the same or smaller value as the offer".
		return nil, fmt.Errorf("answer %q to an offer with server_max_window_bits=%d", response, o.ServerMaxWindowBits)
	case o.ClientMaxWindowBits == 0 && a.clientBits > 0:
		// 7.1.2.2: "MUST NOT include the "client_max_window_bits" extension parameter" if the offer has none.
		return nil, fmt.Errorf("answer %q to an offer without client_max_window_bits", response)
	case o.ClientMaxWindowBits > 0 && a.clientBits > o.ClientMaxWindowBits:
		return nil, fmt.Errorf("answer %q to an offer with client_max_window_bits=%d", response, o.ClientMaxWindowBits)
	}
	c := &deflateCodec{serverKeeps: !a.serverNoContext, clientKeeps: !a.clientNoContext && !o.ClientNoContextTakeover, serverWindow: 1 << 15, clientWindow: 1 << 15}
	if a.serverBits > 0 {
		c.serverWindow = 1 << a.serverBits
	}
	if bits := max(a.clientBits, o.ClientMaxWindowBits); bits > 0 {
		if a.clientBits > 0 {
			bits = a.clientBits
		}
		c.clientWindow = 1 << bits
	}
	return c, nil
}

// deflateAnswer is what a server has said.
type deflateAnswer struct {
	serverNoContext, clientNoContext bool
	serverBits, clientBits           int // 0: not named
}

// parseDeflateAnswer is as strict as RFC 7692 7.1.3 about "an extension negotiation response": no parameter that is not defined for
// one, none twice, no invalid value; and only one element, for there is nothing else that was offered.
func parseDeflateAnswer(s string) (a deflateAnswer, err error) {
	name, params, _ := strings.Cut(s, ";")
	if strings.TrimSpace(name) != "permessage-deflate" || strings.Contains(s, ",") {
		return a, fmt.Errorf("answer %q, only permessage-deflate was offered", s)
	}
	seen := map[string]bool{}
	for p := range strings.SplitSeq(params, ";") {
		if params == "" {
			break
		}
		key, value, valued := strings.Cut(strings.TrimSpace(p), "=")
		bits, convErr := strconv.Atoi(strings.Trim(value, `"`))
		legal := false
		switch key {
		case "server_no_context_takeover":
			a.serverNoContext, legal = true, !valued
		case "client_no_context_takeover":
			a.clientNoContext, legal = true, !valued
		case "server_max_window_bits":
			a.serverBits, legal = bits, valued && convErr == nil && bits >= 8 && bits <= 15
		case "client_max_window_bits":
			a.clientBits, legal = bits, valued && convErr == nil && bits >= 8 && bits <= 15
		}
		if !legal || seen[key] {
			return a, fmt.Errorf("answer %q: parameter %q", s, p)
		}
		seen[key] = true
	}
	return a, nil
}
