package lease_test

import (
	"slices"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub/internal/lease"
)

func at(s int64) time.Time { return time.Unix(s, 0) }

// Who is over goes in the order of the ends, whatever was changed and given back before; and nothing is held of a loop without leases.
func TestLeases(t *testing.T) {
	var x lease.Loops[string]
	on, other := new(engine.Loop), new(engine.Loop)
	held := map[string]*lease.Lease[string]{}
	lend := func(name string, end int64) {
		l, ms := x.Lend(on, held[name], name, at(end))
		if held[name] != nil && held[name] != l || ms != end*1000 {
			t.Errorf("%s: another lease, or its end is %d", name, ms)
		}
		held[name] = l
	}
	var gone []string
	expire := func(name string) {
		gone = append(gone, name)
		x.GiveBack(on, held[name])
	}
	tick := func(s int64, want ...string) {
		t.Helper()
		gone = nil
		x.Tick(on, func() time.Time { return at(s) }, expire)
		if !slices.Equal(gone, want) {
			t.Errorf("at %d: %q, want %q", s, gone, want)
		}
	}
	lend("ann", 30)
	lend("bob", 10)
	lend("eve", 20)
	lend("dan", 25)
	x.GiveBack(on, nil)
	lend("ann", 15)
	x.GiveBack(on, held["dan"])
	if held["bob"].Over(at(9)) || !held["bob"].Over(at(10)) {
		t.Error("a lease is over when its end has come, and not before")
	}
	tick(9)
	tick(15, "bob", "ann")
	x.Tick(other, func() time.Time { t.Error("a loop without leases asks for the time"); return at(0) }, expire)
	tick(100, "eve")
	if n := x.Len(); n != 0 {
		t.Errorf("%d are left", n)
	}
}

// Many that end together do not hold a loop up.
func TestFewATick(t *testing.T) {
	var x lease.Loops[int]
	on := new(engine.Loop)
	var held []*lease.Lease[int]
	for i := range 1500 {
		l, _ := x.Lend(on, nil, i, at(1))
		held = append(held, l)
	}
	n := 0
	tick := func() { x.Tick(on, func() time.Time { return at(1) }, func(i int) { n++; x.GiveBack(on, held[i]) }) }
	if tick(); n != 1024 {
		t.Errorf("%d in a tick", n)
	}
	if tick(); n != 1500 {
		t.Errorf("%d in two", n)
	}
}
