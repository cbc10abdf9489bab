package load

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// sub is one subscriber.
type sub struct {
	fd      int32
	stalled bool
	settled bool
	part    int64   // bytes of the message seq that have come and were right
	seq     uint64  // the message that is due
	strict  *strict // nil while the stream comes byte for byte as expected
}

// strict is a subscriber whose frames are parsed one by one.
type strict struct {
	parser
	order *order // set while messages of several channels have overtaken one another
	round int    // messages of the muster's round
	gap   bool   // a stalled reader that was left out of something
}

func (f *fan) subEvent(i int, ev uint32) error {
	s := &f.subs[i]
	n, errno := sysRead(int(s.fd), f.buf)
	if errno == unix.EAGAIN {
		return nil
	}
	if errno != 0 || n == 0 {
		if s.stalled {
			return f.stalledEnded(i, errno)
		}
		return ended(i, s.seq, errno)
	}
	return f.take(i, f.buf[:n])
}

// take verifies what came. The comparison with the whole stream is the way of nearly every read.
func (f *fan) take(i int, b []byte) error {
	s := &f.subs[i]
	if s.strict != nil || f.muster != nil || !f.stream.has(int64(s.seq)*f.stream.wire+s.part, b) {
		return f.slowly(i, b)
	}
	was := s.seq
	if s.part += int64(len(b)); s.part >= f.stream.wire {
		s.seq += uint64(s.part / f.stream.wire)
		s.part %= f.stream.wire
		return f.delivered(i, was, s.seq)
	}
	return nil
}

// delivered records messages that one subscriber has now.
func (f *fan) delivered(i int, from, to uint64) error {
	if f.subs[i].stalled {
		return f.stalledProgress(i)
	}
	now := f.clock()
	f.progress = now
	for from < to {
		n := f.bursts.of(from)
		b := f.bursts.at(n)
		count := min(to, f.bursts.base+(n+1)*f.bursts.size) - from
		from += count
		b.left -= int64(count)
		f.record(b.due, now, int64(count))
	}
	if f.bursts.at(f.bursts.first).left > 0 {
		return nil
	}
	f.stream.forget(min(f.bursts.settle(), f.pinned))
	return f.publish()
}

// record counts deliveries in the window. In an open loop a latency belongs to the window if its message was due in it,
// however late it comes.
func (f *fan) record(due, now, n int64) {
	if f.plan.Rate <= 0 {
		f.rec.count(now-due, n)
		return
	}
	if f.rec.active {
		f.rec.messages += n
	}
	if f.from > 0 && due >= f.from && due < f.to {
		f.rec.note(now-due, n)
	}
}

// slowly takes what is not the stream byte for byte, and says what is wrong with it if anything is.
func (f *fan) slowly(i int, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	s := &f.subs[i]
	if s.strict == nil {
		if f.muster == nil {
			var err error
			if b, err = f.wholeFrames(i, b); err != nil {
				return err
			}
		}
		s.strict = &strict{parser: parser{size: f.size}}
		for off := int64(s.seq) * f.stream.wire; s.part > 0; {
			piece := f.stream.at(off, s.part)
			s.strict.feed(piece)
			off, s.part = off+int64(len(piece)), s.part-int64(len(piece))
		}
	}
	s.strict.feed(b)
	for s.strict != nil {
		op, payload, ok, err := s.strict.next()
		if err != nil {
			return illegal(i, s.seq, err)
		}
		if !ok {
			break
		}
		if op == opClose && s.stalled {
			return f.stalledClosed(i, payload)
		}
		data, err := control(i, s.seq, op, payload, func(pong []byte) error { return f.pong(i, pong) })
		if err != nil {
			return err
		}
		if data {
			if err := f.message(i, payload); err != nil {
				return err
			}
		}
	}
	if s.strict != nil && s.strict.idle() && s.strict.order == nil && !s.strict.gap && f.muster == nil {
		s.strict = nil
	}
	return nil
}

// wholeFrames takes the messages that are right from the front of b.
func (f *fan) wholeFrames(i int, b []byte) ([]byte, error) {
	s := &f.subs[i]
	was := s.seq
	for {
		need := f.stream.wire - s.part
		if int64(len(b)) < need || !f.stream.has(int64(s.seq)*f.stream.wire+s.part, b[:need]) {
			break
		}
		b, s.part = b[need:], 0
		s.seq++
	}
	if s.seq == was {
		return b, nil
	}
	return b, f.delivered(i, was, s.seq)
}

func (f *fan) pong(i int, b []byte) error {
	// A subscriber sends nothing but pongs, so that its socket has room.
	if n, errno := sysWrite(int(f.subs[i].fd), b); errno == unix.EPIPE || errno == unix.ECONNRESET {
		return nil // the read that follows tells
	} else if errno != 0 || n < len(b) {
		return fmt.Errorf("connection %d: answering a ping: %w after %d bytes", i, errno, n)
	}
	return nil
}
