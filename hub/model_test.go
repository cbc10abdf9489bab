package hub_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// world is a hub on hand-turned loops beside a model of it so simple that it is right: for
// each member and channel the next message due, and nothing else. choose decides
// everything that happens, inside callbacks too.
type world struct {
	t      testing.TB
	choose func(n int) int
	hub    *hub.Hub
	now    time.Time

	loops    []*hubtest.Loop
	members  []*player
	channels []*channelModel
	stamp    int // of the last publish, over all channels
	depth    int // of callbacks
	panics   int
}

type channelModel struct {
	name   string
	pos    hub.Position // of the last message
	idle   time.Time
	epochs map[string]bool // all it ever had while it was published to
}

// player is a member; in is what the model knows about it.
type player struct {
	w       *world
	loop    *hubtest.Loop
	in      map[*channelModel]*due
	stamp   int
	rooms   hub.Memberships
	willDie bool
}

// due is one membership: which message comes next.
type due struct {
	next   uint64
	joined bool // the Joined func has run
}

func newWorld(t testing.TB, choose func(int) int) *world {
	w := &world{t: t, choose: choose, now: time.Unix(1_000_000, 0)}
	h, err := hub.New(hub.Config{
		Shards:               1 + choose(3),
		TurnBudget:           1 + choose(6),
		MaxChannelsPerMember: 3,
		Now:                  func() time.Time { return w.now },
		Panicked:             w.panicked,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.hub = h
	for i := range 1 + choose(3) {
		w.loops = append(w.loops, hubtest.NewLoop(i*2))
	}
	for i := range 6 {
		w.members = append(w.members, &player{w: w, loop: w.loops[i%len(w.loops)], in: map[*channelModel]*due{}})
	}
	for i := range 4 {
		w.channels = append(w.channels, &channelModel{name: fmt.Sprint("c", i), epochs: map[string]bool{}})
	}
	return w
}

func (w *world) channel() *channelModel { return w.channels[w.choose(len(w.channels))] }
func (w *world) member() *player        { return w.members[w.choose(len(w.members))] }

// step is one thing that happens outside of callbacks.
func (w *world) step() {
	switch w.choose(16) {
	case 0, 1, 2, 3, 4:
		w.publish(w.channel())
	case 5, 6, 7:
		w.member().join(w.channel())
	case 8, 9:
		w.member().leave(w.channel())
	case 10:
		w.member().leaveAll()
	case 11:
		w.sweep()
	case 12:
		if w.choose(8) == 0 {
			w.stop(w.loops[w.choose(len(w.loops))])
		}
	default:
		w.loops[w.choose(len(w.loops))].Turn()
	}
	w.check()
}

func (w *world) publish(c *channelModel) {
	w.stamp++
	pos, err := w.hub.Publish(w.t.Context(), c.name, hub.Payload{Data: []byte(c.name), Time: int64(w.stamp)})
	if err != nil {
		w.t.Fatalf("Publish: %v", err)
	}
	if pos.Seq != c.pos.Seq+1 {
		w.t.Fatalf("%s: position %v after %v", c.name, pos, c.pos)
	}
	if c.pos.Seq > 0 && pos.Epoch != c.pos.Epoch {
		w.t.Fatalf("%s: the epoch changed from %s to %s while it was remembered", c.name, c.pos.Epoch, pos.Epoch)
	}
	if c.pos.Seq == 0 && c.epochs[pos.Epoch] {
		w.t.Fatalf("%s: the count began anew in the old epoch %s", c.name, pos.Epoch)
	}
	c.pos, c.idle = pos, w.now
	c.epochs[pos.Epoch] = true
}

// burst publishes a few messages in a row, which are then fanned out together.
func (w *world) burst() {
	c := w.channel()
	for range 1 + w.choose(4) {
		w.publish(c)
	}
}

func (w *world) sweep() {
	w.now = w.now.Add(time.Duration(w.choose(3)) * 25 * time.Second)
	w.hub.Sweep(w.now)
	for _, c := range w.channels {
		if w.count(c) == 0 && c.pos.Seq > 0 && w.now.Sub(c.idle) >= time.Minute {
			c.pos = hub.Position{}
		}
	}
}

// stop ends a loop and puts a new one with its index and new members in its place.
func (w *world) stop(l *hubtest.Loop) {
	l.Stop()
	w.hub.Forget(l)
	next := hubtest.NewLoop(l.Index())
	w.loops[slices.Index(w.loops, l)] = next
	for i, p := range w.members {
		if p.loop == l {
			w.hub.LeaveAll(l, p) // what a dying loop does for its connections
			w.vacated(p)
			w.members[i] = &player{w: w, loop: next, in: map[*channelModel]*due{}}
		}
	}
}

func (w *world) vacated(p *player) {
	for c := range p.in {
		delete(p.in, c)
		if w.count(c) == 0 {
			c.idle = w.now
		}
	}
}

func (w *world) count(c *channelModel) int {
	n := 0
	for _, p := range w.members {
		if p.in[c] != nil {
			n++
		}
	}
	return n
}

func (w *world) check() {
	used := 0
	for _, c := range w.channels {
		n := w.count(c)
		if n > 0 {
			used++
		}
		if got := w.hub.Members(c.name); got != n {
			w.t.Fatalf("%s has %d members, want %d", c.name, got, n)
		}
	}
	if got := w.hub.Channels(); got != used {
		w.t.Fatalf("%d channels, want %d", got, used)
	}
	for _, p := range w.members {
		if p.rooms.Len() != len(p.in) {
			w.t.Fatalf("a member is in %d channels, want %d", p.rooms.Len(), len(p.in))
		}
	}
}

// end lets everything be delivered and leaves every channel: nothing may be owed, nothing left over.
func (w *world) end() {
	for busy := true; busy; {
		busy = false
		for _, l := range w.loops {
			busy = l.Run() > 0 || busy
		}
	}
	w.check()
	for _, p := range w.members {
		for c, d := range p.in {
			if !d.joined || d.next != c.pos.Seq+1 {
				w.t.Fatalf("%s: a member was told %v and is at %d at the end, want true and %d", c.name, d.joined, d.next, c.pos.Seq+1)
			}
		}
		p.leaveAll()
	}
	w.now = w.now.Add(time.Hour)
	w.hub.Sweep(w.now)
	st := w.hub.Stats()
	if st.Channels != 0 || st.Retained != 0 || st.Backlog != 0 {
		w.t.Fatalf("left over: %+v", st)
	}
	if st.Panics != uint64(w.panics) {
		w.t.Fatalf("%d panics counted, want %d", st.Panics, w.panics)
	}
}

var errBoom = errors.New("boom")

func TestModel(t *testing.T) {
	seeds := 3000
	if testing.Short() || hub.Invariants { // each check costs, and what they find needs few seeds
		seeds = 400
	}
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(uint64(seed), 7))
		w := newWorld(t, rng.IntN)
		for range 150 {
			w.step()
		}
		w.end()
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// FuzzModel lets the fuzzer choose what happens, one byte a choice.
func FuzzModel(f *testing.F) {
	f.Add([]byte{1, 2, 0, 5, 0, 0, 5, 1, 0, 0, 0, 0, 0, 13, 0, 10, 0})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 2000 {
			return
		}
		w := newWorld(t, chooser(&script))
		for len(script) > 0 {
			w.step()
		}
		w.end()
	})
}

// chooser takes each choice from a byte of a fuzzer's script, and the first one when that is at its end.
func chooser(script *[]byte) func(n int) int {
	return func(n int) int {
		if len(*script) == 0 {
			return 0
		}
		b := (*script)[0]
		*script = (*script)[1:]
		return int(b) % n
	}
}
