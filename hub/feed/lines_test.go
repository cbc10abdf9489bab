package feed_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/weir-ws/weir/hub/feed"
)

// FuzzLines holds the line reader against bytes.Split, however the body is cut into reads.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\r\n\n c \nlonger than eight\n12345678\n123456789\nend"), uint8(8), uint8(3))
	f.Add([]byte("\n\n"), uint8(1), uint8(1))
	f.Add(bytes.Repeat([]byte("x"), 40_000), uint8(0), uint8(200))
	f.Add(append(bytes.Repeat([]byte("x\n"), 10_000), "\r\r\r\n"...), uint8(1), uint8(255))
	f.Fuzz(func(t *testing.T, body []byte, max, cut uint8) {
		var want []string
		long := 0
		for _, l := range bytes.Split(body, []byte("\n")) {
			l = bytes.TrimRight(l, "\r")
			switch {
			case max > 0 && len(l) > int(max):
				long++
			case len(bytes.TrimSpace(l)) > 0:
				want = append(want, string(l))
			}
		}
		got, n, err := feed.Lines(&slowReader{body, int(cut) + 1}, int(max))
		if err != io.EOF || n != long || !slices.Equal(got, want) {
			t.Errorf("%v, %d too long, want %d; lines %q, want %q", err, n, long, got, want)
		}
	})
}

type slowReader struct {
	p   []byte
	cut int
}

func (r *slowReader) Read(b []byte) (int, error) {
	if len(r.p) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), r.cut)], r.p)
	r.p = r.p[n:]
	return n, nil
}

var errGone = errors.New("gone")

// What came of a last line before a fault is not taken for a line.
func TestLinesWithAFault(t *testing.T) {
	got, _, err := feed.Lines(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(errGone)), 0)
	if !errors.Is(err, errGone) || !slices.Equal(got, []string{"a"}) {
		t.Errorf("%q, %v", got, err)
	}
}
