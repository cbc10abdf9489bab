package engine

// Reason names a decision of the engine against a connection: why it was refused, or ended by us. They are few and
// fixed, so that each can be a label of a metric; Stats.Reasons counts them.
type Reason uint8

const (
	// Refused when they came, with an HTTP answer.

	ReasonServerFull  Reason = iota // 503: Config.MaxConns is reached
	ReasonServerRate                // 503: Config.TotalConnRate is exceeded
	ReasonMemory                    // 503: the process is over Config.Memory.Budget
	ReasonAddressFull               // 429: Config.MaxConnsPerAddr is reached
	ReasonAddressRate               // 429: Config.ConnRate is exceeded

	// Refused before there was a request, with no answer.

	ReasonProxyUntrusted   // came to a "proxy:" address from somebody who is not in Config.Proxy.Trusted
	ReasonProxyHeader      // began with something that is no PROXY protocol header
	ReasonProxyTimeout     // the PROXY protocol header was not complete within Config.Proxy.HeaderTimeout
	ReasonHandshakeTimeout // the request head was not complete within Config.HandshakeTimeout, or the TLS handshake before it within its own

	// Refused because of the request.

	ReasonBadHandshake // 4xx or 505: the request is no correct handshake
	ReasonOrigin       // 403: Config.Origins does not allow it
	ReasonDraining     // 503: the engine is shutting down
	ReasonHTTPFull     // 503: Config.HTTP.MaxConns is reached, or no descriptor is left to hand the connection to net/http
	ReasonBusy         // 503: the upgrade workers are busy, and Config.Workers.Queue is full
	ReasonHandler      // Handler.Upgrade said no, or failed

	// Ended later.

	ReasonFragments    // 1008: Config.MaxFragments
	ReasonInflate      // 1009: a message inflates beyond Config.MaxMessage or Compression.MaxRatio; 1008: one that is mostly empty blocks, or many that swell
	ReasonFlood        // 1008: Config.FloodRate
	ReasonMessageRate  // 1008: Config.MessageRate
	ReasonByteRate     // 1008: Config.ByteRate
	ReasonSlowPolicy   // 1013: PolicyDisconnect, at the high watermark
	ReasonHardLimit    // 1013: Config.HardLimit
	ReasonWriteTimeout // 1013: Config.WriteTimeout
	ReasonShed         // 1013: the process is over its memory budget, and much was unsent
	ReasonPanic        // 1011: a callback panicked
	ReasonPingTimeout  // 1006: Config.DeadAfter
	ReasonCloseTimeout // our close frame was left unanswered for Config.CloseTimeout

	reasonCount
)

var reasonNames = [reasonCount]string{
	"server_full", "server_rate", "memory", "address_full", "address_rate",
	"proxy_untrusted", "proxy_header", "proxy_timeout", "handshake_timeout",
	"bad_handshake", "origin", "draining", "http_full", "busy", "handler",
	"fragments", "inflate", "flood", "message_rate", "byte_rate", "slow_policy", "hard_limit", "write_timeout", "shed",
	"panic", "ping_timeout", "close_timeout",
}

// String returns the reason's name for a metric: lower case, with underscores.
func (r Reason) String() string {
	if r < reasonCount {
		return reasonNames[r]
	}
	return "unknown"
}

// Reasons returns all there are.
func Reasons() []Reason {
	rs := make([]Reason, reasonCount)
	for i := range rs {
		rs[i] = Reason(i)
	}
	return rs
}
