package engine

import (
	"sync/atomic"

	"github.com/weir-ws/weir/frame"
)

// loopStats are counters of one loop. Only the loop writes them, so there is no contention;
// they are atomics because Engine.Stats reads them from other goroutines.
type loopStats struct {
	conns, open, slow                       atomic.Int64
	handshakes, rejected, handshakeTimeouts atomic.Uint64
	messagesIn, messagesOut                 atomic.Uint64
	bytesIn, bytesOut, writes               atomic.Uint64
	dropped, slowClosed                     atomic.Uint64
	pings, pingTimeouts, panics             atomic.Uint64
	handedOver, tlsErrors                   atomic.Uint64
	codes                                   [closeCodes]atomic.Uint64
}

// offLoopStats are counted on net/http's goroutines.
type offLoopStats struct {
	rejected, panics, tlsErrors atomic.Uint64
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

	HTTPConns  int64  // connections that Handler.HTTP has
	HandedOver uint64 // connections it ever got from a loop

	Handshakes, Rejected, HandshakeTimeouts uint64 // by result; Rejected counts HTTP error answers of a loop or Engine.Upgrade
	Refused, AcceptErrors                   uint64 // turned away at accept by a cap or rate; accept(2) failures
	MessagesIn, MessagesOut                 uint64 // MessagesOut counts accepted frames
	BytesIn, BytesOut, Writes               uint64 // on the wire, or with TLS before it encrypts; write(2) and writev(2) calls
	TLSErrors                               uint64 // TLS handshakes that failed, and connections that ended by an error of TLS
	Dropped                                 uint64 // messages refused at the high watermark
	SlowClosed                              uint64 // connections ended with 1013
	Pings, PingTimeouts, Panics             uint64
	Closed                                  map[frame.Status]uint64 // ended connections by close code; 3000-4999 under 3000
}

// Stats adds up the loops' counters. Any goroutine may call it.
func (e *Engine) Stats() Stats {
	s := Stats{Refused: e.refused.Load(), AcceptErrors: e.acceptErrors.Load(), Closed: map[frame.Status]uint64{}}
	s.Rejected, s.Panics, s.TLSErrors = e.offLoop.rejected.Load(), e.offLoop.panics.Load(), e.offLoop.tlsErrors.Load()
	if e.web != nil {
		s.HTTPConns = e.web.conns.Load()
	}
	for _, l := range e.loops {
		t := &l.stats
		s.Conns += t.conns.Load()
		s.Open += t.open.Load()
		s.Slow += t.slow.Load()
		s.Handshakes += t.handshakes.Load()
		s.Rejected += t.rejected.Load()
		s.HandshakeTimeouts += t.handshakeTimeouts.Load()
		s.MessagesIn += t.messagesIn.Load()
		s.MessagesOut += t.messagesOut.Load()
		s.BytesIn += t.bytesIn.Load()
		s.BytesOut += t.bytesOut.Load()
		s.Writes += t.writes.Load()
		s.Dropped += t.dropped.Load()
		s.SlowClosed += t.slowClosed.Load()
		s.Pings += t.pings.Load()
		s.PingTimeouts += t.pingTimeouts.Load()
		s.Panics += t.panics.Load()
		s.HandedOver += t.handedOver.Load()
		s.TLSErrors += t.tlsErrors.Load()
		for i := range t.codes {
			if n := t.codes[i].Load(); n > 0 {
				s.Closed[statusOf(i)] += n
			}
		}
	}
	return s
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
