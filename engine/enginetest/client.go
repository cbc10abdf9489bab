package enginetest

import (
	"bytes"
	"io"
	"net/http"
	"net/netip"
	"syscall"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

type clientState uint8

const (
	clientFin    clientState = 1 << iota // the client's FIN or reset is delivered
	serverFin                            // the engine called CloseWrite
	serverClosed                         // the engine called Close
	serverReset                          // and wanted a reset
	discarding
	refused // never had a connection

	ended = serverClosed | clientFin
)

// Client is the other end of one connection, in raw bytes.
type Client struct {
	srv      *Server
	in       engine.Input
	kernel   *kernel // nil: takes everything
	arrived  []byte
	received uint64
	id       uint32
	loop     uint16
	state    clientState
}

// Dial connects a client, to the loops in turn.
func (s *Server) Dial() *Client { return s.DialLoop(s.dialed % s.m.Engine().Loops()) }

// DialLoop connects a client to one loop.
func (s *Server) DialLoop(loop int) *Client { return s.dial(loop, netip.AddrPort{}, s.m.Open) }

// DialFrom is Dial from an address of the caller's choice. Others come from 192.0.2.1, a port each.
func (s *Server) DialFrom(peer netip.AddrPort) *Client {
	return s.dial(s.dialed%s.m.Engine().Loops(), peer, s.m.Open)
}

// DialProxied is DialFrom to a listener that requires the PROXY protocol. A peer that is no trusted proxy finds its
// connection closed.
func (s *Server) DialProxied(peer netip.AddrPort) *Client {
	return s.dial(s.dialed%s.m.Engine().Loops(), peer, s.m.OpenProxied)
}

func (s *Server) dial(loop int, peer netip.AddrPort, open func(int, engine.Socket) (engine.Input, error)) *Client {
	c := &Client{srv: s, id: uint32(s.dialed), loop: uint16(loop)}
	s.dialed++
	if peer.IsValid() {
		c.hand().peer = peer
	}
	in, err := open(loop, socket{c})
	if err == nil {
		c.in = in
		return c
	}
	c.state = refused | serverClosed
	c.arrived = refusal(err)
	return c
}

// refusal is what an acceptor answers to a connection over a cap.
func refusal(err error) []byte {
	e, ok := err.(*engine.HTTPError)
	if !ok {
		return nil
	}
	var b bytes.Buffer
	r := http.Response{StatusCode: e.Status, ProtoMajor: 1, ProtoMinor: 1, Header: e.Header, Close: true,
		ContentLength: int64(len(e.Body)), Body: io.NopCloser(bytes.NewBufferString(e.Body))}
	_ = r.Write(&b)
	return b.Bytes()
}

// Loop returns the index of the client's loop.
func (c *Client) Loop() int { return int(c.loop) }

// Write sends p, which the loop reads at once. It reports false, and sends nothing, when the
// connection is closed. p is not changed: the engine gets a copy, in a buffer that is overwritten
// afterwards, like a real loop's.
func (c *Client) Write(p []byte) bool {
	if c.state&ended != 0 {
		return false
	}
	s := c.srv
	s.read = append(s.read[:0], p...)
	c.in.Receive(s.read)
	for i := range s.read {
		s.read[i] = 0xEE
	}
	return true
}

// Inject is Write without the copy: the engine works in p itself and leaves anything in it. For
// benchmarks.
func (c *Client) Inject(p []byte) { c.in.Receive(p) }

// Read returns what arrived since the last Read, and makes room for more.
func (c *Client) Read() []byte {
	p := c.arrived
	c.arrived = nil
	return p
}

// Pending returns the number of bytes that wait for Read.
func (c *Client) Pending() int { return len(c.arrived) }

// Received returns the number of bytes that have ever arrived.
func (c *Client) Received() uint64 { return c.received }

// Discard makes the client count what arrives and keep none of it.
func (c *Client) Discard() {
	c.state |= discarding
	c.arrived = nil
}

// CloseWrite sends FIN.
func (c *Client) CloseWrite() { c.end(nil) }

// Reset sends a TCP reset.
func (c *Client) Reset() { c.end(syscall.ECONNRESET) }

func (c *Client) end(err error) {
	if c.state&ended == 0 {
		c.state |= clientFin
		c.in.End(err)
	}
}

// GotFIN reports whether the server has ended its half of the stream, or all of it.
func (c *Client) GotFIN() bool { return c.state&(serverFin|serverClosed) != 0 }

// Closed reports whether the server has released the socket.
func (c *Client) Closed() bool { return c.state&serverClosed != 0 }

// GotReset reports whether the server has reset the connection.
func (c *Client) GotReset() bool { return c.state&serverReset != 0 }

// Send sends one frame, FIN set and masked. See Write.
func (c *Client) Send(op frame.Op, payload []byte) bool { return c.Write(Frame(op, payload)) }
