//go:build race || invariants

package hub

import "sync/atomic"

// invariants says whether the checks are compiled in: with the race detector or the build
// tag "invariants".
const invariants = true

// guard checks that a loop keeps its promise to run one func at a time, and that a list and its
// members point at each other.
type guard struct{ busy atomic.Bool }

func (g *guard) enter() {
	if !g.busy.CompareAndSwap(false, true) {
		panic("hub: a Loop ran two funcs at a time")
	}
}

func (g *guard) exit() { g.busy.Store(false) }

func (g *guard) roster(r *roster) {
	if r.n > 4096 {
		return // a check of every entry after every fan-out would drown the test
	}
	for i := range r.n {
		e := r.entry(i)
		if e.m == nil {
			panic("hub: a hole was left in a roster")
		}
		if ms := e.m.Memberships().at(e.slot); ms.roster != r || ms.pos != i || ms.waiting {
			panic("hub: a roster entry and its membership do not point at each other")
		}
	}
}
