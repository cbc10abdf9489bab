package hub_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// What a million connections pay must not grow unnoticed.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want uintptr
	}{
		{"Memberships, once a connection", hub.MembershipsSize, 24},
		{"roster entry, once a membership", hub.EntrySize, 24},
		{"roster, once a channel and loop", hub.RosterSize, 80},
		{"room, once a channel", hub.RoomSize, 104},
		{"queue entry, once a message and loop", hub.ItemSize, 24},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d bytes, want %d", c.name, c.got, c.want)
		}
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first one's finalizers and pools let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// One channel with many members costs an entry a member and next to nothing else: blocks
// waste less than one block, where a slice that doubles wastes up to its own size.
func TestHeapPerMember(t *testing.T) {
	const n = 200_000
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	members := make([]counter, n)
	before := heap()
	for i := range members {
		mustJoin(t, h, l, &members[i], "c")
		if i%1000 == 999 {
			l.Run() // as the loop would: the marks of joins are short-lived
		}
	}
	l.Run()
	if per := float64(heap()-before) / n; per > 25 {
		t.Errorf("%.1f bytes of heap a member, want at most 25", per)
	}
	for i := range members {
		h.LeaveAll(l, &members[i])
	}
	if left := heap() - before; left > 1<<20 {
		t.Errorf("%d bytes of heap are left when all have gone", left)
	}
	runtime.KeepAlive(members)
}

// Channels that come and go leave nothing behind: not a room, not even the map's room for it.
func TestEmptyRoomsCostNothing(t *testing.T) {
	const n = 50_000
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	m := &counter{}
	mustJoin(t, h, l, m, "before")
	l.Run()
	h.LeaveAll(l, m)
	before := heap()
	members := make([]counter, n)
	for i := range members {
		mustJoin(t, h, l, &members[i], fmt.Sprint("room", i))
	}
	l.Run()
	if got := h.Channels(); got != n {
		t.Fatalf("%d channels, want %d", got, n)
	}
	t.Logf("%.0f bytes of heap a channel with one member", float64(heap()-before)/n-float64(hub.MembershipsSize)-8)
	for i := range members {
		h.LeaveAll(l, &members[i])
	}
	clear(members)
	members = nil
	if st := h.Stats(); st.Channels != 0 || st.Retained != 0 {
		t.Errorf("left over: %+v", st)
	}
	if left := heap() - before; left > 1<<20 {
		t.Errorf("%d bytes of heap are left of %d empty rooms", left, n)
	}
}

// Positions that are kept cost a room each, and nothing when Retain is over: the map, which
// Go never shrinks, is made anew.
func TestSweptRoomsCostNothing(t *testing.T) {
	const n = 50_000
	now := time.Unix(1000, 0)
	h := newHub(t, hub.Config{Now: func() time.Time { return now }})
	const stay = 200 // enough that no part of the table ever becomes empty
	for i := range stay {
		mustPublish(t, h, fmt.Sprint("stays", i), "x")
	}
	before := heap()
	for i := range n {
		mustPublish(t, h, fmt.Sprint("room", i), "x")
	}
	if st := h.Stats(); st.Retained != n+stay || st.Channels != 0 {
		t.Fatalf("%+v: want %d retained, no channel in use", st, n+stay)
	}
	t.Logf("%.0f bytes of heap a position", float64(heap()-before)/n)
	now = now.Add(time.Minute - 1)
	for i := range stay {
		mustPublish(t, h, fmt.Sprint("stays", i), "x")
	}
	now = now.Add(1)
	h.Sweep(now)
	if st := h.Stats(); st.Retained != stay {
		t.Errorf("%d positions after Sweep, want %d", st.Retained, stay)
	}
	if left := heap() - before; left > 1<<20 {
		t.Errorf("%d bytes of heap are left of %d swept rooms", left, n)
	}
	if pos := mustPublish(t, h, "stays0", "x"); pos.Seq != 3 {
		t.Errorf("the channel that stayed is at %v", pos)
	}
}

// Members that were once in many channels, and channels that once had many members, give
// back what they no longer need.
func TestListsShrink(t *testing.T) {
	const n, channels = 1000, 200
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	members := make([]counter, n)
	names := make([]string, channels)
	for c := range names {
		names[c] = fmt.Sprint("c", c)
		mustJoin(t, h, l, &members[0], names[c])
	}
	l.Run()
	before := heap()
	for i := 1; i < n; i++ {
		mustJoin(t, h, l, &members[i], names...)
		l.Run()
	}
	if grown := heap() - before; grown < n*channels*(24+16) {
		t.Fatalf("%d memberships took %d bytes: this test is wrong", n*channels, grown)
	}
	for i := 1; i < n; i++ {
		for c, name := range names {
			if c != i%channels && c != (i+1)%channels {
				if err := h.Leave(l, &members[i], name); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if left := heap() - before; left > 1<<20 {
		t.Errorf("%d bytes of heap are left for 2 channels a member and 10 members a channel", left)
	}
	runtime.KeepAlive(members)
}

// What is paid for one message does not depend on how many get it.
func TestPublishAllocations(t *testing.T) {
	allocs := func(n int) float64 {
		h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
		members := make([]counter, n)
		for i := range members {
			mustJoin(t, h, l, &members[i], "c")
		}
		p := text("x")
		f := func() {
			if _, err := h.Publish(t.Context(), "c", p); err != nil {
				t.Fatal(err)
			}
			l.Run()
		}
		f()
		return testing.AllocsPerRun(50, f)
	}
	if n := allocs(0); n != 0 {
		t.Errorf("a publish that nobody gets allocates %v times, want 0", n)
	}
	one, many := allocs(1), allocs(20_000)
	if one > 5 || many > one {
		t.Errorf("allocations: %v for 1 member, %v for 20,000: want at most 5 and no more", one, many)
	}
}
