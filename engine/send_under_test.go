package engine_test

import (
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// What becomes of one message is up to its own policy, below the high watermark, at it and at the hard limit, whatever
// the connection's is.
func TestSendUnder(t *testing.T) {
	for _, own := range []engine.SlowPolicy{engine.PolicyDrop, engine.PolicyDisconnect} {
		for _, row := range []struct {
			under   engine.SlowPolicy
			full    engine.Outcome // at the high watermark
			dropped uint64
			open    bool
		}{
			{engine.PolicyDrop, engine.Dropped, 1, true},
			{engine.PolicyDisconnect, engine.Closed, 0, false},
			{engine.PolicyQueue, engine.Queued, 0, true},
			{engine.PolicyRefuse, engine.Dropped, 0, true},
		} {
			t.Run(own.String()+" "+row.under.String(), func(t *testing.T) {
				m := inMemory(t, engine.Config{HighWatermark: 1000, LowWatermark: 300, HardLimit: 3000, Slow: own}, engine.Handler{})
				msg := frame.NewMessage(frame.OpBinary, make([]byte, 500))
				m.SetCapacity(0)
				m.on(func(c *engine.Conn) {
					if c.Policy() != own {
						t.Errorf("the connection's own policy is %v", c.Policy())
					}
					c.SendUnder(row.under, msg)
				})
				m.on(func(c *engine.Conn) {
					for i, want := range []engine.Outcome{engine.Queued, row.full} {
						if c.Congested() != (c.Buffered() >= 1000) {
							t.Errorf("congested is %v with %d bytes", c.Congested(), c.Buffered())
						}
						if o := c.SendUnder(row.under, msg); o != want {
							t.Errorf("message %d is %v, want %v", i, o, want)
						}
					}
				})
				st := m.Engine().Stats()
				if st.Dropped != row.dropped || (engine.StateOf(m.conn) == "open") != row.open {
					t.Errorf("%d dropped, the connection is %s", st.Dropped, engine.StateOf(m.conn))
				}
				if !row.open {
					return
				}
				m.SetCapacity(-1)
				m.Advance(time.Second)
				if len(m.drains) != 1 {
					t.Errorf("Drain ran %d times", len(m.drains))
				}
			})
		}
	}
}

// A queue under PolicyQueue ends at the hard limit.
func TestSendUnderQueueEnds(t *testing.T) {
	m := inMemory(t, engine.Config{HighWatermark: 1000, LowWatermark: 300, HardLimit: 3000}, engine.Handler{})
	msg := frame.NewMessage(frame.OpBinary, make([]byte, 496)) // 500 with its header
	m.SetCapacity(0)
	m.on(func(c *engine.Conn) {
		for range 6 {
			if o := c.SendUnder(engine.PolicyQueue, msg); o == engine.Dropped || o == engine.Closed {
				t.Fatal(o)
			}
		}
		if o := c.SendUnder(engine.PolicyQueue, msg); o != engine.Closed {
			t.Errorf("beyond the hard limit a message is %v", o)
		}
	})
	if st := m.Engine().Stats(); st.Reasons[engine.ReasonHardLimit] != 1 {
		t.Errorf("reasons %v", st.Reasons)
	}
}

// What an application may not send is refused whatever the policy.
func TestSendUnderControlFrames(t *testing.T) {
	m := inMemory(t, engine.Config{}, engine.Handler{})
	m.on(func(c *engine.Conn) {
		if o := c.SendUnder(engine.PolicyQueue, frame.NewMessage(frame.OpClose, nil)); o != engine.Dropped {
			t.Error(o)
		}
	})
}

// The level shows at once, also where nothing was written yet: in the turn in which a message came that is more than the high
// watermark. When it has gone out, Drain has run.
func TestRoom(t *testing.T) {
	m := inMemory(t, engine.Config{HighWatermark: 1000, LowWatermark: 300, HardLimit: 3000}, engine.Handler{})
	for _, size := range []int{496, 996, 1496} { // 4 less than on the wire
		before := len(m.drains)
		m.on(func(c *engine.Conn) {
			if n := c.Room(); n != 3000 {
				t.Errorf("there is room for %d bytes, want 3000", n)
			}
			if o := c.SendUnder(engine.PolicyQueue, frame.NewMessage(frame.OpBinary, make([]byte, size))); o != engine.Sent {
				t.Error(o)
			}
			if n := c.Room(); n != 3000-size-4 || c.Congested() != (size >= 996) {
				t.Errorf("behind %d bytes there is room for %d; congested is %v", size+4, n, c.Congested())
			}
		})
		m.on(func(c *engine.Conn) {
			if c.Congested() || (len(m.drains) > before) != (size >= 996) {
				t.Errorf("%d bytes have gone out: congested is %v, Drain ran %d times", size+4, c.Congested(), len(m.drains)-before)
			}
		})
	}
	m.SetCapacity(0)
	m.on(func(c *engine.Conn) {
		c.SendUnder(engine.PolicyQueue, frame.NewMessage(frame.OpBinary, make([]byte, 4000))) // one may be longer
		if n := c.Room(); n != 0 {
			t.Errorf("there is room for %d bytes", n)
		}
	})
}
