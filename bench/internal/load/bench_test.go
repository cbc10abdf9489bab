package load

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/bench/internal/faulty"
)

// cost is what a window took of the CPU: by the load loop's thread, and by everything else in the process, which is
// the server.
type cost struct {
	thread, process int64
	mallocs         uint64
}

func (c *cost) read(sign int64) {
	for who, to := range map[int]*int64{unix.RUSAGE_THREAD: &c.thread, unix.RUSAGE_SELF: &c.process} {
		var u unix.Rusage
		_ = unix.Getrusage(who, &u)
		*to += sign * (u.Utime.Nano() + u.Stime.Nano())
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	c.mallocs += uint64(sign) * m.Mallocs
}

func (c *cost) window() Window {
	return Window{Begin: func() { c.read(-1) }, End: func() { c.read(1) }}
}

func (c *cost) report(b *testing.B, r Report, err error) {
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(c.thread)/1e3/float64(r.Messages), "load-us/msg")
	b.ReportMetric(float64(c.process-c.thread)/1e3/float64(r.Messages), "server-us/msg")
	b.ReportMetric(float64(c.mallocs)/float64(r.Messages), "allocs/msg")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkFan is what load costs beside the faultless server. -benchtime 1x: a run lasts a second.
func BenchmarkFan(b *testing.B) {
	for _, p := range []FanPlan{
		{Subscribers: 1000, Size: 128},
		{Subscribers: 5000, Size: 128, Depth: 8},
		{Subscribers: 1000, Size: 64, Burst: 100},
	} {
		b.Run(name(p.Subscribers, max(p.Depth, 1), max(p.Burst, 1)), func(b *testing.B) {
			s, err := faulty.Start(faulty.Fault{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			p.Addr, p.Warm, p.Measure = s.Addr(), 200*time.Millisecond, time.Second
			var c cost
			r, err := Fan(context.Background(), p, c.window())
			c.report(b, r, err)
		})
	}
}

// BenchmarkEcho likewise.
func BenchmarkEcho(b *testing.B) {
	for _, p := range []EchoPlan{
		{Conns: 200, Size: 128, Depth: 1},
		{Conns: 200, Size: 128, Depth: 16},
		{Conns: 2000, Size: 1024, Depth: 16},
	} {
		b.Run(name(p.Conns, p.Depth, 1), func(b *testing.B) {
			s, err := faulty.Start(faulty.Fault{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			p.Addr, p.Warm, p.Measure = s.Addr(), 200*time.Millisecond, time.Second
			var c cost
			r, err := Echo(context.Background(), p, c.window())
			c.report(b, r, err)
		})
	}
}

func name(conns, depth, burst int) string {
	return fmt.Sprintf("conns=%d/depth=%d/burst=%d", conns, depth, burst)
}
