package load

import (
	"net/netip"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/weir-ws/weir/bench/internal/result"
)

// Window is told when the measured part begins and ends; either may be nil. Both run on the load loop, so what
// they take is time without load. End runs exactly once if Begin did, also when the run fails or is cancelled.
type Window struct{ Begin, End func() }

// Report is what a run measured. Beside an error it holds what had been measured until then.
type Report struct {
	Messages   int64                   // echoes, or deliveries to readers that read, in the window
	Elapsed    time.Duration           // of the window
	Connect    time.Duration           // to open all connections
	Latency    *hdrhistogram.Histogram // ns; one value a delivery, from the time its message was due. Never nil
	Timeline   []Moment                // Fan only
	Stalled    result.Stalled          // Fan with stalled readers only
	Handshakes int64                   // Storm only: completed in the window
}

// Moment is one interval of a fan-out's window: what the readers that read were given in it.
type Moment struct {
	At        time.Duration // the interval's end, since the window began
	P99       int64         // ns
	Delivered int64
}

// EchoPlan is Conns connections to /echo that each keep Depth messages of Size bytes in flight.
type EchoPlan struct {
	Addr          string // IP:port
	Conns         int
	Size          int           // payload bytes, at least MinSize
	Depth         int           // 0 is 1
	Warm, Measure time.Duration // Warm is load before the window
	Patience      time.Duration // without any progress the run fails; 0 is 20 s

	messages int64 // the window ends once so many were counted; 0: by time alone
}

// FanPlan is one publisher and Subscribers that each have to be given everything it publishes. With Rate 0 it is
// a closed loop: Depth bursts are in flight, and when one has reached every reader the next is sent. With a
// Rate it is an open one: messages fall due by schedule, whatever the server does, and latencies count from there.
type FanPlan struct {
	Addr        string // IP:port
	Subscribers int
	Size        int     // payload bytes, at least MinSize
	Depth       int     // bursts in flight, 0 is 1
	Burst       int     // messages handed over in one write, 0 is 1
	Channels    int     // over 1: /sub/N and /pub/N, message i goes to channel i%N
	Rate        float64 // messages a second; 0: closed loop
	Stalled     int     // readers that stop reading when the window begins
	// Owed is the payload bytes to publish to each reader; the window then lasts until the readers that read have them, and
	// Measure is not used. With Stalled and without Owed, Measure says how long.
	Owed          int64
	Warm, Measure time.Duration
	Every         time.Duration // of the Timeline; 0 is 250 ms
	Patience      time.Duration // without any progress the run fails; 0 is 20 s
}

// StormPlan keeps Concurrent handshakes in progress; each that completes is verified and reset.
type StormPlan struct {
	Addr          string // IP:port
	Path          string // "" is /echo
	Concurrent    int
	Warm, Measure time.Duration
	Patience      time.Duration // without any progress the run fails; 0 is 20 s
}

// HoldPlan is Conns connections that stay open.
type HoldPlan struct {
	Addr     string       // IP:port
	Path     string       // "" is /sub
	Conns    int          // at most the process's descriptors less a few dozen
	Sources  []netip.Addr // local addresses to connect from in turn, against port exhaustion; none: the kernel's choice, over IPv4 loopback several
	Rate     float64      // connections a second; 0: as fast as the server takes them
	Progress func(open int)
	Patience time.Duration // without any progress the run fails; 0 is 20 s
}

// MinSize is the smallest payload: what a message needs to carry its own proof.
const MinSize = 24

const defaultPatience = 20 * time.Second
