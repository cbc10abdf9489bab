//go:build unix

package engine_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// net/http has its own cap, which leaves WebSockets alone.
func TestSocketHTTPMaxConns(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.HTTP.MaxConns = 2
	s := serve(t, cfg, web(echo()))
	get := "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	var kept []*rawClient
	for i, want := range []int{200, 200, 503} {
		c := connect(t, s.addr)
		c.bytes(get)
		r := c.response("GET")
		if _, _ = io.Copy(io.Discard, r.Body); r.StatusCode != want {
			t.Fatalf("connection %d got %s, want %d", i, r.Status, want)
		}
		if want == 503 && r.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		kept = append(kept, c)
	}
	if got, want := s.Stats().Reasons, (map[engine.Reason]uint64{engine.ReasonHTTPFull: 1}); !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
	dialWS(t, s.addr)
	_ = kept[0].Close()
	eventually(t, "there is room again", func() bool { return s.Stats().HTTPConns == 1 })
	c := connect(t, s.addr)
	c.bytes(get)
	if r := c.response("GET"); r.StatusCode != 200 {
		t.Errorf("with room again: %s", r.Status)
	}
}

// The timeouts of Config.HTTP hold: for a connection between requests, and for one inside a head.
func TestSocketHTTPTimeouts(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.HTTP.IdleTimeout, cfg.HTTP.ReadHeaderTimeout = 2*time.Second, 500*time.Millisecond
	s := serve(t, cfg, web(echo()))
	for _, more := range []string{"", "GET / HTTP/1.1\r\nHost: a\r\nX-Slow"} {
		c := connect(t, s.addr)
		c.bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		_, _ = io.Copy(io.Discard, c.response("GET").Body)
		c.bytes(more)
		c.expectEOF() // behind a 400 of net/http, if it was inside a head
	}
}

// A handler that panics ends its own connection, is counted, and nobody else notices.
func TestSocketHTTPPanic(t *testing.T) {
	t.Parallel()
	h := echo()
	h.HTTP = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
		panic("boom")
	})
	log := newTestLog()
	cfg := quickly()
	cfg.Logger = log.logger()
	s := serve(t, cfg, h)
	other := dialWS(t, s.addr)
	for _, path := range []string{"/", "/abort"} {
		c := connect(t, s.addr)
		c.bytes("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
		c.expectEOF()
	}
	eventually(t, "both are counted out", func() bool { return engine.Admitted(s.Engine) == 1 })
	if n := s.Stats().Panics; n != 1 {
		t.Errorf("%d panics counted, want 1: ErrAbortHandler is none", n)
	}
	other.say(frame.OpText, "still here")
	other.expect(frame.OpText, "still here")
}

// A handler may hijack its connection for a protocol of its own; it is counted until that closes it.
func TestSocketHTTPHijack(t *testing.T) {
	t.Parallel()
	h := echo()
	h.HTTP = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		_, _ = io.Copy(c, rw.Reader)
	})
	s := serve(t, quickly(), h)
	c := connect(t, s.addr)
	c.bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\nping")
	buf := make([]byte, 4)
	if _, err := io.ReadFull(c.br, buf); err != nil || string(buf) != "ping" {
		t.Fatalf("%q %v", buf, err)
	}
	if n, st := engine.Admitted(s.Engine), s.Stats(); n != 1 || st.HTTPConns != 1 {
		t.Errorf("%d counted, %d with net/http; want 1 and 1", n, st.HTTPConns)
	}
	_ = c.Close()
	eventually(t, "it is counted out", func() bool { return engine.Admitted(s.Engine) == 0 })
}

// Shutdown lets a request under way finish, closes a connection that waits for its next one, and refuses none silently.
func TestSocketHTTPShutdown(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}), make(chan struct{})
	h := echo()
	h.HTTP = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(begun)
			<-goOn
		}
		_, _ = io.WriteString(w, "done")
	})
	s := serve(t, quickly(), h)
	idle := connect(t, s.addr)
	idle.bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	_, _ = io.Copy(io.Discard, idle.response("GET").Body)
	slow := connect(t, s.addr)
	slow.bytes("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
	wait(t, "the slow request", begun)
	stopped := make(chan struct{})
	go func() { defer close(stopped); s.stop() }()
	idle.expectEOF()
	select {
	case <-stopped:
		t.Fatal("the engine has ended with a request under way")
	default:
	}
	close(goOn)
	if body, err := io.ReadAll(slow.response("GET").Body); err != nil || string(body) != "done" {
		t.Errorf("the request under way got %q (%v)", body, err)
	}
	wait(t, "the end", stopped)
	if n := engine.Admitted(s.Engine); n != 0 {
		t.Errorf("%d still counted", n)
	}
}

// A request that takes longer than Shutdown has is cut off, and its handler finds out by its context.
func TestSocketHTTPShutdownCutsOff(t *testing.T) {
	t.Parallel()
	begun, told := make(chan struct{}), make(chan struct{})
	h := echo()
	h.HTTP = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(told)
	})
	s := serve(t, quickly(), h)
	c := connect(t, s.addr)
	c.bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	wait(t, "the request", begun)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "1 connections") {
		t.Errorf("Shutdown returned %v", err)
	}
	if err := s.ended(); err != nil {
		t.Error(err)
	}
	wait(t, "the handler's context", told)
	if _, err := bufio.NewReader(c).ReadByte(); err == nil {
		t.Error("the connection is still there")
	}
}
