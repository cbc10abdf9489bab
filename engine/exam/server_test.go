package exam_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// server is a WebSocket echo server that answers the whole exam rightly, and
// wrongly in the ways its bugs name. It is deliberately simple: one goroutine
// a connection, blocking reads, and a `s.has(bug)` wherever a bug lives.
type server struct {
	bugs []string
	ln   net.Listener
	wg   sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
}

func (s *server) has(bug string) bool { return slices.Contains(s.bugs, bug) }

// serve starts a server with bugs for the duration of the test and returns its URL.
func serve(tb testing.TB, bugs ...string) string {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &server{bugs: bugs, ln: ln, conns: map[net.Conn]bool{}}
	s.wg.Go(s.accept)
	tb.Cleanup(func() {
		_ = ln.Close()
		s.mu.Lock()
		for conn := range s.conns {
			_ = conn.Close()
		}
		s.mu.Unlock()
		s.wg.Wait()
	})
	return "ws://" + ln.Addr().String() + "/"
}

func (s *server) accept() {
	for {
		conn, err := s.ln.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[conn] = true
		s.mu.Unlock()
		s.wg.Go(func() {
			p := &peer{server: s, conn: conn.(*net.TCPConn), bw: bufio.NewWriterSize(conn, 32<<10)}
			p.br = bufio.NewReaderSize((*flushingReader)(p), 32<<10)
			p.serve()
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
		})
	}
}

// peer is one connection of the server.
type peer struct {
	*server
	conn *net.TCPConn
	br   *bufio.Reader
	bw   *bufio.Writer

	open    bool // a message is unfinished
	op      byte
	message []byte
	text    textCheck
	flipped bool   // it came in the toy extension
	held    []byte // an echo that a bug has not sent yet
	echoes  int
}

// failure is a violation and the status it gets.
type failure uint16

func (f failure) Error() string { return fmt.Sprint("status ", uint16(f)) }

func (p *peer) serve() {
	defer func() { _ = p.conn.Close() }()
	if !p.handshake() {
		p.drain()
		return
	}
	if p.has("loses bytes behind the request") {
		_, _ = p.br.Discard(p.br.Buffered())
	}
	for {
		if p.has("holds echoes while a frame is unfinished") && p.br.Buffered() == 0 {
			_ = p.flush()
		}
		err := p.frame()
		if err == nil {
			continue
		}
		if f, ok := err.(failure); ok {
			p.fail(uint16(f))
		}
		return
	}
}

// flushingReader sends what is due before it blocks for more.
type flushingReader peer

func (r *flushingReader) Read(b []byte) (int, error) {
	p := (*peer)(r)
	if !p.has("holds echoes while a frame is unfinished") {
		if err := p.flush(); err != nil {
			return 0, err
		}
	}
	return p.conn.Read(b)
}

func (p *peer) flush() error {
	if p.held != nil {
		_, _ = p.bw.Write(p.held)
		p.held = nil
	}
	return p.bw.Flush()
}

// fail sends a Close frame and closes TCP the way 7.1.1 describes.
func (p *peer) fail(status uint16) {
	switch {
	case p.has("fails without a close frame"):
		_ = p.flush()
		p.drain()
		return
	case p.has("always fails with 1000"):
		status = 1000
	case p.has("fails UTF-8 with 1002") && status == 1007:
		status = 1002
	}
	p.send(8, binary.BigEndian.AppendUint16(nil, status))
	p.finish()
}

// finish closes TCP after the last frame.
func (p *peer) finish() {
	_ = p.flush()
	switch {
	case p.has("resets TCP"):
		_ = p.conn.SetLinger(0)
		return
	case p.has("leaves TCP open"):
		_, _ = io.Copy(io.Discard, p.conn)
		return
	}
	p.drain()
}

// drain ends our half and reads until the peer ends its own, so that the
// kernel has no unread bytes to answer with a reset.
func (p *peer) drain() {
	_ = p.conn.CloseWrite()
	_ = p.conn.SetReadDeadline(time.Now().Add(time.Minute))
	_, _ = io.Copy(io.Discard, p.conn)
}

// send writes a frame into the buffer.
func (p *peer) send(op byte, payload []byte) {
	b := []byte{0x80 | op}
	if p.flipped && op < 8 {
		b[0] |= 0x40
		payload = flip(payload)
	}
	var mask byte
	if p.has("masks its frames") {
		mask = 0x80
	}
	switch n := len(payload); {
	case n > 65535:
		b = binary.BigEndian.AppendUint64(append(b, mask|127), uint64(n))
	case n > 125 || p.has("sends long lengths") && op < 8:
		b = binary.BigEndian.AppendUint16(append(b, mask|126), uint16(n))
	default:
		b = append(b, mask|byte(n))
	}
	if mask != 0 {
		b = append(b, 0, 0, 0, 0)
	}
	if p.has("swaps neighbours") && op < 8 && len(payload) > 0 && p.held == nil {
		p.held = append(b, payload...)
		return
	}
	_, _ = p.bw.Write(b)
	_, _ = p.bw.Write(payload)
	if p.held != nil {
		_, _ = p.bw.Write(p.held)
		p.held = nil
	}
}
