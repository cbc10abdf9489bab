package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/bench/internal/wsclient"
)

// dialer opens subscribed connections as bare descriptors.
type dialer struct {
	to        unix.SockaddrInet4
	handshake []byte
	subscribe []byte
}

func newDialer(o options) (*dialer, error) {
	a, err := net.ResolveTCPAddr("tcp4", o.addr)
	if err != nil {
		return nil, err
	}
	d := &dialer{handshake: wsclient.Handshake(o.addr, o.path),
		subscribe: wsclient.Text(`{"type":"subscribe","channel":"` + o.channel + `"}`)}
	d.to.Port = a.Port
	copy(d.to.Addr[:], a.IP.To4())
	return d, nil
}

// open connects, subscribes and waits for the answer. buf is for its own use.
func (d *dialer) open(buf []byte) (fd int, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("socket: %w", err)
	}
	if err := d.join(fd, buf); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func (d *dialer) join(fd int, buf []byte) error {
	// A server that stops answering must not stop us for ever.
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 10}); err != nil {
		return err
	}
	if err := unix.Connect(fd, &d.to); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if err := writeAll(fd, d.handshake); err != nil {
		return err
	}
	have, n := 0, 0
	for n == 0 {
		var err error
		if have, err = readMore(fd, buf, have); err != nil {
			return err
		}
		if n, err = wsclient.CheckHandshake(buf[:have]); err != nil {
			return err
		}
	}
	if err := writeAll(fd, d.subscribe); err != nil {
		return err
	}
	have = copy(buf, buf[n:have])
	for !bytes.Contains(buf[:have], []byte("}")) {
		var err error
		if have, err = readMore(fd, buf, have); err != nil {
			return err
		}
	}
	if !bytes.Contains(buf[:have], []byte(`"type":"subscribed"`)) {
		return fmt.Errorf("the subscription was not accepted: %q", buf[:have])
	}
	return nil
}

func readMore(fd int, buf []byte, have int) (int, error) {
	for {
		n, err := unix.Read(fd, buf[have:])
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return have, fmt.Errorf("read: %w", err)
		case n <= 0:
			return have, errors.New("the server ended the connection")
		default:
			return have + n, nil
		}
	}
}

func writeAll(fd int, p []byte) error {
	for len(p) > 0 {
		n, err := unix.Write(fd, p)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
		p = p[n:]
	}
	return nil
}
