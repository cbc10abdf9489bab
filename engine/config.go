package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"time"

	"github.com/weir-ws/weir/frame"
)

// SlowPolicy says what happens to a message for a connection that already holds
// Config.HighWatermark or more unsent bytes.
type SlowPolicy uint8

const (
	// PolicyDrop refuses the new message ([Dropped]) and keeps the connection.
	PolicyDrop SlowPolicy = iota
	// PolicyDisconnect closes the connection with 1013 (try again later): for
	// channels where a gap is worse than a reconnect.
	PolicyDisconnect

	// PolicyQueue accepts the message up to Config.HardLimit, at which the connection ends with 1013. For
	// Conn.SendUnder only.
	PolicyQueue
	// PolicyRefuse is PolicyDrop for a caller that keeps the message and offers it again in Drain: it does not count as dropped. For
	// Conn.SendUnder only.
	PolicyRefuse
)

// String returns the name, for the first two that of configuration files: "drop", "disconnect", "queue" or "refuse".
func (p SlowPolicy) String() string {
	switch p {
	case PolicyDrop:
		return "drop"
	case PolicyDisconnect:
		return "disconnect"
	case PolicyQueue:
		return "queue"
	case PolicyRefuse:
		return "refuse"
	}
	return fmt.Sprintf("SlowPolicy(%d)", uint8(p))
}

// Config is an engine's configuration. The zero value of every field is a default
// that is fit for production; a negative value switches the thing off where that is
// said, and is an error otherwise.
type Config struct {
	// Addrs are the addresses to listen on: "host:port", or "unix:/path". Port 0
	// picks a free one (see Engine.Addrs). Empty is an error for Run, unless there are Listeners or HTTP.UpgradeOnly is set.
	// Before either, "tls:" makes it an address for wss:// and https:// (see TLS). Before all that, "proxy:" makes
	// it an address for load balancers: only the trusted ones of Proxy may connect, and every connection must begin with a
	// PROXY protocol header, version 1 or 2. A unix socket that a killed process has left behind is replaced.
	Addrs []string
	// Listeners are served beside Addrs: sockets that listen already, inherited from a service manager or made by the
	// application, TCP or unix; a [Listener] says more of one. They are the engine's from Listen on, which closes them in the end. Nil: none.
	Listeners []net.Listener
	// Loops is the number of event loops, at most 256; 0 means GOMAXPROCS.
	Loops int
	// ReusePort sets SO_REUSEPORT on TCP listeners, so that several processes can
	// share one port. Not available on every system; Run then fails.
	ReusePort bool

	// MaxConns caps open connections; one more is answered 503. 0 means the soft
	// RLIMIT_NOFILE less a reserve of descriptors (see Engine.MaxConns); a larger
	// value than that is lowered to it.
	MaxConns int
	// MaxConnsPerAddr caps connections of one address (IPv6: one /64); 0: no cap.
	MaxConnsPerAddr int
	// ConnRate and ConnBurst limit new connections per second from one address; rate 0: no limit, burst 0: a second's worth.
	ConnRate  float64
	ConnBurst int
	// TotalConnRate and TotalConnBurst limit new connections per second from all addresses, by the same rule.
	TotalConnRate  float64
	TotalConnBurst int
	// LimitLoopback applies the per-address limits to 127.0.0.0/8 and ::1 as well. A client that a trusted proxy on
	// these addresses names has an address of its own, and is limited without it.
	LimitLoopback bool

	// Proxy says which proxies in front are believed about their clients' addresses.
	Proxy ProxyConfig
	// Memory is what is done when memory runs short.
	Memory MemoryConfig

	// MaxHead is the largest request head in bytes (0: 8192), MaxHeaders the
	// largest number of header fields (0: 100); more is answered 431.
	MaxHead    int
	MaxHeaders int
	// Origins are the allowed Origin patterns. Nil allows requests without an Origin
	// and those whose Origin host equals Host; "*" allows all;
	// "https://*.example.com" allows one level or more below a domain.
	Origins []string
	// HandshakeTimeout is the time from accept to the complete request head (0: 5 s).
	// It is absolute: a byte now and then does not extend it.
	HandshakeTimeout time.Duration

	// MaxMessage is the largest message in bytes (0: 1 MiB), judged by its declared
	// length, or as it inflates; more closes with 1009.
	MaxMessage int64
	// MaxFragments is the number of fragments a message may have while they average
	// under MinFragment bytes (0: 1024 and 32); more closes with 1008.
	MaxFragments int
	MinFragment  int
	// FloodRate and FloodBurst bound pings, pongs, empty messages and fragments under
	// MinFragment bytes, per connection (0: 100 per second, burst 4096; negative
	// rate: no bound); more closes with 1008.
	FloodRate  int
	FloodBurst int
	// MessageRate, MessageBurst, ByteRate and ByteBurst bound what one connection may
	// send, in messages and payload bytes (as inflated) per second; 0: no bound. More closes with 1008.
	MessageRate  int
	MessageBurst int
	ByteRate     int
	ByteBurst    int

	// Compression is permessage-deflate; off by default.
	Compression Compression

	// HighWatermark (0: 64 KiB) and LowWatermark (0: 16 KiB) are unsent bytes of one connection.
	HighWatermark int
	LowWatermark  int
	// UnsentLimit is how many bytes the kernel takes of a connection beyond what it has sent (TCP_NOTSENT_LOWAT, on Linux, of listeners for TCP). The
	// watermarks, and conflation above them, begin behind those bytes, so the limit is how stale a slow reader's data gets
	// in the kernel. Below 64 KiB a burst takes more writes. 0: the system's limit, which is none.
	UnsentLimit int
	// HardLimit is the number of unsent bytes that ends a connection with 1013 whatever its
	// policy (0: 4 MiB, or four high watermarks if that is more).
	HardLimit int
	// Slow is the policy of new connections; Conn.SetSlowPolicy changes it for one.
	Slow SlowPolicy
	// WriteTimeout ends a connection with 1013 when its peer took nothing for that
	// long although bytes were waiting (0: 20 s; negative: never).
	WriteTimeout time.Duration

	// PingAfter sends a ping to a connection from which nothing came for that long (0: 30 s;
	// negative: no pings). DeadAfter resets one from which nothing came for that long (0: 60 s, or twice
	// PingAfter if that is more; negative: never). Any data counts as life.
	PingAfter time.Duration
	DeadAfter time.Duration

	// CloseTimeout is how long a peer may take to answer a close frame before TCP reset (0: 5 s).
	CloseTimeout time.Duration
	// DrainWindow is the span over which Shutdown spreads its close frames (0: 1 s; negative: all at once).
	DrainWindow time.Duration

	// DrainCode is the status of those close frames: frame.StatusGoingAway (1001, what 0 stands for) or
	// frame.StatusServiceRestart (1012), which invites clients to reconnect.
	DrainCode frame.Status

	// Drain is what else there is to say about Shutdown.
	Drain DrainConfig
	// TLS is about addresses that begin with "tls:".
	TLS TLSConfig
	// Workers is about work that may block.
	Workers WorkersConfig
	// HTTP is about requests that are no WebSocket handshakes; see Handler.HTTP.
	HTTP HTTPConfig

	// Logger receives the engine's log; nil discards it.
	Logger *slog.Logger
}

// ConfigError names the field of a Config that cannot work, and why.
type ConfigError struct {
	Field string
	Why   string
}

func (e *ConfigError) Error() string { return "engine: Config." + e.Field + " " + e.Why }

// maxLoops is gnet's own cap, which it applies without a word.
const maxLoops = 256

const defaultHigh, defaultLow = 64 << 10, 16 << 10

func orInt(v *int, d int) {
	if *v == 0 {
		*v = d
	}
}

func orDur(v *time.Duration, d time.Duration) {
	if *v == 0 {
		*v = d
	}
}

// withDefaults returns c with every zero replaced by the value it stands for.
func (c Config) withDefaults() Config {
	orInt(&c.Loops, min(runtime.GOMAXPROCS(0), maxLoops))
	orInt(&c.MaxHead, 8192)
	orInt(&c.MaxHeaders, 100)
	orDur(&c.HandshakeTimeout, 5*time.Second)
	if c.MaxMessage == 0 {
		c.MaxMessage = 1 << 20
	}
	orInt(&c.MaxFragments, 1024)
	orInt(&c.MinFragment, 32)
	orInt(&c.FloodRate, 100)
	orInt(&c.FloodBurst, 4096)
	orInt(&c.MessageBurst, c.MessageRate)
	orInt(&c.ByteBurst, c.ByteRate)
	c.Compression = c.Compression.withDefaults()
	orInt(&c.HighWatermark, defaultHigh)
	orInt(&c.LowWatermark, min(defaultLow, c.HighWatermark))
	orInt(&c.HardLimit, max(4<<20, 4*c.HighWatermark))
	orDur(&c.WriteTimeout, 20*time.Second)
	orDur(&c.PingAfter, 30*time.Second)
	orDur(&c.DeadAfter, max(60*time.Second, 2*c.PingAfter))
	orDur(&c.CloseTimeout, 5*time.Second)
	orDur(&c.DrainWindow, time.Second)
	c.Proxy.withDefaults()
	c.Memory.withDefaults()
	c.httpDefaults()
	c.tlsDefaults()
	c.workersDefaults()
	if c.DrainCode == 0 {
		c.DrainCode = frame.StatusGoingAway
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// validate reports every field that cannot work, joined. It takes a Config with defaults filled in.
func (c *Config) validate() error {
	var errs []error
	bad := func(cond bool, field, why string) {
		if cond {
			errs = append(errs, &ConfigError{Field: field, Why: why})
		}
	}
	for _, f := range []struct {
		name string
		v    int64
	}{
		{"Loops", int64(c.Loops)}, {"MaxConns", int64(c.MaxConns)}, {"MaxConnsPerAddr", int64(c.MaxConnsPerAddr)},
		{"ConnBurst", int64(c.ConnBurst)}, {"TotalConnBurst", int64(c.TotalConnBurst)}, {"MaxHead", int64(c.MaxHead)},
		{"MaxHeaders", int64(c.MaxHeaders)}, {"HandshakeTimeout", int64(c.HandshakeTimeout)}, {"MaxMessage", c.MaxMessage},
		{"MaxFragments", int64(c.MaxFragments)}, {"MinFragment", int64(c.MinFragment)}, {"FloodBurst", int64(c.FloodBurst)},
		{"MessageRate", int64(c.MessageRate)}, {"MessageBurst", int64(c.MessageBurst)}, {"ByteRate", int64(c.ByteRate)},
		{"ByteBurst", int64(c.ByteBurst)}, {"UnsentLimit", int64(c.UnsentLimit)}, {"HighWatermark", int64(c.HighWatermark)}, {"LowWatermark", int64(c.LowWatermark)},
		{"HardLimit", int64(c.HardLimit)}, {"CloseTimeout", int64(c.CloseTimeout)},
	} {
		bad(f.v < 0, f.name, "must not be negative")
	}
	bad(c.Loops > maxLoops, "Loops", "must not be above 256, which is as many as gnet runs")
	bad(c.DrainCode != frame.StatusGoingAway && c.DrainCode != frame.StatusServiceRestart, "DrainCode", "must be 1001 or 1012")
	c.Compression.validate(bad)
	bad(c.ConnRate < 0, "ConnRate", "must not be negative")
	bad(c.TotalConnRate < 0, "TotalConnRate", "must not be negative")
	bad(c.LowWatermark > c.HighWatermark, "LowWatermark", "must not be above HighWatermark")
	bad(c.HighWatermark > c.HardLimit, "HardLimit", "must not be below HighWatermark")
	bad(c.Slow > PolicyDisconnect, "Slow", "must be PolicyDrop or PolicyDisconnect")
	bad(c.PingAfter > 0 && c.DeadAfter > 0 && c.DeadAfter <= c.PingAfter, "DeadAfter",
		"must be longer than PingAfter, or a healthy idle peer has no time to answer")
	errs = append(errs, c.Drain.validate()...)
	for i, ln := range c.Listeners {
		bad(asListener(ln).Listener == nil, "Listeners", fmt.Sprintf("has nil at index %d", i))
	}
	c.checkHTTP(bad)
	c.checkTLS(bad)
	c.checkWorkers(bad)
	for _, p := range c.Origins {
		if err := checkOriginPattern(p); err != nil {
			bad(true, "Origins", err.Error())
		}
	}
	for _, a := range c.Addrs {
		bad(parseAddr(a).addr == "", "Addrs", `has an empty address; write "127.0.0.1:8080", ":8080" or "unix:/path"`)
	}
	errs = append(errs, c.Proxy.validate(c.proxied())...)
	return errors.Join(errs...)
}
