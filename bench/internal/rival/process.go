package rival

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Process is a running server. Its methods may be called by any goroutine.
type Process struct {
	Addr string // host:port
	PID  int    // of the process that listens: that of Start, or a child of it

	name     string
	cmd      *exec.Cmd
	said     *tail
	done     chan struct{} // closed when the process that was started has ended
	err      error         // of Wait, once done
	stopping atomic.Bool
}

// patience is how long a server may take to listen, and grace how long to end after SIGTERM.
var (
	patience = 30 * time.Second
	grace    = 3 * time.Second
)

// Start starts the server on a free port of 127.0.0.1 and returns when it listens. args are added to its command, and
// may hold another -addr. The error says what the server said. ctx bounds the start only: the server lives until Stop.
func (s Server) Start(ctx context.Context, args ...string) (*Process, error) {
	addr := "127.0.0.1:0"
	if s.custom { // it may be unable to choose
		var err error
		if addr, err = freeAddr(); err != nil {
			return nil, err
		}
	}
	command := withAddr(s.Command, addr)
	command = append(command, args...)
	p := &Process{name: s.Name, cmd: exec.Command(command[0], command[1:]...), said: newTail(), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stderr = s.dir, p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p.cmd.WaitDelay = time.Second // a child that keeps the pipes open
	out, in := io.Pipe()
	p.cmd.Stdout = in
	if err := fork(p.cmd); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	p.PID = p.cmd.Process.Pid
	// Those that do not raise their own limit of descriptors would refuse connections that others take.
	var files unix.Rlimit
	if unix.Prlimit(p.PID, unix.RLIMIT_NOFILE, nil, &files) == nil {
		files.Cur = files.Max
		_ = unix.Prlimit(p.PID, unix.RLIMIT_NOFILE, &files, nil)
	}
	go func() {
		p.err = p.cmd.Wait()
		_ = in.Close()
		close(p.done)
	}()
	ready := make(chan string, 1)
	go listen(out, ready)
	if err := p.await(ctx, ready, addr, s.custom); err != nil {
		_ = p.Stop()
		return nil, fmt.Errorf("%s (%s): %w%s", s.Name, strings.Join(command, " "), err, p.said)
	}
	// Only where there is a choice: the kernel lists a million sockets slowly.
	if pids := p.PIDs(); len(pids) > 1 {
		if pid := listener(pids, p.Addr); pid != 0 {
			p.PID = pid
		}
	}
	return p, nil
}

// withAddr puts the address where {addr} stands, or behind the command.
func withAddr(command []string, addr string) []string {
	command = slices.Clone(command)
	placed := false
	for i, w := range command {
		command[i] = strings.ReplaceAll(w, "{addr}", addr)
		placed = placed || command[i] != w
	}
	switch {
	case placed:
	case len(command) == 3 && command[0] == "/bin/sh" && command[1] == "-c":
		command[2] += " -addr " + addr
	default:
		command = append(command, "-addr", addr)
	}
	return command
}

// listen tells the address of the listening line, and throws away all else that the server prints.
func listen(out io.Reader, ready chan<- string) {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on "); ok {
			ready <- addr
			break
		}
		if err != nil {
			return
		}
	}
	_, _ = io.Copy(io.Discard, lines)
}

// await sets Addr when the server is ready. A custom one is also ready when its port takes a connection.
func (p *Process) await(ctx context.Context, ready <-chan string, addr string, custom bool) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	probe := time.NewTicker(20 * time.Millisecond)
	defer probe.Stop()
	for {
		select {
		case p.Addr = <-ready:
			if host, port, err := net.SplitHostPort(p.Addr); err == nil && (host == "" || net.ParseIP(host).IsUnspecified()) {
				p.Addr = net.JoinHostPort("127.0.0.1", port) // it listens on all addresses
			}
			return nil
		case <-p.done:
			return fmt.Errorf("it ended before it listened: %v", p.cmd.ProcessState)
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			return fmt.Errorf("it did not listen within %v", patience)
		case <-probe.C:
			if custom && reachable(addr) {
				p.Addr = addr
				return nil
			}
		}
	}
}

// Done is closed when the server has ended, by Stop or by itself.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says why the server ended by itself; nil while it runs and after Stop.
func (p *Process) Err() error {
	select {
	case <-p.done:
	default:
		return nil
	}
	if p.stopping.Load() {
		return nil
	}
	return fmt.Errorf("%s ended: %v%s", p.name, p.cmd.ProcessState, p.said)
}

// Stop ends the server: SIGTERM to all of its processes, SIGKILL to those that are left after 3 s. The error
// says that the server had ended by itself, or had to be killed. Later calls do nothing.
func (p *Process) Stop() error {
	if err := p.Err(); err != nil {
		p.stopping.Store(true)
		p.signal(syscall.SIGKILL) // children it may have left
		return err
	}
	if p.stopping.Swap(true) {
		<-p.done
		return nil
	}
	p.signal(syscall.SIGTERM)
	select {
	case <-p.done:
		p.signal(syscall.SIGKILL)
		return nil
	case <-time.After(grace):
		p.signal(syscall.SIGKILL)
		<-p.done
		return fmt.Errorf("%s did not end within %v of SIGTERM, and was killed", p.name, grace)
	}
}

// signal reaches the whole group, whose id is the pid of the process that was started.
func (p *Process) signal(s syscall.Signal) { _ = syscall.Kill(-p.cmd.Process.Pid, s) }
