//go:build unix

package engine_test

import (
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// Five thousand open connections need not one goroutine more than none. Not parallel: it counts what the
// whole process has.
func TestSocketGoroutinesDoNotGrow(t *testing.T) {
	const clients = 5000
	if cap := engine.MaxConnsFor(0); 2*clients+500 > cap {
		t.Skipf("the descriptor limit allows for only %d", cap)
	}
	h, refs := opened(echo())
	s := serve(t, quickly(), h)
	conns := make([]net.Conn, 0, clients)
	defer func() {
		for _, c := range conns {
			_ = c.(*net.TCPConn).SetLinger(0) // no TIME_WAIT
			_ = c.Close()
		}
	}()
	open := func() {
		c, err := net.Dial("tcp", s.addr.String())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
		if _, err := c.Write([]byte(plainRequest + "\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	open()
	eventually(t, "the first is open", func() bool { return s.Stats().Open == 1 })
	before := runtime.NumGoroutine()
	for len(conns) < clients {
		open()
	}
	eventually(t, "all are open", func() bool { return s.Stats().Open == clients })
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines with 1 connection, %d with %d", before, after, clients)
	} else {
		t.Logf("%d goroutines with 1 connection, %d with %d", before, after, clients)
	}
	// And they are served: a message to all is more writes than fit in one turn of a loop, and reaches everybody.
	m := frame.NewMessage(frame.OpText, []byte("to all"))
	for range clients {
		(<-refs).Post(func(c *engine.Conn) { c.SendMessage(m) })
	}
	for i, c := range conns {
		_ = c.SetDeadline(time.Now().Add(patience))
		r := newRawClient(t, c)
		if got := r.response("GET"); got.StatusCode != 101 {
			t.Fatalf("client %d: %s", i, got.Status)
		}
		r.expect(frame.OpText, "to all")
	}
}

// Several hundred clients talk, leave in every way there is and come back; in the middle of it the server
// shuts down. In the end no descriptor and no goroutine is left of it, and every Open has had its Close.
func TestSocketSoak(t *testing.T) {
	const clients, enough = 300, 1000
	descriptors(t) // whatever the runtime opens on its first use of the network
	s := serve(t, quickly(), echo())
	_ = dialWS(t, s.addr).Close()
	s.stop()
	fds, goroutines := descriptors(t), runtime.NumGoroutine()

	cfg := quickly()
	cfg.Loops, cfg.DrainWindow = 2, 200*time.Millisecond
	h, refs := opened(echo())
	h, errs := closes(h)
	n := newCounter(refs, errs)
	s = serve(t, cfg, h)
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() { soakClient(s.addr, uint64(i)) })
	}
	eventually(t, "enough came and went", func() bool { return n.opens.Load() >= enough })
	s.stop()
	wg.Wait()
	opens, closed := n.stop()
	if opens != closed {
		t.Errorf("Open ran %d times, Close %d times", opens, closed)
	}
	st := s.Stats()
	t.Logf("%d connections, %d messages in, closed by code %v", opens, st.MessagesIn, st.Closed)
	if st.Conns != 0 || st.Open != 0 || st.Panics != 0 || st.AcceptErrors != 0 || engine.Admitted(s.Engine) != 0 {
		t.Errorf("left over: %+v", st)
	}
	eventually(t, "goroutines are gone", func() bool { return runtime.NumGoroutine() <= goroutines })
	eventually(t, "descriptors are closed", func() bool { return descriptors(t) <= fds })
}

// descriptors counts the open descriptors of this process, or is 0 where that cannot be seen.
func descriptors(t testing.TB) int {
	t.Helper()
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(d)
}
