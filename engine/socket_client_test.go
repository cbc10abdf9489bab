//go:build unix

package engine_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/weir-ws/weir/frame"
)

// patience is how long a test waits for what must come. It is no measurement: only a hang fails by it.
const patience = 30 * time.Second

// rawClient is a WebSocket client made of a socket and bytes: it shares no code with the package under test, and
// can break every rule.
type rawClient struct {
	net.Conn
	t  testing.TB
	br *bufio.Reader
}

var (
	errReset    error = syscall.ECONNRESET
	errDeadline       = os.ErrDeadlineExceeded
)

const plainRequest = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

// connect opens a socket and sends nothing.
func connect(t testing.TB, a net.Addr) *rawClient {
	t.Helper()
	c, err := net.Dial(a.Network(), a.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return newRawClient(t, c)
}

// newRawClient makes a client of a socket. Without t only next may be used.
func newRawClient(t testing.TB, c net.Conn) *rawClient {
	return &rawClient{Conn: c, t: t, br: bufio.NewReader(c)}
}

// dialWS connects and opens a WebSocket; lines are added to the request.
func dialWS(t testing.TB, a net.Addr, lines ...string) *rawClient {
	t.Helper()
	c := connect(t, a)
	c.request(lines...)
	if r := c.response("GET"); r.StatusCode != 101 {
		t.Fatalf("handshake answered with %s", r.Status)
	}
	return c
}

// shake opens a WebSocket on nc. It is for goroutines that must not end the test; of the client only next may be used.
func shake(nc net.Conn) (*rawClient, error) {
	c := newRawClient(nil, nc)
	if _, err := io.WriteString(nc, plainRequest+"\r\n"); err != nil {
		return nil, err
	}
	r, err := http.ReadResponse(c.br, nil)
	if err != nil {
		return nil, err
	}
	if r.StatusCode != http.StatusSwitchingProtocols {
		return nil, errors.New(r.Status)
	}
	return c, nil
}

// request sends a correct handshake and more lines.
func (c *rawClient) request(lines ...string) {
	c.t.Helper()
	s := plainRequest
	for _, l := range lines {
		s += l + "\r\n"
	}
	c.bytes(s + "\r\n")
}

// bytes sends s as it is.
func (c *rawClient) bytes(s string) {
	c.t.Helper()
	if _, err := io.WriteString(c.Conn, s); err != nil {
		c.t.Fatal(err)
	}
}

// bytesUntil sends s byte by byte with a pause after each, and gives up when stop is closed or the peer is gone.
func (c *rawClient) bytesUntil(stop <-chan struct{}, s string, pause time.Duration) {
	for i := range len(s) {
		if _, err := io.WriteString(c.Conn, s[i:i+1]); err != nil {
			return
		}
		select {
		case <-stop:
			return
		case <-time.After(pause):
		}
	}
}

// reset ends the connection with a TCP reset.
func (c *rawClient) reset() {
	_ = c.Conn.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// response reads the head of the HTTP answer to a request with that method.
func (c *rawClient) response(method string) *http.Response {
	c.t.Helper()
	r, err := http.ReadResponse(c.br, &http.Request{Method: method})
	if err != nil {
		c.t.Fatalf("read the answer to the handshake: %v", err)
	}
	return r
}

// masked encodes one frame as a client sends it.
func masked(op frame.Op, p []byte) []byte {
	b := []byte{0x80 | byte(op)}
	switch {
	case len(p) < 126:
		b = append(b, 0x80|byte(len(p)))
	case len(p) < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(len(p)))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(len(p)))
	}
	key := [4]byte{0xa1, 0x3b, 0x7c, 0x05}
	b = append(b, key[:]...)
	for i, x := range p {
		b = append(b, x^key[i&3])
	}
	return b
}

// say sends one frame.
func (c *rawClient) say(op frame.Op, p string) {
	c.t.Helper()
	c.bytes(string(masked(op, []byte(p))))
}

// next reads one frame. A frame that is masked, fragmented or uses RSV bits is an error: this server sends none.
func (c *rawClient) next() (frame.Op, []byte, error) {
	var h [2]byte
	if _, err := io.ReadFull(c.br, h[:]); err != nil {
		return 0, nil, err
	}
	if h[0]&0xf0 != 0x80 || h[1]&0x80 != 0 {
		return 0, nil, fmt.Errorf("frame header %x: want FIN, no RSV bits, no mask", h)
	}
	n := uint64(h[1])
	if n >= 126 {
		ext := make([]byte, map[uint64]int{126: 2, 127: 8}[n])
		if _, err := io.ReadFull(c.br, ext); err != nil {
			return 0, nil, err
		}
		n = 0
		for _, b := range ext {
			n = n<<8 | uint64(b)
		}
	}
	p := make([]byte, n)
	_, err := io.ReadFull(c.br, p)
	return frame.Op(h[0] & 0x0f), p, err
}

// expect reads one frame, which must be this one.
func (c *rawClient) expect(op frame.Op, want string) {
	c.t.Helper()
	got, p, err := c.next()
	if err != nil {
		c.t.Fatalf("waiting for %s %.40q: %v", op, want, err)
	}
	if got != op || string(p) != want {
		c.t.Fatalf("got %s %.80q, want %s %.80q", got, p, op, want)
	}
}

// expectClose reads on to the close frame, skipping others, and returns its reason.
func (c *rawClient) expectClose(code frame.Status) string {
	c.t.Helper()
	for {
		op, p, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for close frame %d: %v", code, err)
		}
		if op != frame.OpClose {
			continue
		}
		if len(p) < 2 || frame.Status(binary.BigEndian.Uint16(p)) != code {
			c.t.Fatalf("close frame %x, want code %d", p, code)
		}
		return string(p[2:])
	}
}

// expectEOF reads on to the server's FIN, and fails on a reset.
func (c *rawClient) expectEOF() {
	c.t.Helper()
	if _, err := io.Copy(io.Discard, c.br); err != nil {
		c.t.Fatalf("waiting for the server's FIN: %v", err)
	}
}

// expectReset reads on to the server's TCP reset.
func (c *rawClient) expectReset() {
	c.t.Helper()
	if _, err := io.Copy(io.Discard, c.br); !errors.Is(err, errReset) {
		c.t.Fatalf("reading ended with %v, want a TCP reset", err)
	}
}
