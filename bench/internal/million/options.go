package million

import (
	"runtime"
	"time"

	"github.com/weir-ws/weir/bench/internal/load"
)

// MinSize is the least that a broadcast can have, in bytes.
const MinSize = load.MinSize

const (
	enginePing = 30 * time.Second // the engine's default for Config.PingAfter
	// pingsPerCore is how many pings a second may fall to a core. Each takes some 20 us of both ends together: with more,
	// the heartbeat of those that are connected keeps the rest from connecting.
	pingsPerCore = 4000
)

// pingAfter is the heartbeat for conns connections, both ends of which are on this machine.
func pingAfter(conns, cores int) time.Duration {
	fair := time.Duration(float64(conns) / float64(pingsPerCore*cores) * float64(time.Second))
	return max(enginePing, fair.Round(time.Second))
}

func (o *Options) setDefaults() {
	if o.PingAfter == 0 {
		o.PingAfter = pingAfter(o.Plan.Conns, runtime.NumCPU())
	}
	if o.Loops == 0 {
		o.Loops = max(1, runtime.NumCPU()/o.Plan.Servers)
	}
	if o.Size == 0 {
		o.Size = 128
	}
	if o.AtOnce == 0 {
		o.AtOnce = runtime.NumCPU()
	}
	if o.Settle == 0 {
		o.Settle = 5 * time.Second
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
}

// window is how long a heartbeat round takes at most: a connection that was pinged just before it is pinged again when it
// has been silent for PingAfter, and looked at eight times in that; with a second for the answer.
func (o *Options) window() time.Duration { return o.PingAfter + o.PingAfter/4 + time.Second }
