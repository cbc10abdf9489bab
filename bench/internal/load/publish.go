package load

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// publishFor bounds a Publish, and leaveFor how long the server may take over the farewell.
const (
	publishFor = 30 * time.Second
	leaveFor   = 5 * time.Second
)

// Publish connects to /pub, sends in one write count messages of size bytes that Held.Expect announced, in this
// process or others of this machine, and leaves when the server has read them.
func Publish(ctx context.Context, addr string, count, size int) error {
	if size < MinSize || count < 1 {
		return fmt.Errorf("publishing %d messages of %d bytes: at least one, of at least %d", count, size, MinSize)
	}
	conn, err := (&net.Dialer{Timeout: publishFor}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("publishing: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := publish(conn, addr, newCoder(size), count); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("publishing: %w", err)
	}
	return nil
}

func publish(conn net.Conn, addr string, c *coder, count int) error {
	_ = conn.SetDeadline(time.Now().Add(publishFor))
	k := key(uint64(time.Now().UnixNano()))
	if _, err := conn.Write(appendRequest(nil, addr, "/pub", k)); err != nil {
		return err
	}
	var head []byte
	for piece := make([]byte, 4096); ; {
		n, err := conn.Read(piece)
		if err != nil {
			return fmt.Errorf("the handshake: %w after %q", err, head)
		}
		head = append(head, piece[:n]...)
		if _, done, err := checkResponse(head, k); err != nil || done {
			if err != nil {
				return err
			}
			break
		}
	}
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return err
	}
	var b []byte
	for seq := range uint64(count) {
		b = c.appendClient(b, seq, now.Nano(), 0)
	}
	if _, err := conn.Write(b); err != nil {
		return err
	}
	// A close with code 1000 and the end of what we send; what comes meanwhile is read, so that no reset overtakes the messages.
	if _, err := conn.Write([]byte{0x80 | opClose, 0x82, 0, 0, 0, 0, 1000 >> 8, 1000 & 0xff}); err != nil {
		return err
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.CloseWrite()
	}
	_ = conn.SetDeadline(time.Now().Add(leaveFor))
	_, _ = io.Copy(io.Discard, conn)
	return nil
}
