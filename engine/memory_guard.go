package engine

import (
	"sync/atomic"
	"time"
)

// memoryGuard keeps the process within its memory budget. It is asked once a second, on one goroutine that is no loop's.
type memoryGuard struct {
	e      *Engine
	budget int64
	resume int64 // new connections are let in again at this
	look   func(budget int64) (used int64, cycles uint64)
	made   func() uint64 // collections up to now

	short   bool   // over the budget, and not down at resume since
	round   int    // how many times consumers were closed since short began
	closing bool   // they are being closed
	cycles  uint64 // collections when the last of them was
	since   time.Time
	before  [2]uint64 // refused and shed when short began

	used    atomic.Int64 // for Stats
	isShort atomic.Bool
}

// newMemoryGuard returns nil if there is no budget.
func newMemoryGuard(e *Engine) *memoryGuard {
	cfg := e.cfg.Memory
	if cfg.Budget <= 0 {
		return nil
	}
	g := &memoryGuard{e: e, budget: cfg.Budget, resume: cfg.Budget / 10 * 9}
	if cfg.Used == nil {
		r := newMemoryReader()
		g.look, g.made = r.look, r.collections
	} else {
		n := uint64(0)
		g.look = func(int64) (int64, uint64) { n += 2; return cfg.Used(), n }
		g.made = func() uint64 { return n }
	}
	return g
}

// check looks at the memory and acts.
func (g *memoryGuard) check() {
	used, cycles := g.look(g.budget)
	g.used.Store(used)
	switch {
	case !g.short && used > g.budget:
		g.begin(used)
	case g.short && used <= g.resume:
		g.end(used)
	}
	// What was closed shows in the figure only after a collection that began later: before that it would be closed for twice. The
	// first to end may have begun before.
	if g.short && used > g.budget && !g.closing && (g.round == 0 || cycles >= g.cycles+2) {
		g.closing = true
		g.e.shed(g.round, used-g.resume, g.closed)
		g.round++
	}
}

// closed notes that the consumers of a round are closed.
func (g *memoryGuard) closed() {
	g.cycles, g.closing = g.made(), false
}

func (g *memoryGuard) begin(used int64) {
	g.short, g.round, g.since = true, 0, g.e.wall()
	g.before = [2]uint64{g.e.reasons[ReasonMemory].Load(), g.e.countReason(ReasonShed)}
	g.tell()
	g.e.cfg.Logger.Warn("memory is over its budget: until it has fallen, new connections are refused and the slowest consumers closed",
		"used", used, "budget", g.budget)
}

func (g *memoryGuard) end(used int64) {
	g.short = false
	g.tell()
	g.e.cfg.Logger.Info("memory is back within its budget", "used", used, "budget", g.budget, "took", g.e.wall().Sub(g.since),
		"refused", g.e.reasons[ReasonMemory].Load()-g.before[0], "closed", g.e.countReason(ReasonShed)-g.before[1])
}

func (g *memoryGuard) tell() {
	g.isShort.Store(g.short)
	g.e.admission.setShort(g.short)
}

// everySecond is what an engine does once a second, off its loops.
func (e *Engine) everySecond() {
	e.admission.sweep(e.wall())
	if e.guard != nil {
		e.guard.check()
	}
}

// runAside runs what takes too long for a loop, until stop is closed.
func (e *Engine) runAside(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case f := <-e.asides:
			f()
		}
	}
}
