package hub_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// log keeps what a pattern's funcs are told.
type log []string

func (g *log) options(may func(string) bool) hub.PatternOptions {
	return hub.PatternOptions{
		Filter:  may,
		Joined:  func(c string, at hub.Joined) { *g = append(*g, fmt.Sprint(c, " ", at.Seq)) },
		Refused: func(c string, err error) { *g = append(*g, err.Error()) },
	}
}

func (g *log) expect(t *testing.T, want ...string) {
	t.Helper()
	slices.Sort(*g)
	slices.Sort(want)
	if !slices.Equal(*g, want) {
		t.Errorf("told %q, want %q", *g, want)
	}
	*g = nil
}

func mustJoinPattern(t testing.TB, h *hub.Hub, l hub.Loop, m hub.Member, pattern string, o hub.PatternOptions) {
	t.Helper()
	if err := h.JoinPattern(l, m, pattern, o); err != nil {
		t.Fatal(err)
	}
}

func TestJoinPatternErrors(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	m := &hubtest.Recorder{}
	for i := range hub.MaxPatternsPerMember {
		mustJoinPattern(t, h, l, m, fmt.Sprint("*", i), hub.PatternOptions{})
	}
	for _, c := range []struct {
		pattern string
		want    error
	}{
		{"", hub.ErrPattern}, {"a", hub.ErrPattern}, {"a b*", hub.ErrPattern}, {"**********", hub.ErrPattern},
		{"*7", hub.ErrAlreadyJoined}, {"*64", hub.ErrTooManyPatterns},
	} {
		err := h.JoinPattern(l, m, c.pattern, hub.PatternOptions{})
		if ce := (*hub.ChannelError)(nil); !errors.Is(err, c.want) || !errors.As(err, &ce) || ce.Channel != c.pattern {
			t.Errorf("%q: %v, want %v", c.pattern, err, c.want)
		}
	}
	if left, err := h.LeavePattern(l, m, "*64"); len(left) != 0 || !errors.Is(err, hub.ErrNotJoined) {
		t.Errorf("left %q, %v", left, err)
	}
	if _, err := h.LeavePattern(l, m, "*7"); err != nil {
		t.Error(err)
	}
	mustJoinPattern(t, h, l, m, "*64", hub.PatternOptions{})
	h.LeaveAll(l, m)
	if n := len(m.Memberships().Patterns()); n != 0 {
		t.Errorf("%d patterns after LeaveAll", n)
	}
	l.Stop()
	h.Forget(l)
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := h.JoinPattern(l, m, "*", hub.PatternOptions{}); !errors.Is(err, hub.ErrClosed) {
		t.Error(err)
	}
}

// A pattern on a loop that has ended is refused, and leaves nothing behind.
func TestJoinPatternOnALoopThatHasEnded(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	mustPublish(t, h, "a", "x")
	l.Stop()
	m := &hubtest.Recorder{}
	if err := h.JoinPattern(l, m, "*", hub.PatternOptions{}); !errors.Is(err, hub.ErrLoopEnded) {
		t.Errorf("err is %v", err)
	}
	if n := len(m.Memberships().Patterns()); n != 0 || m.Memberships().Len() != 0 || h.Members("a") != 0 {
		t.Errorf("%d patterns, in %d channels", n, m.Memberships().Len())
	}
}

// Channels that are there are joined at their position, those that appear from their first message on; one that was only joined does not
// count as there.
func TestPatternJoinsWhatIsThereAndWhatAppears(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	var told log
	m, other := &hubtest.Recorder{}, &hubtest.Recorder{}
	mustPublish(t, h, "a@t", "1")
	mustPublish(t, h, "a@u", "1")
	mustJoin(t, h, l, other, "b@t")
	mustJoinPattern(t, h, l, m, "*@t", told.options(nil))
	if len(told) != 0 {
		t.Errorf("told %q inside the call", told)
	}
	l.Run()
	told.expect(t, "a@t 1")
	for _, c := range []string{"a@t", "a@u", "b@t", "c@t", "c@t", "d@u"} {
		mustPublish(t, h, c, c)
	}
	l.Run()
	told.expect(t, "b@t 0", "c@t 0")
	if got := m.Data(); !slices.Equal(got, []string{"a@t", "b@t", "c@t", "c@t"}) {
		t.Errorf("got %q", got)
	}
	if n := h.Members("b@t"); n != 2 {
		t.Errorf("%d members, want 2", n)
	}
}

// What Filter says holds for channels that appear later too, and a member that is full is told once for each channel.
func TestPatternFilterAndLimit(t *testing.T) {
	h, l := newHub(t, hub.Config{MaxChannelsPerMember: 2}), hubtest.NewLoop(0)
	var told log
	m := &hubtest.Recorder{}
	may := func(c string) bool { return c[0] != 'x' }
	for _, c := range []string{"a", "x1"} {
		mustPublish(t, h, c, "1")
	}
	mustJoinPattern(t, h, l, m, "*", told.options(may))
	mustJoinPattern(t, h, l, m, "**", told.options(may))
	for _, c := range []string{"b", "x2", "c", "c"} {
		mustPublish(t, h, c, "1")
	}
	l.Run()
	told.expect(t, "a 1", "b 0", `hub: channel "c": `+hub.ErrTooManyChannels.Error())
	if err := h.Leave(l, m, "a"); !errors.Is(err, hub.ErrNotJoined) {
		t.Errorf("Leave of what only a pattern has joined: %v", err)
	}
	if p, ok := h.HeldBy(l, m, "a"); p != "*" || !ok {
		t.Errorf("HeldBy says %q", p)
	}
	may = nil // the closure that was given stays as it is
	if was := h.Revoke(l, m, "a"); !was || h.Members("a") != 0 {
		t.Error("Revoke left the member in")
	}
	if h.Revoke(l, m, "a") {
		t.Error("revoked twice")
	}
	h.SearchPatterns(l, m)
	l.Run()
	if len(told) != 2 || m.Memberships().Len() != 2 { // one of a and c came in, the other was refused
		t.Errorf("told %q", told)
	}
}

// Full members are told of no more than a few channels by one search.
func TestPatternRefusalsAreBounded(t *testing.T) {
	h, l := newHub(t, hub.Config{MaxChannelsPerMember: 1}), hubtest.NewLoop(0)
	for i := range 500 {
		mustPublish(t, h, fmt.Sprint("c", i), "x")
	}
	var told log
	mustJoinPattern(t, h, l, &hubtest.Recorder{}, "c*", told.options(nil))
	l.Run()
	if len(told) != 65 {
		t.Errorf("told of %d channels, want the one it is in and 64 others", len(told))
	}
}

// A search of a large table takes several turns; a channel that the member joins or that appears meanwhile is joined once.
func TestPatternSearchKeepsTheBudget(t *testing.T) {
	const n = 1000
	h, l := newHub(t, hub.Config{TurnBudget: 10}), hubtest.NewLoop(0)
	for i := range n {
		mustPublish(t, h, fmt.Sprint("c", i), "1")
	}
	mustPublish(t, h, "x", "1")
	var told log
	m := &hubtest.Recorder{}
	mustJoinPattern(t, h, l, m, "*x", told.options(nil))
	turns := 0
	for ; l.Turn() > 0; turns++ {
		if turns == 0 {
			mustPublish(t, h, "yx", "1")
		}
	}
	if turns < 5 {
		t.Errorf("%d turns for %d channels", turns, n)
	}
	told.expect(t, "x 1", "yx 0")
	if got := m.Seqs("yx"); !slices.Equal(got, []uint64{1}) {
		t.Errorf("got %v", got)
	}
}

// A channel that was forgotten appears again.
func TestPatternAfterSweep(t *testing.T) {
	now := time.Unix(1000, 0)
	h, l := newHub(t, hub.Config{Now: func() time.Time { return now }}), hubtest.NewLoop(0)
	var told log
	m := &hubtest.Recorder{}
	mustPublish(t, h, "a", "1")
	mustJoinPattern(t, h, l, m, "*", told.options(nil))
	l.Run()
	h.Revoke(l, m, "a")
	now = now.Add(time.Hour)
	h.Sweep(now)
	mustPublish(t, h, "a", "2")
	h.Sweep(now.Add(time.Hour)) // the loop has not met the mark: the channel must stay
	mustPublish(t, h, "a", "3")
	l.Run()
	told.expect(t, "a 0", "a 1")
	if got := m.Data(); !slices.Equal(got, []string{"2", "3"}) {
		t.Errorf("got %q", got)
	}
}

// A member that panics when it is told of a channel loses its channels and patterns; the others come in all the same.
func TestPatternPanic(t *testing.T) {
	panics := 0
	h, l := newHub(t, hub.Config{Panicked: func(hub.Member, any, []byte) { panics++ }}), hubtest.NewLoop(0)
	var told log
	good, bad := &hubtest.Recorder{}, &hubtest.Recorder{}
	mustJoinPattern(t, h, l, bad, "a*", hub.PatternOptions{Joined: func(string, hub.Joined) { panic("no") }})
	mustJoinPattern(t, h, l, bad, "b*", hub.PatternOptions{Filter: func(string) bool { panic("no") }})
	mustJoinPattern(t, h, l, good, "*", told.options(nil))
	mustPublish(t, h, "a", "1")
	mustPublish(t, h, "b", "1")
	l.Run()
	told.expect(t, "a 0", "b 0")
	if panics != 1 || len(bad.Memberships().Patterns()) != 0 || h.Members("a") != 1 {
		t.Errorf("%d panics, %d patterns, %d members", panics, len(bad.Memberships().Patterns()), h.Members("a"))
	}
}

// Many members of a pattern come in over several turns, and the messages wait for them.
func TestPatternArrivalKeepsTheBudget(t *testing.T) {
	const n = 100
	h, l := newHub(t, hub.Config{TurnBudget: 10}), hubtest.NewLoop(0)
	members := make([]hubtest.Recorder, n)
	for i := range members {
		mustJoinPattern(t, h, l, &members[i], "*", hub.PatternOptions{})
	}
	mustPublish(t, h, "a", "1")
	turns := 0
	for h.Members("a") < n {
		before := h.Members("a")
		if l.Turn() == 0 {
			t.Fatalf("%d members, and nothing is left to do", before)
		}
		if turns++; h.Members("a")-before > 10 {
			t.Fatalf("%d members came in at once", h.Members("a")-before)
		}
		if len(members[0].Messages) > 0 && h.Members("a") < n {
			t.Fatal("a message before all members were in")
		}
	}
	l.Run()
	for i := range members {
		if len(members[i].Messages) != 1 {
			t.Fatalf("member %d got %d messages", i, len(members[i].Messages))
		}
	}
	if turns < n/10 {
		t.Errorf("%d turns", turns)
	}
}

// A publish for which a loop that waits for the channel is too far behind does not happen.
func TestPatternBacklog(t *testing.T) {
	h, l := newHub(t, hub.Config{MaxBacklog: 3}), hubtest.NewLoop(0)
	m := &hubtest.Recorder{}
	mustJoinPattern(t, h, l, m, "*", hub.PatternOptions{})
	l.Run()
	mustPublish(t, h, "a", "1")
	mustPublish(t, h, "a", "2")
	if _, err := h.Publish(t.Context(), "b", text("1")); !errors.Is(err, hub.ErrBacklog) {
		t.Errorf("err is %v", err)
	}
	l.Run()
	mustPublish(t, h, "b", "1")
	l.Run()
	if got := m.Seqs("b"); !slices.Equal(got, []uint64{1}) {
		t.Errorf("got %v", got)
	}
}
