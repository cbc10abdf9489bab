//go:build linux

package engine_test

import (
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"golang.org/x/sys/unix"
)

// Every accepted socket has TCP_USER_TIMEOUT: the longer of the two times after which the engine itself gives up, and the
// system's default where it never does.
func TestSocketUserTimeout(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name        string
		write, dead time.Duration
		want        time.Duration
	}{
		{"the defaults", 0, 0, 60 * time.Second},
		{"the write timeout is longer", 90 * time.Second, 0, 90 * time.Second},
		{"nobody is dead", 7 * time.Second, -1, 7 * time.Second},
		{"stalled readers may wait for ever", -1, 0, 0},
	} {
		cfg := quickly()
		cfg.WriteTimeout, cfg.DeadAfter = row.write, row.dead
		h, refs := opened(echo())
		s := serve(t, cfg, h)
		dialWS(t, s.addr)
		onLoop(t, wait(t, "Open", refs), func(c *engine.Conn) {
			ms, err := unix.GetsockoptInt(engine.Descriptor(c), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
			if got := time.Duration(ms) * time.Millisecond; err != nil || got != row.want {
				t.Errorf("%s: TCP_USER_TIMEOUT is %v, %v; want %v", row.name, got, err, row.want)
			}
		})
	}
}
