package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/weir-ws/weir/frame"
)

// fault changes the frames from a server to a client: p is one, and what is returned goes out instead. An error ends the connection.
type fault func(p []byte) ([]byte, error)

var errHangUp = errors.New("hang up")

// once is a fault that befalls the n-th message that holds text, on whatever connection.
func once(text string, n int64, f fault) fault {
	var seen atomic.Int64
	return func(p []byte) ([]byte, error) {
		if bytes.Contains(p, []byte(text)) && seen.Add(1) == n {
			return f(p)
		}
		return p, nil
	}
}

// proxy stands between readers and a server. It takes the handshake through as it is.
func proxy(t *testing.T, server string, f fault) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() { relay(c, server, f) })
		}
	})
	t.Cleanup(func() { ln.Close(); all.Wait() })
	return ln.Addr().String()
}

func relay(client net.Conn, addr string, f fault) {
	defer client.Close()
	server, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer server.Close()
	up := make(chan struct{})
	go func() {
		defer close(up)
		_, _ = io.Copy(server, client)
		server.Close()
	}()
	defer func() { client.Close(); <-up }()
	var have []byte
	shaken := false
	buf := make([]byte, 32<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		have = append(have, buf[:n]...)
		var out []byte
		if !shaken {
			end := bytes.Index(have, []byte("\r\n\r\n"))
			if end < 0 {
				continue
			}
			shaken, out, have = true, append(out, have[:end+4]...), have[end+4:]
		}
		for size := frameSize(have); size > 0; size = frameSize(have) {
			p, err := f(have[:size:size])
			out, have = append(out, p...), have[size:]
			if err != nil {
				_, _ = client.Write(out)
				return
			}
		}
		if _, err := client.Write(out); err != nil {
			return
		}
	}
}

// frameSize is the size of the whole frame at the beginning of p, 0 if there is none.
func frameSize(p []byte) int {
	var d frame.Decoder
	ev, used, err := d.Next(bytes.Clone(p), &limits)
	if err != nil || ev.Op == 0 {
		return 0
	}
	return used
}

// text is an unmasked frame.
func text(op frame.Op, payload []byte) []byte {
	return frame.AppendFrame(nil, frame.Header{Fin: true, Op: op, Length: int64(len(payload))}, payload)
}

// replace makes a frame of the same text with something else in it.
func replace(from, to string) fault {
	return func(p []byte) ([]byte, error) {
		var d frame.Decoder
		ev, _, err := d.Next(bytes.Clone(p), &limits)
		if err != nil {
			return nil, err
		}
		return text(ev.Op, []byte(strings.Replace(string(ev.Payload), from, to, 1))), nil
	}
}
