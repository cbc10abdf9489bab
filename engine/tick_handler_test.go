package engine_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// Handler.Tick runs once a tick on each loop, and what it does to connections goes out with that tick.
func TestTickRunsOnEveryLoop(t *testing.T) {
	ticks := make([]int, 2)
	end := false
	s := enginetest.New(t, engine.Config{Loops: 2}, engine.Handler{Tick: func(l *engine.Loop) {
		ticks[l.Index()]++
		if end {
			engine.EachConn(l, func(c *engine.Conn) { c.Close(4000, "time is up") })
		}
	}})
	clients := []*enginetest.Client{s.DialLoop(0), s.DialLoop(1)}
	for _, c := range clients {
		c.Handshake("/")
	}
	ticks[0], ticks[1] = 0, 0
	s.Advance(time.Second)
	if !slices.Equal(ticks, []int{10, 10}) {
		t.Errorf("in a second the loops' ticks were %v", ticks)
	}
	end = true
	s.Tick(1)
	for i, want := range []int{0, 1} {
		fs := clients[i].Frames()
		if len(fs) != want {
			t.Errorf("client %d got %d frames, want %d", i, len(fs), want)
			continue
		}
		if want == 1 && (fs[0].Op != frame.OpClose || string(fs[0].Payload) != "\x0f\xa0time is up") {
			t.Errorf("client %d got %v %q", i, fs[0].Op, fs[0].Payload)
		}
	}
}

// A panic in it is counted and logged, and the rest of the tick is done all the same.
func TestTickPanics(t *testing.T) {
	var log bytes.Buffer
	cfg := engine.Config{HandshakeTimeout: time.Second, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	s := enginetest.New(t, cfg, engine.Handler{Tick: func(*engine.Loop) { panic("boom") }})
	late := s.Dial()
	s.Advance(2 * time.Second)
	if n := s.Engine().Stats().Panics; n != 20 {
		t.Errorf("%d panics counted, want 20", n)
	}
	if !strings.Contains(log.String(), "Handler.Tick panicked") || !strings.Contains(log.String(), "boom") {
		t.Errorf("logged %q", log.String())
	}
	if !late.Closed() {
		t.Error("the handshake deadline was not kept")
	}
}
