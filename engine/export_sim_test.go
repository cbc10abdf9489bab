package engine

import (
	"fmt"
	"strings"
	"time"
)

// What the simulation asks of the inside. Its verdicts about bytes come from a model of its own; these only tell
// it in which of the engine's states to judge.

// StateOf names the connection's state.
func StateOf(c *Conn) string {
	return [...]string{"handshake", "open", "closing", "linger", "done"}[c.state]
}

// Backlogged reports whether the connection's socket was full when last tried.
func Backlogged(c *Conn) bool { return c.back != nil }

// PongWaits reports whether a pong waits behind the backlog.
func PongWaits(c *Conn) bool { return c.rare != nil && c.rare.pong != nil }

// Pinged reports whether a ping of the heartbeat is unanswered.
func Pinged(c *Conn) bool { return c.flags&flagPinged != 0 }

// HoldsDecoder reports whether the connection keeps a decoder.
func HoldsDecoder(c *Conn) bool { return c.decoder != nil }

// Leftovers says what a loop without connections still holds of them; "" is right.
func Leftovers(l *Loop) string {
	var s []string
	note := func(what string, n int) {
		if n != 0 {
			s = append(s, fmt.Sprintf("%s: %d", what, n))
		}
	}
	for _, c := range l.slots.conns {
		if c != nil {
			s = append(s, "slot taken, state "+StateOf(c))
		}
	}
	note("slots not free", len(l.slots.conns)-len(l.slots.free))
	note("unsent", l.unsent)
	note("dirty", len(l.dirty))
	note("slow", len(l.slow))
	note("slow counted", int(l.stats.slow.Load()))
	note("dead", len(l.dead))
	note("chains", len(l.chains.used))
	note("handshake deadlines", len(l.handshakes.queue)-l.handshakes.head)
	note("close deadlines", len(l.closings.queue)-l.closings.head)
	note("posted", len(l.mail.tasks))
	note("waiters", len(l.waiters))
	note("reply bytes", len(l.reply.buf))
	note("accepted not counted", int(l.accepted))
	if l.root.next != nil {
		s = append(s, "the root chain has a successor")
	}
	if l.reply.conn != nil {
		s = append(s, "a connection is being read")
	}
	for _, v := range l.iov[:cap(l.iov)] {
		if v != nil {
			s = append(s, "iov holds a message")
			break
		}
	}
	return strings.Join(s, ", ")
}

// CloseReason is what has been decided about the connection's end so far; nil: nothing.
func CloseReason(c *Conn) error {
	if c.rare == nil || c.rare.closeErr == nil {
		return nil
	}
	return c.rare.closeErr
}

// Pace is how often the engine's ticker would tick now.
func Pace(e *Engine) time.Duration { return e.tickEvery() }

// EachConn calls f for every connection of a loop.
func EachConn(l *Loop, f func(*Conn)) {
	for _, c := range l.slots.conns {
		if c != nil {
			f(c)
		}
	}
}

// TimeOf is what the loop takes for the time.
func TimeOf(l *Loop) time.Duration { return time.Duration(l.now) }

// Admitted is the number of connections counted in, whether their loop has them yet or not.
func Admitted(e *Engine) int {
	n, _ := AdmittedNow(e)
	return n
}

// AdmittedNow is Admitted, and the number of addresses that connections are counted under.
func AdmittedNow(e *Engine) (conns, addrs int) {
	e.admission.mu.Lock()
	defer e.admission.mu.Unlock()
	return e.admission.total, len(e.admission.counts)
}

// MemoryLook returns what the memory guard asks where Config.Memory.Used is nil.
func MemoryLook() func(budget int64) (used int64, cycles uint64) { return newMemoryReader().look }
