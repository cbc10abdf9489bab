package engine

import (
	"runtime/debug"
	"sync/atomic"

	"github.com/weir-ws/weir/frame"
)

const (
	// A turn takes what was posted in rounds, so that a burst which is still arriving
	// is written together; more rounds than this wait until I/O was served.
	mailboxRounds = 16
	// sparePosts is the largest mailbox that is kept for reuse, in posts of 40 bytes.
	sparePosts = 64 << 10
	// maxStep is the most that loop time moves in one tick, in ns.
	maxStep = int64(2 * tickDoze)
	// writesPerTurn bounds the write(2) calls of one turn. At about 6 us each a turn then stays under 2 ms; the rest
	// of a large fan-out yields to I/O. The look at I/O costs about as much as one write.
	writesPerTurn = 256
	// A fan-out begins with few writes and looks at I/O soon: what a publisher sent meanwhile then goes out with
	// the rest, in the same writes. Each turn that leaves something over is followed by one that may
	// write writesGrow times as much, up to writesPerTurn.
	writesFirst, writesGrow = 16, 4
)

// Loop is one event loop. It owns its connections: their callbacks, sends, timers and teardown.
type Loop struct {
	e        *Engine
	index    int
	host     host
	socketOf func(*Conn) Socket // the socket that a Conn of this loop lies in

	mail    mailbox
	spare   []task
	woken   atomic.Bool
	tickDue atomic.Int64 // when the tick was due that has not run, by the engine's clock; 0: none
	wanted  atomic.Int64 // when TickAt wants a tick, by the engine's clock; 0: never
	stirred bool         // something happened since the last tick that wants ticks
	dozing  bool         // ticks come slowly
	dozes   atomic.Bool  // dozing, for the ticker
	exiting bool         // a callback called runtime.Goexit

	now  int64 // ns since the engine was made, less lost, as of the last tick, or of now while the loop dozes
	lost int64 // ns in which the loop got no tick although one was due
	lag  lagMeter

	slots    slots
	roots    [2]chain // where every connection's unsent run of this turn begins, by wire form
	chains   chainPool
	leftover bool    // dirty connections that the last turn had no budget for
	budget   int     // writes that the next turn may make
	dirtyAt  int     // dirty[:dirtyAt] is done
	dirty    []*Conn // connections with something to write in this turn
	reply    replyBuffer
	slow     []*Conn // connections with a backlog: their sockets were full
	dead     []*Conn // connections to tear down before the turn ends
	iov      [][]byte
	offered  []byte // what Offer writes, in one piece

	tls   *tlsBuffers // nil until the first connection with TLS
	owing []Ref       // connections with TLS that owe ciphertext of crypto/tls's own

	spareDecoder *frame.Decoder
	codec        *codec // nil without compression
	handshakes   deadlines
	closings     deadlines
	proxies      deadlines // PROXY protocol headers
	overdue      bool      // more was due than one turn gives up
	sweep        sweep
	drain        drainPlan
	waiters      []chan struct{} // Flush calls that wait for unsent to reach zero
	unsent       int             // connections with unsent bytes
	accepted     uint64          // frames accepted in this turn; added to the shared counter when it ends
	received     uint64          // messages of this read; likewise

	stats loopStats
	owner owner
}

// Index returns the loop's number, from 0 to the number of loops less one. Any goroutine may call it.
func (l *Loop) Index() int { return l.index }

// Post runs f on the loop, in the order of posting; called on the loop itself, f runs
// later, not at once. It reports false if the engine has ended, and never blocks. Any
// goroutine may call it.
func (l *Loop) Post(f func()) bool { return l.post(task{fn: f}) }

func (l *Loop) post(t task) bool {
	first, ok := l.mail.push(t)
	if ok && first {
		l.wake()
	}
	return ok
}

func (l *Loop) wake() {
	if !l.woken.Swap(true) {
		l.host.wake()
	}
}

// turn works off what is due: the tick, the mailbox, then the writes. The host calls it
// on the loop's goroutine.
func (l *Loop) turn() {
	l.owner.enter()
	// woken stays set until the end, so that what this turn posts does not wake the host: gnet runs a task
	// that comes from inside a task before any I/O, and a post that posts itself would starve the sockets.
	due := l.tickDue.Swap(0)
	if due != 0 {
		l.advance()
		l.lag.note(due, l.now+l.lost)
		l.tick()
	} else {
		l.refresh()
		if l.overdue {
			l.expire()
		}
	}
	more := l.work()
	if due != 0 {
		l.drain.step(l) // behind the posted work: what was published before a close frame arrives before it
	}
	more = l.finish(true) || more || l.overdue
	l.woken.Store(false)
	if (more || l.tickDue.Load() != 0 || l.mail.waiting()) && !l.woken.Swap(true) {
		l.host.yield()
		if l.leftover && l.budget <= writesFirst*writesGrow {
			stepAside()
		}
	}
}

// advance reads the clock, and moves loop time by at most maxStep. A process that was paused, or a loop that was
// held up, finds that the peers' bytes have waited as long: nobody is idle, slow or late for that.
func (l *Loop) advance() {
	now := l.e.clock() - l.lost
	if over := now - l.now - maxStep; over > 0 {
		l.lost += over
		now -= over
	}
	l.now = now
}

// refresh is called where something begins to happen on the loop: between the rare ticks of a doze its clock is stale.
func (l *Loop) refresh() {
	if l.dozing {
		l.advance()
	}
}

// work runs posted tasks until none is left, and reports whether it gave up before that.
func (l *Loop) work() (more bool) {
	for range mailboxRounds {
		tasks := l.mail.take(l.spare)
		if len(tasks) == 0 {
			l.spare = tasks
			return false
		}
		for i := range tasks {
			l.run(&tasks[i])
			tasks[i] = task{}
		}
		if cap(tasks) > sparePosts {
			tasks = nil // a rare burst does not stay for ever
		}
		l.spare = tasks
	}
	return true
}

func (l *Loop) run(t *task) {
	if t.fn != nil {
		returned := false
		defer l.containTask(&returned)
		t.fn()
		returned = true
		return
	}
	if c := l.slots.get(t.ref); c != nil && c.state == stateOpen {
		returned := false
		defer c.contain(&returned)
		t.cfn(c)
		returned = true
	}
}

// containTask keeps a panic of a posted func from ending the process: gnet never recovers.
func (l *Loop) containTask(returned *bool) {
	r := recover()
	if r == nil {
		if !*returned {
			l.exits()
		}
		return
	}
	l.stats.panics.Add(1)
	l.e.cfg.Logger.Error("a posted func panicked", "loop", l.index, "panic", r, "stack", string(debug.Stack()))
}

// finish writes what the turn has gathered, as far as the budget goes, or nothing if write is not set, tears down what
// died, and reports whether writes are left over.
func (l *Loop) finish(write bool) (more bool) {
	budget := 0
	if write {
		budget = l.budget
	}
	for {
		more = l.flushDirty(budget)
		if len(l.dead) == 0 {
			break
		}
		l.bury() // Close callbacks may post or send again
	}
	if !l.hasDirty() {
		l.chains.recycle(&l.roots)
		l.budget = writesFirst
	} else {
		if len(l.chains.used) > chainsKept {
			l.chains.abandon(&l.roots)
		}
		l.budget = min(max(l.budget, budget*writesGrow), writesPerTurn)
	}
	if l.accepted > 0 {
		l.stats.messagesOut.Add(l.accepted)
		l.accepted = 0
	}
	if l.unsent == 0 && len(l.waiters) > 0 {
		for _, w := range l.waiters {
			close(w)
		}
		l.waiters = nil
	}
	return more
}

// flushDirty writes for each dirty connection, oldest first.
func (l *Loop) flushDirty(budget int) (more bool) {
	for ; l.hasDirty() && budget > 0; budget-- {
		c := l.dirty[l.dirtyAt]
		l.dirty[l.dirtyAt] = nil
		l.dirtyAt++
		c.flags &^= flagDirty
		if c.state != stateDone {
			c.flush()
		}
	}
	rest := len(l.dirty) - l.dirtyAt
	if l.dirtyAt > rest { // so that moving what is left costs no more than writing what is not
		copy(l.dirty, l.dirty[l.dirtyAt:])
		clear(l.dirty[rest:])
		l.dirty, l.dirtyAt = l.dirty[:rest], 0
	}
	l.leftover = rest > 0
	return l.leftover
}

func (l *Loop) hasDirty() bool { return l.dirtyAt < len(l.dirty) }
