//go:build unix

package engine_test

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// room is a broadcast to all connections of an engine with one loop. Its fields belong to the loop.
type room struct {
	members map[*engine.Conn]bool
	depth   int // callbacks and posts under way
	nested  int // Close callbacks inside another
}

func newRoom() *room { return &room{members: map[*engine.Conn]bool{}} }

func (r *room) join(c *engine.Conn) { r.members[c] = true }

func (r *room) leave(c *engine.Conn) {
	if r.depth > 0 {
		r.nested++
	}
	delete(r.members, c)
}

// within runs f as something that no Close callback may run inside of.
func (r *room) within(f func()) {
	r.depth++
	defer func() { r.depth-- }()
	f()
}

func (r *room) send(m *frame.Message) {
	r.within(func() {
		for c := range r.members {
			c.SendMessage(m)
		}
	})
}

// Writes fail in the middle of a fan-out, because half of the members have reset their connections and the loop has
// not heard of it yet: some inside SendMessage, some at the end of the turn. Nobody else is harmed, and no
// Close callback runs inside the fan-out, which walks the very map it changes.
func TestSocketWriteErrorInsideFanOut(t *testing.T) {
	t.Parallel()
	for _, size := range []int{100, 40 << 10} { // written at the end of the turn; written inside the second SendMessage
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			const good, bad, messages = 20, 20, 4
			cfg := quickly()
			cfg.Loops, cfg.HighWatermark = 1, 1<<20
			r := newRoom()
			h, errs := closes(engine.Handler{Open: r.join})
			inner := h.Close
			h.Close = func(c *engine.Conn, err error) { r.leave(c); inner(c, err) }
			s := serve(t, cfg, h)
			var goods, bads []*rawClient
			for range good { // they take turns, so that failures stand between healthy members
				goods = append(goods, dialWS(t, s.addr))
				bads = append(bads, dialWS(t, s.addr))
			}
			held, hold := make(chan struct{}), make(chan struct{})
			s.Loop(0).Post(func() {
				close(held)
				<-hold
				for i := range messages {
					r.send(frame.NewMessage(frame.OpBinary, numbered(i, size)))
				}
			})
			wait(t, "the loop", held)
			for _, c := range bads {
				c.reset() // loopback delivers it before this returns
			}
			close(hold)
			for _, c := range goods {
				for i := range messages {
					c.expect(frame.OpBinary, string(numbered(i, size)))
				}
			}
			for range bad {
				if err := wait(t, "Close", errs); err.Code != frame.StatusAbnormal || err.Err == nil {
					t.Errorf("Close got %v", err)
				}
			}
			done := make(chan struct{})
			s.Loop(0).Post(func() {
				defer close(done)
				if r.nested != 0 {
					t.Errorf("%d Close callbacks ran inside another callback", r.nested)
				}
				if len(r.members) != good {
					t.Errorf("%d members are left, want %d", len(r.members), good)
				}
			})
			wait(t, "the loop", done)
		})
	}
}

// Whoever writes to a connection that is gone, from its Close callback or later, does not write to its descriptor, which
// belongs to somebody else by then: that somebody gets nothing.
func TestSocketNoWriteBehindClose(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.Loops = 1
	type gone struct {
		sock engine.Socket
		errs [3]error
	}
	goners := make(chan gone, 10)
	try := func(s engine.Socket) (errs [3]error) {
		_, errs[0] = s.Write([]byte("stray"))
		_, errs[1] = s.Writev([][]byte{[]byte("stray"), []byte("bytes")})
		errs[2] = s.CloseWrite()
		return errs
	}
	h, refs := opened(echo())
	h.Close = func(c *engine.Conn, _ error) {
		if o := c.Send(frame.OpText, []byte("stray")); o != engine.Closed {
			t.Errorf("Send in Close was %s", o)
		}
		goners <- gone{engine.SocketOf(c), try(engine.SocketOf(c))}
	}
	s := serve(t, cfg, h)
	for name, end := range map[string]func(*rawClient){
		"FIN":            func(c *rawClient) { _ = c.Close() },
		"reset":          (*rawClient).reset,
		"protocol error": func(c *rawClient) { c.bytes("\xff\xff"); c.expectClose(1002); _ = c.Close() },
		"close frame":    func(c *rawClient) { c.say(frame.OpClose, ""); c.expectEOF(); _ = c.Close() },
	} {
		c := dialWS(t, s.addr)
		wait(t, "Open", refs)
		end(c)
		g := wait(t, "Close", goners)
		next := dialWS(t, s.addr) // gets the descriptor, or one like it
		onLoop(t, wait(t, "Open", refs), func(*engine.Conn) {
			for _, errs := range [][3]error{g.errs, try(g.sock)} {
				for i, err := range errs {
					if !errors.Is(err, net.ErrClosed) {
						t.Errorf("after %s: call %d gave %v, want net.ErrClosed", name, i, err)
					}
				}
			}
		})
		next.say(frame.OpText, "mine")
		next.expect(frame.OpText, "mine")
		_ = next.Close()
		wait(t, "Close", goners)
	}
}
