package clients

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
)

// upstream is a `weir serve` behind nginx.
type upstream struct {
	host  string // "127.0.0.11:PORT"
	admin string // URL

	cmd   *exec.Cmd
	ended chan struct{}
	err   error // of its end, after ended
}

// startUpstream runs a server at an address. It believes 127.0.0.1, from where nginx connects, and closes with code when it is
// stopped. More arguments may follow.
func startUpstream(t *testing.T, bin, listen string, code int, more ...string) *upstream {
	t.Helper()
	u := &upstream{ended: make(chan struct{})}
	u.cmd = exec.Command(bin, append([]string{"serve", "--listen", listen, "--admin", "127.0.0.1:0", "--trusted-proxies", "127.0.0.1/32",
		"--drain-code", strconv.Itoa(code), "--drain-window", "2s", "--drain-retry", "100ms", "--symbols", "1", "--trade-rate", "20"}, more...)...)
	u.cmd.Stderr = t.Output()
	testkit.NoOrphan(u.cmd, syscall.SIGKILL)
	out, err := u.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := u.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.stop(t) })
	began := make(chan struct{})
	go func() {
		defer close(u.ended)
		for in := bufio.NewScanner(out); in.Scan(); {
			if s, ok := strings.CutPrefix(in.Text(), "listening on ws://"); ok {
				u.host = strings.TrimSuffix(s, "/feed")
			}
			if s, ok := strings.CutPrefix(in.Text(), "  admin    "); ok {
				u.admin = s
			}
			if strings.HasPrefix(in.Text(), "  try ") {
				close(began)
			}
		}
		u.err = u.cmd.Wait()
	}()
	select {
	case <-began:
	case <-u.ended:
		t.Fatalf("weir serve ended: %v", u.err)
	case <-time.After(patience):
		t.Fatal("weir serve does not begin")
	}
	return u
}

// stop ends the server as systemd does. It must end in good order. A second call does nothing.
func (u *upstream) stop(t *testing.T) {
	t.Helper()
	if err := u.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	select {
	case <-u.ended:
	case <-time.After(patience):
		_ = u.cmd.Process.Kill()
		<-u.ended
	}
	if u.err != nil {
		t.Errorf("weir serve at %s: %v", u.host, u.err)
	}
}

// clients are the addresses of the open connections, in order, as the server sees them.
func (u *upstream) clients(t *testing.T) []netip.Addr {
	t.Helper()
	c := http.Client{Timeout: patience}
	r, err := c.Get(u.admin + "connz?limit=1000&sort=age")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var page struct {
		Connections []struct{ Addr, State string }
	}
	if err := json.NewDecoder(r.Body).Decode(&page); err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("connz: %s, %v", r.Status, err)
	}
	var addrs []netip.Addr
	for _, c := range page.Connections {
		a, err := netip.ParseAddrPort(c.Addr)
		if err != nil {
			t.Fatalf("connz: %v", err)
		}
		if c.State == "open" {
			addrs = append(addrs, a.Addr())
		}
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	return addrs
}
