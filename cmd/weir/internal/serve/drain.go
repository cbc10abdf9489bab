package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/systemd"
	"github.com/weir-ws/weir/cmd/weir/internal/terminal"
	"github.com/weir-ws/weir/engine"
)

// drainSlack is what a drain may take beyond its window: the close handshakes that begin at its end have five seconds.
const drainSlack = 6 * time.Second

// handOutWithin is how long the loops may take to hand out what was published before a drain.
const handOutWithin = 5 * time.Second

// drain sends everybody away, and says so. From its first moment the server is not ready, so that load balancers stop
// sending clients; for --drain-delay those that still come are served. The source goes on until the end.
func (s *server) drain(ctx context.Context, served chan error) error {
	began := time.Now()
	s.ready.Drain()
	delay, window := max(0, s.cfg.Server.DrainDelay), max(0, s.cfg.Server.DrainWindow)
	s.notify(systemd.Stopping, systemd.Status("draining"), systemd.ExtendTimeout(delay+handOutWithin+window+drainSlack))
	s.line.Clear()
	if delay > 0 {
		s.say(fmt.Sprintf("%s: not ready any more; the drain begins in %s", reason(ctx), terminal.Duration(delay)))
		select {
		case <-time.After(delay):
		case err := <-served: // the engine has ended by itself
			served <- nil
			return err
		}
	}
	s.say(s.farewell(ctx, window))
	s.handOut()
	grace, cancel := context.WithTimeout(context.Background(), window+drainSlack)
	defer cancel()
	err := s.engine.Shutdown(grace)
	if cut := (*engine.CutOffError)(nil); errors.As(err, &cut) && cut.Conns == 0 {
		// Whether the end is an orderly one must not be up to clients.
		s.log.Warn("HTTP requests that did not come to their end were cut off", "connections", cut.HTTPConns)
		err = nil
	}
	if err == nil {
		s.say("stopped after " + terminal.Duration(time.Since(began)))
	}
	return err
}

// handOut waits until what was published before the drain has reached the connections, behind which their close frames
// follow. A loop that is further behind than some seconds is not waited for.
func (s *server) handOut() {
	ctx, cancel := context.WithTimeout(context.Background(), handOutWithin)
	defer cancel()
	_ = s.hub.Sync(ctx)
}

// farewell says who is sent away.
func (s *server) farewell(ctx context.Context, window time.Duration) string {
	n := s.engine.Stats().Open
	span := ""
	if window > 0 && n > 0 {
		span = " within " + terminal.Duration(window)
	}
	return fmt.Sprintf("%s: draining %s%s", reason(ctx), terminal.Plural(n, "connection"), span)
}

// reason is what ended ctx, in a word.
func reason(ctx context.Context) string {
	if ctx.Err() == nil {
		return "stopping"
	}
	if c := context.Cause(ctx); c != nil && !slices.Contains([]error{context.Canceled, context.DeadlineExceeded}, c) {
		return c.Error()
	}
	return "stopping"
}
