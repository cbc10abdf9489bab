package proc

import (
	"os"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	line := "42 (a) b (c) S 7 8 8 0 -1 2129984 0 0 0 0 3 4 5 6 20 0 1 0 99 4096 10"
	s, ok := parseStat([]byte(line))
	want := stat{pid: 42, parent: 7, kernel: true, start: 99, own: 70 * time.Millisecond, reaped: 110 * time.Millisecond}
	if !ok || s != want {
		t.Errorf("parsed %+v, %v", s, ok)
	}
	for _, bad := range []string{"", "42", "42 (x) S 1 2", "x (x) S 7 8 8 0 -1 0 0 0 0 0 3 4 5 6 20 0 1 0 99"} {
		if _, ok := parseStat([]byte(bad)); ok {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func census(at time.Time, stolen time.Duration, all ...stat) Census {
	c := Census{processes: map[int]stat{}, stolen: stolen, at: at}
	for _, s := range all {
		c.processes[s.pid] = s
	}
	return c
}

func TestNeighbours(t *testing.T) {
	const s = time.Second
	began := time.Now()
	init := stat{pid: 1, start: 1}
	bench := stat{pid: 10, parent: 1, start: 5, own: 100 * s}
	server := stat{pid: 11, parent: 10, start: 6, own: 50 * s}
	ksoftirqd := stat{pid: 2, start: 1, kernel: true}
	editor := stat{pid: 20, parent: 1, start: 7, own: 30 * s}
	// A build under the editor: a make that has waited for 20 s of children, and a compiler under it.
	mk := stat{pid: 21, parent: 20, start: 8, own: 10 * s, reaped: 20 * s}
	cc := stat{pid: 22, parent: 21, start: 9, own: 30 * s}
	before := census(began, 0, init, bench, server, ksoftirqd, editor)
	building := census(began, 0, init, bench, server, ksoftirqd, editor, mk, cc)

	used := func(p stat, own, reaped time.Duration) stat {
		p.own, p.reaped = p.own+own, p.reaped+reaped
		return p
	}
	for _, c := range []struct {
		name          string
		before, after Census
		want          float64
	}{
		{"ours and the kernel's threads do not count", before, census(began, 0, init, used(bench, s, 9*s), used(server, s, 0), used(ksoftirqd, s, 0), editor), 0},
		{"another process does", before, census(began, 0, init, bench, server, ksoftirqd, used(editor, s, 0)), 0.5},
		{"one born since counts whole", before, census(began, 0, init, bench, server, editor, stat{pid: 30, parent: 1, start: 90, own: s}), 0.5},
		{"one that came and went counts by its parent", before, census(began, 0, init, bench, server, used(editor, 0, 2*s)), 1},
		{"one that ended counts what it used since", before, census(began, 0, used(init, 0, 31*s), bench, server), 0.5},
		{"one that ended unwaited for takes nothing away", before, census(began, 0, used(init, s, 0), bench, server), 0.5},
		{"a whole tree that ended counts what it used since", building, census(began, 0, init, bench, server, ksoftirqd, used(editor, 0, 61*s)), 0.5},
		{"a PID used again is another process", before, census(began, 0, init, bench, server, stat{pid: 20, parent: 1, start: 91, own: s}), 0.5},
		{"stolen time counts", before, census(began, s, init, bench, server, editor), 0.5},
	} {
		c.after.at = began.Add(2 * s)
		if got := c.after.Neighbours(c.before, bench.pid); got != c.want {
			t.Errorf("%s: %v cores, want %v", c.name, got, c.want)
		}
	}
	if got := before.Neighbours(before, 10); got != 0 {
		t.Errorf("in no time: %v cores", got)
	}
}

func TestCensusOfThisMachine(t *testing.T) {
	before, err := TakeCensus()
	if err != nil {
		t.Fatal(err)
	}
	me := before.processes[os.Getpid()]
	for {
		after, err := TakeCensus()
		if err != nil {
			t.Fatal(err)
		}
		now := after.processes[os.Getpid()]
		if now.start != me.start || now.kernel {
			t.Fatalf("this process changed from %+v to %+v", me, now)
		}
		if now.own > me.own { // a tick of this test's own work shows
			if with, without := after.Neighbours(before), after.Neighbours(before, os.Getpid()); with <= without {
				t.Errorf("%v cores with this process, %v without", with, without)
			}
			return
		}
	}
}
