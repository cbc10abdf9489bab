package engine_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// inflating returns what delivers one compressed message to a handler that does nothing.
func inflating(t *testing.T) func() {
	got := 0
	m := inMemory(t, deflating(engine.Compression{}), engine.Handler{Message: func(_ *engine.Conn, _ frame.Op, p []byte) { got += len(p) }}, offerDeflate)
	whole := newZclient(t, m.extensions).frame(frame.OpText, jsonText(2000, 1))
	buf := make([]byte, len(whole))
	return func() {
		copy(buf, whole)
		before := got
		if m.Inject(buf); got != before+2000 {
			t.Fatal("the message did not come")
		}
	}
}

func deflatedEcho(t *testing.T) func() {
	m := inMemory(t, deflating(engine.Compression{}), echo(), offerDeflate)
	in := newZclient(t, m.extensions).frame(frame.OpText, jsonText(2000, 1))
	m.Write(bytes.Clone(in))
	back := m.Received()
	m.Write(bytes.Clone(in))
	return answered(t, m, in, m.Received()-back)
}

// broadcasting returns what sends a message to n members, and lets the loop write it. With fresh it is another one each time, to
// be encoded anew.
func broadcasting(t testing.TB, n, size int, fresh bool, cfg engine.Config, headers ...string) func() {
	cfg.PingAfter, cfg.DeadAfter = -1, -1
	w := newCrowd(t, n, cfg, headers...)
	payload := jsonText(size, 1)
	m := frame.NewMessage(frame.OpText, payload)
	publish := func() {
		for _, c := range w.conns {
			c.SendMessage(m)
		}
	}
	loop, last := w.Engine().Loop(0), w.clients[n-1]
	return func() {
		if fresh {
			m = frame.NewMessage(frame.OpText, payload)
		}
		before := last.Received()
		loop.Post(publish)
		w.Settle()
		if last.Received() == before {
			t.Fatal("nothing came")
		}
	}
}

func deflatedFanOut(t *testing.T) func() {
	return broadcasting(t, 1000, 2000, false, deflating(engine.Compression{}), offerDeflate)
}

// A broadcast, a new message each time, with and without compression; and what one compression takes. The second may cost
// 1.15 times the first and once the third.
func BenchmarkDeflateBroadcast(b *testing.B) {
	for _, size := range []int{600, 2000, 20_000} {
		for _, row := range []struct {
			name    string
			cfg     engine.Config
			headers []string
		}{{"plain", engine.Config{}, nil}, {"deflate", deflating(engine.Compression{}), []string{offerDeflate}}} {
			b.Run(fmt.Sprintf("%s/size=%d/members=1000", row.name, size), func(b *testing.B) {
				op := broadcasting(b, 1000, size, true, row.cfg, row.headers...)
				b.ReportAllocs()
				for b.Loop() {
					op()
				}
			})
		}
		b.Run(fmt.Sprintf("compression/size=%d", size), func(b *testing.B) {
			z := frame.NewDeflater(1)
			payload := jsonText(size, 1)
			b.ReportAllocs()
			for b.Loop() {
				z.Frame(frame.NewMessage(frame.OpText, payload), 15)
			}
		})
	}
}

// A compressed message in, and its echo, by how large it is.
func BenchmarkDeflateEcho(b *testing.B) {
	for _, size := range []int{600, 2000, 20_000} {
		for _, c := range []struct {
			name string
			cfg  engine.Compression
		}{{"no takeover", engine.Compression{}}, {"takeover", engine.Compression{ServerContextTakeover: true}}} {
			b.Run(fmt.Sprintf("%s/%d", c.name, size), func(b *testing.B) {
				m := inMemory(b, deflating(c.cfg), echo(), offerDeflate)
				m.Discard()
				in := newZclient(b, m.extensions).frame(frame.OpText, jsonText(size, 1))
				buf := make([]byte, len(in))
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					copy(buf, in)
					m.Inject(buf)
				}
			})
		}
	}
}
