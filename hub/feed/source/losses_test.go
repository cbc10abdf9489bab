package source_test

import (
	"testing"

	"github.com/weir-ws/weir/hub/feed/source"
)

func TestLosses(t *testing.T) {
	var l source.Losses
	want := func(channel string, gap bool) {
		t.Helper()
		if l.Gap(channel) != gap {
			t.Errorf("%s: gap %v", channel, !gap)
		}
	}
	want("a", false)
	l.Lose("a")
	want("b", false)
	want("a", true)
	want("a", false)
	l.LoseAll()
	want("a", true)
	want("c", true) // nothing has come of it before
	want("a", false)
	l.Lose("b")
	l.LoseAll()
	want("b", true)
	want("b", false)
	want("a", true)
}
