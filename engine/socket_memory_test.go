//go:build unix

package engine_test

import (
	"runtime"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// Fifty readers that stall while 3 GiB are published to them cost the server references to the few messages
// they were promised, which they share, and not bytes: the heap grows by one set of those and not by fifty.
func TestSocketStalledReadersCostNoMemory(t *testing.T) {
	const readers, messages, size, high = 50, 1024, 64 << 10, 1 << 20
	cfg := quickly()
	cfg.Loops, cfg.WriteTimeout, cfg.HighWatermark, cfg.HardLimit = 1, -1, high, 16*high
	h, refs := opened(engine.Handler{})
	s := serve(t, cfg, h)
	var members []engine.Ref
	for range readers {
		dialStalled(t, s.addr)
		ref := wait(t, "Open", refs)
		onLoop(t, ref, func(c *engine.Conn) { hold(t, c) })
		members = append(members, ref)
	}
	before := heapNow()
	payload := numbered(0, size)
	var dropped, owed, most int
	for range messages / 64 {
		// Frames are made on the loop and forgotten, as a broadcast does it.
		onLoop(t, members[0], func(*engine.Conn) {
			for range 64 {
				m := frame.NewMessage(frame.OpBinary, payload)
				for _, r := range members {
					r.Post(func(c *engine.Conn) {
						if c.SendMessage(m) == engine.Dropped {
							dropped++
						}
					})
				}
			}
		})
	}
	for _, r := range members {
		onLoop(t, r, func(c *engine.Conn) {
			owed += c.Buffered()
			most = max(most, c.Buffered())
		})
	}
	grown := heapNow() - before
	t.Logf("%d readers are owed %d KiB and cost %d KiB of heap; %d of %d sends were dropped",
		readers, owed>>10, grown>>10, dropped, readers*messages)
	if limit := high + size + 16; most >= limit {
		t.Errorf("one reader is owed %d bytes, over the watermark by more than a message (%d)", most, limit)
	}
	if dropped < readers*messages/2 {
		t.Errorf("only %d of %d sends were dropped: the readers did not stall", dropped, readers*messages)
	}
	// Their sockets took a little more or less each, so the sets of messages overlap without being one. Behind the last message the kernel
	// may take some more, which is not refilled: 6 % was seen.
	if owed < readers*high*3/4 {
		t.Errorf("they are owed only %d bytes", owed)
	}
	if limit := 8 * high; grown > limit {
		t.Errorf("the heap grew by %d bytes for %d owed; want at most %d", grown, owed, limit)
	}
	if st := s.Stats(); st.Slow != readers {
		t.Errorf("%d readers are slow, want all %d", st.Slow, readers)
	}
}

// heapNow is what is alive on the heap.
func heapNow() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
