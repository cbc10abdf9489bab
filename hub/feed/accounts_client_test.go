package feed_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"

	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// doubter is a client that believes nothing: it holds each message against the ledgers. What it knows of a channel outlives its connection.
type doubter struct {
	*enginetest.Client
	*accounts
	dialed   time.Duration
	open     bool
	slowed   bool // on this connection it has been slow, so that what it missed may not fit behind what it has not read
	places   map[string]*place
	patterns map[string]bool
	asked    map[int]asked // requests that are not answered
}

// place is what a doubter has of a channel.
type place struct {
	live, named bool // subscribed; by name
	hub.Position
	showing int // snapshot messages to come

	base      uint64            // the state before it is what a snapshot said
	values    map[string]uint64 // by key, the number of the latest
	gone      [][2]uint64       // numbers that were dropped
	levels    map[string]string // of a book; nil: not known
	hz        float64
	since     time.Duration // hz is in force
	delivered map[string]int
}

// asked is a request and how things stood.
type asked struct {
	verb, name string
	hub.Position
	at        time.Duration
	since     *hub.Position
	recovers  verdict
	ambiguous bool // it may have had to wait for another one
}

// told is anything the server says.
type told struct {
	Type, Channel, Key, Code, Epoch, Pattern, Kept string
	ID                                             int
	Seq, TS, Dropped                               uint64
	From                                           *uint64
	Recovered                                      *bool
	Snapshot                                       any // a number, or true
	Gap                                            bool
	MaxHz                                          float64
	Message                                        string
	Data                                           json.RawMessage
}

// fits is a number of messages that a client which was never slow has room for under the hard limit, whatever they are.
const fits = 12

// hear takes what has come.
func (c *doubter) hear() {
	for _, f := range c.Frames() {
		if f.Op == frame.OpClose {
			code, reason, _ := frame.ParseClose(f.Payload)
			if code != frame.StatusTryAgainLater {
				c.fail("closed with %v %s", code, reason)
			}
			c.evicted++
			c.hangUp()
			return
		}
		var m told
		if err := json.Unmarshal(f.Payload, &m); err != nil {
			c.fail("%v: %s", err, f.Payload)
		}
		if why := c.take(&m); why != "" {
			c.fail("%s\n%s\nplace %+v", why, f.Payload, c.places[m.Channel])
		}
	}
	if c.Closed() { // at the hard limit there is no room for a reason
		c.evicted++
		c.hangUp()
	}
}

func (c *doubter) take(m *told) (why string) {
	p := c.places[m.Channel]
	if p == nil {
		p = &place{}
		c.places[m.Channel] = p
	}
	var ask *asked
	if m.ID != 0 {
		a, ok := c.asked[m.ID]
		if !ok {
			return "an answer to nothing"
		}
		ask = &a
		delete(c.asked, m.ID)
	}
	if p.showing > 0 && m.Type != "snapshot" && m.Channel != "" {
		return "a snapshot is missing"
	}
	switch m.Type {
	case "subscribed":
		if m.Channel == "" {
			c.patterns[m.Pattern] = true
			return ""
		}
		return c.subscribed(p, m, ask)
	case "snapshot":
		return c.snapshot(p, m)
	case "message", "dropped":
		return c.message(p, m)
	case "unsubscribed":
		if m.Channel == "" {
			delete(c.patterns, m.Pattern)
		} else {
			p.live, p.named = m.Kept != "", false
		}
	case "configured":
		p.hz, p.since, p.delivered = m.MaxHz, ask.at, map[string]int{}
	case "heartbeat":
		if p.live && p.Seq != m.Seq {
			return "something was lost before the heartbeat"
		}
	case "error":
		c.errors[m.Code]++
		return c.refused(p, m, ask)
	default:
		return "who says that?"
	}
	return ""
}

// refused checks that an error is one.
func (c *doubter) refused(p *place, m *told, ask *asked) string {
	switch {
	case m.Code == "already_subscribed" && (p.named || c.patterns[ask.name]):
	case m.Code == "not_subscribed" && (!p.named && ask.verb == "unsubscribe" || !p.live):
	case m.Code == "unavailable" && (ask == nil || ask.verb == "subscribe") && strings.Contains(m.Message, "does not fit"): // it reads too slowly for a whole state
		p.named = false // a pattern that has the channel has it still
	case m.Code == "not_conflated" && c.ledgers[ask.name].options.Slow != hub.SlowConflate:
	default:
		return "no reason for an error"
	}
	return ""
}

func (c *doubter) subscribed(p *place, m *told, ask *asked) string {
	l := c.ledgers[m.Channel]
	all := l.epochs[m.Epoch]
	if p.live && (ask == nil || p.named) {
		return "subscribed already"
	}
	if m.Seq > uint64(len(all)) {
		return "ahead of everybody"
	}
	shows := 0
	if n, ok := m.Snapshot.(float64); ok {
		shows = int(n)
	}
	recovered := m.Recovered != nil && *m.Recovered
	known := ask != nil && !ask.ambiguous && m.Epoch == ask.Epoch // then the position at that moment is
	if ask != nil && (ask.since != nil) != (m.Recovered != nil) {
		return "recovered goes with since"
	}
	if ask != nil && ask.since != nil && !ask.ambiguous {
		if recovered && ask.recovers == mustNot || !recovered && ask.recovers == mustRecover && known && !c.slowed && m.Seq-ask.since.Seq <= fits {
			return fmt.Sprintf("recovered is %v, since %+v, of %d at %v", recovered, *ask.since, ask.Seq, ask.at)
		}
	}
	if recovered {
		c.recovered++
		if m.Epoch != ask.since.Epoch || m.Seq != ask.since.Seq || shows != 0 {
			return "recovered, but not at the place"
		}
		if p.Position == *ask.since { // else it had gone on meanwhile, or asked for an older place
			p.live, p.named = true, true
			p.hz, p.since, p.delivered = m.MaxHz, ask.at, map[string]int{}
			return ""
		}
	} else if m.Recovered != nil {
		c.lost++
	}
	named := ask != nil || p.live && p.named
	*p = place{live: true, named: named, Position: hub.Position{Epoch: m.Epoch, Seq: m.Seq}, base: m.Seq, values: map[string]uint64{},
		showing: shows, hz: m.MaxHz, since: c.dialed, delivered: map[string]int{}}
	if ask != nil {
		p.since = ask.at
	}
	if recovered {
		return ""
	}
	if l.options.Snapshot == hub.SnapshotFold {
		if known && ask.Seq > 0 && (all[ask.Seq-1].levels != nil) != (shows == 1) {
			return "a state was known, or none"
		}
		if known && m.Seq > ask.Seq || known && shows == 0 && m.Seq < ask.Seq {
			return "not where it was asked for"
		}
		return ""
	}
	if known && m.Seq != ask.Seq {
		return "not where it was asked for"
	}
	if want := l.shown(all[:m.Seq]); len(want) != shows {
		return fmt.Sprintf("the state is %v", want)
	}
	return ""
}

func (c *doubter) snapshot(p *place, m *told) string {
	l := c.ledgers[m.Channel]
	all := l.epochs[p.Epoch]
	if p.showing--; p.showing < 0 || m.Seq > p.Seq {
		return "no snapshot is due, or it is from the future"
	}
	if l.isBook() {
		c.shown++
		p.levels = map[string]string{}
		if err := levelsOf(m.Data, p.levels); err != nil || m.Seq != p.Seq || all[m.Seq-1].levels == nil || !maps.Equal(p.levels, all[m.Seq-1].levels) {
			return fmt.Sprintf("the book is %v, %v", all[m.Seq-1].levels, err)
		}
		return ""
	}
	want := l.shown(all[:p.Seq])
	s := all[m.Seq-1]
	if m.Seq != want[len(want)-1-p.showing] || string(m.Data) != string(s.Data) || m.Key != s.Key || m.TS != uint64(s.Time) {
		return fmt.Sprintf("the state is %v, this message is %+v", want, s)
	}
	p.values[m.Key] = m.Seq
	return ""
}

func (c *doubter) message(p *place, m *told) string {
	l := c.ledgers[m.Channel]
	first := m.Seq - m.Dropped
	if m.From != nil {
		first = *m.From
	}
	all := l.epochs[p.Epoch]
	if !p.live || first != p.Seq+1 || m.Seq < first || m.Seq > uint64(len(all)) || m.From != nil && m.Dropped > 0 {
		return "it does not tile"
	}
	before := p.Seq
	p.Seq = m.Seq
	if m.Type == "dropped" || m.Dropped > 0 {
		last := m.Seq
		if m.Type == "message" {
			last--
		}
		p.gone = append(p.gone, [2]uint64{first, last})
		p.levels = nil
		c.dropped += last - first + 1
		if o := l.options; o.Slow == hub.SlowLossless || o.Slow == hub.SlowConflate && o.MaxKeys == 0 {
			return "nothing is dropped here"
		}
		if m.Type == "dropped" {
			return ""
		}
	} else if m.From != nil {
		if l.options.Slow != hub.SlowConflate {
			return "nothing is conflated here"
		}
		c.conflated += m.Seq - first
	}
	s := all[m.Seq-1]
	whole, _ := m.Snapshot.(bool)
	gap := s.Gap
	if l.options.Slow == hub.SlowConflate { // a message bears the gaps of all that it accounts for
		for _, x := range all[first-1 : m.Seq-1] {
			if x.Gap && !gap {
				c.gaps++
				gap = true
			}
		}
	}
	if string(m.Data) != string(s.Data) || m.Key != s.Key || m.TS != uint64(s.Time) || m.Gap != gap || whole != s.Snapshot {
		return fmt.Sprintf("it was %+v", s)
	}
	c.delivered++
	p.delivered[m.Key]++
	if n := p.delivered[m.Key]; p.hz > 0 && float64(n) > 2+math.Ceil(p.hz*(c.Now()-p.since).Seconds()) {
		return fmt.Sprintf("%d messages of a key since %v, it is %v", n, p.since, c.Now())
	}
	return c.value(l, p, m, whole, s, before)
}

// value brings the state up to date.
func (c *doubter) value(l *ledger, p *place, m *told, whole bool, s entry, before uint64) string {
	if whole && l.options.Snapshot == hub.SnapshotPerKey {
		clear(p.values)
		p.base = before
	}
	p.values[m.Key] = m.Seq
	if !l.isBook() {
		return ""
	}
	switch {
	case whole:
		p.levels = map[string]string{}
	case m.Gap:
		p.levels = nil
	}
	if p.levels == nil {
		return ""
	}
	if err := levelsOf(m.Data, p.levels); err != nil || !maps.Equal(p.levels, s.levels) {
		return fmt.Sprintf("the book is %v, want %v, %v", p.levels, s.levels, err)
	}
	c.books++
	return ""
}

// closed checks the account of a channel when nothing is held any more.
func (c *doubter) closed(name string, p *place) string {
	l := c.ledgers[name]
	all := l.epochs[p.Epoch]
	if p.Epoch != l.epoch && l.epoch != "" && p.Seq > 0 || p.Seq != uint64(len(all)) || p.showing > 0 {
		return fmt.Sprintf("the account is open, there are %d in %s", len(all), l.epoch)
	}
	if l.options.Slow != hub.SlowConflate {
		return ""
	}
	latest := map[string]uint64{}
	blind := false // a state that took the place of all before it was dropped
	for i, s := range all {
		if s.Snapshot {
			clear(latest)
			blind = p.wasDropped(uint64(i + 1))
		}
		latest[s.Key] = uint64(i + 1)
	}
	for key, seq := range p.values {
		if want := latest[key]; seq != want && !p.wasDropped(want) && (want > 0 || !blind) {
			return fmt.Sprintf("%q is that of %d, want %d", key, seq, want)
		}
	}
	for key, seq := range latest {
		if seq > p.base && p.values[key] != seq && !p.wasDropped(seq) {
			return fmt.Sprintf("%q is missing, want that of %d", key, seq)
		}
	}
	return ""
}

func (p *place) wasDropped(seq uint64) bool {
	for _, g := range p.gone {
		if g[0] <= seq && seq <= g[1] {
			return true
		}
	}
	return false
}

// hangUp ends the connection, as a network does: what is under way is lost.
func (c *doubter) hangUp() {
	c.Reset()
	c.open, c.slowed = false, false
	clear(c.asked)
	clear(c.patterns)
	for _, p := range c.places {
		p.live, p.named, p.showing = false, false, 0
	}
}

// ask sends a request about a channel or a pattern.
func (c *doubter) ask(verb, name, rest string, since *hub.Position) {
	c.requests++
	a := asked{verb: verb, name: name, at: c.Now(), since: since}
	if l := c.ledgers[name]; l != nil {
		a.Position = hub.Position{Epoch: l.epoch, Seq: uint64(len(l.now()))}
		a.ambiguous = l.swept
		if since != nil {
			a.recovers = l.recovers(*since, c.Now())
			rest += fmt.Sprintf(`,"since":{"epoch":%q,"seq":%d}`, since.Epoch, since.Seq)
		}
	}
	for _, x := range c.asked {
		a.ambiguous = a.ambiguous || x.name == name || strings.Contains(x.name, "*")
	}
	c.asked[c.requests] = a
	together(c.Client, fmt.Sprintf(`{"type":%q,"channel":%q,"id":%d%s}`, verb, name, c.requests, rest))
}
