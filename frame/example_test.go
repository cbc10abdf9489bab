package frame_test

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/weir-ws/weir/frame"
)

// Two reads from a client: the first ends in the middle of a message, and the
// second brings its rest, a ping inside it, and a close frame.
func ExampleDecoder() {
	key := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	send := func(fin bool, op frame.Op, payload []byte) []byte {
		return frame.AppendFrame(nil, frame.Header{Fin: fin, Op: op, Masked: true, Key: key}, payload)
	}
	first := send(false, frame.OpText, []byte("Hello, "))
	second := send(true, frame.OpPing, []byte("there?"))
	second = append(second, send(true, frame.OpContinuation, []byte("weir"))...)
	second = append(second, send(true, frame.OpClose, frame.AppendClose(nil, frame.StatusGoingAway, "bye"))...)

	limits := &frame.Limits{MaxMessage: 1 << 20, MaxFragments: 1024, MinFragment: 32}
	var d frame.Decoder
	for _, p := range [][]byte{first, second} {
		for len(p) > 0 {
			ev, n, err := d.Next(p, limits)
			if err != nil {
				fmt.Println(err) // answer with its Status, then stop reading
				return
			}
			p = p[n:]
			switch ev.Op {
			case 0: // nothing complete yet
			case frame.OpClose:
				status, reason, err := frame.ParseClose(ev.Payload)
				fmt.Println("close:", status, reason, err)
			default:
				fmt.Printf("%v: %s\n", ev.Op, ev.Payload)
			}
		}
	}
	// Output:
	// ping: there?
	// text: Hello, weir
	// close: 1001 going away bye <nil>
}

// A message over the limit is refused by its header; no byte of it is needed.
func ExampleDecoder_limit() {
	var d frame.Decoder
	header := frame.AppendHeader(nil, frame.Header{Fin: true, Op: frame.OpBinary, Masked: true, Length: 16 << 20})
	_, _, err := d.Next(header, &frame.Limits{MaxMessage: 1 << 20})
	var e *frame.Error
	if errors.As(err, &e) {
		fmt.Println("close with", e.Status)
	}
	fmt.Println(err)
	// Output:
	// close with 1009 message too big
	// websocket: 1009 message too big: message over the limit of 1048576 bytes
}

// A Message is made once and written to any number of connections.
func ExampleMessage() {
	m := frame.NewMessage(frame.OpText, []byte("Hello"))
	for range 2 { // receivers
		fmt.Printf("% x\n", m.Wire())
	}
	// Output:
	// 81 05 48 65 6c 6c 6f
	// 81 05 48 65 6c 6c 6f
}

// An encoder appends straight into the message, with no copy afterwards.
func ExampleBuildMessage() {
	m := frame.BuildMessage(frame.OpText, 32, func(dst []byte) []byte {
		dst = append(dst, `{"price":`...)
		dst = strconv.AppendInt(dst, 61234, 10)
		return append(dst, '}')
	})
	fmt.Printf("%s, %d bytes on the wire\n", m.Payload(), m.Len())
	// Output: {"price":61234}, 17 bytes on the wire
}

// A server's half of permessage-deflate: answer an offer, inflate what comes, compress what goes out.
func ExampleDeflatePolicy() {
	policy := frame.DeflatePolicy{ClientContextTakeover: true}
	agreed, answer, ok, err := policy.Negotiate([]string{"permessage-deflate; client_max_window_bits"})
	fmt.Println(answer, ok, err)

	payload := []byte{0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00} // of a frame with RSV1 (RFC 7692 7.2.3.1)
	var in frame.Inflater
	var window []byte // what the client may refer to
	in.Start(frame.OpText, payload, window, frame.InflateLimits{MaxMessage: 1 << 20, MaxRatio: 200})
	for done := false; !done && err == nil; {
		done, err = in.Step(64 << 10)
	}
	fmt.Printf("%s %v\n", in.Message(), err)
	window = frame.SlideWindow(window, in.Message(), 1<<agreed.ClientMaxWindowBits)

	out := frame.NewDeflater(1)
	m := frame.NewMessage(frame.OpText, bytes.Repeat(in.Message(), 200))
	wire := m.WireAs(frame.Deflated, func(m *frame.Message) []byte { return out.Frame(m, agreed.ServerMaxWindowBits) })
	fmt.Println(len(m.Payload()), "bytes go out compressed:", len(wire) < 50)
	// Output:
	// permessage-deflate; server_no_context_takeover true <nil>
	// Hello <nil>
	// 1000 bytes go out compressed: true
}
