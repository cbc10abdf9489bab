package cli_test

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/weir-ws/weir/cmd/weir/internal/cli"
)

// A market by default, a subscriber, and an end that is told.
func TestServeAndTail(t *testing.T) {
	s := start(t, nil, "serve", "--listen", "127.0.0.1:0", "--drain-window", "off")
	code, out, errs := execute(t, nil, "tail", s.addr, "btcusdt@bookTicker", "btcusdt@trade", "--count", "20")
	if code != cli.ExitOK || errs != "" {
		t.Errorf("tail exited with %d: %s", code, errs)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 20 {
		t.Errorf("tail printed %d lines, want 20", len(lines))
	}
	for _, l := range lines {
		f := strings.SplitN(l, " ", 4)
		if len(f) != 4 || !strings.HasPrefix(f[0], "btcusdt@") || !json.Valid([]byte(f[3])) {
			t.Errorf("line %q", l)
		}
	}
	code, out, _ = execute(t, nil, "tail", s.addr, "btcusdt@bookTicker", "--stats", "--count", "5")
	if code != cli.ExitOK || !strings.Contains(out, "total: 5 messages, ") || !strings.Contains(out, "gaps 0\n") || strings.Contains(out, "n/a") {
		t.Errorf("tail --stats exited with %d and said\n%s", code, out)
	}
	code, _, errs = execute(t, nil, "tail", s.addr, "nope@trade")
	if code != cli.ExitChannels || !strings.Contains(errs, "unknown_channel") {
		t.Errorf("tail of a channel that is not there exited with %d: %s", code, errs)
	}
	code, _, errs = execute(t, nil, "tail", s.addr+"/nope", "btcusdt@trade")
	if code != cli.ExitFailed || !strings.Contains(errs, "404 Not Found: there is no WebSocket service at this path; the feed is at /feed") {
		t.Errorf("tail of a path that is not there exited with %d: %s", code, errs)
	}
	out, errs = s.end(t, cli.ExitOK, errors.New("SIGTERM"))
	for _, want := range []string{
		"  source   synthetic market: 5 symbols, 15 channels, 10 trades/s each (seed 1)\n", " connections, ", " file descriptors\n",
		"  try      weir tail " + s.addr + " btcusdt@trade btcusdt@bookTicker btcusdt@depth@100ms\n",
		"SIGTERM: draining 0 connections\n", "stopped after ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s%s", want, out, errs)
		}
	}
}

// Where logs are for machines, everything is a record.
func TestServeForMachines(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free, to know the address without stdout
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	s := &running{done: make(chan int, 1), lines: make(chan string)}
	close(s.lines)
	ctx, stop := newContext()
	s.stop = stop
	go func() {
		s.done <- cli.Execute(ctx, []string{"serve", "--listen", addr, "--log-format", "json", "--admin", "off"}, strings.NewReader(""),
			guarded{s, &s.out}, guarded{s, &s.err}, nil)
	}()
	if code, _, errs := execute(t, nil, "tail", addr, "btcusdt@bookTicker", "--count", "1", "--for", "1m"); code != cli.ExitOK {
		t.Errorf("tail exited with %d: %s", code, errs)
	}
	out, errs := s.end(t, cli.ExitOK, errors.New("SIGTERM"))
	if out != "" {
		t.Errorf("stdout has %q", out)
	}
	var messages []string
	for l := range strings.Lines(errs) {
		var r struct{ Level, Msg, URL string }
		if err := json.Unmarshal([]byte(l), &r); err != nil {
			t.Errorf("%v in %q", err, l)
		}
		messages = append(messages, r.Msg+" "+r.URL)
	}
	if len(messages) == 0 || messages[0] != "listening ws://"+addr+"/feed" || !strings.Contains(errs, "SIGTERM: draining") {
		t.Errorf("records %q", messages)
	}
}

func TestPortIsTaken(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	code, out, errs := execute(t, nil, "serve", "--listen", ln.Addr().String())
	if code != cli.ExitFailed || out != "" || !strings.Contains(errs, "address already in use") {
		t.Errorf("exited with %d: %s%s", code, out, errs)
	}
}

// A source that fails takes the server with it: a feed that has silently stopped is worse than none.
func TestSourceFails(t *testing.T) {
	path := recordingFile(t, `1 {"stream":"a","data":1}`)
	s := start(t, nil, "serve", "--listen", "127.0.0.1:0", "--replay", path, "--speed", "max", "--min-subscribers", "1")
	truncate(t, path)
	ctx, stop := newContext()
	tailed := make(chan int, 1)
	go func() { // subscribes, which lets the replay begin
		tailed <- cli.Execute(ctx, []string{"tail", s.addr, "a"}, strings.NewReader(""), io.Discard, io.Discard, nil)
	}()
	if code := <-s.done; code != cli.ExitFailed {
		t.Errorf("it exited with %d, want %d", code, cli.ExitFailed)
	}
	close(s.done)
	stop(nil)
	if code := <-tailed; code != cli.ExitOK {
		t.Errorf("tail exited with %d", code)
	}
	out, errs := s.end(t, cli.ExitFailed, nil)
	if !strings.Contains(errs, "no stream messages in the file") || !strings.Contains(out, "the source failed") {
		t.Errorf("it said %s%s", out, errs)
	}
}
