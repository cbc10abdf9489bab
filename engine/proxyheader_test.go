package engine

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/pires/go-proxyproto"
)

const sigV2 = "\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a"

// v2 is a header of version 2: command, family and kind, then the block behind the length.
func v2(command, family byte, block string) string {
	return sigV2 + string([]byte{command, family, byte(len(block) >> 8), byte(len(block))}) + block
}

const (
	block4 = "\xc0\x00\x02\x01" + "\xc0\x00\x02\x02" + "\xdc\x04" + "\x01\xbb" // 192.0.2.1:56324 to 192.0.2.2:443
	src6   = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
	block6 = src6 + "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02" + "\xdc\x04" + "\x01\xbb"
	tlv    = "\x04\x00\x03abc" // PP2_TYPE_NOOP, 3 bytes
)

func TestProxyHeader(t *testing.T) {
	blockUnix := "/run/client" + strings.Repeat("\x00", 108-11) + "/run/proxy" + strings.Repeat("\x00", 108-10)
	mapped := strings.Repeat("\x00", 10) + "\xff\xff\xc0\x00\x02\x01"
	for _, row := range []struct {
		name string
		in   string
		from string // the client; "": the peer stands; "none": told, without an address
		err  error
	}{
		{"v1, IPv4", "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", "192.0.2.1:56324", nil},
		{"v1, IPv6", "PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n", "[2001:db8::1]:56324", nil},
		{"v1, IPv4 in IPv6", "PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 1 2\r\n", "192.0.2.1:1", nil},
		{"v1, the longest of TCP6", "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
			"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", nil},
		{"v1, unknown", "PROXY UNKNOWN\r\n", "", nil},
		{"v1, unknown with addresses", "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", "", nil},
		{"v1, unknown, 107 bytes", "PROXY UNKNOWN " + strings.Repeat("x", 107-16) + "\r\n", "", nil},
		{"v1, unknown, 108 bytes", "PROXY UNKNOWN " + strings.Repeat("x", 108-16) + "\r\n", "", errProxyLength},
		{"v1, no end", "PROXY TCP4 " + strings.Repeat("1", 200), "", errProxyLength},
		{"v1, bare line feed", "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\n", "", errProxyFields},
		{"v1, nothing", "PROXY \r\n", "", errProxyFields},
		{"v1, unknown family", "PROXY UDP4 192.0.2.1 192.0.2.2 56324 443\r\n", "", errProxyFields},
		{"v1, UNKNOWN and more", "PROXY UNKNOWNS\r\n", "", errProxyFields},
		{"v1, two spaces", "PROXY TCP4  192.0.2.1 192.0.2.2 56324 443\r\n", "", errProxyFields},
		{"v1, a field more", "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443 \r\n", "", errProxyFields},
		{"v1, a field less", "PROXY TCP4 192.0.2.1 192.0.2.2 56324\r\n", "", errProxyFields},
		{"v1, IPv6 as TCP4", "PROXY TCP4 2001:db8::1 2001:db8::2 56324 443\r\n", "", errProxyFields},
		{"v1, IPv4 as TCP6", "PROXY TCP6 192.0.2.1 192.0.2.2 56324 443\r\n", "", errProxyFields},
		{"v1, wrong destination", "PROXY TCP4 192.0.2.1 elsewhere 56324 443\r\n", "", errProxyFields},
		{"v1, zone", "PROXY TCP6 fe80::1%eth0 fe80::2 56324 443\r\n", "", errProxyFields},
		{"v1, octal", "PROXY TCP4 192.0.02.1 192.0.2.2 56324 443\r\n", "", errProxyFields},
		{"v1, port with a leading zero", "PROXY TCP4 192.0.2.1 192.0.2.2 056324 443\r\n", "", errProxyFields},
		{"v1, port with a sign", "PROXY TCP4 192.0.2.1 192.0.2.2 +5 443\r\n", "", errProxyFields},
		{"v1, port too high", "PROXY TCP4 192.0.2.1 192.0.2.2 65536 443\r\n", "", errProxyFields},

		{"v2, IPv4", v2(0x21, 0x11, block4), "192.0.2.1:56324", nil},
		{"v2, IPv4, TLV", v2(0x21, 0x11, block4+tlv), "192.0.2.1:56324", nil},
		{"v2, IPv4, datagram", v2(0x21, 0x12, block4), "192.0.2.1:56324", nil},
		{"v2, IPv6", v2(0x21, 0x21, block6), "[2001:db8::1]:56324", nil},
		{"v2, IPv4 in IPv6", v2(0x21, 0x21, mapped+block6[16:]), "192.0.2.1:56324", nil},
		{"v2, unix", v2(0x21, 0x31, blockUnix), "none", nil},
		{"v2, unspecified", v2(0x21, 0x00, ""), "", nil},
		{"v2, unspecified with TLV", v2(0x21, 0x00, tlv), "", nil},
		{"v2, local", v2(0x20, 0x00, ""), "", nil},
		{"v2, local, whatever stands there", v2(0x20, 0x11, "x"), "", nil},
		{"v2, local, no such family", v2(0x20, 0xc3, "xyz"), "", nil},
		{"v2, 4096 bytes", v2(0x21, 0x11, block4+strings.Repeat("t", 4096-12)), "192.0.2.1:56324", nil},
		{"v2, 4097 bytes", v2(0x21, 0x11, block4+strings.Repeat("t", 4097-12)), "", errProxyLength},
		{"v2, 65535 bytes declared", sigV2 + "\x21\x11\xff\xff", "", errProxyLength},
		{"v2, IPv4, a byte short", v2(0x21, 0x11, block4[:11]), "", errProxyFields},
		{"v2, IPv6, a byte short", v2(0x21, 0x21, block6[:35]), "", errProxyFields},
		{"v2, unix, a byte short", v2(0x21, 0x31, blockUnix[:215]), "", errProxyFields},
		{"v2, version 1", v2(0x11, 0x11, block4), "", errProxyFields},
		{"v2, command 2", v2(0x22, 0x11, block4), "", errProxyFields},
		{"v2, family 4", v2(0x21, 0x41, block4), "", errProxyFields},
		{"v2, IPv4 of no kind", v2(0x21, 0x10, block4), "", errProxyFields},
		{"v2, kind 3", v2(0x21, 0x13, block4), "", errProxyFields},

		{"HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "", errProxyHeader},
		{"POST begins like v1", "POST / HTTP/1.1\r\n", "", errProxyHeader},
		{"TLS", "\x16\x03\x01\x02\x00\x01", "", errProxyHeader},
		{"an empty line begins like v2", "\r\nGET / HTTP/1.1\r\n", "", errProxyHeader},
		{"PROXY and no space", "PROXY\tTCP4", "", errProxyHeader},
	} {
		t.Run(row.name, func(t *testing.T) {
			const behind = "GET / HTTP/1.1\r\n"
			src, n, err := parseProxyHeader([]byte(row.in + behind))
			if !errors.Is(err, row.err) || err == nil && n != len(row.in) {
				t.Fatalf("%d of %d bytes, %v; want %v", n, len(row.in), err, row.err)
			}
			if err == nil && sourceText(src) != row.from {
				t.Errorf("client %q, want %q", sourceText(src), row.from)
			}
			// However it is cut into reads, it is incomplete until it is complete, and wrong from the first
			// byte on that makes it so.
			wrong := false
			for i := range len(row.in) {
				_, n, cut := parseProxyHeader([]byte(row.in[:i]))
				if n != 0 || cut != nil && err == nil || wrong && cut == nil {
					t.Fatalf("the first %d bytes: %d, %v", i, n, cut)
				}
				wrong = cut != nil
			}
		})
	}
}

func sourceText(s proxySource) string {
	switch {
	case !s.told:
		return ""
	case !s.addr.IsValid():
		return "none"
	}
	return s.addr.String()
}

// FuzzProxyHeader holds the parser to go-proxyproto, and to itself at every cut.
func FuzzProxyHeader(f *testing.F) {
	for _, s := range []string{
		"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\nGET /", "PROXY TCP6 2001:db8::1 ::ffff:1.2.3.4 1 2\r\n", "PROXY UNKNOWN\r\n",
		"PROXY TCP4 192.0.2.1 192.0.2.2 +5 443 x\r\n", v2(0x21, 0x11, block4+tlv) + "GET", v2(0x21, 0x21, block6), v2(0x20, 0, ""),
		v2(0x21, 0x31, strings.Repeat("u", 216)), v2(0x21, 0, tlv), v2(0x22, 0x11, block4), "GET / HTTP/1.1\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		src, n, err := parseProxyHeader(b)
		if n < 0 || n > len(b) || err != nil && n != 0 {
			t.Fatalf("%d of %d bytes, %v", n, len(b), err)
		}
		for i := range min(len(b), 300) {
			s2, n2, err2 := parseProxyHeader(b[:i])
			switch {
			case n > 0 && i >= n && (s2 != src || n2 != n || err2 != nil):
				t.Fatalf("%d bytes of input: %v, %d, %v; with more behind them: %v, %d", i, s2, n2, err2, src, n)
			case (n == 0 || i < n) && n2 != 0:
				t.Fatalf("complete after %d bytes, and not with all", i)
			case err2 != nil && err == nil:
				t.Fatalf("wrong after %d bytes, and right with all", i)
			}
		}
		r := bytes.NewReader(b)
		br := bufio.NewReaderSize(r, 8192)
		h, oracle := proxyproto.Read(br)
		used := len(b) - r.Len() - br.Buffered()
		switch {
		case oracle == nil && n > 0:
			if used != n {
				t.Fatalf("%d bytes, the oracle took %d", n, used)
			}
			if got, want := sourceText(src), oracleSource(h); got != want {
				t.Fatalf("client %q, the oracle says %q", got, want)
			}
		case oracle == nil:
			// It is lax about a line of version 1: signs, zeros and words more. What it would write itself we read.
			if again, ferr := h.Format(); ferr == nil && bytes.Equal(again, b[:used]) {
				t.Fatalf("refused what the oracle reads and writes: %v", err)
			}
			// And about the families of version 2.
			if h.Version == 2 && knownFamily(byte(h.TransportProtocol)) {
				t.Fatalf("refused a version 2 that the oracle takes: %v", err)
			}
		case n > 0 && src.told:
			t.Fatalf("client %q, and the oracle says %v", sourceText(src), oracle)
		case n > 0 && b[0] == 'P':
			if !strings.HasPrefix(string(b), "PROXY UNKNOWN") {
				t.Fatalf("took %q, and the oracle says %v", b[:n], oracle)
			}
		}
	})
}

func oracleSource(h *proxyproto.Header) string {
	if h.Command.IsLocal() || h.TransportProtocol.IsUnspec() {
		return ""
	}
	switch a := h.SourceAddr.(type) {
	case *net.TCPAddr:
		return unmapped(a.AddrPort())
	case *net.UDPAddr:
		return unmapped(a.AddrPort())
	case *net.UnixAddr:
		return "none"
	case nil: // an address family without a kind
		return "?"
	}
	return fmt.Sprint(h.SourceAddr)
}

func unmapped(a netip.AddrPort) string {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()).String()
}
