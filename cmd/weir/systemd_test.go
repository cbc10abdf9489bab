package main

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// A service manager hears when it serves, that it lives, and when it stops.
func TestNotifiesSystemd(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	m, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	_ = m.SetReadDeadline(time.Now().Add(patience))
	next := func() string {
		b := make([]byte, 1000)
		n, err := m.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	p := startWeir(t, func(c *exec.Cmd) { c.Env = append(c.Env, "NOTIFY_SOCKET="+name, "WATCHDOG_USEC=100000") },
		"--drain-window", "7s", "--drain-delay", "100ms")
	if got, want := next(), "READY=1\nSTATUS=serving on "+p.url; got != want {
		t.Errorf("first came %q, want %q", got, want)
	}
	p.until("/readyz", 200, "ready")
	for range 3 {
		if got := next(); got != "WATCHDOG=1" {
			t.Errorf("then came %q", got)
		}
	}
	p.signal(syscall.SIGTERM)
	got := next()
	for got == "WATCHDOG=1" {
		got = next()
	}
	if want := "STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=18100000"; got != want {
		t.Errorf("in the end came %q, want %q", got, want)
	}
	if err := p.wait(); err != nil {
		t.Error(err)
	}
}

// socket opens a listener and returns its address and a file to hand down.
func socket(t *testing.T, network, addr string) (net.Addr, *os.File) {
	t.Helper()
	ln, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if u, ok := ln.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	f, err := ln.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return ln.Addr(), f
}

// activated makes the command one that is started with the sockets, as systemd starts it. LISTEN_PID is the process's own, which
// only a shell that becomes it can know.
func activated(names string, files ...*os.File) func(*exec.Cmd) {
	return func(c *exec.Cmd) {
		c.Args = append([]string{"sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`}, c.Args...)
		c.Path = "/bin/sh"
		var env []string
		for _, e := range c.Env {
			if !strings.HasPrefix(e, "WEIR_") {
				env = append(env, e)
			}
		}
		c.Env = append(env, "LISTEN_FDS="+string(rune('0'+len(files))), "LISTEN_FDNAMES="+names)
		c.ExtraFiles = files
	}
}

// The sockets that systemd holds are served, the default addresses are not opened beside them, and a client that comes while
// the server is restarted waits in the socket's queue instead of being refused.
func TestSocketActivation(t *testing.T) {
	tcp, feed := socket(t, "tcp", "127.0.0.1:0")
	path := filepath.Join(t.TempDir(), "feed")
	_, local := socket(t, "unix", path)
	adminAddr, admin := socket(t, "tcp", "127.0.0.1:0")
	sockets := activated("weir.socket:weir.socket:admin", feed, local, admin)

	p := startWeir(t, sockets)
	if p.url != "ws://"+tcp.String()+"/feed" || p.admin != "http://"+adminAddr.String() || !strings.Contains(p.output(), "listening on unix:"+path+"\n") ||
		strings.Count(p.output(), "listening on ") != 2 {
		t.Fatalf("it says\n%s", p.output())
	}
	c := p.subscribe("btcusdt@trade")
	p.until("/metrics", 200, "\nweir_connections_open 1\n")
	_ = c.CloseNow()
	nc, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
	p.signal(syscall.SIGTERM)
	if err := p.wait(); err != nil {
		t.Fatal(err)
	}

	opened := make(chan error, 1)
	go func() {
		c, _, err := websocket.Dial(t.Context(), p.url, nil)
		if err == nil {
			_ = c.CloseNow()
		}
		opened <- err
	}()
	next := startWeir(t, sockets)
	select {
	case err := <-opened:
		if err != nil {
			t.Errorf("the client that came between two servers: %v", err)
		}
	case <-time.After(patience):
		t.Error("the client that came between two servers is not served")
	}
	next.signal(syscall.SIGTERM)
	if err := next.wait(); err != nil {
		t.Error(err)
	}
}

// An address that is asked for is served beside the sockets.
func TestSocketActivationAndListen(t *testing.T) {
	_, feed := socket(t, "tcp", "127.0.0.1:0")
	p := startWeir(t, activated("", feed), "--listen", "127.0.0.1:0", "--admin", "off")
	if strings.Count(p.output(), "listening on ws://127.0.0.1:") != 2 {
		t.Errorf("it says\n%s", p.output())
	}
}

// A descriptor that is no listener is an error that says what to mend.
func TestSocketActivationWithoutAListener(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	cmd := exec.Command(os.Args[0], "serve")
	cmd.Env = append(os.Environ(), beWeir+"=1")
	activated("feed", null)(cmd)
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "weir: descriptor 3 (feed) is no listening stream socket: ") ||
		!strings.Contains(string(out), "the socket unit needs ListenStream=") {
		t.Errorf("%v\n%s", err, out)
	}
}

// What is required of every connection is required on an inherited socket too: nobody but a trusted proxy, and its header first.
func TestSocketActivationWithProxyProtocol(t *testing.T) {
	addr, feed := socket(t, "tcp", "127.0.0.1:0")
	p := startWeir(t, activated("feed", feed), "--proxy-protocol", "--trusted-proxies", "127.0.0.1", "--admin", "127.0.0.1:0")
	for header, want := range map[string]string{"": "", "PROXY TCP4 198.51.100.7 198.51.100.8 1 2\r\n": "HTTP/1.1 426 "} {
		nc, err := net.Dial("tcp", addr.String())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		_ = nc.SetDeadline(time.Now().Add(patience))
		if _, err := nc.Write([]byte(header + "GET /feed HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(nc); !strings.HasPrefix(string(got), want) || want == "" && len(got) > 0 {
			t.Errorf("behind the header %q the answer is %q", header, got)
		}
	}
	p.until("/metrics", 200, `weir_interventions_total{reason="proxy_header"} 1`)
}

// An address that names a socket says what is spoken on it; one that names none is an error that says which.
func TestSocketActivationWithTLS(t *testing.T) {
	cert, key := filepath.Join(t.TempDir(), "crt"), filepath.Join(t.TempDir(), "key")
	selfSigned(t, cert, key, ellipticKey(t))
	addr, web := socket(t, "tcp", "127.0.0.1:0")
	plainAddr, plain := socket(t, "tcp", "127.0.0.1:0")
	args := []string{"--listen", "tls:fd:web", "--tls-cert", cert, "--tls-key", key, "--admin", "off"}
	p := startWeir(t, activated("web:plain", web, plain), args...)
	if want := "listening on wss://" + addr.String() + "/feed\nlistening on ws://" + plainAddr.String() + "/feed\n"; !strings.HasPrefix(p.output(), want) {
		t.Errorf("it says\n%s", p.output())
	}
	c, err := tls.Dial("tcp", addr.String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Write([]byte("GET /feed HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(c); err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 426 ") {
		t.Errorf("the answer is %q, %v", got, err)
	}

	cmd := exec.Command(os.Args[0], append([]string{"serve"}, args...)...)
	cmd.Env = append(os.Environ(), beWeir+"=1")
	activated("weir.socket", web)(cmd)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "weir: tls:fd:web: no socket of this name was handed down") {
		t.Errorf("%v\n%s", err, out)
	}
}
