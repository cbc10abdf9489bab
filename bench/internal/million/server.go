package million

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/weir-ws/weir/bench/internal/wsclient"
)

// server is a server process. All share addr; control is its own.
type server struct {
	*child
	addr, control string
	descriptors   int // when it had no connections
}

// startServer starts a server that listens on addr besides, and returns when it does.
func (n *nursery) startServer(ctx context.Context, command []string, i int, addr string, more ...string) (*server, error) {
	args := append(append([]string{}, command...), "-addr", addr, "-reuseport", "-control", "127.0.0.1:0")
	c, err := n.start(fmt.Sprintf("server %d", i), append(args, more...)...)
	if err != nil {
		return nil, err
	}
	s := &server{child: c}
	told := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(c.out)
		for lines.Scan() {
			if a, ok := strings.CutPrefix(lines.Text(), "control on "); ok {
				s.control = a
			}
			if a, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
				s.addr = a
				close(told)
				break
			}
		}
		_, _ = io.Copy(io.Discard, c.out)
	}()
	select {
	case <-told:
	case <-c.gone:
		return nil, c.died()
	case <-time.After(15 * time.Second):
		return nil, fmt.Errorf("%s did not say that it listens: %s", c.name, &c.stderr)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if s.control == "" {
		return nil, fmt.Errorf("%s did not say where its control address is: it must be a weir server of this bench", c.name)
	}
	return s, nil
}

// warmConns is how many connections a server has served before its empty memory is read: code and buffers that any
// connection needs are then in.
const warmConns = 20

// warm opens some subscribers of the server, publishes a message to them and closes them all.
func (s *server) warm(ctx context.Context) error {
	var cs []net.Conn
	defer func() {
		for _, c := range cs {
			_ = c.Close()
		}
	}()
	for i := range warmConns + 1 {
		path := "/sub"
		if i == warmConns {
			path = "/pub"
		}
		c, err := dial(ctx, s.control, path)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		cs = append(cs, c)
	}
	if _, err := cs[warmConns].Write(wsclient.Text("warm")); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	want := "\x81\x04warm"
	got := make([]byte, len(want))
	for _, c := range cs[:warmConns] {
		if _, err := io.ReadFull(c, got); err != nil || string(got) != want {
			return fmt.Errorf("%s sent %q to a first subscriber (%v), want %q", s.name, got, err, want)
		}
	}
	return nil
}

// rest waits until the descriptors of the warming are closed and no new ones come, and notes how many there are.
func (s *server) rest(ctx context.Context) error {
	for same, last := 0, -1; same < 3; same++ {
		n, err := descriptors(s.pid())
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if n != last {
			same, last = 0, n
		}
		s.descriptors = n
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// dial opens one WebSocket connection. It has 10 seconds for all it does.
func dial(ctx context.Context, addr, path string) (net.Conn, error) {
	d := net.Dialer{KeepAlive: -1}
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	_, err = c.Write(wsclient.Handshake(addr, path))
	buf := make([]byte, wsclient.MaxHead)
	for have, end := 0, 0; err == nil && end == 0; {
		var n int
		n, err = c.Read(buf[have:])
		have += n
		if n > 0 {
			end, err = wsclient.CheckHandshake(buf[:have])
		}
	}
	if err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("handshake for %s: %w", path, err)
	}
	return c, nil
}

// descriptors is how many a process has open.
func descriptors(pid int) (int, error) {
	dir := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	info, err := os.Stat(dir)
	if err != nil {
		return 0, err
	}
	if n := info.Size(); n > 0 { // the kernel says it there since 6.2
		return int(n), nil
	}
	names, err := os.ReadDir(dir)
	return len(names), err
}
