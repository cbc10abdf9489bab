package load

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// inProgress is how many handshakes run at once: enough for 18,000 in a second or two, and less than the listen
// backlogs in use (511 in Node and uWebSockets), because a dropped SYN costs a second.
const inProgress = 256

// dialer opens connections, several at a time, on the loop's kindDial events.
type dialer struct {
	*loop
	addr    netip.AddrPort
	host    string
	path    string
	sources []netip.Addr
	// opened takes a connection over, which is registered for nothing yet but kindDial; rest came with the response.
	// It may keep rest only until it returns.
	opened  func(conn, fd int, rest []byte) error
	started int   // connections begun
	took    int64 // ns, of the handshake that opened is told of
	dialing []handshake
	free    []int
	scratch []byte
}

type handshake struct {
	fd   int
	conn int
	at   int64
	key  [24]byte
	sent bool
	in   []byte
}

func newDialer(l *loop, addr, path string, limit int) (*dialer, error) {
	a, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, fmt.Errorf("the server's address must be IP:port: %w", err)
	}
	d := &dialer{loop: l, addr: a, host: addr, path: path, dialing: make([]handshake, limit)}
	for i := range d.dialing {
		d.dialing[i].fd = -1
		d.free = append(d.free, i)
	}
	l.on[kindDial] = d.event
	return d, nil
}

// busy is how many handshakes are in progress.
func (d *dialer) busy() int { return len(d.dialing) - len(d.free) }

// start begins one connection; free must not be empty.
func (d *dialer) start(conn int) error {
	slot := d.free[len(d.free)-1]
	fd, err := d.socket()
	if err != nil {
		return fmt.Errorf("connection %d: %w", conn, err)
	}
	d.free = d.free[:len(d.free)-1]
	h := &d.dialing[slot]
	*h = handshake{fd: fd, conn: conn, at: d.clock(), key: key(uint64(d.started)), in: h.in[:0]}
	d.started++
	if err := d.add(fd, kindDial, slot, unix.EPOLLOUT); err != nil {
		return err
	}
	return nil
}

// perSource is after how many connections over loopback another source address is taken. From one address the kernel's
// search for a free port takes over half a millisecond once half of them are in use.
const perSource, loopbackSources = 8000, 8

// source is where the next connection comes from; the zero address leaves it to the kernel.
func (d *dialer) source() netip.Addr {
	if n := len(d.sources); n > 0 {
		return d.sources[d.started%n]
	}
	k := d.started / perSource % loopbackSources
	if ip := d.addr.Addr(); k == 0 || !ip.Is4() || !ip.IsLoopback() {
		return netip.Addr{}
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, byte(1 + k)})
}

func (d *dialer) socket() (int, error) {
	fd, err := open(d.addr, d.source())
	switch {
	case errors.Is(err, unix.ECONNREFUSED):
		return -1, &Violation{Kind: Refused, Conn: d.started, Detail: err.Error()}
	case errors.Is(err, unix.EADDRNOTAVAIL):
		return -1, fmt.Errorf("%w: no port is left to connect from: widen net.ipv4.ip_local_port_range or give more source addresses", err)
	}
	return fd, err
}

func (d *dialer) event(slot int, ev uint32) error {
	h := &d.dialing[slot]
	if h.fd < 0 {
		return nil
	}
	if !h.sent {
		return d.request(slot, h)
	}
	n, e := sysRead(h.fd, d.buf)
	switch {
	case e == unix.EAGAIN:
		return nil
	case e != 0:
		return d.refused(h, e.Error())
	case n == 0:
		return d.refused(h, fmt.Sprintf("the server ended the connection in the handshake, after %q", h.in))
	}
	b := d.buf[:n]
	if len(h.in) > 0 {
		h.in = append(h.in, b...)
		b = h.in
	}
	rest, done, err := checkResponse(b, h.key)
	if err != nil {
		return d.refused(h, err.Error())
	}
	if !done {
		if len(h.in) == 0 {
			h.in = append(h.in, b...)
		}
		return nil
	}
	fd, conn := h.fd, h.conn
	h.fd = -1
	d.free = append(d.free, slot)
	d.progress = d.clock()
	d.took = d.now - h.at
	return d.opened(conn, fd, rest)
}

func (d *dialer) request(slot int, h *handshake) error {
	if code, err := unix.GetsockoptInt(h.fd, unix.SOL_SOCKET, unix.SO_ERROR); err != nil || code != 0 {
		return d.refused(h, unix.Errno(code).Error())
	}
	d.scratch = appendRequest(d.scratch[:0], d.host, d.path, h.key)
	// A fresh socket takes some hundred bytes whole.
	if n, e := sysWrite(h.fd, d.scratch); e != 0 || n < len(d.scratch) {
		return d.refused(h, fmt.Sprintf("sending the request: %v", e))
	}
	h.sent = true
	return d.mod(h.fd, kindDial, slot, unix.EPOLLIN)
}

func (d *dialer) refused(h *handshake, detail string) error {
	return &Violation{Kind: Refused, Conn: h.conn, Detail: detail}
}

// close resets what is still in progress.
func (d *dialer) close() {
	for i := range d.dialing {
		if d.dialing[i].fd >= 0 {
			reset(d.dialing[i].fd)
			d.dialing[i].fd = -1
		}
	}
}

// all opens n connections and returns when they are open.
func (d *dialer) all(n int) error {
	d.outstanding = func() (string, int64, int) { return "opening connections", 0, n - d.started + d.busy() }
	for d.started < n || d.busy() > 0 {
		for d.started < n && len(d.free) > 0 {
			if err := d.start(d.started); err != nil {
				return err
			}
		}
		if err := d.turn(never); err != nil {
			return err
		}
	}
	return nil
}
