package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/weir-ws/weir/engine"
)

// derive lets the defaults follow what was set beside them, so that who raises one limit need not know of the others.
func (c *Config) derive() {
	if !c.IsSet("slow.low-watermark") {
		c.Slow.LowWatermark = min(c.Slow.LowWatermark, c.Slow.HighWatermark)
	}
	if !c.IsSet("slow.hard-limit") {
		c.Slow.HardLimit = max(c.Slow.HardLimit, 4*c.Slow.HighWatermark)
	}
	if !c.IsSet("heartbeat.dead-after") {
		c.Heartbeat.DeadAfter = max(c.Heartbeat.DeadAfter, 2*c.Heartbeat.PingAfter)
	}
}

// check reports what is wrong with values that are right each by itself.
func (c *Config) check() []error {
	var errs []error
	bad := func(key, problem, hint string) {
		e := &Error{Place: c.place(key), Problem: problem, Hint: hint}
		if c.from[key].layer == layerFile || c.from[key].layer == layerDefault {
			e.Key = key
		}
		errs = append(errs, e)
	}
	for _, key := range replayOnly {
		if c.IsSet(key) && !c.applies(key) {
			bad(key, "this is about a recording, and there is none", "add --replay FILE")
		}
	}
	for _, key := range marketOnly {
		// What a file or the environment says for the market may stand there while a replay is asked for.
		if c.IsSet(key) && !c.applies(key) && c.from[key].layer >= c.instead().layer {
			problem, instead := "a recording is played instead", "source.replay"
			if c.Source.External() {
				problem, instead = "data comes from other programs instead", "those"
			}
			bad(key, "this is about the synthetic market, and "+problem, "remove it, or "+instead)
		}
	}
	c.checkExternal(bad)
	c.checkAuth(bad)
	c.checkPublish(bad)
	if len(c.Server.Listen) == 0 {
		bad("server.listen", "no address", "write at least one, such as 127.0.0.1:8080")
		return errs
	}
	for _, a := range c.Server.Listen {
		if problem := badAddress(a); problem != "" {
			bad("server.listen", fmt.Sprintf("%q: %s", a, problem), "write HOST:PORT, :PORT, unix:/PATH or fd:NAME")
		}
	}
	c.checkAdmin(bad)
	c.checkTLS(bad)
	for _, err := range flatten(c.tryEngine()) {
		var ce *engine.ConfigError
		if !errors.As(err, &ce) {
			errs = append(errs, err)
			continue
		}
		key := keyOfField(ce.Field)
		bad(key, readable(ce.Why), "")
	}
	return errs
}

// socketPrefix marks an address that is the name of an inherited socket, behind the other prefixes.
const socketPrefix = "fd:"

// SocketName is the name of the inherited socket that address a of the feed is; false if it is none.
func SocketName(a string) (string, bool) {
	return strings.CutPrefix(strings.TrimPrefix(strings.TrimPrefix(a, proxyPrefix), tlsPrefix), socketPrefix)
}

// badAddress says why no machine could listen on a; "" if one might.
func badAddress(a string) string {
	a = strings.TrimPrefix(strings.TrimPrefix(a, proxyPrefix), tlsPrefix)
	if strings.HasPrefix(a, "unix:") {
		return "" // the engine judges the path
	}
	if name, ok := strings.CutPrefix(a, socketPrefix); ok {
		if name == "" {
			return "there is no name of a socket"
		}
		return "" // who starts the server decides what sockets there are
	}
	_, port, err := net.SplitHostPort(a)
	if err != nil {
		return "this is no address with a port"
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return "there is no port " + strconv.Quote(port)
	}
	return ""
}

var (
	replayOnly = []string{"source.replay", "source.speed", "source.loop", "source.min-subscribers", "source.skip-snapshots"}
	marketOnly = []string{"source.symbols", "source.trade-rate", "source.seed"}
)

// applies tells whether an option has a meaning beside the others.
func (c *Config) applies(key string) bool {
	switch {
	case slices.Contains(jwtOnly, key):
		return c.Auth.Keys != ""
	case slices.Contains(tokenOnly, key):
		return c.Authenticates()
	case slices.Contains(publishOnly, key):
		return len(c.Publish.To) > 0
	}
	switch {
	case key == "source.stdin-strict":
		return c.Source.Stdin
	case slices.Contains(replayOnly, key):
		return c.Source.Replay != ""
	case slices.Contains(marketOnly, key):
		return c.Source.Replay == "" && !c.Source.External()
	}
	return true
}

// instead is where the source was set that takes the place of the market.
func (c *Config) instead() origin {
	var first origin
	for _, key := range []string{"source.replay", "source.upstream", "source.stdin"} {
		if o := c.from[key]; o.layer > first.layer {
			first = o
		}
	}
	return first
}

// checkExternal reports sources that exclude each other.
func (c *Config) checkExternal(bad func(key, problem, hint string)) {
	if c.IsSet("source.stdin-strict") && !c.Source.Stdin {
		bad("source.stdin-strict", "this is about the lines of standard input, and they are not read", "add --stdin")
	}
	if c.Source.Replay == "" {
		return
	}
	for _, s := range []struct {
		key string
		set bool
	}{{"source.upstream", len(c.Source.Upstream) > 0}, {"source.stdin", c.Source.Stdin}} {
		if s.set {
			bad(s.key, "a recording is played, and its channels must be nobody else's", "remove it, or source.replay")
		}
	}
}

// Engine returns the engine's part of the configuration.
func (c *Config) Engine(logger *slog.Logger) engine.Config {
	return engine.Config{
		Addrs: c.addrs(), Loops: c.Server.Loops, ReusePort: c.Server.ReusePort,
		Origins: origins(c.Server.Origins), DrainWindow: c.Server.DrainWindow, DrainCode: drainCode(c.Server.DrainCode),
		Drain:    engine.DrainConfig{Pace: drainPace, RetryAfter: max(0, c.Server.DrainRetry)},
		MaxConns: c.Limits.MaxConns, MaxConnsPerAddr: c.Limits.MaxConnsPerAddr,
		ConnRate: c.Limits.ConnRate, ConnBurst: c.Limits.ConnBurst,
		TotalConnRate: c.Limits.TotalConnRate, TotalConnBurst: c.Limits.TotalConnBurst,
		LimitLoopback: c.Limits.LimitLoopback, HandshakeTimeout: c.Limits.HandshakeTimeout,
		MaxMessage:  c.Limits.MaxMessage,
		MessageRate: c.Limits.MessageRate, MessageBurst: c.Limits.MessageBurst,
		ByteRate: int(c.Limits.ByteRate), ByteBurst: int(c.Limits.ByteBurst),
		Proxy:       c.Proxy.engine(),
		Compression: c.Compress.engine(),
		UnsentLimit: int(c.Slow.UnsentLimit), HighWatermark: int(c.Slow.HighWatermark), LowWatermark: int(c.Slow.LowWatermark), HardLimit: int(c.Slow.HardLimit),
		Slow: c.Slow.Policy, WriteTimeout: c.Slow.WriteTimeout,
		PingAfter: c.Heartbeat.PingAfter, DeadAfter: c.Heartbeat.DeadAfter,
		Logger: logger,
	}
}

// engine puts a negative number where the engine takes 0 for its default.
func (c *Compress) engine() engine.Compression {
	e := engine.Compression{
		Enabled: c.Enabled, Level: c.Level, Threshold: int(c.Threshold), MaxRatio: c.MaxRatio,
		ServerContextTakeover: c.ServerContext, ClientContextTakeover: c.ClientContext,
		ServerWindowBits: c.ServerWindow, ClientWindowBits: c.ClientWindow,
	}
	if e.Threshold == 0 {
		e.Threshold = -1
	}
	if e.MaxRatio == 0 {
		e.MaxRatio = -1
	}
	return e
}

// origins is nil for an empty list: the engine's nil means the same host, its empty list nobody.
func origins(patterns []string) []string {
	if len(patterns) == 0 {
		return nil
	}
	return patterns
}

// flatten takes apart what errors.Join put together.
func flatten(err error) []error {
	switch e := err.(type) {
	case nil:
		return nil
	case interface{ Unwrap() []error }:
		return e.Unwrap()
	}
	return []error{err}
}

// keyOfField finds the option behind a field of engine.Config.
func keyOfField(field string) string {
	for i := range options {
		if options[i].field == field {
			return options[i].Key()
		}
	}
	return field
}

// readable puts the names of options where the engine's sentence has those of its fields.
func readable(why string) string {
	for i := range options {
		if f := options[i].field; f != "" {
			why = replaceWord(why, f, options[i].Key())
		}
	}
	return why
}

// Problems returns the single errors of what Load returned, each good for a line of its own.
func Problems(err error) []string {
	var lines []string
	for _, e := range flatten(err) {
		lines = append(lines, fmt.Sprint(e))
	}
	return lines
}
