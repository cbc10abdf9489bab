package engine

import (
	"sync/atomic"
	"time"
)

// burst tells the first of many events of one kind from the rest, so that they cost one line of log: the next is a first
// one again when there was none for burstGap. Any goroutine may use it.
type burst struct {
	last atomic.Int64 // when the latest was, in ns of the engine's clock; 0: never
}

const burstGap = int64(5 * time.Second)

// begins notes an event at now and tells whether it is a first one.
func (b *burst) begins(now int64) bool {
	last := b.last.Swap(max(now, 1))
	return last == 0 || now-last > burstGap
}
