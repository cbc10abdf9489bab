//go:build linux

package engine_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/internal/edgecases"
	"github.com/weir-ws/weir/frame"
)

// abuses are what is done to the server, one after the other, while a healthy client goes on. An entry more is a kind
// of abuse more; run does it and returns what must have been counted.
var abuses = []struct {
	name string
	run  func(*attacker) counted
}{
	{"slowloris handshakes", (*attacker).slowloris},
	{"a flood from one address", (*attacker).flood},
	{"malformed handshakes and frames", (*attacker).malformed},
	{"compression bombs", (*attacker).bombs},
}

// attacker does the abuses, in a process of its own.
type attacker struct {
	t      *testing.T
	addr   string
	few    int // every quantity is divided by this
	nextIP atomic.Uint32
}

const attacking = " attacking"

// attack does one abuse in a process that has a core only when nobody else wants it, as attackers have their own
// elsewhere, and returns what must have been counted. The process runs test again. Niced to 19 instead, the malformed handshakes made
// the healthy client's 99th percentile 1.9 times the quiet one even if it was another server that they were for.
func attack(t testing.TB, test string, server net.Addr, abuse int) (want counted) {
	t.Helper()
	args := []string{os.Args[0], "-test.run=^" + test + "$", "-test.timeout=100s"}
	if chrt, err := exec.LookPath("chrt"); err == nil {
		args = append([]string{chrt, "--idle", "0"}, args...)
	} else if nice, err := exec.LookPath("nice"); err == nil {
		args = append([]string{nice, "-n", "19"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childEnv+"="+test+attacking, fmt.Sprintf("WEIR_ATTACK=%s %d", server, abuse))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("the attackers: %v\n%s", err, out)
		return want
	}
	_, rest, _ := strings.Cut(string(out), "> ")
	line, _, _ := strings.Cut(rest, "\n")
	if err := json.Unmarshal([]byte(line), &want); err != nil {
		t.Errorf("the attackers said %q: %v", out, err)
	}
	return want
}

// attackMain is the attackers' process.
func attackMain(t *testing.T) {
	a := &attacker{t: t, few: 1}
	if underRace {
		a.few = 20
	}
	var abuse int
	if _, err := fmt.Sscan(os.Getenv("WEIR_ATTACK"), &a.addr, &abuse); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(abuses[abuse].run(a))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(">", string(b))
}

// dial connects from an address of 127.0.0.0/8; nil: from one that few others have.
func (a *attacker) dial(from net.IP) (net.Conn, error) {
	if from == nil {
		n := a.nextIP.Add(1) / 10 // ten connections of an address are within its burst
		from = net.IPv4(127, 1+byte(os.Getpid()%200), byte(n>>8), byte(n))
	}
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}, Timeout: patience}
	c, err := d.Dial("tcp", a.addr)
	if err == nil {
		_ = c.SetDeadline(time.Now().Add(patience))
	}
	return c, err
}

// each runs f(0) to f(n-1), a few at once and at most rate a second.
func (a *attacker) each(n, rate int, f func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range 8 {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || a.t.Failed() {
					return
				}
				time.Sleep(time.Until(start.Add(time.Second * time.Duration(i) / time.Duration(rate))))
				f(i)
			}
		})
	}
	wg.Wait()
}

// slowloris opens 5,000 connections, each of which sends its request byte by byte and never the last one.
func (a *attacker) slowloris() counted {
	n := 5000 / a.few
	conns := make([]net.Conn, n)
	a.each(n, 1250, func(i int) {
		c, err := a.dial(nil)
		if err != nil {
			a.t.Errorf("slowloris %d: %v", i, err)
			return
		}
		conns[i] = c
	})
	if a.t.Failed() {
		return counted{}
	}
	for at, alive := 0, true; alive && at < len(plainRequest); at++ { // a byte of each in a second, one after the other
		alive = false
		for i, c := range conns {
			if _, err := io.WriteString(c, plainRequest[at:at+1]); err == nil {
				alive = true
			}
			if i%5 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
	}
	for _, c := range conns {
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
	return counted{Reasons: map[engine.Reason]uint64{engine.ReasonHandshakeTimeout: uint64(n)}}
}

// flood comes 3,000 times from one address, whose burst is 20 and which gets 100 a minute.
func (a *attacker) flood() counted {
	n := 3000 / a.few
	var in, out atomic.Uint64
	a.each(n, 1000, func(i int) {
		c, err := a.dial(net.IPv4(127, 0, 0, 9))
		if err != nil {
			a.t.Errorf("flood %d: %v", i, err)
			return
		}
		defer c.Close()
		r, err := shakeStatus(c)
		switch {
		case r == http.StatusSwitchingProtocols:
			in.Add(1)
		case r == http.StatusTooManyRequests, err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			out.Add(1) // an answer that crosses the request is lost to the reset, if too many linger
		default:
			a.t.Errorf("flood %d: status %d, %v", i, r, err)
		}
	})
	if in.Load() == 0 {
		a.t.Error("nobody of the flood got in, not even the first")
	}
	return counted{Reasons: map[engine.Reason]uint64{engine.ReasonAddressRate: out.Load()}}
}

// shakeStatus asks for a WebSocket and returns the answer's status.
func shakeStatus(c net.Conn) (int, error) {
	if _, err := io.WriteString(c, plainRequest+"\r\n"); err != nil {
		return 0, err
	}
	r, err := http.ReadResponse(newRawClient(nil, c).br, nil)
	if err != nil {
		return 0, err
	}
	return r.StatusCode, nil
}

// malformed plays the malformed cases of the edge-case table over and over, 10,000 in all, and reads every answer.
func (a *attacker) malformed() counted {
	var cases []edgecases.Case
	for _, c := range edgecases.All() {
		plain := c.Config == nil && c.Handler == nil && c.Before == 0 && len(c.Input) < 16<<10 &&
			!bytes.Contains(c.Input, []byte("permessage-deflate")) // which is on here, for the bombs
		if plain && (c.Status/100 == 4 && c.Status != 403 || c.Status == 505 || c.Code == 1002 || c.Code == 1007 || c.Code == 1009) {
			cases = append(cases, c)
		}
	}
	n := 10_000 / a.few
	var mu sync.Mutex
	want := counted{Reasons: map[engine.Reason]uint64{}, Codes: map[frame.Status]uint64{}}
	a.each(n, 1667, func(i int) {
		tc := cases[i%len(cases)]
		mu.Lock()
		if tc.Code == 0 {
			want.Reasons[engine.ReasonBadHandshake]++
		} else {
			want.Codes[tc.Code]++
		}
		mu.Unlock()
		nc, err := a.dial(nil)
		if err != nil {
			a.t.Errorf("%s: %v", tc.Name, err)
			return
		}
		defer nc.Close()
		if _, err := nc.Write(tc.Input); err != nil {
			a.t.Errorf("%s: %v", tc.Name, err)
			return
		}
		c := newRawClient(nil, nc)
		r, err := http.ReadResponse(c.br, nil)
		if err != nil || r.StatusCode != tc.Status {
			a.t.Errorf("%s: %v, %v; want %d", tc.Name, r, err, tc.Status)
			return
		}
		for tc.Code != 0 {
			if op, _, err := c.next(); err != nil {
				a.t.Errorf("%s: %v before the close frame", tc.Name, err)
				return
			} else if op == frame.OpClose {
				break
			}
		}
	})
	return want
}

// bombs sends 1,000 compressed messages that would inflate to far more than a message may have, or never end, and reads what
// each is closed with.
func (a *attacker) bombs() counted {
	z := frame.NewDeflater(9)
	kinds := []struct {
		payload []byte
		code    frame.Status
	}{
		{z.Append(nil, make([]byte, 64<<20), nil, 15), frame.StatusTooBig},             // a ratio of 1,000, 64 KB
		{z.Append(nil, make([]byte, 2<<20), nil, 15), frame.StatusTooBig},              // 2 KB
		{z.Append(nil, slices.Repeat(noise(40), 30_000), nil, 15), frame.StatusTooBig}, // within the ratio's neighbourhood, over the size
		{append(z.Append(nil, noise(100), nil, 15), 7, 0), frame.StatusInvalidPayload}, // a stored block whose lengths disagree
	}
	n := 1000 / a.few
	want := counted{Codes: map[frame.Status]uint64{}, Reasons: map[engine.Reason]uint64{}}
	for i := range n {
		code := kinds[i%len(kinds)].code
		want.Codes[code]++
		if code == frame.StatusTooBig {
			want.Reasons[engine.ReasonInflate]++
		}
	}
	a.each(n, 250, func(i int) {
		kind := kinds[i%len(kinds)]
		nc, err := a.dial(nil)
		if err != nil {
			a.t.Errorf("bomb %d: %v", i, err)
			return
		}
		defer nc.Close()
		c := newRawClient(nil, nc)
		if _, err := io.WriteString(nc, plainRequest+offerDeflate+"\r\n\r\n"); err != nil {
			a.t.Errorf("bomb %d: %v", i, err)
			return
		}
		r, err := http.ReadResponse(c.br, nil)
		if err != nil || r.Header.Get("Sec-WebSocket-Extensions") == "" {
			a.t.Errorf("bomb %d: %v, %v; want compression", i, r, err)
			return
		}
		if _, err := nc.Write(packedFrame(frame.OpBinary, kind.payload)); err != nil {
			a.t.Errorf("bomb %d: %v", i, err)
			return
		}
		if op, p, err := c.next(); err != nil || op != frame.OpClose || len(p) < 2 || frame.Status(binary.BigEndian.Uint16(p)) != kind.code {
			a.t.Errorf("bomb %d: %v %.40q, %v; want a close frame with %d", i, op, p, err, kind.code)
		}
	})
	return want
}
