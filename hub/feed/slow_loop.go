package feed

import (
	"sync/atomic"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// slowLoop is what the feed keeps for one loop while somebody on it holds something.
type slowLoop struct {
	holds *hub.Holds
	made  *[frameSlots]spanFrame // nil if there is nothing in it

	offered []*frame.Message // for Offer; empty but while something is offered

	// Readers that were slow together have room together, and each takes hundreds of messages then.
	spent   int        // messages sent in this part of a turn
	waiting []*Session // for their part
	post    func()     // has the next part run

	levels [5]atomic.Int64 // of holds, as of the last tick
}

// spanFrame is a message as it was written for a span. Members that are in the same round get the same frame, which
// the engine then writes as cheaply as any that many share.
type spanFrame struct {
	as    *envelope
	m     *hub.Message
	sp    hub.Span
	frame *frame.Message
}

// drainBudget is the number of messages, some 0.2 ms worth, after which what else there is to do comes before the next slow client.
const drainBudget = 512

// frameSlots is the number of frames kept; a later one takes the place of another.
const frameSlots = 1024

// slowOn returns the loop's, new if there is none.
func (f *Feed) slowOn(l *engine.Loop) *slowLoop {
	if v, ok := f.slow.Load(l); ok {
		return v.(*slowLoop)
	}
	sl := &slowLoop{holds: hub.NewHolds(
		func() int64 { return int64(l.Now()) },
		func(at int64) { l.TickAt(time.Duration(at)) },
	)}
	part := sl.part
	sl.post = func() { l.Post(part) }
	f.slow.Store(l, sl)
	return sl
}

// later has s served in a part of its own.
func (sl *slowLoop) later(s *Session) {
	sl.waiting = append(sl.waiting, s)
	if len(sl.waiting) == 1 {
		sl.post()
	}
}

// part serves those that wait, as far as the budget goes.
func (sl *slowLoop) part() {
	sl.spent = 0
	n := 0
	for n < len(sl.waiting) && sl.spent < drainBudget {
		s := sl.waiting[n]
		n++
		if x := s.slowed(); x != nil && x.waits { // else it is gone
			x.waits = false
			sl.spent += s.serve(x)
		}
	}
	left := copy(sl.waiting, sl.waiting[n:])
	clear(sl.waiting[left:])
	if sl.waiting = sl.waiting[:left]; left > 0 {
		sl.post()
	}
}

// slowLeft lets go of it when nobody holds anything any more: the feed must not hold a loop that has ended.
func (f *Feed) slowLeft(l *engine.Loop, sl *slowLoop) {
	if sl.holds.Empty() {
		f.slow.Delete(l)
	}
}

// frame returns m as e writes it for sp.
func (sl *slowLoop) frame(e *envelope, m *hub.Message, sp hub.Span) *frame.Message {
	if sl.made == nil {
		sl.made = new([frameSlots]spanFrame)
	}
	slot := &sl.made[(m.Seq^sp.From<<5^e.slot())%frameSlots]
	if slot.m != m || slot.sp != sp || slot.as != e {
		*slot = spanFrame{e, m, sp, e.spanned(m, sp)}
	}
	return slot.frame
}

// spanned writes a message that stands for others, too.
func (e *envelope) spanned(m *hub.Message, sp hub.Span) *frame.Message {
	return frame.BuildMessage(e.Op(m), len(m.Data)+len(m.Channel)+len(m.Key)+160, func(dst []byte) []byte {
		return e.appendSpan(dst, m, sp)
	})
}

// tick is the loop's: windows that are over, and the levels for those who want to know.
func (sl *slowLoop) tick() {
	if len(sl.waiting) == 0 {
		sl.spent = 0
	}
	sl.holds.Tick(func(h *hub.Hold) int { return h.Owner.(*held).flush() })
	sl.made = nil // what was sent long ago must not be kept for it
	st := sl.holds.Stats()
	for i, n := range [...]int64{st.Messages, st.Rounds, st.Dropping, st.Slow, st.Paced} {
		sl.levels[i].Store(n)
	}
}

// levels adds up what the loops hold.
func (f *Feed) levels() (st hub.HoldStats) {
	f.slow.Range(func(_, v any) bool {
		l := &v.(*slowLoop).levels
		st.Messages += l[0].Load()
		st.Rounds += l[1].Load()
		st.Dropping += l[2].Load()
		st.Slow += l[3].Load()
		st.Paced += l[4].Load()
		return true
	})
	return st
}
