package exam_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
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

func (p *peer) handshake() bool {
	req, err := http.ReadRequest(p.br)
	if err != nil {
		return false
	}
	refuse := func(status, more string) bool {
		_, _ = io.WriteString(p.conn, "HTTP/1.1 "+status+"\r\n"+more+"Connection: close\r\nContent-Length: 0\r\n\r\n")
		return false
	}
	has := func(name, token string) bool {
		for _, v := range req.Header.Values(name) {
			for t := range strings.SplitSeq(v, ",") {
				t = strings.TrimSpace(t)
				if p.has("compares tokens exactly") && t == token || !p.has("compares tokens exactly") && strings.EqualFold(t, token) {
					return true
				}
			}
		}
		return false
	}
	keys := req.Header.Values("Sec-WebSocket-Key")
	if !p.has("checks no request") {
		if req.Method != "GET" || req.Host == "" || len(keys) != 1 || !has("Upgrade", "websocket") || !has("Connection", "Upgrade") {
			return refuse("400 Bad Request", "")
		}
		if nonce, err := base64.StdEncoding.DecodeString(keys[0]); err != nil || len(nonce) != 16 {
			return refuse("400 Bad Request", "")
		}
		if v := req.Header.Values("Sec-WebSocket-Version"); len(v) != 1 || v[0] != "13" {
			return refuse("426 Upgrade Required", "Sec-WebSocket-Version: 13\r\n")
		}
	}
	keys = append(keys, "")
	if p.has("hashes the wrong key") {
		keys[0] = strings.ToLower(keys[0])
	}
	sum := sha1.Sum([]byte(keys[0] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	head := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n"
	if x := req.Header.Get("Sec-WebSocket-Extensions"); x != "" && p.has("accepts every extension") {
		head += "Sec-WebSocket-Extensions: " + x + "\r\n"
	}
	if x := req.Header.Get("Sec-WebSocket-Protocol"); x != "" && p.has("invents a subprotocol") {
		head += "Sec-WebSocket-Protocol: chat\r\n"
	}
	_, err = io.WriteString(p.conn, head+"\r\n")
	return err == nil
}

// send writes a frame into the buffer.
func (p *peer) send(op byte, payload []byte) {
	b := []byte{0x80 | op}
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

// textCheck is incremental UTF-8 validation on the standard library's terms.
type textCheck struct{ part []byte }

func (t *textCheck) feed(b []byte) bool {
	for len(b) > 0 && len(t.part) > 0 {
		if t.part, b = append(t.part, b[0]), b[1:]; utf8.FullRune(t.part) {
			if !utf8.Valid(t.part) {
				return false
			}
			t.part = t.part[:0]
		}
	}
	end := len(b)
	for i := 1; i <= min(3, len(b)); i++ {
		if tail := b[len(b)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				end = len(b) - i
			}
			break
		}
	}
	t.part = append(t.part, b[end:]...)
	return utf8.Valid(b[:end])
}

func (t *textCheck) done() bool { return len(t.part) == 0 }
