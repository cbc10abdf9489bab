package engine_test

import (
	"errors"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

const mib = 1 << 20

// guarded is a server in memory whose memory is what the test says, with stalled readers who are owed so many MiB each.
type guarded struct {
	*enginetest.Server
	t       *testing.T
	used    int64
	asked   int
	log     *testLog
	readers []*enginetest.Client
	conns   []*engine.Conn
	ended   int
}

func newGuarded(t *testing.T, budget int64, owed ...int) *guarded {
	g := &guarded{t: t, log: newTestLog()}
	cfg := engine.Config{Loops: 2, Logger: g.log.logger(), HighWatermark: 200 * mib, WriteTimeout: -1, PingAfter: -1, DeadAfter: -1}
	cfg.Memory = engine.MemoryConfig{Budget: budget, Used: func() int64 { g.asked++; return g.used }}
	g.Server = enginetest.New(t, cfg, engine.Handler{
		Open:  func(c *engine.Conn) { g.conns = append(g.conns, c) },
		Close: func(*engine.Conn, error) { g.ended++ },
	})
	shared := frame.NewMessage(frame.OpBinary, make([]byte, mib))
	for i, n := range owed {
		c := g.Dial()
		c.Handshake("/")
		c.Stall()
		g.conns[i].Ref().Post(func(c *engine.Conn) {
			for range n {
				c.SendMessage(shared)
			}
		})
		g.readers = append(g.readers, c)
	}
	g.Settle()
	return g
}

// second lets a second pass while so much is in use, and returns which readers were closed in all.
func (g *guarded) second(used int64) (closed []int) {
	g.used = used
	asked := g.asked
	g.Advance(time.Second)
	if g.asked != asked+1 {
		g.t.Errorf("memory was looked at %d times in a second", g.asked-asked)
	}
	for i := range g.readers {
		if errors.Is(engine.CloseReason(g.conns[i]), engine.ErrMemory) {
			closed = append(closed, i)
		}
	}
	return closed
}

// newcomer returns what somebody gets who comes now.
func (g *guarded) newcomer() int {
	c := g.Dial()
	if c.Write(enginetest.Request("/")); c.Pending() == 0 {
		g.t.Fatal("no answer")
	}
	r, _, err := enginetest.Response(c.Read(), "")
	if err != nil {
		g.t.Fatal(err)
	}
	if r.StatusCode == 503 && r.Header.Get("Retry-After") == "" {
		g.t.Error("503 without Retry-After")
	}
	c.Reset()
	g.Settle()
	return r.StatusCode
}

// Above the budget nobody new is let in and those who are owed most are closed, more with every round; at nine tenths of it
// all is as before.
func TestMemoryGuard(t *testing.T) {
	const budget = 1000 * mib
	g := newGuarded(t, budget, 3, 50, 0, 20, 70, 1)
	// Over the budget by 5 and over nine tenths of it by 105: those with 70 and 50 are enough for that.
	for _, step := range []struct {
		used     int64
		closed   []int
		newcomer int
	}{
		{budget, nil, 101},
		{budget + 5*mib, []int{1, 4}, 503},
		{budget + 1, []int{1, 3, 4, 0, 5}, 503}, // still over, by 100: in round 1 twice as much is to go
		{budget, []int{1, 3, 4, 0, 5}, 503},     // in budget, but not down at nine tenths
		{budget / 10 * 9, []int{1, 3, 4, 0, 5}, 101},
		{budget, []int{1, 3, 4, 0, 5}, 101},
	} {
		slices.Sort(step.closed)
		if closed := g.second(step.used); !slices.Equal(closed, step.closed) {
			t.Errorf("with %d in use, readers %v are closed, want %v", step.used, closed, step.closed)
		}
		if got := g.newcomer(); got != step.newcomer {
			t.Errorf("with %d in use, a newcomer gets %d, want %d", step.used, got, step.newcomer)
		}
		st := g.Engine().Stats()
		if st.MemoryUsed != step.used || st.MemoryBudget != budget || st.MemoryShort != (step.newcomer == 503) {
			t.Errorf("stats say %d of %d in use, short %t", st.MemoryUsed, st.MemoryBudget, st.MemoryShort)
		}
	}
	for _, c := range g.readers {
		c.Unstall()
	}
	g.Advance(tick + 128*time.Millisecond) // the longest pause before a full socket is tried again
	for _, i := range []int{0, 1, 3, 4, 5} {
		fs, _, err := enginetest.Frames(g.readers[i].Read())
		if err != nil || closeCode(fs) != frame.StatusTryAgainLater {
			t.Errorf("reader %d: %v, close code %d", i, err, closeCode(fs))
		}
		g.readers[i].CloseWrite()
	}
	g.Settle()
	if g.ended != 5+3 { // and the newcomers that were let in
		t.Errorf("Close ran for %d", g.ended)
	}
	st := g.Engine().Stats()
	if st.Reasons[engine.ReasonShed] != 5 || st.Reasons[engine.ReasonMemory] != 3 || st.SlowClosed != 5 || st.Refused != 3 {
		t.Errorf("%d closed as slow, %d refused, reasons %v", st.SlowClosed, st.Refused, st.Reasons)
	}
	for _, line := range []string{
		"memory is over its budget: until it has fallen, new connections are refused and the slowest consumers closed",
		"memory is back within its budget",
	} {
		if n := g.log.count(line); n != 1 {
			t.Errorf("%q was logged %d times", line, n)
		}
	}
}

// A round closes 64 at most, the next one 128.
func TestMemoryGuardIsBounded(t *testing.T) {
	owed := make([]int, 300)
	for i := range owed {
		owed[i] = 1 + i%3
	}
	g := newGuarded(t, 100, owed...)
	for i, want := range []int{64, 64 + 128, 300} {
		if n := len(g.second(math.MaxInt64 / 4)); n != want {
			t.Errorf("after round %d %d are closed, want %d", i, n, want)
		}
	}
}

// Without a budget memory is not looked at; a limit of the runtime's makes one.
func TestMemoryBudget(t *testing.T) {
	if g := newGuarded(t, -1); g.Engine().Stats().MemoryBudget != 0 {
		t.Error("a negative budget is one")
	}
	e := newEngine(t, engine.Config{})
	if limit := debug.SetMemoryLimit(-1); limit == math.MaxInt64 && e.Stats().MemoryBudget != 0 {
		t.Errorf("budget %d without a limit", e.Stats().MemoryBudget)
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(10 << 30))
	if e = newEngine(t, engine.Config{}); e.Stats().MemoryBudget != 9<<30 {
		t.Errorf("budget %d with GOMEMLIMIT=10GiB", e.Stats().MemoryBudget)
	}
	if e = newEngine(t, engine.Config{Memory: engine.MemoryConfig{Budget: 5}}); e.Stats().MemoryBudget != 5 {
		t.Errorf("budget %d with one in the config", e.Stats().MemoryBudget)
	}
}

func newEngine(t *testing.T, cfg engine.Config) *engine.Engine {
	t.Helper()
	e, err := engine.New(cfg, engine.Handler{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The runtime's figure follows what is really held, and not the garbage beside it.
func TestMemoryReader(t *testing.T) {
	if !inChild(t) { // other tests allocate, too
		return
	}
	look := engine.MemoryLook()
	runtime.GC()
	before, cycles := look(math.MaxInt64)
	if _, again := look(math.MaxInt64); again != cycles {
		t.Error("a collection was made within the budget")
	}
	held := make([]byte, 64*mib)
	for range 100 {
		garbage = make([]byte, mib)
	}
	garbage = nil
	_, cycles = look(math.MaxInt64) // there may have been a collection in the middle of this
	used, after := look(1)          // over any budget: another is made to know
	if grown := used - before; grown < 60*mib || grown > 80*mib {
		t.Errorf("64 MiB held and 100 MiB of garbage: the figure grew by %d MiB", grown/mib)
	}
	if after == cycles {
		t.Error("no collection was made")
	}
	runtime.KeepAlive(held)
}

var garbage []byte
