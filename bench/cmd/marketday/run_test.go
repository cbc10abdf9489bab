package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub/feed/source"
)

// testOptions are for n readers, of which half are disturbed.
func testOptions(t *testing.T, path, addr string, n int) *options {
	t.Helper()
	o := define(flag.NewFlagSet("marketday", flag.ContinueOnError))
	o.File, o.Addr, o.N = path, addr, n
	o.stalled, o.cut, o.stall, o.away, o.books = 0.25, 0.25, time.Millisecond, time.Millisecond, 1
	return o
}

func live(t *testing.T, o *options) (said string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, fmt.Errorf("not done within a minute"))
	defer cancel()
	var out strings.Builder
	err = run(ctx, o, &out, io.Discard)
	return out.String(), err
}

func TestRun(t *testing.T) {
	path := record(t, 300) // more than one read takes, so that there is something between reads
	for _, speed := range []source.Speed{source.Max, 2} {
		const n = 8
		said, err := live(t, testOptions(t, path, serve(t, path, speed, n), n))
		if err != nil {
			t.Fatalf("%v: %v\n%s", speed, err, said)
		}
		for _, want := range []string{
			"of 901 messages in 3 channels to 8 subscribers", "resumes          btc@trade: ", "staleness        cut off",
			"books            8 of btc@depth, each the server's and the recording's", "result           all accounts close",
		} {
			if !strings.Contains(said, want) {
				t.Errorf("%v: no %q in\n%s", speed, want, said)
			}
		}
		if strings.Contains(said, "btc@trade: 0,") {
			t.Errorf("%v: nobody was cut off:\n%s", speed, said)
		}
	}
}

// A tool that lets one wrong message through has shown nothing.
func TestRunFindsFaults(t *testing.T) {
	drop := func([]byte) ([]byte, error) { return nil, nil }
	twice := func(p []byte) ([]byte, error) { return slices.Concat(p, p), nil }
	var kept []byte
	swap := func(p []byte) ([]byte, error) { kept = slices.Clone(p); return nil, nil }
	behind := func(f fault) fault { // what swap has kept goes out behind the channel's next message
		return func(p []byte) ([]byte, error) {
			before := kept
			q, err := f(p)
			if before != nil && bytes.Contains(p, []byte("btc@trade")) {
				q, kept = slices.Concat(q, before), nil
			}
			return q, err
		}
	}
	say := func(op frame.Op, payload string) fault {
		return func(p []byte) ([]byte, error) { return slices.Concat(p, text(op, []byte(payload))), nil }
	}
	const trade, last = `"channel":"btc@trade","seq":40,`, `"channel":"btc@trade","seq":50,`
	for _, c := range []struct {
		name  string
		fault fault
		err   string
	}{
		{"a message is lost", once(trade, 1, drop), "does not tile"},
		{"the last message of a channel is lost", once(last, 1, drop), "1 of 1 accounts have not closed"},
		{"a message comes twice", once(trade, 1, twice), "does not tile"},
		{"the last message of all comes twice", once(`"channel":"btc@bookTicker","seq":50,`, 1, twice), "does not tile"},
		{"two messages change places", behind(once(trade, 1, swap)), "does not tile"},
		{"a value is altered", once(trade, 1, replace(`"p":"40.10"`, `"p":"40.11"`)), "the message is"},
		{"a time is altered", once(trade, 1, replace(`"ts":1`, `"ts":2`)), "the recording has the time"},
		{"a field is added", once(trade, 1, replace(`"data"`, `"key":"x","data"`)), "the message is"},
		{"a gap is made up", once(trade, 1, replace(`"data"`, `"gap":true,"data"`)), "no gap"},
		{"a number is altered", once(trade, 1, replace(`"seq":40`, `"seq":41`)), "does not tile"},
		{"the channel is another", once(trade, 1, replace(`btc@trade`, `btc@depth`)), "does not tile"},
		{"a state is altered", once(`"snapshot":true`, 1, replace(`["2.5","2"]`, `["2.5","3"]`)), "not the recording's"},
		{"a level of a state is missing", once(`"snapshot":true`, 1, replace(`,["1.5","1"]`, ``)), "not the recording's"},
		{"a difference is altered", once(`"channel":"btc@depth","seq":40,`, 1, replace(`"U":`, `"V":`)), "the message is"},
		{"what is lossless is conflated", once(`"channel":"btc@trade","seq":1,`, 1, replace(`"seq":1,`, `"seq":2,"from":1,`)), "has conflated"},
		{"what is lossless is dropped", once(`"channel":"btc@trade","seq":1,`, 1, replace(`"seq":1,`, `"seq":2,"dropped":1,`)), "has lost messages"},
		{"a range overlaps", once(`"channel":"btc@bookTicker","seq":40,`, 1, replace(`"seq":40,`, `"seq":40,"from":39,`)), "does not tile"},
		{"a heartbeat is ahead", once(trade, 1, say(frame.OpText, `{"type":"heartbeat","channel":"btc@trade","seq":41}`)), "stands at 40"},
		{"a state is not due", once(trade, 1, say(frame.OpText, `{"type":"snapshot","channel":"btc@trade","seq":40,"data":{"p":"40.10"}}`)), "no state is due"},
		{"a channel that there is not", once(trade, 1, say(frame.OpText, `{"type":"message","channel":"eth@trade","seq":1,"data":1}`)), "no channel"},
		{"an error", once(trade, 1, say(frame.OpText, `{"type":"error","channel":"btc@trade","code":"x"}`)), "not due"},
		{"no JSON", once(trade, 1, say(frame.OpText, `{`)), "unexpected end"},
		{"a binary frame", once(trade, 1, say(frame.OpBinary, `{`)), "frame"},
		{"a wrong close code", once(trade, 1, say(frame.OpClose, "\x03\xf3oops")), `closed with 1011 "oops"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := record(t, 50)
			o := testOptions(t, path, proxy(t, serve(t, path, source.Max, 1), c.fault), 1)
			o.stalled, o.cut = 0, 0
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if strings.HasPrefix(c.name, "the last message of a channel") { // nothing tells the reader but that time is over
				time.AfterFunc(time.Second, func() { cancel(fmt.Errorf("time is over")) })
			}
			var out strings.Builder
			err := run(ctx, o, &out, io.Discard)
			if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(out.String(), "result") {
				t.Errorf("error %v, want %q; said\n%s", err, c.err, out.String())
			}
		})
	}
}

// Ends of connections that a server may choose are told, and cost nothing but the way back.
func TestRunComesBack(t *testing.T) {
	hangUp := func(p []byte) ([]byte, error) { return p[:len(p)/2], errHangUp }
	tooSlow := func(p []byte) ([]byte, error) {
		return slices.Concat(p, text(frame.OpClose, []byte("\x03\xf5slow consumer"))), errHangUp
	}
	for _, c := range []struct {
		name  string
		fault fault
		says  string
	}{
		{"in the middle of a message", once(`"channel":"btc@trade","seq":40,`, 1, hangUp), "connections      1 ended without a close frame\n"},
		{"in an answer", once(`"subscribed"`, 2, hangUp), "connections      1 ended without a close frame while subscribing\n"},
		{"1013", once(`"channel":"btc@trade","seq":40,`, 2, tooSlow), "connections      1 closed with 1013 \"slow consumer\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			const n = 4
			path := record(t, 50)
			o := testOptions(t, path, proxy(t, serve(t, path, source.Max, n), c.fault), n)
			o.stalled, o.cut = 0, 0 // a reader that cuts itself off in that moment would not notice
			said, err := live(t, o)
			if err != nil || !strings.Contains(said, c.says) {
				t.Errorf("%v, no %q in\n%s", err, c.says, said)
			}
		})
	}
}

func TestRunFailsWithoutServer(t *testing.T) {
	said, err := live(t, testOptions(t, record(t, 1), "127.0.0.1:1", 2))
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v\n%s", err, said)
	}
	if _, err := live(t, testOptions(t, "/does/not/exist", "127.0.0.1:1", 2)); err == nil {
		t.Error("no recording, and no error")
	}
}
