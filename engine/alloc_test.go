package engine_test

import (
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// The hot paths allocate nothing once warm: what a node does a million times a second must not be the garbage
// collector's business.
func TestNoAllocations(t *testing.T) {
	if engine.RaceBuild {
		t.Skip("the race detector allocates, and so do the ownership checks")
	}
	for _, row := range []struct {
		name string
		prep func(t *testing.T) func()
	}{
		{"receive, one read", func(t *testing.T) func() { return receiving(t, 1) }},
		{"receive, cut in two", func(t *testing.T) func() { return receiving(t, 2) }},
		{"echo", echoing},
		{"ping", pinging},
		{"fan-out of one to 1000", func(t *testing.T) func() { return fanOut(t, 1000, 1, 100) }},
		{"fan-out of five to 1000, copied", func(t *testing.T) func() { return fanOut(t, 1000, 5, 100) }},
		{"fan-out of five to 1000, by writev", func(t *testing.T) func() { return fanOut(t, 1000, 5, 20_000) }},
		{"fan-out of a run of five to 1000", runFanOut},
		{"posts", posting},
		{"compressed message, received", inflating},
		{"compressed echo", deflatedEcho},
		{"compressed fan-out of one to 1000", deflatedFanOut},
		{"idle tick of 3000", ticking},
	} {
		t.Run(row.name, func(t *testing.T) {
			op := row.prep(t)
			for range 20 {
				op() // warm up
			}
			if n := testing.AllocsPerRun(200, op); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

// receiving returns what delivers one message in n reads to a handler that does nothing.
func receiving(t testing.TB, n int) func() {
	got := 0
	m := inMemory(t, engine.Config{}, engine.Handler{Message: func(_ *engine.Conn, _ frame.Op, p []byte) { got += len(p) }})
	whole := enginetest.Frame(frame.OpText, make([]byte, 128))
	buf := make([]byte, len(whole))
	return func() {
		copy(buf, whole)
		before := got
		for i := range n {
			m.Inject(buf[i*len(buf)/n : (i+1)*len(buf)/n])
		}
		if got != before+128 {
			t.Fatal("the message did not come")
		}
	}
}

func echoing(t *testing.T) func() {
	m := inMemory(t, engine.Config{}, engine.Handler{Message: func(c *engine.Conn, op frame.Op, p []byte) { c.Send(op, p) }})
	return answered(t, m, enginetest.Frame(frame.OpText, make([]byte, 128)), 132)
}

func pinging(t *testing.T) func() {
	m := inMemory(t, engine.Config{FloodRate: -1}, engine.Handler{})
	return answered(t, m, enginetest.Frame(frame.OpPing, []byte("12345678")), 10)
}

// answered returns what sends in and expects so many bytes back.
func answered(t testing.TB, m *mem, in []byte, back uint64) func() {
	m.Discard()
	buf := make([]byte, len(in))
	return func() {
		copy(buf, in)
		before := m.Received()
		m.Inject(buf)
		if m.Received() != before+back {
			t.Fatalf("%d bytes came back, want %d", m.Received()-before, back)
		}
	}
}

// crowd is a loop with n open connections.
type crowd struct {
	*enginetest.Server
	conns   []*engine.Conn
	clients []*enginetest.Client
}

func newCrowd(t testing.TB, n int, cfg engine.Config, headers ...string) *crowd {
	w := &crowd{}
	w.Server = enginetest.New(t, cfg, engine.Handler{Open: func(c *engine.Conn) { w.conns = append(w.conns, c) }})
	head := enginetest.Request("/", headers...)
	for range n {
		c := w.Dial()
		c.Discard()
		c.Write(head)
		w.clients = append(w.clients, c)
	}
	if len(w.conns) != n {
		t.Fatalf("%d of %d connections were opened", len(w.conns), n)
	}
	return w
}

// fanOut returns what sends k messages of size bytes to n members, and lets the loop write them.
func fanOut(t testing.TB, n, k, size int) func() {
	w := newCrowd(t, n, engine.Config{PingAfter: -1, DeadAfter: -1})
	var ms []*frame.Message
	wire := 0
	for range k {
		m := frame.NewMessage(frame.OpText, make([]byte, size))
		wire += m.Len()
		ms = append(ms, m)
	}
	publish := func() {
		for _, m := range ms {
			for _, c := range w.conns {
				c.SendMessage(m)
			}
		}
	}
	loop, last := w.Engine().Loop(0), w.clients[n-1]
	return func() {
		before := last.Received()
		loop.Post(publish)
		w.Settle()
		if got := last.Received() - before; got != uint64(wire) {
			t.Fatalf("the last member got %d bytes, want %d", got, wire)
		}
	}
}

// runFanOut is fanOut by SendRun.
func runFanOut(t *testing.T) func() {
	w := newCrowd(t, 1000, engine.Config{PingAfter: -1, DeadAfter: -1})
	run, wire := runOf(5, 100)
	publish := func() {
		for _, c := range w.conns {
			if !c.SendRun(run) {
				t.Error("not taken")
			}
		}
	}
	loop, last := w.Engine().Loop(0), w.clients[999]
	return func() {
		before := last.Received()
		loop.Post(publish)
		w.Settle()
		if got := last.Received() - before; got != uint64(len(wire)) {
			t.Fatalf("the last member got %d bytes, want %d", got, len(wire))
		}
	}
}

func posting(t *testing.T) func() {
	m := inMemory(t, engine.Config{}, engine.Handler{})
	n := 0
	f := func(*engine.Conn) { n++ }
	g := func() { n++ }
	return func() {
		before := n
		for range 10 {
			m.ref.Post(f)
			m.Engine().Loop(0).Post(g)
		}
		m.Settle()
		if n != before+20 {
			t.Fatal("not all posts ran")
		}
	}
}

func ticking(t *testing.T) func() {
	w := newCrowd(t, 3000, engine.Config{PingAfter: -1})
	return func() {
		w.Jump(enginetest.TickIdle / 100)
		w.Tick(0)
	}
}
