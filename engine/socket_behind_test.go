//go:build unix

package engine_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// believing is quickly with loopback as a trusted proxy.
func believing() engine.Config {
	cfg := quickly()
	cfg.Proxy.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	return cfg
}

// whoAmI tells everybody the address that it has for them, by HTTP and by WebSocket.
func whoAmI() engine.Handler {
	return engine.Handler{
		Upgrade: func(r *http.Request) (engine.Accept, error) { return engine.Accept{User: r.RemoteAddr}, nil },
		Message: func(c *engine.Conn, op frame.Op, _ []byte) {
			c.Send(op, fmt.Appendf(nil, "%s %s", c.User(), c.RemoteAddr()))
		},
		HTTP: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RemoteAddr) }),
	}
}

// get1 sends a request over a kept connection and returns the body of the answer.
func (c *rawClient) get1(lines ...string) string {
	c.t.Helper()
	c.bytes("GET / HTTP/1.1\r\nHost: server.example.com\r\n" + strings.Join(append(lines, "\r\n"), "\r\n"))
	body, err := io.ReadAll(c.response("GET").Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(body)
}

// A proxy's kept connection carries the requests of many clients: each has its own address, none is charged with the
// connection; and when one of them makes a WebSocket of it, that one is.
func TestHTTPBehindAProxy(t *testing.T) {
	t.Parallel()
	cfg := believing()
	cfg.MaxConnsPerAddr = 1
	s := serve(t, cfg, whoAmI())
	a, b := connect(t, s.addr), connect(t, s.addr)
	for _, c := range []*rawClient{a, b} {
		for _, client := range []string{"198.51.100.1", "198.51.100.2", "198.51.100.1"} {
			if got := c.get1("X-Forwarded-For: " + client); got != client+":0" {
				t.Errorf("RemoteAddr is %q, want %s", got, client)
			}
		}
		if got := c.get1(); got != c.LocalAddr().String() {
			t.Errorf("without a word from the proxy RemoteAddr is %q", got)
		}
	}
	if n := engine.Admitted(s.Engine); n != 2 {
		t.Errorf("%d counted, want 2", n)
	}
	a.request("X-Forwarded-For: 198.51.100.1")
	if r := a.response("GET"); r.StatusCode != 101 {
		t.Fatal(r.Status)
	}
	a.say(frame.OpText, "?")
	a.expect(frame.OpText, "198.51.100.1:0 198.51.100.1:0")
	b.request("X-Forwarded-For: 198.51.100.1") // one of this address is enough
	if r := b.response("GET"); r.StatusCode != 429 {
		t.Errorf("the second connection of an address got %s", r.Status)
	}
	b.expectEOF()
	_ = b.Close()
	eventually(t, "b is counted out", func() bool { return engine.Admitted(s.Engine) == 1 })
	_ = a.Close()
	eventually(t, "a is counted out", func() bool { return engine.Admitted(s.Engine) == 0 })
	if got, want := s.Stats().Reasons, (map[engine.Reason]uint64{engine.ReasonAddressFull: 1}); !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
	c := dialWS(t, s.addr, "X-Forwarded-For: 198.51.100.1") // it has been given back
	_ = c.Close()
}

// Engine.Upgrade believes the same proxies as the engine's own addresses.
func TestUpgradeBehindAProxy(t *testing.T) {
	t.Parallel()
	cfg := believing()
	cfg.MaxConnsPerAddr = 1
	a := adopt(t, cfg, whoAmI(), nil, nil)
	for range 2 {
		c := dialWS(t, a.addr, "X-Forwarded-For: 198.51.100.1")
		c.say(frame.OpText, "?")
		c.expect(frame.OpText, "198.51.100.1:0 198.51.100.1:0")
		second := connect(t, a.addr)
		second.request("X-Forwarded-For: 198.51.100.1")
		if r := second.response("GET"); r.StatusCode != 429 {
			t.Errorf("the second connection of an address got %s", r.Status)
		}
		_ = c.Close()
		eventually(t, "it is counted out", func() bool { return engine.Admitted(a.Engine) == 0 })
	}
}

// A PROXY protocol header before the TLS handshake, as balancers that pass TLS through send it: whose the connection is
// is known before anything is decrypted. A wrong header, none, or an address with enough connections: closed.
func TestTLSBehindAProxy(t *testing.T) {
	t.Parallel()
	cfg := believing()
	cfg.Addrs, cfg.TLS = []string{"proxy:tls:127.0.0.1:0"}, secure().TLS
	cfg.TLS.HandshakeTimeout, cfg.MaxConnsPerAddr = 4*time.Second, 1
	s := serve(t, cfg, whoAmI())
	const v1 = "PROXY TCP4 198.51.100.7 10.0.0.1 5007 443\r\n"
	v2 := "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc6\x33\x64\x08\x0a\x00\x00\x01\x13\x90\x01\xbb" // 198.51.100.8:5008
	for _, row := range []struct{ header, want string }{{v1, "198.51.100.7:5007"}, {v2, "198.51.100.8:5008"}} {
		under := connect(t, s.addr)
		under.bytes(row.header[:7])
		time.Sleep(time.Millisecond) // likely another segment; either way it must work
		under.bytes(row.header[7:])
		c := secureOver(t, under.Conn, trusting(tls.VersionTLS13))
		if got := c.get1(); got != row.want { // by way of net/http
			t.Errorf("by HTTP: %q, want %s", got, row.want)
		}
		c.request()
		if r := c.response("GET"); r.StatusCode != 101 {
			t.Fatal(r.Status)
		}
		c.say(frame.OpText, "?")
		c.expect(frame.OpText, row.want+" "+row.want)
	}
	for _, refused := range []string{v1, "GET / HTTP/1.1\r\n", ""} {
		c := connect(t, s.addr)
		c.bytes(refused)
		if _, err := c.br.ReadByte(); err == nil {
			t.Errorf("%q was answered", refused)
		}
	}
	eventually(t, "the others are counted out", func() bool { return engine.Admitted(s.Engine) == 2 })
	want := map[engine.Reason]uint64{engine.ReasonAddressFull: 1, engine.ReasonProxyHeader: 1, engine.ReasonProxyTimeout: 1}
	if got := s.Stats().Reasons; !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}

// A proxy that takes TLS off and one that passes it on with X-Forwarded-For inside: the header is believed behind TLS as well.
func TestTLSForwardedFor(t *testing.T) {
	t.Parallel()
	cfg := believing()
	cfg.Addrs, cfg.TLS = secure().Addrs, secure().TLS
	s := serve(t, cfg, whoAmI())
	c := dialWSS(t, s.addr, trusting(tls.VersionTLS12), "X-Forwarded-For: 198.51.100.9")
	c.say(frame.OpText, "?")
	c.expect(frame.OpText, "198.51.100.9:0 198.51.100.9:0")
}

// The PROXY protocol header has a time of its own, shorter than the handshake behind it; a balancer that only looks whether somebody
// listens is no fault.
func TestTLSProxyHeaderTimeout(t *testing.T) {
	t.Parallel()
	cfg := believing()
	cfg.Addrs, cfg.TLS = []string{"proxy:tls:127.0.0.1:0"}, secure().TLS
	cfg.TLS.HandshakeTimeout, cfg.Proxy.HeaderTimeout = time.Hour, 2*time.Second
	s := serve(t, cfg, whoAmI())
	patient := connect(t, s.addr)
	patient.bytes("PROXY TCP4 198.51.100.7 10.0.0.1 5007 443\r\n")
	_ = connect(t, s.addr).Close() // a probe
	silent := connect(t, s.addr)
	silent.bytes("PROXY ")
	if _, err := silent.br.ReadByte(); err == nil {
		t.Error("half a header was answered")
	}
	eventually(t, "the probe is counted out", func() bool { return engine.Admitted(s.Engine) == 1 })
	if got, want := s.Stats().Reasons, (map[engine.Reason]uint64{engine.ReasonProxyTimeout: 1}); !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
	c := secureOver(t, patient.Conn, trusting(tls.VersionTLS13))
	if got := c.get1(); got != "198.51.100.7:5007" {
		t.Errorf("the client is %q", got)
	}
}
