package rival

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain makes this program a server for the tests below: it listens on the address after -addr.
func TestMain(m *testing.M) {
	if os.Getenv("RIVAL_PARENT") != "" {
		p, err := Server{Name: "orphan", Command: shell("echo listening on 127.0.0.1:1; exec sleep 1000; #")}.Start(context.Background())
		fmt.Println(p.PID, err)
		select {}
	}
	if os.Getenv("RIVAL_LISTEN") == "" {
		patience, grace = 10*time.Minute, 10*time.Minute // a busy machine is no fault
		os.Exit(m.Run())
	}
	l, err := net.Listen("tcp", os.Args[slices.Index(os.Args, "-addr")+1])
	if err != nil {
		panic(err)
	}
	for {
		if _, err := l.Accept(); err != nil {
			panic(err)
		}
	}
}

// custom is a command with this program as EXE, a server that prints nothing.
func custom(t *testing.T, command string) Server {
	t.Helper()
	t.Setenv("RIVAL_LISTEN", "1")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	servers, err := customServers([]string{"mine=" + strings.ReplaceAll(command, "EXE", exe)})
	if err != nil {
		t.Fatal(err)
	}
	return servers["mine"]
}

func TestStartCustom(t *testing.T) {
	p, err := custom(t, "EXE").Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !reachable(p.Addr) || !slices.Equal(p.PIDs(), []int{p.PID}) || p.Err() != nil {
		t.Errorf("%s, pid %d of %v, %v", p.Addr, p.PID, p.PIDs(), p.Err())
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if err := p.Stop(); err != nil || p.Err() != nil {
		t.Errorf("stopped twice: %v, %v", err, p.Err())
	}
	if reachable(p.Addr) || len(p.PIDs()) > 0 {
		t.Error("it is still there")
	}
}

// Behind a shell that stays, the process that listens is found, and all of them end, with SIGTERM ignored too.
func TestStartBehindShell(t *testing.T) {
	p, err := custom(t, "trap '' TERM; EXE -addr {addr}; sleep 100").Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pids := p.PIDs()
	if len(pids) < 2 || !slices.Contains(pids, p.PID) {
		t.Errorf("the group is %v, the listener %d", pids, p.PID)
	}
	if got := listener(pids, p.Addr); got != p.PID || listener(pids, "127.0.0.1:1") != 0 || listener(nil, p.Addr) != 0 {
		t.Errorf("the listener is %d", got)
	}
	defer func(d time.Duration) { grace = d }(grace)
	grace = 100 * time.Millisecond
	err = p.Stop()
	if len(p.PIDs()) > 0 {
		t.Errorf("left are %v", p.PIDs())
	}
	if err == nil || !strings.Contains(err.Error(), "was killed") {
		t.Errorf("a server that ignores SIGTERM: %v", err)
	}
}

func TestStartErrors(t *testing.T) {
	for command, want := range map[string]string{
		"echo cannot open the door >&2; exit 3;": "exit status 3; it said:\ncannot open the door",
		"/no/such/program":                       "no such file",
	} {
		s := Server{Name: "broken", Command: shell(command)}
		if p, err := s.Start(t.Context()); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "broken") {
			t.Errorf("%s: %v, %v; want %q", command, p, err, want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Server{Name: "mute", Command: shell("sleep 100;")}).Start(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}

// A server that ends by itself is told with what it said, and Stop tells it again.
func TestCrash(t *testing.T) {
	s := Server{Name: "weak", Command: shell("echo listening on 0.0.0.0:1; echo more; read x; echo out of patience >&2; kill -SEGV $$; #")}
	p, err := s.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p.Addr != "127.0.0.1:1" {
		t.Errorf("all addresses are %s", p.Addr)
	}
	<-p.Done()
	for _, err := range []error{p.Err(), p.Stop()} {
		if err == nil || !strings.Contains(err.Error(), syscall.SIGSEGV.String()) || !strings.Contains(err.Error(), "out of patience") {
			t.Errorf("it ended with %v", err)
		}
	}
}

// A bench that is killed leaves no servers.
func TestOrphan(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "RIVAL_PARENT=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	_, err = fmt.Fscan(out, &pid)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err != nil {
		t.Fatal(err)
	}
	for alive(pid) { // until it ends
		time.Sleep(10 * time.Millisecond)
	}
}

// alive says whether a process runs; one that has ended and that nobody has waited for does not.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(b), ") Z ")
}

func TestWithAddr(t *testing.T) {
	for command, want := range map[string]string{
		"server":                    "server -addr A:1",
		"server --listen={addr} -v": "/bin/sh -c server --listen=A:1 -v",
		"server -l {addr}":          "server -l A:1",
		"X=1 server":                "/bin/sh -c X=1 server -addr A:1",
	} {
		before := shell(command)
		if got := strings.Join(withAddr(before, "A:1"), " "); got != want {
			t.Errorf("%s: %s, want %s", command, got, want)
		}
		if !slices.Equal(before, shell(command)) {
			t.Errorf("%s was changed", command)
		}
	}
}

func TestTail(t *testing.T) {
	said := newTail()
	if said.String() != "" {
		t.Errorf("nothing is %q", said)
	}
	for range 3000 {
		_, _ = said.Write([]byte("xyz\n"))
	}
	_, _ = said.Write([]byte("the end\n"))
	if s := said.String(); len(s) > tailSize+len("; it said:\n") || !strings.HasSuffix(s, "xyz\nthe end") {
		t.Errorf("%d bytes, ending in %q", len(s), s[len(s)-20:])
	}
}
