package systemd

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// manager is a socket as systemd has it.
func manager(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
	return c
}

func TestNotify(t *testing.T) {
	for _, name := range []string{filepath.Join(t.TempDir(), "n"), "@weir-test-" + strings.ReplaceAll(t.TempDir(), "/", "-")} {
		m := manager(t, name)
		n, err := NewNotifier([]string{"NOTIFY_SOCKET=/nowhere", "NOTIFY_SOCKET=" + name})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Send(Ready, Status("two\nlines"), ExtendTimeout(1500*time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if err := n.Send(Watchdog); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"READY=1\nSTATUS=two lines\nEXTEND_TIMEOUT_USEC=1500000", "WATCHDOG=1"} {
			b := make([]byte, 1000)
			k, err := m.Read(b)
			if err != nil || string(b[:k]) != want {
				t.Errorf("%s got %q, %v, want %q", name, b[:k], err, want)
			}
		}
	}
}

func TestNotifyWithoutSystemd(t *testing.T) {
	n, err := NewNotifier([]string{"PATH=/bin"})
	if n != nil || err != nil || n.Send(Ready) != nil {
		t.Errorf("without NOTIFY_SOCKET: %v, %v", n, err)
	}
	if _, err := NewNotifier([]string{"NOTIFY_SOCKET=vsock:2:1234"}); err == nil {
		t.Error("an address of another kind is taken")
	}
	n, err = NewNotifier([]string{"NOTIFY_SOCKET=" + filepath.Join(t.TempDir(), "gone")})
	if err != nil || n.Send(Ready) == nil {
		t.Errorf("a socket that is gone: %v", err)
	}
}

func TestWatchdogEvery(t *testing.T) {
	for _, c := range []struct {
		environ string
		want    time.Duration
	}{
		{"", 0},
		{"WATCHDOG_USEC=30000000", 15 * time.Second},
		{"WATCHDOG_USEC=30000000 WATCHDOG_PID=42", 15 * time.Second},
		{"WATCHDOG_USEC=30000000 WATCHDOG_PID=43", 0},
		{"WATCHDOG_USEC=-1", 0},
		{"WATCHDOG_USEC=0", 0},
		{"WATCHDOG_USEC=1", 0},
		{"WATCHDOG_USEC=soon", 0},
		{"WATCHDOG_USEC=9223372036854775807", 0},
	} {
		if got := WatchdogEvery(strings.Fields(c.environ), 42); got != c.want {
			t.Errorf("%q is every %v, want %v", c.environ, got, c.want)
		}
	}
}
