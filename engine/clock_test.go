package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// A clock that jumps: the process was stopped, or the machine slept. The engine reads only the monotonic clock, which no
// setting of the time moves and which never goes back; that it may leap is what is tried here, with something under way
// of everything that has a time.
func TestClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{time.Minute, 24 * time.Hour, 400 * 24 * time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			cfg := behindProxies()
			cfg.ConnRate, cfg.ConnBurst, cfg.MessageRate, cfg.MessageBurst = 0.001, 100, 1, 20
			h := echo()
			message := h.Message
			h.Message = func(c *engine.Conn, op frame.Op, p []byte) {
				if message(c, op, p); string(p) == "close" {
					c.Close(4000, "")
				}
			}
			s := enginetest.New(t, cfg, h)
			idle, stalled, closing, half, proxied := s.Dial(), s.Dial(), s.Dial(), s.Dial(), s.DialProxied(proxyPeer)
			for _, c := range []*enginetest.Client{idle, stalled, closing} {
				c.Handshake("/")
			}
			stalled.Stall()
			stalled.Send(frame.OpText, []byte("waits"))
			closing.Send(frame.OpText, []byte("close"))
			request := enginetest.Request("/")
			half.Write(request[:20])
			proxied.Write([]byte(fromA[:5]))
			s.Advance(500 * time.Millisecond) // loop time moves by two seconds at most in one tick, and a header has three

			s.Jump(jump)
			s.Tick(0) // the first since then

			half.Write(request[20:])
			proxied.Write([]byte(fromA[5:] + string(request)))
			stalled.Unstall()
			closing.Send(frame.OpClose, frame.AppendClose(nil, 4000, ""))
			s.Advance(time.Second)
			for name, c := range map[string]*enginetest.Client{"the one that was half through its request": half, "the one behind a proxy": proxied} {
				if r, _, err := enginetest.Response(c.Read(), ""); err != nil || r.StatusCode != 101 {
					t.Errorf("%s: %v, %v", name, r, err)
				}
			}
			if fs := stalled.Frames(); len(fs) != 1 || string(fs[0].Payload) != "waits" {
				t.Errorf("the stalled one got %v", fs)
			}
			if !closing.GotFIN() || closing.GotReset() {
				t.Errorf("the closing one: FIN %t, reset %t", closing.GotFIN(), closing.GotReset())
			}
			closing.CloseWrite()
			for i := range 20 {
				for _, c := range []*enginetest.Client{idle, half, proxied} {
					c.Send(frame.OpText, fmt.Append(nil, i))
				}
			}
			if fs := idle.Frames(); len(fs) < 20 || string(fs[len(fs)-1].Payload) != "19" {
				t.Errorf("the idle one got %d frames", len(fs))
			}
			if st := s.Engine().Stats(); st.Open != 4 || len(st.Reasons) != 0 {
				t.Errorf("%d are open, reasons %v", st.Open, st.Reasons)
			}
			if c := s.Dial(); c.Handshake("/").StatusCode != 101 {
				t.Error("nobody new gets in")
			}
		})
	}
}
