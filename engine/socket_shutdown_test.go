//go:build unix

package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/weir-ws/weir/frame"
)

// goodClient reads to the close frame, answers it, and reads to the FIN, as every client should. It returns the texts
// that came before.
func (c *rawClient) goodClient(code frame.Status) (texts []string, err error) {
	for {
		op, p, err := c.next()
		if err != nil {
			return texts, err
		}
		switch op {
		case frame.OpText:
			texts = append(texts, string(p))
		case frame.OpClose:
			if got := frame.Status(int(p[0])<<8 | int(p[1])); got != code {
				return texts, fmt.Errorf("closed with %d %q, want %d", got, p[2:], code)
			}
			if _, err := c.Write(masked(frame.OpClose, p[:2])); err != nil {
				return texts, err
			}
			_, _, err := c.next()
			_ = c.Close()
			if err == nil {
				return texts, errors.New("a frame behind the close frame")
			}
			return texts, nil
		}
	}
}

// Shutdown runs the close handshake with everybody: what was accepted before arrives, then 1001; they go in random
// order, spread over the window; nobody else gets in meanwhile; Run returns nil.
func TestSocketShutdown(t *testing.T) {
	t.Parallel()
	const clients = 60
	cfg := quickly()
	cfg.Loops, cfg.DrainWindow, cfg.CloseTimeout = 2, 500*time.Millisecond, patience
	h, refs := opened(echo())
	h, errs := closes(h)
	s := serve(t, cfg, h)

	var mu sync.Mutex
	var order []int
	var first, last time.Time
	var wg sync.WaitGroup
	for i := range clients {
		c := dialWS(t, s.addr)
		wait(t, "Open", refs).Send(frame.OpText, []byte("accepted before"))
		wg.Go(func() {
			texts, err := c.goodClient(frame.StatusGoingAway)
			if err != nil || !slices.Equal(texts, []string{"accepted before"}) {
				t.Errorf("client %d: %q, %v", i, texts, err)
			}
			mu.Lock()
			defer mu.Unlock()
			order = append(order, i)
			if last = time.Now(); first.IsZero() {
				first = last
			}
		})
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if err := s.ended(); err != nil {
		t.Errorf("Run: %v", err)
	}
	wg.Wait()
	if slices.IsSorted(order) {
		t.Errorf("%d clients were closed in the order in which they came", len(order))
	}
	t.Logf("%d clients were closed within %v of a window of %v", len(order), last.Sub(first), cfg.DrainWindow)
	for range clients {
		if err := wait(t, "Close", errs); err.Code != frame.StatusGoingAway || err.Remote || err.Err != nil {
			t.Errorf("Close got %v", err)
		}
	}
	if listening(s.addr) {
		t.Error("somebody still listens")
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Errorf("a second Shutdown: %v", err)
	}
}

// While the engine drains, a client that is already connected but has not yet shaken hands is told to come back
// (503, Retry-After), and one that says nothing does not hold the end up.
func TestSocketShutdownDuringHandshake(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.Loops, cfg.DrainWindow, cfg.HandshakeTimeout, cfg.CloseTimeout = 1, 300*time.Millisecond, 2*patience, patience
	s := serve(t, cfg, echo())
	speaks, silent := connect(t, s.addr), connect(t, s.addr)
	open := dialWS(t, s.addr) // holds the drain open until it answers
	eventually(t, "all are in", func() bool { return s.Stats().Conns == 3 })
	held := make(chan struct{})
	s.Loop(0).Post(func() { <-held }) // so that the request is read when the drain has begun
	shut := make(chan error, 1)
	go func() { shut <- s.Shutdown(t.Context()) }()
	eventually(t, "the listener is closed", func() bool { return !listening(s.addr) })
	speaks.request()
	close(held)
	if r := speaks.response("GET"); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
		t.Errorf("answered with %s, Retry-After %q", r.Status, r.Header.Get("Retry-After"))
	}
	speaks.expectEOF()
	_ = speaks.Close()
	silent.expectEOF()
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
