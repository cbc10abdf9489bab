//go:build linux

package engine_test

import (
	"net"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"golang.org/x/sys/unix"
)

// With a limit a reader that stalls shows after so many bytes; without one, only when the kernel's buffers are full, which takes
// megabytes.
func TestSocketUnsentLimit(t *testing.T) {
	t.Parallel()
	const limit = 64 << 10
	taken := func(limit int) (kernel int) {
		cfg := quickly()
		cfg.UnsentLimit = limit
		h, refs := opened(echo())
		s := serve(t, cfg, h)
		c, err := net.Dial("tcp", s.addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		if err := c.(*net.TCPConn).SetReadBuffer(8 << 10); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte(plainRequest + "\r\n")); err != nil {
			t.Fatal(err)
		}
		ref := wait(t, "Open", refs)
		onLoop(t, ref, func(c *engine.Conn) {
			if got, err := unix.GetsockoptInt(engine.Descriptor(c), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT); err != nil || limit > 0 && got != limit {
				t.Errorf("TCP_NOTSENT_LOWAT is %d, %v; want %d", got, err, limit)
			}
		})
		chunk := make([]byte, 16<<10)
		for full, end := false, time.Now().Add(patience); !full; kernel += len(chunk) {
			if time.Now().After(end) || kernel > 64<<20 {
				t.Fatalf("after %d bytes the socket is not full", kernel)
			}
			onLoop(t, ref, func(c *engine.Conn) { full = c.Send(frame.OpBinary, chunk) != engine.Sent })
		}
		return kernel
	}
	few, many := taken(limit), taken(0)
	if few > 16*limit || few >= many {
		t.Errorf("with a limit of %d the kernel took %d bytes, without one %d", limit, few, many)
	}
	t.Logf("the kernel took %d bytes of a stalled reader with a limit of %d, and %d without", few, limit, many)
}
