package admin

import (
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
)

func TestReadyz(t *testing.T) {
	s := newSeen(t, engine.Config{MaxConns: 2})
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
	if want := "[+] state: serving\n[+] loops: loop 0 was 0s late at worst; the limit is 1s\n[+] connections: 0 of 2\nready\n"; body != want {
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
