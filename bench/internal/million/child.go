package million

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// nursery starts processes that end with this one. The kernel sends the signal for that when the thread that
// forked ends, not the process, so all are started by one goroutine on a thread that lives as long as they do.
type nursery struct {
	births chan func()
	all    []*child // of the goroutine that made the nursery
}

func newNursery() *nursery {
	n := &nursery{births: make(chan func())}
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine, when close is called
		for f := range n.births {
			f()
		}
	}()
	return n
}

// child is a process with a line-wise stdout.
type child struct {
	name   string
	cmd    *exec.Cmd
	out    io.Reader
	in     io.WriteCloser
	stderr tail
	gone   chan struct{} // closed when it has ended and wait was done
	err    error         // valid after gone
}

// start runs a command in a process group of its own, so that Ctrl-C in a terminal reaches the driver alone.
func (n *nursery) start(name string, args ...string) (*child, error) {
	c := &child{name: name, cmd: exec.Command(args[0], args[1:]...), gone: make(chan struct{})}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c.cmd.Stderr = &c.stderr
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	// A pipe of our own: Wait closes StdoutPipe's, whether all was read or not.
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c.in, c.out, c.cmd.Stdout = in, r, w
	started := make(chan error)
	n.births <- func() { started <- c.cmd.Start() }
	err = <-started
	_ = w.Close()
	if err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() { c.err = c.cmd.Wait(); close(c.gone) }()
	n.all = append(n.all, c)
	return c, nil
}

// patience is how long a process may take to end before it is killed.
const patience = 5 * time.Second

// close ends all processes: those that don't go within patience are killed. It returns when none is left.
func (n *nursery) close() {
	for _, c := range n.all {
		_ = c.in.Close()
		_ = c.cmd.Process.Signal(syscall.SIGTERM)
	}
	late := time.After(patience)
	for _, c := range n.all {
		select {
		case <-c.gone:
		case <-late:
			for _, c := range n.all {
				_ = c.cmd.Process.Kill() // fails for those that are gone
			}
			<-c.gone
		}
		if r, ok := c.out.(io.Closer); ok {
			_ = r.Close()
		}
	}
	close(n.births)
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// died is the error of a process that has ended although it should not have.
func (c *child) died() error {
	<-c.gone
	err := c.err
	if err == nil {
		err = errors.New("it ended by itself")
	}
	if s := c.stderr.String(); s != "" {
		return fmt.Errorf("%s: %w: %s", c.name, err, s)
	}
	return fmt.Errorf("%s: %w", c.name, err)
}

// tail keeps the end of what is written to it. Its methods may be called by any goroutine.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const tailLen = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	t.b = t.b[max(0, len(t.b)-tailLen):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.b))
}
