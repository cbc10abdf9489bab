package engine

import (
	"net/netip"
	"strconv"
	"strings"
)

// The alphabets of RFC 9110 and RFC 3986, as bits of one table: one load a byte.
const (
	// classToken is tchar (RFC 9110 5.6.2): field names, methods, subprotocols.
	classToken = 1 << iota
	// classText is what may stand in a line: "field-vchar = VCHAR / obs-text" (RFC 9110
	// 5.5) and SP / HTAB between. Not CR, LF, NUL, DEL or any other control character.
	classText
	// classTarget is what may stand in a request-target. RFC 3986 asks for "|", "{" and
	// the like to be percent-encoded, but browsers send them bare in a query (WHATWG URL
	// encodes fewer), so every visible ASCII character passes, except "#": a fragment is
	// never sent (RFC 9110 7.1, "the target URI excludes the reference's fragment component").
	classTarget
	// classReg is unreserved / sub-delims (RFC 3986 2.2, 2.3): a host name.
	classReg
)

var class = func() (t [256]uint8) {
	for c := range 256 {
		if c == '\t' || c >= ' ' && c != 0x7f {
			t[c] |= classText
		}
		if c > ' ' && c < 0x7f && c != '#' {
			t[c] |= classTarget
		}
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' {
			t[c] |= classToken | classReg
		}
	}
	for _, c := range []byte("!#$%&'*+-.^_`|~") {
		t[c] |= classToken
	}
	for _, c := range []byte("-._~!$&'()*+,;=") {
		t[c] |= classReg
	}
	return t
}()

// allClass reports whether every byte of s is in one of the classes; an empty s is.
func allClass[S string | []byte](s S, classes uint8) bool {
	for i := range len(s) {
		if class[s[i]]&classes == 0 {
			return false
		}
	}
	return true
}

func isToken[S string | []byte](s S) bool { return len(s) > 0 && allClass(s, classToken) }

// equalFold is equality of ASCII letters in any case. strings.EqualFold would also take the
// Kelvin sign for a "k": "websoc\u212aet" is no token.
func equalFold[S string | []byte](a S, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(b) {
		if x, y := a[i], b[i]; x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}

// splitHostPort cuts "host[:port]". port is "" where there is none, or nothing behind the
// colon. Brackets around an IPv6 address stay: "[::1]:80" gives "[::1]".
func splitHostPort(s string) (host, port string) {
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.Contains(s[i:], "]") {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// validHost reports whether s is "uri-host [ ":" port ]" (RFC 9110 7.2) with a host
// that is not empty. RFC 9110 4.2.1, on an http URI "with an empty host identifier": "A recipient
// that processes such a URI reference MUST reject it as invalid." IPvFuture and IPv6 zones are refused: nobody serves them.
func validHost(s string) bool {
	host, port := splitHostPort(s)
	if port != "" && portNumber(port) < 0 {
		return false
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		a, err := netip.ParseAddr(inner)
		return ok && err == nil && a.Is6() && a.Zone() == ""
	}
	for i := 0; i < len(host); i++ {
		if host[i] == '%' { // pct-encoded = "%" HEXDIG HEXDIG
			if i+2 >= len(host) || !isHex(host[i+1]) || !isHex(host[i+2]) {
				return false
			}
			i += 2
		} else if class[host[i]]&classReg == 0 {
			return false
		}
	}
	return host != ""
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// portNumber returns the value of digits, or -1 if they are no port.
func portNumber(s string) int {
	if s == "" || s[0] < '0' || s[0] > '9' { // ParseUint takes no sign, but be exact about ""
		return -1
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return -1
	}
	return int(n)
}
