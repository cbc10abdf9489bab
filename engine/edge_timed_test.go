package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/engine/internal/edgecases"
	"github.com/weir-ws/weir/frame"
)

// The rows of the edge-case table that time decides, at the default settings, to the tick.
func TestEdgeCasesOfTime(t *testing.T) {
	tests := map[string]func(*testing.T){
		edgecases.RowHeadTime:   headDeadline,
		edgecases.RowSlow:       slowConsumer,
		edgecases.RowGoingAway:  goingAway,
		edgecases.RowUnanswered: unanswered,
	}
	for _, row := range edgecases.Timed() {
		if tests[row] == nil {
			t.Errorf("no test for row %q", row)
			continue
		}
		t.Run(row, tests[row])
	}
}

// tick is how late anything may be.
const tick = enginetest.TickIdle

func headDeadline(t *testing.T) {
	for _, row := range []struct {
		name string
		feed func(*enginetest.Server, *enginetest.Client)
	}{
		{"nothing", func(s *enginetest.Server, _ *enginetest.Client) { s.Advance(5*time.Second - tick) }},
		{"a byte now and then", func(s *enginetest.Server, c *enginetest.Client) {
			for _, b := range enginetest.Request("/")[:49] {
				s.Advance(tick)
				c.Write([]byte{b})
			}
		}},
		{"all but the last byte", func(s *enginetest.Server, c *enginetest.Client) {
			r := enginetest.Request("/")
			c.Write(r[:len(r)-1])
			s.Advance(5*time.Second - tick)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := enginetest.New(t, engine.Config{}, engine.Handler{Open: func(*engine.Conn) { t.Error("Open ran") }, Close: func(*engine.Conn, error) { t.Error("Close ran") }})
			c := s.Dial()
			row.feed(s, c)
			if c.Closed() || s.Now() != 5*time.Second-tick {
				t.Fatalf("closed %t at %v", c.Closed(), s.Now())
			}
			s.Advance(tick)
			if !c.Closed() || c.Received() != 0 || c.GotReset() {
				t.Errorf("closed %t, reset %t, %d bytes came", c.Closed(), c.GotReset(), c.Received())
			}
			if st := s.Engine().Stats(); st.HandshakeTimeouts != 1 || st.Conns != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
	t.Run("in time", func(t *testing.T) {
		s := enginetest.New(t, engine.Config{}, edgecases.Echo())
		c := s.Dial()
		s.Advance(5*time.Second - tick)
		if r := c.Handshake("/"); r.StatusCode != 101 {
			t.Fatal(r.Status)
		}
		s.Advance(time.Second)
		if c.Closed() {
			t.Error("the handshake's deadline struck an open connection")
		}
	})
}

func goingAway(t *testing.T) {
	for _, code := range []frame.Status{frame.StatusGoingAway, frame.StatusServiceRestart} {
		const n = 1000
		s := enginetest.New(t, engine.Config{DrainCode: code, Loops: 2}, engine.Handler{})
		var cs []*enginetest.Client
		for range n {
			c := s.Dial()
			c.Handshake("/")
			cs = append(cs, c)
		}
		s.Drain()
		s.Settle()
		closing := func() (k int, first []int) {
			for i, c := range cs {
				if c.Pending() > 0 {
					k++
					first = append(first, i)
				}
			}
			return k, first
		}
		// A tenth of them with each tenth of the window, none sooner.
		for tenth := range 11 {
			k, who := closing()
			if k > tenth*n/10 || k < tenth*n/10-2 {
				t.Fatalf("%d: %d close frames after %d/10 of the window", code, k, tenth)
			}
			if tenth == 5 && slices.Max(who)-slices.Min(who) < n*9/10 {
				t.Errorf("%d: not at random: the first half is %d to %d", code, slices.Min(who), slices.Max(who))
			}
			s.Advance(tick)
		}
		for _, c := range cs {
			if got := closeCode(c.Frames()); got != code {
				t.Fatalf("close code %d, want %d", got, code)
			}
		}
	}
}
