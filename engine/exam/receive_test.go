package exam

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"
)

// received runs the reader over bytes of a server that then closes.
func received(b []byte) []event {
	c := &Client{br: bufio.NewReader(bytes.NewReader(b)), reading: make(chan struct{}), inbox: inbox{ready: make(chan struct{}, 1)}}
	c.read()
	var events []event
	for {
		e := c.inbox.next(0)
		if events = append(events, e); e.kind == ended {
			return events
		}
	}
}

func TestReceiveLegal(t *testing.T) {
	got := received([]byte{
		0x01, 0x01, 'a', // text, unfinished
		0x89, 0x01, 'p', // a ping, which is not reported
		0x8a, 0x00, // a pong
		0x00, 0x00, // an empty continuation
		0x80, 0x01, 'b', // the end of the message
		0x82, 0x00, // an empty binary message
		0x88, 0x03, 0x03, 0xe8, 'x', // close, 1000
	})
	want := []string{"a pong with an empty payload", `a text message of 2 bytes "ab"`, "a binary message of an empty payload",
		`a Close frame with status 1000 "x"`, "the end of the TCP connection"}
	for i, e := range got {
		if i >= len(want) || e.describe() != want[i] {
			t.Fatalf("event %d is %s; want %q", i, e.describe(), want)
		}
	}
	if last := got[len(got)-1]; len(got) != len(want) || last.err != io.EOF {
		t.Errorf("%d events, the last with %v; want %d and EOF", len(got), last.err, len(want))
	}
}

func TestReceiveIllegal(t *testing.T) {
	for _, tt := range []struct {
		name string
		b    []byte
		want string
	}{
		{"masked", []byte{0x81, 0x80, 0, 0, 0, 0}, "masked"},
		{"RSV1", []byte{0xc1, 0x00}, "RSV"},
		{"RSV2 on a pong", []byte{0xaa, 0x00}, "RSV"},
		{"RSV1 on a continuation", []byte{0x01, 0x00, 0xc0, 0x00}, "RSV"},
		{"opcode 3", []byte{0x83, 0x00}, "opcode"},
		{"opcode 11", []byte{0x8b, 0x00}, "opcode"},
		{"long form of 125", []byte{0x81, 126, 0, 125}, "shortest"},
		{"longest form of 65535", []byte{0x81, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, "shortest"},
		{"top bit", []byte{0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0}, "bytes"},
		{"fragmented pong", []byte{0x0a, 0x00}, "fragmented"},
		{"stray continuation", []byte{0x80, 0x00}, "continue"},
		{"message inside a message", []byte{0x01, 0x00, 0x81, 0x00}, "inside"},
		{"control of 126", append([]byte{0x8a, 126, 0, 126}, make([]byte, 126)...), "125"},
		{"close of one byte", []byte{0x88, 0x01, 3}, "one byte"},
		{"close with 1005", []byte{0x88, 0x02, 0x03, 0xed}, "status"},
		{"close with a bad reason", []byte{0x88, 0x03, 0x03, 0xe8, 0xff}, "UTF-8"},
		{"cut header", []byte{0x81}, "inside a frame"},
		{"cut length", []byte{0x81, 126, 1}, "inside a frame"},
		{"cut payload", []byte{0x81, 2, 'a'}, "inside a frame"},
	} {
		events := received(tt.b)
		if last := events[0]; last.kind != ended || !strings.Contains(last.describe(), tt.want) || isClosedTCP(last.err) {
			t.Errorf("%s: %s; want an end because of %q", tt.name, last.describe(), tt.want)
		}
	}
}
