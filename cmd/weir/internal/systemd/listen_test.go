package systemd

import (
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// above puts the files' descriptors side by side, far from those in use, and returns the first.
func above(t *testing.T, files ...*os.File) int {
	t.Helper()
	const first = 300
	for i, f := range files {
		if err := unix.Dup2(int(f.Fd()), first+i); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return first
}

func tcpFile(t *testing.T) (*os.File, net.Addr) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	f, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	return f, ln.Addr()
}

func isOpen(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err == nil
}

func TestTake(t *testing.T) {
	a, aAddr := tcpFile(t)
	b, bAddr := tcpFile(t)
	first := above(t, a, b)
	got, err := take(first, 2, []string{"feed"})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Name != "feed" || got[1].Name != "" || got[0].Addr().String() != aAddr.String() || got[1].Addr().String() != bAddr.String() {
		t.Errorf("took %v", got)
	}
	if isOpen(first) || isOpen(first+1) {
		t.Error("the descriptors that were handed over are still open beside ours")
	}
	for _, in := range got {
		c, err := net.Dial("tcp", in.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		s, err := in.Accept()
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		s.Close()
		in.Close()
	}
}

// What is no listener is named, and nothing stays open.
func TestTakeNoListener(t *testing.T) {
	a, addr := tcpFile(t)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := tcpFile(t)
	first := above(t, a, null, c)
	_, err = take(first, 3, []string{"feed", "junk", "admin"})
	if err == nil || !strings.HasPrefix(err.Error(), "descriptor 301 (junk) is no listening stream socket: ") {
		t.Errorf("error %v", err)
	}
	for i := range 3 {
		if isOpen(first + i) {
			t.Errorf("descriptor %d is still open", first+i)
		}
	}
	if c, err := net.Dial("tcp", addr.String()); err == nil {
		c.Close()
		t.Error("the first one still listens")
	}
}

func TestListenersOfOthers(t *testing.T) {
	for _, c := range []struct {
		environ string
		fails   bool
	}{
		{"", false},
		{"LISTEN_FDS=1", false},
		{"LISTEN_FDS=1 LISTEN_PID=43", false},
		{"LISTEN_FDS=0 LISTEN_PID=42", false},
		{"LISTEN_PID=42", true},
		{"LISTEN_FDS=-1 LISTEN_PID=42", true},
		{"LISTEN_FDS=99999 LISTEN_PID=42", true},
		{"LISTEN_FDS=one LISTEN_PID=42", true},
	} {
		got, err := Listeners(strings.Fields(c.environ), 42)
		if got != nil || (err != nil) != c.fails {
			t.Errorf("%q: %v, %v", c.environ, got, err)
		}
	}
}
