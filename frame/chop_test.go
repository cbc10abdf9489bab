package frame_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/weir-ws/weir/frame"
)

// chop cuts a copy of in into pieces of size bytes; 0: one piece.
func chop(in []byte, size int) [][]byte {
	in = bytes.Clone(in)
	if size == 0 || len(in) == 0 {
		return [][]byte{in}
	}
	return slices.Collect(slices.Chunk(in, size))
}

// eachChop calls f with in whole, in pieces of many sizes, and cut in two at
// every byte (with an empty read between); of a long input, at the first and
// the last bytes. Each call gets bytes of its own.
func eachChop(in []byte, f func(how string, parts [][]byte)) {
	for _, size := range []int{0, 1, 2, 3, 4, 5, 7, 13, 14, 16, 31, 64, 125, 126, 1000, 4096} {
		f(fmt.Sprintf("in pieces of %d", size), chop(in, size))
	}
	for cut := 0; cut <= len(in); cut++ {
		if cut == 300 && len(in) > 1000 {
			cut = len(in) - 100
		}
		c := bytes.Clone(in)
		f(fmt.Sprintf("cut at %d", cut), [][]byte{c[:cut], nil, c[cut:]})
	}
}

// decode feeds parts to d until they end or it fails, and checks on the way
// what every call of Next promises.
func decode(t testing.TB, d *frame.Decoder, lim frame.Limits, parts [][]byte) (g got, reason string) {
	t.Helper()
	for _, p := range parts {
		for first := true; first || len(p) > 0; first = false {
			ev, n, err := d.Next(p, &lim)
			if err != nil {
				var e *frame.Error
				if !errors.As(err, &e) {
					t.Fatalf("error of type %T: %v", err, err)
				}
				if n != 0 || ev.Op != 0 || d.Idle() || len(e.Reason) > 123 || !e.Status.Sendable() {
					t.Fatalf("failed with n %d, event %v, Idle %v, %q", n, ev, d.Idle(), e)
				}
				if _, _, again := d.Next([]byte{0x81}, &lim); again != err {
					t.Fatalf("dead decoder said %v", again)
				}
				g.status = e.Status
				return g, e.Reason
			}
			if n > len(p) || ev.Op == 0 && n != len(p) || ev.Op != 0 && n == 0 {
				t.Fatalf("took %d of %d bytes with event %v", n, len(p), ev.Op)
			}
			if ev.Op != 0 {
				if cap(ev.Payload) != len(ev.Payload) {
					t.Fatalf("%v payload of %d bytes can be appended to in place", ev.Op, len(ev.Payload))
				}
				g.events = append(g.events, event(ev.Op, ev.Compressed, ev.Payload))
			}
			p = p[n:]
		}
	}
	return g, ""
}

// check decodes in in every chop, compares with want, and lets the slow decoder
// confirm both the outcome and the byte at which a refusal comes.
func check(t *testing.T, in []byte, lim frame.Limits, want got) {
	t.Helper()
	if ref := naiveDecode(in, lim); !same(ref, want) {
		t.Fatalf("the slow decoder makes %v of it, not %v", ref, want)
	}
	firstReason := ""
	eachChop(in, func(how string, parts [][]byte) {
		var d frame.Decoder
		g, reason := decode(t, &d, lim, parts)
		if !same(g, want) {
			t.Errorf("%s:\ngot  %v\nwant %v", how, g, want)
		}
		if firstReason == "" {
			firstReason = reason
		}
		if reason != firstReason {
			t.Errorf("%s: reason %q, elsewhere %q", how, reason, firstReason)
		}
		d.Reset()
	})
	checkEarly(t, in, lim)
}

// checkEarly feeds byte by byte and wants the refusal, if any, at the very byte
// that makes the slow decoder refuse what it took without that byte.
func checkEarly(t testing.TB, in []byte, lim frame.Limits) {
	t.Helper()
	var d frame.Decoder
	defer d.Reset()
	for i := range in {
		g, reason := decode(t, &d, lim, chop(in[i:i+1], 0))
		if g.status == 0 {
			continue
		}
		if before := naiveDecode(in[:i], lim).status; before != 0 {
			t.Fatalf("refused at byte %d (%s), but a byte before it was %d already", i, reason, before)
		}
		if at := naiveDecode(in[:i+1], lim).status; at != g.status {
			t.Fatalf("refused at byte %d with %d (%s), want %d", i, g.status, reason, at)
		}
		return
	}
}

func same(a, b got) bool { return a.status == b.status && slices.Equal(a.events, b.events) }
