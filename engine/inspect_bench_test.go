package engine_test

import (
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
)

// BenchmarkInspect looks at 200,000 connections: time on the loops, in ns a connection.
func BenchmarkInspect(b *testing.B) {
	const n = 200_000
	s := enginetest.New(b, engine.Config{PingAfter: -1, DeadAfter: -1}, engine.Handler{})
	for range n {
		s.Dial().Handshake("/")
	}
	for b.Loop() {
		done := make(chan engine.Inspection)
		go func() {
			in, err := s.Engine().Inspect(b.Context(), engine.InspectOptions{})
			if err != nil {
				b.Error(err)
			}
			done <- in
		}()
		for in := (engine.Inspection{}); in.Conns != n; {
			select {
			case in = <-done:
			default:
				s.Settle()
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/conn")
}
