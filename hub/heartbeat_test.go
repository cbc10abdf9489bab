package hub_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// listener is a member that takes heartbeats too, and writes down what it gets.
type listener struct {
	hubtest.Recorder
	got []string
}

func (m *listener) Deliver(msg *hub.Message) hub.Outcome {
	m.got = append(m.got, fmt.Sprint(msg.Channel, " ", msg.Seq))
	return m.Recorder.Deliver(msg)
}

func (m *listener) Heartbeat(msg *hub.Message) hub.Outcome {
	m.got = append(m.got, fmt.Sprint(msg.Channel, " at ", msg.Seq, " ", time.Unix(0, msg.Time).Unix()))
	if m.Answer != nil {
		return m.Answer(msg)
	}
	return hub.Sent
}

func (m *listener) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(m.got, want) {
		t.Errorf("got %q, want %q", m.got, want)
	}
	m.got = nil
}

// beating is the options of channels that begin with "beat".
func beating(channel string) *hub.ChannelOptions {
	if strings.HasPrefix(channel, "beat") {
		return &hub.ChannelOptions{Heartbeat: 3 * time.Second}
	}
	return nil
}

func TestHeartbeat(t *testing.T) {
	h, l := newHub(t, hub.Config{Options: beating}), hubtest.NewLoop(0)
	m, deaf := &listener{}, &hubtest.Recorder{}
	for _, c := range []string{"beat", "quiet"} {
		mustJoin(t, h, l, m, c)
		mustJoin(t, h, l, deaf, c)
	}
	second := int64(100)
	pass := func(n int) {
		for range n {
			second++
			h.Heartbeat(time.Unix(second, 0))
		}
		l.Run()
	}
	pass(3)
	m.expect(t) // the first look was at 101
	pass(1)
	m.expect(t, "beat at 0 104")
	mustPublish(t, h, "beat", "1")
	mustPublish(t, h, "quiet", "1")
	pass(3)
	m.expect(t, "beat 1", "quiet 1")
	pass(5)
	m.expect(t, "beat at 1 108", "beat at 1 111")

	// In order with messages that are still under way, and never part of a run of them.
	pass(2)
	m.got = nil
	mustPublish(t, h, "beat", "2")
	mustPublish(t, h, "beat", "3")
	for range 4 {
		second++
		h.Heartbeat(time.Unix(second, 0))
	}
	mustPublish(t, h, "beat", "4")
	mustPublish(t, h, "beat", "5")
	l.Run()
	m.expect(t, "beat 2", "beat 3", "beat at 3 118", "beat 4", "beat 5")
	if n := len(deaf.Seqs("beat")); n != 5 {
		t.Errorf("a member that takes no heartbeats got %d messages, want 5", n)
	}
	if st := h.Stats(); st.Published != 6 || st.Sent != 12 {
		t.Errorf("heartbeats are counted as messages: %+v", st)
	}

	// A member whose connection turns out to be closed leaves.
	m.Answer = func(*hub.Message) hub.Outcome { return hub.Closed }
	pass(4)
	if n := m.Memberships().Len(); n != 0 {
		t.Errorf("in %d channels after Closed", n)
	}
	h.LeaveAll(l, deaf)
	pass(10)
	m.expect(t, "beat at 5 122")
}

// Timers are not exact, and clocks are set: neither makes a silence longer.
func TestHeartbeatClock(t *testing.T) {
	second := hub.ChannelOptions{Heartbeat: time.Second}
	h, l := newHub(t, hub.Config{Options: func(string) *hub.ChannelOptions { return &second }}), hubtest.NewLoop(0)
	m := &listener{}
	mustJoin(t, h, l, m, "c")
	look := func(at float64, want ...string) {
		t.Helper()
		h.Heartbeat(time.UnixMicro(int64(at * 1e6)))
		l.Run()
		m.expect(t, want...)
	}
	look(100)
	look(100.9999, "c at 0 100")
	look(101.9998, "c at 0 101")
	look(103.2, "c at 0 103") // late
	look(103.9998, "c at 0 103")
	mustPublish(t, h, "c", "1")
	look(105, "c 1")
	look(105.9999, "c at 1 105")
	look(50, "c at 1 50") // set back
	look(51, "c at 1 51")
	mustPublish(t, h, "c", "2")
	look(52, "c 2")
	look(10, "c at 2 10")
	look(5000, "c at 2 5000") // set forward
	look(5001, "c at 2 5001")
}

// A channel that is forgotten is not looked at any more, and one that comes back begins anew.
func TestHeartbeatAfterSweep(t *testing.T) {
	h, l := newHub(t, hub.Config{Options: beating}), hubtest.NewLoop(0)
	now := time.Now()
	for i := range 100 {
		mustPublish(t, h, fmt.Sprint("beat", i), "1")
	}
	if n := h.Beats(); n != 100 {
		t.Errorf("%d channels are looked at, want 100", n)
	}
	h.Heartbeat(now)
	h.Sweep(now.Add(time.Hour))
	if n := h.Beats(); n != 0 {
		t.Errorf("%d channels are looked at, want none", n)
	}
	m := &listener{}
	mustJoin(t, h, l, m, "beat1")
	h.Heartbeat(now.Add(2 * time.Hour))
	l.Run()
	m.expect(t)
}

// BenchmarkHeartbeat looks at a hub of 100,000 channels of which few, or all, have the option.
func BenchmarkHeartbeat(b *testing.B) {
	for _, n := range []int{0, 100, 100_000} {
		b.Run(fmt.Sprint("beating=", n), func(b *testing.B) {
			h := newHub(b, hub.Config{Retain: -1, Options: beating})
			for i := range 100_000 {
				name := fmt.Sprint("c", i)
				if i < n {
					name = "beat" + name
				}
				publishN(b, h, name, 1)
			}
			now := time.Unix(1000, 0)
			for b.Loop() {
				now = now.Add(time.Second)
				h.Heartbeat(now)
			}
		})
	}
}
