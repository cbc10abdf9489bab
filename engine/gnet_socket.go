//go:build unix

package engine

import (
	"net"
	"net/netip"
	"os"
	"reflect"
	"unsafe"

	"github.com/panjf2000/gnet/v2"
	"golang.org/x/sys/unix"
)

// gnetSocket is the Socket of a connection on gnet, and the Conn itself in the same piece of memory.
//
// It writes to the descriptor itself, on the loop that owns it. gnet's own Write copies what the
// socket does not take into a buffer without bound and never says when it has drained; ours
// leaves it with the connection's references, and gnet's outbound buffer stays empty for ever.
type gnetSocket struct {
	conn   Conn
	gc     unsafe.Pointer // the gnet.Conn without its type, which is the same for all: see gnetConn
	fd     int32
	addr   [16]byte // the address inline: netip.Addr and gnet's *net.TCPAddr are heavier
	port   uint16
	known  bool
	closed bool // the descriptor is closed or about to be, and may be reused by another socket: touch it no more
}

// gnetSocketOf finds the socket around its Conn, which is its first field.
func gnetSocketOf(c *Conn) Socket {
	if c.flags&flagTLS != 0 {
		return tlsSocketOf(c)
	}
	return (*gnetSocket)(unsafe.Pointer(c))
}

var _ [unsafe.Offsetof(gnetSocket{}.conn)]struct{} = [0]struct{}{}

// Write implements Socket.
func (s *gnetSocket) Write(p []byte) (int, error) {
	if s.closed {
		return 0, net.ErrClosed
	}
	for {
		n, err := write(int(s.fd), p)
		switch err {
		case nil:
			return n, nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, nil
		default:
			return 0, err
		}
	}
}

// Writev implements Socket.
func (s *gnetSocket) Writev(v [][]byte) (int, error) {
	if s.closed {
		return 0, net.ErrClosed
	}
	for {
		n, err := writev(int(s.fd), v)
		n = max(n, 0) // the system call says -1 beside an error
		switch err {
		case nil:
			return n, nil
		case unix.EINTR:
		case unix.EAGAIN:
			return n, nil
		default:
			return n, err
		}
	}
}

// detach implements detacher. The new descriptor shares the socket with the loop's, whose close then sends no FIN.
func (s *gnetSocket) detach() (net.Conn, error) {
	if s.closed {
		return nil, net.ErrClosed
	}
	fd, err := unix.FcntlInt(uintptr(s.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "connection")
	defer f.Close()
	return net.FileConn(f) // which takes a duplicate of its own
}

// CloseWrite implements Socket.
func (s *gnetSocket) CloseWrite() error {
	if s.closed {
		return net.ErrClosed
	}
	return unix.Shutdown(int(s.fd), unix.SHUT_WR)
}

// Close implements Socket. EventLoop.Close works at once; gnet's Conn.Close would queue behind other tasks.
func (s *gnetSocket) Close(abort bool) {
	if s.closed {
		return
	}
	if abort {
		_ = s.gnetConn().SetLinger(0) // close(2) then sends RST and forgets what is unsent
	}
	s.closed = true
	gc := s.gnetConn()
	_ = gc.EventLoop().Close(gc)
}

// gnetConn puts the type of gnet's connections, as the loop's control connection has it, before the pointer to this one.
// The word it saves brings a gnetSocket from the size class of 128 bytes to that of 112.
func (s *gnetSocket) gnetConn() gnet.Conn {
	gc := s.conn.loop.host.(*gnetLoop).control
	wordsOf(&gc).data = s.gc
	return gc
}

// words are an interface value: its type with the methods, and the pointer in it.
type words struct{ typ, data unsafe.Pointer }

func wordsOf(gc *gnet.Conn) *words { return (*words)(unsafe.Pointer(gc)) }

// Peer implements Socket.
func (s *gnetSocket) Peer() netip.AddrPort {
	if !s.known {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(netip.AddrFrom16(s.addr).Unmap(), s.port)
}

// SetPeer implements Socket.
func (s *gnetSocket) SetPeer(a netip.AddrPort) {
	s.addr, s.port, s.known = a.Addr().As16(), a.Port(), a.IsValid()
}

// slimFields are fields of gnet's connection that a TCP or unix connection never uses again once it is
// open, and that cost some 250 bytes: three addresses and a second context. We keep the peer's
// address ourselves.
var slimFields = []struct {
	name string
	typ  string
}{
	{"remote", "unix.Sockaddr"},
	{"localAddr", "net.Addr"},
	{"remoteAddr", "net.Addr"},
	{"safeCtx", "atomic.Pointer[interface {}]"},
}

// slim forgets those fields, so that an idle connection does not hold them. It looks them up by name and
// type and leaves alone what it does not find: on another gnet a connection is then only
// a little larger. A test pins that it works on the version in go.mod.
func slim(gc gnet.Conn) (freed int) {
	v := reflect.ValueOf(gc)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return 0
	}
	t := v.Type().Elem()
	for _, want := range slimFields {
		f, ok := t.FieldByName(want.name)
		if !ok || f.Type.String() != want.typ {
			continue
		}
		p := unsafe.Add(v.UnsafePointer(), f.Offset)
		reflect.NewAt(f.Type, p).Elem().SetZero()
		freed++
	}
	return freed
}
