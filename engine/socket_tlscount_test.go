//go:build unix

package engine_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// Two thousand TLS connections need not one goroutine more than one; and what one costs is told, idle and behind a
// record of 15 KiB. The clients are a process of their own. Not parallel: it counts what the whole process has.
func TestTLSGoroutinesDoNotGrow(t *testing.T) {
	clients := 1000
	if underRace {
		clients = 200 // a handshake takes many times as long
	}
	if cap := engine.MaxConnsFor(0); clients+500 > cap {
		t.Skipf("the descriptor limit allows for only %d", cap)
	}
	if os.Getenv(childEnv) == t.Name() {
		tlsClients(t, os.Getenv("WEIR_TLS_TARGET"))
		return
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		s := serve(t, secure(), echo())
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=100s")
		cmd.Env = append(os.Environ(), childEnv+"="+t.Name(), fmt.Sprintf("WEIR_TLS_TARGET=%s %d", s.addr, version))
		in, _ := cmd.StdinPipe()
		stdout, _ := cmd.StdoutPipe()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		answers := bufio.NewReader(stdout)
		tell := func(what string, n int) {
			t.Helper()
			if _, err := fmt.Fprintln(in, what, n); err != nil {
				t.Fatal(err)
			}
			if line, err := answers.ReadString('\n'); line != "done\n" {
				t.Fatalf("the clients say %q (%v)", line, err)
			}
		}
		tell("open", 100)
		eventually(t, "things are quiet", quiet())
		tell("record", 0) // so that the loops have their buffers
		before, heap := runtime.NumGoroutine(), heapNow()
		tell("open", clients)
		eventually(t, "all are open and the goroutines of their handshakes gone", func() bool {
			return s.Stats().Open == int64(clients+100) && runtime.NumGoroutine() <= before
		})
		idle := (heapNow() - heap) / clients
		tell("record", 0)
		after, behind := runtime.NumGoroutine(), (heapNow()-heap)/clients
		t.Logf("%s: %d goroutines with 100 connections, %d with %d more; one costs %d bytes of heap when idle, %d behind a record of 15 KiB",
			tls.VersionName(version), before, after, clients, idle, behind)
		if after > before {
			t.Errorf("%d goroutines with 100 connections, %d with %d more", before, after, clients)
		}
		// A bound that a tls.Conn's own buffers would break: see tlsLink.lend.
		if limit := 8 << 10; idle > limit || behind > limit {
			t.Errorf("a connection costs %d and %d bytes, want at most %d", idle, behind, limit)
		}
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the clients: %v", err)
		}
		s.stop()
	}
}

// tlsClients does what its input says.
func tlsClients(t *testing.T, target string) {
	var addr string
	var version uint16
	if _, err := fmt.Sscan(target, &addr, &version); err != nil {
		t.Fatal(err)
	}
	cfg := &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version}
	var cs []*rawClient
	record := string(make([]byte, 15<<10))
	for in := bufio.NewReader(os.Stdin); ; {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			return
		}
		what, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, _ := strconv.Atoi(arg)
		if what == "record" {
			for _, c := range cs {
				_ = c.SetDeadline(time.Now().Add(patience))
				c.say(frame.OpText, record)
				c.expect(frame.OpText, record)
			}
		}
		for range n {
			nc, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			_ = nc.(*net.TCPConn).SetLinger(0) // no TIME_WAIT
			tc := tls.Client(nc, cfg)
			c, err := shake(tc)
			if err != nil {
				t.Fatal(err)
			}
			c.t = t
			cs = append(cs, c)
		}
		fmt.Println("done")
	}
}
