package serve

import (
	"context"
	"fmt"
	"sync"

	"github.com/weir-ws/weir/cmd/weir/internal/terminal"
)

// feed runs the source until it ends or ctx does. A replay's end is no end of the server: subscribers stay, and new
// ones may come.
func (s *server) feed(ctx context.Context) error {
	d := s.data
	if d.replay == nil {
		err := d.run(ctx, s.sink())
		if err == nil && d.external != nil {
			s.say(d.external.ended())
		}
		return stoppedOr(ctx, err)
	}
	if err := gate(ctx, d.book.channels, d.wait, s.hub.Awaited, s.waiting); err != nil {
		return stoppedOr(ctx, err)
	}
	s.line.Clear()
	s.log.Debug("replay begins", "file", s.cfg.Source.Replay)
	err := s.play(ctx)
	if err != nil {
		return stoppedOr(ctx, err)
	}
	p := d.replay.Progress()
	rate := ""
	if t := p.Elapsed.Seconds(); t > 0 {
		rate = fmt.Sprintf(", %s/s", terminal.Count(uint64(float64(p.Messages)/t)))
	}
	s.say(fmt.Sprintf("replay ended: %s in %s%s; still serving, stop with Ctrl-C",
		terminal.Plural(p.Messages, "message"), terminal.Duration(p.Elapsed), rate))
	return nil
}

// play runs the replay, with the progress line where somebody can see it.
func (s *server) play(ctx context.Context) error {
	if !s.watched {
		return s.data.run(ctx, s.sink())
	}
	showing, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		showProgress(showing, s.line, func() string {
			return progressLine(s.data.replay.Progress(), s.data.book, s.cfg.Source.Loop, s.engine.Stats().Open)
		})
	})
	err := s.data.run(ctx, s.sink())
	stop()
	wg.Wait()
	s.line.Clear()
	return err
}

// waiting tells how many of the subscribers have come that the replay waits for.
func (s *server) waiting(have int) {
	if s.watched {
		s.line.Set(fmt.Sprintf("replay waits for subscribers: %s of %s on every channel",
			terminal.Count(have), terminal.Count(s.data.wait)))
	}
}

// stoppedOr is nil if ctx has ended: then the error is only what being stopped looks like.
func stoppedOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
