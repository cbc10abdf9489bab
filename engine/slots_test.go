package engine

import (
	"math/rand/v2"
	"sync"
	"testing"
)

// Random arrivals and departures beside a map: a Ref finds its own connection and never another, however often
// its slot is used again.
func TestSlotsAgainstAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	l := &Loop{}
	live := map[Ref]*Conn{}
	var gone []Ref
	for step := range 60_000 {
		if r.IntN(100) < 55 && len(live) < 2500 {
			c := &Conn{loop: l}
			l.slots.put(c)
			if _, twice := live[c.Ref()]; twice {
				t.Fatalf("step %d: two connections have ref %+v", step, c.Ref())
			}
			live[c.Ref()] = c
			continue
		}
		for ref, c := range live { // any
			l.slots.remove(c)
			delete(live, ref)
			gone = append(gone, ref)
			break
		}
	}
	for ref, c := range live {
		if l.slots.get(ref) != c || !l.slots.alive(ref) {
			t.Fatalf("ref %+v does not find its connection", ref)
		}
	}
	for _, ref := range gone {
		if l.slots.get(ref) != nil || l.slots.alive(ref) {
			t.Fatalf("ref %+v finds a connection after its own was gone", ref)
		}
	}
	if n := len(l.slots.conns); n > 3*slotBlock || n-len(l.slots.free) != len(live) {
		t.Errorf("%d slots, %d free, for %d connections and never more than 2500", n, len(l.slots.free), len(live))
	}
}

func TestZeroRef(t *testing.T) {
	var r Ref
	if r.Post(func(*Conn) { t.Error("ran") }) || r.Send(1, nil) {
		t.Error("the zero Ref names a connection")
	}
}

// Other goroutines ask for refs while the table grows under them. The race detector is part of the test.
func TestSlotsAliveFromAnywhere(t *testing.T) {
	l := &Loop{}
	first := &Conn{loop: l}
	l.slots.put(first)
	refs := make(chan Ref, 1)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for ref := range refs {
				l.slots.alive(ref)
				if !l.slots.alive(first.Ref()) {
					t.Error("the first connection is gone")
				}
			}
		})
	}
	for i := range 5 * slotBlock {
		c := &Conn{loop: l}
		l.slots.put(c)
		ref := c.Ref()
		if i%3 == 0 {
			l.slots.remove(c)
		}
		refs <- ref
	}
	close(refs)
	wg.Wait()
}
