package engine

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"
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
		d.due(l, unbounded(), func(got *Conn) bool {
			if got != c || now != 100 {
				t.Errorf("at %d", now)
			}
			fired++
			return true
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
		d.due(l, unbounded(), func(c *Conn) bool {
			for len(want) > 0 && gone[want[0].c] {
				delete(gone, want[0].c)
				want = want[1:]
			}
			if len(want) == 0 || want[0].c != c || want[0].at != l.now {
				t.Fatalf("at %d: another connection was due", l.now)
			}
			want = want[1:]
			l.slots.remove(c)
			return true
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
	d.due(l, unbounded(), func(*Conn) bool { n++; return true })
	if n != 10_000 || cap(d.queue) > 4096 {
		t.Errorf("%d were due, room for %d is kept", n, cap(d.queue))
	}
}

// With a budget the first are given up, and the rest next time. Who is gone or has moved on costs nothing of it.
func TestDeadlinesWithinABudget(t *testing.T) {
	l := &Loop{now: 1}
	var d deadlines
	var all []*Conn
	for range 12 {
		c := &Conn{loop: l}
		l.slots.put(c)
		d.push(c, 1)
		all = append(all, c)
	}
	l.slots.remove(all[1])
	all[2].state = stateOpen
	var got []*Conn
	for _, want := range []int{4, 8, 10} {
		budget := 4
		d.due(l, &budget, func(c *Conn) bool {
			if c.state == stateOpen {
				return false
			}
			got = append(got, c)
			return true
		})
		if len(got) != want || (budget == 0) != (want < 10) {
			t.Errorf("%d were given up, %d of the budget are left; want %d", len(got), budget, want)
		}
	}
	if !slices.Equal(got, slices.Delete(all, 1, 3)) || !d.empty() {
		t.Errorf("not in order, or some are left: %t", d.empty())
	}
}

// A thousand that are due at once are given up in many turns, with I/O between them, and all of them without another tick.
func TestManyAreDueAtOnce(t *testing.T) {
	const n = 1000
	now := time.Duration(0)
	m, err := NewManual(Config{Loops: 1}, Handler{}, func() time.Duration { return now })
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if _, err := m.Open(0, silent{}); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		now += 2 * time.Second
		m.e.loops[0].tickIsDue(1)
		m.hosts[0].wake()
		turns, had := 0, m.e.Stats().Conns
		for last := had; m.Due(0); turns++ {
			m.Turn(0)
			left := m.e.Stats().Conns
			if last-left > expiriesPerTurn {
				t.Fatalf("one turn gave up %d", last-left)
			}
			last = left
		}
		left := m.e.Stats().Conns
		if left != 0 && left != n || had != 0 && left == 0 && turns < n/expiriesPerTurn {
			t.Fatalf("after %d turns %d are left", turns, left)
		}
	}
	if got := m.e.Stats().Reasons[ReasonHandshakeTimeout]; got != n {
		t.Errorf("%d were given up", got)
	}
}

func unbounded() *int {
	n := math.MaxInt
	return &n
}

// silent is a socket from which nothing ever comes.
type silent struct{}

func (silent) Write(p []byte) (int, error)  { return len(p), nil }
func (silent) Writev([][]byte) (int, error) { return 0, nil }
func (silent) CloseWrite() error            { return nil }
func (silent) Close(bool)                   {}
func (silent) Peer() netip.AddrPort         { return netip.AddrPort{} }
func (silent) SetPeer(netip.AddrPort)       {}
