package client

import (
	"testing"

	"github.com/weir-ws/weir/hub"
)

func TestLedger(t *testing.T) {
	var l ledger
	l.open(Position{"e", 41}, false, false)
	for i, step := range []struct {
		seq, from, dropped uint64
		want               entry
	}{
		{42, 0, 0, entry{nothing, nothing, span{42, 42}, false}},
		{45, 43, 0, entry{nothing, nothing, span{43, 45}, false}},      // 43 and 44 are superseded
		{48, 0, 2, entry{nothing, span{46, 47}, span{48, 48}, false}},  // 46 and 47 were dropped
		{50, 0, 0, entry{span{49, 49}, nothing, span{50, 50}, false}},  // 49 is missing
		{50, 0, 0, entry{nothing, nothing, span{50, 50}, true}},        // again
		{49, 48, 0, entry{nothing, nothing, span{48, 49}, true}},       // again
		{52, 50, 0, entry{nothing, nothing, span{51, 52}, false}},      // begins too early
		{53, 60, 0, entry{nothing, nothing, span{53, 53}, false}},      // no such range
		{54, 0, 54, entry{nothing, nothing, span{54, 54}, false}},      // nor this
		{58, 57, 0, entry{span{55, 56}, nothing, span{57, 58}, false}}, // missing before a range
	} {
		if got := l.message(step.seq, step.from, step.dropped); got != step.want {
			t.Errorf("step %d: %+v, want %+v", i, got, step.want)
		}
	}
	if got, want := l.drop(59, 60), (entry{nothing, span{59, 60}, nothing, false}); got != want {
		t.Errorf("dropped: %+v, want %+v", got, want)
	}
	if got := l.drop(59, 60); !got.repeated {
		t.Errorf("dropped again: %+v", got)
	}
	if got := l.beat(60); !got.repeated {
		t.Errorf("a heartbeat of where we are: %+v", got)
	}
	if got, want := l.beat(62), (entry{span{61, 62}, nothing, nothing, false}); got != want {
		t.Errorf("a heartbeat of what we have not: %+v, want %+v", got, want)
	}
	want := Account{Messages: 8, Superseded: 4, Dropped: 4, Missing: 5, Repeated: 2, Faults: 9}
	if l.Account != want {
		t.Errorf("account %+v, want %+v", l.Account, want)
	}
	if n := l.Messages + l.Superseded + l.Dropped + l.Missing; n != 62-41 {
		t.Errorf("it accounts for %d numbers of %d", n, 62-41)
	}
}

func TestLedgerOpens(t *testing.T) {
	for _, c := range []struct {
		name      string
		known     bool
		old, at   Position
		recovered bool
		state     bool
		missing   span
		cause     Cause
		unknown   uint64
	}{
		{name: "first", at: Position{"e", 7}, missing: nothing},
		{name: "recovered", known: true, old: Position{"e", 7}, at: Position{"e", 7}, recovered: true, missing: nothing},
		{name: "nothing has passed", known: true, old: Position{"e", 7}, at: Position{"e", 7}, missing: nothing},
		{name: "some have", known: true, old: Position{"e", 7}, at: Position{"e", 9}, missing: span{8, 9}, cause: Away},
		{name: "a state from before, and what has passed since", known: true, old: Position{"e", 7}, at: Position{"e", 5}, missing: nothing, state: true},
		{name: "back, and no state", known: true, old: Position{"e", 7}, at: Position{"e", 5}, missing: nothing, cause: Away, unknown: 1},
		{name: "another count", known: true, old: Position{"e", 7}, at: Position{"f", 9}, missing: nothing, cause: Restarted, unknown: 1},
		{name: "not where it says", known: true, old: Position{"e", 7}, at: Position{"e", 9}, recovered: true, missing: span{8, 9}, cause: Undeclared},
	} {
		l := ledger{at: c.old, known: c.known}
		missing, cause := l.open(c.at, c.recovered, c.state)
		if missing != c.missing || cause != c.cause || l.at != c.at || l.Unknown != c.unknown || l.Missing != missing.count() {
			t.Errorf("%s: missing %v, %v, at %v, %+v", c.name, missing, cause, l.at, l.Account)
		}
	}
}

// A client finds the subscription of a channel as the server finds its pattern.
func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "", true}, {"*", "a", true}, {"a", "a", true}, {"a", "ab", false}, {"*@trade", "btcusdt@trade", true}, {"*@trade", "@trade", true},
		{"*@trade", "btcusdt@trade2", false}, {"a*a", "a", false}, {"a*a", "aa", true}, {"a*b*c", "axxbyyc", true}, {"a*b*c", "ac", false}, {"a**c", "ac", true},
	} {
		if got := hub.Match(c.pattern, c.name); got != c.want {
			t.Errorf("%s and %s: %v", c.pattern, c.name, got)
		}
	}
}
