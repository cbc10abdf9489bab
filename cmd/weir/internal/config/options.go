package config

import (
	"math"
	"strings"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub/feed"
	"github.com/weir-ws/weir/hub/feed/source"
)

// Option is one thing that can be configured; the one place where it is documented.
type Option struct {
	Group string // of the file: "limits"
	Flag  string // "max-conns"
	Help  string // one line; a word in back quotes names the value, as in package flag

	field string // of engine.Config, so that its errors can name the option; "": none
	value func(*Config) value
}

// Key is the option's name in a file: "limits.max-conns". The one that switches a group on is its "enabled".
func (o *Option) Key() string {
	if o.Flag == o.Group {
		return o.Group + ".enabled"
	}
	return o.Group + "." + strings.TrimPrefix(o.Flag, o.Group+"-")
}

// Env is the option's name in the environment: "WEIR_MAX_CONNS".
func (o *Option) Env() string { return envName(o.Flag) }

func envName(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Group is a heading of the help text.
type Group struct {
	Name  string // "limits"
	Title string // "Limits"
}

// Groups lists the groups in the order of the help text.
func Groups() []Group {
	return []Group{
		{"source", "Source"}, {"channels", "Channels"}, {"server", "Server"}, {"tls", "TLS"}, {"auth", "Auth"}, {"publish", "Publishing"}, {"limits", "Limits"},
		{"proxy", "Proxies in front"}, {"compress", "Compression"},
		{"slow", "Slow subscribers"}, {"heartbeat", "Heartbeat"}, {"log", "Log"},
	}
}

// Options lists the options in the order of the help text.
func Options() []Option { return options }

var options = []Option{
	{"source", "replay", "play a recording, `file` or file.gz, instead of the synthetic market", "",
		func(c *Config) value { return &text{&c.Source.Replay} }},
	{"source", "speed", "`factor` of the recorded speed: 1, 10, 0.5, or max (as fast as the subscribers take it)", "",
		func(c *Config) value { return &speed{&c.Source.Speed} }},
	{"source", "loop", "play the recording again at its end, and again", "",
		func(c *Config) value { return &boolean{&c.Source.Loop} }},
	{"source", "min-subscribers", "begin the replay when every channel of it has `n` subscribers", "",
		func(c *Config) value { return &whole{&c.Source.MinSubscribers, 0, math.MaxInt32} }},
	{"source", "skip-snapshots", "leave out the order books of a recording, which go to its depth streams otherwise, brought up to date", "",
		func(c *Config) value { return &boolean{&c.Source.SkipSnapshots} }},
	{"source", "upstream", "take in from another server: `url` [weir|raw] [NAME=VALUE]..., docs/operations.md; may be repeated; then there is no market", "",
		func(c *Config) value { return &upstreams{&c.Source.Upstream} }},
	{"source", "stdin", "publish the lines of standard input, each as in POST /publish; then there is no market", "",
		func(c *Config) value { return &boolean{&c.Source.Stdin} }},
	{"source", "stdin-strict", "end the server at the first bad line, instead of passing over it and marking what comes next as a gap", "",
		func(c *Config) value { return &boolean{&c.Source.StdinStrict} }},
	{"source", "symbols", "`n` symbols in the synthetic market, three channels each; 0: no market, only what is published", "",
		func(c *Config) value { return &whole{&c.Source.Symbols, 0, source.MaxSymbols} }},
	{"source", "trade-rate", "`n` trades a second of each symbol, on average; about five messages each", "",
		func(c *Config) value {
			return &rate{&c.Source.TradeRate, source.MinTradesPerSecond, source.MaxTradesPerSecond}
		}},
	{"source", "seed", "`n` that all chance of the synthetic market comes from", "",
		func(c *Config) value { return &seed{&c.Source.Seed} }},

	{"channels", "channels-rules", "`rules`, the first that matches counts: PATTERN [plain|trade|ticker|book] [NAME=VALUE]...; may be repeated", "",
		func(c *Config) value { return &rules{&c.Channels.Rules} }},

	{"server", "listen", "`address` to listen on, host:port, unix:/path or fd:name (a socket of systemd's), behind tls: for wss and https; may be repeated", "Addrs",
		func(c *Config) value { return &list{&c.Server.Listen} }},
	{"server", "origins", "`patterns` of allowed browser origins, such as https://*.example.com, or * for all (default same host)", "Origins",
		func(c *Config) value { return &list{&c.Server.Origins} }},
	{"server", "loops", "`n` event loops; 0: one for each CPU", "Loops",
		func(c *Config) value { return &whole{&c.Server.Loops, 0, 1024} }},
	{"server", "reuse-port", "share the port with other processes (SO_REUSEPORT)", "ReusePort",
		func(c *Config) value { return &boolean{&c.Server.ReusePort} }},
	{"server", "admin", "`address` of the admin listener (metrics, health, connections), of its own and not public; off: none", "",
		func(c *Config) value { return &text{&c.Server.Admin} }},
	{"server", "pprof", "serve Go's profiles on the admin listener", "",
		func(c *Config) value { return &boolean{&c.Server.Pprof} }},
	{"server", "drain-delay", "`time` from SIGTERM to the drain in which /readyz fails and clients are still served; off: none", "",
		func(c *Config) value { return &duration{&c.Server.DrainDelay, true} }},
	{"server", "drain-window", "`span` over which the closes of a shutdown are spread, 10 ms a connection at most; off: all at once", "DrainWindow",
		func(c *Config) value { return &duration{&c.Server.DrainWindow, true} }},
	{"server", "drain-code", "close `code` of a shutdown: 1001 (going away) or 1012 (restarting)", "DrainCode",
		func(c *Config) value { return &enum[name]{(*name)(&c.Server.DrainCode), []name{"1001", "1012"}} }},
	{"server", "drain-retry", "`time` after which, and within twice which, clients are asked to come back; off: no hint", "Drain.RetryAfter",
		func(c *Config) value { return &duration{&c.Server.DrainRetry, true} }},
	{"server", "gogc", "`percent` of garbage over live heap: less memory below 100, less CPU above; -1: off", "",
		func(c *Config) value { return &whole{&c.Server.GOGC, -1, 10_000} }},

	{"tls", "tls-cert", "`file` with the certificate chain in PEM; read again when it changes, and at SIGHUP", "",
		func(c *Config) value { return &text{&c.TLS.Cert} }},
	{"tls", "tls-key", "`file` with the certificate's private key, in PEM", "",
		func(c *Config) value { return &text{&c.TLS.Key} }},
	{"tls", "tls-client-ca", "`file` with authorities in PEM; clients must show a certificate that one of them has signed", "",
		func(c *Config) value { return &text{&c.TLS.ClientCA} }},

	{"auth", "auth-tokens", "let in who has a token of this `file`; a line is NAME TOKEN subscribe=PATTERNS publish=PATTERNS", "",
		func(c *Config) value { return &text{&c.Auth.Tokens} }},
	{"auth", "auth-keys", "let in who has a JSON web token (HS256, RS256, EdDSA) signed by a key of this JWKS `file`", "",
		func(c *Config) value { return &text{&c.Auth.Keys} }},
	{"auth", "auth-issuer", "iss of a JSON web token must be this `name`", "",
		func(c *Config) value { return &text{&c.Auth.Issuer} }},
	{"auth", "auth-audience", "aud of a JSON web token must be one of these `names`; without any, tokens that have an aud are refused", "",
		func(c *Config) value { return &list{&c.Auth.Audience} }},
	{"auth", "auth-claim", "`name` of the claim with the rights: {\"subscribe\":[PATTERNS],\"publish\":[PATTERNS]}", "",
		func(c *Config) value { return &text{&c.Auth.Claim} }},
	{"auth", "auth-leeway", "`time` by which the issuer's clock and this one may differ; off: none", "",
		func(c *Config) value { return &duration{&c.Auth.Leeway, true} }},
	{"auth", "auth-without-exp", "take JSON web tokens without exp, which never expire", "",
		func(c *Config) value { return &boolean{&c.Auth.WithoutExp} }},
	{"auth", "auth-query", "take a token from the URL too (?access_token=TOKEN), though proxies may log it", "",
		func(c *Config) value { return &boolean{&c.Auth.Query} }},

	{"publish", "publish-to", "`patterns` of channels that clients may publish to, such as news,orders/*; these channels exist then", "",
		func(c *Config) value { return &list{&c.Publish.To} }},
	{"publish", "publish-open", "without auth: let everybody publish", "",
		func(c *Config) value { return &boolean{&c.Publish.Open} }},
	{"publish", "publish-max-data", "`size` of the largest message that is published", "",
		func(c *Config) value { return &size{&c.Publish.MaxData, 1, feed.DefaultMaxRequest} }},
	{"publish", "publish-max-body", "`size` of the largest request to publish over HTTP", "",
		func(c *Config) value { return &size{&c.Publish.MaxBody, 1, 1 << 40} }},

	{"limits", "max-conns", "`n` connections at once; 0: as many as descriptors allow", "MaxConns",
		func(c *Config) value { return &whole{&c.Limits.MaxConns, 0, math.MaxInt32} }},
	{"limits", "max-conns-per-addr", "`n` connections of one address (IPv6: of one /64); 0: no cap", "MaxConnsPerAddr",
		func(c *Config) value { return &whole{&c.Limits.MaxConnsPerAddr, 0, math.MaxInt32} }},
	{"limits", "conn-rate", "`n` new connections a second from one address, or such as 100/min; 0: no limit", "ConnRate",
		func(c *Config) value { return &rate{&c.Limits.ConnRate, 0, 1e9} }},
	{"limits", "conn-burst", "`n` new connections from one address at once; 0: a second's worth, which of 100/min is 2", "ConnBurst",
		func(c *Config) value { return &whole{&c.Limits.ConnBurst, 0, math.MaxInt32} }},
	{"limits", "total-conn-rate", "`n` new connections a second from all addresses, or such as 100/min; 0: no limit", "TotalConnRate",
		func(c *Config) value { return &rate{&c.Limits.TotalConnRate, 0, 1e9} }},
	{"limits", "total-conn-burst", "`n` new connections from all addresses at once; 0: a second's worth", "TotalConnBurst",
		func(c *Config) value { return &whole{&c.Limits.TotalConnBurst, 0, math.MaxInt32} }},
	{"limits", "limit-loopback", "apply the limits of an address to 127.0.0.0/8 and ::1 too", "LimitLoopback",
		func(c *Config) value { return &boolean{&c.Limits.LimitLoopback} }},
	{"limits", "handshake-timeout", "`time` from connect to the whole request", "HandshakeTimeout",
		func(c *Config) value { return &duration{&c.Limits.HandshakeTimeout, false} }},
	{"limits", "max-message", "`size` of the largest message from a client", "MaxMessage",
		func(c *Config) value { return &size{&c.Limits.MaxMessage, 1, 1 << 30} }},
	{"limits", "max-channels", "`n` channels that one connection may subscribe to", "",
		func(c *Config) value { return &whole{&c.Limits.MaxChannels, 1, math.MaxInt32} }},
	{"limits", "message-rate", "`n` messages a second from one connection; 0: no limit", "MessageRate",
		func(c *Config) value { return &whole{&c.Limits.MessageRate, 0, math.MaxInt32} }},
	{"limits", "message-burst", "`n` messages from one connection at once; 0: a second's worth", "MessageBurst",
		func(c *Config) value { return &whole{&c.Limits.MessageBurst, 0, math.MaxInt32} }},
	{"limits", "byte-rate", "`size` of the messages that one connection sends in a second; 0: no limit", "ByteRate",
		func(c *Config) value { return &size{&c.Limits.ByteRate, 0, 1 << 30} }},
	{"limits", "byte-burst", "`size` of messages from one connection at once; 0: a second's worth", "ByteBurst",
		func(c *Config) value { return &size{&c.Limits.ByteBurst, 0, 1 << 30} }},
	{"limits", "memory-budget", "`size` of memory to keep within, by refusing new connections and closing the slowest; 0: GOMEMLIMIT", "Memory.Budget",
		func(c *Config) value { return &size{&c.Limits.MemoryBudget, 0, 1 << 50} }},

	{"proxy", "trusted-proxies", "`addresses` of proxies that may tell a client's address: 10.0.0.0/8, or unix for a unix socket's peers", "Proxy.Trusted",
		func(c *Config) value { return &cidrs{list{&c.Proxy.Trusted}} }},
	{"proxy", "proxy-headers", "`names` of headers in which they tell it, the first that is there counts: X-Forwarded-For, Forwarded, X-Real-IP", "Proxy.Headers",
		func(c *Config) value { return &list{&c.Proxy.Headers} }},
	{"proxy", "proxy-protocol", "every connection begins with a PROXY protocol header, and only trusted proxies may connect", "",
		func(c *Config) value { return &boolean{&c.Proxy.Protocol} }},

	{"compress", "compress", "compress messages for clients that offer it (permessage-deflate)", "",
		func(c *Config) value { return &boolean{&c.Compress.Enabled} }},
	{"compress", "compress-level", "`n` from 1 (fastest) to 9 (smallest)", "Compression.Level",
		func(c *Config) value { return &whole{&c.Compress.Level, 1, 9} }},
	{"compress", "compress-threshold", "`size` from which messages are compressed", "",
		func(c *Config) value { return &size{&c.Compress.Threshold, 0, math.MaxInt32} }},
	{"compress", "compress-server-context", "keep our window between messages: each is then compressed for each subscriber", "",
		func(c *Config) value { return &boolean{&c.Compress.ServerContext} }},
	{"compress", "compress-client-context", "let clients keep theirs: up to 32 KiB for each connection", "",
		func(c *Config) value { return &boolean{&c.Compress.ClientContext} }},
	{"compress", "compress-server-window", "`bits` of our window, 8 to 15", "Compression.ServerWindowBits",
		func(c *Config) value { return &whole{&c.Compress.ServerWindow, 8, 15} }},
	{"compress", "compress-client-window", "`bits` of the windows that clients may keep, 8 to 15", "Compression.ClientWindowBits",
		func(c *Config) value { return &whole{&c.Compress.ClientWindow, 8, 15} }},
	{"compress", "compress-max-ratio", "`n` bytes that a compressed one may inflate to, beyond 64 KiB; 0: any", "",
		func(c *Config) value { return &whole{&c.Compress.MaxRatio, 0, math.MaxInt32} }},

	{"slow", "unsent-limit", "`size` of a connection's data that the kernel takes and has not sent; 0: no limit", "UnsentLimit",
		func(c *Config) value { return &size{&c.Slow.UnsentLimit, 0, math.MaxInt32} }},
	{"slow", "high-watermark", "`size` of a connection's unsent bytes at which --slow-policy applies", "HighWatermark",
		func(c *Config) value { return &size{&c.Slow.HighWatermark, 1, math.MaxInt32} }},
	{"slow", "low-watermark", "`size` of unsent bytes at which it has caught up", "LowWatermark",
		func(c *Config) value { return &size{&c.Slow.LowWatermark, 1, math.MaxInt32} }},
	{"slow", "hard-limit", "`size` of unsent bytes at which it is disconnected whatever the policy", "HardLimit",
		func(c *Config) value { return &size{&c.Slow.HardLimit, 1, math.MaxInt32} }},
	{"slow", "slow-policy", "`policy`: drop new messages, or disconnect (1013)", "Slow",
		func(c *Config) value {
			return &enum[engine.SlowPolicy]{&c.Slow.Policy, []engine.SlowPolicy{engine.PolicyDrop, engine.PolicyDisconnect}}
		}},
	{"slow", "write-timeout", "disconnect after a `time` in which nothing was taken; off: never", "WriteTimeout",
		func(c *Config) value { return &duration{&c.Slow.WriteTimeout, true} }},

	{"heartbeat", "ping-after", "ping after a `time` of silence; off: no pings", "PingAfter",
		func(c *Config) value { return &duration{&c.Heartbeat.PingAfter, true} }},
	{"heartbeat", "dead-after", "reset after a `time` of silence; off: never", "DeadAfter",
		func(c *Config) value { return &duration{&c.Heartbeat.DeadAfter, true} }},

	{"log", "log-level", "`level`: debug, info, warn or error", "",
		func(c *Config) value {
			return &enum[name]{(*name)(&c.Log.Level), []name{"debug", "info", "warn", "error"}}
		}},
	{"log", "log-format", "`format`: text or json", "",
		func(c *Config) value { return &enum[name]{(*name)(&c.Log.Format), []name{"text", "json"}} }},
	{"log", "log-sample", "`n` lines a second of each message, the others are counted; 0: all", "",
		func(c *Config) value { return &whole{&c.Log.Sample, 0, math.MaxInt32} }},
}
