//go:build unix

package engine_test

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// inherit makes a listener from another one's descriptor, as a process does with those it is started with.
func inherit(t *testing.T, ln interface {
	net.Listener
	File() (*os.File, error)
}) net.Listener {
	t.Helper()
	f, err := ln.File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := net.FileListener(f)
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	return got
}

// Sockets that listen already are served like those the engine opens, and closed in the end.
func TestSocketInheritedListeners(t *testing.T) {
	t.Parallel()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "s")
	local, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	local.(*net.UnixListener).SetUnlinkOnClose(false)
	cfg := quickly()
	cfg.Listeners = []net.Listener{inherit(t, tcp.(*net.TCPListener)), inherit(t, local.(*net.UnixListener))}
	h, refs := opened(echo())
	s := serve(t, cfg, h)
	addrs := s.Addrs()
	if len(addrs) != 3 || addrs[1].String() != tcp.Addr().String() || addrs[2].String() != path {
		t.Fatalf("addresses %v", addrs)
	}
	for _, a := range addrs {
		c := dialWS(t, a)
		ref := wait(t, "Open", refs)
		if a.Network() == "tcp" && keepsAlive(t, ref) {
			t.Errorf("a connection of %v has TCP keepalive", a)
		}
		if _, err := c.Write(masked(frame.OpText, []byte("hello"))); err != nil {
			t.Fatal(err)
		}
		if op, p, err := c.next(); op != frame.OpText || string(p) != "hello" || err != nil {
			t.Errorf("through %v: %v %q %v", a, op, p, err)
		}
		_ = c.Close()
	}
	s.stop()
	for _, a := range addrs {
		if nc, err := net.Dial(a.Network(), a.String()); err == nil {
			_ = nc.Close()
			t.Errorf("somebody still listens on %v", a)
		}
	}
}

// keepsAlive tells whether SO_KEEPALIVE is set on the connection of ref.
func keepsAlive(t *testing.T, ref engine.Ref) bool {
	t.Helper()
	set := make(chan int, 1)
	ref.Post(func(c *engine.Conn) {
		v, err := unix.GetsockoptInt(engine.Descriptor(c), unix.SOL_SOCKET, unix.SO_KEEPALIVE)
		if err != nil {
			t.Error(err)
		}
		set <- v
	})
	return wait(t, "the option", set) != 0
}

// A Listener says of a socket what the prefixes say of an address.
func TestSocketInheritedTLSAndProxy(t *testing.T) {
	t.Parallel()
	cfg := secure()
	cfg.Addrs = nil
	cfg.Proxy.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for _, l := range []engine.Listener{{TLS: true}, {Proxy: true}, {TLS: true, Proxy: true}} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Listener = inherit(t, ln.(*net.TCPListener))
		cfg.Listeners = append(cfg.Listeners, l)
	}
	h, refs := opened(echo())
	s := serve(t, cfg, h)
	for i, a := range s.Addrs() {
		l, nc := cfg.Listeners[i].(engine.Listener), connect(t, a)
		if l.Proxy {
			nc.bytes("PROXY TCP4 198.51.100.7 198.51.100.8 5001 80\r\n")
		}
		if l.TLS {
			nc = secureOver(t, nc.Conn, trusting(tls.VersionTLS13))
		}
		nc.request()
		if r := nc.response("GET"); r.StatusCode != 101 {
			t.Fatalf("%+v: %s", l, r.Status)
		}
		ref, told := wait(t, "Open", refs), make(chan string, 1)
		ref.Post(func(c *engine.Conn) { told <- c.RemoteAddr().String() })
		if got := wait(t, "the address", told); l.Proxy != (got == "198.51.100.7:5001") {
			t.Errorf("%+v: the client is %s", l, got)
		}
	}
}

func TestListenersErrors(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for field, l := range map[string]engine.Listener{"Listeners": {}, "TLS.Config": {Listener: ln, TLS: true}, "Proxy.Trusted": {Listener: ln, Proxy: true}} {
		_, err := engine.New(engine.Config{Listeners: []net.Listener{l}}, engine.Handler{})
		if ce := (*engine.ConfigError)(nil); !errors.As(err, &ce) || ce.Field != field {
			t.Errorf("%+v: %v, want an error about %s", l, err, field)
		}
	}
}

func TestNilListener(t *testing.T) {
	_, err := engine.New(engine.Config{Listeners: []net.Listener{nil}}, engine.Handler{})
	if ce := (*engine.ConfigError)(nil); !errors.As(err, &ce) || ce.Field != "Listeners" {
		t.Errorf("a nil listener: %v", err)
	}
}
