package raw_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/raw"
)

// A member that does not read for a while gets what its channel's policy leaves it, whatever the connection's own policy is; one that never
// reads is closed at the hard limit where nothing may be left out.
func TestPolicyOfTheChannel(t *testing.T) {
	const messages = 40
	for _, c := range []struct {
		policy       hub.SlowPolicy
		own          engine.SlowPolicy
		whole, ended bool // after a while without reading; and with ten times as much
	}{
		{hub.SlowDefault, engine.PolicyDrop, false, false},
		{hub.SlowDefault, engine.PolicyDisconnect, false, true},
		{hub.SlowLossless, engine.PolicyDrop, true, true},
		{hub.SlowLossless, engine.PolicyDisconnect, true, true},
		{hub.SlowDrop, engine.PolicyDrop, false, false},
		{hub.SlowDrop, engine.PolicyDisconnect, false, false},
		{hub.SlowConflate, engine.PolicyDrop, true, true},
		{hub.SlowConflate, engine.PolicyDisconnect, true, true},
	} {
		t.Run(fmt.Sprintf("%v on %v", c.policy, c.own), func(t *testing.T) {
			h := newHub(t, hub.Config{Options: func(string) *hub.ChannelOptions { return &hub.ChannelOptions{Slow: c.policy} }})
			s := enginetest.New(t, engine.Config{Slow: c.own, HighWatermark: 4000, LowWatermark: 1000, HardLimit: 100_000, WriteTimeout: -1}, engine.Handler{
				Open: func(c *engine.Conn) {
					if err := raw.Open(h, c, "c"); err != nil {
						t.Error(err)
					}
				},
				Close: func(c *engine.Conn, _ error) { raw.Close(h, c) },
			})
			client := s.Dial()
			client.Handshake("/")
			s.Settle()
			client.Stall()
			n := 0
			publish := func(times int) {
				for range times {
					if _, err := h.Publish(t.Context(), "c", hub.Payload{Data: fmt.Appendf(nil, "%-6d%s", n, strings.Repeat("x", 994))}); err != nil {
						t.Fatal(err)
					}
					n++
					s.Settle()
				}
			}
			publish(messages)
			client.Unstall()
			s.Advance(time.Second)
			s.Settle()
			var got []int
			for _, f := range client.Frames() {
				if f.Op == frame.OpText {
					k, err := strconv.Atoi(strings.TrimSpace(string(f.Payload[:6])))
					if err != nil || len(got) > 0 && k <= got[len(got)-1] {
						t.Fatalf("%q behind %v, %v", f.Payload[:6], got, err)
					}
					got = append(got, k)
				}
			}
			if whole := len(got) == messages; whole != c.whole || len(got) == 0 && !c.ended {
				t.Errorf("%d of %d messages came, %v; want all of them: %v", len(got), messages, got, c.whole)
			}
			client.Stall()
			publish(10 * messages)
			if ended := h.Members("c") == 0; ended != c.ended {
				t.Errorf("with %d messages unread the member is closed: %v, want %v", 10*messages, ended, c.ended)
			}
		})
	}
}
