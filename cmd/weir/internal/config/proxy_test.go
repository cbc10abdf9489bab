package config

import (
	"fmt"
	"slices"
	"testing"
)

// What is said about proxies reaches the engine.
func TestProxies(t *testing.T) {
	c, err := Load(write(t, "a.yaml", "proxy: {trusted-proxies: [10.0.0.0/8, unix], headers: [X-Real-IP], protocol: true}\n"), nil,
		flags(t, "--listen", "127.0.0.1:1", "--listen", "unix:/run/x", "--listen", "proxy::2", "--byte-rate", "64KiB", "--conn-rate", "90/min"))
	if err != nil {
		t.Fatal(err)
	}
	e := c.Engine(nil)
	if want := []string{"proxy:127.0.0.1:1", "proxy:unix:/run/x", "proxy::2"}; !slices.Equal(e.Addrs, want) {
		t.Errorf("addresses %q, want %q", e.Addrs, want)
	}
	if got := fmt.Sprint(e.Proxy.Trusted, e.Proxy.TrustUnix, e.Proxy.Headers); got != "[10.0.0.0/8] true [X-Real-IP]" {
		t.Errorf("proxies %s", got)
	}
	if e.ByteRate != 64<<10 || e.ConnRate != 1.5 {
		t.Errorf("byte rate %d, connection rate %v", e.ByteRate, e.ConnRate)
	}
}
