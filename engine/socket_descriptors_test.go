//go:build unix

package engine_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
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
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=100s")
	cmd.Env = append(os.Environ(), childEnv+"="+t.Name(), fmt.Sprintf("WEIR_LIMIT=%d", limit))
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

// Descriptors run out while the server serves: gnet's own acceptor would end the engine and every connection on
// it. Here existing connections do not notice, failures are counted and logged once a burst, and those who
// came meanwhile are served as soon as there is relief.
func TestSocketDescriptorsRunOut(t *testing.T) {
	if squeezedMain(t, quickly(), echo()) {
		return
	}
	t.Parallel()
	const existing, more, left = 20, 60, 9
	s := squeeze(t, 0)
	check := func(cs []*rawClient) {
		t.Helper()
		for i, c := range cs {
			c.say(frame.OpText, fmt.Sprint("still there ", i))
		}
		for i, c := range cs {
			c.expect(frame.OpText, fmt.Sprint("still there ", i))
		}
	}
	var old, late []*rawClient
	for range existing {
		old = append(old, dialWS(t, s.addr))
	}
	s.do(fmt.Sprintf("leave %d", left))
	for range more { // the kernel completes their connections; the server cannot take all of them
		c := connect(t, s.addr)
		c.request()
		late = append(late, c)
	}
	eventually(t, "accept fails", func() bool { _, errs, _, _ := s.stats(); check(old); return errs >= 20 })
	open, errs, refused, warnings := s.stats()
	if open < existing || open > existing+left || refused != 0 {
		t.Errorf("%d connections are open, %d were refused", open, refused)
	}
	t.Logf("with %d descriptors left: %d of %d newcomers open, %d failures, %d lines of log", left, open-existing, more, errs, warnings)
	if warnings == 0 || warnings >= errs {
		t.Errorf("%d lines of log for %d failures; want one for each burst", warnings, errs)
	}
	s.do("raise")
	relief := time.Now()
	dialWS(t, s.addr) // behind all the others in the queue: all acceptors were asleep, or are
	t.Logf("%v after relief a new client was served; a pause is at most %v", time.Since(relief), engine.AcceptPauseMax)
	if engine.AcceptPauseMax > 2*time.Second {
		t.Errorf("an acceptor may sleep %v after relief", engine.AcceptPauseMax)
	}
	// A socket takes two descriptors for a moment; one that got the first and not the second was dropped.
	served := old
	for _, c := range late {
		if r, err := http.ReadResponse(c.br, nil); err == nil && r.StatusCode == 101 {
			served = append(served, c)
		}
	}
	check(served)
	dropped := existing + more - len(served)
	t.Logf("%d newcomers were dropped", dropped)
	if _, errs, _, _ := s.stats(); dropped > errs {
		t.Errorf("%d newcomers were dropped, but only %d failures counted", dropped, errs)
	}
}

// The cap comes from the limit, less a reserve, so that running out is not what happens first: one too many gets
// 503 and Retry-After, and accept never fails.
func TestSocketCapBelowDescriptorLimit(t *testing.T) {
	const limit = 400
	if squeezedMain(t, quickly(), echo()) {
		return
	}
	t.Parallel()
	s := squeeze(t, limit)
	const fit = limit - engine.FDReserve
	for range fit {
		dialWS(t, s.addr)
	}
	for range 20 {
		c := connect(t, s.addr)
		if r := c.response("GET"); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
			t.Fatalf("answered with %s", r.Status)
		}
	}
	if open, errs, refused, _ := s.stats(); open != fit || errs != 0 || refused != 20 {
		t.Errorf("%d open, %d accept errors, %d refused; want %d, 0, 20", open, errs, refused, fit)
	}
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{0, int(r.Cur), 1 << 30} {
		if got := engine.MaxConnsFor(want); got != int(r.Cur)-engine.FDReserve {
			t.Errorf("MaxConns %d comes to %d under a limit of %d", want, got, r.Cur)
		}
	}
	if got := engine.MaxConnsFor(7); got != 7 {
		t.Errorf("MaxConns 7 comes to %d", got)
	}
}
