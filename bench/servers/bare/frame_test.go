package main

import (
	"bytes"
	"testing"

	"github.com/weir-ws/weir/bench/internal/wsclient"
	"github.com/weir-ws/weir/frame"
)

// Whatever length the read ends at, complete frames are taken and the rest is left.
func TestFrames(t *testing.T) {
	var in, out []byte
	ends := []int{0}
	outs := [][]byte{nil}
	for _, n := range []int{0, 1, 7, 8, 9, 125, 126, 127, 65535, 65536} {
		p := bytes.Repeat([]byte("payload "), n/8+1)[:n]
		in = append(in, wsclient.Frame(frame.OpBinary, p)...)
		out = frame.AppendFrame(out, frame.Header{Fin: true, Op: frame.OpBinary, Length: int64(n)}, p)
		ends, outs = append(ends, len(in)), append(outs, bytes.Clone(out))
	}
	for i := 0; i < len(in); i += 1 + i/300 {
		whole := 0
		for whole+1 < len(ends) && ends[whole+1] <= i {
			whole++
		}
		n, got, control, closed := frames(bytes.Clone(in[:i]), nil, nil)
		if n != ends[whole] || !bytes.Equal(got, outs[whole]) || len(control) > 0 || closed {
			t.Fatalf("of %d bytes %d are taken for %d out, want %d for %d", i, n, len(got), ends[whole], len(outs[whole]))
		}
	}
}

func TestControlFrames(t *testing.T) {
	in := wsclient.Frame(frame.OpPing, []byte("1"))
	in = append(in, wsclient.Frame(frame.OpPong, []byte("2"))...)
	in = append(in, wsclient.Text("3")...)
	in = append(in, wsclient.Frame(frame.OpClose, []byte{3, 232})...)
	end := len(in)
	in = append(in, wsclient.Text("too late")...)
	n, out, control, closed := frames(in, nil, nil)
	if n != end || string(out) != "\x81\x013" || string(control) != "\x8a\x011\x88\x02\x03\xe8" || !closed {
		t.Errorf("took %d of %d, out %q, control %q, closed %v", n, end, out, control, closed)
	}
}
