package config

import (
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub/feed/source"
)

// Config is what `weir serve` runs with. Make one with [Default] or [Load].
type Config struct {
	Server    Server
	TLS       TLS
	Limits    Limits
	Slow      Slow
	Heartbeat Heartbeat
	Source    Source
	Log       Log

	from map[string]origin // by key; missing: the default
}

// Server is where and how the server listens.
type Server struct {
	Listen      []string      // "host:port" or "unix:/path", behind "tls:" for TLS
	Loops       int           // event loops; 0: one for each CPU
	ReusePort   bool          // SO_REUSEPORT
	Origins     []string      // allowed Origin patterns; empty: same host only
	DrainWindow time.Duration // the span over which a drain spreads its closes; negative: all at once
	GOGC        int           // percent; negative: off
}

// Limits is how much of everything there may be.
type Limits struct {
	MaxConns         int // 0: as many as descriptors allow
	MaxConnsPerAddr  int // 0: no cap
	ConnRate         float64
	ConnBurst        int
	TotalConnRate    float64
	TotalConnBurst   int
	LimitLoopback    bool
	HandshakeTimeout time.Duration
	MaxMessage       int64 // bytes
	MaxChannels      int   // of one connection
}

// Slow is what happens to subscribers that read too slowly. The sizes are bytes of one connection.
type Slow struct {
	HighWatermark, LowWatermark, HardLimit int64

	Policy       engine.SlowPolicy
	WriteTimeout time.Duration // negative: none
}

// Heartbeat is how silent peers are found out.
type Heartbeat struct {
	PingAfter, DeadAfter time.Duration // negative: never
}

// Source is where the data comes from.
type Source struct {
	Replay         string // path of a recording; "": the synthetic market
	Speed          source.Speed
	Loop           bool
	MinSubscribers int

	Symbols   int
	TradeRate float64 // trades a second of each symbol
	Seed      uint64
}

// Log is what is logged, and how.
type Log struct {
	Level  string // debug, info, warn, error
	Format string // text, json
}

// defaultGOGC is chosen by bench/idle.sh and bench/feedcheck.sh. With 100 and 25, in one session: 1,092 and 825 bytes of resident
// memory a connection at 18,000, and 0.23 and 0.21 us of CPU a delivery, which is within the noise. A fan-out allocates per
// message and not per receiver, so collecting more often costs it next to nothing.
const defaultGOGC = 25

// Default returns the configuration that stands when nothing is set.
func Default() *Config {
	return &Config{
		Server: Server{Listen: []string{"127.0.0.1:8080"}, DrainWindow: time.Second, GOGC: defaultGOGC},
		Limits: Limits{HandshakeTimeout: 5 * time.Second, MaxMessage: 1 << 20, MaxChannels: 1024},
		Slow: Slow{
			HighWatermark: 64 << 10, LowWatermark: 16 << 10, HardLimit: 4 << 20,
			Policy: engine.PolicyDrop, WriteTimeout: 20 * time.Second,
		},
		Heartbeat: Heartbeat{PingAfter: 30 * time.Second, DeadAfter: time.Minute},
		Source: Source{
			Speed: 1, Symbols: source.DefaultSymbols, TradeRate: source.DefaultTradesPerSecond, Seed: 1,
		},
		Log: Log{Level: "info", Format: "text"},
	}
}

// origin is where a value was set.
type origin struct {
	layer layer
	place string // "--replay", "WEIR_REPLAY", "weir.yaml"
}

// layer orders the origins: a later one wins.
type layer int

const (
	layerDefault layer = iota
	layerFile
	layerEnv
	layerFlag
)

// IsSet tells whether key was set anywhere, or has its default.
func (c *Config) IsSet(key string) bool { return c.from[key].layer != layerDefault }

// place names where key was set, as a person would look for it.
func (c *Config) place(key string) string {
	if o := c.from[key]; o.layer != layerDefault {
		return o.place
	}
	return "default"
}
