package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/certs"
	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/cmd/weir/internal/terminal"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// Console is where the server talks to people.
type Console struct {
	Out io.Writer // where it listens, and its end
	Err io.Writer // logs, and the progress of a replay if it is a terminal

	// GOGC is the environment's; it stands where the configuration is silent.
	GOGC string
}

// server is what runs.
type server struct {
	cfg    *config.Config
	out    io.Writer
	line   *terminal.Line
	live   bool // line is on a terminal
	log    *slog.Logger
	engine *engine.Engine
	hub    *hub.Hub
	data   *data
	certs  *certs.Loader // nil without TLS
}

// Run serves until ctx ends, and drains then. The error is nil after an orderly end: if ctx ended, also before
// there was anything to serve. It is what was wrong if the server could not begin, or the source of its
// data failed; then everybody is sent away too, because a feed that has silently stopped is worse than none.
func Run(ctx context.Context, cfg *config.Config, con Console) error {
	s := newServer(cfg, con)
	if cfg.IsSet("server.gogc") || con.GOGC == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(cfg.Server.GOGC))
	}
	return s.serve(ctx)
}

func newServer(cfg *config.Config, con Console) *server {
	line := terminal.NewLine(con.Err)
	return &server{cfg: cfg, out: con.Out, line: line, live: terminal.Is(con.Err), log: newLogger(cfg.Log, line)}
}

func (s *server) serve(ctx context.Context) error {
	if err := s.open(ctx); err != nil {
		return stoppedOr(ctx, err)
	}
	return s.run(ctx)
}

// open makes everything, the listeners last, and says where they are.
func (s *server) open(ctx context.Context) error {
	var err error
	if s.data, err = openData(ctx, s.cfg.Source, s.pace); err != nil {
		return err
	}
	if s.hub, err = hub.New(hub.Config{MaxChannelsPerMember: s.cfg.Limits.MaxChannels, Panicked: feed.Panicked}); err != nil {
		return err
	}
	f, err := feed.New(s.hub, feed.Config{Path: Path, Known: s.known()})
	if err != nil {
		return err
	}
	ec := s.cfg.Engine(s.log)
	if err := s.loadCerts(&ec); err != nil {
		return err
	}
	if s.engine, err = engine.New(ec, f.Handler()); err != nil {
		return err
	}
	if err := s.engine.Listen(); err != nil {
		return err
	}
	if err := s.announce(); err != nil {
		_ = s.engine.Shutdown(ctx) // nobody has come yet
		return err
	}
	return nil
}

// known is read by all loops at once, so it must not change.
func (s *server) known() func(string) bool {
	set := make(map[string]struct{}, len(s.data.channels))
	for _, c := range s.data.channels {
		set[c] = struct{}{}
	}
	return func(c string) bool { _, ok := set[c]; return ok }
}

// announce says it in words, or where logs are for machines as a log record.
func (s *server) announce() error {
	b := banner{
		addrs: s.engine.Addrs(), listen: s.cfg.Server.Listen, what: s.data.what, waitsFor: s.data.wait,
		maxConns: s.engine.MaxConns(), descriptors: descriptors(), channels: s.data.channels,
	}
	if s.cfg.Log.Format != "json" {
		return b.write(s.out)
	}
	for i := range b.addrs {
		s.log.Info("listening", "url", b.feedURL(i), "source", b.what, "max_conns", b.maxConns, "descriptors", b.descriptors)
	}
	return nil
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
	served := make(chan error, 1)
	go func() { served <- s.engine.Run(context.Background()) }()

	background, stop := context.WithCancel(context.Background())
	fed := make(chan error, 1)
	go func() { fed <- s.feed(background) }()
	swept := make(chan struct{})
	go func() { defer close(swept); s.sweep(background) }()
	certified := make(chan struct{})
	go func() { defer close(certified); s.watchCerts(background) }()
	trimmed := make(chan struct{})
	go func() { defer close(trimmed); s.engine.TrimMemory(background) }()

	var failure error
	feeding := true
	for running := true; running; {
		select {
		case <-ctx.Done():
			failure = errors.Join(failure, s.drain(ctx))
			running = false
		case failure = <-fed:
			feeding = false
			fed = nil
			if failure != nil {
				s.say("the source failed: the server cannot go on")
				failure = errors.Join(failure, s.drain(ctx))
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
	<-swept
	<-trimmed
	<-certified
	return errors.Join(failure, s.hub.Close())
}

// drain sends everybody away, and says so.
func (s *server) drain(ctx context.Context) error {
	began := time.Now()
	s.line.Clear()
	window := ""
	n := s.engine.Stats().Open
	if w := s.cfg.Server.DrainWindow; w > 0 && n > 0 {
		window = " over " + terminal.Duration(w)
	}
	s.say(fmt.Sprintf("%s: draining %s%s", reason(ctx), terminal.Plural(n, "connection"), window))
	// The close handshakes that begin at the end of the window have their five seconds too.
	grace, cancel := context.WithTimeout(context.Background(), max(0, s.cfg.Server.DrainWindow)+6*time.Second)
	defer cancel()
	err := s.engine.Shutdown(grace)
	if err == nil {
		s.say("stopped after " + terminal.Duration(time.Since(began)))
	}
	return err
}

// say tells a person, or the log where that is for machines.
func (s *server) say(text string) {
	if s.cfg.Log.Format == "json" {
		s.log.Info(text)
		return
	}
	_, _ = fmt.Fprintln(s.out, text) // who started us may be gone by now
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

// sweep forgets what channels without members have kept for long enough.
func (s *server) sweep(ctx context.Context) {
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			s.hub.Sweep(now)
		case <-ctx.Done():
			return
		}
	}
}
