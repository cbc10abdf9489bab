package client

import "testing"

func TestLedger(t *testing.T) {
	type step struct{ seq, from, dropped uint64 }
	for _, c := range []struct {
		name  string
		steps []step // of a channel that is at 10
		at    uint64
		want  Account
	}{
		{"one by one", []step{{11, 0, 0}, {12, 0, 0}}, 12, Account{Messages: 2}},
		{"a range", []step{{15, 11, 0}}, 15, Account{Messages: 1, Superseded: 4}},
		{"a range of one", []step{{11, 11, 0}}, 11, Account{Messages: 1}},
		{"dropped before it", []step{{15, 0, 4}}, 15, Account{Messages: 1, Dropped: 4}},
		{"not declared", []step{{13, 0, 0}}, 13, Account{Messages: 1, Missing: 2, Faults: 1}},
		{"a range that begins too late", []step{{15, 13, 0}}, 15, Account{Messages: 1, Superseded: 2, Missing: 2, Faults: 1}},
		{"a range that begins too early", []step{{12, 9, 0}}, 12, Account{Messages: 1, Superseded: 1, Faults: 1}},
		{"again", []step{{11, 0, 0}, {11, 0, 0}}, 11, Account{Messages: 1, Repeated: 1, Faults: 1}},
		{"a range that cannot be", []step{{11, 12, 0}}, 11, Account{Messages: 1, Faults: 1}},
		{"both", []step{{12, 11, 1}}, 12, Account{Messages: 1, Missing: 1, Faults: 2}},
	} {
		l := ledger{at: Position{"e", 10}, known: true}
		for _, s := range c.steps {
			l.message(s.seq, s.from, s.dropped)
		}
		if l.Account != c.want || l.at.Seq != c.at {
			t.Errorf("%s: %+v at %d, want %+v at %d", c.name, l.Account, l.at.Seq, c.want, c.at)
		}
		a := l.Account
		if sum := a.Messages + a.Superseded + a.Dropped + a.Missing; sum != c.at-10 {
			t.Errorf("%s: %d numbers are accounted for, want %d", c.name, sum, c.at-10)
		}
	}
	l := ledger{at: Position{"e", 10}, known: true}
	if e := l.drop(11, 14); e.dropped != (span{11, 14}) || l.Dropped != 4 || l.at.Seq != 14 {
		t.Errorf("dropped: %+v, %+v", e, l)
	}
	if e := l.beat(14); !e.repeated || l.Faults != 0 {
		t.Errorf("a heartbeat in time: %+v, %+v", e, l)
	}
	if e := l.beat(16); e.missing != (span{15, 16}) || l.Missing != 2 {
		t.Errorf("a heartbeat that tells of more: %+v, %+v", e, l)
	}
}

func TestLedgerOpens(t *testing.T) {
	for _, c := range []struct {
		name      string
		known     bool
		at        Position
		recovered bool
		missing   span
		cause     Cause
	}{
		{"the first time", false, Position{"e", 7}, false, nothing, 0},
		{"recovered", true, Position{"e", 10}, true, nothing, 0},
		{"nothing was missed", true, Position{"e", 10}, false, nothing, 0},
		{"away too long", true, Position{"e", 15}, false, span{11, 15}, Away},
		{"another count", true, Position{"f", 3}, false, nothing, Restarted},
		{"recovered, and yet not", true, Position{"e", 12}, true, span{11, 12}, Undeclared},
	} {
		l := ledger{at: Position{"e", 10}, known: c.known}
		if missing, cause := l.open(c.at, c.recovered); missing != c.missing || cause != c.cause || l.at != c.at {
			t.Errorf("%s: %v, %v, now at %v", c.name, missing, cause, l.at)
		}
	}
}
