package admin

import (
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
)

func TestReadyz(t *testing.T) {
	s := newSeen(t, engine.Config{MaxConns: 2, Memory: engine.MemoryConfig{Budget: -1}})
	want := func(what string, status int, lines ...string) {
		t.Helper()
		code, body := s.get("/readyz")
		if want := strings.Join(lines, "\n") + "\n"; code != status || body != want {
			t.Errorf("%s: %d\n%swant %d\n%s", what, code, body, status, want)
		}
		if s.cfg.Ready.Ready() != (status == 200) {
			t.Errorf("%s: Ready is %v", what, s.cfg.Ready.Ready())
		}
	}
	want("at first", 503, "[-] state: starting", "not ready")
	s.cfg.Ready.Serving()
	want("serving", 200, "ready")
	a, b := s.open(0, 0), s.open(1, 0)
	want("full", 503, "[-] connections: 2 of 2", "not ready")
	a.CloseWrite()
	want("room again", 200, "ready")
	b.CloseWrite()

	_, body := s.get("/readyz?verbose")
	if want := "[+] state: serving\n[+] loops: loop 0 was 0s late at worst; the limit is 1s\n[+] connections: 0 of 2\n[+] memory: no budget\nready\n"; body != want {
		t.Errorf("verbose\n%swant\n%s", body, want)
	}
	s.cfg.Ready.Drain()
	want("draining", 503, "[-] state: draining", "not ready")
	s.cfg.Ready.Serving() // a start that was slow does not undo it
	want("still draining", 503, "[-] state: draining", "not ready")
	if !s.cfg.Ready.Draining() {
		t.Error("Draining is false")
	}
}

// Other parts add checks of their own; one that fails is enough, and all are named.
func TestReadyChecks(t *testing.T) {
	memory, lag := true, time.Duration(0)
	r := NewReadiness(
		Check{"memory", func() (bool, string) { return memory, "90 of 100 MiB" }},
		Check{"lag", func() (bool, string) { return lag < time.Second, lag.String() }},
	)
	r.Serving()
	if !r.Ready() {
		t.Error("not ready although all holds")
	}
	memory, lag = false, 2*time.Second
	ok, lines := r.report()
	if got := strings.Join(lines, "|"); ok || got != "[+] state: serving|[-] memory: 90 of 100 MiB|[-] lag: 2s" {
		t.Errorf("%v %s", ok, got)
	}
}

// Over its memory budget it is not ready, until memory has fallen.
func TestReadyzMemory(t *testing.T) {
	used := int64(90 << 20)
	s := newSeen(t, engine.Config{Memory: engine.MemoryConfig{Budget: 100 << 20, Used: func() int64 { return used }}})
	s.cfg.Ready.Serving()
	for _, step := range []struct {
		used   int64
		status int
		line   string
	}{
		{90 << 20, 200, "[+] memory: 90.0 MiB of a budget of 100.0 MiB\n"},
		{101 << 20, 503, "[-] memory: 101.0 MiB of a budget of 100.0 MiB\n"},
		{95 << 20, 503, "[-] memory: 95.0 MiB of a budget of 100.0 MiB\n"}, // not yet fallen to nine tenths
		{80 << 20, 200, "[+] memory: 80.0 MiB of a budget of 100.0 MiB\n"},
	} {
		used = step.used
		s.Advance(time.Second)
		if code, body := s.get("/readyz?verbose"); code != step.status || !strings.Contains(body, step.line) {
			t.Errorf("%d bytes used: %d\n%swant %d, %s", step.used, code, body, step.status, step.line)
		}
	}
}
