package main

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
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
