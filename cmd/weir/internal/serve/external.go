package serve

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/cmd/weir/internal/terminal"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed/client"
	"github.com/weir-ws/weir/hub/feed/source"
	"github.com/weir-ws/weir/hub/feed/source/upstream"
)

// external is what comes from other programs: upstreams, and the lines of standard input.
type external struct {
	upstreams []*upstream.Upstream
	lines     *source.Lines // nil: none
	log       *slog.Logger
}

// openExternal makes the sources that cfg asks for.
func openExternal(cfg config.Source, con Console, log *slog.Logger) (*external, error) {
	x := &external{log: log}
	for i := range cfg.Upstream {
		u, err := x.open(&cfg.Upstream[i])
		if err != nil {
			return nil, err
		}
		x.upstreams = append(x.upstreams, u)
	}
	if !cfg.Stdin {
		return x, nil
	}
	in := con.In
	if in == nil {
		in = os.Stdin
	}
	var err error
	x.lines, err = source.NewLines(source.LinesConfig{
		Name: "stdin", In: in, Check: hub.ValidateChannel, Strict: cfg.StdinStrict,
		Bad: func(e *source.LineError) { log.Warn("a bad line is passed over", "line", e.Line, "err", e.Err) },
	})
	return x, err
}

// open makes one upstream, and tells the log what becomes of it.
func (x *external) open(cu *config.Upstream) (*upstream.Upstream, error) {
	c := cu.Config()
	if path := cu.TokenFile; path != "" {
		c.Token = func(context.Context) (string, error) {
			b, err := os.ReadFile(path)
			return string(bytes.TrimSpace(b)), err
		}
	}
	var name string
	c.OnStatus = func(s client.Status) {
		switch s.State {
		case client.Connected:
			x.log.Info("upstream connected", "url", name, "connects", s.Connects)
		case client.Waiting:
			x.log.Warn("no upstream", "url", name, "err", s.Err, "again_in", s.Wait)
		}
	}
	c.OnBad = func(e *upstream.BadError) {
		x.log.Warn("a message of an upstream is passed over", "url", name, "err", e.Err, "message", e.Text)
	}
	c.OnEnded = func(e *client.Ended) {
		x.log.Error("an upstream does not give a channel", "url", name, "channel", e.Channel, "code", e.Code, "message", e.Message)
	}
	u, err := upstream.New(c)
	if err == nil {
		name = u.String()
	}
	return u, err
}

// what says it for the banner.
func (x *external) what() string {
	var parts []string
	for _, u := range x.upstreams {
		parts = append(parts, u.String())
	}
	if x.lines != nil {
		parts = append(parts, "lines of standard input")
	}
	return strings.Join(parts, ", ")
}

// run publishes what comes until ctx ends, or until there is no more: then there were only lines.
func (x *external) run(ctx context.Context, sink source.Sink) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	each := func(s source.Source) {
		all.Go(func() {
			if err := s.Run(ctx, sink); err != nil {
				cancel(err) // the first one counts
			}
		})
	}
	for _, u := range x.upstreams {
		each(u)
	}
	if x.lines != nil {
		each(x.lines)
	}
	all.Wait()
	return context.Cause(ctx)
}

// published adds up.
func (x *external) published() (messages, bytes uint64) {
	for _, u := range x.upstreams {
		st := u.Stats()
		messages += st.Messages
		bytes += st.Bytes
	}
	if x.lines != nil {
		st := x.lines.Stats()
		messages += st.Messages
		bytes += st.Bytes
	}
	return messages, bytes
}

// ended is what is said when there is no more.
func (x *external) ended() string {
	st := x.lines.Stats()
	text := "standard input ended: " + terminal.Plural(st.Messages, "message")
	if st.Bad > 0 {
		text += fmt.Sprintf(", %s passed over", terminal.Plural(st.Bad, "bad line"))
	}
	return text + "; still serving, stop with Ctrl-C"
}

// anything tells whether a channel of any name may come: of a pattern, of a raw upstream or of a line. Clients that are there before its first
// message must be let in then. After a restart of a relay they all are, and those of Binance's streams are never told that they wait in vain.
func anything(cfg config.Source) bool {
	return cfg.Stdin || slices.ContainsFunc(cfg.Upstream, func(u config.Upstream) bool {
		c := u.Config()
		return c.Kind == upstream.Raw || len(c.Channels) == 0 || slices.ContainsFunc(c.Channels, hub.IsPattern)
	})
}

// named are the channels that upstreams are asked for by name. What is no channel's name the configuration has refused.
func named(cfg config.Source) []string {
	var all []string
	for _, u := range cfg.Upstream {
		for _, c := range u.Config().Channels {
			if !hub.IsPattern(c) {
				all = append(all, c)
			}
		}
	}
	return all
}
