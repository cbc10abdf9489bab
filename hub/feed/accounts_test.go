package feed_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// accounts is one run of TestAccounts.
type accounts struct {
	*memory
	*rand.Rand
	seed     uint64
	steps    int
	requests int
	ledgers  map[string]*ledger
	clients  []*doubter
	happened
}

// happened counts what a run had in it, so that a test that meets nothing does not pass.
type happened struct {
	delivered, conflated, dropped, gaps, books, shown, recovered, lost, evicted, forgotten uint64
	errors                                                                                 map[string]int
}

func newAccounts(t *testing.T, seed uint64) *accounts {
	a := &accounts{Rand: rand.New(rand.NewPCG(seed, 7)), seed: seed, ledgers: map[string]*ledger{}, happened: happened{errors: map[string]int{}}}
	for _, name := range accountsChannels {
		a.ledgers[name] = newLedger(name)
	}
	h, f := newFeed(t, hub.Config{Options: accountsOptions, Retain: 2 * time.Second, Now: func() time.Time {
		if a.memory == nil {
			return time.Unix(0, 0)
		}
		return time.Unix(0, 0).Add(a.Now())
	}}, feed.Config{})
	srv := enginetest.New(t, engine.Config{
		Loops: 1 + a.IntN(2), FloodRate: -1, HighWatermark: 700, LowWatermark: 200, HardLimit: 6000, WriteTimeout: -1, PingAfter: -1, DeadAfter: -1,
	}, f.Handler())
	a.memory = &memory{srv, t, h, f}
	return a
}

func (a *accounts) fail(format string, args ...any) {
	a.t.Helper()
	a.t.Fatalf("seed %d, step %d: %s", a.seed, a.steps, fmt.Sprintf(format, args...))
}

func (a *accounts) step() {
	a.steps++
	if a.IntN(2) == 0 {
		for range 1 + a.IntN(5)*a.IntN(5) {
			a.say(a.ledgers[accountsChannels[a.IntN(len(accountsChannels))]])
		}
		if a.IntN(3) > 0 {
			a.Settle()
		}
		return
	}
	switch a.IntN(12) {
	case 0:
		a.Advance(time.Duration(a.IntN(100)*a.IntN(60)) * time.Millisecond)
		return
	case 1:
		now := time.Unix(0, 0).Add(a.Now())
		if a.hub.Heartbeat(now); a.IntN(3) > 0 {
			a.hub.Sweep(now)
			for _, l := range a.ledgers {
				l.swept = true
			}
		}
		return
	}
	if len(a.clients) < 5 && a.IntN(4) == 0 {
		c := &doubter{accounts: a, places: map[string]*place{}, patterns: map[string]bool{}, asked: map[int]asked{}}
		a.clients = append(a.clients, c)
		c.connect()
	} else if len(a.clients) > 0 {
		a.clients[a.IntN(len(a.clients))].act()
	}
	if a.IntN(3) > 0 {
		a.Settle()
	}
}

// say publishes one message.
func (a *accounts) say(l *ledger) {
	n := len(l.now())
	p := hub.Payload{Op: frame.OpText, Time: 1 + int64(n), Data: fmt.Append(nil, a.requests*1000+n), Gap: a.IntN(25) == 0}
	switch {
	case l.isBook():
		a.sayLevels(l, &p)
	case l.options.Slow == hub.SlowConflate:
		p.Key = "abcdefgh"[a.IntN(1+a.IntN(8)):][:1]
		p.Snapshot = a.IntN(20) == 0
	}
	at, err := a.hub.Publish(a.t.Context(), l.name, p)
	if err != nil {
		a.fail("%v", err)
	}
	if before := l.epoch; !l.note(at, p, a.Now()) {
		a.fail("%s: published at %+v after %d in %s", l.name, at, n, before)
	} else if before != "" && before != l.epoch {
		a.forgotten++
	}
}

// sayLevels makes a difference of the publisher's book, or its state. With a gap, a difference was lost before it.
func (a *accounts) sayLevels(l *ledger, p *hub.Payload) {
	change := func() string {
		l.update++
		side, price, quantity := "ba"[a.IntN(2):][:1], fmt.Sprint(100+a.IntN(5)), fmt.Sprint(a.IntN(4))
		if l.levels[side+price] = quantity; quantity == "0" {
			delete(l.levels, side+price)
		}
		return fmt.Sprintf(`{"U":%d,"u":%d,%q:[["%s","%s"]]}`, l.update, l.update, side, price, quantity)
	}
	if p.Gap {
		change()
	}
	if p.Snapshot = a.IntN(8) == 0; !p.Snapshot {
		p.Data = []byte(change())
		return
	}
	p.Gap = false // a state needs nothing before it
	sides := map[string][]string{}
	for _, k := range slices.Sorted(maps.Keys(l.levels)) {
		sides[k[:1]] = append(sides[k[:1]], fmt.Sprintf(`["%s","%s"]`, k[1:], l.levels[k]))
	}
	p.Data = fmt.Appendf(nil, `{"lastUpdateId":%d,"bids":[%s],"asks":[%s]}`, l.update, strings.Join(sides["b"], ","), strings.Join(sides["a"], ","))
}

// connect is a client that comes, or comes back: to its channels by name first, then to patterns.
func (c *doubter) connect() {
	c.Client, c.open, c.dialed = c.dial(), true, c.Now()
	for _, name := range accountsChannels {
		if p := c.places[name]; p != nil && p.Epoch != "" && c.IntN(4) > 0 {
			c.ask("subscribe", name, "", &hub.Position{Epoch: p.Epoch, Seq: p.Seq})
		}
	}
}

// act is one thing that a client does.
func (c *doubter) act() {
	if !c.open {
		if c.IntN(2) == 0 {
			c.connect()
		}
		return
	}
	name := accountsChannels[c.IntN(len(accountsChannels))]
	pattern := []string{"*@trade", "*@ticker", "btc@*", "*", "*@depth"}[c.IntN(5)]
	switch c.IntN(16) {
	case 0, 1, 2:
		c.join(name)
	case 3:
		if c.ledgers[name].options.Slow == hub.SlowConflate || c.IntN(4) == 0 {
			c.ask("subscribe", name, fmt.Sprintf(`,"maxHz":%d`, 1+c.IntN(20)), nil)
		}
	case 4, 5:
		name = c.pick(name)
		if c.ledgers[name].options.Slow == hub.SlowConflate || c.IntN(4) == 0 {
			c.ask("configure", name, fmt.Sprintf(`,"maxHz":%d`, c.IntN(20)), nil)
		}
	case 6:
		c.ask("unsubscribe", c.pick(name), "", nil)
	case 7:
		c.ask("subscribe", pattern, "", nil)
	case 8:
		c.ask("unsubscribe", pattern, "", nil)
	case 9, 10:
		c.slowed = true
		c.SetCapacity(c.Pending() + c.IntN(1500))
	case 11, 12:
		c.SetCapacity(-1)
	case 13:
		c.slowed = true
		c.Stall()
	case 14:
		c.Unstall()
	case 15:
		if c.IntN(2) == 0 {
			if c.IntN(2) == 0 {
				c.hear()
			}
			if c.open {
				c.hangUp()
			}
		}
	}
	if c.open && c.IntN(3) > 0 {
		c.hear()
	}
}

// pick returns a channel that the client has, mostly.
func (c *doubter) pick(otherwise string) string {
	for _, name := range accountsChannels {
		if p := c.places[name]; p != nil && p.live && c.IntN(3) == 0 {
			return name
		}
	}
	return otherwise
}

// join subscribes to a channel by name, perhaps from an older place, or one that is none.
func (c *doubter) join(name string) {
	p := c.places[name]
	if p == nil || p.Epoch == "" || p.live || c.IntN(3) == 0 {
		c.ask("subscribe", name, "", nil)
		return
	}
	since := p.Position
	switch c.IntN(8) {
	case 0:
		since.Seq -= uint64(c.IntN(int(min(since.Seq, 20)) + 1))
	case 1:
		since.Seq += uint64(c.IntN(30))
	case 2:
		since.Epoch += "x"
	}
	c.ask("subscribe", name, "", &since)
}

// end lets everybody catch up: the accounts close.
func (a *accounts) end() {
	for _, c := range a.clients {
		if c.open {
			c.SetCapacity(-1)
			c.Unstall()
		}
	}
	a.Settle()
	a.Advance(3 * time.Second)
	for _, c := range a.clients {
		if c.open {
			c.hear()
		}
		if !c.open {
			continue
		}
		if len(c.asked) > 0 {
			a.fail("no answer to %+v", c.asked)
		}
		for name, p := range c.places {
			if name == "" || !p.live {
				continue
			}
			if why := c.closed(name, p); why != "" {
				a.fail("%s: %s\nplace %+v", name, why, p)
			}
		}
		c.hangUp()
	}
	a.Settle()
	if n := feed.Slow(a.feed); n != 0 {
		a.fail("%d loops hold something for nobody", n)
	}
	if st := a.Engine().Stats(); st.Panics != 0 {
		a.fail("%+v", st)
	}
}

// Whatever is published, joined, left, stalled, drained, cut off, resumed, configured and swept, in whatever order: every client's account is
// complete, and every value and every book is that of a plain list of what was published.
func TestAccounts(t *testing.T) {
	runs := uint64(2000)
	if testing.Short() || checked {
		runs = 200
	}
	total := happened{errors: map[string]int{}}
	for seed := range runs {
		a := newAccounts(t, seed)
		for range 150 {
			a.step()
		}
		a.end()
		total.add(&a.happened)
	}
	t.Logf("%d runs: %+v", runs, total)
	for what, n := range map[string]uint64{
		"delivered": total.delivered, "conflated": total.conflated, "dropped": total.dropped, "gaps of others": total.gaps, "books": total.books, "shown": total.shown,
		"recovered": total.recovered, "not recovered": total.lost, "evicted": total.evicted, "forgotten": total.forgotten,
	} {
		if n < runs/20 {
			t.Errorf("%s: only %d in %d runs: they show nothing about it", what, n, runs)
		}
	}
}

func (h *happened) add(o *happened) {
	h.delivered, h.conflated, h.dropped = h.delivered+o.delivered, h.conflated+o.conflated, h.dropped+o.dropped
	h.gaps += o.gaps
	h.books, h.shown, h.recovered, h.lost = h.books+o.books, h.shown+o.shown, h.recovered+o.recovered, h.lost+o.lost
	h.evicted, h.forgotten = h.evicted+o.evicted, h.forgotten+o.forgotten
	for code, n := range o.errors {
		h.errors[code] += n
	}
}
