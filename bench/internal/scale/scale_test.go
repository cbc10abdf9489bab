package scale

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/weir-ws/weir/bench/internal/result"
)

// A small crowd goes through everything; Run itself fails on a lost byte, a ping too few or a connection left.
func TestRun(t *testing.T) {
	const n = 500
	r, err := Run(t.Context(), Options{Conns: n, Rounds: 3})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{"connect": n, "join": n, "publish/1": n, "publish/100": 100 * n, "publish/gc": n, "heartbeat/pings": n, "heartbeat/pongs": n,
		"tick": 100, "disconnect": n, "spread": n, "burst/channels": 100 * n}
	for _, m := range r.Measures {
		if m.Count != want[m.Name] {
			t.Errorf("%s counts %d %ss, want %d", m.Name, m.Count, m.Unit, want[m.Name])
		}
		delete(want, m.Name)
		if m.Nanos <= 0 || m.Seconds <= 0 || m.Members != n || m.Title == "" || m.Unit == "" {
			t.Errorf("%+v", m)
		}
	}
	if len(want) > 0 {
		t.Errorf("not measured: %v", want)
	}
	// A client is 64 bytes, a Conn with its socket 96, a raw member with its entry 56; the process's own heap moves a little.
	if h := r.Heap; h.Transport < 60 || h.Engine < 96 || h.Hub < 56 || h.Left*n > 256<<10 {
		t.Errorf("heap %+v", h)
	}
	var s strings.Builder
	if err := Write(&s, r); err != nil {
		t.Fatal(err)
	}
	for _, m := range r.Measures {
		if !strings.Contains(s.String(), m.Title) {
			t.Errorf("%q is not in the table", m.Title)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Run(ctx, Options{Conns: 100, Progress: func(what string) {
		if strings.HasPrefix(what, "Publish 100") {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if n := len(r.Measures); n != 3 || r.Measures[2].Name != "publish/1" {
		t.Errorf("%d measures are kept", n)
	}
	if _, err := Run(t.Context(), Options{}); err == nil {
		t.Error("nothing was measured and that is no error")
	}
}

// A byte that did not arrive is found.
func TestVerify(t *testing.T) {
	w, err := newCrowd(3)
	if err == nil {
		err = w.connect(t.Context(), 3)
	}
	if err == nil {
		err = w.join(t.Context(), func(i int) []string { return [][]string{all, all, names100}[i] })
	}
	if err == nil {
		err = w.publish(all...)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.arrived += wireLen
	if err := w.verify(); err == nil || !strings.HasPrefix(err.Error(), "connection 2 received") {
		t.Errorf("error %v", err)
	}
}

func TestCollectorPauses(t *testing.T) {
	before := readCollector()
	liveHeap()
	g := readCollector().since(before)
	if g.Cycles < 2 || g.Pauses < 2 || g.PauseMax <= 0 || g.CPU <= 0 || g.Share <= 0 {
		t.Errorf("two collections leave %+v", g)
	}
	now := readCollector()
	if g := now.since(now); g != (result.GC{}) {
		t.Errorf("nothing leaves %+v", g)
	}
}

func TestSpan(t *testing.T) {
	for s, want := range map[float64]string{5e-8: "50 ns", 1.234e-5: "12.3 us", 0.25: "250 ms", 12: "12 s", 0: "0 ns"} {
		if got := span(s); got != want {
			t.Errorf("span(%g) is %q, want %q", s, got, want)
		}
	}
}
