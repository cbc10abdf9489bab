package wsclient

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// Target is where to connect to. Its connections are bare descriptors that block, and give up after 10 s.
type Target struct {
	to      unix.SockaddrInet4
	request []byte

	// ReceiveBuffer is SO_RCVBUF in bytes, of which the kernel makes twice as much; 0: the kernel decides, and goes on deciding.
	ReceiveBuffer int
}

// NewTarget resolves host:port.
func NewTarget(addr, path string) (*Target, error) {
	a, err := net.ResolveTCPAddr("tcp4", addr)
	if err != nil {
		return nil, err
	}
	t := &Target{request: Handshake(addr, path)}
	t.to.Port = a.Port
	copy(t.to.Addr[:], a.IP.To4())
	return t, nil
}

// Open connects and shakes hands. buf is for its own use and has room for MaxHead; what came behind the answer is in buf[:have].
func (t *Target) Open(buf []byte) (fd, have int, err error) {
	fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, 0, fmt.Errorf("socket: %w", err)
	}
	if have, err = t.enter(fd, buf); err != nil {
		_ = unix.Close(fd)
		return -1, 0, err
	}
	return fd, have, nil
}

func (t *Target) enter(fd int, buf []byte) (have int, err error) {
	// A server that stops answering must not stop us for ever.
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 10}); err != nil {
		return 0, err
	}
	if t.ReceiveBuffer > 0 {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, t.ReceiveBuffer); err != nil {
			return 0, fmt.Errorf("SO_RCVBUF: %w", err)
		}
	}
	if err := unix.Connect(fd, &t.to); err != nil {
		return 0, fmt.Errorf("connect: %w", err)
	}
	if err := WriteAll(fd, t.request); err != nil {
		return 0, err
	}
	n := 0
	for n == 0 {
		if have, err = ReadMore(fd, buf, have); err != nil {
			return 0, err
		}
		if n, err = CheckHandshake(buf[:have]); err != nil {
			return 0, err
		}
	}
	return copy(buf, buf[n:have]), nil
}

// ReadMore reads behind buf[:have] and returns the new length.
func ReadMore(fd int, buf []byte, have int) (int, error) {
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

// WriteAll writes p to a descriptor that blocks.
func WriteAll(fd int, p []byte) error {
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
