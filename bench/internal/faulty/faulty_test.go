package faulty

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

func dial(t *testing.T, s *Server, path string) net.Conn {
	t.Helper()
	c, _, _, err := ws.Dial(context.Background(), "ws://"+s.Addr()+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

func start(t *testing.T, f Fault) *Server {
	t.Helper()
	s, err := Start(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// read gives n messages, and of a text message its opcode as well.
func read(t *testing.T, c net.Conn, n int) string {
	t.Helper()
	var got []string
	for range n {
		payload, op, err := wsutil.ReadServerData(c)
		if err != nil {
			t.Fatalf("after %q: %v", got, err)
		}
		if op == ws.OpText {
			payload = append(payload, " as text"...)
		}
		got = append(got, string(payload))
	}
	return strings.Join(got, ",")
}

// Another client than load's sees the second of four messages come wrong.
func TestWhatGoesWrong(t *testing.T) {
	for what, want := range map[What]string{
		None: "aaa,bbb,ccc,ddd", Drop: "aaa,ccc,ddd", Duplicate: "aaa,bbb,bbb,ccc,ddd", Swap: "aaa,ccc,bbb,ddd",
		FlipBit: "aaa,bbr,ccc,ddd", FlipOp: "aaa,bbb as text,ccc,ddd", Truncate: "aaa,bb,ccc,ddd",
	} {
		s := start(t, Fault{What: what, At: 2})
		echo, sub, pub := dial(t, s, "/echo"), dial(t, s, "/sub"), dial(t, s, "/pub")
		for s.Subscribers() == 0 {
			time.Sleep(time.Millisecond)
		}
		for name, conns := range map[string][2]net.Conn{"echo": {echo, echo}, "fan": {pub, sub}} {
			s.count.Store(0)
			for _, m := range []string{"aaa", "bbb", "ccc", "ddd"} {
				if err := wsutil.WriteClientBinary(conns[0], []byte(m)); err != nil {
					t.Fatal(err)
				}
			}
			if got := read(t, conns[1], strings.Count(want, ",")+1); got != want {
				t.Errorf("%s, %s: %s and not %s", name, what, got, want)
			}
		}
	}
}

func TestLegalFramesAreLegal(t *testing.T) {
	s := start(t, Fault{Legal: true, Trickle: 2})
	c := dial(t, s, "/echo")
	want := []string{}
	for range 10 {
		if err := wsutil.WriteClientBinary(c, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		want = append(want, "hello")
	}
	if got := read(t, c, 10); got != strings.Join(want, ",") {
		t.Error(got)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	s := start(t, Fault{})
	dial(t, s, "/echo")
	dial(t, s, "/sub")
	s.Close()
	if n := s.Open(); n != 0 {
		t.Errorf("%d connections are open", n)
	}
}
