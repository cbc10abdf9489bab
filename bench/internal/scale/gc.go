package scale

import (
	"math"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/weir-ws/weir/bench/internal/result"
)

const (
	gcPauses = "/sched/pauses/total/gc:seconds"
	gcCPU    = "/cpu/classes/gc/total:cpu-seconds"
	gcCycles = "/gc/cycles/total:gc-cycles"
)

// collector is what the runtime has counted up to a moment.
type collector struct {
	at     time.Time
	cycles uint64
	cpu    float64
	pauses metrics.Float64Histogram
}

func readCollector() collector {
	s := []metrics.Sample{{Name: gcPauses}, {Name: gcCPU}, {Name: gcCycles}}
	metrics.Read(s)
	return collector{at: time.Now(), pauses: *s[0].Value.Float64Histogram(), cpu: s[1].Value.Float64(), cycles: s[2].Value.Uint64()}
}

// since is what happened between before and c. The runtime adds up CPU when a cycle ends, so one that runs across the
// edge of a measure is charged to the measure it ends in.
func (c collector) since(before collector) result.GC {
	g := result.GC{Cycles: c.cycles - before.cycles, CPU: c.cpu - before.cpu}
	if d := c.at.Sub(before.at).Seconds(); d > 0 {
		g.Share = g.CPU / d / float64(runtime.GOMAXPROCS(0))
	}
	for i, n := range c.pauses.Counts {
		if n -= before.pauses.Counts[i]; n == 0 {
			continue
		}
		g.Pauses += n
		// Bucket i lies between its own edge and the next; the last edge is infinite.
		if g.PauseMax = c.pauses.Buckets[i+1]; math.IsInf(g.PauseMax, 1) {
			g.PauseMax = c.pauses.Buckets[i]
		}
	}
	return g
}

// liveHeap is the heap in bytes after everything that is not in use was collected.
func liveHeap() float64 {
	runtime.GC() // the second one frees what finalizers and pools let go in the first
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
