package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
)

// beWeir is set for a copy of the test binary that is to be the program.
const beWeir = "TEST_BE_WEIR"

func TestMain(m *testing.M) {
	if os.Getenv(beWeir) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A real process and a real signal: subscribers get a close frame with 1001, and the exit code is 0.
func TestSignalDrains(t *testing.T) {
	for name, sig := range map[string]os.Signal{"SIGTERM": syscall.SIGTERM, "SIGINT": os.Interrupt} {
		t.Run(name, func(t *testing.T) { testSignal(t, name, sig) })
	}
}

// SIGHUP asks for files to be read again. A server without any goes on, and its subscribers notice nothing.
func TestHangupEndsNothing(t *testing.T) {
	p := startWeir(t, nil)
	c := p.subscribe("btcusdt@trade")
	p.until("/readyz", 200, "ready")
	p.signal(syscall.SIGHUP)
	for end := time.Now().Add(patience); !strings.Contains(p.log.String(), "SIGHUP: there are no certificates, tokens or keys to read again"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("nothing is said of it: %s", p.log.String())
		}
	}
	if _, _, err := c.Read(t.Context()); err != nil {
		t.Error(err)
	}
}

// While it still reads what it begins with, here tokens that come by a pipe, SIGHUP has nothing to ask for, and ends nothing either.
func TestHangupWhileItBegins(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "tokens"), filepath.Join(dir, "other")
	// The file is read twice, from a pipe each: by the check of the configuration, and then by the server.
	for name, pipe := range map[string]string{path: "checked", other: "served"} {
		if err := errors.Join(syscall.Mkfifo(filepath.Join(dir, pipe), 0o600), os.Symlink(pipe, name)); err != nil {
			t.Skipf("no named pipes here: %v", err)
		}
	}
	cmd := exec.Command(os.Args[0], "serve", "--auth-tokens", path)
	cmd.Env = append(os.Environ(), beWeir+"=1", "WEIR_LISTEN=127.0.0.1:0", "WEIR_ADMIN=off")
	testkit.NoOrphan(cmd, syscall.SIGKILL)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	for _, step := range []struct {
		pipe string
		then func() error
	}{
		{"checked", func() error { return os.Rename(other, path) }},
		{"served", func() error { return cmd.Process.Signal(syscall.SIGHUP) }},
	} {
		w := openWhenRead(t, filepath.Join(dir, step.pipe))
		_, err := w.WriteString("ann " + strings.Repeat("a", 32) + " subscribe=*\n")
		if err := errors.Join(step.then(), err, w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); !strings.HasPrefix(line, "listening on ") {
		t.Errorf("it says %q, %v", line, err)
	}
}

// openWhenRead opens a named pipe to write when somebody reads it.
func openWhenRead(t *testing.T, path string) *os.File {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		w, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err == nil {
			return w
		}
		if !errors.Is(err, syscall.ENXIO) || time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func testSignal(t *testing.T, name string, sig os.Signal) {
	p := startWeir(t, nil, "--drain-window", "off")
	c, _, err := websocket.Dial(t.Context(), p.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	// Twice, as when a shell signals the process and its group: that is one wish, not two.
	for range 2 {
		p.signal(sig)
	}
	if _, _, err = c.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the subscriber's end is %v, want a close frame with 1001", err)
	}
	if err := p.wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	all := p.output()
	if !strings.Contains(all, name+": draining 1 connection") || !strings.Contains(all, "stopped after ") {
		t.Errorf("it said\n%s", all)
	}
}

func TestSignalName(t *testing.T) {
	for s, want := range map[os.Signal]string{os.Interrupt: "SIGINT", syscall.SIGTERM: "SIGTERM", syscall.SIGHUP: "hangup"} {
		if got := signalName(s); got != want {
			t.Errorf("%v is %q, want %q", s, got, want)
		}
	}
}
