//go:build unix

package engine_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// slowly is a configuration with upgrade workers.
func slowly() engine.Config {
	cfg := quickly()
	cfg.Loops, cfg.Workers.Upgrade = 1, true
	return cfg
}

// A decision that takes its time: others are served meanwhile, and the client's early frames wait for it.
func TestSocketUpgradeWorkers(t *testing.T) {
	t.Parallel()
	for _, secured := range []bool{false, true} {
		goOn := make(chan struct{})
		h := echo()
		h.Upgrade = func(r *http.Request) (engine.Accept, error) {
			switch r.URL.Path {
			case "/chat":
				<-goOn
			case "/no":
				return engine.Accept{}, &engine.HTTPError{Status: 401, Body: "no"}
			case "/panic":
				panic("boom")
			case "/exit":
				runtime.Goexit()
			}
			return engine.Accept{Subprotocol: "b", User: (r.TLS != nil) == secured}, nil
		}
		h.Open = func(c *engine.Conn) {
			c.Send(frame.OpText, fmt.Appendf(nil, "welcome %s %v", c.Subprotocol(), c.User()))
		}
		cfg := slowly()
		dial := func(s *sockServer) *rawClient { return connect(t, s.addr) }
		if secured {
			cfg.Addrs, cfg.TLS = secure().Addrs, secure().TLS
			dial = func(s *sockServer) *rawClient { return secureConnect(t, s.addr, trusting(tls.VersionTLS13)) }
		}
		s := serve(t, cfg, h)
		c := dial(s)
		proto := "Sec-WebSocket-Protocol: a, b"
		c.request(proto)
		c.say(frame.OpText, "early")
		c.say(frame.OpBinary, strings.Repeat("z", 40_000))
		for path, want := range map[string]int{"/free": 101, "/no": 401, "/panic": 500, "/exit": 500} {
			o := dial(s)
			o.bytes(strings.Replace(plainRequest, "/chat", path, 1) + proto + "\r\n\r\n")
			if r := o.response("GET"); r.StatusCode != want {
				t.Errorf("%s got %s, want %d", path, r.Status, want)
			}
		}
		close(goOn)
		if r := c.response("GET"); r.StatusCode != 101 {
			t.Fatal(r.Status)
		}
		c.expect(frame.OpText, "welcome b true")
		c.expect(frame.OpText, "early")
		c.expect(frame.OpBinary, strings.Repeat("z", 40_000))
		c.say(frame.OpText, "late")
		c.expect(frame.OpText, "late")
		if st := s.Stats(); st.Handshakes != 2 || st.Rejected != 3 || st.Panics != 1 {
			t.Errorf("%d handshakes, %d rejected, %d panics; want 2, 3 and 1", st.Handshakes, st.Rejected, st.Panics)
		}
	}
}

// What may go wrong while a decision is under way.
func TestSocketUpgradeWorkersEdges(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 10)
	begun := make(chan struct{}, 10)
	cfg := slowly()
	cfg.HandshakeTimeout, cfg.Workers.Max, cfg.Workers.Queue = 3*time.Second, 2, 1
	h := echo()
	h.Upgrade = func(r *http.Request) (engine.Accept, error) {
		begun <- struct{}{}
		<-r.Context().Done() // the client is gone, or has waited too long
		ended <- r.Context().Err()
		return engine.Accept{}, nil
	}
	s := serve(t, cfg, h)

	// The client goes.
	c := connect(t, s.addr)
	c.request()
	wait(t, "Upgrade", begun)
	_ = c.Close()
	if err := wait(t, "the end of the request's context", ended); !errors.Is(err, context.Canceled) {
		t.Errorf("the context ended with %v", err)
	}

	// The client sends too much behind its request.
	c = connect(t, s.addr)
	c.request()
	wait(t, "Upgrade", begun)
	go func() { _, _ = c.Write(bytes.Repeat([]byte("x"), 70_000)) }()
	if r := c.response("GET"); r.StatusCode != 431 {
		t.Errorf("too much behind the request: %s", r.Status)
	}
	wait(t, "the end of the request's context", ended)

	// Too much is waiting: two are being decided, one is in the queue.
	var cs []*rawClient
	for i := range 3 {
		c := connect(t, s.addr)
		c.request()
		if i < 2 {
			wait(t, "Upgrade", begun)
		}
		cs = append(cs, c)
	}
	eventually(t, "three are in", func() bool { return s.Stats().Conns >= 3 })
	statuses := map[int]int{}
	for range 3 {
		c := connect(t, s.addr)
		c.request()
		cs = append(cs, c)
	}
	// And none is decided in time.
	for _, c := range cs {
		r := c.response("GET")
		body, _ := io.ReadAll(r.Body)
		statuses[r.StatusCode]++
		if r.StatusCode != 503 || r.Header.Get("Retry-After") == "" || len(body) == 0 {
			t.Errorf("%s %q", r.Status, body)
		}
	}
	if n := s.Stats().Reasons[engine.ReasonBusy]; n != 3 {
		t.Errorf("%d were told that all are busy, want 3; reasons %v", n, s.Stats().Reasons)
	}
	if st := s.Stats(); st.Handshakes != 0 {
		t.Errorf("%d handshakes, want 0; answers %v", st.Handshakes, statuses)
	}
}
