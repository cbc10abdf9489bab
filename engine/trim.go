package engine

import (
	"context"
	"runtime/debug"
	"time"
)

const (
	trimEvery = time.Second // how often it looks
	trimWave  = 1000        // connections that must have come or gone for a collection to be worth it, or
	trimPart  = 8           // one in so many of those that are there, if that is more
)

// TrimMemory gives back to the system, until ctx ends, what waves of connections leave behind: requests that were parsed, tables
// that were outgrown. The Go runtime does it too, but collects an idle server only every two minutes
// and keeps a tenth: some 90 B for each of 18,000 idle connections. It forces a collection of the whole process's heap when
// at least 1,000 connections, and one in eight of those there are, have come or gone and then none for a second.
// So it is for servers that are little else. Run it in a goroutine of its own.
func (e *Engine) TrimMemory(ctx context.Context) {
	var t trimmer
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if t.due(e.moved()) {
				debug.FreeOSMemory()
			}
		case <-e.ended:
			return
		case <-ctx.Done():
			return
		}
	}
}

// moved returns how many connections have come or gone since the beginning, and how many there are.
func (e *Engine) moved() (moved uint64, conns int64) {
	for _, l := range e.loops {
		moved += l.stats.handshakes.Load() + l.stats.rejected.Load()
		for i := range l.stats.codes {
			moved += l.stats.codes[i].Load()
		}
	}
	return moved, e.conns()
}

// trimmer finds the end of a wave.
type trimmer struct {
	last, trimmed uint64 // moved at the last look, and when memory was last given back
}

func (t *trimmer) due(moved uint64, conns int64) bool {
	quiet := moved == t.last
	t.last = moved
	if wave := moved - t.trimmed; !quiet || wave < max(trimWave, uint64(conns)/trimPart) {
		return false
	}
	t.trimmed = moved
	return true
}
