//go:build unix

package engine_test

import (
	"net/http"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// What Upgrade is shown, and what becomes of all it returns.
func TestSocketUpgrade(t *testing.T) {
	t.Parallel()
	type seen struct {
		req    *http.Request
		user   any
		proto  string
		remote string
	}
	got := make(chan seen, 1)
	var req *http.Request
	cfg := quickly()
	cfg.Loops = 1
	s := serve(t, cfg, engine.Handler{
		Upgrade: func(r *http.Request) (engine.Accept, error) {
			req = r
			return engine.Accept{Subprotocol: "v2.weir", User: 42, Header: http.Header{
				"Set-Cookie": {"a=1", "b=2"}, "X-Weir": {"yes"},
			}}, nil
		},
		Open: func(c *engine.Conn) {
			got <- seen{req, c.User(), c.Subprotocol(), c.RemoteAddr().String()}
			c.SetUser("other")
		},
		Message: func(c *engine.Conn, op frame.Op, _ []byte) { c.Send(op, []byte(c.User().(string)+" "+c.Subprotocol())) },
	})
	c := connect(t, s.addr)
	c.bytes("GET /feed%20me?x=1&x=2 HTTP/1.1\r\nHost: server.example.com:8443\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Protocol: v1.weir\r\nSec-WebSocket-Protocol: v2.weir, v3.weir\r\nCookie: session=abc\r\n\r\n")
	r := c.response("GET")
	if r.StatusCode != 101 {
		t.Fatal(r.Status)
	}
	for k, want := range map[string][]string{
		"Sec-Websocket-Protocol": {"v2.weir"}, "Set-Cookie": {"a=1", "b=2"}, "X-Weir": {"yes"},
		"Sec-Websocket-Accept": {"C/0nmHhBztSRGR1CwL6Tf4ZjwpY="}, "Sec-Websocket-Extensions": nil,
	} {
		checkHeader(t, r.Header, http.Header{k: want})
	}
	o := wait(t, "Open", got)
	if o.user != 42 || o.proto != "v2.weir" {
		t.Errorf("Open saw user %v and subprotocol %q", o.user, o.proto)
	}
	if o.req.URL.Path != "/feed me" || len(o.req.URL.Query()["x"]) != 2 || o.req.Host != "server.example.com:8443" {
		t.Errorf("Upgrade saw %s at %s", o.req.URL, o.req.Host)
	}
	if ck, err := o.req.Cookie("session"); err != nil || ck.Value != "abc" {
		t.Errorf("Upgrade saw cookie %v, %v", ck, err)
	}
	if me := c.LocalAddr().String(); o.req.RemoteAddr != me || o.remote != me {
		t.Errorf("Upgrade saw %s and Open %s, the client is %s", o.req.RemoteAddr, o.remote, me)
	}
	c.say(frame.OpText, "")
	c.expect(frame.OpText, "other v2.weir")
}

// Open may send at once, and even close: behind the 101, in order.
func TestSocketOpenSends(t *testing.T) {
	t.Parallel()
	s := serve(t, quickly(), engine.Handler{
		Open: func(c *engine.Conn) {
			c.Send(frame.OpText, []byte("hello"))
			c.SendMessage(frame.NewMessage(frame.OpBinary, numbered(1, 100<<10)))
			c.Send(frame.OpText, []byte("bye"))
			c.Close(4000, "that was all")
		},
	})
	c := dialWS(t, s.addr)
	c.expect(frame.OpText, "hello")
	c.expect(frame.OpBinary, string(numbered(1, 100<<10)))
	c.expect(frame.OpText, "bye")
	c.expectClose(4000)
}

// Frames in the same segment as the handshake are answered like any others, a message cut by the segment's end too.
func TestSocketPipelined(t *testing.T) {
	t.Parallel()
	s := serve(t, quickly(), echo())
	c := connect(t, s.addr)
	long := string(numbered(7, 300<<10))
	in := plainRequest + "\r\n" + string(masked(frame.OpText, []byte("one"))) + string(masked(frame.OpPing, []byte("two"))) +
		string(masked(frame.OpBinary, []byte(long)))
	c.bytes(in)
	if r := c.response("GET"); r.StatusCode != 101 {
		t.Fatal(r.Status)
	}
	c.expect(frame.OpText, "one")
	c.expect(frame.OpPong, "two")
	c.expect(frame.OpBinary, long)
}

// A handshake and frames that come one byte at a time, each in a segment of its own.
func TestSocketByteByByte(t *testing.T) {
	t.Parallel()
	s := serve(t, quickly(), echo())
	c := connect(t, s.addr)
	in := plainRequest + "\r\n" + string(masked(frame.OpText, []byte("one"))) + string(masked(frame.OpPing, []byte("two"))) +
		string(masked(frame.OpBinary, numbered(3, 200)))
	stop := make(chan struct{})
	defer close(stop)
	go c.bytesUntil(stop, in, 1)
	if r := c.response("GET"); r.StatusCode != 101 {
		t.Fatal(r.Status)
	}
	c.expect(frame.OpText, "one")
	c.expect(frame.OpPong, "two")
	c.expect(frame.OpBinary, string(numbered(3, 200)))
}
