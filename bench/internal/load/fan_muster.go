package load

import "time"

// A server may answer the handshake before the subscriber is one: what is published at once would pass it by, and that
// is no fault. So a run begins with rounds of one message for each channel, again after a while if some were missed,
// until everybody was given a whole round.

const firstRound = 500 * time.Millisecond

// muster is that beginning.
type muster struct {
	from, to uint64 // the messages of this round
	ready    int
	until    int64
	wait     int64
}

func (f *fan) gather() error {
	m := &muster{wait: int64(firstRound)}
	f.muster = m
	f.outstanding = func() (string, int64, int) {
		missing := len(f.subs) - m.ready
		return "waiting for the first messages to reach every subscriber", int64(missing), missing
	}
	for m.ready < len(f.subs) {
		if f.now >= m.until {
			if err := f.round(); err != nil {
				return err
			}
		}
		if err := f.turn(m.until); err != nil {
			return err
		}
	}
	f.muster = nil
	f.stream.forget(f.stream.sent())
	for i := range f.subs {
		s := &f.subs[i]
		s.seq = f.stream.sent()
		if s.strict.idle() {
			s.strict = nil
		}
	}
	return nil
}

// round publishes another.
func (f *fan) round() error {
	m := f.muster
	m.from, m.ready = f.stream.sent(), 0
	for i := range f.subs {
		if s := f.subs[i].strict; s != nil {
			s.round = 0
		}
	}
	now := f.clock()
	m.until, m.wait = now+m.wait, 2*m.wait
	m.to = m.from + uint64(f.plan.Channels)
	return f.post(f.plan.Channels, now)
}

// mustered takes a message of a round. Nobody has to have the earlier ones.
func (f *fan) mustered(i int, payload []byte) error {
	s, m := &f.subs[i], f.muster
	seq, _, _, ok := f.genuine(payload)
	if ok && seq < m.from {
		return nil
	}
	if !ok || !f.right(seq, payload) || s.strict.round == f.plan.Channels {
		return f.diagnose(finding{conn: i, fd: int(s.fd), parser: &s.strict.parser, want: m.to, sent: m.to}, payload)
	}
	if s.strict.round++; s.strict.round == f.plan.Channels {
		m.ready++
		f.progress = f.now
	}
	return nil
}
