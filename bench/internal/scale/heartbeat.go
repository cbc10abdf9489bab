package scale

import (
	"fmt"
	"time"

	"github.com/weir-ws/weir/bench/internal/result"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// pingWire is the length of an empty ping on the wire.
const pingWire = 2

// heartbeat times one full round, in which each connection is pinged and answers, and then ticks that find nothing due.
// The clock is the engine's own, so that half a minute takes as long as its work does.
func (b *bench) heartbeat(w *crowd) error {
	n := len(w.clients)
	pings := w.Engine().Stats().Pings
	var worst time.Duration
	err := b.once(result.Measure{Name: "heartbeat/pings", Title: "A heartbeat round: ping written to each", Members: n, Unit: "ping", Count: int64(n)}, func() error {
		for sent := uint64(0); sent < uint64(n); sent = w.Engine().Stats().Pings - pings {
			if w.Now() > 2*time.Minute {
				return fmt.Errorf("%d of %d connections were pinged in 2 minutes of the engine's time", sent, n)
			}
			worst = max(worst, w.tickOnce())
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.last().Worst = worst.Seconds()
	w.arrived += pingWire
	if err := w.verify(); err != nil {
		return fmt.Errorf("pings: %w", err)
	}

	w.shuffle()
	pong := enginetest.Frame(frame.OpPong, nil) // has no payload, so reading it does not change it
	if err := b.once(result.Measure{Name: "heartbeat/pongs", Title: "A heartbeat round: pong read from each", Members: n, Unit: "pong", Count: int64(n)}, func() error {
		for _, c := range w.clients {
			c.Inject(pong)
		}
		w.Settle()
		return nil
	}); err != nil {
		return err
	}

	const ticks = 100 // ten seconds, in which everybody is looked at twice and nobody is due
	worst = 0
	err = b.once(result.Measure{Name: "tick", Title: "A tick with nothing due", Members: n, Unit: "tick", Count: ticks}, func() error {
		for range ticks {
			worst = max(worst, w.tickOnce())
		}
		return w.verify()
	})
	if err == nil {
		b.last().Worst = worst.Seconds()
	}
	return err
}

// tickOnce moves the clock to the engine's next tick and returns how long the loop was at it.
func (w *crowd) tickOnce() time.Duration {
	start := time.Now()
	w.Jump(enginetest.TickIdle)
	w.Tick(0)
	w.Settle()
	return time.Since(start)
}

func (b *bench) last() *result.Measure { return &b.out.Measures[len(b.out.Measures)-1] }

// disconnect resets all connections, in no order, and waits until the hub has forgotten them.
func (b *bench) disconnect(w *crowd) error {
	n := len(w.clients)
	clear(w.conns) // they are not to be touched once they are closed
	err := b.once(result.Measure{Name: "disconnect", Title: "Mass disconnect: all reset at once", Members: n, Unit: "connection", Count: int64(n)}, func() error {
		for _, c := range w.clients {
			c.Reset()
		}
		w.Settle()
		return nil
	})
	if err != nil {
		return err
	}
	if left := w.Engine().Stats().Conns; w.closed != n || left != 0 || w.hub.Channels() != 0 {
		return fmt.Errorf("of %d connections that were reset %d were closed, %d are left in the engine and %d channels in the hub", n, w.closed, left, w.hub.Channels())
	}
	w.conns, w.clients = nil, nil
	return nil
}
