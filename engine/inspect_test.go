package engine_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// inspect runs Inspect beside the loops, which are the test's own goroutine.
func inspect(t *testing.T, s *enginetest.Server, o engine.InspectOptions) engine.Inspection {
	t.Helper()
	type result struct {
		in  engine.Inspection
		err error
	}
	got := make(chan result, 1)
	go func() {
		in, err := s.Engine().Inspect(context.Background(), o)
		got <- result{in, err}
	}()
	for {
		select {
		case r := <-got:
			if r.err != nil {
				t.Fatal(r.err)
			}
			return r.in
		default:
			s.Settle()
			time.Sleep(50 * time.Microsecond)
		}
	}
}

// inspected is a server with n connections on two loops, one a second; the User of each is its number.
func inspected(t *testing.T, n int) (*enginetest.Server, []*enginetest.Client) {
	t.Helper()
	s := enginetest.New(t, engine.Config{Loops: 2, PingAfter: -1, DeadAfter: -1, WriteTimeout: -1}, engine.Handler{
		Upgrade: func(r *http.Request) (engine.Accept, error) { return engine.Accept{User: r.URL.Path}, nil },
	})
	var cs []*enginetest.Client
	for i := range n {
		c := s.DialLoop(i % 2)
		c.Handshake(fmt.Sprint("/", i))
		cs = append(cs, c)
		s.Advance(time.Second)
	}
	return s, cs
}

// fill makes client i take nothing, and gives it size unsent bytes.
func fill(s *enginetest.Server, c *enginetest.Client, i, size int) {
	c.Stall()
	l := s.Engine().Loop(c.Loop())
	l.Post(func() {
		engine.EachConn(l, func(conn *engine.Conn) {
			if conn.User() == name(i) {
				conn.Send(frame.OpBinary, make([]byte, size-4)) // and a header of four
			}
		})
	})
	s.Settle()
}

func name(i int) string { return fmt.Sprint("/", i) }

func user(c *engine.Conn) any { return c.User() }

func TestInspectOrders(t *testing.T) {
	s, cs := inspected(t, 30)
	fill(s, cs[4], 4, 1000)
	s.Advance(10 * time.Second)
	fill(s, cs[7], 7, 3000)
	s.Advance(10 * time.Second)
	fill(s, cs[8], 8, 2000)
	s.Advance(time.Second)
	cs[9].Write([]byte{0x89, 0x80, 0, 0, 0, 0}) // a ping, so that it is not idle

	for _, c := range []struct {
		by    engine.InspectOrder
		limit int
		want  []int // clients, the first ones
	}{
		{engine.ByBuffered, 3, []int{7, 8, 4}},
		{engine.ByBuffered, 1, []int{7}},
		{engine.ByLag, 3, []int{4, 7, 8}},
		{engine.ByAge, 4, []int{0, 1, 2, 3}},
	} {
		in := inspect(t, s, engine.InspectOptions{By: c.by, Limit: c.limit, Detail: user})
		var want, got []string
		for _, i := range c.want {
			want = append(want, name(i))
		}
		for _, i := range in.List {
			got = append(got, i.Detail.(string))
		}
		if !slices.Equal(got, want) {
			t.Errorf("order %d: %v, want %v", c.by, got, want)
		}
		if in.Conns != 30 || in.Unsent != 6000 || in.Silent != nil {
			t.Errorf("totals %+v", in)
		}
	}

	in := inspect(t, s, engine.InspectOptions{Detail: func(c *engine.Conn) any { return c.RemoteAddr() }})
	if len(in.List) != 20 {
		t.Fatalf("%d are listed, want 20", len(in.List))
	}
	for _, i := range in.List {
		if i.State != "open" || i.Detail != i.Peer || !i.Peer.IsValid() {
			t.Errorf("%+v", i)
		}
	}
	// 8 came in at second 8, and 30+21 have passed in all; it was stalled for the last one.
	if i := in.List[1]; i.Buffered != 2000 || i.Lag != time.Second || i.Age != 43*time.Second || i.Idle < 42*time.Second || i.Loop != 0 {
		t.Errorf("the second one is %+v", i)
	}
	if !in.List[0].Ref.Post(func(*engine.Conn) {}) {
		t.Error("the Ref leads nowhere")
	}
	if in = inspect(t, s, engine.InspectOptions{Limit: -1}); len(in.List) != 0 || in.Conns != 30 {
		t.Errorf("without a list: %d listed, %d connections", len(in.List), in.Conns)
	}
}

// A loop looks at a thousand connections at a time, finds all of them, and does other work between.
func TestInspectInPieces(t *testing.T) {
	const n = 5000
	s := enginetest.New(t, engine.Config{PingAfter: -1, DeadAfter: -1}, engine.Handler{
		Upgrade: func(r *http.Request) (engine.Accept, error) { return engine.Accept{User: r.URL.Path}, nil },
	})
	var c *enginetest.Client
	for i := range n {
		c = s.Dial()
		c.Handshake(name(i))
	}
	fill(s, c, n-1, 500)
	between := 0
	l := s.Engine().Loop(0)
	var other func()
	other = func() {
		if between++; between < 3 {
			l.Post(other)
		}
	}
	l.Post(other)
	in := inspect(t, s, engine.InspectOptions{Limit: 5000, Detail: user})
	if in.Conns != n || len(in.List) != 1000 || in.List[0].Detail != name(n-1) || between != 3 {
		t.Errorf("%d connections, %d listed, the first is %v, %d posts ran", in.Conns, len(in.List), in.List[0].Detail, between)
	}
}

// A loop that does not answer is named, and what the others say is not lost.
func TestInspectSilentLoop(t *testing.T) {
	s, _ := inspected(t, 10)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	var in engine.Inspection
	go func() {
		var err error
		in, err = s.Engine().Inspect(ctx, engine.InspectOptions{})
		done <- err
	}()
	for !s.Due(0) || !s.Due(1) {
		time.Sleep(50 * time.Microsecond)
	}
	s.Turn(0) // loop 1 gets no turn
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if !slices.Equal(in.Silent, []int{1}) || in.Conns != 5 || len(in.List) != 5 {
		t.Errorf("silent %v, %d connections, %d listed", in.Silent, in.Conns, len(in.List))
	}
	s.Settle() // the late turn finds that nobody waits
	s.Stop()
	if _, err := s.Engine().Inspect(t.Context(), engine.InspectOptions{}); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("on an engine that has ended: %v", err)
	}
}

// A Detail that panics costs its connection, like any callback, and not the Inspection.
func TestInspectDetailPanics(t *testing.T) {
	s, cs := inspected(t, 2)
	in := inspect(t, s, engine.InspectOptions{Detail: func(c *engine.Conn) any {
		if c.User() == name(0) {
			panic("no")
		}
		return "fine"
	}})
	var said []string
	for _, i := range in.List {
		said = append(said, fmt.Sprint(i.Detail))
	}
	slices.Sort(said)
	if got := strings.Join(said, " "); got != "<nil> fine" {
		t.Errorf("details %q", got)
	}
	if code := closeCode(cs[0].Frames()); code != frame.StatusInternalError {
		t.Errorf("closed with %d", code)
	}
	if n := s.Engine().Stats().Panics; n != 1 {
		t.Errorf("%d panics counted", n)
	}
}
