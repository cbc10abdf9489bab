//go:build linux

package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/sys/unix"
)

// descriptors lists what the process has open, by number.
func (p *process) descriptors() (open []int) {
	p.t.Helper()
	fds, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "fd"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, fd := range fds {
		if n, err := strconv.Atoi(fd.Name()); err == nil {
			open = append(open, n)
		}
	}
	return open
}

// limit sets the process's soft limit of descriptors, as prlimit(1) does.
func (p *process) limit(n uint64) {
	p.t.Helper()
	var old unix.Rlimit
	err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_NOFILE, nil, &old)
	if err == nil {
		err = unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: old.Max}, nil)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// subscriber is a client of the feed that has its first message.
type subscriber struct {
	*websocket.Conn
	ctx context.Context
}

func (p *process) follow(ctx context.Context) (*subscriber, error) {
	c, _, err := websocket.Dial(ctx, p.url, nil)
	if err != nil {
		return nil, err
	}
	p.t.Cleanup(func() { _ = c.CloseNow() })
	if err := c.Write(ctx, websocket.MessageText, []byte(`{"type":"subscribe","channel":"btcusdt@bookTicker"}`)); err != nil {
		return nil, err
	}
	sub := &subscriber{c, ctx}
	return sub, sub.next(2)
}

// next reads n more messages.
func (c *subscriber) next(n int) error {
	for range n {
		if _, _, err := c.Read(c.ctx); err != nil {
			return err
		}
	}
	return nil
}

// Descriptors run out while `weir serve` runs, because somebody lowered its limit: subscribers go on getting their feed,
// whoever comes waits, the log has a line a burst, and when the limit is raised the waiting are served.
func TestServeOutOfDescriptors(t *testing.T) {
	const existing, more = 10, 40
	s := startWeir(t, nil, "--trade-rate", "50")
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	var old []*subscriber
	for range existing {
		c, err := s.follow(ctx)
		if err != nil {
			t.Fatal(err)
		}
		old = append(old, c)
	}
	var before unix.Rlimit
	if err := unix.Prlimit(s.cmd.Process.Pid, unix.RLIMIT_NOFILE, nil, &before); err != nil {
		t.Fatal(err)
	}
	s.limit(3) // below all it has: it can open nothing more
	served := make(chan time.Time, more)
	for range more {
		go func() {
			for ctx.Err() == nil { // one whose socket was dropped comes again
				if _, err := s.follow(ctx); err == nil {
					served <- time.Now()
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		}()
	}
	const complaint = "cannot take new connections for now; existing ones are not affected"
	for s.log.Count(complaint) == 0 {
		if ctx.Err() != nil {
			t.Fatal("accept does not fail")
		}
		time.Sleep(5 * time.Millisecond)
	}
	had := len(s.descriptors())
	for i, c := range old {
		if err := c.next(50); err != nil {
			t.Fatalf("subscriber %d while descriptors are out: %v", i, err)
		}
	}
	if now := len(s.descriptors()); now > had || len(served) > 0 {
		t.Errorf("%d descriptors, then %d; %d newcomers were served: they are not out", had, now, len(served))
	}
	relief := time.Now()
	s.limit(before.Cur)
	var first, last time.Time
	for i := range more {
		select {
		case last = <-served:
			if i == 0 {
				first = last
			}
		case <-ctx.Done():
			t.Fatalf("%d of %d newcomers were served after relief", i, more)
		}
	}
	t.Logf("after relief the first newcomer was served in %v, all %d in %v; %d lines of log",
		first.Sub(relief).Round(time.Millisecond), more, last.Sub(relief).Round(time.Millisecond), s.log.Count(complaint))
	for i, c := range old {
		if err := c.next(5); err != nil {
			t.Errorf("subscriber %d afterwards: %v", i, err)
		}
	}
	if n := s.log.Count(complaint); n > 3 {
		t.Errorf("%d lines of log", n)
	}
}

// A process that was killed leaves the name of its unix socket behind, and the next one takes it.
func TestServeAfterAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weir.sock")
	for range 2 {
		s := startWeir(t, nil, "--listen", "unix:"+path)
		hc := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}}}
		c, _, err := websocket.Dial(t.Context(), "ws://weir/feed", &websocket.DialOptions{HTTPClient: hc})
		if err != nil {
			t.Fatal(err)
		}
		_ = c.CloseNow()
		s.signal(os.Kill)
		_ = s.wait()
		if _, err := os.Lstat(path); err != nil {
			t.Fatalf("the socket's name did not stay: %v", err)
		}
	}
}

// Over its memory budget it lets nobody in, says so once, and tells them when to come back.
func TestServeOverItsMemoryBudget(t *testing.T) {
	s := startWeir(t, nil, "--memory-budget", "1MiB") // less than the program itself needs
	var refused *http.Response
	for end := time.Now().Add(patience); refused == nil && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		c, r, err := websocket.Dial(t.Context(), s.url, nil)
		if err == nil {
			_ = c.CloseNow()
		} else if refused = r; r == nil {
			t.Logf("asked too late after connecting, so that the answer came first: %v", err)
		}
	}
	if refused == nil || refused.StatusCode != http.StatusServiceUnavailable || refused.Header.Get("Retry-After") == "" {
		t.Fatalf("a newcomer got %v", refused)
	}
	if n := s.log.Count("memory is over its budget"); n != 1 {
		t.Errorf("%d lines of log", n)
	}
}

// proxied sends its header with the first bytes: by itself it would be answered, if the client is refused, before net/http asks.
type proxied struct {
	net.Conn
	header []byte
}

func (p *proxied) Write(b []byte) (int, error) {
	h := p.header
	p.header = nil
	n, err := p.Conn.Write(slices.Concat(h, b))
	return max(0, n-len(h)), err
}

// Behind a load balancer: its header is wanted, and the limits of an address are the client's.
func TestServeBehindProxies(t *testing.T) {
	s := startWeir(t, nil, "--proxy-protocol", "--trusted-proxies", "127.0.0.1", "--max-conns-per-addr", "1")
	addr := strings.TrimSuffix(strings.TrimPrefix(s.url, "ws://"), "/feed")
	come := func(client string) int {
		t.Helper()
		hc := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
			return &proxied{Conn: c, header: []byte("PROXY TCP4 " + client + " 127.0.0.1 1 2\r\n")}, err
		}}}
		c, r, err := websocket.Dial(t.Context(), s.url, &websocket.DialOptions{HTTPClient: hc})
		if err == nil {
			t.Cleanup(func() { _ = c.CloseNow() })
		}
		if r == nil {
			t.Fatal(err)
		}
		return r.StatusCode
	}
	for i, step := range []struct {
		client string
		want   int
	}{{"198.51.100.1", 101}, {"198.51.100.1", 429}, {"198.51.100.2", 101}} {
		if got := come(step.client); got != step.want {
			t.Errorf("client %d, %s: %d, want %d", i, step.client, got, step.want)
		}
	}
	if _, _, err := websocket.Dial(t.Context(), s.url, nil); err == nil {
		t.Error("a client without the header got in")
	}
}
