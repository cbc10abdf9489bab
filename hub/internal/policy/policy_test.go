package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/internal/policy"
)

// What each policy does to a connection at its high watermark, whatever the connection's own is.
func TestSend(t *testing.T) {
	for _, c := range []struct {
		policy hub.SlowPolicy
		own    engine.SlowPolicy
		want   engine.Outcome
		closed bool
	}{
		{hub.SlowDefault, engine.PolicyDrop, engine.Dropped, false},
		{hub.SlowDefault, engine.PolicyDisconnect, engine.Closed, true},
		{hub.SlowLossless, engine.PolicyDrop, engine.Queued, false},
		{hub.SlowLossless, engine.PolicyDisconnect, engine.Queued, false},
		{hub.SlowDrop, engine.PolicyDrop, engine.Dropped, false},
		{hub.SlowDrop, engine.PolicyDisconnect, engine.Dropped, false},
		{hub.SlowConflate, engine.PolicyDrop, engine.Dropped, false},
		{hub.SlowConflate, engine.PolicyDisconnect, engine.Dropped, false},
	} {
		var conn *engine.Conn
		srv := enginetest.New(t, engine.Config{Slow: c.own, HighWatermark: 1000, LowWatermark: 100, HardLimit: 100_000, WriteTimeout: -1},
			engine.Handler{Open: func(c *engine.Conn) { conn = c }})
		client := srv.Dial()
		client.Handshake("/")
		srv.Settle()
		client.Stall()
		f := frame.NewMessage(frame.OpText, []byte(strings.Repeat("x", 400)))
		send := func(p hub.SlowPolicy) (o engine.Outcome) {
			if !srv.Engine().Loop(0).Post(func() { o = policy.Send(conn, p, f) }) {
				t.Fatal("the loop has ended")
			}
			srv.Settle()
			return o
		}
		for range 6 {
			send(hub.SlowLossless)
		}
		if got := send(c.policy); got != c.want {
			t.Errorf("%v on a connection with policy %v: outcome %v, want %v", c.policy, c.own, got, c.want)
		}
		client.Unstall()
		srv.Advance(time.Second)
		srv.Settle()
		closed := false
		for _, f := range client.Frames() {
			closed = closed || f.Op == frame.OpClose
		}
		if closed != c.closed {
			t.Errorf("%v on a connection with policy %v: closed %v, want %v", c.policy, c.own, closed, c.closed)
		}
	}
}
