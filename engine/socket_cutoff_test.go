//go:build unix

package engine_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// When Shutdown's context ends first, the rest is cut off: Shutdown says how many, Run returns, and Close is told what
// happened to each, with the code that was on its way.
func TestSocketShutdownCutShort(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.CloseTimeout = patience
	h, errs := closes(echo())
	s := serve(t, cfg, h)
	c := dialWS(t, s.addr)
	ctx, cancel := context.WithCancel(t.Context())
	shut := make(chan error, 1)
	go func() { shut <- s.Shutdown(ctx) }()
	c.expectClose(frame.StatusGoingAway) // and we never answer
	cancel()
	err := wait(t, "Shutdown", shut)
	if cut := (*engine.CutOffError)(nil); !errors.Is(err, context.Canceled) || !errors.As(err, &cut) || cut.Conns != 1 || cut.HTTPConns != 0 {
		t.Errorf("Shutdown returned %v", err)
	}
	if err := s.ended(); err != nil {
		t.Errorf("Run returned %v", err)
	}
	if err := wait(t, "Close", errs); err.Code != frame.StatusGoingAway || err.Remote {
		t.Errorf("Close got %v", err)
	}
	c.expectEOF()
}

// One that is cut off before its close frame was due did not end the connection itself, and is not said to have.
func TestSocketShutdownBeforeTheWindow(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.DrainWindow = time.Hour
	h, errs := closes(echo())
	s := serve(t, cfg, h)
	dialWS(t, s.addr)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown returned %v", err)
	}
	if err := s.ended(); err != nil {
		t.Errorf("Run returned %v", err)
	}
	if err := wait(t, "Close", errs); err.Remote || !errors.Is(err, engine.ErrClosed) {
		t.Errorf("Close got %v (remote %t), want ErrClosed by us", err, err.Remote)
	}
}

// The end of Run's context is a Shutdown.
func TestSocketRunContext(t *testing.T) {
	t.Parallel()
	e, err := engine.New(quickly(), echo())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	end := make(chan error, 1)
	go func() { end <- e.Run(ctx) }()
	c := dialWS(t, e.Addrs()[0])
	cancel()
	if _, err := c.goodClient(frame.StatusGoingAway); err != nil {
		t.Error(err)
	}
	if err := wait(t, "Run", end); err != nil {
		t.Errorf("Run returned %v", err)
	}
	if err := e.Run(t.Context()); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("a second Run returned %v", err)
	}
}

// A socket that was accepted before the drain and comes to its loop behind the drain's beginning takes part in it.
func TestSocketShutdownFindsLateSockets(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.Loops, cfg.HandshakeTimeout, cfg.CloseTimeout = 1, time.Hour, 2*patience
	s := serve(t, cfg, echo())
	open := dialWS(t, s.addr) // holds the drain open until it answers
	held, hold := make(chan struct{}), make(chan struct{})
	s.Loop(0).Post(func() { close(held); <-hold })
	wait(t, "the loop", held)
	c := connect(t, s.addr)
	eventually(t, "it is on its way to the loop", func() bool { return engine.Admitted(s.Engine) == 2 })
	shut := make(chan error, 1)
	go func() { shut <- s.Shutdown(t.Context()) }()
	eventually(t, "the listener is closed", func() bool { return !listening(s.addr) })
	time.Sleep(10 * time.Millisecond) // Shutdown posts the beginning of the drain; if it is late, the test proves nothing and passes
	close(hold)
	c.expectEOF()
	if _, err := open.goodClient(frame.StatusGoingAway); err != nil {
		t.Error(err)
	}
	if err := wait(t, "Shutdown", shut); err != nil {
		t.Error(err)
	}
	if err := s.ended(); err != nil {
		t.Error(err)
	}
}

func listening(a net.Addr) bool {
	c, err := net.Dial(a.Network(), a.String())
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}

// A server that restarts says so: Config.DrainCode.
func TestSocketRestart(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.DrainCode = frame.StatusServiceRestart
	h, errs := closes(echo())
	s := serve(t, cfg, h)
	c := dialWS(t, s.addr)
	shut := make(chan error, 1)
	go func() { shut <- s.Shutdown(t.Context()) }()
	if _, err := c.goodClient(frame.StatusServiceRestart); err != nil {
		t.Error(err)
	}
	if err := wait(t, "Shutdown", shut); err != nil {
		t.Error(err)
	}
	if err := s.ended(); err != nil {
		t.Error(err)
	}
	if err := wait(t, "Close", errs); err.Code != frame.StatusServiceRestart || err.Remote {
		t.Errorf("Close got %v", err)
	}
}
