package load

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/weir-ws/weir/bench/internal/result"
	"golang.org/x/sys/unix"
)

// When the window is over, stalled readers read on: for readOnFor at most, and no longer than quiet without a byte.
const (
	readOnFor = 10 * time.Second
	quiet     = 2 * time.Second
)

// stall has evenly spread subscribers stop reading. Nothing is in flight when it is called.
func (f *fan) stall() error {
	f.fates = &fates{Stalled: result.Stalled{Readers: f.plan.Stalled, Codes: map[string]int{}}}
	f.pinned = f.stream.sent()
	for k := range f.plan.Stalled {
		s := &f.subs[k*len(f.subs)/f.plan.Stalled]
		s.stalled = true
		if err := f.del(int(s.fd)); err != nil {
			return err
		}
	}
	f.healthy -= int64(f.plan.Stalled)
	return nil
}

// readOn reads what the stalled readers are still given, and sees what the server did about them.
func (f *fan) readOn() error {
	t := f.fates
	t.open = f.plan.Stalled
	t.Owed = int64(f.stream.sent()-f.pinned) * int64(f.size) * int64(t.Readers)
	for i := range f.subs {
		if s := &f.subs[i]; s.stalled {
			if err := f.add(int(s.fd), kindConn, i, unix.EPOLLIN); err != nil {
				return err
			}
		}
	}
	end := f.clock() + int64(readOnFor)
	t.touched = f.now
	for t.open > 0 && f.now < end && f.now < t.touched+int64(quiet) {
		f.progress = f.now
		if err := f.turn(min(end, t.touched+int64(quiet))); err != nil {
			return err
		}
	}
	return nil
}

// stalledMessage takes a message that may come after a gap.
func (f *fan) stalledMessage(i int, payload []byte) error {
	s := &f.subs[i]
	seq, _, _, ok := f.genuine(payload)
	if !ok || seq < s.seq || !f.right(seq, payload) {
		return f.diagnose(finding{conn: i, fd: int(s.fd), parser: &s.strict.parser, want: s.seq, sent: f.stream.sent()}, payload)
	}
	s.strict.gap = s.strict.gap || seq > s.seq
	s.seq = seq + 1
	return f.stalledProgress(i)
}

// stalledProgress settles a reader that has everything.
func (f *fan) stalledProgress(i int) error {
	s, t := &f.subs[i], f.fates
	t.touched = f.clock()
	if s.seq < f.stream.sent() || s.strict != nil && s.strict.gap {
		return nil
	}
	t.Whole++
	return f.settle(i)
}

// settle stops watching a reader.
func (f *fan) settle(i int) error {
	f.fates.open--
	f.subs[i].settled = true
	return f.del(int(f.subs[i].fd))
}

func (f *fan) stalledClosed(i int, payload []byte) error {
	code, _ := closeReason(payload)
	return f.stalledFate(i, strconv.Itoa(code))
}

func (f *fan) stalledEnded(i int, errno unix.Errno) error {
	switch {
	case errno == 0:
		return f.stalledFate(i, "eof")
	case errors.Is(errno, unix.ECONNRESET) || errors.Is(errno, unix.EPIPE):
		return f.stalledFate(i, "reset")
	}
	return fmt.Errorf("connection %d: reading on: %w", i, errno)
}

// stalledFate settles a reader that the server ended. It has to have been given everything up to some message.
func (f *fan) stalledFate(i int, code string) error {
	s := &f.subs[i]
	if s.settled {
		return nil
	}
	if s.strict != nil && s.strict.gap {
		return &Violation{Kind: Lost, Conn: i, Want: s.seq, Got: s.seq, Detail: "a stalled reader was given messages with gaps and was closed after them (" + code + ")"}
	}
	f.fates.Closed++
	f.fates.Codes[code]++
	return f.settle(i)
}
