//go:build unix

package engine_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// Every kind of address serves, all of one engine at once, and RemoteAddr is the client's although gnet's
// own copies of it were thrown away: by IPv4, by IPv6, and none on a unix socket.
func TestSocketAddresses(t *testing.T) {
	t.Parallel()
	addrs := []string{"127.0.0.1:0", "unix:" + filepath.Join(t.TempDir(), "weir.sock")}
	if ln, err := net.Listen("tcp", "[::1]:0"); err == nil {
		_ = ln.Close()
		addrs = append(addrs, "[::1]:0")
	} else {
		t.Logf("no IPv6 here: %v", err)
	}
	cfg := quickly()
	cfg.Addrs = addrs
	var upgraded sync.Map
	s := serve(t, cfg, engine.Handler{
		Upgrade: func(r *http.Request) (engine.Accept, error) {
			upgraded.Store(r.RemoteAddr, true)
			return engine.Accept{}, nil
		},
		Message: func(c *engine.Conn, op frame.Op, _ []byte) { c.Send(op, []byte(c.RemoteAddr().String())) },
	})
	for i, a := range s.Addrs() {
		c := dialWS(t, a)
		want, request := netip.AddrPort{}.String(), ""
		if !strings.HasPrefix(addrs[i], "unix:") {
			want = c.LocalAddr().String()
			request = want
		}
		c.say(frame.OpText, "who am I?")
		c.expect(frame.OpText, want)
		if _, ok := upgraded.Load(request); !ok {
			t.Errorf("Upgrade did not see RemoteAddr %q", request)
		}
	}
}

// A connection that ends is counted out under the address by which it was counted in: a cap of one
// lets them in one after the other for ever, and never two at once.
func TestSocketCapIsReleased(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.MaxConnsPerAddr, cfg.LimitLoopback = 1, true
	s := serve(t, cfg, echo())
	for i := range 20 {
		c := dialWS(t, s.addr)
		refused := connect(t, s.addr)
		if i > 0 { // the first says nothing, and is told all the same
			refused.request()
		}
		if r := refused.response("GET"); r.StatusCode != 429 || r.Header.Get("Retry-After") == "" {
			t.Fatalf("round %d: the second connection got %s", i, r.Status)
		}
		refused.expectEOF()
		_ = refused.Close()
		if i%2 == 0 {
			c.reset()
		} else {
			_ = c.Close()
		}
		eventually(t, "it is counted out", func() bool { return engine.Admitted(s.Engine) == 0 })
	}
	if st := s.Stats(); st.Refused != 20 || st.AcceptErrors != 0 {
		t.Errorf("%d refused, %d accept errors; want 20 and 0", st.Refused, st.AcceptErrors)
	}
}

// A port that is taken is an error that names the address, and leaves nothing open.
func TestSocketPortInUse(t *testing.T) {
	t.Parallel()
	s := serve(t, quickly(), echo())
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = free.Close()
	e, err := engine.New(engine.Config{Addrs: []string{free.Addr().String(), s.addr.String()}}, echo())
	if err != nil {
		t.Fatal(err)
	}
	err = e.Run(context.Background())
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), s.addr.String()) {
		t.Fatalf("Run returned %v", err)
	}
	if len(e.Addrs()) != 0 || listening(free.Addr()) {
		t.Error("the first address is still listened on")
	}
}

// With ReusePort two engines share a port, and when one has ended the other has it alone.
func TestSocketReusePort(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.ReusePort = true
	hello := func(s string) engine.Handler {
		return engine.Handler{Open: func(c *engine.Conn) { c.Send(frame.OpText, []byte(s)) }}
	}
	a := serve(t, cfg, hello("a"))
	cfg.Addrs = []string{a.addr.String()}
	b := serve(t, cfg, hello("b"))
	got := map[string]int{}
	for len(got) < 2 { // the kernel picks by a hash of the addresses: both come up
		c := dialWS(t, a.addr)
		_, p, err := c.next()
		if err != nil {
			t.Fatal(err)
		}
		got[string(p)]++
		_ = c.Close()
	}
	a.stop()
	for range 20 {
		c := dialWS(t, b.addr)
		c.expect(frame.OpText, "b")
		_ = c.Close()
	}
}

// Several engines start, serve and end at the same time in one process, and keep their connections apart.
func TestSocketManyEngines(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for round := range 3 {
				name := fmt.Sprintf("engine %d, round %d", i, round)
				cfg := quickly()
				cfg.Loops, cfg.Logger = 1+i%3, newTestLog().logger()
				s := serve(t, cfg, engine.Handler{Message: func(c *engine.Conn, op frame.Op, p []byte) {
					c.Send(op, append([]byte(name+": "), p...))
				}})
				if s.Loops() != 1+i%3 {
					t.Errorf("%d loops", s.Loops())
				}
				c := dialWS(t, s.addr)
				c.say(frame.OpText, "hi")
				c.expect(frame.OpText, name+": hi")
				_ = c.Close()
				s.stop()
			}
		})
	}
	wg.Wait()
}
