package rival_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"slices"
	"testing"

	"github.com/weir-ws/weir/bench/internal/rival"
	"github.com/weir-ws/weir/bench/internal/wsclient"
	"github.com/weir-ws/weir/frame"
)

// needsNothing are the servers that only Go is needed for.
var needsNothing = []string{"weir", "bare", "gws", "nbio", "gorilla", "coder", "gobwas"}

// TestServers holds every server that can run here to the protocol that the load generator relies on. A server of
// another kind joins in with BENCH_SERVER=NAME=COMMAND.
func TestServers(t *testing.T) {
	var custom []string
	if s := os.Getenv("BENCH_SERVER"); s != "" {
		custom = append(custom, s)
	}
	servers, missing, err := rival.Prepare(t.Context(), nil, custom)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range missing {
		t.Run(m.Name, func(t *testing.T) {
			if slices.Contains(needsNothing, m.Name) {
				t.Fatal(m.Reason)
			}
			t.Skip(m.Reason)
		})
	}
	for _, s := range servers {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			p, err := s.Start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = p.Stop() })
			t.Run("echo", func(t *testing.T) { testEcho(t, p.Addr, lengths(s.Name)) })
			t.Run("fan", func(t *testing.T) { testFan(t, p.Addr, "/sub", "/pub") })
			if s.Name == "weir" || s.Name == "bare" {
				t.Run("channels", func(t *testing.T) { testFan(t, p.Addr, "/sub/100", "/pub/100") })
			}
			t.Run("stalled", func(t *testing.T) { testStalled(t, s, p.Addr) })
			dial(t, p.Addr, "/echo")
			dial(t, p.Addr, "/sub")
			if err := p.Stop(); err != nil { // with connections open
				t.Error(err)
			}
			if pids := p.PIDs(); len(pids) > 0 {
				t.Errorf("the stopped server has left processes %v", pids)
			}
		})
	}
}

// lengths are those of the messages that are echoed. nbio v1.6.8 does not hand an empty message to anybody (Conn.Parse
// takes a message without bytes for none); the bench sends none.
func lengths(server string) []int {
	if server == "nbio" {
		return []int{1, 125, 126, 1024, 65535, 65536}
	}
	return []int{0, 1, 125, 126, 1024, 65535, 65536}
}

func testEcho(t *testing.T, addr string, lengths []int) {
	c := dial(t, addr, "/echo")
	var all []byte
	for _, op := range []frame.Op{frame.OpText, frame.OpBinary} {
		for _, n := range lengths {
			p := bytes.Repeat([]byte{'a' + byte(n%7)}, n)
			c.send(op, p)
			c.expect(op, p)
			all = append(all, wsclient.Frame(op, p)...)
		}
	}
	c.ping("")
	c.ping("hello")
	go func() { _, _ = c.conn.Write(all) }() // with more in flight than sockets hold
	for _, op := range []frame.Op{frame.OpText, frame.OpBinary} {
		for _, n := range lengths {
			c.expect(op, bytes.Repeat([]byte{'a' + byte(n%7)}, n))
		}
	}
	// A frame that comes a byte at a time.
	for _, b := range wsclient.Frame(frame.OpText, []byte("slowly")) {
		c.write([]byte{b})
	}
	c.expect(frame.OpText, []byte("slowly"))
	c.leave()
}

// burst is what publishers send: n messages of both opcodes and of many lengths.
func burst(from, n int) (wire []byte, ops []frame.Op, payloads [][]byte) {
	for i := from; i < from+n; i++ {
		op := frame.OpText + frame.Op(i%2)
		p := bytes.Repeat(fmt.Appendf(nil, "message %d ", i), 1+i%40)
		wire, ops, payloads = append(wire, wsclient.Frame(op, p)...), append(ops, op), append(payloads, p)
	}
	return wire, ops, payloads
}

func testFan(t *testing.T, addr, sub, pub string) {
	var subs []*client
	for range 5 {
		subs = append(subs, subscribe(t, addr, sub))
	}
	publisher := dial(t, addr, pub)
	sent := 0
	publish := func(n int) {
		t.Helper()
		wire, ops, payloads := burst(sent, n)
		sent += n
		publisher.write(wire)
		for i := range ops {
			for _, s := range subs {
				s.expect(ops[i], payloads[i])
			}
		}
	}
	publish(1)
	publish(100)
	subs[2].leave()
	subs = slices.Delete(subs, 2, 3)
	publish(100)
	_ = subs[0].conn.Close() // without a word
	subs = subs[1:]
	publish(1)
	publish(100)
	subs[0].ping("still there?")
	publisher.ping("and you?")
	subs = append(subs, subscribe(t, addr, sub))
	publish(100)
	for _, s := range subs {
		s.leave()
	}
}

// keep are the servers that hold everything for a subscriber that takes nothing; the others end it.
var keep = []string{"bare", "gws", "nbio", "node-ws"}

// testStalled publishes more than the sockets between hold while one subscriber takes nothing: the others get all of
// it, and the one, when it reads on, the messages from the first on without a gap.
func testStalled(t *testing.T, server rival.Server, addr string) {
	const n = 700
	stalled, healthy, publisher := subscribe(t, addr, "/sub"), subscribe(t, addr, "/sub"), dial(t, addr, "/pub")
	_ = stalled.conn.(*net.TCPConn).SetReadBuffer(64 << 10) // or it might hold all of it, where systems are generous
	payload := func(i int) []byte { return bytes.Repeat(fmt.Appendf(nil, "%06d", i), 10_000) }
	for i := range n {
		publisher.send(frame.OpBinary, payload(i))
		healthy.expect(frame.OpBinary, payload(i))
	}
	got := 0
	for ; got < n; got++ {
		op, p, err := stalled.next()
		if err != nil || op == frame.OpClose {
			break
		}
		if op != frame.OpBinary || !bytes.Equal(p, payload(got)) {
			t.Fatalf("behind message %d came %v of %d bytes %.20q", got-1, op, len(p), p)
		}
	}
	if server.Kind != "custom" && slices.Contains(keep, server.Name) != (got == n) {
		t.Errorf("the stalled subscriber was given %d of %d messages", got, n)
	}
	t.Logf("the stalled subscriber was given %d of %d messages", got, n)
}
