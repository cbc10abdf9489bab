package enginetest_test

import (
	"fmt"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// A server, a client, a message and its echo. In a test, pass t where nil stands here.
func ExampleServer() {
	s := enginetest.New(nil, engine.Config{}, engine.Handler{
		Message: func(c *engine.Conn, op frame.Op, p []byte) { c.Send(op, p) },
	})
	c := s.Dial()
	fmt.Println(c.Handshake("/chat").Status)
	c.Send(frame.OpText, []byte("hello"))
	for _, f := range c.Frames() {
		fmt.Printf("%s %q\n", f.Op, f.Payload)
	}
	// Output:
	// 101 Switching Protocols
	// text "hello"
}

// A client that reads nothing is disconnected when the write timeout is over, 20 seconds that take no time.
func ExampleServer_Advance() {
	var conn engine.Ref
	s := enginetest.New(nil, engine.Config{WriteTimeout: 20 * time.Second}, engine.Handler{
		Open:  func(c *engine.Conn) { conn = c.Ref() },
		Close: func(_ *engine.Conn, err error) { fmt.Println(err) },
	})
	c := s.Dial()
	c.Handshake("/")
	c.Stall()
	conn.Send(frame.OpText, []byte("too late"))
	s.Settle()

	s.Advance(19 * time.Second)
	fmt.Println("after 19 s:", s.Engine().Stats().Slow, "slow")
	s.Advance(2 * time.Second) // the write timeout
	s.Advance(5 * time.Second) // and nobody answers the close frame
	fmt.Println("reset:", c.GotReset())
	// Output:
	// after 19 s: 1 slow
	// engine: we closed with 1013 ("slow consumer"): the peer took no bytes within the write timeout
	// reset: true
}

// A socket that takes 4 bytes at a time: the engine keeps the rest and tries again.
func ExampleClient_SetPerWrite() {
	s := enginetest.New(nil, engine.Config{}, engine.Handler{
		Message: func(c *engine.Conn, op frame.Op, p []byte) { fmt.Println(c.Send(op, p), c.Send(op, p)) },
	})
	c := s.Dial()
	c.Handshake("/")
	c.SetPerWrite(4)
	c.Send(frame.OpText, []byte("hello"))
	fmt.Printf("at once: %q\n", c.Read())
	s.Advance(100 * time.Millisecond)
	fmt.Printf("later: %q\n", c.Read())
	// Output:
	// sent sent
	// at once: "\x81\x05he"
	// later: "llo\x81\x05hello"
}
