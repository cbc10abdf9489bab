package engine

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// appendHeader appends the fields keep wants (nil: all), in alphabetical order, so that the same
// answer is the same bytes.
func appendHeader(dst []byte, h http.Header, keep func(string, []string) bool) []byte {
	if len(h) == 0 {
		return dst
	}
	names := make([]string, 0, len(h))
	for name, values := range h {
		if keep == nil || keep(name, values) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range h[name] {
			dst = appendField(dst, name, v)
		}
	}
	return dst
}

func appendField(dst []byte, name, value string) []byte {
	dst = append(dst, name...)
	dst = append(dst, ": "...)
	dst = append(dst, value...)
	return append(dst, '\r', '\n')
}

// checkField keeps applications from splitting an answer with a value they got from elsewhere
// (RFC 9110 5.5; CR, LF and NUL above all).
func checkField(name string, values []string) error {
	if !isToken(name) {
		return fmt.Errorf("the name %q is not a token", name)
	}
	for _, v := range values {
		if !allClass(v, classText) {
			return fmt.Errorf("a value of %q contains a control character", name)
		}
	}
	return nil
}

// ownedByAccept: RFC 9110 8.6 and RFC 9112 6.1 forbid Content-Length and Transfer-Encoding in a 1xx.
func ownedByAccept(name string) bool {
	return ownedByReject(name) || equalFold(name, "Upgrade") ||
		len(name) >= 14 && equalFold(name[:14], "Sec-WebSocket-")
}

func ownedByReject(name string) bool {
	for _, own := range [...]string{"Connection", "Content-Length", "Transfer-Encoding", "Trailer", "Keep-Alive"} {
		if equalFold(name, own) {
			return true
		}
	}
	return false
}

// offered reports whether want is among the client's subprotocols (RFC 6455 4.2.1 (8)), in the
// letter case the client wrote: it compares so (4.1). Entries that are no tokens are
// passed over rather than refused: they can't be chosen, and do no harm unchosen.
func offered(lines []string, want string) bool {
	if !isToken(want) {
		return false
	}
	for _, l := range lines {
		for p := range strings.SplitSeq(l, ",") {
			if strings.Trim(p, " \t") == want {
				return true
			}
		}
	}
	return false
}
