package book_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed/book"
	"github.com/weir-ws/weir/hub/hubtest"
)

// exchange is one order book, and its publisher: differences, at times a state that was fetched some differences ago, at times one is lost.
type exchange struct {
	update int
	levels map[string]string // by side and price
	states []string          // behind each update
}

func newExchange() *exchange {
	e := &exchange{levels: map[string]string{}}
	e.states = []string{e.state()}
	return e
}

func (e *exchange) state() string {
	sides := map[string][]string{}
	for _, k := range slices.Sorted(maps.Keys(e.levels)) {
		sides[k[:1]] = append(sides[k[:1]], fmt.Sprintf(`["%s","%s"]`, k[1:], e.levels[k]))
	}
	slices.Reverse(sides["b"])
	return fmt.Sprintf(`{"lastUpdateId":%d,"bids":[%s],"asks":[%s]}`, e.update, strings.Join(sides["b"], ","), strings.Join(sides["a"], ","))
}

func (e *exchange) difference(r *rand.Rand) []byte {
	e.update++
	side, price, quantity := "ba"[r.IntN(2):][:1], fmt.Sprint(100+r.IntN(6)), fmt.Sprint(r.IntN(4))
	if e.levels[side+price] = quantity; quantity == "0" {
		delete(e.levels, side+price)
	}
	e.states = append(e.states, e.state())
	return fmt.Appendf(nil, `{"U":%d,"u":%d,%q:[["%s","%s"]]}`, e.update, e.update, side, price, quantity)
}

// next makes a message; late is how many updates older than the last one its state is.
func (e *exchange) next(r *rand.Rand) (p hub.Payload, late int) {
	switch r.IntN(12) {
	case 0:
		late = r.IntN(min(len(e.states), 30))
		return hub.Payload{Data: []byte(e.states[e.update-late]), Snapshot: true}, late
	case 1:
		if r.IntN(4) == 0 {
			e.difference(r)
			return hub.Payload{Data: e.difference(r), Gap: true}, 0
		}
	}
	return hub.Payload{Data: e.difference(r)}, 0
}

// reader is a member that keeps a book.
type reader struct {
	*book.Book
	in   hub.Memberships
	from int // the update of the exchange when it came
	told hub.Joined
}

func (c *reader) Memberships() *hub.Memberships { return &c.in }

func (c *reader) Deliver(m *hub.Message) hub.Outcome {
	if m.Snapshot {
		_ = c.Reset(m) // what a book cannot do shows in its state
	} else {
		_ = c.Apply(m)
	}
	return hub.Sent
}

func (c *reader) joined(j hub.Joined) {
	c.told = j
	for _, m := range j.Snapshot {
		_ = c.Restore(m.Data)
	}
	for _, m := range j.Replay {
		c.Deliver(m)
	}
}

func (c *reader) state() string {
	data, ok := c.Snapshot(nil)
	if !ok {
		return "none"
	}
	return string(data)
}

// enter makes a reader a member.
func enter(t *testing.T, h *hub.Hub, l *hubtest.Loop, from int) *reader {
	t.Helper()
	c := &reader{Book: book.New(), from: from}
	if err := h.Join(l, c, "depth", hub.JoinOptions{Joined: c.joined}); err != nil {
		t.Fatal(err)
	}
	l.Run()
	return c
}

func newHub(t *testing.T, fold func() hub.Fold) *hub.Hub {
	t.Helper()
	o := hub.Book(fold)
	h, err := hub.New(hub.Config{Options: func(string) *hub.ChannelOptions { return &o }, Retain: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// Whoever comes in, at whatever moment, has the book of one who was there from the beginning, and keeps having it. A state that is older
// than a reader's own first one ends that: the differences in between came before it did.
func TestNewcomersHaveTheSameBook(t *testing.T) {
	seeds := uint64(300)
	if testing.Short() {
		seeds = 40
	}
	checked, whole := uint64(0), uint64(0)
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 11))
		e, l := newExchange(), hubtest.NewLoop(0)
		h := newHub(t, book.Fold)
		first := enter(t, h, l, 0)
		var others []*reader
		for range 200 {
			p, late := e.next(r)
			if _, err := h.Publish(t.Context(), "depth", p); err != nil {
				t.Fatal(err)
			}
			l.Run()
			others = slices.DeleteFunc(others, func(c *reader) bool {
				if p.Snapshot && c.from > e.update-late {
					h.LeaveAll(l, c)
					return true
				}
				return false
			})
			if len(others) < 8 && r.IntN(3) == 0 {
				others = append(others, enter(t, h, l, e.update))
			}
			want := first.state()
			if want != "none" {
				if whole++; want != e.states[e.update] {
					t.Fatalf("seed %d: the first reader has %s, the exchange %s", seed, want, e.states[e.update])
				}
			}
			for _, c := range others {
				if checked++; c.state() != want {
					t.Fatalf("seed %d, update %d: a reader since update %d has %s, the first one %s", seed, e.update, c.from, c.state(), want)
				}
			}
		}
	}
	if whole < 50*seeds || checked < 50*seeds {
		t.Errorf("%d books compared, %d of them whole: that shows little", checked, whole)
	}
}

// gated is a book whose Reset waits.
type gated struct {
	*book.Book
	in, open chan struct{}
}

func (g *gated) Reset(m *hub.Message) error {
	close(g.in)
	<-g.open
	return g.Book.Reset(m)
}

// A state comes that is older than the differences before it, and somebody comes in before the fold has taken it in: with a state
// from before, and without one.
func TestNewcomerWhileFolding(t *testing.T) {
	for _, begin := range []bool{false, true} {
		r := rand.New(rand.NewPCG(1, 2))
		e, l := newExchange(), hubtest.NewLoop(0)
		g := &gated{book.New(), make(chan struct{}), make(chan struct{})}
		if begin {
			if err := g.Restore([]byte(e.states[0])); err != nil {
				t.Fatal(err)
			}
		}
		h := newHub(t, func() hub.Fold { return g })
		put := func(p hub.Payload) {
			if _, err := h.Publish(t.Context(), "depth", p); err != nil {
				t.Error(err)
			}
		}
		for range 20 {
			put(hub.Payload{Data: e.difference(r)})
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			put(hub.Payload{Data: []byte(e.states[15]), Snapshot: true})
		}()
		<-g.in
		put(hub.Payload{Data: e.difference(r)})
		during := enter(t, h, l, e.update)
		close(g.open)
		<-done
		after := enter(t, h, l, e.update)
		put(hub.Payload{Data: e.difference(r)})
		l.Run()
		for who, c := range map[string]*reader{"during": during, "after": after} {
			if got := c.state(); got != e.state() {
				t.Errorf("%s, with a state before it %v: %s, want %s; told %+v", who, begin, got, e.state(), c.told)
			}
		}
	}
}
