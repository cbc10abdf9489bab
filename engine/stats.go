package engine

import (
	"sync/atomic"

	"github.com/weir-ws/weir/frame"
)

// loopStats are counters of one loop. Only the loop writes them, so there is no contention;
// they are atomics because Engine.Stats reads them from other goroutines.
type loopStats struct {
	conns, open, slow, queued               atomic.Int64
	handshakes, rejected, handshakeTimeouts atomic.Uint64
	messagesIn, messagesOut                 atomic.Uint64
	bytesIn, bytesOut, writes               atomic.Uint64
	dropped, slowDropped, slowClosed        atomic.Uint64
	pings, pingTimeouts, panics             atomic.Uint64
	deflations, inflatedNear, inflatedApart atomic.Uint64
	handedOver, tlsErrors                   atomic.Uint64
	codes                                   [closeCodes]atomic.Uint64
	reasons                                 [reasonCount]atomic.Uint64
}

func (s *loopStats) note(r Reason) { s.reasons[r].Add(1) }

// offLoopStats are counted on goroutines that are no loop's: those of net/http and of TLS handshakes.
type offLoopStats struct {
	rejected, panics, tlsErrors, handshakeTimeouts atomic.Uint64
}

// closeCodes: one counter for each code from 1000 to 1015, one for 3000-4999, one for others.
const closeCodes = 18

func (s *loopStats) closed(code frame.Status) {
	i := closeCodes - 1
	switch {
	case code >= 1000 && code <= 1015:
		i = int(code - 1000)
	case code >= 3000 && code < 5000:
		i = closeCodes - 2
	}
	s.codes[i].Add(1)
}

// Stats are an engine's totals since it was made, and its levels now.
type Stats struct {
	Conns int64 // sockets held, handshakes and closing connections included
	Open  int64 // connections between Open and Close
	Slow  int64 // connections whose socket is full
	// Queued is the unsent bytes of those connections, as of each loop's last tick. What only waits for the end of
	// a turn is not in it.
	Queued int64

	HTTPConns  int64  // connections that Handler.HTTP has
	HandedOver uint64 // connections it ever got from a loop

	Handshakes, Rejected, HandshakeTimeouts uint64 // by result; Rejected counts HTTP error answers of a loop or Engine.Upgrade
	Refused, AcceptErrors                   uint64 // turned away at accept; accept(2) failures
	MessagesIn, MessagesOut                 uint64 // MessagesOut counts accepted frames
	BytesIn, BytesOut, Writes               uint64 // on the wire, or with TLS before it encrypts; write(2) and writev(2) calls
	TLSErrors                               uint64 // TLS handshakes that failed, and connections that ended by an error of TLS
	Dropped                                 uint64 // messages refused at the high watermark
	SlowDropped                             uint64 // times that a connection began to lose messages so, having caught up before
	SlowClosed                              uint64 // connections ended with 1013
	Pings, PingTimeouts, Panics             uint64
	Deflations, Inflations                  uint64                  // times a message was compressed, and inflated
	InflatedApart                           uint64                  // of these, too large to be inflated on the loop
	Closed                                  map[frame.Status]uint64 // ended connections by close code; 3000-4999 under 3000
	Reasons                                 map[Reason]uint64       // refused and ended by the engine, by why; without zeros

	MemoryUsed, MemoryBudget int64 // bytes; 0 without a budget
	MemoryShort              bool  // over the budget: new connections are refused
}

// Stats adds up the loops' counters. Any goroutine may call it.
func (e *Engine) Stats() Stats {
	s := Stats{Refused: e.refused.Load(), AcceptErrors: e.acceptErrors.Load(), Closed: map[frame.Status]uint64{}, Reasons: map[Reason]uint64{}}
	s.Rejected, s.Panics, s.TLSErrors = e.offLoop.rejected.Load(), e.offLoop.panics.Load(), e.offLoop.tlsErrors.Load()
	s.HandshakeTimeouts = e.offLoop.handshakeTimeouts.Load()
	for r := range reasonCount {
		s.reason(r, e.reasons[r].Load())
	}
	if e.web != nil {
		s.HTTPConns = e.web.conns.Load()
	}
	if g := e.guard; g != nil {
		s.MemoryUsed, s.MemoryBudget, s.MemoryShort = g.used.Load(), g.budget, g.isShort.Load()
	}
	for _, l := range e.loops {
		t := &l.stats
		s.Conns += t.conns.Load()
		s.Open += t.open.Load()
		s.Slow += t.slow.Load()
		s.Queued += t.queued.Load()
		s.Handshakes += t.handshakes.Load()
		s.Rejected += t.rejected.Load()
		s.HandshakeTimeouts += t.handshakeTimeouts.Load()
		s.MessagesIn += t.messagesIn.Load()
		s.MessagesOut += t.messagesOut.Load()
		s.BytesIn += t.bytesIn.Load()
		s.BytesOut += t.bytesOut.Load()
		s.Writes += t.writes.Load()
		s.Dropped += t.dropped.Load()
		s.SlowDropped += t.slowDropped.Load()
		s.SlowClosed += t.slowClosed.Load()
		s.Pings += t.pings.Load()
		s.PingTimeouts += t.pingTimeouts.Load()
		s.Panics += t.panics.Load()
		s.Deflations += t.deflations.Load()
		apart := t.inflatedApart.Load()
		s.Inflations += t.inflatedNear.Load() + apart
		s.InflatedApart += apart
		s.HandedOver += t.handedOver.Load()
		s.TLSErrors += t.tlsErrors.Load()
		for i := range t.codes {
			if n := t.codes[i].Load(); n > 0 {
				s.Closed[statusOf(i)] += n
			}
		}
		for r := range reasonCount {
			s.reason(r, t.reasons[r].Load())
		}
	}
	return s
}

// countReason adds up one reason.
func (e *Engine) countReason(r Reason) uint64 {
	n := e.reasons[r].Load()
	for _, l := range e.loops {
		n += l.stats.reasons[r].Load()
	}
	return n
}

func (s *Stats) reason(r Reason, n uint64) {
	if n > 0 {
		s.Reasons[r] += n
	}
}

func statusOf(i int) frame.Status {
	switch i {
	case closeCodes - 1:
		return 0
	case closeCodes - 2:
		return 3000
	}
	return frame.Status(1000 + i)
}
