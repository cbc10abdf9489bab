package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
)

// patience is how long a test waits for what must come. It is no measurement: only a hang fails by it.
const patience = 60 * time.Second

// process is a `weir serve` of its own: this test binary as the program.
type process struct {
	t     testing.TB
	cmd   *exec.Cmd
	url   string // of the feed; the first one, if there are several
	admin string // "http://127.0.0.1:PORT", "" without an admin listener

	log   testkit.Log // its stderr
	mu    sync.Mutex
	said  []string // lines of stdout
	ended chan struct{}
	err   error // of Wait, after ended
}

// startWeir starts it and waits until it listens. change may alter the command before that.
func startWeir(t testing.TB, change func(*exec.Cmd), args ...string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"serve"}, args...)...)
	cmd.Env = append(os.Environ(), beWeir+"=1", "WEIR_LISTEN=127.0.0.1:0", "WEIR_ADMIN=127.0.0.1:0")
	p := &process{t: t, cmd: cmd, ended: make(chan struct{})}
	cmd.Stderr = io.MultiWriter(&p.log, t.Output())
	testkit.NoOrphan(cmd, syscall.SIGKILL)
	if change != nil {
		change(cmd)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-p.ended })
	began := make(chan struct{})
	go p.listen(out, began)
	select {
	case <-began:
	case <-p.ended:
		t.Fatalf("it ended with %v: %q", p.err, p.output())
	case <-time.After(patience):
		t.Fatal("it does not begin")
	}
	return p
}

// listen reads what it says, and waits for its end. began is closed when the addresses have been said.
func (p *process) listen(out io.Reader, began chan struct{}) {
	defer close(p.ended)
	begin := sync.OnceFunc(func() { close(began) })
	for in := bufio.NewScanner(out); in.Scan(); {
		l := in.Text()
		p.mu.Lock()
		p.said = append(p.said, l)
		if u, ok := strings.CutPrefix(l, "listening on "); ok && p.url == "" {
			p.url = u
		}
		if u, ok := strings.CutPrefix(l, "  admin    "); ok {
			p.admin = strings.TrimSuffix(u, "/")
		}
		p.mu.Unlock()
		if strings.HasPrefix(l, "  admin ") || strings.HasPrefix(l, "  try ") { // one of them at least is there
			begin()
		}
	}
	p.err = p.cmd.Wait()
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.said, "\n")
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Fatal(err)
	}
}

// wait returns how it ended.
func (p *process) wait() error {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("it does not end: %q", p.output())
	}
	return p.err
}

// get asks the admin listener.
func (p *process) get(path string) (status int, body string) {
	p.t.Helper()
	return get(p.t, p.admin+path)
}

func get(t testing.TB, url string) (status int, body string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

// until polls what the admin listener says at path.
func (p *process) until(path string, status int, text string) string {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		code, body := p.get(path)
		if code == status && strings.Contains(body, text) {
			return body
		}
		if time.Now().After(end) {
			p.t.Fatalf("%s says %d\n%s\nnever %d with %q", path, code, body, status, text)
		}
	}
}

// subscribe connects a subscriber of channels.
func (p *process) subscribe(channels ...string) *websocket.Conn {
	p.t.Helper()
	c, err := p.trySubscribe(channels...)
	if err != nil {
		p.t.Fatal(err)
	}
	return c
}

// trySubscribe is subscribe where the server may not let anybody in.
func (p *process) trySubscribe(channels ...string) (*websocket.Conn, error) {
	c, _, err := websocket.Dial(p.t.Context(), p.url, nil)
	if err != nil {
		return nil, err
	}
	p.t.Cleanup(func() { _ = c.CloseNow() })
	c.SetReadLimit(-1)
	for _, ch := range channels {
		if err := c.Write(p.t.Context(), websocket.MessageText, []byte(`{"type":"subscribe","channel":"`+ch+`"}`)); err != nil {
			return nil, err
		}
	}
	return c, nil
}
