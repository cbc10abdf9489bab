package load

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/weir-ws/weir/bench/internal/result"
	"golang.org/x/sys/unix"
)

// fan is a run of a FanPlan.
type fan struct {
	*loop
	*coder
	plan     FanPlan
	rec      *recorder
	subs     []sub
	healthy  int64 // subscribers that read
	pub      publisher
	stream   stream
	bursts   bursts
	pinned   uint64 // the oldest message that stalled readers may still need
	sending  bool
	toSend   int64 // messages still to publish, counted down; -1: by time
	muster   *muster
	fates    *fates
	from, to int64 // of due times whose latencies count, open loop
}

// Fan runs the plan. It blocks; cancelling ctx ends it at once with what was measured and ctx's error.
// When the window is over, everything published still has to reach everybody.
func Fan(ctx context.Context, p FanPlan, w Window) (Report, error) {
	p.Depth, p.Burst, p.Channels = max(p.Depth, 1), max(p.Burst, 1), max(p.Channels, 1)
	if p.Every <= 0 {
		p.Every = 250 * time.Millisecond
	}
	if p.Subscribers < 1 || p.Size < MinSize || p.Measure <= 0 && p.Owed <= 0 || p.Stalled < 0 || p.Stalled >= p.Subscribers {
		return Report{Latency: newHistogram()}, fmt.Errorf("a fan plan needs subscribers, some of them reading, a size of at least %d, and a time or bytes to publish: %+v", MinSize, p)
	}
	if p.Stalled > 0 && p.Channels > 1 {
		return Report{Latency: newHistogram()}, fmt.Errorf("a fan plan has stalled readers or channels, not both: %+v", p)
	}
	c := newCoder(p.Size)
	l, err := newLoop(ctx, p.Patience, 4*c.wire)
	if err != nil {
		return Report{Latency: newHistogram()}, err
	}
	defer l.close()
	f := &fan{loop: l, coder: c, plan: p, rec: newRecorder(w, int64(p.Every)), subs: make([]sub, p.Subscribers), healthy: int64(p.Subscribers),
		stream: newStream(c.wire, 4*int64(c.wire*p.Depth*p.Burst)), pinned: math.MaxUint64, toSend: -1}
	f.pub.fd = -1
	for i := range f.subs {
		f.subs[i].fd = -1
	}
	defer f.hangUp()
	start := l.clock()
	connect := time.Duration(0)
	err = f.connect()
	if err == nil {
		connect = time.Duration(l.clock() - start)
		err = f.run()
	}
	r := f.rec.report(l.clock(), connect)
	if f.fates != nil {
		r.Stalled = f.fates.Stalled
	}
	return r, err
}

func (f *fan) connect() error {
	f.on[kindConn], f.on[kindPub] = f.subEvent, f.pubEvent
	suffix := ""
	if f.plan.Channels > 1 {
		suffix = fmt.Sprintf("/%d", f.plan.Channels)
	}
	err := f.dial("/sub"+suffix, f.plan.Subscribers, func(conn, fd int, rest []byte) error {
		f.subs[conn].fd = int32(fd)
		if err := f.mod(fd, kindConn, conn, unix.EPOLLIN); err != nil {
			return err
		}
		return f.take(conn, rest)
	})
	if err != nil {
		return err
	}
	return f.dial("/pub"+suffix, 1, func(_, fd int, rest []byte) error {
		f.pub.fd = fd
		if err := f.mod(fd, kindPub, 0, unix.EPOLLIN); err != nil {
			return err
		}
		return f.pubTake(rest)
	})
}

func (f *fan) dial(path string, n int, opened func(conn, fd int, rest []byte) error) error {
	d, err := newDialer(f.loop, f.plan.Addr, path, min(inProgress, n))
	if err != nil {
		return err
	}
	defer d.close()
	d.opened = opened
	return d.all(n)
}

func (f *fan) hangUp() {
	for i := range f.subs {
		if f.subs[i].fd >= 0 {
			reset(int(f.subs[i].fd))
		}
	}
	if f.pub.fd >= 0 {
		reset(f.pub.fd)
	}
}

func (f *fan) run() error {
	f.progress = f.clock()
	if err := f.gather(); err != nil {
		return err
	}
	f.outstanding = f.missing
	f.bursts = newBursts(f.plan.Burst, f.stream.sent())
	f.begin(f.clock())
	if err := f.until(f.now+int64(f.plan.Warm), false); err != nil {
		return err
	}
	if f.plan.Stalled > 0 {
		if err := f.quiesce(); err != nil {
			return err
		}
		if err := f.stall(); err != nil {
			return err
		}
	}
	if err := f.measure(); err != nil {
		return err
	}
	if err := f.quiesce(); err != nil {
		return err
	}
	if f.plan.Stalled > 0 {
		return f.readOn()
	}
	return nil
}

// measure is the window. A window of bytes owed ends when everybody that reads has them.
func (f *fan) measure() error {
	f.rec.begin(f.clock)
	f.from, f.to = f.rec.begun, never
	end := never
	if f.plan.Owed > 0 {
		f.toSend = (f.plan.Owed + int64(f.plan.Size) - 1) / int64(f.plan.Size)
	} else {
		end = f.now + int64(f.plan.Measure)
	}
	if !f.sending {
		f.begin(f.now)
	}
	if err := f.until(end, f.plan.Owed > 0); err != nil {
		return err
	}
	f.to = f.clock()
	f.rec.end(f.now)
	return nil
}

// quiesce sends nothing more and waits until everybody that reads has everything.
func (f *fan) quiesce() error {
	f.sending = false
	return f.until(never, true)
}

// until turns the loop until t, or with settled until nothing is in flight or to be sent.
func (f *fan) until(t int64, settled bool) error {
	for f.now < t {
		if settled && f.bursts.inFlight() == 0 && (!f.sending || f.toSend == 0) {
			return nil
		}
		if err := f.turn(min(t, f.rec.next, f.pubNext())); err != nil {
			return err
		}
		if f.now >= f.rec.next {
			f.rec.moment(f.now)
		}
		if err := f.publish(); err != nil {
			return err
		}
	}
	return nil
}

func (f *fan) missing() (detail string, messages int64, conns int) {
	for i := range f.subs {
		if s := &f.subs[i]; !s.stalled && s.seq < f.stream.sent() {
			conns++
		}
	}
	return "waiting for deliveries", f.bursts.left(), conns
}

// fates are what becomes of stalled readers.
type fates struct {
	result.Stalled
	open    int // unsettled
	touched int64
}
