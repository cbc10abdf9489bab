package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/weir-ws/weir/cmd/weir/internal/cli"
	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
)

func TestMain(m *testing.M) { testkit.VerifyNoLeaks(m) }

// execute runs weir to its end.
func execute(t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Execute(t.Context(), args, strings.NewReader(""), &out, &errs, env)
	return code, out.String(), errs.String()
}

// running is a weir that goes on until it is stopped.
type running struct {
	addr string // host:port it listens on
	stop context.CancelCauseFunc
	done chan int

	mu       sync.Mutex
	out, err bytes.Buffer
	lines    chan string // of stdout, as they come
}

// start runs a server in this process and waits until it listens.
func start(t *testing.T, env []string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	s := &running{stop: cancel, done: make(chan int, 1), lines: make(chan string, 100)}
	pr, pw := io.Pipe()
	go func() {
		env = append([]string{"WEIR_ADMIN=127.0.0.1:0"}, env...) // the default one may be taken
		code := cli.Execute(ctx, args, strings.NewReader(""), pw, guarded{s, &s.err}, env)
		pw.Close()
		s.done <- code
	}()
	go func() {
		defer close(s.lines)
		for in := bufio.NewScanner(pr); in.Scan(); {
			_, _ = guarded{s, &s.out}.Write(append(in.Bytes(), '\n'))
			s.lines <- in.Text()
		}
	}()
	line := s.await(t, "listening on ws://")
	_, rest, _ := strings.Cut(line, "ws://")
	s.addr, _, _ = strings.Cut(rest, "/")
	t.Cleanup(func() { s.end(t, 0, errors.New("cleanup")) })
	return s
}

// await returns the next line of stdout that contains text.
func (s *running) await(t *testing.T, text string) string {
	t.Helper()
	for l := range s.lines {
		if strings.Contains(l, text) {
			return l
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t.Fatalf("it ended without %q on stdout:\n%s%s", text, s.out.String(), s.err.String())
	return ""
}

// end stops the server, if that has not been done, and checks its exit code.
func (s *running) end(t *testing.T, want int, cause error) (stdout, stderr string) {
	t.Helper()
	s.stop(cause)
	if code, ok := <-s.done; ok {
		close(s.done)
		if code != want {
			t.Errorf("it exited with %d, want %d", code, want)
		}
	}
	for range s.lines {
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String(), s.err.String()
}

// guarded makes a buffer of s a writer for other goroutines.
type guarded struct {
	s *running
	b *bytes.Buffer
}

func (g guarded) Write(p []byte) (int, error) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.b.Write(p)
}
