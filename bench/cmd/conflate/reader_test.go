package main

import (
	"strings"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/frame"
)

func serverFrame(op frame.Op, p []byte) []byte {
	return frame.AppendFrame(nil, frame.Header{Fin: true, Op: op, Length: int64(len(p))}, p)
}

// Frames that come in pieces are the same frames, and only what comes within the span counts.
func TestReaderRead(t *testing.T) {
	s := &stream{channel: "ticks", keys: 3, total: 4}
	var wire []byte
	for n := range uint64(4) {
		wire = append(wire, serverFrame(frame.OpText, s.appendMessage(nil, n+1, 1000, ""))...)
	}
	var in span
	in.from.Store(5000)
	in.to.Store(9000)
	for piece := 1; piece < len(wire); piece += 7 {
		p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		r := &reader{fd: p[0], head: head("ticks"), account: newAccount(s), ages: hdrhistogram.New(1, 60e6, 2)}
		if _, err := unix.Write(p[1], wire); err != nil {
			t.Fatal(err)
		}
		buf, at := make([]byte, 4096), int64(4999)
		for !r.account.done() {
			if _, _, err := r.read(buf, piece, func() int64 { return at }, &in); err != nil {
				t.Fatal(err)
			}
			if r.account.last > 0 {
				at = 6000
			}
		}
		if _, drained, err := r.read(buf, piece, func() int64 { return at }, &in); !drained || err != nil {
			t.Errorf("behind the last: drained %v, %v", drained, err)
		}
		if piece < 100 && (r.counted != 3 || r.ages.Max() != 5) {
			t.Errorf("in pieces of %d: %d counted, at most %d us old", piece, r.counted, r.ages.Max())
		}
		_ = unix.Close(p[1])
		if _, _, err := r.read(buf, piece, func() int64 { return at }, &in); err == nil || !strings.Contains(err.Error(), "ended") {
			t.Errorf("at the end: %v", err)
		}
		_ = unix.Close(p[0])
	}
}

// A paced reader reads what its time allows, and does not make up for what there was not.
func TestReaderPaced(t *testing.T) {
	s := &stream{channel: "ticks", keys: 3, total: 100}
	one := serverFrame(frame.OpText, s.appendMessage(nil, 1, 1000, ""))
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(p[0])
	defer unix.Close(p[1])
	r := &reader{fd: p[0], head: head("ticks"), account: newAccount(s), ages: hdrhistogram.New(1, 60e6, 2)}
	if _, err := unix.Write(p[1], one); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	for i, c := range []struct {
		more, most float64
		left       float64 // of what is allowed
		have       int
	}{{0.5, 100, 0.5, 0}, {10, 100, 0.5, 10}, {1000, 100, 0, 110}, {1000, 500, 0, len(one)}} {
		if err := r.paced(buf, c.more, c.most, &span{}); err != nil {
			t.Fatal(err)
		}
		have := len(r.carry)
		if r.account.last > 0 {
			have = len(one)
		}
		if r.allowed != c.left || have != c.have {
			t.Errorf("step %d: %v allowed, %d bytes read, want %v and %d", i+1, r.allowed, have, c.left, c.have)
		}
	}
}
