package engine

import (
	"runtime"
	"runtime/metrics"
	"time"
)

// memoryReader measures what the garbage collector cannot give back. It belongs to one goroutine.
type memoryReader struct {
	samples   []metrics.Sample
	cycles    uint64    // collections at the last look
	made      uint64    // how many of them were made for us
	collected time.Time // when the last one was made for us
}

// collectEvery is how often at most a collection is made to know what is garbage.
const collectEvery = 5 * time.Second

func newMemoryReader() *memoryReader {
	r := &memoryReader{}
	for _, name := range []string{
		"/gc/cycles/total:gc-cycles", "/gc/heap/live:bytes", "/memory/classes/total:bytes", "/memory/classes/heap/objects:bytes",
		"/memory/classes/heap/free:bytes", "/memory/classes/heap/released:bytes", "/memory/classes/heap/unused:bytes",
	} {
		r.samples = append(r.samples, metrics.Sample{Name: name})
	}
	return r
}

// look returns the bytes in use as of the latest collection, and how many collections there were: while that stays the same
// the figure knows nothing of what was freed. A collection made here counts as two, because it has begun after all that was
// freed before; of two others only the second has for certain. Some 20 us, and a collection if garbage may hide what is over budget.
func (r *memoryReader) look(budget int64) (used int64, cycles uint64) {
	used, with, cycles := r.read()
	if with > budget && cycles == r.cycles && time.Since(r.collected) >= collectEvery {
		runtime.GC()
		r.collected = time.Now()
		r.made++
		used, _, cycles = r.read()
	}
	r.cycles = cycles
	return used, cycles + r.made
}

// collections is how many there were, counted as look does.
func (r *memoryReader) collections() uint64 {
	_, _, cycles := r.read()
	return cycles + r.made
}

// read also returns what is in use with the garbage that has not been collected.
func (r *memoryReader) read() (used, withGarbage int64, cycles uint64) {
	metrics.Read(r.samples)
	v := func(i int) int64 {
		if r.samples[i].Value.Kind() != metrics.KindUint64 {
			return 0 // a runtime that does not have it
		}
		return int64(r.samples[i].Value.Uint64())
	}
	live, total, objects := v(1), v(2), v(3)
	rest := total - objects - v(4) - v(5) - v(6)
	return live + rest, objects + rest, uint64(v(0))
}
