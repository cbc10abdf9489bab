package config

import (
	"net/netip"
	"strings"

	"github.com/weir-ws/weir/engine"
)

// proxyPrefix marks an address of engine.Config.Addrs on which the PROXY protocol is required.
const proxyPrefix = "proxy:"

// Proxied tells whether the PROXY protocol is required on address a.
func Proxied(a string) bool { return strings.HasPrefix(a, proxyPrefix) }

// addrs are the addresses for the engine.
func (c *Config) addrs() []string {
	if !c.Proxy.Protocol {
		return c.Server.Listen
	}
	all := make([]string, len(c.Server.Listen))
	for i, a := range c.Server.Listen {
		all[i] = proxyPrefix + strings.TrimPrefix(a, proxyPrefix)
	}
	return all
}

// engine is the engine's part of it. The ranges were checked when they were set.
func (p *Proxy) engine() engine.ProxyConfig {
	cfg := engine.ProxyConfig{Headers: p.Headers}
	for _, w := range p.Trusted {
		if w == unixPeers {
			cfg.TrustUnix = true
		} else if prefix, err := netip.ParsePrefix(w); err == nil {
			cfg.Trusted = append(cfg.Trusted, prefix)
		}
	}
	return cfg
}
