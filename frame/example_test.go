package frame_test

import (
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
