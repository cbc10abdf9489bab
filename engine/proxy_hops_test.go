package engine

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// proxyOf trusts 10.0.0.0/8, fd00::/8 and loopback, and reads these headers.
func proxyOf(headers ...string) *ProxyConfig {
	c := &ProxyConfig{Headers: headers, Trusted: []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("127.0.0.0/8"),
	}}
	c.withDefaults()
	return c
}

func TestClientOfARequest(t *testing.T) {
	const xff, fwd, real = "X-Forwarded-For", "Forwarded", "X-Real-Ip"
	for _, row := range []struct {
		name   string
		header string
		lines  []string
		want   string // "": none is named
	}{
		{"one address", xff, []string{"203.0.113.7"}, "203.0.113.7:0"},
		{"with a port", xff, []string{"203.0.113.7:4711"}, "203.0.113.7:4711"},
		{"IPv6", xff, []string{"2001:db8::7"}, "[2001:db8::7]:0"},
		{"IPv6 in brackets", xff, []string{"[2001:db8::7]"}, "[2001:db8::7]:0"},
		{"IPv6 with a port", xff, []string{"[2001:db8::7]:4711"}, "[2001:db8::7]:4711"},
		{"IPv6 with a zone", xff, []string{"2001:db8::7%eth0"}, "[2001:db8::7]:0"},
		{"IPv4 in IPv6", xff, []string{"::ffff:203.0.113.7"}, "203.0.113.7:0"},
		{"first untrusted from the right", xff, []string{"198.51.100.1, 203.0.113.7, 10.1.2.3, 127.0.0.1"}, "203.0.113.7:0"},
		{"a trusted one in IPv6 clothes", xff, []string{"203.0.113.7, ::ffff:10.1.2.3"}, "203.0.113.7:0"},
		{"what the client made up", xff, []string{"10.0.0.1, 127.0.0.1, 203.0.113.7"}, "203.0.113.7:0"},
		{"all trusted: the first", xff, []string{"10.9.9.9, fd00::1, 10.1.2.3"}, "10.9.9.9:0"},
		{"several lines are one list", xff, []string{"198.51.100.1", "203.0.113.7", "10.1.2.3"}, "203.0.113.7:0"},
		{"empty elements", xff, []string{" , 203.0.113.7 ,, \t", ","}, "203.0.113.7:0"},
		{"rubbish before", xff, []string{"<script>, 203.0.113.7"}, "203.0.113.7:0"},
		{"rubbish ends the list", xff, []string{"203.0.113.7, unknown, 10.1.2.3"}, "10.1.2.3:0"},
		{"rubbish last", xff, []string{"203.0.113.7, unknown"}, ""},
		{"nothing", xff, []string{""}, ""},
		{"a port too high", xff, []string{"203.0.113.7:65536"}, ""},
		{"a name", xff, []string{"localhost"}, ""},
		{"half a bracket", xff, []string{"[2001:db8::7"}, ""},
		{"IPv4 in brackets", xff, []string{"[203.0.113.7]"}, ""},

		{"set by the proxy", real, []string{"203.0.113.7"}, "203.0.113.7:0"},
		{"no list", real, []string{"198.51.100.1, 203.0.113.7"}, ""},
		{"a trusted address, all the same", real, []string{"10.1.2.3"}, "10.1.2.3:0"},
		{"two lines: of the nearest", real, []string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7:0"},

		// RFC 7239 4, its own examples, and 6.
		{"for alone", fwd, []string{"for=192.0.2.60"}, "192.0.2.60:0"},
		{"letter case", fwd, []string{`For="[2001:db8:cafe::17]:4711"`}, "[2001:db8:cafe::17]:4711"},
		{"among others", fwd, []string{"proto=http; FOR=192.0.2.60 ;by=203.0.113.43"}, "192.0.2.60:0"},
		{"a list", fwd, []string{"for=192.0.2.43, for=198.51.100.17;by=203.0.113.60;proto=http;host=example.com"}, "198.51.100.17:0"},
		{"first untrusted from the right", fwd, []string{"for=198.51.100.1, for=203.0.113.7", `for=10.1.2.3, for="[fd00::1]:80"`}, "203.0.113.7:0"},
		{"a port without quotes", fwd, []string{"for=192.0.2.60:80"}, "192.0.2.60:80"},
		{"an obfuscated port", fwd, []string{`for="192.0.2.60:_secret"`}, "192.0.2.60:0"},
		{"an obfuscated port, IPv6", fwd, []string{`for="[2001:db8::1]:_secret"`}, "[2001:db8::1]:0"},
		{"commas and semicolons in quotes", fwd, []string{`for=192.0.2.60;host="a,b;for=1.2.3.4"`}, "192.0.2.60:0"},
		{"an escaped quote", fwd, []string{`for=192.0.2.60;host="a\",for=1.2.3.4;x=\""`}, "192.0.2.60:0"},
		{"an escaped backslash", fwd, []string{`for=198.51.100.1;host="a\\", for=10.0.0.1`}, "198.51.100.1:0"},
		{"a quote that a client left open", fwd, []string{`for="198.51.100.1, for=203.0.113.7`}, "203.0.113.7:0"},
		{"and two", fwd, []string{`for="x";x=", for=10.0.0.1`}, "10.0.0.1:0"},
		{"unknown", fwd, []string{"for=198.51.100.1, for=unknown"}, ""},
		{"hidden", fwd, []string{"for=_hidden, for=10.0.0.1"}, "10.0.0.1:0"},
		{"no for", fwd, []string{"for=198.51.100.1, by=203.0.113.43"}, ""},
		{"for twice", fwd, []string{"for=198.51.100.1;for=203.0.113.7"}, ""},
		{"IPv6 without quotes", fwd, []string{"for=[2001:db8::1]"}, ""},
		{"bare IPv6", fwd, []string{"for=2001:db8::1"}, ""},
		{"spaces around =", fwd, []string{"for = 198.51.100.1"}, ""},
	} {
		t.Run(row.header+"/"+row.name, func(t *testing.T) {
			got := ""
			if a, ok := proxyOf(row.header).client(http.Header{row.header: row.lines}); ok {
				got = a.String()
			}
			if got != row.want {
				t.Errorf("%q names %q, want %q", row.lines, got, row.want)
			}
		})
	}
}

// The first header that is there is believed, even where it tells nothing: what a proxy sets, a client cannot reach by
// sending another.
func TestHeadersInOrder(t *testing.T) {
	h := http.Header{"X-Forwarded-For": {"198.51.100.1"}, "X-Real-Ip": {"198.51.100.2"}, "Forwarded": {"for=unknown"}}
	for want, headers := range map[string][]string{
		"198.51.100.1": {},
		"198.51.100.2": {"x-real-ip", "X-Forwarded-For"},
		"":             {"Forwarded", "X-Real-IP"},
	} {
		got := ""
		if a, ok := proxyOf(headers...).client(h); ok {
			got = a.Addr().String()
		}
		if got != want {
			t.Errorf("with %q: %q, want %q", headers, got, want)
		}
	}
	if a, ok := proxyOf("Forwarded", "X-Real-IP").client(http.Header{"X-Real-Ip": {"198.51.100.2"}}); !ok || a.Addr().String() != "198.51.100.2" {
		t.Errorf("with the second header alone: %v, %t", a, ok)
	}
}

func TestTrusts(t *testing.T) {
	c := proxyOf()
	mapped := &ProxyConfig{Trusted: []netip.Prefix{netip.MustParsePrefix("::ffff:192.0.2.0/120")}, TrustUnix: true}
	mapped.withDefaults()
	for _, row := range []struct {
		cfg  *ProxyConfig
		peer string
		want bool
	}{
		{c, "10.200.0.1:1", true}, {c, "11.0.0.1:1", false}, {c, "[::ffff:10.0.0.1]:1", true}, {c, "[fd12::1]:1", true},
		{c, "[fd12::1%eth0]:1", true}, {c, "[fe80::1]:1", false}, {c, "", false},
		{mapped, "192.0.2.9:1", true}, {mapped, "[::ffff:192.0.2.9]:1", true}, {mapped, "192.0.3.9:1", false}, {mapped, "", true},
		{&ProxyConfig{}, "10.0.0.1:1", false},
	} {
		var peer netip.AddrPort
		if row.peer != "" {
			peer = netip.MustParseAddrPort(row.peer)
		}
		if got := row.cfg.trusts(peer); got != row.want {
			t.Errorf("%v trusts %q: %t", row.cfg.Trusted, row.peer, got)
		}
	}
}

// FuzzForwarded: read backwards, a well-formed field gives the elements of a parser that reads it forwards, and an element
// of ours behind whatever a client sends is always read first, and as it is.
func FuzzForwarded(f *testing.F) {
	for _, s := range []string{
		"for=192.0.2.60", `for="[2001:db8::1]:80";by=x, for=_a`, `for="a\",b";host="\\"`, `"`, `for="`, `\`, `a=b;;c="d",,`, `for=x;for=y`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, lines := range [][]string{{s + ", for=203.0.113.7;proto=http"}, {s, `proto=https;For="203.0.113.7:80"`}} {
			first := ""
			for node := range forwardedFor(lines) {
				first = node
				break
			}
			if !strings.HasPrefix(first, "203.0.113.7") {
				t.Fatalf("%q: the proxy's element is read as %q", lines, first)
			}
		}
		if want, ok := forwards(s); ok {
			got := slices.Collect(forwardedFor([]string{s}))
			slices.Reverse(got)
			if !slices.Equal(got, want) {
				t.Fatalf("%q backwards: %q, forwards: %q", s, got, want)
			}
		}
	})
}

// forwards reads a Forwarded field by the grammar of RFC 7239 4 from its beginning; false if it is not one, or has a node
// that this grammar and ours may read apart.
func forwards(s string) (nodes []string, ok bool) {
	for {
		node, seen, empty := "", 0, true
		for {
			s = strings.TrimLeft(s, " \t")
			name := s[:tokenLen(s)]
			s = s[len(name):]
			if name != "" {
				if empty = false; !strings.HasPrefix(s, "=") {
					return nil, false
				}
				s = s[1:]
				var value string
				if strings.HasPrefix(s, `"`) {
					end := 1
					for end < len(s) && s[end] != '"' {
						if s[end] == '\\' {
							end++
						}
						end++
					}
					if end >= len(s) {
						return nil, false
					}
					value, s = s[1:end], s[end+1:]
				} else if value = s[:tokenLen(s)]; value == "" {
					return nil, false
				} else {
					s = s[len(value):]
				}
				if strings.EqualFold(name, "for") {
					node = value
					seen++
				}
				s = strings.TrimLeft(s, " \t")
			}
			if !strings.HasPrefix(s, ";") {
				break
			}
			s, empty = s[1:], false
		}
		if seen > 1 {
			node = ""
		}
		if !empty {
			nodes = append(nodes, node)
		}
		if s == "" {
			return nodes, true
		}
		if s[0] != ',' {
			return nil, false
		}
		s = s[1:]
	}
}

func tokenLen(s string) int {
	n := 0
	for n < len(s) && class[s[n]]&classToken != 0 {
		n++
	}
	return n
}
