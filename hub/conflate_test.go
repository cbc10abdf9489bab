package hub

import (
	"slices"
	"testing"
)

// A burst is taken at once by a member that holds, and only by one that would keep all of it; either way the account is that
// of the messages one by one.
func TestKeepRun(t *testing.T) {
	msgs := benchMessages(9, 2)
	run := func(from, to int) *Run {
		r := new(Run)
		for _, m := range msgs[from:to] {
			r.items = append(r.items, item{msg: m})
		}
		return r
	}
	s := NewHolds(func() int64 { return 1 }, func(int64) {})
	a, b, drop := s.Conflate(), s.Conflate(), s.Drop()
	for _, h := range []*Hold{a, b, drop} {
		if h.KeepRun(run(0, 3)) {
			t.Error("a member that holds nothing keeps a run")
		}
		h.Take(msgs[0])
		h.Keep(msgs[0])
	}
	if drop.KeepRun(run(1, 4)) {
		t.Error("a member that drops keeps a run")
	}
	for _, h := range []*Hold{a, b} {
		r := run(1, 4)
		if !h.KeepRun(r) || r.outcome != Queued {
			t.Errorf("a member that holds does not keep a run (%v)", r.outcome)
		}
		if st := h.State(); st.Behind != 4 || st.Keys != 2 {
			t.Errorf("%+v", st)
		}
	}
	for a.Behind() {
		m, sp, ok := a.Next()
		if !ok {
			t.Fatal("nothing comes of what is held")
		}
		a.Sent(m, sp)
	}
	if _, v := a.Take(msgs[3]); v != Past || a.KeepRun(run(3, 6)) {
		t.Error("a run that begins with what is accounted for is kept at once")
	}
}

// A count that begins anew, and numbers that a broker has lost.
func TestHoldRenewedAndLost(t *testing.T) {
	s := NewHolds(func() int64 { return 1 }, func(int64) {})
	h := s.Conflate()
	put := func(m *Message) (Span, Verdict) {
		m.Channel, m.Options = "c", noOptions
		return h.Take(m)
	}
	first := &Message{Position: Position{"e", 5}, Key: "a"}
	if sp, v := put(first); v != Pass || sp != (Span{From: 5, Seq: 5}) {
		t.Error(sp, v)
	}
	h.Keep(first)
	if _, v := put(&Message{Position: Position{"e", 9}, Key: "b", Lost: 3}); v != Kept {
		t.Error(v)
	}
	for _, want := range []Span{{From: 5, Seq: 5}, {From: 6, Seq: 9, Dropped: true}} {
		if st := h.State(); st.Dropped != 3 || st.Conflated != 0 { // not declared yet
			t.Errorf("%+v", st)
		}
		m, sp, ok := h.Next()
		if !ok || sp != want {
			t.Errorf("%+v, want %+v", sp, want)
		}
		h.Sent(m, sp)
	}
	if st := h.State(); st.Dropped != 3 || st.Conflated != 0 {
		t.Errorf("%+v", st)
	}
	held := &Message{Position: Position{"e", 10}, Key: "a"}
	put(held)
	h.Keep(held)
	if sp, v := put(&Message{Position: Position{"f", 1}, Renewed: true}); v != Pass || sp != (Span{From: 1, Seq: 1}) {
		t.Errorf("in another epoch: %+v %v", sp, v)
	}
	h.Close()
	if !s.Empty() || s.Stats() != (HoldStats{}) {
		t.Errorf("%+v", s.Stats())
	}
}

// A whole state takes the place of all keys' values before it, and no later value takes its own: it would leave the others standing.
func TestHoldWholeState(t *testing.T) {
	s := NewHolds(func() int64 { return 1 }, func(int64) {})
	h := s.Conflate()
	for i, m := range []*Message{{Key: "a"}, {Key: "b"}, {Key: "a", Snapshot: true}, {Key: "c"}, {Key: "a"}, {Key: "d"}, {Key: "e"}, {Key: "a"}} {
		m.Channel, m.Options, m.Position = "c", noOptions, Position{"e", uint64(i + 1)}
		if _, v := h.Take(m); v == Pass {
			h.Keep(m)
		}
	}
	var got []Span
	for h.Behind() {
		m, sp, ok := h.Next()
		if !ok {
			t.Fatal("nothing comes of what is held")
		}
		got = append(got, sp)
		h.Sent(m, sp)
	}
	want := []Span{{From: 1, Seq: 3}, {From: 4, Seq: 4}, {From: 5, Seq: 6}, {From: 7, Seq: 7}, {From: 8, Seq: 8}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if st := s.Stats(); st != (HoldStats{}) {
		t.Errorf("levels %+v", st)
	}
}

// What lies ahead in a round is what comes of Next when its turn has come, and ends with the round.
func TestHoldAhead(t *testing.T) {
	s := NewHolds(func() int64 { return 1 }, func(int64) {})
	h := s.Conflate()
	msgs := benchMessages(20, 3)
	for _, m := range msgs[:12] {
		if _, v := h.Take(m); v == Pass {
			h.Keep(m)
		}
	}
	if _, _, ok := h.Ahead(0); ok {
		t.Error("there is no round yet, and something lies ahead")
	}
	h.Next()
	type one struct {
		m  *Message
		sp Span
	}
	var ahead, got []one
	for {
		m, sp, ok := h.Ahead(len(ahead))
		if !ok {
			break
		}
		ahead = append(ahead, one{m, sp})
	}
	h.Take(msgs[12]) // is for the next round
	for h.InRound() {
		m, sp, _ := h.Next()
		got = append(got, one{m, sp})
		h.Sent(m, sp)
	}
	if len(got) != 3 || !slices.Equal(got, ahead) {
		t.Errorf("got %+v, ahead lay %+v", got, ahead)
	}
}
