package frame_test

import (
	"bytes"
	"testing"

	"github.com/gobwas/ws"

	"github.com/weir-ws/weir/frame"
)

func FuzzParseHeader(f *testing.F) {
	for _, c := range append(decodings, refusals...) {
		f.Add(c.in[:min(len(c.in), 16)])
	}
	f.Add([]byte{0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4}) // the longest frame
	f.Add([]byte{0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3})                            // 1 byte short
	f.Fuzz(func(t *testing.T, in []byte) {
		h, n, err := frame.ParseHeader(in)
		want, size, more, bad := naiveHeader(in)
		switch {
		case (statusOf(t, err) == 1002) != bad:
			t.Fatalf("% x: got %v, the slow parser finds bad = %v", in, err, bad)
		case (err == nil && n == 0) != more:
			t.Fatalf("% x: took %d, the slow parser wants more = %v", in, n, more)
		case n == 0:
			if h != (frame.Header{}) {
				t.Fatalf("% x: took nothing and returned %+v", in, h)
			}
			return
		case h != want || n != size:
			t.Fatalf("% x:\ngot  %+v, %d\nwant %+v, %d", in, h, n, want, size)
		}
		// gobwas is laxer, so what we accept it accepts, and to the same effect.
		r := bytes.NewReader(in)
		g, err := ws.ReadHeader(r)
		if err != nil || r.Len() != len(in)-n {
			t.Fatalf("% x: gobwas took %d, %v", in, len(in)-r.Len(), err)
		}
		same := frame.Header{
			Fin: g.Fin, RSV: g.Rsv, Op: frame.Op(g.OpCode), Masked: g.Masked, Key: g.Mask, Length: g.Length,
		}
		if same != h {
			t.Fatalf("% x:\ngot    %+v\ngobwas %+v", in, h, same)
		}
		if back := frame.AppendHeader(nil, h); !bytes.Equal(back, in[:n]) {
			t.Fatalf("% x: came back as % x", in[:n], back)
		}
	})
}
