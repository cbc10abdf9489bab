// Package faulty is a server of the bench's protocol that breaks the rules when it is told to, once and at a message of
// the caller's choice. It exists to check the checker: package load has to notice everything that faulty does.
package faulty

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// What is what the server does wrong. Each happens once, at delivery Fault.At, where nothing else is said.
type What string

// The faults.
const (
	None      What = ""
	Drop      What = "drop"       // a message is not delivered
	Duplicate What = "duplicate"  // a message is delivered twice
	Swap      What = "swap"       // a message is delivered after the one that follows it
	FlipBit   What = "flip-bit"   // one bit of a payload is wrong
	FlipTime  What = "flip-time"  // one bit of a payload's header is wrong
	FlipOp    What = "flip-op"    // a binary message becomes a text message
	Truncate  What = "truncate"   // a message lacks its last byte
	Stray     What = "stray"      // echo: a connection is given another one's message
	Reserved  What = "reserved"   // a frame with a reserved bit
	Cut       What = "cut"        // the TCP connection is closed
	Close     What = "close"      // the connection is closed with code 1011
	Pause     What = "pause"      // nobody is served for 200 ms
	Freeze    What = "freeze"     // nobody is served any more
	BadAccept What = "bad-accept" // every handshake is answered with a wrong Sec-WebSocket-Accept
	Refuse    What = "refuse"     // every handshake is answered with 503
)

// PauseTime is how long Pause takes.
const PauseTime = 200 * time.Millisecond

// Fault is how the server behaves. The zero Fault is a faultless server.
type Fault struct {
	What What
	At   int64 // the delivery at which it happens, from 1, counted over all connections

	// Legal is what clients have to bear: pings among messages, messages in fragments, pings between the fragments, a
	// ping in the same segment as the handshake's answer.
	Legal bool
	// Trickle writes in pieces of so many bytes; 0: whole.
	Trickle int
	// Overtake delivers what is published to different channels in another order than it was published in.
	Overtake bool
	// Late is how long a subscriber has been connected before it is one.
	Late time.Duration

	// Limit is the bytes that may wait for a subscriber, 0: no limit; Slow is what happens then.
	Limit int
	Slow  Slow
}

// Slow is what happens to a subscriber that does not read.
type Slow string

// The policies.
const (
	DropNew   Slow = "drop"  // new messages pass it by
	Close1013 Slow = "close" // a close frame with 1013 after what waits, which is delivered
	Hangup    Slow = "hangup"
)

// Server is a running one. Its methods are safe for concurrent use.
type Server struct {
	fault  Fault
	ln     net.Listener
	count  atomic.Int64 // deliveries
	pongs  atomic.Int64
	frozen atomic.Bool

	mu    sync.Mutex
	conns map[net.Conn]bool
	ended bool
	subs  []*subscriber
	stray *stray
	done  sync.WaitGroup
}

// Start serves on a free port of 127.0.0.1.
func Start(f Fault) (*Server, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("faulty: %w", err)
	}
	return Serve(ln, f), nil
}

// Serve serves on ln, which it closes with the server.
func Serve(ln net.Listener, f Fault) *Server {
	s := &Server{fault: f, ln: ln, conns: map[net.Conn]bool{}}
	s.done.Add(1)
	go s.accept()
	return s
}

// Addr is where it listens.
func (s *Server) Addr() string { return s.ln.Addr().String() }

// Pongs is how many answers to pings have come.
func (s *Server) Pongs() int64 { return s.pongs.Load() }

// Deliveries is how many messages it has sent, or should have.
func (s *Server) Deliveries() int64 { return s.count.Load() }

// Subscribers is how many there are, gone ones included.
func (s *Server) Subscribers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.subs)
}

// Open is how many connections are open.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Close ends every connection and waits for the server's goroutines.
func (s *Server) Close() {
	s.ln.Close()
	s.mu.Lock()
	s.ended = true
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.done.Wait()
}

func (s *Server) accept() {
	defer s.done.Done()
	for {
		c, err := s.ln.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = true
		if s.ended {
			c.Close()
		}
		s.mu.Unlock()
		s.done.Add(1)
		go func() {
			defer s.done.Done()
			s.serve(c)
			c.Close()
			s.mu.Lock()
			delete(s.conns, c)
			s.mu.Unlock()
		}()
	}
}
