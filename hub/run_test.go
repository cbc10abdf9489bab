package hub_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// taker takes runs, or refuses them, and records both ways of delivery in one list.
type taker struct {
	hubtest.Recorder
	refuse bool
	panics bool
	runs   []*frame.Run
	got    []string
}

func (k *taker) Deliver(m *hub.Message) hub.Outcome {
	k.got = append(k.got, string(m.Frame(bareFrames).Wire()[2:]))
	return hub.Sent
}

func (k *taker) DeliverRun(r *hub.Run) bool {
	if k.panics {
		panic("in DeliverRun")
	}
	if k.refuse {
		return false
	}
	f := r.Frames(bareFrames)
	if len(f.Messages()) != r.Len() {
		k.got = append(k.got, fmt.Sprintf("%d frames of %d messages", len(f.Messages()), r.Len()))
	}
	k.runs = append(k.runs, f)
	for _, m := range f.Messages() {
		k.got = append(k.got, string(m.Wire()[2:]))
	}
	return true
}

type bareEncoding struct{ _ byte }

var bareFrames hub.Encoding = &bareEncoding{}

func (*bareEncoding) Op(m *hub.Message) frame.Op               { return m.Op }
func (*bareEncoding) Append(dst []byte, m *hub.Message) []byte { return append(dst, m.Data...) }

// Whoever takes runs, and whoever does not, gets every message once and in order; those who take them share one run.
func TestDeliverRun(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	members := []*taker{{}, {refuse: true}, {}}
	other := &hubtest.Recorder{}
	for _, m := range members {
		mustJoin(t, h, l, m, "c", "d")
	}
	mustJoin(t, h, l, other, "c")
	l.Run()
	var want []string
	for _, burst := range []int{1, 5, 1, 3} {
		for i := range burst {
			want = append(want, fmt.Sprint("c", burst, i))
			mustPublish(t, h, "c", want[len(want)-1])
		}
		want = append(want, "d") // ends the run
		mustPublish(t, h, "d", "d")
		l.Run()
	}
	for i, m := range members {
		if !slices.Equal(m.got, want) {
			t.Errorf("member %d got %q, want %q", i, m.got, want)
		}
	}
	if a, b := members[0].runs, members[2].runs; len(a) != 2 || !slices.Equal(a, b) {
		t.Errorf("runs %v and %v: want the same two", a, b)
	}
	if n := len(other.Messages); n != 10 {
		t.Errorf("the member without DeliverRun got %d messages, want 10", n)
	}
	if st := h.Stats(); st.Sent != uint64(3*len(want)+10) {
		t.Errorf("%d counted as sent, want %d", st.Sent, 3*len(want)+10)
	}
}

// A run that is met again in a later turn, because the budget ran out, is the same run.
func TestDeliverRunOverTurns(t *testing.T) {
	h, l := newHub(t, hub.Config{TurnBudget: 10}), hubtest.NewLoop(0)
	members := make([]taker, 20)
	for i := range members {
		mustJoin(t, h, l, &members[i], "c")
	}
	l.Run()
	for i := range 4 {
		mustPublish(t, h, "c", fmt.Sprint(i))
	}
	if turns := l.Run(); turns < 4 {
		t.Fatalf("%d turns: the test does not test what it should", turns)
	}
	for i := range members {
		if m := &members[i]; len(m.runs) != 1 || m.runs[0] != members[0].runs[0] || !slices.Equal(m.got, []string{"0", "1", "2", "3"}) {
			t.Errorf("member %d got %q in %d runs", i, m.got, len(m.runs))
		}
	}
}

func TestDeliverRunPanics(t *testing.T) {
	h, l := newHub(t, hub.Config{Panicked: func(hub.Member, any, []byte) {}}), hubtest.NewLoop(0)
	bad, good := &taker{panics: true}, &taker{}
	mustJoin(t, h, l, bad, "c")
	mustJoin(t, h, l, good, "c")
	mustPublish(t, h, "c", "1")
	mustPublish(t, h, "c", "2")
	l.Run()
	if h.Members("c") != 1 || !slices.Equal(good.got, []string{"1", "2"}) {
		t.Errorf("%d members left, the other got %q", h.Members("c"), good.got)
	}
}
