package million

import (
	"fmt"
	"net"
)

// probes is how many connections tell whether the firewall tracks those over loopback.
const probes = 8

// tracking tells how many connections the kernel's firewall tracks, and whether it tracks those over loopback at all: the
// limit is there as soon as the module is, but without a rule that needs it nothing is tracked.
func tracking() (used int64, on bool, err error) {
	const count = "/proc/sys/net/netfilter/nf_conntrack_count"
	before := numbers(count)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, false, fmt.Errorf("try whether connections are tracked: %w", err)
	}
	defer func() { _ = l.Close() }()
	for range probes {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			return 0, false, fmt.Errorf("try whether connections are tracked: %w", err)
		}
		defer func() { _ = c.Close() }()
	}
	after := numbers(count)
	if len(before) != 1 || len(after) != 1 {
		return 0, false, nil
	}
	return after[0], after[0]-before[0] >= probes/2, nil
}
