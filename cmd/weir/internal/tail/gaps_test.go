package tail

import "testing"

func TestTracker(t *testing.T) {
	var tr tracker
	for i, step := range []struct {
		subscribed bool
		epoch      string
		seq        uint64
		want       gap
	}{
		{true, "e", 41, noGap},
		{false, "", 42, noGap},
		{false, "", 43, noGap},
		{false, "", 46, gap{44, 45}},
		{false, "", 46, noGap}, // repeated
		{false, "", 45, noGap}, // repeated: it does not move the place back
		{false, "", 47, noGap},
		{true, "e", 47, noGap},       // away, and nothing passed
		{true, "e", 50, gap{48, 50}}, // away for three
		{false, "", 51, noGap},
		{true, "f", 7, noGap}, // the server has begun anew
		{false, "", 8, noGap},
		{true, "f", 3, noGap}, // behind where we were: no messages are missing
	} {
		var got gap
		if step.subscribed {
			got = tr.subscribed("c", step.epoch, step.seq)
		} else {
			got = tr.message("c", step.seq, step.seq, 0)
		}
		if got != step.want {
			t.Errorf("step %d: gap %v, want %v", i, got, step.want)
		}
	}
	if tr.gaps != 2 || tr.missed != 5 || tr.repeated != 2 || tr.restarts != 1 {
		t.Errorf("counted %d gaps, %d missed, %d repeated, %d restarts", tr.gaps, tr.missed, tr.repeated, tr.restarts)
	}
	if got, want := tr.missing(), "gaps 2 (5 messages), 2 repeated, 1 restart"; got != want {
		t.Errorf("missing is %q, want %q", got, want)
	}
}

func TestTrackerKeepsChannelsApart(t *testing.T) {
	var tr tracker
	tr.message("a", 5, 5, 0) // never subscribed: its place is taken as it is
	tr.subscribed("b", "e", 0)
	if tr.message("b", 1, 1, 0) != noGap || tr.message("a", 6, 6, 0) != noGap || tr.message("b", 3, 3, 0).count() != 1 {
		t.Errorf("%+v", tr)
	}
	if got, want := tr.missing(), "gaps 1 (1 message)"; got != want {
		t.Errorf("missing is %q, want %q", got, want)
	}
}

// What the server accounts for is no gap if a later value stands for it, and one if it was dropped.
func TestTrackerFollowsTheAccount(t *testing.T) {
	var tr tracker
	tr.subscribed("c", "e", 10)
	for _, step := range []struct {
		got, want gap
	}{
		{tr.message("c", 11, 11, 0), noGap},
		{tr.message("c", 12, 20, 0), noGap},       // from 12
		{tr.message("c", 21, 25, 4), gap{21, 24}}, // dropped 4
		{tr.dropped("c", 26, 30), gap{26, 30}},    //
		{tr.dropped("c", 20, 30), noGap},          // repeated
		{tr.message("c", 31, 31, 0), noGap},       //
		{tr.message("c", 34, 36, 0), gap{32, 33}}, // nobody accounts for these two
		{tr.message("c", 39, 40, 1), gap{37, 39}}, //
		{tr.dropped("never subscribed", 1, 2), noGap},
	} {
		if step.got != step.want {
			t.Errorf("%+v, want %+v", step.got, step.want)
		}
	}
	if got, want := tr.missing(), "gaps 4 (14 messages), 8 conflated"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
