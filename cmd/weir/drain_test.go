package main

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

var farewell = regexp.MustCompile(`^server is (going away|restarting); retry-after=(\d+)ms$`)

// readAll reads to the end, checks that the channel's numbers have no gap, and returns the last one and the close frame.
func readAll(t *testing.T, c *websocket.Conn) (last uint64, ce websocket.CloseError) {
	for {
		_, p, err := c.Read(t.Context())
		if err != nil {
			if !errors.As(err, &ce) {
				t.Errorf("it ended with %v", err)
			}
			return last, ce
		}
		var m struct {
			Type string
			Seq  uint64
		}
		if err := json.Unmarshal(p, &m); err != nil {
			t.Error(err)
		}
		if m.Type == "message" && m.Seq != last+1 {
			t.Errorf("message %d came behind %d", m.Seq, last)
		}
		last = m.Seq
	}
}

// SIGTERM under load: at once not ready, while clients are still served; then everybody gets an unbroken feed to their
// close frame, each a hint of their own; the exit code is 0.
func TestDrainUnderLoad(t *testing.T) {
	for _, code := range []websocket.StatusCode{1001, 1012} {
		// As much as these clients, which share the machine with the server and may have the race detector, certainly keep up with:
		// one that is behind by the 5 s that its answer to the close frame may take is reset.
		p := startWeir(t, nil, "--loops", "2", "--symbols", "1", "--trade-rate", "40", "--drain-code", strconv.Itoa(int(code)), "--drain-delay", "2s",
			"--drain-window", "1s", "--drain-retry", "2s")
		const delay = 2 * time.Second
		clients := 30
		p.until("/readyz", 200, "ready")
		var wg sync.WaitGroup
		var mu sync.Mutex
		var lasts []uint64
		hints := map[string]bool{}
		read := func(c *websocket.Conn) {
			last, ce := readAll(t, c)
			m := farewell.FindStringSubmatch(ce.Reason)
			if ce.Code != code || m == nil {
				t.Errorf("the close frame has %d %q", ce.Code, ce.Reason)
				return
			}
			if ms, _ := strconv.Atoi(m[2]); ms < 2000 || ms > 4000 {
				t.Errorf("the hint is %s ms, want 2000 to 4000", m[2])
			}
			mu.Lock()
			defer mu.Unlock()
			lasts = append(lasts, last)
			hints[m[2]] = true
		}
		for range clients {
			c := p.subscribe("btcusdt@bookTicker")
			wg.Go(func() { read(c) })
		}
		asked := time.Now()
		p.signal(syscall.SIGTERM)
		p.until("/readyz", 503, "[-] state: draining\nnot ready\n")
		late, err := p.trySubscribe("btcusdt@bookTicker") // a balancer that has not noticed yet
		switch took := time.Since(asked); {
		case took > delay/2:
			t.Logf("this machine took %v to come late: too late to be let in, or to get anything (%v)", took, err)
		case err != nil:
			t.Fatal(err)
		default:
			clients++
			wg.Go(func() { read(late) })
		}
		if err := p.wait(); err != nil {
			t.Errorf("it ended with %v: %s", err, p.output())
		}
		wg.Wait()
		if len(lasts) != clients || len(hints) < clients/2 {
			t.Errorf("%d clients were closed in order, with %d different hints", len(lasts), len(hints))
		}
		for _, l := range lasts {
			if l == 0 {
				t.Error("a client got nothing")
			}
		}
	}
}

// A client that does not finish its request has no say in how the server ends.
func TestDrainCutsOffRequests(t *testing.T) {
	p := startWeir(t, nil, "--drain-window", "off", "--publish-to", "news", "--publish-open")
	c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(p.url, "ws://"), "/feed"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST /publish HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100\r\n\r\n"+
		`{"channel":"news","data":1}`+"\n{"); err != nil {
		t.Fatal(err)
	}
	p.until("/metrics", 200, "\nweir_publishes_received_total 1\n")
	p.signal(syscall.SIGTERM)
	if err := p.wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if said := p.log.String(); !strings.Contains(said, "were cut off") || !strings.Contains(said, "connections=1") {
		t.Errorf("it said %q", said)
	}
}

// Nobody is there: nothing is waited for.
func TestNothingToDrain(t *testing.T) {
	p := startWeir(t, nil, "--drain-window", "1h")
	p.signal(syscall.SIGTERM)
	if err := p.wait(); err != nil {
		t.Error(err)
	}
}

// One client is no crowd that would have to be spread over the window.
func TestDrainOfOne(t *testing.T) {
	p := startWeir(t, nil, "--drain-window", "1h")
	c := p.subscribe()
	p.signal(syscall.SIGTERM)
	if _, _, err := c.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("it ended with %v", err)
	}
	if err := p.wait(); err != nil {
		t.Error(err)
	}
}

// Another signal, when the first one's echo is over, ends the process at once: it dies by the signal, as a shell (143 for
// SIGTERM, 130 for SIGINT) and systemd expect.
func TestSecondSignalEndsItNow(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		p := startWeir(t, nil, "--drain-delay", "1h")
		p.subscribe()
		p.signal(syscall.SIGTERM)
		p.until("/readyz", 503, "draining")
		for done := false; !done; {
			p.signal(s)
			select {
			case <-p.ended:
				done = true
			case <-time.After(50 * time.Millisecond):
			}
		}
		exit := (*exec.ExitError)(nil)
		if !errors.As(p.err, &exit) || !exit.Sys().(syscall.WaitStatus).Signaled() || exit.Sys().(syscall.WaitStatus).Signal() != s {
			t.Errorf("it ended with %v, want death by %v", p.err, s)
		}
	}
}
