// Package run measures servers in cells: interleaved, each sample on a fresh process, with the machine's other load beside it.
package run

import (
	"context"
	"io"
	"time"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
)

// Server is one that takes part in a run.
type Server struct {
	Info     result.Server
	Channels bool // it has /sub/100 and /pub/100, so it takes part in cells that are only Weir's
	// Start starts a fresh process of it and returns when it listens.
	Start func(ctx context.Context) (*Process, error)
}

// Process is a running server.
type Process struct {
	Addr string // host:port
	// PIDs lists its processes, all of them; none once it has ended.
	PIDs func() []int
	Done <-chan struct{} // closed when it has ended
	// Stop ends them. The error says that the server had ended before it was told to, and why.
	Stop func() error
}

// Plan is what a run does.
type Plan struct {
	Head    result.Run // Run fills in Servers, Cells and Rounds
	Missing []result.Missing
	Servers []Server
	Cells   []cell.Cell
	Rounds  int // at least 1
	// LongRounds replaces Rounds in the cells that take long each time, idle and slow; 0 is Rounds.
	LongRounds int
	// Attempts is how often a sample is taken while neighbours use more than 0.2 core; the last one stands. 0 is 3.
	Attempts int
	Times    Times
	Out      io.Writer // gets a JSON line a record, each in one write; nil: none
	Progress *Progress // nil: silent

	probe func(ctx context.Context, c cell.Cell, s Server) (result.Sample, error) // in place of Times.probe, for tests
}

// Times is how long the parts of a sample take.
type Times struct {
	Warm    time.Duration // load before the window
	Measure time.Duration // the window, in cells that don't say their own
	Settle  time.Duration // between two readings of the memory of an idle server
}

// DefaultTimes is what a run takes unless told otherwise.
func DefaultTimes() Times {
	return Times{Warm: 500 * time.Millisecond, Measure: 1500 * time.Millisecond, Settle: time.Second}
}

// HeadlineTimes is what a short run takes: its windows still hold tens of thousands of messages of the dearest server.
func HeadlineTimes() Times {
	return Times{Warm: 300 * time.Millisecond, Measure: time.Second, Settle: time.Second}
}

// step is one sample that is to be taken.
type step struct {
	cell   cell.Cell
	server Server
	round  int // from 1
}

// steps lists the samples of a cell in order: round by round, every server once in each. Round r begins one server
// further on than the round before, so that no server has the same place, and the same predecessor's leftovers, each time.
func (p *Plan) steps(c cell.Cell) []step {
	var servers []Server
	for _, s := range p.Servers {
		if s.Channels || !c.OnlyWeir {
			servers = append(servers, s)
		}
	}
	var all []step
	for r := range p.rounds(c) {
		for i := range servers {
			all = append(all, step{c, servers[(r+i)%len(servers)], r + 1})
		}
	}
	return all
}

func (p *Plan) rounds(c cell.Cell) int {
	if p.LongRounds > 0 && (c.Kind == cell.Idle || c.Kind == cell.Slow) {
		return p.LongRounds
	}
	return p.Rounds
}
