package engine

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDeadlinesAreExact(t *testing.T) {
	l := &Loop{}
	c := &Conn{loop: l}
	l.slots.put(c)
	var d deadlines
	d.push(c, 100)
	fired := 0
	for _, now := range []int64{0, 99, 100, 101} {
		l.now = now
		d.due(l, func(got *Conn) {
			if got != c || now != 100 {
				t.Errorf("at %d", now)
			}
			fired++
		})
	}
	if fired != 1 {
		t.Errorf("fired %d times", fired)
	}
}

// Many connections, a few of which are gone when their time comes, over a long time: each that is left is due
// once, in order, and what is over is forgotten.
func TestDeadlinesAgainstASlowerQueue(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	l := &Loop{}
	var d deadlines
	type entry struct {
		c  *Conn
		at int64
	}
	var want []entry
	const limit = 5000
	gone := map[*Conn]bool{}
	for l.now = range int64(40_000) {
		for range r.IntN(3) {
			c := &Conn{loop: l}
			l.slots.put(c)
			d.push(c, l.now+limit)
			want = append(want, entry{c, l.now + limit})
		}
		if len(want) > 0 && r.IntN(3) == 0 {
			if e := want[r.IntN(len(want))]; !gone[e.c] {
				gone[e.c] = true
				l.slots.remove(e.c)
			}
		}
		d.due(l, func(c *Conn) {
			for len(want) > 0 && gone[want[0].c] {
				delete(gone, want[0].c)
				want = want[1:]
			}
			if len(want) == 0 || want[0].c != c || want[0].at != l.now {
				t.Fatalf("at %d: another connection was due", l.now)
			}
			want = want[1:]
			l.slots.remove(c)
		})
		if i := slices.IndexFunc(want, func(e entry) bool { return !gone[e.c] }); i >= 0 && want[i].at <= l.now {
			t.Fatalf("at %d: one of %d was missed", l.now, want[i].at)
		}
	}
	if n := len(d.queue); n > 4*limit {
		t.Errorf("%d entries for a limit of %d with one a tick", n, limit)
	}
}

// After a burst is over its memory is given back.
func TestDeadlinesGiveMemoryBack(t *testing.T) {
	l := &Loop{}
	c := &Conn{loop: l}
	l.slots.put(c)
	var d deadlines
	for range 10_000 {
		d.push(c, 1)
	}
	l.now = 1
	n := 0
	d.due(l, func(*Conn) { n++ })
	if n != 10_000 || cap(d.queue) > 4096 {
		t.Errorf("%d were due, room for %d is kept", n, cap(d.queue))
	}
}
