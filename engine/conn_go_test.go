package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// Answers come in the order of the questions, whatever each does; with the engine in memory, work runs on a later turn.
func TestGoKeepsOrder(t *testing.T) {
	var log []string
	s := enginetest.New(t, engine.Config{}, engine.Handler{
		Message: func(c *engine.Conn, op frame.Op, p []byte) {
			q := string(p)
			ok := c.Go(func() func(*engine.Conn) {
				log = append(log, "work "+q)
				if q == "silent" {
					return nil
				}
				return func(c *engine.Conn) {
					log = append(log, "then "+q)
					c.Send(op, []byte("answer to "+q))
					if q == "nested" {
						c.Go(func() func(*engine.Conn) {
							return func(c *engine.Conn) { c.Send(op, []byte("more")) }
						})
					}
				}
			})
			log = append(log, fmt.Sprintf("asked %s %t", q, ok))
		},
	})
	c := s.Dial()
	c.Handshake("/")
	for _, q := range []string{"a", "silent", "nested", "b"} {
		c.Send(frame.OpText, []byte(q))
	}
	if n := len(c.Frames()); n != 0 {
		t.Errorf("%d answers before any work", n)
	}
	s.Settle()
	var got []string
	for _, f := range c.Frames() {
		got = append(got, string(f.Payload))
	}
	if want := "answer to a, answer to nested, answer to b, more"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	want := "asked a true, asked silent true, asked nested true, asked b true, " +
		"work a, then a, work silent, work nested, then nested, work b, then b"
	if strings.Join(log, ", ") != want {
		t.Errorf("it went %q", log)
	}
}

// A connection has only so much work under way, and may have as much again when it is done.
func TestGoPerConn(t *testing.T) {
	var took []bool
	var ran int
	ask := func(c *engine.Conn) { took = append(took, c.Go(func() func(*engine.Conn) { ran++; return nil })) }
	s := enginetest.New(t, engine.Config{Workers: engine.WorkersConfig{PerConn: 2}}, engine.Handler{
		Message: func(c *engine.Conn, _ frame.Op, _ []byte) { ask(c); ask(c); ask(c) },
	})
	c := s.Dial()
	c.Handshake("/")
	for range 2 {
		c.Send(frame.OpText, nil)
		s.Settle()
	}
	if fmt.Sprint(took) != "[true true false true true false]" || ran != 4 {
		t.Errorf("took %v, ran %d", took, ran)
	}
}

// Nothing runs for a connection that is closing or gone.
func TestGoAfterClose(t *testing.T) {
	for _, row := range []struct {
		name  string
		end   func(*enginetest.Client)
		works int // of the two that were asked for
	}{
		{"closing", func(c *enginetest.Client) { c.Send(frame.OpClose, []byte("\x03\xe8")) }, 1}, // the first is with the pool already
		{"gone", (*enginetest.Client).Reset, 0},
	} {
		var ref engine.Ref
		works, thens, late := 0, 0, true
		h := engine.Handler{
			Open: func(c *engine.Conn) {
				ref = c.Ref()
				for range 2 {
					c.Go(func() func(*engine.Conn) { works++; return func(*engine.Conn) { thens++ } })
				}
			},
			Close: func(c *engine.Conn, _ error) { late = c.Go(func() func(*engine.Conn) { works = 100; return nil }) },
		}
		s := enginetest.New(t, engine.Config{}, h)
		cl := s.Dial()
		cl.Write(enginetest.Request("/"))
		row.end(cl)
		s.Settle()
		s.Advance(10 * time.Second) // the close timeout
		if works != row.works || thens != 0 || late {
			t.Errorf("%s: %d works, %d continuations, late %t; want %d, 0 and false", row.name, works, thens, late, row.works)
		}
		if ref.Post(func(*engine.Conn) {}) {
			t.Errorf("%s: the connection is still there", row.name)
		}
	}
}

// A panic in the work or in the continuation ends that connection with 1011, and what it had asked for beyond.
func TestGoPanics(t *testing.T) {
	for _, where := range []string{"work", "then"} {
		later := false
		s := enginetest.New(t, engine.Config{}, engine.Handler{Message: func(c *engine.Conn, _ frame.Op, _ []byte) {
			c.Go(func() func(*engine.Conn) {
				if where == "work" {
					panic("boom")
				}
				return func(*engine.Conn) { panic("boom") }
			})
			c.Go(func() func(*engine.Conn) { return func(*engine.Conn) { later = true } })
		}})
		c, other := s.Dial(), s.Dial()
		c.Handshake("/")
		other.Handshake("/")
		c.Send(frame.OpText, nil)
		s.Settle()
		fs := c.Frames()
		if len(fs) != 1 || fs[0].Op != frame.OpClose || string(fs[0].Payload[:2]) != "\x03\xf3" || later {
			t.Errorf("%s: frames %v, the next continuation ran: %t", where, fs, later)
		}
		if st := s.Engine().Stats(); st.Panics != 1 || st.Open != 2 {
			t.Errorf("%s: %d panics, %d open", where, st.Panics, st.Open)
		}
	}
}
