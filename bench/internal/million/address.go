package million

import "net/netip"

// Loopback source addresses are 127.1.0.1 and on, 250 to a third octet: none is a network's first or last, and none is
// one that people use.
const (
	perThird   = 250
	maxSources = 250 * 250 * perThird
)

// source is the i-th source address.
func source(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, byte(1 + i/(perThird*250)), byte(i / perThird % 250), byte(1 + i%perThird)})
}

// sources is how many addresses a plan takes: no client shares one, so that each knows its own ports.
func sources(p Plan) int { return p.Clients * ceilDiv(p.PerClient, p.PerSource) }

// sourcesOf are client i's.
func sourcesOf(p Plan, i int) []netip.Addr {
	k := ceilDiv(p.PerClient, p.PerSource)
	as := make([]netip.Addr, k)
	for j := range as {
		as[j] = source(i*k + j)
	}
	return as
}

// connsOf is how many connections client i opens.
func connsOf(p Plan, i int) int {
	n := p.Conns / p.Clients
	if i < p.Conns%p.Clients {
		n++
	}
	return n
}
