// Package cell names what the bench measures.
package cell

import (
	"fmt"
	"time"
)

// Kind is what the load generator does in a cell.
type Kind string

// The kinds of cells; see ../shared/BENCH.md of the project and bench/README.md.
const (
	Echo  Kind = "echo"  // every connection keeps Depth messages in flight
	Fan   Kind = "fan"   // one publisher, everybody gets everything
	Idle  Kind = "idle"  // connections that do nothing
	Slow  Kind = "slow"  // fan with readers that stop reading
	Storm Kind = "storm" // handshakes as fast as the server takes them
)

// Cell is one measurement.
type Cell struct {
	Name  string // what results and --cells call it: "fan/1k/w1"
	Title string // for people: "Fan-out to 1,000, one message in flight"
	Kind  Kind

	Conns    int           // connections or subscribers
	Size     int           // payload bytes
	Depth    int           // messages in flight: of each connection (echo), of the publisher (fan)
	Burst    int           // messages published back to back as one (fan); 0 is 1
	Channels int           // the burst goes round this many channels, each subscriber in all of them; 0 is 1
	Rate     float64       // messages a second, open loop; 0: closed loop
	Stalled  int           // readers that stop reading
	Owed     int64         // bytes to publish to each reader (slow)
	Measure  time.Duration // of the window; 0: the runner's
	OnlyWeir bool          // the protocol has no such thing for the others
	Headline bool          // part of the short run
}

func echo(conns, size, depth int, headline bool) Cell {
	s := fmt.Sprintf("%db", size)
	if size == 1024 {
		s = "1k"
	}
	return Cell{Name: fmt.Sprintf("echo/%d/%s/d%d", conns, s, depth), Kind: Echo, Conns: conns, Size: size, Depth: depth, Headline: headline,
		Title: fmt.Sprintf("Echo, %d connections, %d bytes, %d in flight", conns, size, depth)}
}

func fan(conns, depth int, headline bool) Cell {
	return Cell{Name: fmt.Sprintf("fan/%dk/w%d", conns/1000, depth), Kind: Fan, Conns: conns, Size: 128, Depth: depth, Headline: headline,
		Title: fmt.Sprintf("Fan-out to %d, %d in flight", conns, depth)}
}

// All lists every cell in the order in which a full run goes through them.
func All() []Cell {
	return []Cell{
		echo(200, 128, 1, false), echo(200, 128, 16, true), echo(200, 1024, 1, false), echo(200, 1024, 16, false),
		echo(2000, 128, 1, false), echo(2000, 128, 16, false), echo(2000, 1024, 1, false), echo(2000, 1024, 16, true),
		fan(1000, 1, true), fan(1000, 8, false), fan(10000, 1, false), fan(10000, 8, true), fan(18000, 1, false), fan(18000, 8, false),
		{Name: "burst/10", Title: "Bursts of 10 small messages to 1,000", Kind: Fan, Conns: 1000, Size: 64, Depth: 1, Burst: 10},
		{Name: "burst/100", Title: "Bursts of 100 small messages to 1,000", Kind: Fan, Conns: 1000, Size: 64, Depth: 1, Burst: 100, Headline: true},
		{Name: "burst/100/channels", Title: "Bursts of 100 over 100 channels to 1,000", Kind: Fan, Conns: 1000, Size: 64, Depth: 1, Burst: 100, Channels: 100, OnlyWeir: true},
		{Name: "open/1k", Title: "1,000 subscribers, 200 messages a second", Kind: Fan, Conns: 1000, Size: 128, Rate: 200},
		{Name: "slow/none", Title: "1,000 readers, all reading", Kind: Slow, Conns: 1000, Size: 4096, Depth: 8, Owed: 4 << 20, Headline: true},
		{Name: "slow/50", Title: "1,000 readers, 50 of them stalled", Kind: Slow, Conns: 1000, Size: 4096, Depth: 8, Stalled: 50, Owed: 4 << 20, Headline: true},
		{Name: "idle/18k", Title: "18,000 idle connections", Kind: Idle, Conns: 18000, Headline: true},
		{Name: "storm", Title: "Connect storm", Kind: Storm, Conns: 200},
	}
}
