package engine

import "testing"

func TestTrimIsDueWhenAWaveIsOver(t *testing.T) {
	var tr trimmer
	for i, step := range []struct {
		moved uint64
		conns int64
		want  bool
		why   string
	}{
		{0, 0, false, "nothing happened"},
		{500, 500, false, "they are still coming"},
		{999, 999, false, "still"},
		{999, 999, false, "quiet, but a small wave"},
		{1000, 1000, false, "one more came"},
		{1000, 1000, true, "quiet, and a thousand came"},
		{1000, 1000, false, "once is enough"},
		{100_000, 100_000, false, "a large wave is coming"},
		{100_000, 100_000, true, "it is over"},
		{101_000, 101_000, false, "another thousand"},
		{101_000, 101_000, false, "little beside what is there"},
		{112_625, 112_625, false, "but they add up"},
		{112_625, 98_547, true, "to one in eight"},
		{200_000, 11_172, false, "everybody leaves"},
		{200_000, 11_172, true, "they have left"},
	} {
		if got := tr.due(step.moved, step.conns); got != step.want {
			t.Errorf("step %d (%s): due %v, want %v", i, step.why, got, step.want)
		}
	}
}
