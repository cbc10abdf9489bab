package engine

import (
	"iter"
	"net/netip"
	"slices"
	"strings"
)

// forwardedList returns the elements of X-Forwarded-For, the last first. RFC 9110 5.3: several lines mean the same as one with
// their values joined by commas.
func forwardedList(lines []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, l := range slices.Backward(lines) {
			for {
				i := strings.LastIndexByte(l, ',')
				// RFC 9110 5.6.1: "A recipient MUST parse and ignore a reasonable number of empty list elements".
				if e := strings.Trim(l[i+1:], " \t"); e != "" && !yield(e) {
					return
				}
				if i < 0 {
					break
				}
				l = l[:i]
			}
		}
	}
}

// forwardedFor returns the "for" parameters of Forwarded (RFC 7239 4), the last first; "" for an element that has none or
// is malformed.
//
// It reads backwards because the end is what our proxy wrote. Read forwards, a quote that a client opens and never closes
// would swallow the proxy's element behind it.
func forwardedFor(lines []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, l := range slices.Backward(lines) {
			for {
				i := lastOutsideQuotes(l, ',')
				if e := strings.Trim(l[i+1:], " \t"); e != "" && !yield(forOf(e)) {
					return
				}
				if i < 0 {
					break
				}
				l = l[:i]
			}
		}
	}
}

// forOf returns the node of a forwarded-element: [ forwarded-pair ] *( ";" [ forwarded-pair ] ).
func forOf(e string) (node string) {
	found := false
	for {
		i := lastOutsideQuotes(e, ';')
		name, value, ok := strings.Cut(strings.Trim(e[i+1:], " \t"), "=")
		// RFC 7239 4: "parameter names are case-insensitive", and "Each parameter MUST NOT occur more than once
		// per field-value".
		if ok && equalFold(name, "for") {
			if found {
				return ""
			}
			node, found = value, true
		}
		if i < 0 {
			break
		}
		e = e[:i]
	}
	if n := len(node); n >= 2 && node[0] == '"' && node[n-1] == '"' {
		node = node[1 : n-1] // no address has anything in it that would be escaped
	} else if strings.ContainsAny(node, `"[]:`) {
		// RFC 7239 4: colons and brackets "are not valid characters in 'token'. Therefore, they MUST be quoted".
		// An IPv4 address with a port comes without quotes all the same, and can be nothing else.
		if strings.ContainsAny(node, `"[]`) || strings.Count(node, ":") > 1 {
			return ""
		}
	}
	return node
}

// lastOutsideQuotes is strings.LastIndexByte for what is not inside a quoted-string (RFC 9110 5.6.4), where a quote behind
// an odd number of backslashes is part of the string.
func lastOutsideQuotes(s string, c byte) int {
	quoted := false
	for i := len(s) - 1; i >= 0; i-- {
		switch {
		case s[i] == '"':
			n := 0
			for n < i && s[i-1-n] == '\\' {
				n++
			}
			if !quoted || n%2 == 0 {
				quoted = !quoted
			}
		case s[i] == c && !quoted:
			return i
		}
	}
	return -1
}

// parseNode reads an address with or without a port: 192.0.2.1, 192.0.2.1:80, 2001:db8::1, [2001:db8::1], [2001:db8::1]:80. The
// port is 0 where there is none, and where it is an obfuscated one (RFC 7239 6.2). A zone is dropped.
func parseNode(s string) (netip.AddrPort, bool) {
	s = strings.Trim(s, " \t")
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return netip.AddrPortFrom(ap.Addr().Unmap().WithZone(""), ap.Port()), true
	}
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return netip.AddrPort{}, false
		}
		host, port = s[1:end], s[end+1:]
	} else if i := strings.IndexByte(s, ':'); i >= 0 && strings.Count(s, ":") == 1 {
		host, port = s[:i], s[i:]
	}
	a, err := netip.ParseAddr(host)
	if err != nil || host != s && s[0] == '[' && !a.Is6() || port != "" && !strings.HasPrefix(port, ":_") {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a.Unmap().WithZone(""), 0), true
}
