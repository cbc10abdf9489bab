//go:build unix

package engine_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// sockServer is an engine that listens on a real socket.
type sockServer struct {
	*engine.Engine
	t    testing.TB
	addr net.Addr
	end  chan error // what Run returned
	once sync.Once
}

// quickly is a configuration whose times suit tests; what a test is about it sets itself. There are no pings: on a slow machine
// they would come among what a client waits for, or find nobody at home.
func quickly() engine.Config {
	return engine.Config{Addrs: []string{"127.0.0.1:0"}, DrainWindow: -1, CloseTimeout: 2 * time.Second, PingAfter: -1}
}

// serve starts an engine and stops it, in an orderly way, when the test ends.
func serve(t testing.TB, cfg engine.Config, h engine.Handler) *sockServer {
	t.Helper()
	e, err := engine.New(cfg, h)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Listen(); err != nil {
		t.Fatal(err)
	}
	s := &sockServer{Engine: e, t: t, addr: e.Addrs()[0], end: make(chan error, 1)}
	go func() { s.end <- e.Run(context.Background()) }()
	t.Cleanup(s.stop)
	running := make(chan struct{})
	e.Loop(0).Post(func() { close(running) })
	wait(t, "the loops", running)
	return s
}

// stop shuts down and fails the test unless the end was orderly.
func (s *sockServer) stop() {
	s.t.Helper()
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			s.t.Errorf("Shutdown: %v", err)
		}
		if err := <-s.end; err != nil {
			s.t.Errorf("Run: %v", err)
		}
	})
}

// ended is stop for tests that end the engine themselves: it waits for Run and returns its error.
func (s *sockServer) ended() error {
	s.t.Helper()
	var err error
	s.once.Do(func() {
		select {
		case err = <-s.end:
		case <-time.After(patience):
			s.t.Fatal("Run did not return")
		}
	})
	return err
}

// onLoop runs f on the connection's loop and waits for it; it fails the test if the connection is gone.
func onLoop(t testing.TB, r engine.Ref, f func(*engine.Conn)) {
	t.Helper()
	done := make(chan struct{})
	if !r.Post(func(c *engine.Conn) { defer close(done); f(c) }) {
		t.Fatal("the connection is gone")
	}
	wait(t, "a posted func", done)
}

// wait waits for ch to be closed or to have something.
func wait[T any](t testing.TB, what string, ch <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-ch:
	case <-time.After(patience):
		t.Fatalf("%s did not come", what)
	}
	return v
}

// eventually polls until cond holds.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never came true: %s", what)
		}
	}
}

// echo answers every message with itself.
func echo() engine.Handler {
	return engine.Handler{Message: func(c *engine.Conn, op frame.Op, p []byte) { c.Send(op, p) }}
}

// opened is h with the Ref of each connection sent to a channel as it opens.
func opened(h engine.Handler) (engine.Handler, chan engine.Ref) {
	refs := make(chan engine.Ref, 8192)
	next := h.Open
	h.Open = func(c *engine.Conn) {
		if next != nil {
			next(c)
		}
		refs <- c.Ref()
	}
	return h, refs
}

// closes is h with what each connection ended with sent to a channel.
func closes(h engine.Handler) (engine.Handler, chan *engine.CloseError) {
	errs := make(chan *engine.CloseError, 8192)
	h.Close = func(_ *engine.Conn, err error) { errs <- err.(*engine.CloseError) }
	return h, errs
}

// chooseFirst accepts every handshake with the first subprotocol offered.
func chooseFirst(r *http.Request) (engine.Accept, error) {
	first, _, _ := strings.Cut(r.Header.Get("Sec-WebSocket-Protocol"), ",")
	return engine.Accept{Subprotocol: first}, nil
}

// testLog collects what an engine logs.
type testLog struct {
	slog.Handler
	mu    sync.Mutex
	lines []string
}

func newTestLog() *testLog { return &testLog{Handler: slog.DiscardHandler} }

func (l *testLog) logger() *slog.Logger { return slog.New(l) }

func (l *testLog) Enabled(context.Context, slog.Level) bool { return true }

func (l *testLog) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, r.Message)
	return nil
}

func (l *testLog) count(msg string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.lines {
		if m == msg {
			n++
		}
	}
	return n
}
