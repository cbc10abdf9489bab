//go:build unix

package engine_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// While works of some connections block, the one loop serves everybody, those connections too; and each
// gets its answers in order.
func TestSocketGo(t *testing.T) {
	t.Parallel()
	goOn := make(chan struct{})
	cfg := quickly()
	cfg.Loops = 1
	s := serve(t, cfg, engine.Handler{Message: func(c *engine.Conn, op frame.Op, p []byte) {
		if string(p) == "now" {
			c.Send(op, p)
			return
		}
		q := string(p)
		c.Go(func() func(*engine.Conn) {
			<-goOn
			return func(c *engine.Conn) { c.Send(op, []byte(q+" done")) }
		})
	}})
	var cs []*rawClient
	for range 10 {
		c := dialWS(t, s.addr)
		for i := range 5 {
			c.say(frame.OpText, fmt.Sprint(i))
		}
		c.say(frame.OpText, "now")
		cs = append(cs, c)
	}
	for _, c := range cs {
		c.expect(frame.OpText, "now")
	}
	close(goOn)
	for _, c := range cs {
		for i := range 5 {
			c.expect(frame.OpText, fmt.Sprint(i)+" done")
		}
	}
}

// More work than fits is refused, and a connection whose turn comes then is closed with 1013. No goroutine stays. Not
// parallel: it counts what the whole process has.
func TestSocketGoIsBounded(t *testing.T) {
	cfg := quickly()
	cfg.Loops, cfg.Workers.Max, cfg.Workers.Queue = 1, 3, 10
	goOn := make(chan struct{})
	var took, refused atomic.Int64
	s := serve(t, cfg, engine.Handler{Message: func(c *engine.Conn, op frame.Op, p []byte) {
		if c.Go(func() func(*engine.Conn) { <-goOn; return nil }) {
			took.Add(1)
		} else {
			refused.Add(1)
		}
	}})
	eventually(t, "things are quiet", quiet())
	before := runtime.NumGoroutine()
	for range 20 {
		dialWS(t, s.addr).say(frame.OpText, "?")
	}
	eventually(t, "all have asked", func() bool { return took.Load()+refused.Load() == 20 })
	if took.Load() != 13 {
		t.Errorf("%d taken, want 3 + 10", took.Load())
	}
	if n := runtime.NumGoroutine(); n > before+3 {
		t.Errorf("%d goroutines more, want 3", n-before)
	}
	close(goOn)
	eventually(t, "the goroutines are gone", func() bool { return runtime.NumGoroutine() <= before })
}

// runtime.Goexit in the work ends no more than that work.
func TestSocketGoGoexit(t *testing.T) {
	t.Parallel()
	s := serve(t, quickly(), engine.Handler{Message: func(c *engine.Conn, op frame.Op, _ []byte) {
		c.Go(func() func(*engine.Conn) { runtime.Goexit(); return nil })
		c.Go(func() func(*engine.Conn) { return func(c *engine.Conn) { c.Send(op, []byte("next")) } })
	}})
	c := dialWS(t, s.addr)
	c.say(frame.OpText, "?")
	c.expect(frame.OpText, "next")
}

// Run waits for work that has begun, and begins none that has not.
func TestSocketGoShutdown(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.Workers.Max, cfg.CloseTimeout = 1, patience
	begun, goOn := make(chan struct{}), make(chan struct{})
	var works atomic.Int64
	s := serve(t, cfg, engine.Handler{Open: func(c *engine.Conn) {
		for range 3 {
			c.Go(func() func(*engine.Conn) {
				works.Add(1)
				close(begun)
				<-goOn
				return func(*engine.Conn) { t.Error("a continuation after the end") }
			})
		}
	}})
	dialWS(t, s.addr)
	wait(t, "the work", begun)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	ended := make(chan struct{})
	go func() { _ = s.Shutdown(ctx); close(ended) }()
	eventually(t, "the connection is cut off", func() bool { return s.Stats().Conns == 0 })
	select {
	case <-ended:
		t.Error("Shutdown returned while work is running")
	default:
	}
	close(goOn)
	wait(t, "the end", ended)
	if err := s.ended(); err != nil || works.Load() != 1 {
		t.Errorf("Run: %v; %d works began, want 1", err, works.Load())
	}
}
