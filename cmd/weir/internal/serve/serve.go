package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/admin"
	"github.com/weir-ws/weir/cmd/weir/internal/auth"
	"github.com/weir-ws/weir/cmd/weir/internal/certs"
	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/cmd/weir/internal/systemd"
	"github.com/weir-ws/weir/cmd/weir/internal/terminal"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/binance"
	"github.com/weir-ws/weir/hub/feed"
)

// Console is where the server talks to people.
type Console struct {
	Out io.Writer // where it listens, and its end
	Err io.Writer // logs, and the progress of a replay if it is a terminal
	In  io.Reader // lines to publish, if they are asked for; nil: os.Stdin

	// Environ is the environment, as from os.Environ: GOGC stands where the configuration is silent, and systemd speaks
	// through it.
	Environ []string
}

// server is what runs.
type server struct {
	cfg      *config.Config
	console  Console
	out      io.Writer
	line     *terminal.Line
	watched  bool // line is on a terminal
	log      *slog.Logger
	flushLog func(all bool)
	engine   *engine.Engine
	hub      *hub.Hub
	feedOf   *feed.Feed
	streams  *binance.Streams
	knownOf  func(channel string) bool
	data     *data
	auth     *auth.Auth // nil: everybody is let in
	addrs    []net.Addr
	listens  []string      // the same as they were configured; inherited ones come last, "" if no address names them
	certs    *certs.Loader // nil without TLS

	live    *admin.Prober
	ready   *admin.Readiness
	admin   *admin.Server // nil: none
	adminLn net.Listener

	environ []string
	pid     int
	systemd *systemd.Notifier
}

// Run serves until ctx ends, and drains then. The error is nil after an orderly end: if ctx ended, also before
// there was anything to serve. It is what was wrong if the server could not begin, or the source of its
// data failed; then everybody is sent away too, because a feed that has silently stopped is worse than none.
func Run(ctx context.Context, cfg *config.Config, con Console) error {
	s := newServer(cfg, con)
	if cfg.IsSet("server.gogc") || !isSet(con.Environ, "GOGC") {
		defer debug.SetGCPercent(debug.SetGCPercent(cfg.Server.GOGC))
	}
	if n := cfg.Limits.MemoryBudget; n > 0 {
		// The collector works harder as it comes near, and the engine takes its budget from there.
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(n))
	}
	return s.serve(ctx)
}

func newServer(cfg *config.Config, con Console) *server {
	line := terminal.NewLine(con.Err)
	s := &server{cfg: cfg, console: con, out: con.Out, line: line, watched: terminal.Is(con.Err), environ: con.Environ, pid: os.Getpid()}
	s.log, s.flushLog = newLogger(cfg.Log, line)
	return s
}

// isSet tells whether environ has a variable with a value.
func isSet(environ []string, name string) bool {
	return slices.ContainsFunc(environ, func(e string) bool { return strings.HasPrefix(e, name+"=") && e != name+"=" })
}

func (s *server) serve(ctx context.Context) error {
	defer s.takeHangups()()
	if err := s.open(ctx); err != nil {
		return stoppedOr(ctx, err)
	}
	return s.run(ctx)
}

// pace holds a replay at max speed to what the subscribers take: first everything has to reach the
// connections, then the kernel.
func (s *server) pace(ctx context.Context) error {
	if err := s.hub.Sync(ctx); err != nil {
		return err
	}
	return s.engine.Flush(ctx)
}

func (s *server) run(ctx context.Context) error {
	defer s.flushLog(true)
	served := make(chan error, 1)
	go func() {
		err := s.engine.Run(context.Background())
		if errors.Is(err, engine.ErrClosed) {
			err = nil // the signal came before the engine had begun
		}
		served <- err
	}()

	background, stop := context.WithCancel(context.Background())
	fed := make(chan error, 1)
	go func() { fed <- s.feed(background) }()
	var helpers sync.WaitGroup
	helpers.Go(func() { s.sweep(background) })
	helpers.Go(func() { s.engine.TrimMemory(background) })
	helpers.Go(func() { s.supervise(background) })
	helpers.Go(func() { s.watchCerts(background) })
	if s.auth != nil {
		helpers.Go(func() { s.auth.Watch(background, s.log) })
	}
	stopAdmin := s.serveAdmin()

	var failure error
	feeding := true
	for running := true; running; {
		select {
		case <-ctx.Done():
			failure = errors.Join(failure, s.drain(ctx, served))
			running = false
		case failure = <-fed:
			feeding = false
			fed = nil
			if failure != nil {
				s.say("the source failed: the server cannot go on")
				failure = errors.Join(failure, s.drain(ctx, served))
				running = false
			}
		case err := <-served:
			failure = err
			served <- nil
			running = false
		}
	}
	stop()
	failure = errors.Join(failure, <-served)
	if feeding {
		<-fed // it was told to stop, so what it says is no news
	}
	helpers.Wait()
	stopAdmin()
	return errors.Join(failure, s.hub.Close())
}

// say tells a person, or the log where that is for machines.
func (s *server) say(text string) {
	if s.cfg.Log.Format == "json" {
		s.log.Info(text)
		return
	}
	_, _ = fmt.Fprintln(s.out, text) // who started us may be gone by now
}

// sweep has silent channels tell their position, forgets what channels without members have kept for long enough, and tells what the log has left out.
func (s *server) sweep(ctx context.Context) {
	const sweepEvery = 30 // seconds
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case now := <-tick.C:
			s.flushLog(false)
			s.hub.Heartbeat(now)
			if n%sweepEvery == 0 {
				s.hub.Sweep(now)
			}
		case <-ctx.Done():
			return
		}
	}
}
