//go:build linux

package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"golang.org/x/sys/unix"
)

// heapBound is how much the server's heap may grow, garbage included, whatever is done to it.
const heapBound = 64 * mib

// abused is a server in a process of its own, under attack.
type abused struct{ *squeezed }

// counted is what the engine must have counted of an abuse, and nothing else.
type counted struct {
	Reasons map[engine.Reason]uint64
	Codes   map[frame.Status]uint64 // close frames of ours
}

// abuseConfig has the limits of a server that stands in the open; loopback counts as any other address.
func abuseConfig() engine.Config {
	cfg := quickly()
	cfg.Loops = 1 // the healthy client's and everybody else's
	cfg.LimitLoopback = true
	cfg.Compression.Enabled = true
	cfg.MaxConnsPerAddr, cfg.ConnRate, cfg.ConnBurst = 50, 100.0/60, 20
	return cfg
}

// abuseReport is what the server's process tells.
type abuseReport struct {
	engine.Stats
	HeapPeak, HeapNow uint64
	Goroutines        int
	CPU               time.Duration // taken by the process so far
}

// Thousands of slow handshakes, a flood of connections from one address, thousands of malformed handshakes and frames, and bombs:
// the heap grows by less than 64 MiB, every one of them is counted for what it was, and a healthy client loses
// nothing. How long its messages take is logged beside the same in quiet, and nothing fails by it: it depends on the machine, on which
// the server and its client have to share cores with what else is at work. BenchmarkSocketAbuse tells the one from the other.
func TestSocketAbuse(t *testing.T) {
	switch os.Getenv(childEnv) {
	case t.Name():
		abusedMain(t)
		return
	case t.Name() + attacking:
		attackMain(t)
		return
	}
	t.Parallel()
	a := &abused{inProcess(t, t.Name())}
	healthy := dialWS(t, a.addr, asHealthy)
	base := a.report()
	quiet := healthy.publishWhile(func() { time.Sleep(2 * time.Second) })
	t.Logf("%-32s p50 %4d us, p99 %4d us, max %6d us, %d messages", "in quiet", quiet.ValueAtQuantile(50), quiet.ValueAtQuantile(99), quiet.Max(), quiet.TotalCount())
	for i, abuse := range abuses {
		before := a.report()
		var want counted
		began := time.Now()
		hist := healthy.publishWhile(func() { want = attack(t, t.Name(), a.addr, i) })
		took := time.Since(began)
		after := a.settled(before, want)
		grown := int64(after.HeapPeak) - int64(base.HeapNow)
		t.Logf("%-32s p50 %4d us, p99 %4d us, max %6d us, %d messages; p99 is %.2f of the quiet one; %v, heap grew by %.1f MiB at most",
			abuse.name, hist.ValueAtQuantile(50), hist.ValueAtQuantile(99), hist.Max(), hist.TotalCount(),
			float64(hist.ValueAtQuantile(99))/float64(quiet.ValueAtQuantile(99)), took.Round(time.Millisecond), float64(grown)/mib)
		if grown > heapBound {
			t.Errorf("%s: the heap grew by %d bytes, want at most %d", abuse.name, grown, heapBound)
		}
		if after.Panics != 0 || after.AcceptErrors != 0 || after.Open != 1 {
			t.Errorf("%s: %d panics, %d accept errors, %d open", abuse.name, after.Panics, after.AcceptErrors, after.Open)
		}
	}
	if last := a.report(); last.Goroutines > base.Goroutines+2 {
		t.Errorf("%d goroutines at first, %d in the end", base.Goroutines, last.Goroutines)
	}
}

// settled waits until all is counted that must be, and fails if anything else is.
func (a *abused) settled(before abuseReport, want counted) (after abuseReport) {
	a.t.Helper()
	wrong := ""
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		after, wrong = a.report(), ""
		for _, r := range engine.Reasons() {
			if got := after.Reasons[r] - before.Reasons[r]; got != want.Reasons[r] {
				wrong += fmt.Sprintf("%v is counted %d times, want %d; ", r, got, want.Reasons[r])
			}
		}
		for code := frame.Status(1000); code <= 1015; code++ {
			if code == frame.StatusAbnormal { // of all that ended before it was open, or was left by its client
				continue
			}
			if got := after.Closed[code] - before.Closed[code]; got != want.Codes[code] {
				wrong += fmt.Sprintf("%d closed with %d, want %d; ", got, code, want.Codes[code])
			}
		}
		if after.Conns != 1 {
			wrong += fmt.Sprintf("%d connections are left; ", after.Conns)
		}
		if wrong == "" {
			return after
		}
		if time.Now().After(end) {
			a.t.Fatal(wrong)
		}
	}
}

// publishWhile publishes a message every millisecond while f runs, if the one before has come back, and fails unless every
// one comes back, in order. It returns the round trips in microseconds.
func (c *rawClient) publishWhile(f func()) *hdrhistogram.Histogram {
	c.t.Helper()
	_ = c.SetDeadline(time.Now().Add(2 * patience))
	hist := hdrhistogram.New(1, time.Minute.Microseconds(), 3)
	var done atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() { f(); done.Store(true) })
	filler := strings.Repeat("x", 512)
	for i := 0; !done.Load(); i++ {
		m := fmt.Sprintf("publish %6d %s", i, filler)
		start := time.Now()
		c.say(frame.OpText, m)
		c.expect(frame.OpText, m)
		took := time.Since(start)
		_ = hist.RecordValue(took.Microseconds())
		time.Sleep(time.Millisecond - took)
	}
	wg.Wait()
	return hist
}

func (a *abused) report() (r abuseReport) {
	a.t.Helper()
	l := a.do("report")
	if err := json.Unmarshal([]byte(l), &r); err != nil {
		a.t.Fatalf("%q: %v", l, err)
	}
	return r
}

// abusedMain is the server's process.
func abusedMain(t *testing.T) {
	_, h := newBroadcast()
	join := h.Open
	h.Open = func(c *engine.Conn) { // what is published is for the healthy one alone
		if c.Subprotocol() == "healthy" {
			join(c)
		}
	}
	s := serve(t, abuseConfig(), h)
	var peak atomic.Uint64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				peak.Store(max(peak.Load(), heapAlloc()))
			}
		}
	})
	fmt.Println(">", s.addr)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		runtime.GC()
		b, err := json.Marshal(abuseReport{s.Stats(), peak.Load(), heapAlloc(), runtime.NumGoroutine(), cpuTaken()})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println(">", string(b))
	}
	close(stop)
	wg.Wait()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.Shutdown(ctx)
	if err := s.ended(); err != nil {
		t.Error(err)
	}
}

// heapAlloc is runtime.MemStats.HeapAlloc, got without stopping the world.
func heapAlloc() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// cpuTaken is the CPU time of this process.
func cpuTaken() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
