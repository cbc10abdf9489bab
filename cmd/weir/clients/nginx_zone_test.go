package clients

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestNginxCountsForAllWorkers lets one worker of nginx at a time run, and has a client come to each: the second one sees that the first
// server has a client, which it knows only by the `zone` of the file.
func TestNginxCountsForAllWorkers(t *testing.T) {
	need(t, "openssl", inPath("openssl"))
	need(t, "nginx", nginxPath() != "")
	if _, err := os.Stat("/proc/self/task"); err != nil {
		t.Skip("the workers of nginx are found by /proc, which is not here")
	}
	bin := build(t)
	a, b := startUpstream(t, bin, "127.0.0.11:0", 1001), startUpstream(t, bin, "127.0.0.12:0", 1001)
	n := startNginx(t, a.host, b.host)
	workers := n.workers(t)
	for i, running := range workers {
		for _, w := range workers {
			if w != running {
				stopped(t, w)
			}
		}
		goVisitor(t, n, "/feed", netip.MustParseAddr("127.1.0."+strconv.Itoa(i+1)))
		for _, w := range workers {
			_ = syscall.Kill(w, syscall.SIGCONT)
		}
	}
	if onA, onB := a.clients(t), b.clients(t); len(onA) != 1 || len(onB) != 1 {
		t.Errorf("the servers have %v and %v, want one client each", onA, onB)
	}
}

// workers are the two processes that nginxMain asks for.
func (n *nginx) workers(t *testing.T) (pids []int) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", n.pid, n.pid))
		if err != nil {
			t.Skipf("the workers of nginx cannot be found: %v", err)
		}
		pids = pids[:0]
		for _, f := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(f)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
		if len(pids) == 2 {
			return pids
		}
		if time.Now().After(end) {
			t.Fatalf("nginx has the workers %v", pids)
		}
	}
}

// stopped stops a process and waits until it stands still, so that it takes no connection.
func stopped(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGCONT) })
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			t.Fatal(err)
		}
		if _, state, ok := strings.Cut(string(text), ") "); ok && strings.HasPrefix(state, "T") {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("process %d does not stop: %s", pid, text)
		}
	}
}
