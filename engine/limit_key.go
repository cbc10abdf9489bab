package engine

import (
	"encoding/binary"
	"math"
	"net/netip"
	"time"
)

// addrKey is what one subscriber is: an IPv4 address, or an IPv6 /64, since a host has 2^64
// addresses of its own there. IPv4 lies in ffff:ffff::/32, a block of multicast: it is no
// source address, and key puts all of those together.
type addrKey uint64

const v4Keys addrKey = 0xffff_ffff << 32

// key returns addr's key, and whether per-address limits apply to it at all.
func (a *admission) key(addr netip.Addr) (addrKey, bool) {
	addr = addr.Unmap() // ::ffff:192.0.2.1 is 192.0.2.1
	if !addr.IsValid() || addr.IsLoopback() && !a.cfg.ChargeLoopback {
		return 0, false
	}
	if addr.Is4() {
		b := addr.As4()
		return v4Keys | addrKey(binary.BigEndian.Uint32(b[:])), true
	}
	b := addr.As16()
	if addr.IsMulticast() {
		return 0xff << 56, true
	}
	return addrKey(binary.BigEndian.Uint64(b[:8])), true
}

// bucketOf turns tokens per second and burst into gcra's terms. Rates above 1e9 are no limit, and
// one below a token in a day is a token a day.
func bucketOf(rate float64, burst int) (step, window int64) {
	if !(rate > 0) { // NaN as well
		return 0, 0
	}
	const day = int64(24 * time.Hour)
	step = int64(math.Min(1e9/rate, float64(day)))
	if burst <= 0 {
		burst = int(math.Max(1, math.Min(math.Ceil(rate), math.MaxInt32)))
	}
	if step > 0 && int64(burst) > math.MaxInt64/4/step {
		return step, math.MaxInt64 / 4
	}
	return step, step * int64(burst)
}
