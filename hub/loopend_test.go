package hub_test

import (
	"context"
	"errors"
	"testing"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// A loop that takes no more posts is dropped with its members; others notice nothing.
func TestLoopThatEnded(t *testing.T) {
	h, dead, live := newHub(t, hub.Config{}), hubtest.NewLoop(0), hubtest.NewLoop(1)
	a, b, c := &hubtest.Recorder{}, &hubtest.Recorder{}, &hubtest.Recorder{}
	mustJoin(t, h, dead, a, "both", "alone")
	mustJoin(t, h, live, b, "both")
	dead.Run()
	live.Run()
	dead.Stop()
	mustPublish(t, h, "both", "x") // finds out
	if st := h.Stats(); h.Members("both") != 1 || h.Members("alone") != 0 || st.Loops != 1 || st.Channels != 1 {
		t.Errorf("members %d and %d, %+v: want 1 and 0, 1 loop, 1 channel", h.Members("both"), h.Members("alone"), st)
	}
	live.Run()
	if len(b.Messages) != 1 || len(a.Messages) != 0 {
		t.Errorf("%d and %d messages, want 1 and 0", len(b.Messages), len(a.Messages))
	}
	if err := h.Join(dead, c, "both", hub.JoinOptions{}); !errors.Is(err, hub.ErrLoopEnded) {
		t.Errorf("Join on an ended loop: %v, want ErrLoopEnded", err)
	}
	h.LeaveAll(dead, a)
	if h.Members("both") != 1 || a.Memberships().Len() != 0 || c.Memberships().Len() != 0 {
		t.Error("leaving an ended loop is not without effect on the others")
	}
	next := hubtest.NewLoop(0) // a new engine, say
	mustJoin(t, h, next, c, "both")
	mustPublish(t, h, "both", "y")
	next.Run()
	if len(c.Messages) != 1 {
		t.Errorf("a member of the new loop has %d messages, want 1", len(c.Messages))
	}
}

// The loop ends while a fan-out waits for its next turn, with holes in the roster; then its
// connections close.
func TestLoopEndsInTheMiddle(t *testing.T) {
	h, l := newHub(t, hub.Config{TurnBudget: 4}), hubtest.NewLoop(0)
	members := make([]hubtest.Recorder, 9)
	for i := range members {
		mustJoin(t, h, l, &members[i], "c")
	}
	l.Run()
	members[2].Answer = func(*hub.Message) hub.Outcome {
		h.LeaveAll(l, &members[8])
		l.Stop()
		return hub.Sent
	}
	mustPublish(t, h, "c", "x")
	l.Turn()
	for i := range members {
		h.LeaveAll(l, &members[i])
	}
	if st := h.Stats(); st.Loops != 0 || st.Channels != 0 || st.Sent == 0 {
		t.Errorf("left over: %+v; want no loop, no channel, and what was sent still counted", st)
	}
}

// A loop that ends with the hub's drain in its mailbox never runs it; the hub notices when
// enough has piled up, and Sync at once.
func TestLoopEndsWithAPost(t *testing.T) {
	t.Run("Publish", func(t *testing.T) {
		h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
		mustJoin(t, h, l, &hubtest.Recorder{}, "c")
		l.Stop()
		for range hub.WakeEvery {
			mustPublish(t, h, "c", "x")
		}
		if n := h.Members("c"); n != 0 {
			t.Errorf("%d members of an ended loop after %d messages", n, hub.WakeEvery)
		}
	})
	t.Run("Sync", func(t *testing.T) {
		h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
		mustJoin(t, h, l, &hubtest.Recorder{}, "c")
		l.Stop()
		if err := h.Sync(t.Context()); err != nil || h.Members("c") != 0 {
			t.Errorf("Sync: %v, %d members", err, h.Members("c"))
		}
	})
	t.Run("Forget", func(t *testing.T) {
		h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
		mustJoin(t, h, l, &hubtest.Recorder{}, "c")
		h.Forget(l)
		h.Forget(l)
		if h.Members("c") != 0 {
			t.Errorf("%d members", h.Members("c"))
		}
	})
}

func TestBacklog(t *testing.T) {
	h, slow, fast := newHub(t, hub.Config{MaxBacklog: 5}), hubtest.NewLoop(0), hubtest.NewLoop(1)
	a, b := &hubtest.Recorder{}, &hubtest.Recorder{}
	mustJoin(t, h, slow, a, "c")
	mustJoin(t, h, fast, b, "c")
	slow.Run()
	for range 5 {
		mustPublish(t, h, "c", "x")
		fast.Run()
	}
	_, err := h.Publish(t.Context(), "c", text("refused"))
	var ce *hub.ChannelError
	if !errors.Is(err, hub.ErrBacklog) || !errors.As(err, &ce) || ce.Channel != "c" {
		t.Fatalf("Publish behind 5 others: %v, want ErrBacklog for c", err)
	}
	if fast.Pending() != 0 {
		t.Error("a refused message was published to somebody")
	}
	mustPublish(t, h, "other", "x") // concerns no loop that is behind
	slow.Run()
	if pos := mustPublish(t, h, "c", "x"); pos.Seq != 6 {
		t.Errorf("the next message has number %d: want 6, none was used up", pos.Seq)
	}
}

func TestSync(t *testing.T) {
	h := newHub(t, hub.Config{TurnBudget: 3})
	if err := h.Sync(t.Context()); err != nil {
		t.Errorf("Sync without loops: %v", err)
	}
	loops := []*hubtest.Runner{hubtest.Start(0), hubtest.Start(1)}
	members := make([][]hubtest.Recorder, len(loops))
	for i, l := range loops {
		members[i] = make([]hubtest.Recorder, 10)
		l.Do(func() {
			for k := range members[i] {
				mustJoin(t, h, l, &members[i][k], "c")
			}
		})
	}
	for n := 1; n <= 50; n++ {
		mustPublish(t, h, "c", "x")
		if err := h.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, l := range loops {
			l.Do(func() {
				if got := delivered(members[i]); got != n*10 {
					t.Errorf("after Sync %d deliveries on loop %d, want %d", got, i, n*10)
				}
			})
		}
	}
	for _, l := range loops {
		l.Stop()
	}
}

func TestSyncGivesUpWithItsContext(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	mustJoin(t, h, l, &hubtest.Recorder{}, "c")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Sync(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Sync on a loop that does not turn: %v, want Canceled", err)
	}
	l.Run() // meets the fence that nobody waits for
	if st := h.Stats(); st.Backlog != 0 {
		t.Errorf("backlog %d", st.Backlog)
	}
}
