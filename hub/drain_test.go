package hub_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// A fan-out too large for one turn gives the loop its I/O in between, and keeps its place.
func TestYield(t *testing.T) {
	h, l := newHub(t, hub.Config{TurnBudget: 10}), hubtest.NewLoop(0)
	members := make([]hubtest.Recorder, 95)
	for i := range members {
		mustJoin(t, h, l, &members[i], "c")
	}
	l.Run()
	mustPublish(t, h, "c", "x")
	io := 0
	turns := 0
	for l.Pending() > 0 {
		l.Post(func() { io++ })
		before := delivered(members)
		l.Turn()
		if n := delivered(members) - before; n > 10 {
			t.Fatalf("a turn made %d deliveries, want at most 10", n)
		}
		turns++
		if delivered(members) == len(members) {
			break
		}
	}
	if turns < 10 || io != turns || delivered(members) != len(members) {
		t.Errorf("%d deliveries in %d turns with %d other funcs: want 95 in at least 10, one func each", delivered(members), turns, io)
	}
	l.Run()
	if st := h.Stats(); st.Yields < 9 || st.Sent != 95 || st.Backlog != 0 {
		t.Errorf("stats %+v: want at least 9 yields, 95 sent, no backlog", st)
	}
}

func delivered(members []hubtest.Recorder) (n int) {
	for i := range members {
		n += len(members[i].Messages)
	}
	return n
}

// A burst that does not fit into a turn is not split for a member: each has all of it or
// nothing when the turn ends, so each costs one write.
func TestBurstIsNotSplitForAMember(t *testing.T) {
	h, l := newHub(t, hub.Config{TurnBudget: 100}), hubtest.NewLoop(0)
	members := make([]hubtest.Recorder, 20)
	for i := range members {
		mustJoin(t, h, l, &members[i], "c")
	}
	l.Run()
	for i := range 30 {
		mustPublish(t, h, "c", fmt.Sprint(i))
	}
	turns := 0
	for ; l.Pending() > 0; turns++ {
		l.Turn()
		for i := range members {
			if n := len(members[i].Messages); n != 0 && n != 30 {
				t.Fatalf("after turn %d a member has %d of 30 messages", turns, n)
			}
		}
	}
	if turns < 5 || delivered(members) != 600 {
		t.Errorf("%d deliveries in %d turns, want 600 in at least 5", delivered(members), turns)
	}
}

// However much waits, one drain is posted, or I/O would get its turn ever more rarely.
func TestOneDrainAtATime(t *testing.T) {
	h, l := newHub(t, hub.Config{TurnBudget: 100}), hubtest.NewLoop(0)
	m := &hubtest.Recorder{}
	mustJoin(t, h, l, m, "c", "d")
	n := 5 * hub.WakeEvery
	for range n {
		mustPublish(t, h, "c", "x")
		mustPublish(t, h, "d", "x")
	}
	l.Turn() // the wakes of the publishers, posted while the loop did not turn
	for l.Pending() > 0 {
		if p := l.Pending(); p > 1 {
			t.Fatalf("%d funcs are posted, want 1", p)
		}
		l.Turn()
	}
	if len(m.Messages) != 2*n {
		t.Errorf("%d messages, want %d", len(m.Messages), 2*n)
	}
}

// Messages whose members have all left are not free, or a flood of them would hold the loop.
func TestYieldWithoutMembers(t *testing.T) {
	h, l := newHub(t, hub.Config{TurnBudget: 10}), hubtest.NewLoop(0)
	a, b := &hubtest.Recorder{}, &hubtest.Recorder{}
	mustJoin(t, h, l, a, "a")
	mustJoin(t, h, l, b, "b")
	for range 100 { // never two of one channel in a row
		mustPublish(t, h, "a", "x")
		mustPublish(t, h, "b", "x")
	}
	h.LeaveAll(l, a)
	h.LeaveAll(l, b)
	if turns := l.Run(); turns < 20 {
		t.Errorf("200 messages for nobody took %d turns of 10, want at least 20", turns)
	}
}

// A burst over many channels fits into one turn as long as the budget lasts.
func TestBurstOverManyChannelsIsOneTurn(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	members := make([]hubtest.Recorder, 50)
	for i := range members {
		for c := range 100 {
			mustJoin(t, h, l, &members[i], fmt.Sprint("c", c))
		}
	}
	l.Run()
	for c := range 100 {
		mustPublish(t, h, fmt.Sprint("c", c), "x")
	}
	if n := l.Pending(); n != 1 {
		t.Errorf("100 publishes posted %d funcs, want 1", n)
	}
	if turns := l.Run(); turns != 1 || delivered(members) != 5000 {
		t.Errorf("%d deliveries in %d turns, want 5000 in 1", delivered(members), turns)
	}
}

func TestRunsLongerThanMaxRun(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	a, b := &hubtest.Recorder{}, &hubtest.Recorder{}
	mustJoin(t, h, l, a, "c")
	mustJoin(t, h, l, b, "c")
	n := 3*hub.MaxRun + 7
	for range n {
		mustPublish(t, h, "c", "x")
	}
	l.Run()
	for _, m := range []*hubtest.Recorder{a, b} {
		if got := m.Seqs("c"); len(got) != n || !slices.IsSorted(got) {
			t.Errorf("%d messages, sorted %v: want %d", len(got), slices.IsSorted(got), n)
		}
	}
}

// Rosters of several blocks, from which members leave in between and during a fan-out.
func TestLargeRoster(t *testing.T) {
	const n = 3*hub.BlockLen + 100
	h, l := newHub(t, hub.Config{TurnBudget: 1000}), hubtest.NewLoop(0)
	rng := rand.New(rand.NewPCG(1, 2))
	members := make([]hubtest.Recorder, n)
	in := make([]bool, n)
	count := 0
	leave := func(i int) {
		if in[i] {
			h.LeaveAll(l, &members[i])
			in[i] = false
			count--
		}
	}
	for round := range 8 {
		for i := range members {
			if !in[i] && round < 4 {
				mustJoin(t, h, l, &members[i], "c")
				in[i] = true
				count++
			}
		}
		l.Run()
		want := make([]int, n) // messages at the end of the round
		for i := range members {
			want[i] = len(members[i].Messages)
			if in[i] {
				want[i]++
			}
		}
		mustPublish(t, h, "c", "x")
		for l.Pending() > 0 {
			l.Turn()
			for range 300 {
				i := rng.IntN(n)
				leave(i)
				want[i] = len(members[i].Messages) // nothing more comes
			}
		}
		for i := range members {
			if got := len(members[i].Messages); got != want[i] {
				t.Fatalf("round %d: member %d has %d messages, want %d", round, i, got, want[i])
			}
		}
		for range n / 2 {
			leave(rng.IntN(n))
		}
		if got := h.Members("c"); got != count {
			t.Fatalf("round %d: %d members, want %d", round, got, count)
		}
	}
}

// A write error closes a connection inside Deliver, and its close callback leaves.
func TestLeaveInsideDeliver(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	members := make([]hubtest.Recorder, 10)
	for i := range members {
		mustJoin(t, h, l, &members[i], "c", "d")
	}
	members[3].Answer = func(*hub.Message) hub.Outcome {
		h.LeaveAll(l, &members[3]) // itself
		h.LeaveAll(l, &members[1]) // one that was served
		h.LeaveAll(l, &members[7]) // one that was not
		return hub.Closed
	}
	members[5].Answer = func(*hub.Message) hub.Outcome { return hub.Closed }
	mustPublish(t, h, "c", "1")
	mustPublish(t, h, "c", "2")
	mustPublish(t, h, "d", "3")
	l.Run()
	for i, want := range [][]string{
		{"1", "2", "3"}, {"1", "2"}, {"1", "2", "3"}, {"1"}, {"1", "2", "3"}, {"1"}, {"1", "2", "3"}, nil, {"1", "2", "3"}, {"1", "2", "3"},
	} {
		if got := members[i].Data(); !slices.Equal(got, want) {
			t.Errorf("member %d got %q, want %q", i, got, want)
		}
	}
	if a, b := h.Members("c"), h.Members("d"); a != 6 || b != 6 {
		t.Errorf("%d and %d members are left, want 6 and 6", a, b)
	}
	if st := h.Stats(); st.Closed != 2 {
		t.Errorf("%d outcomes Closed counted, want 2", st.Closed)
	}
}

func TestPanicsAreContained(t *testing.T) {
	type report struct {
		m     hub.Member
		value any
		stack bool
	}
	var reports []report
	h, l := newHub(t, hub.Config{Panicked: func(m hub.Member, v any, stack []byte) {
		reports = append(reports, report{m, v, len(stack) > 0})
	}}), hubtest.NewLoop(0)
	bad, worse, good := &hubtest.Recorder{}, &hubtest.Recorder{}, &hubtest.Recorder{}
	bad.Answer = func(*hub.Message) hub.Outcome { panic("in Deliver") }
	mustJoin(t, h, l, bad, "c", "d")
	if err := h.Join(l, worse, "c", hub.JoinOptions{Joined: func(hub.Joined) { panic("in Joined") }}); err != nil {
		t.Fatal(err)
	}
	mustJoin(t, h, l, good, "c")
	mustPublish(t, h, "c", "1")
	mustPublish(t, h, "c", "2")
	l.Run()
	if want := []report{{worse, "in Joined", true}, {bad, "in Deliver", true}}; !slices.Equal(reports, want) {
		t.Errorf("reported %v, want %v", reports, want)
	}
	if got := good.Data(); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("the other member got %q", got)
	}
	if len(bad.Messages) != 1 || len(worse.Messages) != 0 || h.Members("c") != 1 || h.Members("d") != 0 {
		t.Error("a member that panicked was not taken out of its channels")
	}
	if st := h.Stats(); st.Panics != 2 {
		t.Errorf("%d panics counted, want 2", st.Panics)
	}
}

// Without Config.Panicked the panic is logged, with its value and its stack.
func TestPanicIsLogged(t *testing.T) {
	var out bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	defer slog.SetDefault(old)
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	m := &hubtest.Recorder{Answer: func(*hub.Message) hub.Outcome { panic("boom 42") }}
	mustJoin(t, h, l, m, "c")
	mustPublish(t, h, "c", "x")
	l.Run()
	if s := out.String(); !strings.Contains(s, "boom 42") || !strings.Contains(s, "TestPanicIsLogged") || !strings.Contains(s, "level=ERROR") {
		t.Errorf("logged %q: want an error with the value and the stack", s)
	}
}
