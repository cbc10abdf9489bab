package rival_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/wsclient"
	"github.com/weir-ws/weir/frame"
)

// client is one WebSocket connection that fails its test when something goes wrong.
type client struct {
	t    *testing.T
	path string
	conn net.Conn
	in   *bufio.Reader
}

func dial(t *testing.T, addr, path string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	// Far beyond what any machine needs: it only ends a test that would wait for ever.
	_ = conn.SetDeadline(time.Now().Add(10 * time.Minute))
	c := &client{t: t, path: path, conn: conn, in: bufio.NewReader(conn)}
	c.write(wsclient.Handshake(addr, path))
	var answer []byte
	for {
		b, err := c.in.ReadByte()
		if err != nil {
			t.Fatalf("%s: the handshake: %v after %q", path, err, answer)
		}
		answer = append(answer, b)
		if n, err := wsclient.CheckHandshake(answer); err != nil {
			t.Fatal(err)
		} else if n > 0 {
			return c
		}
	}
}

// subscribe returns a client that is in for sure: its ping was answered.
func subscribe(t *testing.T, addr, path string) *client {
	t.Helper()
	c := dial(t, addr, path)
	c.ping("in?")
	return c
}

func (c *client) write(b []byte) {
	c.t.Helper()
	if _, err := c.conn.Write(b); err != nil {
		c.t.Fatalf("%s: %v", c.path, err)
	}
}

func (c *client) send(op frame.Op, p []byte) {
	c.t.Helper()
	c.write(wsclient.Frame(op, p))
}

// next reads one message, its fragments put together; a control frame is a message too.
func (c *client) next() (op frame.Op, payload []byte, err error) {
	for {
		var h [8]byte
		if _, err := io.ReadFull(c.in, h[:2]); err != nil {
			return 0, nil, err
		}
		fin, masked, n := h[0]&0x80 != 0, h[1]&0x80 != 0, uint64(h[1]&0x7f)
		if this := frame.Op(h[0] & 0xf); this != frame.OpContinuation {
			op = this
		}
		if masked || h[0]&0x70 != 0 {
			return 0, nil, fmt.Errorf("a frame begins with % x", h[:2])
		}
		if n >= 126 {
			long := h[:2+6*(n-126)]
			if _, err := io.ReadFull(c.in, long); err != nil {
				return 0, nil, err
			}
			if n == 126 {
				n = uint64(binary.BigEndian.Uint16(long))
			} else {
				n = binary.BigEndian.Uint64(long)
			}
		}
		p := make([]byte, n)
		if _, err := io.ReadFull(c.in, p); err != nil {
			return 0, nil, err
		}
		if payload = append(payload, p...); fin {
			return op, payload, nil
		}
	}
}

// expect reads one message and compares it.
func (c *client) expect(op frame.Op, p []byte) {
	c.t.Helper()
	gotOp, got, err := c.next()
	if err != nil || gotOp != op || string(got) != string(p) {
		c.t.Fatalf("%s: got %v of %d bytes %.40q, %v; want %v of %d bytes %.40q", c.path, gotOp, len(got), got, err, op, len(p), p)
	}
}

func (c *client) ping(p string) {
	c.t.Helper()
	c.send(frame.OpPing, []byte(p))
	c.expect(frame.OpPong, []byte(p))
}

// leave says goodbye and waits for the end.
func (c *client) leave() {
	c.t.Helper()
	c.send(frame.OpClose, []byte{0x03, 0xe8})
	c.expect(frame.OpClose, []byte{0x03, 0xe8})
	_ = c.conn.Close()
}
