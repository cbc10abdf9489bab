package engine_test

import (
	"crypto/tls"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

var anywhere = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}

// Every field that cannot work is named, with what to do about it, and nothing else is.
func TestConfigErrors(t *testing.T) {
	for _, row := range []struct {
		field string
		cfg   engine.Config
	}{
		{"Loops", engine.Config{Loops: -1}},
		{"Loops", engine.Config{Loops: 257}},
		{"MaxConns", engine.Config{MaxConns: -1}},
		{"MaxConnsPerAddr", engine.Config{MaxConnsPerAddr: -1}},
		{"ConnRate", engine.Config{ConnRate: -0.5}},
		{"ConnBurst", engine.Config{ConnBurst: -1}},
		{"TotalConnRate", engine.Config{TotalConnRate: -1}},
		{"TotalConnBurst", engine.Config{TotalConnBurst: -1}},
		{"MaxHead", engine.Config{MaxHead: -1}},
		{"MaxHeaders", engine.Config{MaxHeaders: -1}},
		{"Origins", engine.Config{Origins: []string{"https://ok.example", "https://*"}}},
		{"HandshakeTimeout", engine.Config{HandshakeTimeout: -time.Second}},
		{"MaxMessage", engine.Config{MaxMessage: -1}},
		{"MaxFragments", engine.Config{MaxFragments: -1}},
		{"MinFragment", engine.Config{MinFragment: -1}},
		{"FloodBurst", engine.Config{FloodBurst: -1}},
		{"MessageRate", engine.Config{MessageRate: -1, MessageBurst: 1}},
		{"MessageBurst", engine.Config{MessageBurst: -1}},
		{"ByteRate", engine.Config{ByteRate: -1, ByteBurst: 1}},
		{"ByteBurst", engine.Config{ByteBurst: -1}},
		{"HighWatermark", engine.Config{HighWatermark: -1, LowWatermark: -2, HardLimit: 1}},
		{"LowWatermark", engine.Config{LowWatermark: -1}},
		{"LowWatermark", engine.Config{HighWatermark: 1000, LowWatermark: 1001}},
		{"HardLimit", engine.Config{HardLimit: -1}},
		{"HardLimit", engine.Config{HighWatermark: 1000, HardLimit: 999}},
		{"Slow", engine.Config{Slow: 2}},
		{"DeadAfter", engine.Config{PingAfter: time.Minute, DeadAfter: time.Minute}},
		{"Compression.Level", engine.Config{Compression: engine.Compression{Level: 10}}},
		{"Compression.Level", engine.Config{Compression: engine.Compression{Level: -1}}},
		{"Compression.ServerWindowBits", engine.Config{Compression: engine.Compression{ServerWindowBits: 7}}},
		{"Compression.ClientWindowBits", engine.Config{Compression: engine.Compression{ClientWindowBits: 16}}},
		{"CloseTimeout", engine.Config{CloseTimeout: -1}},
		{"DrainCode", engine.Config{DrainCode: frame.StatusNormal}},
		{"TLS.Config", engine.Config{Addrs: []string{"tls:127.0.0.1:0"}}},
		{"TLS.Config", engine.Config{TLS: engine.TLSConfig{Config: &tls.Config{}}}},
		{"TLS.Config", engine.Config{TLS: engine.TLSConfig{Config: &tls.Config{Certificates: make([]tls.Certificate, 1), MaxVersion: tls.VersionTLS11}}}},
		{"TLS.HandshakeTimeout", engine.Config{TLS: engine.TLSConfig{HandshakeTimeout: -1}}},
		{"TLS.MaxHandshakes", engine.Config{TLS: engine.TLSConfig{MaxHandshakes: -1}}},
		{"Workers.Max", engine.Config{Workers: engine.WorkersConfig{Max: -1}}},
		{"Workers.Queue", engine.Config{Workers: engine.WorkersConfig{Queue: -1}}},
		{"Workers.PerConn", engine.Config{Workers: engine.WorkersConfig{PerConn: -1}}},
		{"Addrs", engine.Config{Addrs: []string{"tls:"}, TLS: engine.TLSConfig{Config: &tls.Config{Certificates: make([]tls.Certificate, 1)}}}},
		{"HTTP.ReadHeaderTimeout", engine.Config{HTTP: engine.HTTPConfig{ReadHeaderTimeout: -1}}},
		{"HTTP.MaxHeaderBytes", engine.Config{HTTP: engine.HTTPConfig{MaxHeaderBytes: -1}}},
		{"HTTP.UpgradeOnly", engine.Config{HTTP: engine.HTTPConfig{UpgradeOnly: true}, Addrs: []string{":0"}}},
		{"Addrs", engine.Config{Addrs: []string{":0", ""}}},
		{"Addrs", engine.Config{Addrs: []string{"unix:"}}},
		{"Addrs", engine.Config{Addrs: []string{"proxy:"}, Proxy: engine.ProxyConfig{Trusted: anywhere}}},
		{"Addrs", engine.Config{Addrs: []string{"proxy:unix:"}, Proxy: engine.ProxyConfig{TrustUnix: true}}},
		{"Proxy.Trusted", engine.Config{Addrs: []string{"proxy::0"}}},
		{"Proxy.Trusted", engine.Config{Addrs: []string{"proxy::0"}, Proxy: engine.ProxyConfig{TrustUnix: true}}},
		{"Proxy.Trusted", engine.Config{Addrs: []string{"proxy:unix:/x"}, Proxy: engine.ProxyConfig{Trusted: anywhere}}},
		{"Proxy.Trusted", engine.Config{Proxy: engine.ProxyConfig{Trusted: []netip.Prefix{{}}}}},
		{"Proxy.Headers", engine.Config{Proxy: engine.ProxyConfig{Headers: []string{"X-Client-IP"}}}},
		{"Proxy.HeaderTimeout", engine.Config{Proxy: engine.ProxyConfig{HeaderTimeout: -1}}},
	} {
		_, err := engine.New(row.cfg, engine.Handler{})
		var ce *engine.ConfigError
		if !errors.As(err, &ce) {
			t.Errorf("%s: %+v: got %v", row.field, row.cfg, err)
			continue
		}
		if !strings.Contains(err.Error(), "Config."+row.field+" ") || ce.Why == "" {
			t.Errorf("%s: the error is %q", row.field, err)
		}
	}
}

// All mistakes are told at once.
func TestConfigErrorsAreJoined(t *testing.T) {
	_, err := engine.New(engine.Config{Loops: -1, MaxHead: -1, DrainCode: 42}, engine.Handler{})
	for _, field := range []string{"Loops", "MaxHead", "DrainCode"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not in %v", field, err)
		}
	}
}

// The zero Config works, and so does every switch-off that is documented.
func TestConfigThatWorks(t *testing.T) {
	for name, cfg := range map[string]engine.Config{
		"zero":                               {},
		"everything off that can be in HTTP": {HTTP: engine.HTTPConfig{IdleTimeout: -1, MaxConns: -1, ReadTimeout: -1, WriteTimeout: -1}},
		"everything off that can be":         {FloodRate: -1, WriteTimeout: -1, PingAfter: -1, DeadAfter: -1, DrainWindow: -1},
		"a high mark below the low default":  {HighWatermark: 100},
		"a high mark above the hard default": {HighWatermark: 64 << 20},
		"long pings":                         {PingAfter: 10 * time.Minute},
		"dead without pings":                 {PingAfter: -1, DeadAfter: time.Second},
		"pings without death":                {PingAfter: time.Minute, DeadAfter: -1},
		"restart":                            {DrainCode: frame.StatusServiceRestart},
		"unix":                               {Addrs: []string{"unix:/tmp/x", ":0"}},
		"proxies":                            {Addrs: []string{"proxy::0", "proxy:unix:/x"}, Proxy: engine.ProxyConfig{Trusted: anywhere, TrustUnix: true, Headers: []string{"x-real-ip", "FORWARDED"}}},
		"no memory budget":                   {Memory: engine.MemoryConfig{Budget: -1}},
		"any origin":                         {Origins: []string{"*"}},
		"compression":                        {Compression: engine.Compression{Enabled: true}},
		"compression of everything":          {Compression: engine.Compression{Enabled: true, Threshold: -1, MaxRatio: -1, Level: 9, ServerWindowBits: 8, ClientWindowBits: 8}},
	} {
		e, err := engine.New(cfg, engine.Handler{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e.Loops() < 1 || e.MaxConns() < 1 {
			t.Errorf("%s: %d loops, %d connections", name, e.Loops(), e.MaxConns())
		}
	}
}

func TestSlowPolicyString(t *testing.T) {
	for p, want := range map[engine.SlowPolicy]string{engine.PolicyDrop: "drop", engine.PolicyDisconnect: "disconnect",
		engine.PolicyQueue: "queue", engine.PolicyRefuse: "refuse", 9: "SlowPolicy(9)"} {
		if got := p.String(); got != want {
			t.Errorf("%d is %q, want %q", uint8(p), got, want)
		}
	}
}

func TestOutcomeString(t *testing.T) {
	for o, want := range map[engine.Outcome]string{engine.Sent: "sent", engine.Queued: "queued", engine.Dropped: "dropped", engine.Closed: "closed", 9: "unknown"} {
		if got := o.String(); got != want {
			t.Errorf("%d is %q, want %q", uint8(o), got, want)
		}
	}
}
