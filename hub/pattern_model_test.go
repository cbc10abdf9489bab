package hub_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// plane is a hub with patterns beside a model of it: who wants which channel, and which message each member has been told to
// expect. Nothing in the model knows about queues or marks: a member may be told of a channel late, but never of a position behind the
// one at which it had asked, and from there on no number may be missing.
type plane struct {
	t        testing.TB
	choose   func(n int) int
	hub      *hub.Hub
	now      time.Time
	loops    []*hubtest.Loop
	members  []*watcher
	last     map[string]hub.Position // of each channel that is remembered
	channels []string
	patterns []string
}

// watcher is a member. Its maps are what the model knows.
type watcher struct {
	p     *plane
	n     int
	loop  *hubtest.Loop
	rooms hub.Memberships
	asked map[string]bool   // channels it has joined
	holds []string          // patterns it has
	due   map[string]uint64 // by channel: the number that comes next, since it was told
	since map[want]uint64   // the channel's position when it began to want it, for each of the reasons
}

// want is a channel and why it is wanted.
type want struct {
	channel string
	pattern string // or "": it has joined the channel
}

func newPlane(t testing.TB, choose func(int) int) *plane {
	p := &plane{t: t, choose: choose, now: time.Unix(1_000_000, 0), last: map[string]hub.Position{},
		channels: []string{"a@t", "b@t", "a@u", "b@u", "c"}, patterns: []string{"*@t", "a*", "*", "*u", "b@*", "*c*"}}
	h, err := hub.New(hub.Config{Shards: 1 + choose(3), TurnBudget: 1 + choose(6), Now: func() time.Time { return p.now }})
	if err != nil {
		t.Fatal(err)
	}
	p.hub = h
	for i := range 1 + choose(3) {
		p.loops = append(p.loops, hubtest.NewLoop(i*2))
	}
	for i := range 5 {
		p.members = append(p.members, newWatcher(p, i, p.loops[i%len(p.loops)]))
	}
	return p
}

func newWatcher(p *plane, n int, l *hubtest.Loop) *watcher {
	return &watcher{p: p, n: n, loop: l, asked: map[string]bool{}, due: map[string]uint64{}, since: map[want]uint64{}}
}

// may is the Filter of all patterns: some member is kept out of some channel.
func (w *watcher) may(channel string) bool { return w.n != 1 || channel != "a@u" }

// wants says whether the member should be in channel, once the queues are empty.
func (w *watcher) wants(channel string) bool { return w.asked[channel] || w.implied(channel) }

func (w *watcher) implied(channel string) bool {
	return slices.ContainsFunc(w.holds, func(p string) bool { return w.impliedBy(p, channel) })
}

func (w *watcher) impliedBy(pattern, channel string) bool {
	return w.p.last[channel].Seq > 0 && w.may(channel) && slowMatch(pattern, channel, map[[2]int]bool{})
}

func (w *watcher) Memberships() *hub.Memberships { return &w.rooms }

func (w *watcher) Deliver(m *hub.Message) hub.Outcome {
	due, told := w.due[m.Channel]
	switch {
	case !w.wants(m.Channel):
		w.p.t.Fatalf("%d: message %d of %s, which it does not want", w.n, m.Seq, m.Channel)
	case !told:
		w.p.t.Fatalf("%d: message %d of %s before it was told of the channel", w.n, m.Seq, m.Channel)
	case m.Seq != due:
		w.p.t.Fatalf("%d: message %d of %s, want %d", w.n, m.Seq, m.Channel, due)
	}
	w.due[m.Channel]++
	w.act(12)
	return hub.Sent
}

// act does something inside a callback now and then, to itself or to a neighbour.
func (w *watcher) act(oneIn int) {
	if w.p.choose(oneIn) > 0 {
		return
	}
	o := w
	if x := w.p.members[w.p.choose(len(w.p.members))]; x.loop == w.loop {
		o = x
	}
	switch w.p.choose(6) {
	case 0:
		o.join(w.p.pick(w.p.channels))
	case 1, 2:
		o.leave(w.p.pick(w.p.channels))
	case 3:
		o.joinPattern(w.p.pick(w.p.patterns))
	case 4:
		o.leavePattern(w.p.pick(w.p.patterns))
	case 5:
		o.leaveAll()
	}
}

func (p *plane) pick(from []string) string { return from[p.choose(len(from))] }

// told is Joined, of a join (then asked is true) or of a pattern.
func (w *watcher) told(channel string, at hub.Position, asked bool) {
	t := w.p.t
	_, in := w.due[channel]
	switch {
	case asked && !w.asked[channel]:
		t.Fatalf("%d: told of its join of %s, which it has left", w.n, channel)
	case !asked && !w.implied(channel):
		t.Fatalf("%d: told of %s, which none of its patterns wants", w.n, channel)
	case !asked && in:
		t.Fatalf("%d: told of %s twice", w.n, channel)
	case in && at.Seq+1 != w.due[channel]:
		t.Fatalf("%d: told that %s is at %d, after message %d", w.n, channel, at.Seq, w.due[channel]-1)
	case !in && at.Seq > w.from(channel):
		t.Fatalf("%d: told that %s is at %d; it wanted it from %d on", w.n, channel, at.Seq, w.from(channel))
	case at.Epoch != w.p.last[channel].Epoch && w.p.last[channel].Seq > 0:
		t.Fatalf("%d: told of epoch %s of %s, want %s", w.n, at.Epoch, channel, w.p.last[channel].Epoch)
	}
	w.due[channel] = at.Seq + 1
	w.act(8)
}

// review notes since when the member wants a channel, after anything that may have changed it.
func (w *watcher) review() {
	for _, c := range w.p.channels {
		w.note(c, w.p.last[c].Seq)
		if !w.wants(c) {
			delete(w.due, c)
		}
	}
}

// note brings since up to date; reasons that are new hold from position at on.
func (w *watcher) note(channel string, at uint64) {
	for _, pattern := range append([]string{""}, w.p.patterns...) {
		x, wanted := want{channel, pattern}, w.asked[channel]
		if pattern != "" {
			wanted = slices.Contains(w.holds, pattern) && w.impliedBy(pattern, channel)
		}
		if _, known := w.since[x]; !wanted {
			delete(w.since, x)
		} else if !known && pattern != "" && at > 0 {
			w.since[x] = math.MaxUint64 // when the loop has come to it
		} else if !known {
			w.since[x] = at
		}
	}
}

// from is the position that the member may be told at most when it is told of channel.
func (w *watcher) from(channel string) uint64 {
	least := uint64(math.MaxUint64)
	for x, at := range w.since {
		if x.channel == channel {
			least = min(least, at)
		}
	}
	return least
}

func (w *watcher) join(c string) {
	err := w.p.hub.Join(w.loop, w, c, hub.JoinOptions{Joined: func(at hub.Joined) { w.told(c, at.Position, true) }})
	if w.asked[c] != errors.Is(err, hub.ErrAlreadyJoined) || err != nil && !w.asked[c] {
		w.p.t.Fatalf("%d: Join of %s: %v", w.n, c, err)
	}
	w.asked[c] = true
	w.review()
}

func (w *watcher) leave(c string) {
	err := w.p.hub.Leave(w.loop, w, c)
	if w.asked[c] == errors.Is(err, hub.ErrNotJoined) || err != nil && w.asked[c] {
		w.p.t.Fatalf("%d: Leave of %s: %v, joined: %v", w.n, c, err, w.asked[c])
	}
	delete(w.asked, c)
	w.review()
	// A channel that has just appeared may not have come to the loop yet: then the member is out, and its pattern will tell.
	if _, held := w.p.hub.HeldBy(w.loop, w, c); !held {
		delete(w.due, c)
	}
}

func (w *watcher) joinPattern(pattern string) {
	err := w.p.hub.JoinPattern(w.loop, w, pattern, hub.PatternOptions{
		Filter:  w.may,
		Joined:  func(c string, at hub.Joined) { w.told(c, at.Position, false) },
		Refused: func(c string, err error) { w.p.t.Fatalf("%s is refused: %v", c, err) },
	})
	had := slices.Contains(w.holds, pattern)
	if had != errors.Is(err, hub.ErrAlreadyJoined) || err != nil && !had {
		w.p.t.Fatalf("%d: JoinPattern of %s: %v", w.n, pattern, err)
	}
	if !had {
		w.holds = append(w.holds, pattern)
	}
	w.review()
}

func (w *watcher) leavePattern(pattern string) {
	before := maps.Clone(w.due)
	left, err := w.p.hub.LeavePattern(w.loop, w, pattern)
	at := slices.Index(w.holds, pattern)
	if (at < 0) != errors.Is(err, hub.ErrNotJoined) || err != nil && at >= 0 {
		w.p.t.Fatalf("%d: LeavePattern of %s: %v", w.n, pattern, err)
	}
	if at >= 0 {
		w.holds = slices.Delete(w.holds, at, at+1)
	}
	w.review()
	maps.DeleteFunc(before, func(c string, _ uint64) bool { return w.wants(c) })
	want := slices.Sorted(maps.Keys(before))
	if slices.Sort(left); !slices.Equal(left, want) {
		w.p.t.Fatalf("%d: LeavePattern of %s left %q, want %q", w.n, pattern, left, want)
	}
}

func (w *watcher) leaveAll() {
	w.p.hub.LeaveAll(w.loop, w)
	clear(w.asked)
	w.holds = nil
	w.review()
}

func (p *plane) publish(c string) {
	pos := mustPublish(p.t, p.hub, c, "x")
	if pos.Seq != p.last[c].Seq+1 {
		p.t.Fatalf("%s: position %v after %v", c, pos, p.last[c])
	}
	p.last[c] = pos
	if pos.Seq > 1 {
		return
	}
	for _, w := range p.members {
		w.note(c, 0) // from its first message on
	}
}

// stop ends a loop; another one takes its place.
func (p *plane) stop(l *hubtest.Loop) {
	l.Stop()
	p.hub.Forget(l)
	next := hubtest.NewLoop(l.Index())
	p.loops[slices.Index(p.loops, l)] = next
	for i, w := range p.members {
		if w.loop == l {
			p.hub.LeaveAll(l, w)
			p.members[i] = newWatcher(p, w.n, next)
		}
	}
}

// sweep forgets what nobody wants, which is what makes channels appear again.
func (p *plane) sweep() {
	p.settle() // what is on its way to a loop keeps its channel
	p.now = p.now.Add(time.Hour)
	p.hub.Sweep(p.now)
	for c := range p.last {
		if p.hub.Members(c) == 0 {
			delete(p.last, c)
		}
	}
}

func (p *plane) settle() {
	for busy := true; busy; {
		busy = false
		for _, l := range p.loops {
			busy = l.Run() > 0 || busy
		}
	}
	for _, c := range p.channels {
		n := 0
		for _, w := range p.members {
			if w.wants(c) {
				n++
				if want := p.last[c].Seq + 1; w.due[c] != want {
					p.t.Fatalf("%d: message %d of %s is due, want %d", w.n, w.due[c], c, want)
				}
			}
		}
		if got := p.hub.Members(c); got != n {
			p.t.Fatalf("%s has %d members, want %d", c, got, n)
		}
	}
	for _, w := range p.members {
		got := slices.Sorted(w.rooms.Channels())
		want := slices.DeleteFunc(slices.Sorted(slices.Values(p.channels)), func(c string) bool { return !w.wants(c) })
		if !slices.Equal(got, want) {
			p.t.Fatalf("%d is in %q, want %q", w.n, got, want)
		}
		held, holds := w.rooms.Patterns(), slices.Clone(w.holds)
		slices.Sort(held)
		slices.Sort(holds)
		if !slices.Equal(held, holds) {
			p.t.Fatalf("%d has %q, want %q", w.n, held, holds)
		}
	}
}

func (p *plane) step() {
	w := p.members[p.choose(len(p.members))]
	switch p.choose(20) {
	case 0, 1, 2, 3, 4:
		p.publish(p.pick(p.channels))
	case 5, 6:
		w.join(p.pick(p.channels))
	case 7, 8:
		w.leave(p.pick(p.channels))
	case 9, 10, 11:
		w.joinPattern(p.pick(p.patterns))
	case 12:
		w.leavePattern(p.pick(p.patterns))
	case 13:
		w.leaveAll()
	case 14:
		if p.choose(3) == 0 {
			p.sweep()
		}
	case 15:
		if p.choose(10) == 0 {
			p.stop(p.loops[p.choose(len(p.loops))])
		}
	default:
		p.loops[p.choose(len(p.loops))].Turn()
	}
}

// end leaves everything: nothing may be left over.
func (p *plane) end() {
	p.settle()
	for _, w := range p.members {
		w.leaveAll()
	}
	p.sweep()
	if st := p.hub.Stats(); st.Channels != 0 || st.Retained != 0 || st.Backlog != 0 || st.Subscriptions != 0 || st.Panics != 0 {
		p.t.Fatalf("left over: %+v", st)
	}
}

func TestPatternModel(t *testing.T) {
	seeds := 4000
	if testing.Short() || hub.Invariants {
		seeds = 600
	}
	for seed := range seeds {
		rng := rand.New(rand.NewPCG(uint64(seed), 11))
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			p := newPlane(t, rng.IntN)
			for range 200 {
				p.step()
			}
			p.end()
		})
		if t.Failed() {
			return
		}
	}
}

// FuzzPatternModel lets the fuzzer choose what happens, one byte a choice.
func FuzzPatternModel(f *testing.F) {
	f.Add([]byte{1, 2, 0, 9, 0, 2, 0, 0, 0, 5, 0, 1, 16, 0, 12, 0, 2})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 2000 {
			return
		}
		p := newPlane(t, chooser(&script))
		for len(script) > 0 {
			p.step()
		}
		p.end()
	})
}
