package serve

import (
	"context"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/admin"
	"github.com/weir-ws/weir/cmd/weir/internal/systemd"
)

// supervise tells the readiness, and systemd where there is one, when the loops answer for the first time; then it
// feeds systemd's watchdog as long as they go on answering. It returns when ctx ends.
func (s *server) supervise(ctx context.Context) {
	for s.silent(ctx) {
		select {
		case <-time.After(10 * time.Millisecond): // on an engine that has ended the answer comes at once
		case <-ctx.Done():
			return
		}
	}
	s.ready.Serving()
	s.notify(systemd.Ready, systemd.Status("serving on "+s.feedURL(0)))
	every := systemd.WatchdogEvery(s.environ, s.pid)
	if every == 0 {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if s.silent(ctx) {
			s.log.Error("an event loop does not answer: the watchdog is not fed")
		} else {
			s.notify(systemd.Watchdog)
		}
	}
}

// silent reports whether some loop does not answer in time.
func (s *server) silent(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, admin.LiveWithin)
	defer cancel()
	return s.live.Silent(ctx) != nil
}

// notify tells systemd, if there is one.
func (s *server) notify(states ...string) {
	if err := s.systemd.Send(states...); err != nil {
		s.log.Warn("systemd was not told", "err", err)
	}
}
