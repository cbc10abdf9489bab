//go:build unix

package engine

import (
	"math"

	"golang.org/x/sys/unix"
)

// fdReserve is the number of descriptors kept from connections: pollers, listeners, files, and the two that a
// connection takes for a moment while it is handed from accept to its loop.
const fdReserve = 128

// maxConns returns the cap on connections: want, but never so many that descriptors run out.
func maxConns(want int) int {
	limit := math.MaxInt32
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err == nil && uint64(r.Cur) < uint64(limit) {
		limit = int(r.Cur)
	}
	limit -= min(fdReserve, limit/2)
	if want > 0 && want < limit {
		return want
	}
	return limit
}
