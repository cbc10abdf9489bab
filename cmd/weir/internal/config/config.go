package config

import (
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub/feed"
	"github.com/weir-ws/weir/hub/feed/source"
)

// Config is what `weir serve` runs with. Make one with [Default] or [Load].
type Config struct {
	Server    Server
	TLS       TLS
	Auth      Auth
	Publish   Publish
	Limits    Limits
	Proxy     Proxy
	Compress  Compress
	Slow      Slow
	Heartbeat Heartbeat
	Source    Source
	Channels  Channels
	Log       Log

	from map[string]origin // by key; missing: the default
}

// Server is where and how the server listens.
type Server struct {
	Listen    []string // "host:port" or "unix:/path", behind "tls:" for TLS
	Loops     int      // event loops; 0: one for each CPU
	ReusePort bool     // SO_REUSEPORT
	Origins   []string // allowed Origin patterns; empty: same host only
	GOGC      int      // percent; negative: off

	Admin string // address of the admin listener; AdminOff: none
	Pprof bool   // on the admin listener

	DrainDelay  time.Duration // from the signal to the drain, while /readyz fails already; negative: none
	DrainWindow time.Duration // the longest span over which a drain spreads its closes; negative: all at once
	DrainCode   string        // "1001" or "1012"
	DrainRetry  time.Duration // the hint in the close reason; negative: none
}

// Auth is who is let in: everybody if there is neither a file of tokens nor one of keys.
type Auth struct {
	Tokens string // path of a file of static tokens
	Keys   string // path of a JWKS file, for JSON web tokens

	Issuer     string        // what iss must be; "": anything
	Audience   []string      // aud must name one of them
	Claim      string        // the claim with the rights
	Leeway     time.Duration // by how much clocks may differ; negative: not at all
	WithoutExp bool          // take tokens that never expire
	Query      bool          // take a token from the URL too
}

// Publish is what clients may publish.
type Publish struct {
	To      []string // patterns of channels; empty: nothing may be published
	Open    bool     // without auth: everybody may
	MaxData int64    // bytes of one message's data
	MaxBody int64    // bytes of one request over HTTP
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

	MessageRate, MessageBurst int   // of one connection; 0: no limit
	ByteRate, ByteBurst       int64 // payload bytes of one connection; 0: no limit

	MemoryBudget int64 // bytes of the process; 0: GOMEMLIMIT
}

// Proxy is who may tell a client's address in its stead.
type Proxy struct {
	Trusted  []string // "10.0.0.0/8", "unix"
	Headers  []string // the first that a request has is believed
	Protocol bool     // every connection begins with a PROXY protocol header
}

// Compress is permessage-deflate.
type Compress struct {
	Enabled                      bool
	Level                        int   // 1 to 9
	Threshold                    int64 // bytes
	ServerContext, ClientContext bool  // windows are kept between messages
	ServerWindow, ClientWindow   int   // bits, 8 to 15
	MaxRatio                     int   // 0: any
}

// Slow is what happens to subscribers that read too slowly. The sizes are bytes of one connection.
type Slow struct {
	UnsentLimit, HighWatermark, LowWatermark, HardLimit int64

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
	SkipSnapshots  bool

	Upstream    []Upstream // other servers
	Stdin       bool       // lines of standard input
	StdinStrict bool       // the first bad one is the end

	Symbols   int     // 0: no market
	TradeRate float64 // trades a second of each symbol
	Seed      uint64
}

// External tells whether data comes from other programs; then there is no market.
func (s *Source) External() bool { return s.Stdin || len(s.Upstream) > 0 }

// Log is what is logged, and how.
type Log struct {
	Level  string // debug, info, warn, error
	Format string // text, json
	Sample int    // lines a second of each message; 0: all
}

// AdminOff is Server.Admin without an admin listener.
const AdminOff = "off"

// drainPace is the longest pause between two closes on a loop: a few clients do not make a drain last for its whole window.
const drainPace = 10 * time.Millisecond

// defaultGOGC is chosen by bench/idle.sh and bench/feedcheck.sh. With 100 and 25, in one session: 1,092 and 825 bytes of resident
// memory a connection at 18,000, and 0.23 and 0.21 us of CPU a delivery, which is within the noise. A fan-out allocates per
// message and not per receiver, so collecting more often costs it next to nothing.
const defaultGOGC = 25

// Default returns the configuration that stands when nothing is set.
func Default() *Config {
	return &Config{
		Server: Server{
			Listen: []string{"127.0.0.1:8080"}, GOGC: defaultGOGC, Admin: "127.0.0.1:8081",
			DrainDelay: -1, DrainWindow: 20 * time.Second, DrainCode: "1001", DrainRetry: time.Second,
		},
		Auth:     Auth{Claim: "weir", Leeway: 30 * time.Second},
		Publish:  Publish{MaxData: feed.DefaultMaxData, MaxBody: feed.DefaultMaxBody},
		Limits:   Limits{HandshakeTimeout: 5 * time.Second, MaxMessage: 1 << 20, MaxChannels: 1024},
		Proxy:    Proxy{Headers: []string{"X-Forwarded-For"}},
		Compress: Compress{Level: 1, Threshold: 512, ServerWindow: 15, ClientWindow: 15, MaxRatio: 200},
		Slow: Slow{
			UnsentLimit: 128 << 10, HighWatermark: 64 << 10, LowWatermark: 16 << 10, HardLimit: 4 << 20,
			Policy: engine.PolicyDrop, WriteTimeout: 20 * time.Second,
		},
		Heartbeat: Heartbeat{PingAfter: 30 * time.Second, DeadAfter: time.Minute},
		Source: Source{
			Speed: 1, Symbols: source.DefaultSymbols, TradeRate: source.DefaultTradesPerSecond, Seed: 1,
		},
		Log: Log{Level: "info", Format: "text", Sample: 10},
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
