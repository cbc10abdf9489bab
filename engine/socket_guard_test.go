//go:build unix

package engine_test

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// A server whose readers stall runs over its budget, by the runtime's own figures: it refuses newcomers, closes those who
// are owed most, and is back by itself. A healthy client notices nothing. In a process of its own, whose memory
// is nobody else's.
func TestSocketMemoryGuard(t *testing.T) {
	t.Parallel()
	if !inChild(t) {
		return
	}
	const stalled, owed, modest = 12, 24 * mib, 1 * mib
	runtime.GC()
	base, _ := engine.MemoryLook()(1 << 62)
	cfg := quickly()
	cfg.HighWatermark, cfg.WriteTimeout = 64*mib, -1
	cfg.Memory.Budget = base + stalled*owed/2
	h, refs := opened(echo())
	h, errs := closes(h)
	s := serve(t, cfg, h)
	look := engine.HoldGuard(s.Engine) // else it acts on half of it where filling takes its time
	healthy := dialWS(t, s.addr)
	_ = healthy.SetDeadline(time.Now().Add(2 * patience))
	wait(t, "Open", refs)
	said := 0
	hello := func() {
		t.Helper()
		said++
		healthy.say(frame.OpText, fmt.Sprint("hello ", said))
		healthy.expect(frame.OpText, fmt.Sprint("hello ", said))
	}
	var slow []engine.Ref
	for range stalled + 1 {
		dialStalled(t, s.addr)
		slow = append(slow, wait(t, "Open", refs))
	}
	for i, r := range slow {
		bytes := owed
		if i == stalled {
			bytes = modest
		}
		onLoop(t, r, func(c *engine.Conn) {
			for c.Buffered() < bytes {
				c.Send(frame.OpBinary, make([]byte, 256<<10)) // each its own: nothing is shared
			}
		})
		hello()
	}
	runtime.GC() // the figure is that of the latest collection, which may have been in the middle of the filling
	look()
	refused := false
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		hello()
		if st := s.Stats(); st.MemoryShort {
			refused = comes(t, s.addr) == http.StatusServiceUnavailable || refused
		} else if st.Reasons[engine.ReasonShed] > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("it does not come back: %+v", s.Stats())
		}
	}
	st := s.Stats()
	t.Logf("base %d MiB, budget %d MiB, %d MiB in use; %d of %d readers were closed, %d newcomers refused",
		base/mib, st.MemoryBudget/mib, st.MemoryUsed/mib, st.Reasons[engine.ReasonShed], stalled+1, st.Reasons[engine.ReasonMemory])
	if !refused || st.Reasons[engine.ReasonMemory] == 0 {
		t.Error("no newcomer was refused meanwhile")
	}
	if n := st.Reasons[engine.ReasonShed]; n > stalled*3/4 { // half of what they are owed is over the budget, and a tenth of the budget
		t.Errorf("%d readers were closed, far more than was needed", n)
	}
	if code := comes(t, s.addr); code != 101 {
		t.Errorf("a newcomer gets %d afterwards", code)
	}
	hello()
	s.stop() // the stalled ones are reset
	for range st.Reasons[engine.ReasonShed] {
		<-errs
	}
}

// comes returns what a newcomer is answered.
func comes(t *testing.T, a net.Addr) int {
	t.Helper()
	c := connect(t, a)
	defer c.Close()
	c.request()
	return c.response("GET").StatusCode
}
