package hub

import (
	"cmp"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"
)

const (
	// maxRun bounds how many messages in a row of one channel a member gets at a time.
	maxRun = 256
	// timedFrom is how many deliveries a turn has before its clock starts. Two looks at the clock are 65 ns, a fifth of
	// what a publish to a single member costs; what comes before the start is half a microsecond at most.
	timedFrom = 64
	// notTimed is no time since the hub was made.
	notTimed = time.Duration(-1)
)

// drain is one turn on the loop: it works through the queue until that is empty, or until
// the budget is used up; then it keeps its place and posts itself again, so that the loop
// serves its I/O in between.
func (ln *lane) drain() {
	ln.guard.enter()
	ln.posts.Add(-1)
	ln.left = ln.hub.cfg.TurnBudget
	ln.began = notTimed
	reason := caught
	for reason == caught {
		reason = ln.work()
	}
	ln.stats.flush(&ln.counts)
	if ln.began != notTimed {
		ln.stats.turns.note(time.Since(ln.hub.start) - ln.began)
	}
	if reason == exhausted {
		ln.stats.yields.Add(1)
	}
	ln.guard.exit()
	// A drain that a publisher or Sync has posted meanwhile goes on as well as one of our own
	// would, and both together would take twice the budget a turn until the queue is empty.
	if reason == exhausted && ln.posts.Load() == 0 && !ln.hub.wake(ln) {
		// The loop has ended. cur stays: who leaves that roster now leaves a hole, as between
		// two turns, and nobody will ask for it any more.
		ln.out, ln.at = nil, 0
	}
}

// stop is why work ended.
type stop uint8

const (
	finished  stop = iota // the queue is empty
	exhausted             // the budget is
	caught                // a member panicked: go on with the next
)

func (ln *lane) work() (reason stop) {
	defer ln.contain(&reason)
	for {
		for ln.at < len(ln.out) {
			if ln.left <= 0 {
				return exhausted
			}
			switch it := &ln.out[ln.at]; {
			case it.msg != nil:
				if !ln.fanOut() {
					return exhausted
				}
			case it.mark.arrived:
				if !ln.arrive() {
					return exhausted
				}
			case it.mark.search != nil:
				if !ln.look() {
					return exhausted
				}
			default:
				ln.meet()
			}
		}
		if !ln.refill() {
			return finished
		}
	}
}

// fanOut hands the next message to every member of its roster, or goes on where the last
// turn stopped; false: the budget is used up before the last member.
//
// Messages in a row for one roster go together: each member gets all of them before the next
// member gets one, so a member's memory is fetched once a burst, and a burst that does not
// fit into a turn still costs each member one write.
func (ln *lane) fanOut() bool {
	if ln.cur == nil {
		ln.begin()
	}
	r, msgs := ln.cur, ln.out[ln.at:ln.end]
	if ln.began == notTimed && ln.hub.cfg.TurnBudget-ln.left+int(r.n-ln.next)*len(msgs) >= timedFrom {
		ln.began = time.Since(ln.hub.start)
	}
	// Nobody is added to r meanwhile: joins come through this queue.
	for ln.next < r.n {
		if ln.left <= 0 {
			return false
		}
		e := r.entry(ln.next)
		ln.next++
		m := e.m
		if m == nil {
			continue
		}
		ln.left -= len(msgs)
		ln.busy = m
		if ln.beat {
			if hm, ok := m.(HeartbeatMember); ok && hm.Heartbeat(msgs[0].msg) == Closed {
				ln.hub.leaveAll(m.Memberships())
			}
			continue
		}
		if len(msgs) > 1 {
			if rm, ok := m.(RunMember); ok && rm.DeliverRun(&ln.together) {
				ln.counts[ln.together.outcome&3] += uint64(len(msgs))
				ln.together.outcome = Sent
				continue
			}
		}
		for i := range msgs {
			o := m.Deliver(msgs[i].msg)
			ln.counts[o&3]++
			if o == Closed {
				ln.hub.leaveAll(m.Memberships())
			}
			if e.m == nil { // it left, of its own will or not
				break
			}
		}
	}
	ln.finish()
	return true
}

// begin finds the messages that go together.
func (ln *lane) begin() {
	r := ln.out[ln.at].roster
	end := ln.at + 1
	ln.beat = ln.out[ln.at].msg.Heartbeat
	for !ln.beat && end < len(ln.out) && end-ln.at < maxRun && ln.out[end].roster == r && ln.out[end].msg != nil && !ln.out[end].msg.Heartbeat {
		end++
	}
	ln.cur, ln.next, ln.end = r, 0, end
	ln.together.set(ln.out[ln.at:end])
	ln.left -= end - ln.at // so that rooms without members here are not free
}

func (ln *lane) finish() {
	ln.busy = nil
	ln.together.set(nil)
	ln.pass(ln.end - ln.at)
	ln.settle()
}

// settle ends the fan-out and fills the holes, the last one first: then the entry that is
// moved into a hole is never a hole itself.
func (ln *lane) settle() {
	r := ln.cur
	ln.cur = nil
	if len(ln.holes) == 0 {
		return
	}
	slices.SortFunc(ln.holes, func(a, b uint32) int { return cmp.Compare(b, a) })
	for _, pos := range ln.holes {
		r.fill(pos)
	}
	ln.holes = ln.holes[:0]
	ln.guard.roster(r)
}

// pass marks n entries of the queue as done.
func (ln *lane) pass(n int) {
	clear(ln.out[ln.at : ln.at+n])
	ln.at += n
	ln.backlog.Add(-int64(n))
}

// contain keeps one member's panic from everybody else: work left its place such that the
// next call goes on behind the member.
func (ln *lane) contain(reason *stop) {
	v := recover()
	if v == nil {
		return
	}
	*reason = caught
	stack := debug.Stack()
	ln.stats.panics.Add(1)
	m := ln.busy
	ln.busy = nil
	if m == nil { // not a member's doing: a broken invariant of the hub, which must be seen
		panic(v)
	}
	ln.hub.leaveAll(m.Memberships())
	ln.hub.cfg.Panicked(m, v, stack)
}

func logPanic(_ Member, value any, stack []byte) {
	slog.Error("hub: a member panicked and was taken out of its channels", "panic", value, "stack", string(stack))
}
