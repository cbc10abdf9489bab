//go:build unix

package engine_test

import (
	"errors"
	"net/http"
	"runtime"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// A callback that calls runtime.Goexit, as a t.FailNow in a test does, takes its loop's goroutine along, and nothing
// can keep it: but Run returns and says so, Close runs for every connection, and no client waits on a dead loop.
func TestSocketGoexit(t *testing.T) {
	for name, do := range map[string]func(t *testing.T, h *engine.Handler) (begin func(s *sockServer, c *rawClient)){
		"Message": func(_ *testing.T, h *engine.Handler) func(*sockServer, *rawClient) {
			h.Message = func(*engine.Conn, frame.Op, []byte) { runtime.Goexit() }
			return func(_ *sockServer, c *rawClient) { c.say(frame.OpText, "x") }
		},
		"Open": func(_ *testing.T, h *engine.Handler) func(*sockServer, *rawClient) {
			open := h.Open
			h.Open = func(c *engine.Conn) {
				if open(c); c.Subprotocol() == "bad" {
					runtime.Goexit()
				}
			}
			return func(s *sockServer, c *rawClient) { connect(c.t, s.addr).request("Sec-WebSocket-Protocol: bad") }
		},
		"Upgrade": func(_ *testing.T, h *engine.Handler) func(*sockServer, *rawClient) {
			h.Upgrade = func(r *http.Request) (engine.Accept, error) {
				if r.Header["Sec-Websocket-Protocol"] != nil {
					runtime.Goexit()
				}
				return engine.Accept{}, nil
			}
			return func(s *sockServer, c *rawClient) { connect(c.t, s.addr).request("Sec-WebSocket-Protocol: bad") }
		},
		"Close": func(_ *testing.T, h *engine.Handler) func(*sockServer, *rawClient) {
			first, closed := true, h.Close
			h.Close = func(c *engine.Conn, err error) {
				if closed(c, err); first {
					first = false
					runtime.Goexit()
				}
			}
			return func(_ *sockServer, c *rawClient) { _ = c.Close() }
		},
		"a posted func": func(_ *testing.T, _ *engine.Handler) func(*sockServer, *rawClient) {
			return func(s *sockServer, _ *rawClient) { s.Loop(0).Post(runtime.Goexit) }
		},
		"a func posted to a connection": func(_ *testing.T, _ *engine.Handler) func(*sockServer, *rawClient) {
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, log := quickly(), newTestLog()
			cfg.Loops, cfg.Logger = 1, log.logger()
			h, refs := opened(engine.Handler{})
			h, errs := closes(h)
			if h.Upgrade == nil {
				h.Upgrade = chooseFirst
			}
			begin := do(t, &h)
			s := serve(t, cfg, h)
			c, neighbour := dialWS(t, s.addr), dialWS(t, s.addr)
			ref := wait(t, "Open", refs)
			wait(t, "Open", refs)
			if begin != nil {
				begin(s, c)
			} else {
				ref.Post(func(*engine.Conn) { runtime.Goexit() })
			}
			if err := s.ended(); !errors.Is(err, engine.ErrLoopDied) || !errors.Is(err, engine.ErrGoexit) {
				t.Fatalf("Run returned %v", err)
			}
			for range 2 {
				wait(t, "Close", errs)
			}
			if _, _, err := neighbour.next(); err == nil || errors.Is(err, errDeadline) {
				t.Errorf("the neighbour: %v", err)
			}
			if n := log.count("a callback called runtime.Goexit; the engine stops"); n != 1 {
				t.Errorf("logged %d times", n)
			}
			if st := s.Stats(); st.Conns != 0 || st.Open != 0 {
				t.Errorf("%d connections, %d open are left", st.Conns, st.Open)
			}
		})
	}
}
