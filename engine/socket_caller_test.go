//go:build unix

package engine_test

import (
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// proxiedConfig listens where load balancers are to connect, by TCP and on a unix socket.
func proxiedConfig(t *testing.T) engine.Config {
	cfg := quickly()
	cfg.Addrs = []string{"proxy:127.0.0.1:0", "proxy:unix:" + filepath.Join(t.TempDir(), "proxy.sock"), "127.0.0.1:0"}
	cfg.Proxy = engine.ProxyConfig{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, TrustUnix: true}
	return cfg
}

// Headers as go-proxyproto and nginx write them, alone in a segment or with the request behind them, on listeners that
// require them; the listener beside takes none.
func TestSocketProxyProtocol(t *testing.T) {
	t.Parallel()
	s := serve(t, proxiedConfig(t), engine.Handler{Message: func(c *engine.Conn, op frame.Op, _ []byte) {
		c.Send(op, []byte(c.RemoteAddr().String()))
	}})
	from := &net.TCPAddr{IP: net.IPv4(198, 51, 100, 7), Port: 5007}
	to := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}
	headers := map[string][]byte{"nginx": []byte("PROXY TCP4 198.51.100.7 127.0.0.1 5007 80\r\n")}
	for v := byte(1); v <= 2; v++ {
		h := proxyproto.HeaderProxyFromAddrs(v, from, to)
		if v == 2 {
			if err := h.SetTLVs([]proxyproto.TLV{{Type: proxyproto.PP2_TYPE_AUTHORITY, Value: []byte("example.com")}}); err != nil {
				t.Fatal(err)
			}
		}
		b, err := h.Format()
		if err != nil {
			t.Fatal(err)
		}
		headers["go-proxyproto "+string('0'+v)] = b
	}
	for name, h := range headers {
		for _, a := range s.Addrs()[:2] {
			for _, apart := range []bool{false, true} {
				c := connect(t, a)
				if apart {
					c.bytes(string(h[:len(h)/2]))
					time.Sleep(5 * time.Millisecond)
					c.bytes(string(h[len(h)/2:]))
					time.Sleep(5 * time.Millisecond)
					c.request()
				} else {
					c.bytes(string(h) + plainRequest + "\r\n")
				}
				if r := c.response("GET"); r.StatusCode != 101 {
					t.Fatalf("%s, %v: %s", name, a, r.Status)
				}
				c.say(frame.OpText, "who am I?")
				c.expect(frame.OpText, "198.51.100.7:5007")
			}
		}
	}
	c := connect(t, s.Addrs()[2])
	c.bytes(string(headers["nginx"]) + plainRequest + "\r\n")
	if r := c.response("GET"); r.StatusCode != 400 {
		t.Errorf("a header where none is expected: %s", r.Status)
	}
}

// curl speaks version 1.
func TestSocketProxyProtocolCurl(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("no curl")
	}
	saw := make(chan string, 1)
	h := engine.Handler{Open: func(c *engine.Conn) { saw <- c.RemoteAddr().String(); c.Close(1000, "") }}
	s := serve(t, proxiedConfig(t), h)
	cmd := exec.CommandContext(t.Context(), curl, "-isS", "--max-time", "20", "--haproxy-protocol", "-H", "Upgrade: websocket", "-H", "Connection: Upgrade",
		"-H", "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "http://"+s.addr.String()+"/")
	out, err := cmd.Output() // it waits for the end of the body, of which a 101 has none
	if !strings.HasPrefix(string(out), "HTTP/1.1 101 ") {
		t.Fatalf("%v\n%s", err, out)
	}
	// curl names its own end of the connection, so this says what Peer would have said as well; the header was consumed.
	if a := wait(t, "Open", saw); !strings.HasPrefix(a, "127.0.0.1:") {
		t.Errorf("RemoteAddr %q", a)
	}
}

// The real address is charged over real sockets, too, and a trusted unix peer's header is believed.
func TestSocketCallerIsCharged(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.Addrs = append(cfg.Addrs, "unix:"+filepath.Join(t.TempDir(), "weir.sock"))
	cfg.MaxConnsPerAddr = 1
	cfg.Proxy = engine.ProxyConfig{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, TrustUnix: true, Headers: []string{"X-Real-IP"}}
	s := serve(t, cfg, engine.Handler{Message: func(c *engine.Conn, op frame.Op, _ []byte) {
		c.Send(op, []byte(c.RemoteAddr().String()))
	}})
	for _, a := range s.Addrs() {
		first := dialWS(t, a, "X-Real-IP: 198.51.100.1")
		first.say(frame.OpText, "who am I?")
		first.expect(frame.OpText, "198.51.100.1:0")
		for _, b := range s.Addrs() {
			c := connect(t, b)
			c.request("X-Real-IP: 198.51.100.1")
			if r := c.response("GET"); r.StatusCode != 429 || r.Header.Get("Retry-After") == "" {
				t.Errorf("the second of one address: %s", r.Status)
			}
			c.expectEOF()
		}
		_ = dialWS(t, a, "X-Real-IP: 198.51.100.2").Close()
		_ = first.Close()
		eventually(t, "both are counted out", func() bool { return s.Stats().Open == 0 && engine.Admitted(s.Engine) == 0 })
	}
}

// Who is no trusted proxy is turned away where only those may connect, with no answer.
func TestSocketStrangerAtAProxysAddress(t *testing.T) {
	t.Parallel()
	cfg := proxiedConfig(t)
	cfg.Proxy = engine.ProxyConfig{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, TrustUnix: true}
	s := serve(t, cfg, echo())
	c := connect(t, s.addr)
	_, _ = c.Write([]byte(fromA + plainRequest + "\r\n"))
	if _, err := c.br.ReadByte(); err == nil {
		t.Error("a stranger got an answer")
	}
	eventually(t, "counted", func() bool { return s.Stats().Reasons[engine.ReasonProxyUntrusted] == 1 })
}
