package hub_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

func TestMembershipsChannels(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	m := &hubtest.Recorder{}
	names := func() []string { return slices.Sorted(m.Memberships().Channels()) }
	if got := names(); len(got) != 0 {
		t.Errorf("a member in no channel is in %q", got)
	}
	mustJoin(t, h, l, m, "b", "a", "c")
	if got := names(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("joins under way: %q", got)
	}
	l.Run()
	for range m.Memberships().Channels() {
		break // stopping early is fine
	}
	if err := h.Leave(l, m, "b"); err != nil { // the first: another one takes its place
		t.Fatal(err)
	}
	if got := names(); !slices.Equal(got, []string{"a", "c"}) || m.Memberships().Len() != 2 {
		t.Errorf("after leaving b: %q", got)
	}
}

// Members with many channels leave them in any order, some before they were in: each slot
// that moves must be found again from the roster's side, or a later leave hits another member.
func TestMembershipsInAnyOrder(t *testing.T) {
	h, l := newHub(t, hub.Config{}), hubtest.NewLoop(0)
	rng := rand.New(rand.NewPCG(5, 6))
	members := make([]hubtest.Recorder, 5)
	in := make([]map[string]bool, len(members))
	for i := range members {
		in[i] = map[string]bool{}
	}
	for step := range 20_000 {
		i, c := rng.IntN(len(members)), fmt.Sprint("c", rng.IntN(60))
		m := &members[i]
		switch {
		case step%4000 == 3999:
			h.LeaveAll(l, m)
			clear(in[i])
		case rng.IntN(5) == 0:
			l.Run()
		case in[i][c]:
			if err := h.Leave(l, m, c); err != nil {
				t.Fatal(err)
			}
			delete(in[i], c)
		default:
			mustJoin(t, h, l, m, c)
			in[i][c] = true
		}
		if m.Memberships().Len() != len(in[i]) {
			t.Fatalf("step %d: in %d channels, want %d", step, m.Memberships().Len(), len(in[i]))
		}
	}
	for c := range 60 {
		mustPublish(t, h, fmt.Sprint("c", c), "x")
	}
	l.Run()
	for i := range members {
		got := map[string]bool{}
		for _, m := range members[i].Messages {
			got[m.Channel] = true
		}
		if len(members[i].Messages) != len(in[i]) || len(got) != len(in[i]) {
			t.Errorf("member %d got %d messages of %d channels, want %d", i, len(members[i].Messages), len(got), len(in[i]))
		}
		for c := range in[i] {
			if !got[c] {
				t.Errorf("member %d got nothing of %s", i, c)
			}
		}
	}
}
