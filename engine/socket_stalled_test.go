//go:build unix

package engine_test

import (
	"encoding/binary"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"golang.org/x/sys/unix"
)

// numbered is message i of n bytes: its number, and then bytes that depend on it.
func numbered(i, n int) []byte {
	p := make([]byte, n)
	binary.BigEndian.PutUint64(p, uint64(i))
	for j := 8; j < n; j++ {
		p[j] = byte(i + j)
	}
	return p
}

// dialStalled opens a WebSocket whose client reads nothing until it is asked to. Its receive buffer is small and
// fixed, but holds two of loopback's segments of 64 KiB: with less, TCP moves on by its timers alone.
func dialStalled(t testing.TB, a net.Addr, lines ...string) *rawClient {
	t.Helper()
	d := net.Dialer{Control: func(_, _ string, rc syscall.RawConn) (err error) {
		e := rc.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 128<<10) })
		if e != nil {
			return e
		}
		return err
	}}
	nc, err := d.Dial(a.Network(), a.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	_ = nc.SetDeadline(time.Now().Add(2 * patience))
	c := newRawClient(t, nc)
	c.request(lines...)
	if r := c.response("GET"); r.StatusCode != 101 {
		t.Fatalf("handshake answered with %s", r.Status)
	}
	return c
}

// hold makes the kernel keep the send buffers of server connections as small as they are at first: by itself it
// enlarges a full one whenever it looks, so that what a stalled reader's socket takes depends on how long that is.
func hold(t testing.TB, c *engine.Conn) {
	if err := unix.SetsockoptInt(engine.Descriptor(c), unix.SOL_SOCKET, unix.SO_SNDBUF, 128<<10); err != nil {
		t.Errorf("SO_SNDBUF: %v", err)
	}
}

const bigMessage = 32 << 10

// fillUp sends numbered messages, on the loop, until one is not Sent, and returns the number of the first that is
// not and what became of it.
func fillUp(c *engine.Conn, from int) (int, engine.Outcome) {
	for i := from; ; i++ {
		if o := c.Send(frame.OpBinary, numbered(i, bigMessage)); o != engine.Sent {
			return i, o
		}
	}
}

// stall opens a connection and sends it messages until its socket is full. It returns how many were accepted.
func stall(t testing.TB, s *sockServer, refs chan engine.Ref) (*rawClient, engine.Ref, int) {
	t.Helper()
	c := dialStalled(t, s.addr)
	ref := wait(t, "Open", refs)
	sent := 0
	onLoop(t, ref, func(c *engine.Conn) {
		i, o := fillUp(c, 0)
		if sent = i + 1; o != engine.Queued {
			t.Errorf("message %d was %s before any was queued", i, o)
		}
	})
	return c, ref, sent
}

// expectNumbered reads the messages from..to-1, which must be all there and in order.
func (c *rawClient) expectNumbered(from, to int) {
	c.t.Helper()
	for i := from; i < to; i++ {
		op, p, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for message %d of %d: %v", i, to, err)
		}
		if op != frame.OpBinary || string(p) != string(numbered(i, bigMessage)) {
			c.t.Fatalf("got %s of %d bytes, number %x; want message %d", op, len(p), p[:min(8, len(p))], i)
		}
	}
}

// readNumberedToClose reads messages 0, 1, 2... in order up to a close frame, and returns how many came.
func (c *rawClient) readNumberedToClose(code frame.Status) (n int) {
	c.t.Helper()
	for ; ; n++ {
		op, p, err := c.next()
		if err != nil {
			c.t.Fatalf("after %d messages: %v", n, err)
		}
		if op == frame.OpClose {
			if got := frame.Status(binary.BigEndian.Uint16(p)); got != code {
				c.t.Fatalf("closed with %d %q, want %d", got, p[2:], code)
			}
			return n
		}
		if string(p) != string(numbered(n, bigMessage)) {
			c.t.Fatalf("message %d came in the place of %d", binary.BigEndian.Uint64(p), n)
		}
	}
}

// A reader stalls, then reads on: everything accepted arrives, in order, nothing of what was dropped; Buffered falls
// to 0, Drain runs once, Flush returns then and not before.
func TestSocketStalledReaderResumes(t *testing.T) {
	t.Parallel()
	drains := make(chan int, 100)
	h, refs := opened(engine.Handler{Drain: func(c *engine.Conn) { drains <- c.Buffered() }})
	cfg := quickly()
	cfg.WriteTimeout = -1
	s := serve(t, cfg, h)
	c, ref, sent := stall(t, s, refs)

	onLoop(t, ref, func(c *engine.Conn) {
		for c.Send(frame.OpBinary, numbered(sent, bigMessage)) < engine.Dropped {
			sent++ // most are queued; the kernel may have found a little room since
		}
		if b := c.Buffered(); b < 64<<10 || b >= 64<<10+bigMessage+10 {
			t.Errorf("a message was dropped with %d bytes buffered, want the high watermark and less than a message more", b)
		}
	})
	flushed := make(chan error, 1)
	go func() { flushed <- s.Flush(t.Context()) }()
	onLoop(t, ref, func(c *engine.Conn) {
		select {
		case <-flushed:
			t.Error("Flush returned with a full socket")
		default:
		}
	})
	c.expectNumbered(0, sent)
	if err := wait(t, "Flush", flushed); err != nil {
		t.Error(err)
	}
	if b := wait(t, "Drain", drains); b > 16<<10 {
		t.Errorf("Drain ran at %d bytes, over the low watermark", b)
	}
	onLoop(t, ref, func(c *engine.Conn) {
		if b := c.Buffered(); b != 0 {
			t.Errorf("%d bytes are buffered behind Flush", b)
		}
		if o := c.Send(frame.OpText, []byte("again")); o != engine.Sent {
			t.Errorf("a message to the drained connection was %s", o)
		}
	})
	c.expect(frame.OpText, "again")
	if len(drains) != 0 {
		t.Error("Drain ran twice for one congestion")
	}
	eventually(t, "nothing is slow any more", func() bool { return s.Stats().Slow == 0 })
	if st := s.Stats(); st.Dropped != 1 || st.SlowClosed != 0 {
		t.Errorf("%d dropped, %d closed as slow; want 1 and 0", st.Dropped, st.SlowClosed)
	}
}

// A shared message that goes out by writev in many pieces, to many stalled readers at once, is never changed, and each
// reader gets it whole: gnet's Writev shortens the caller's slices in place.
func TestSocketSharedMessageIsNeverChanged(t *testing.T) {
	t.Parallel()
	const readers, messages = 8, 120
	cfg := quickly()
	cfg.Loops, cfg.HighWatermark, cfg.HardLimit, cfg.WriteTimeout = 1, 16<<20, 64<<20, -1
	h, refs := opened(engine.Handler{})
	s := serve(t, cfg, h)
	var clients []*rawClient
	var members []engine.Ref
	for range readers {
		clients = append(clients, dialStalled(t, s.addr))
		members = append(members, wait(t, "Open", refs))
	}
	var shared []*frame.Message
	for i := range messages {
		shared = append(shared, frame.NewMessage(frame.OpBinary, numbered(i, bigMessage*(1+i%4))))
	}
	queued := 0
	onLoop(t, members[0], func(first *engine.Conn) {
		for i, m := range shared {
			for _, r := range members { // all in one turn: they share the run of frames, not their progress
				r.Post(func(c *engine.Conn) {
					if o := c.SendMessage(m); o == engine.Queued {
						queued++
					} else if o != engine.Sent {
						t.Errorf("message %d was %s", i, o)
					}
				})
			}
		}
	})
	onLoop(t, members[0], func(*engine.Conn) {}) // they have all been posted; now they have all run
	for _, c := range clients {
		for i := range messages {
			op, p, err := c.next()
			if err != nil || op != frame.OpBinary || string(p) != string(numbered(i, bigMessage*(1+i%4))) {
				t.Fatalf("message %d: %s of %d bytes, %v", i, op, len(p), err)
			}
		}
	}
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, m := range shared {
		if string(m.Payload()) != string(numbered(i, bigMessage*(1+i%4))) {
			t.Errorf("message %d was changed by sending it", i)
		}
	}
	t.Logf("%d of %d sends met a full socket", queued, readers*messages)
}
