package engine

import (
	"crypto/tls"
	"net"
	"slices"
	"time"
)

// TLSConfig is what Config.TLS says about the addresses in Config.Addrs that begin with "tls:".
type TLSConfig struct {
	// Config is the server's: certificates or GetCertificate, which may give another one at any time and for
	// any server name; client certificates by ClientAuth and ClientCAs. Needed if there is a "tls:" address. TLS 1.2
	// is the least; "http/1.1" is the one protocol that is negotiated, because RFC 6455 is written for it. New
	// copies it.
	Config *tls.Config
	// HandshakeTimeout is the time from accept to the end of the TLS handshake (0: Config.HandshakeTimeout,
	// which the request head has for itself, behind that). It is absolute.
	HandshakeTimeout time.Duration
	// MaxHandshakes is the number of TLS handshakes that may be under way at once on one address, each of which costs a
	// goroutine for as long (0: 1024). Further connections wait in the kernel's queue.
	MaxHandshakes int
}

func (c *Config) tlsDefaults() {
	orDur(&c.TLS.HandshakeTimeout, c.HandshakeTimeout)
	orInt(&c.TLS.MaxHandshakes, 1024)
	if c.TLS.Config != nil {
		t := c.TLS.Config.Clone()
		t.MinVersion = max(t.MinVersion, tls.VersionTLS12)
		t.NextProtos = []string{"http/1.1"}
		c.TLS.Config = t
	}
}

func (c *Config) checkTLS(bad func(cond bool, field, why string)) {
	t := c.TLS.Config
	wanted := slices.ContainsFunc(c.Addrs, func(a string) bool { return parseAddr(a).secure })
	bad(wanted && t == nil, "TLS.Config", `is missing, and an address in Addrs begins with "tls:"`)
	inherited := slices.ContainsFunc(c.Listeners, func(ln net.Listener) bool { return asListener(ln).TLS })
	bad(inherited && t == nil, "TLS.Config", "is missing, and one of Listeners has TLS")
	bad(t != nil && len(t.Certificates) == 0 && t.GetCertificate == nil && t.GetConfigForClient == nil,
		"TLS.Config", "has no certificate: set Certificates or GetCertificate")
	bad(t != nil && t.MaxVersion != 0 && t.MaxVersion < tls.VersionTLS12, "TLS.Config", "allows TLS 1.1 at most; 1.2 is the least here")
	bad(c.TLS.HandshakeTimeout < 0, "TLS.HandshakeTimeout", "must not be negative: a client that sends nothing would be waited for")
	bad(c.TLS.MaxHandshakes < 0, "TLS.MaxHandshakes", "must not be negative")
}
