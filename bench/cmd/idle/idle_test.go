package main

import (
	"bytes"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/bench/internal/wsclient"
)

// pair is a connected pair of sockets: the server's end and ours.
func pair(t *testing.T) (server, client int) {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(p[0]); _ = unix.Close(p[1]) })
	return p[0], p[1]
}

// A ping is answered with its payload, masked; everything else is counted or is an end.
func TestHeart(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		pong []byte // nil: none
		text int64
		ok   bool
	}{
		{"ping", []byte{0x89, 0x01, 'x'}, []byte{0x8a, 0x81, 0x37, 0xfa, 0x21, 0x3d, 'x' ^ 0x37}, 0, true},
		{"text", []byte{0x81, 0x01, 'x', 0x81, 0x00}, nil, 2, true},
		{"close", []byte{0x88, 0x00}, nil, 0, false},
		{"cut in two", []byte{0x81, 0x05, 'x'}, nil, 0, false},
		{"end", nil, nil, 0, false},
	} {
		server, client := pair(t)
		h := &heart{}
		if c.in == nil {
			_ = unix.Shutdown(server, unix.SHUT_WR)
		} else if err := wsclient.WriteAll(server, c.in); err != nil {
			t.Fatal(err)
		}
		err := h.serve(client, make([]byte, 100))
		if (err == nil) != c.ok || h.messages.Load() != c.text {
			t.Errorf("%s: error %v, %d messages", c.name, err, h.messages.Load())
		}
		if c.pong == nil {
			continue
		}
		buf := make([]byte, 100)
		if n, err := unix.Read(server, buf); err != nil || !bytes.Equal(buf[:n], c.pong) {
			t.Errorf("%s: answered with % x, %v, want % x", c.name, buf[:max(n, 0)], err, c.pong)
		}
	}
}

func TestReadings(t *testing.T) {
	got := readings(50 * time.Second)
	if len(got) != 3 || got[0] != 15*time.Second || got[2] != 50*time.Second {
		t.Errorf("readings at %v", got)
	}
	if got := readings(time.Second); len(got) != 1 || got[0] != time.Second {
		t.Errorf("readings at %v", got)
	}
}
