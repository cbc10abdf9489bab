package hub_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

func TestMembersGetWhatIsPublishedWhileTheyAreIn(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	m := &hubtest.Recorder{}
	mustPublish(t, h, "c", "before")
	var at []hub.Position
	opts := hub.JoinOptions{Joined: func(j hub.Joined) { at = append(at, j.Position) }}
	if err := h.Join(l, m, "c", opts); err != nil {
		t.Fatal(err)
	}
	mustPublish(t, h, "c", "one")
	if len(at) != 0 || len(m.Messages) != 0 {
		t.Fatal("something happened before the loop's turn")
	}
	last := mustPublish(t, h, "c", "two")
	l.Run()
	if got := m.Data(); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("got %q", got)
	}
	if len(at) != 1 || at[0] != (hub.Position{Epoch: last.Epoch, Seq: 1}) {
		t.Errorf("Joined was told %v, want once %s 1", at, last.Epoch)
	}
	if err := h.Leave(l, m, "c"); err != nil {
		t.Fatal(err)
	}
	mustPublish(t, h, "c", "after")
	l.Run()
	if len(m.Messages) != 2 {
		t.Errorf("got %q after leaving", m.Data()[2:])
	}
}

func TestMessageFields(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	m := &hubtest.Recorder{}
	mustJoin(t, h, l, m, "c")
	p := hub.Payload{Op: frame.OpBinary, Data: []byte{1}, Time: 5, Key: "k"}
	pos, err := h.Publish(t.Context(), "c", p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Publish(t.Context(), "c", hub.Payload{}); err != nil {
		t.Fatal(err)
	}
	l.Run()
	got := m.Messages[0]
	if got.Channel != "c" || got.Position != pos || got.Op != p.Op || &got.Data[0] != &p.Data[0] || got.Time != 5 || got.Key != "k" {
		t.Errorf("published %+v at %v, got %+v", p, pos, got)
	}
	if op := m.Messages[1].Op; op != frame.OpText {
		t.Errorf("a payload without an opcode came as %v, want text", op)
	}
}

func TestErrors(t *testing.T) {
	h, l := newHub(t, hub.Config{MaxChannelsPerMember: 2, MaxChannelLen: 8}), hubtest.NewLoop(0)
	m := &hubtest.Recorder{}
	mustJoin(t, h, l, m, "a")
	join := func(name string) error { return h.Join(l, m, name, hub.JoinOptions{}) }
	publish := func(ctx context.Context, name string, op frame.Op) error {
		_, err := h.Publish(ctx, name, hub.Payload{Op: op})
		return err
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name    string
		err     error
		want    error
		channel string
	}{
		{"join while a join is under way", join("a"), hub.ErrAlreadyJoined, "a"},
		{"join with an illegal name", join("a b"), hub.ErrChannelName, "a b"},
		{"join with a long name", join("123456789"), hub.ErrChannelName, "123456789"},
		{"the last one allowed", join("12345678"), nil, ""},
		{"one too many", join("b"), hub.ErrTooManyChannels, "b"},
		{"full, illegal name", join(""), hub.ErrChannelName, ""},
		{"full, already joined", join("a"), hub.ErrAlreadyJoined, "a"},
		{"leave what was not joined", h.Leave(l, m, "b"), hub.ErrNotJoined, "b"},
		{"leave on another loop", h.Leave(hubtest.NewLoop(1), m, "a"), hub.ErrNotJoined, "a"},
		{"another loop with the index", h.Join(hubtest.NewLoop(0), m, "b", hub.JoinOptions{}), hub.ErrLoopIndex, "b"},
		{"negative index", h.Join(hubtest.NewLoop(-1), m, "b", hub.JoinOptions{}), hub.ErrLoopIndex, "b"},
		{"huge index", h.Join(hubtest.NewLoop(1<<16), m, "b", hub.JoinOptions{}), hub.ErrLoopIndex, "b"},
		{"publish to an illegal name", publish(t.Context(), "*", frame.OpText), hub.ErrChannelName, "*"},
		{"publish a ping", publish(t.Context(), "a", frame.OpPing), hub.ErrOp, "a"},
		{"publish with a dead context", publish(done, "a", frame.OpText), context.Canceled, "a"},
	} {
		var ce *hub.ChannelError
		switch {
		case c.want == nil && c.err != nil:
			t.Errorf("%s: %v", c.name, c.err)
		case c.want == nil:
		case !errors.Is(c.err, c.want):
			t.Errorf("%s: %v, want %v", c.name, c.err, c.want)
		case !errors.As(c.err, &ce) || ce.Channel != c.channel:
			t.Errorf("%s: %v does not name channel %q", c.name, c.err, c.channel)
		}
	}
	if n := m.Memberships().Len(); n != 2 {
		t.Errorf("the member is in %d channels, want 2", n)
	}
	if st := h.Stats(); st.Channels != 2 || st.Retained != 0 || st.Published != 0 {
		t.Errorf("failed calls left something: %+v", st)
	}
}

func TestUnlimited(t *testing.T) {
	h, l := newHub(t, hub.Config{MaxChannelsPerMember: -1, MaxBacklog: -1, TurnBudget: -1}), hubtest.NewLoop(0)
	m := &hubtest.Recorder{}
	for i := range 1500 {
		mustJoin(t, h, l, m, fmt.Sprint(i))
	}
	if turns := l.Run(); turns != 1 || m.Memberships().Len() != 1500 {
		t.Errorf("%d turns for %d channels, want 1 for 1500", turns, m.Memberships().Len())
	}
}

func TestConfigErrors(t *testing.T) {
	for field, cfg := range map[string]hub.Config{
		"Shards":        {Shards: -1},
		"MaxChannelLen": {MaxChannelLen: 1 << 16},
	} {
		if _, err := hub.New(cfg); err == nil || !strings.Contains(err.Error(), "Config."+field) {
			t.Errorf("New(%+v): %v, want an error that names %s", cfg, err, field)
		}
	}
	used := hub.NewLocalBroker()
	newHub(t, hub.Config{Broker: used})
	if _, err := hub.New(hub.Config{Broker: used}); !errors.Is(err, hub.ErrAttached) {
		t.Errorf("New with the broker of another hub: %v, want ErrAttached", err)
	}
}

func TestPositionsAreKeptForRetain(t *testing.T) {
	now := time.Unix(1000, 0)
	h, l := newHub(t, hub.Config{Retain: 10 * time.Second, Now: func() time.Time { return now }}), hubtest.NewLoop(0)
	m := &hubtest.Recorder{}
	first := mustPublish(t, h, "c", "1")
	now = now.Add(9 * time.Second)
	h.Sweep(now)
	mustJoin(t, h, l, m, "c")
	now = now.Add(time.Hour)
	h.Sweep(now) // a member keeps it
	h.LeaveAll(l, m)
	now = now.Add(9 * time.Second)
	h.Sweep(now) // the time counts from the last member too
	if second := mustPublish(t, h, "c", "2"); second != (hub.Position{Epoch: first.Epoch, Seq: 2}) {
		t.Errorf("the second message is at %v, the first one at %v", second, first)
	}
	now = now.Add(10 * time.Second)
	h.Sweep(now)
	if st := h.Stats(); st.Retained != 0 {
		t.Errorf("%d channels kept after Retain", st.Retained)
	}
	if third := mustPublish(t, h, "c", "3"); third.Seq != 1 || third.Epoch == first.Epoch {
		t.Errorf("after Retain a message is at %v: want 1 in another epoch than %s", third, first.Epoch)
	}
}

func TestNegativeRetainKeepsForEver(t *testing.T) {
	h := newHub(t, hub.Config{Retain: -1})
	mustPublish(t, h, "c", "1")
	h.Sweep(time.Now().Add(1000 * time.Hour))
	if pos := mustPublish(t, h, "c", "2"); pos.Seq != 2 {
		t.Errorf("the second message is at %v", pos)
	}
}

// A channel that nobody published to is gone with its last member, without a Sweep.
func TestUnpublishedChannelIsGoneAtOnce(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	m := &hubtest.Recorder{}
	mustJoin(t, h, l, m, "a", "b")
	mustPublish(t, h, "b", "x")
	h.LeaveAll(l, m)
	if st := h.Stats(); st.Channels != 0 || st.Retained != 1 {
		t.Errorf("%d channels, %d retained: want 0 and 1", st.Channels, st.Retained)
	}
	l.Run()
	if len(m.Messages) != 0 {
		t.Error("a member that left before the loop's turn got a message")
	}
}

func TestEpochsOfTwoHubsDiffer(t *testing.T) {
	a := mustPublish(t, newHub(t, hub.Config{}), "c", "x")
	b := mustPublish(t, newHub(t, hub.Config{}), "c", "x")
	if a.Epoch == b.Epoch || len(a.Epoch) > 24 {
		t.Errorf("epochs %q and %q: want two different ones of at most 24 bytes", a.Epoch, b.Epoch)
	}
}

func TestClose(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	m := &hubtest.Recorder{}
	mustJoin(t, h, l, m, "c")
	mustPublish(t, h, "c", "last")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Publish(t.Context(), "c", text("late")); !errors.Is(err, hub.ErrClosed) {
		t.Errorf("Publish: %v, want ErrClosed", err)
	}
	if err := h.Join(l, m, "d", hub.JoinOptions{}); !errors.Is(err, hub.ErrClosed) {
		t.Errorf("Join: %v, want ErrClosed", err)
	}
	l.Run()
	if got := m.Data(); !slices.Equal(got, []string{"last"}) {
		t.Errorf("got %q, want what was published before", got)
	}
	if err := h.Leave(l, m, "c"); err != nil {
		t.Errorf("Leave: %v", err)
	}
}
