package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

func TestAdminEndpoints(t *testing.T) {
	p := startWeir(t, nil, "--loops", "2")
	if code, body := p.get("/"); code != 200 || !strings.Contains(body, "/connz") {
		t.Errorf("/ is %d\n%s", code, body)
	}
	if code, body := p.get("/livez"); code != 200 || body != "ok\n" {
		t.Errorf("/livez is %d %q", code, body)
	}
	p.until("/readyz?verbose", 200, "[+] state: serving\n[+] loops: loop ")
	c := p.subscribe("btcusdt@trade", "ethusdt@trade")
	for range 3 { // two answers, and a message: the source is at work
		if _, _, err := c.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	other := p.subscribe("btcusdt@trade")

	body := p.until("/metrics", 200, "\nweir_subscriptions 3\n")
	sample := func(name string) float64 {
		m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("no %s in\n%s", name, body)
		}
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for name, want := range map[string]float64{
		"weir_connections_open": 2, "weir_channels": 2, "weir_ready": 1, "weir_draining": 0, "weir_requests_total": 3,
		`weir_handshakes_total{result="accepted"}`: 2, `weir_disconnects_total{code="1006"}`: 0,
	} {
		if got := sample(name); got != want {
			t.Errorf("%s is %g, want %g", name, got, want)
		}
	}
	if sample("weir_source_messages_total") < 1 || sample("process_open_fds") < 5 || sample(`weir_loop_lag_seconds{loop="1"}`) < 0 {
		t.Errorf("figures that cannot be in\n%s", body)
	}

	var page struct {
		Totals      struct{ Connections, Subscriptions int }
		Connections []struct {
			Addr          string
			State         string
			Subscriptions int
		}
	}
	code, text := p.get("/connz?sort=age&limit=1")
	if err := json.Unmarshal([]byte(text), &page); err != nil || code != 200 {
		t.Fatalf("/connz is %d, %v\n%s", code, err, text)
	}
	if page.Totals.Connections != 2 || page.Totals.Subscriptions != 3 || len(page.Connections) != 1 ||
		page.Connections[0].State != "open" || !strings.HasPrefix(page.Connections[0].Addr, "127.0.0.1:") {
		t.Errorf("/connz is %+v", page)
	}
	if code, _ := p.get("/debug/pprof/"); code != 404 {
		t.Errorf("pprof is there without --pprof: %d", code)
	}

	// None of it is public.
	public := strings.TrimSuffix(strings.Replace(p.url, "ws://", "http://", 1), "/feed")
	for _, path := range []string{"/metrics", "/livez", "/readyz", "/connz", "/debug/pprof/"} {
		if code, body := get(t, public+path); code == 200 || strings.Contains(body, "weir_") {
			t.Errorf("the public listener answers %s with %d\n%s", path, code, body)
		}
	}
	_, _ = c.CloseNow(), other.CloseNow() // who does not read answers no close frame
	p.signal(syscall.SIGTERM)
	if err := p.wait(); err != nil {
		t.Error(err)
	}
}

func TestPprof(t *testing.T) {
	p := startWeir(t, nil, "--pprof")
	if code, body := p.get("/debug/pprof/goroutine?debug=1"); code != 200 || !strings.Contains(body, "goroutine profile") {
		t.Errorf("%d\n%s", code, body)
	}
}

func TestAdminOff(t *testing.T) {
	if p := startWeir(t, nil, "--admin", "off"); p.admin != "" {
		t.Errorf("an admin listener is at %s", p.admin)
	}
}

// A default port that is taken does not keep the server from starting; one that was asked for does.
func TestAdminPortIsTaken(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:8081")
	for end := time.Now().Add(patience); err != nil; time.Sleep(20 * time.Millisecond) { // another test's server has it, and may let go of it at any time
		if time.Now().After(end) {
			t.Fatal(err)
		}
		ln, err = net.Listen("tcp", "127.0.0.1:8081")
	}
	defer ln.Close()
	var errs strings.Builder
	p := startWeir(t, func(c *exec.Cmd) {
		c.Env = append(os.Environ(), beWeir+"=1", "WEIR_LISTEN=127.0.0.1:0")
		c.Stderr = &errs
	})
	_ = p.subscribe("btcusdt@trade").CloseNow()
	p.signal(syscall.SIGTERM)
	if err := p.wait(); err != nil || p.admin != "" {
		t.Errorf("%v, admin at %q", err, p.admin)
	}
	if !strings.Contains(errs.String(), "no admin listener: its default address is taken; choose another with --admin, or off") {
		t.Errorf("it says\n%s", errs.String())
	}

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:8081")
	cmd.Env = append(os.Environ(), beWeir+"=1")
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), "weir: admin listener on 127.0.0.1:8081: ") {
		t.Errorf("%v\n%s", err, out)
	}
}

// What stands at /metrics is an exposition that Prometheus reads, and its linter has nothing to say about it.
func TestMetricsAreAnExposition(t *testing.T) {
	p := startWeir(t, nil)
	_, body := p.get("/metrics")
	problems, err := promlint.New(strings.NewReader(body)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range problems {
		t.Errorf("%s: %s", l.Metric, l.Text)
	}
	if n := strings.Count(body, "# TYPE weir_"); n < 40 {
		t.Errorf("%d metrics", n)
	}
}

// Who has no address is shown as what it is: a client of a unix socket, be it the server's or that of a proxy.
func TestConnzOfUnixSockets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weir.sock")
	for _, c := range []struct{ network, listen, header string }{
		{"unix", "unix:" + path, ""},
		// PROXY protocol, version 2, a stream of family AF_UNIX: two paths of 108 bytes.
		{"tcp", "127.0.0.1:0", "\r\n\r\n\x00\r\nQUIT\n\x21\x31\x00\xd8" + strings.Repeat("\x00", 216)},
	} {
		args := []string{"--listen", c.listen}
		if c.header != "" {
			args = append(args, "--proxy-protocol", "--trusted-proxies", "127.0.0.1")
		}
		p := startWeir(t, nil, args...)
		addr := path
		if c.network == "tcp" {
			addr = strings.TrimSuffix(strings.TrimPrefix(p.url, "ws://"), "/feed")
		}
		nc, err := net.Dial(c.network, addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if _, err := io.WriteString(nc, c.header+"GET /feed HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if body := p.until("/connz", 200, `"state": "open"`); !strings.Contains(body, `"addr": "unix"`) {
			t.Errorf("by %s it shows\n%s", c.network, body)
		}
	}
}
