package engine

import (
	"math"
	"runtime/debug"
)

// MemoryConfig is how an engine behaves when memory runs short. Above the budget new connections are answered with 503
// and Retry-After, and the consumers with the most unsent bytes are closed with 1013, those with most first and each second
// more of them, until no more than the budget is in use. New connections are let in again at nine tenths of it.
type MemoryConfig struct {
	// Budget is in bytes, and about the whole process. 0: nine tenths of the Go runtime's memory limit (GOMEMLIMIT) if
	// there is one when the engine is made, else none; at the limit itself the collector would take half of the
	// CPU. Negative: none.
	Budget int64
	// Used tells how many bytes are in use. It is asked about once a second, on a goroutine of its own. Nil: what the
	// garbage collector could not give back (live objects, stacks, the runtime's own); a collection is made for
	// the answer if there was none for a while and garbage alone may be over the budget.
	Used func() int64
}

func (c *MemoryConfig) withDefaults() {
	if limit := debug.SetMemoryLimit(-1); c.Budget == 0 && limit != math.MaxInt64 {
		c.Budget = limit / 10 * 9
	}
	c.Budget = max(0, c.Budget)
}
