//go:build linux

package engine_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"golang.org/x/sys/unix"
)

// squeezed is an engine in a process of its own, whose descriptor limit the test can lower and raise. It is told
// what to do by lines on its standard input and answers each with one line.
type squeezed struct {
	t    testing.TB
	in   io.WriteCloser
	out  *bufio.Reader
	addr net.Addr
}

// squeeze starts the process: it runs the calling test again, which must call squeezedMain first.
func squeeze(t *testing.T, limit int) *squeezed {
	t.Helper()
	return inProcess(t, t.Name(), fmt.Sprintf("WEIR_LIMIT=%d", limit))
}

// inProcess starts the process by running a test again, with env beside the variable that tells the test what it is.
func inProcess(t testing.TB, test string, env ...string) *squeezed {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.timeout=10m")
	cmd.Env = append(append(os.Environ(), childEnv+"="+test), env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // ends it
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server's process: %v", err)
		}
	})
	s := &squeezed{t: t, in: in, out: bufio.NewReader(out)}
	addr, err := net.ResolveTCPAddr("tcp", s.read())
	if err != nil {
		t.Fatal(err)
	}
	s.addr = addr
	return s
}

func (s *squeezed) read() string {
	s.t.Helper()
	for {
		l, err := s.out.ReadString('\n')
		if err != nil {
			s.t.Fatalf("the server's process said %q, %v", l, err)
		}
		if rest, ok := strings.CutPrefix(l, "> "); ok {
			return strings.TrimSpace(rest)
		}
	}
}

func (s *squeezed) do(command string) string {
	s.t.Helper()
	if _, err := fmt.Fprintln(s.in, command); err != nil {
		s.t.Fatal(err)
	}
	return s.read()
}

// stats returns open connections, accept errors, refusals and panics.
func (s *squeezed) stats() (open, acceptErrors, refused, warnings int) {
	s.t.Helper()
	l := s.do("stats")
	if _, err := fmt.Sscan(l, &open, &acceptErrors, &refused, &warnings); err != nil {
		s.t.Fatalf("%q: %v", l, err)
	}
	return open, acceptErrors, refused, warnings
}

// squeezedMain is the server's process, and reports whether this is it.
func squeezedMain(t *testing.T, cfg engine.Config, h engine.Handler) bool {
	t.Helper()
	if os.Getenv(childEnv) != t.Name() {
		return false
	}
	var limit int
	if _, err := fmt.Sscan(os.Getenv("WEIR_LIMIT"), &limit); err != nil {
		t.Fatal(err)
	}
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	setLimit := func(n uint64) {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: n, Max: old.Max}); err != nil {
			t.Fatal(err)
		}
	}
	if limit > 0 {
		setLimit(uint64(limit))
	}
	log := newTestLog()
	cfg.Logger = log.logger()
	s := serve(t, cfg, h)
	fmt.Println(">", s.addr)
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var n int
		switch cmd, arg, _ := strings.Cut(in.Text(), " "); cmd {
		case "leave": // lower the limit until only so many descriptors are left
			_, _ = fmt.Sscan(arg, &n)
			n += descriptors(t) - 1 // one is that of the directory that is being read
			setLimit(uint64(n))
			fmt.Println(">", n)
		case "raise":
			setLimit(old.Cur)
			fmt.Println(">", old.Cur)
		case "stats":
			st := s.Stats()
			fmt.Println(">", st.Open, st.AcceptErrors, st.Refused,
				log.count("cannot take new connections for now; existing ones are not affected"))
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // no drain: the clients are gone, or about to be
	_ = s.Shutdown(ctx)
	if err := s.ended(); err != nil {
		t.Error(err)
	}
	return true
}
