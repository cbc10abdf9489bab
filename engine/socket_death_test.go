//go:build unix

package engine_test

import (
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/weir-ws/weir/engine"
)

// A gnet loop that ends unasked makes Run return ErrLoopDied, even though the other loops live and
// clients keep coming, of whom some are just being handed to the dead loop.
func TestSocketLoopDeath(t *testing.T) {
	t.Parallel()
	if !inChild(t) { // what waits for the dead loop is left behind
		return
	}
	cfg := quickly()
	cfg.Loops = 2
	log := newTestLog()
	cfg.Logger = log.logger()
	h, errs := closes(echo())
	s := serve(t, cfg, h)
	c := dialWS(t, s.addr)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if c, err := net.Dial(s.addr.Network(), s.addr.String()); err == nil {
					_ = c.Close()
				}
			}
		})
	}
	defer wg.Wait()
	defer close(stop)
	if err := engine.KillLoop(s.Loop(1)); err != nil {
		t.Fatal(err)
	}
	if err := s.ended(); !errors.Is(err, engine.ErrLoopDied) {
		t.Fatalf("Run returned %v, want ErrLoopDied", err)
	}
	if n := log.count("an event loop ended unasked; the engine stops"); n != 1 {
		t.Errorf("logged %d times, want once", n)
	}
	// The client was on one of the loops: it is gone with either, and Close was told once.
	_ = wait(t, "Close", errs)
	if len(errs) != 0 {
		t.Error("Close ran twice")
	}
	_, _, err := c.next()
	if err == nil {
		t.Error("the connection outlived its engine")
	}
	if s.Loop(0).Post(func() {}) {
		t.Error("Post says it works on an engine that has ended")
	}
	if err := s.Flush(t.Context()); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("Flush after the end: %v, want ErrClosed", err)
	}
}
