//go:build unix

package engine_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// The broadcast of BenchmarkDeflateBroadcast over sockets, with clients that read: until all of it is in the kernel's hands.
func BenchmarkSocketDeflateBroadcast(b *testing.B) {
	for _, size := range []int{600, 2000, 20_000} {
		for _, row := range []struct {
			name    string
			c       engine.Compression
			headers []string
		}{{"plain", engine.Compression{}, nil}, {"deflate", engine.Compression{Enabled: true}, []string{offerDeflate}}} {
			b.Run(fmt.Sprintf("%s/size=%d/members=1000", row.name, size), func(b *testing.B) {
				cfg := quickly()
				cfg.Loops, cfg.Compression, cfg.PingAfter, cfg.DeadAfter = 1, row.c, -1, -1
				h, refs := opened(engine.Handler{})
				var conns []*engine.Conn // only touched on the loop
				h.Open = func(open func(*engine.Conn)) func(*engine.Conn) {
					return func(c *engine.Conn) { conns = append(conns, c); open(c) }
				}(h.Open)
				s := serve(b, cfg, h)
				for range 1000 {
					c := dialWS(b, s.addr, row.headers...)
					wait(b, "Open", refs)
					_ = c.SetDeadline(time.Time{})
					go func() { _, _ = io.Copy(io.Discard, c.br) }()
				}
				payload := jsonText(size, 1)
				for b.Loop() {
					m := frame.NewMessage(frame.OpText, payload)
					s.Loop(0).Post(func() {
						for _, c := range conns {
							c.SendMessage(m)
						}
					})
					if err := s.Flush(context.Background()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
