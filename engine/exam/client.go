package exam

import (
	"bufio"
	"context"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// Client is one connection to the server under exam, and what a Case talks to.
// Its methods are called by the case's goroutine only; a second goroutine of
// its own reads frames as they arrive, so that a server may echo while the
// case is still sending.
type Client struct {
	to       endpoint
	conn     net.Conn
	br       *bufio.Reader // over conn, with deadlines
	deadline time.Duration
	patience time.Duration
	rng      *rand.Rand // seeded by the case's name: every run sends the same bytes

	progress atomic.Int64 // when a byte last moved in either direction, in UnixNano
	inbox    inbox
	reading  chan struct{} // closed when the reader has ended; nil before Open

	codec Codec    // of the accepted extension, or nil
	pings [][]byte // sent and not yet answered, oldest first
}

// connect dials, without the opening handshake.
func connect(ctx context.Context, to endpoint, c Case, o Options) (*Client, error) {
	conn, err := to.dial(ctx)
	if err != nil {
		return nil, err
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(c.String())) // never fails
	cl := &Client{
		to:       to,
		conn:     conn,
		deadline: o.Deadline,
		patience: o.Patience,
		rng:      rand.New(rand.NewPCG(h.Sum64(), 6455)),
		inbox:    inbox{ready: make(chan struct{}, 1)},
	}
	cl.br = bufio.NewReaderSize((*patientReader)(cl), 32<<10)
	return cl, nil
}

// close ends the connection and waits for the reader.
func (c *Client) close() {
	_ = c.conn.Close() // the case has its verdict
	if c.reading != nil {
		<-c.reading
	}
}

// nextKey is a fresh masking key; 5.3 wants them unpredictable, the exam reproducible.
func (c *Client) nextKey() key {
	n := c.rng.Uint32()
	return key{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}
}

// rsvInUse is the set of RSV bits that a negotiated extension gave a meaning.
func (c *Client) rsvInUse() byte {
	if c.codec == nil {
		return 0
	}
	return c.codec.RSV()
}

// wire encodes frames one behind the other.
func (c *Client) wire(frames ...frame) []byte {
	size := 0
	for _, f := range frames {
		size += f.headerSize() + len(f.payload)
	}
	b := make([]byte, 0, size)
	for _, f := range frames {
		b = f.appendTo(b, c.nextKey())
	}
	return b
}

// Write sends raw bytes in TCP writes of at most chop bytes; 0: in one.
//
// A server that has already failed the connection may have closed it, so an
// error of the write is no finding by itself: what the server sent, or that it
// sent nothing, is read and judged by the Want methods.
func (c *Client) Write(wire []byte, chop int) {
	if chop <= 0 {
		chop = len(wire)
	}
	for len(wire) > 0 {
		n := min(chop, len(wire))
		for sent := 0; sent < n; {
			// In steps, so that a deadline is about progress and not about size.
			step := min(n-sent, 1<<20)
			_ = c.conn.SetWriteDeadline(time.Now().Add(c.deadline)) // fails on a closed conn only, as the write will
			m, err := c.conn.Write(wire[sent : sent+step])
			if err != nil {
				return
			}
			sent += m
			c.moved()
		}
		wire = wire[n:]
	}
}

// send encodes frames and writes them in one go, noting the pings among them.
func (c *Client) send(frames ...frame) { c.sendChopped(0, frames...) }

// sendChopped is send in TCP writes of chop bytes.
func (c *Client) sendChopped(chop int, frames ...frame) {
	for _, f := range frames {
		if f.op == opPing {
			c.pings = append(c.pings, f.payload)
		}
	}
	c.Write(c.wire(frames...), chop)
}

// message is the frame of a whole data message, translated by the negotiated extension.
func (c *Client) message(op byte, content []byte) (frame, error) {
	f := frame{op: op, payload: content}
	if c.codec == nil {
		return f, nil
	}
	var err error
	f.payload, f.rsv, err = c.codec.Encode(content)
	return f, err
}

func (c *Client) moved() { c.progress.Store(time.Now().UnixNano()) }

// patientReader reads from the client's connection. It gives up after a
// deadline in which nothing moved in either direction: a server may rightly
// stay silent for as long as a big message is still being sent to it.
type patientReader Client

func (r *patientReader) Read(p []byte) (int, error) {
	c := (*Client)(r)
	for {
		if err := c.conn.SetReadDeadline(time.Now().Add(c.deadline)); err != nil {
			return 0, err
		}
		n, err := c.conn.Read(p)
		if n > 0 {
			c.moved()
			return n, nil
		}
		if errors.Is(err, os.ErrDeadlineExceeded) &&
			time.Since(time.Unix(0, c.progress.Load())) < c.deadline {
			continue
		}
		return 0, err
	}
}
