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
			got = tr.message("c", step.seq)
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
	tr.message("a", 5) // never subscribed: its place is taken as it is
	tr.subscribed("b", "e", 0)
	if tr.message("b", 1) != noGap || tr.message("a", 6) != noGap || tr.message("b", 3).count() != 1 {
		t.Errorf("%+v", tr)
	}
	if got, want := tr.missing(), "gaps 1 (1 message)"; got != want {
		t.Errorf("missing is %q, want %q", got, want)
	}
}
