package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// The PROXY protocol, by which a load balancer that passes TCP on says who its client is, before the
// client's first byte ("The PROXY protocol, versions 1 & 2", Willy Tarreau, 2020).
//
// github.com/pires/go-proxyproto was looked at for this: it reads from a bufio.Reader, and takes a header of version 1 that
// comes in two reads for an attack. On a loop no read can be waited for. So this parser works on what has
// come; the library judges it in FuzzProxyHeader.

const (
	// Version 2: "\x0D\x0A\x0D\x0A\x00\x0D\x0A\x51\x55\x49\x54\x0A", chosen so that no other protocol begins like it.
	proxySignature = "\r\n\r\n\x00\r\nQUIT\n"
	proxyPrefixV1  = "PROXY "
	// maxProxyV1 includes CR LF: "a 108-byte buffer is always enough to store all the line and a trailing zero".
	maxProxyV1 = 107
	// maxProxyV2 bounds the addresses and TLVs of version 2, whose length could say 65,535. A TLV with a client's
	// certificate, the largest there is, has one or two KiB.
	maxProxyV2 = 4096
)

var (
	errProxyHeader = errors.New("the connection does not begin with a PROXY protocol header, although its listener requires one")
	errProxyLength = errors.New("the PROXY protocol header is longer than any real one")
	errProxyFields = errors.New("malformed PROXY protocol header")
)

// proxySource is what a header says about the client.
type proxySource struct {
	addr netip.AddrPort // the zero value with told set: a client of the proxy's unix socket
	told bool           // false: the header names nobody, and the connection's own peer stands
}

// parseProxyHeader reads the header at the start of b. It is refused at the first byte that cannot be part of one.
//
//   - n > 0: the header is complete and n bytes long; what follows is the client's.
//   - n == 0, err == nil: incomplete. Call again with more bytes appended to b.
func parseProxyHeader(b []byte) (src proxySource, n int, err error) {
	switch {
	case begins(b, proxySignature):
		return parseProxyV2(b)
	case begins(b, proxyPrefixV1):
		return parseProxyV1(b)
	}
	return src, 0, errProxyHeader
}

// begins reports whether b begins with s, as far as b goes.
func begins(b []byte, s string) bool {
	return string(b[:min(len(b), len(s))]) == s[:min(len(b), len(s))]
}

// parseProxyV1 reads "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n". An address that is not written as its family
// is, a port with a sign or a leading zero, or anything but one space between two words is an error.
func parseProxyV1(b []byte) (src proxySource, n int, err error) {
	end := bytes.IndexByte(b[:min(len(b), maxProxyV1)], '\n')
	if end < 0 {
		if len(b) >= maxProxyV1 {
			return src, 0, errProxyLength
		}
		return src, 0, nil
	}
	if b[end-1] != '\r' { // end is behind the prefix, which has no line feed
		return src, 0, errProxyFields
	}
	line := string(b[len(proxyPrefixV1) : end-1])
	if line == "UNKNOWN" || strings.HasPrefix(line, "UNKNOWN ") {
		// 2.1: "the receiver must ignore anything presented before the CRLF is found."
		return src, end + 1, nil
	}
	f := strings.Split(line, " ")
	if len(f) != 5 || f[0] != "TCP4" && f[0] != "TCP6" {
		return src, 0, errProxyFields
	}
	from, ok := proxyV1Addr(f[1], f[3], f[0] == "TCP4")
	if _, ok2 := proxyV1Addr(f[2], f[4], f[0] == "TCP4"); !ok || !ok2 {
		return src, 0, errProxyFields
	}
	return proxySource{from, true}, end + 1, nil
}

func proxyV1Addr(addr, port string, v4 bool) (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(addr)
	if err != nil || a.Is4() != v4 || a.Zone() != "" {
		return netip.AddrPort{}, false
	}
	p, err := strconv.ParseUint(port, 10, 16)
	if err != nil || strconv.FormatUint(p, 10) != port {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(p)), true
}

// parseProxyV2 reads the binary form:
//
//	 0            12         13        14       16
//	+------------+----------+---------+--------+-----------------------------------------+------+
//	| signature  | version, | family, | length | addresses and ports, source first       | TLVs |
//	|            | command  | kind    |        | 12 bytes IPv4, 36 IPv6, 216 unix        |      |
//	+------------+----------+---------+--------+-----------------------------------------+------+
func parseProxyV2(b []byte) (src proxySource, n int, err error) {
	const head = len(proxySignature) + 4
	if len(b) > 12 && b[12] != 0x20 && b[12] != 0x21 {
		return src, 0, errProxyFields // 2.2: other versions and commands "must be rejected"
	}
	if len(b) > 13 && b[12] == 0x21 && !knownFamily(b[13]) {
		return src, 0, errProxyFields
	}
	if len(b) < head {
		return src, 0, nil
	}
	length := int(binary.BigEndian.Uint16(b[14:]))
	local, family := b[12] == 0x20, b[13]>>4
	switch {
	case length > maxProxyV2:
		return src, 0, errProxyLength
	case !local && length < [4]int{0, 12, 36, 216}[family]:
		return src, 0, errProxyFields
	case len(b) < head+length:
		return src, 0, nil
	}
	n = head + length
	if local {
		// 2.2: "the connection was established on purpose by the proxy without being relayed [...]. The receiver must
		// accept this connection as valid and must use the real connection endpoints and discard the protocol block
		// including the family which is ignored."
		return src, n, nil
	}
	switch p := b[head:n]; family {
	case 1:
		return proxySource{netip.AddrPortFrom(netip.AddrFrom4([4]byte(p)), binary.BigEndian.Uint16(p[8:])), true}, n, nil
	case 2:
		return proxySource{netip.AddrPortFrom(netip.AddrFrom16([16]byte(p)).Unmap(), binary.BigEndian.Uint16(p[32:])), true}, n, nil
	case 3:
		return proxySource{told: true}, n, nil
	}
	// AF_UNSPEC: "The receiver is free to accept the connection anyway and use the real endpoint addresses".
	return src, n, nil
}

// knownFamily tells whether the byte is one of the seven there are: unspecified, and IPv4, IPv6 and unix as stream or
// datagram. "Other values are unspecified and must not be emitted in version 2 of this protocol and must be rejected as
// invalid by receivers."
func knownFamily(b byte) bool {
	family, kind := b>>4, b&0xf
	return b == 0 || family >= 1 && family <= 3 && kind >= 1 && kind <= 2
}
