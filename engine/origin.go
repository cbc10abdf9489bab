package engine

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// originAllowed judges where a page that opens a connection comes from. Browsers send its
// origin with every handshake and enforce nothing themselves, so this is the only thing between
// a user's cookies and any page they visit (RFC 6455 10.2). Other programs send what
// they like: a request without Origin is allowed, because no browser made it.
//
// Without patterns the origin must be the request's own host and port, over http or https. Its
// scheme supplies the port where one is not written, on both sides, because a TLS proxy in
// front hides ours. With patterns, one of them must match, and the own host no longer does by
// itself: against DNS rebinding, where a hostile name resolves to this server, only a list
// of names helps.
//
// RFC 6455 4.2.2 (4): "If the server does not wish to accept this connection, it MUST return
// an appropriate HTTP error code (e.g., 403 Forbidden)". 4.2.1 (7): a request without the field
// "SHOULD NOT be interpreted as coming from a browser client".
func originAllowed(r *http.Request, patterns []string) bool {
	lines := r.Header["Origin"]
	if len(lines) == 0 {
		return true
	}
	if len(patterns) == 1 && patterns[0] == "*" {
		return true
	}
	// "null" is what sandboxed frames, local files and redirects send: nobody in
	// particular, so only "*" lets it in. Several Origin lines are no origin either.
	o, ok := parseOrigin(lines[0])
	ok = ok && len(lines) == 1
	if len(patterns) == 0 {
		host, port := splitHostPort(r.Host)
		return ok && defaultPort(o.scheme) > 0 && equalFold(o.host, host) && o.portNumber() == portOr(port, o.scheme)
	}
	for _, p := range patterns {
		if p == "*" || ok && o.matches(p) {
			return true
		}
	}
	return false
}

// checkOriginPattern says what is wrong with a pattern. Patterns are
//
//   - every origin, "null" included
//     example.com                    http or https, on its default port
//     https://example.com            that scheme, on its default port
//     https://example.com:8443       that port; "localhost:*" any port
//     https://*.example.com          one or more labels below example.com, not itself
//
// and letter case does not matter. A scheme other than http and https must be written out.
func checkOriginPattern(p string) error {
	bad := func(why string) error { return fmt.Errorf("origin pattern %q %s", p, why) }
	if p == "*" {
		return nil
	}
	scheme, rest, hasScheme := cutScheme(p)
	host, port := splitHostPort(rest)
	name := strings.TrimPrefix(host, "*.")
	switch {
	case p == "null":
		return bad(`would allow every sandboxed frame; write "*" if that is meant`)
	case hasScheme && !validScheme(scheme):
		return bad(`has a malformed scheme; write "https://" before the host`)
	case strings.ContainsAny(rest, "/?#@"):
		return bad("is more than an origin; leave out user, path and trailing slash")
	case name == "":
		return bad("has no host")
	case strings.Contains(name, "*"):
		return bad(`has "*" where it cannot stand; it replaces whole labels at the start, as in "https://*.example.com"`)
	case !validHost(name) || strings.Contains(name, "%"):
		return bad("has a malformed host; write names outside ASCII in their xn-- form")
	case name != host && isIP(name):
		return bad("has a wildcard before an IP address")
	case strings.HasSuffix(rest, ":"), port != "" && port != "*" && portNumber(port) < 0:
		return bad(`has a malformed port; write a number, or "*" for any`)
	}
	return nil
}

// origin is a serialized origin (RFC 6454 6.2): scheme "://" host [ ":" port ].
type origin struct{ scheme, host, port string }

func parseOrigin(s string) (origin, bool) {
	scheme, rest, ok := cutScheme(s)
	host, port := splitHostPort(rest)
	ok = ok && validScheme(scheme) && validHost(rest) && !strings.HasSuffix(rest, ":")
	return origin{scheme, host, port}, ok
}

func (o origin) portNumber() int { return portOr(o.port, o.scheme) }

// matches compares with a pattern that checkOriginPattern accepts.
func (o origin) matches(pattern string) bool {
	scheme, rest, hasScheme := cutScheme(pattern)
	host, port := splitHostPort(rest)
	if hasScheme && !equalFold(o.scheme, scheme) || !hasScheme && defaultPort(o.scheme) < 0 {
		return false
	}
	if port != "*" && o.portNumber() != portOr(port, o.scheme) {
		return false
	}
	if name, ok := strings.CutPrefix(host, "*"); ok { // name is ".example.com"
		cut := len(o.host) - len(name)
		return cut > 0 && equalFold(o.host[cut:], name)
	}
	return equalFold(o.host, host)
}

func cutScheme(s string) (scheme, rest string, ok bool) {
	if scheme, rest, ok = strings.Cut(s, "://"); !ok {
		return "", s, false
	}
	return scheme, rest, true
}

// validScheme is "ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )" (RFC 3986 3.1).
func validScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		alpha := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !alpha && (i == 0 || !(c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.')) {
			return false
		}
	}
	return s != ""
}

// defaultPort is -1 for schemes that have none: their origins have no port to compare.
func defaultPort(scheme string) int {
	switch {
	case equalFold(scheme, "http"):
		return 80
	case equalFold(scheme, "https"):
		return 443
	}
	return -1
}

func portOr(port, scheme string) int {
	if port == "" {
		return defaultPort(scheme)
	}
	return portNumber(port)
}

func isIP(host string) bool {
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}
