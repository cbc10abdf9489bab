package engine_test

import (
	"fmt"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// What the engine itself costs, with a socket that costs next to nothing: everything here is on top of the
// system calls.

// A message in one read, unmasked in place and handed over.
func BenchmarkReceive(b *testing.B) {
	for _, size := range []int{16, 128, 1024, 16 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			n := 0
			m := inMemory(b, engine.Config{}, engine.Handler{Message: func(*engine.Conn, frame.Op, []byte) { n++ }})
			in := enginetest.Frame(frame.OpBinary, make([]byte, size))
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				m.Inject(in) // what unmasking makes of it is a frame again
			}
			if n != b.N {
				b.Fatalf("%d messages of %d", n, b.N)
			}
		})
	}
}

// Sixteen small messages in one read.
func BenchmarkReceiveBatch(b *testing.B) {
	n := 0
	m := inMemory(b, engine.Config{}, engine.Handler{Message: func(*engine.Conn, frame.Op, []byte) { n++ }})
	var in []byte
	for range 16 {
		in = append(in, enginetest.Frame(frame.OpBinary, make([]byte, 128))...)
	}
	b.ReportAllocs()
	for b.Loop() {
		m.Inject(in)
	}
	b.ReportMetric(float64(b.Elapsed())/float64(16*b.N), "ns/message")
}

// A message and its echo.
func BenchmarkEcho(b *testing.B) {
	for _, size := range []int{16, 128, 1024, 16 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			m := inMemory(b, engine.Config{}, engine.Handler{Message: func(c *engine.Conn, op frame.Op, p []byte) { c.Send(op, p) }})
			m.Discard()
			in := enginetest.Frame(frame.OpBinary, make([]byte, size))
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				m.Inject(in)
			}
		})
	}
}

// One encoded message, or a burst, to every member of a crowd, and the writes.
func BenchmarkFanOut(b *testing.B) {
	for _, row := range []struct{ members, messages, size int }{
		{1000, 1, 128}, {10_000, 1, 128}, {10_000, 10, 128}, {1000, 4, 20_000},
	} {
		b.Run(fmt.Sprintf("members=%d/messages=%d/size=%d", row.members, row.messages, row.size), func(b *testing.B) {
			op := fanOut(b, row.members, row.messages, row.size)
			b.ReportAllocs()
			for b.Loop() {
				op()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N*row.members*row.messages), "ns/delivery")
		})
	}
}

// A connection from connect to 101, and its end.
func BenchmarkConnect(b *testing.B) {
	s := enginetest.New(b, engine.Config{}, engine.Handler{})
	head := enginetest.Request("/feed", "Origin: http://test", "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		"Accept: */*", "Accept-Language: en-US,en;q=0.5", "Accept-Encoding: gzip, deflate, br, zstd", "Pragma: no-cache", "Cache-Control: no-cache")
	b.ReportAllocs()
	for b.Loop() {
		c := s.Dial()
		c.Discard()
		c.Write(head)
		if c.Received() == 0 {
			b.Fatal("no answer")
		}
		c.Reset()
	}
}

// A tick over a crowd that does nothing, which is what most of a million connections do.
func BenchmarkIdleTick(b *testing.B) {
	w := newCrowd(b, 10_000, engine.Config{})
	b.ReportAllocs()
	for b.Loop() {
		w.Jump(enginetest.TickIdle / 1000) // so that nobody ever gets old enough for a ping
		w.Tick(0)
	}
}

// A tick over a crowd of stalled readers, each with a backlog.
func BenchmarkStalledTick(b *testing.B) {
	w := newCrowd(b, 1000, engine.Config{WriteTimeout: -1, PingAfter: -1, DeadAfter: -1})
	m := frame.NewMessage(frame.OpText, make([]byte, 128))
	for i, c := range w.clients {
		c.Stall()
		w.conns[i].SendMessage(m)
		w.conns[i].SendMessage(m)
	}
	w.Engine().Loop(0).Post(func() {})
	w.Settle()
	w.Advance(enginetest.TickIdle)
	if n := w.Engine().Stats().Slow; n != 1000 {
		b.Fatalf("%d are slow", n)
	}
	b.ReportAllocs()
	for b.Loop() {
		w.Jump(enginetest.TickBusy)
		w.Tick(0)
	}
}
