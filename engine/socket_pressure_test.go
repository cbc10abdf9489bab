//go:build linux

package engine_test

import (
	"sync"
	"testing"
)

// TestSocketHealthyAmongBad among clients who are cut by descriptor pressure: the server has a handful left, and fifty clients
// storm it. It is a process of its own, because the limit holds for a whole process.
func TestSocketHealthyUnderDescriptorPressure(t *testing.T) {
	cfg := quickly()
	cfg.Loops = 1
	if _, h := newBroadcast(); squeezedMain(t, cfg, h) {
		return
	}
	s := squeeze(t, 0)
	c := dialWS(t, s.addr, asHealthy)
	s.do("leave 5")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	comeAndGo(s.addr, stop, &wg, func(c *rawClient) {
		for {
			if _, _, err := c.next(); err != nil {
				return
			}
		}
	})
	eventually(t, "accept fails", func() bool { _, errs, _, _ := s.stats(); return errs > 20 })
	logLatency(t, "cut by the descriptors", c.publishAll())
	close(stop)
	open, errs, _, _ := s.stats()
	t.Logf("%d connections are open, accept failed %d times", open, errs)
	wg.Wait()
}
