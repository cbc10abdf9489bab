//go:build linux

package engine_test

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"golang.org/x/sys/unix"
)

// gnet's own task queue loses its order past 1024 pending tasks; ours must not, from several goroutines at once.
func TestSocketPostsAreFIFO(t *testing.T) {
	t.Parallel()
	const posters, each = 4, 25_000
	cfg := quickly()
	cfg.Loops = 1
	s := serve(t, cfg, echo())
	l := s.Loop(0)
	hold, held := make(chan struct{}), make(chan struct{})
	l.Post(func() { close(held); <-hold }) // everything behind it piles up, far past 1024
	wait(t, "the loop", held)

	var last [posters]int
	wrong := 0
	var wg sync.WaitGroup
	for p := range posters {
		wg.Go(func() {
			for i := 1; i <= each; i++ {
				l.Post(func() {
					if last[p] != i-1 {
						wrong++
					}
					last[p] = i
				})
				if i == each/2 && p == 0 {
					close(hold) // the second half is posted while the loop works
				}
			}
		})
	}
	wg.Wait()
	done := make(chan struct{})
	l.Post(func() { close(done) })
	wait(t, "the last post", done)
	for p, n := range last {
		if n != each {
			t.Errorf("poster %d: the last post that ran is %d of %d", p, n, each)
		}
	}
	if wrong > 0 {
		t.Errorf("%d posts ran out of order", wrong)
	}
}

// A post that posts itself again, for ever, is work for ever; sockets and ticks get their share all the same.
// gnet by itself starves I/O then: a task that is queued from inside a task runs before the next poll.
func TestSocketSelfPostingDoesNotStarveIO(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.Loops = 1
	s := serve(t, cfg, echo())
	l := s.Loop(0)
	var stop atomic.Bool
	var rounds atomic.Int64
	stopped := make(chan struct{})
	var again func()
	again = func() {
		rounds.Add(1)
		if stop.Load() || !l.Post(again) {
			close(stopped)
		}
	}
	l.Post(again)
	eventually(t, "it posts itself", func() bool { return rounds.Load() > 10_000 })
	c := dialWS(t, s.addr) // connecting, reading, writing: all of it on the busy loop
	for range 20 {
		c.say(frame.OpText, "in between")
		c.expect(frame.OpText, "in between")
	}
	stop.Store(true)
	wait(t, "the last round", stopped)
}

// So does one that posts from a callback of a connection to the connection.
func TestSocketSelfPostingConnectionDoesNotStarveIO(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.Loops = 1
	var rounds atomic.Int64
	var again func(c *engine.Conn)
	again = func(c *engine.Conn) { rounds.Add(1); c.Ref().Post(again) }
	h := echo()
	h.Open = func(c *engine.Conn) {
		if c.Subprotocol() == "busy" {
			again(c)
		}
	}
	h.Upgrade = chooseFirst
	s := serve(t, cfg, h)
	busy := dialWS(t, s.addr, "Sec-WebSocket-Protocol: busy")
	eventually(t, "it posts itself", func() bool { return rounds.Load() > 10_000 })
	c := dialWS(t, s.addr)
	c.say(frame.OpText, "in between")
	c.expect(frame.OpText, "in between")
	busy.say(frame.OpClose, "") // ends the rounds: a closing connection gets no posts
	busy.expectEOF()
}

// A socket that the poller does not take (its table is full, memory ran out) is an error to whoever hands it over:
// it is counted out again, and nothing was opened.
func TestSocketPollerRefuses(t *testing.T) {
	t.Parallel()
	e, err := engine.New(engine.Config{Loops: 1}, echo())
	if err != nil {
		t.Fatal(err)
	}
	hand, stop, err := engine.Hosted(e)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	connect(t, ln.Addr())
	c, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "regular"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	// A regular file in the socket's place: epoll_ctl(2) answers EPERM.
	rc, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var dupErr error
	if err := rc.Control(func(fd uintptr) { dupErr = unix.Dup3(int(file.Fd()), int(fd), unix.O_CLOEXEC) }); err != nil || dupErr != nil {
		t.Fatal(err, dupErr)
	}
	if err := hand(c, netip.AddrPort{}); err == nil {
		t.Error("handing over a socket that cannot be polled succeeded")
	}
	if n := e.Stats().Conns; n != 0 {
		t.Errorf("%d connections", n)
	}
}

// Post may be called before Run, and what was posted runs once the loops are there; Shutdown before Run is legal too.
func TestSocketBeforeRun(t *testing.T) {
	t.Parallel()
	e, err := engine.New(quickly(), echo())
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan struct{})
	if !e.Loop(0).Post(func() { close(ran) }) {
		t.Fatal("Post before Run")
	}
	end := make(chan error, 1)
	go func() { end <- e.Run(t.Context()) }()
	wait(t, "what was posted before Run", ran)
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := wait(t, "Run", end); err != nil {
		t.Error(err)
	}

	e, err = engine.New(quickly(), echo())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Listen(); err != nil {
		t.Fatal(err)
	}
	addr := e.Addrs()[0]
	if err := e.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown before Run: %v", err)
	}
	if err := e.Run(t.Context()); !errors.Is(err, engine.ErrClosed) {
		t.Errorf("Run after Shutdown: %v, want ErrClosed", err)
	}
	if c, err := net.Dial(addr.Network(), addr.String()); err == nil {
		_ = c.Close()
		t.Error("the listener is still open")
	}
}
