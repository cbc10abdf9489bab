// Package million holds connections by the million over real sockets on one machine: as many servers of this bench's weir
// on one SO_REUSEPORT port, and as many clients, as the limit of descriptors asks for. It opens all connections, holds
// them through a heartbeat round, gives all of them one broadcast, and ends them all at once.
package million

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/weir-ws/weir/bench/internal/result"
)

// Options say what to run.
type Options struct {
	Plan      Plan
	Server    []string      // the command of a weir server of this bench
	Client    []string      // the command of a process that runs Client
	Loops     int           // event loops of a server; 0: one where there are as many servers as cores, else the engine's default
	PingAfter time.Duration // the servers'; 0: the engine's default of 30 s, more where that is too much for this machine
	Size      int           // payload bytes of the broadcast; 0: 128
	AtOnce    int           // clients that connect at the same time; 0: one a core
	Floor     int64         // bytes of memory that must stay available; under it the run ends
	Progress  func(Progress)
	// Settle is how long a quiet moment is, before the idle window and after the disconnect; 0: 5 s.
	Settle time.Duration
}

// Progress is how far a phase is.
type Progress struct {
	Phase       string
	Done, Total int
	Unit        string
	Left        time.Duration // until the phase ends; 0: not known
}

// ErrMemory ends a run that left too little memory to the machine.
var ErrMemory = errors.New("memory runs out")

// run is a run under way. It belongs to the driver's goroutine.
type run struct {
	Options
	*fleet
	ctx  context.Context
	out  *result.Million
	addr string
}

// Run goes through all phases. When it returns no process of it is left. On an error, ctx's included, the result
// holds what was measured before, and names the phase in Broken.
func Run(ctx context.Context, o Options) (*result.Million, error) {
	o.setDefaults()
	ctx, cancel := context.WithCancelCause(ctx)
	r := &run{Options: o, ctx: ctx, fleet: newFleet(cancel)}
	r.out = &result.Million{Connections: o.Plan.Conns, Servers: o.Plan.Servers, Clients: o.Plan.Clients, Loops: o.Loops, PingAfter: o.PingAfter.Seconds()}
	watch := make(chan struct{})
	go func() { defer close(watch); guard(ctx, o.Floor, availableMemory, cancel) }()
	defer func() {
		cancel(nil)
		<-watch
		r.nursery.close()
	}()
	for _, phase := range []struct {
		name string
		do   func() error
	}{
		{"start", r.start}, {"connect", r.connect}, {"idle", r.idle}, {"broadcast", r.broadcast}, {"disconnect", r.disconnect},
	} {
		if err := phase.do(); err != nil {
			r.out.Broken = fmt.Sprintf("%s: %v", phase.name, err)
			return r.out, fmt.Errorf("%s: %w", phase.name, err)
		}
	}
	return r.out, nil
}

// guard ends the run when less memory than floor is available.
func guard(ctx context.Context, floor int64, available func() (int64, error), fail context.CancelCauseFunc) {
	t := time.NewTicker(200 * time.Millisecond)
	defer t.Stop()
	for {
		if n, err := available(); err != nil {
			fail(err)
			return
		} else if n < floor {
			fail(fmt.Errorf("%w: %d MiB are available, under the floor of %d MiB; ask for fewer connections", ErrMemory, n>>20, floor>>20))
			return
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

func availableMemory() (int64, error) {
	m, err := meminfo()
	return m["MemAvailable"], err
}

// start starts all processes and reads what they hold without connections.
func (r *run) start() error {
	args := []string{"-ping-after", r.PingAfter.String(), "-loops", strconv.Itoa(r.Loops)}
	all := r.Plan.Servers + r.Plan.Clients
	addr := "127.0.0.1:0" // the first server chooses the port
	for i := range r.Plan.Servers {
		s, err := r.nursery.startServer(r.ctx, r.Server, i, addr, args...)
		if err != nil {
			return err
		}
		if err := s.warm(r.ctx); err != nil {
			return err
		}
		r.watch(r.ctx, s)
		r.servers = append(r.servers, s)
		addr = s.addr
		r.say("start", i+1, all, "processes", 0)
	}
	r.addr = addr
	for i := range r.Plan.Clients {
		if err := r.startClient(r.ctx, r.Client); err != nil {
			return err
		}
		r.say("start", r.Plan.Servers+i+1, all, "processes", 0)
	}
	if err := r.pause("start"); err != nil { // the warming's connections have gone by then
		return err
	}
	for _, s := range r.servers {
		if err := s.rest(r.ctx); err != nil {
			return err
		}
	}
	return nil
}

// pause lets the processes come to rest.
func (r *run) pause(phase string) error {
	end := time.Now().Add(r.Settle)
	return r.await(r.ctx, func() bool { return time.Now().After(end) }, func() { r.say(phase, 0, 0, "settling", time.Until(end)) })
}

func (r *run) say(phase string, done, total int, unit string, left time.Duration) {
	r.Progress(Progress{Phase: phase, Done: done, Total: total, Unit: unit, Left: max(left, 0)})
}
