package load

import (
	"golang.org/x/sys/unix"
)

// maxUnsent is how much the publisher keeps when the server does not read; what falls due then is sent late, with
// the time it was due.
const maxUnsent = 16 << 20

// publisher is the one connection that sends.
type publisher struct {
	fd     int
	out    []byte // what the socket did not take
	at     int
	frames []byte // scratch
	parser parser
	start  int64 // open loop: the schedule's beginning
	count  int64 // open loop: bursts since
}

// begin starts sending.
func (f *fan) begin(now int64) {
	f.sending = true
	f.pub.start, f.pub.count = now, 0
}

// pubNext is when the next burst falls due.
func (f *fan) pubNext() int64 {
	switch {
	case !f.sending || f.toSend == 0:
		return never
	case f.plan.Rate > 0:
		if len(f.pub.out) >= maxUnsent {
			return never
		}
		return f.pub.start + int64(float64(f.pub.count)*float64(f.plan.Burst)/f.plan.Rate*1e9)
	case f.bursts.inFlight() < f.plan.Depth:
		return f.now
	}
	return never
}

// publish sends what is due.
func (f *fan) publish() error {
	for {
		due := f.pubNext()
		if due > f.now {
			return nil
		}
		if f.plan.Rate <= 0 {
			due = f.clock()
		}
		f.pub.count++
		f.bursts.push(due, int64(f.plan.Burst)*f.healthy)
		if f.toSend > 0 {
			f.toSend = max(f.toSend-int64(f.plan.Burst), 0)
		}
		if err := f.post(f.plan.Burst, due); err != nil {
			return err
		}
	}
}

// post sends the next n messages in one write.
func (f *fan) post(n int, due int64) error {
	b := f.pub.frames[:0]
	for range n {
		seq := f.stream.sent()
		b = f.appendServer(b[:0], seq, due, 0)
		f.stream.append(b)
	}
	b = b[:0]
	for seq := f.stream.sent() - uint64(n); seq < f.stream.sent(); seq++ {
		b = f.appendClient(b, seq, due, 0)
	}
	f.pub.frames = b
	return f.pubWrite(b)
}

func (f *fan) pubWrite(b []byte) error {
	if len(f.pub.out) == 0 {
		n, errno := sysWrite(f.pub.fd, b)
		if errno != 0 && errno != unix.EAGAIN {
			return ended(-1, 0, errno)
		}
		if errno == 0 {
			b = b[n:]
		}
		if len(b) == 0 {
			return nil
		}
		if err := f.mod(f.pub.fd, kindPub, 0, unix.EPOLLIN|unix.EPOLLOUT); err != nil {
			return err
		}
	}
	f.pub.out = append(f.pub.out, b...)
	return nil
}

func (f *fan) pubEvent(_ int, ev uint32) error {
	if ev&unix.EPOLLOUT != 0 && len(f.pub.out) > 0 {
		n, errno := sysWrite(f.pub.fd, f.pub.out[f.pub.at:])
		if errno != 0 && errno != unix.EAGAIN {
			return ended(-1, 0, errno)
		}
		if errno == 0 {
			f.pub.at += n
		}
		if f.pub.at == len(f.pub.out) {
			f.pub.out, f.pub.at = f.pub.out[:0], 0
			if err := f.mod(f.pub.fd, kindPub, 0, unix.EPOLLIN); err != nil {
				return err
			}
		}
	}
	if ev&^uint32(unix.EPOLLOUT) == 0 {
		return nil
	}
	n, errno := sysRead(f.pub.fd, f.buf)
	if errno == unix.EAGAIN {
		return nil
	}
	if errno != 0 || n == 0 {
		return ended(-1, 0, errno)
	}
	return f.pubTake(f.buf[:n])
}

// pubTake answers pings: a publisher is sent nothing else.
func (f *fan) pubTake(b []byte) error {
	f.pub.parser.size = f.size
	f.pub.parser.feed(b)
	for {
		op, payload, ok, err := f.pub.parser.next()
		if err != nil {
			return illegal(-1, 0, err)
		}
		if !ok {
			return nil
		}
		data, err := control(-1, 0, op, payload, f.pubWrite)
		if err != nil {
			return err
		}
		if data {
			return &Violation{Kind: Protocol, Conn: -1, Detail: "a message came on /pub, which only publishes"}
		}
	}
}
