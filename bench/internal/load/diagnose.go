package load

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// grace is how long a message that was overtaken may take before it is lost rather than out of order.
const grace = 200 * time.Millisecond

// control handles what may come between messages. data says that it is a message, under the right opcode.
func control(conn int, want uint64, op byte, payload []byte, write func(pong []byte) error) (data bool, err error) {
	switch op {
	case opBinary:
		return true, nil
	case opText:
		return false, &Violation{Kind: Opcode, Conn: conn, Want: want, Got: want, Detail: "a text message, and binary ones were sent"}
	case opPing:
		return false, write(appendPong(nil, payload))
	case opClose:
		_, words := closeReason(payload)
		return false, &Violation{Kind: Closed, Conn: conn, Want: want, Detail: words}
	}
	return false, nil // an unasked pong means nothing
}

func illegal(conn int, want uint64, err error) error {
	kind := Protocol
	if errors.Is(err, errLength) {
		kind = Altered
	}
	return &Violation{Kind: kind, Conn: conn, Want: want, Got: want, Detail: err.Error()}
}

// finding is where a wrong message came.
type finding struct {
	conn   int
	id     uint32 // what its messages carry as connection
	fd     int
	parser *parser // what else has come is in it
	want   uint64
	sent   uint64 // messages up to this one, without it, exist
}

// diagnose says what is wrong with a message that is not the one that was due. It may wait for grace.
func (c *coder) diagnose(f finding, payload []byte) error {
	seq, _, id, ok := c.genuine(payload)
	v := &Violation{Conn: f.conn, Want: f.want, Got: seq}
	switch {
	case !ok:
		v.Kind, v.Got, v.Detail = Altered, f.want, fmt.Sprintf("the payload is no message of ours; it begins with %x", payload[:min(len(payload), MinSize)])
	case id != f.id:
		v.Kind, v.Detail = Foreign, fmt.Sprintf("it belongs to connection %d", id)
	case seq >= f.sent:
		v.Kind, v.Detail = Protocol, fmt.Sprintf("message %d came, which was never sent", seq)
	case seq < f.want:
		v.Kind, v.Detail = Repeated, "it had come before"
	case seq == f.want:
		v.Kind, v.Detail = Altered, "the time in it is not the one that was sent"
	case c.follows(f):
		v.Kind, v.Detail = Reordered, "the one that was due came later"
	default:
		v.Kind, v.Detail = Lost, fmt.Sprintf("the one that was due did not come within %v", grace)
	}
	return v
}

// follows reports whether the message that was due is among what comes within grace.
func (c *coder) follows(f finding) bool {
	buf := make([]byte, 64<<10)
	for end := time.Now().Add(grace); ; {
		for {
			op, payload, ok, err := f.parser.next()
			if err != nil {
				return false
			}
			if !ok {
				break
			}
			if seq, _, id, good := c.genuine(payload); op == opBinary && good && id == f.id && seq == f.want {
				return true
			}
		}
		left := time.Until(end)
		if left <= 0 {
			return false
		}
		poll := []unix.PollFd{{Fd: int32(f.fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(poll, int(left/time.Millisecond)+1); err != nil && err != unix.EINTR {
			return false
		}
		n, errno := sysRead(f.fd, buf)
		if errno == unix.EAGAIN {
			continue
		}
		if errno != 0 || n == 0 {
			return false
		}
		f.parser.feed(buf[:n])
	}
}
