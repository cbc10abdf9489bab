package engine

import "time"

// HTTPConfig is what Config.HTTP says about requests that are no WebSocket handshakes, which Handler.HTTP serves, and
// about connections that come from other servers by Engine.Upgrade.
type HTTPConfig struct {
	// ReadHeaderTimeout is the time for the head of a second or later request of a connection, from its first
	// byte (0: Config.HandshakeTimeout). The first head has Config.HandshakeTimeout, from accept on.
	ReadHeaderTimeout time.Duration
	// ReadTimeout and WriteTimeout are those of http.Server: the time for a whole request, and for the whole
	// answer. 0 or negative: none, which long uploads and event streams need.
	ReadTimeout  time.Duration
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection may wait for its next request (0: 60 s; negative: for ever).
	IdleTimeout time.Duration
	// MaxHeaderBytes is the largest head of a second or later request in bytes (0: Config.MaxHead). Slightly
	// more is let through; net/http is not exact about it.
	MaxHeaderBytes int
	// MaxConns caps the connections that Handler.HTTP has, each of which costs a goroutine and buffers,
	// unlike a WebSocket (0: 10,000; negative: no cap but Config.MaxConns). One more is answered 503.
	MaxConns int
	// UpgradeOnly lets Run serve without an address of its own: every connection comes by Engine.Upgrade.
	UpgradeOnly bool
}

func (c *Config) httpDefaults() {
	h := &c.HTTP
	orDur(&h.ReadHeaderTimeout, c.HandshakeTimeout)
	orDur(&h.IdleTimeout, time.Minute)
	orInt(&h.MaxHeaderBytes, c.MaxHead)
	orInt(&h.MaxConns, 10_000)
}

func (c *Config) checkHTTP(bad func(cond bool, field, why string)) {
	h := &c.HTTP
	bad(h.ReadHeaderTimeout < 0, "HTTP.ReadHeaderTimeout", "must not be negative: a client that sends no head would be waited for")
	bad(h.MaxHeaderBytes < 0, "HTTP.MaxHeaderBytes", "must not be negative")
	bad(h.UpgradeOnly && len(c.Addrs)+len(c.Listeners) > 0, "HTTP.UpgradeOnly", "contradicts Addrs and Listeners: leave it out, or them")
}
