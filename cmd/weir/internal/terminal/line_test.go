package terminal

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	var b bytes.Buffer
	l := NewLine(&b)
	l.Write([]byte("before\n"))
	l.Set("one")
	l.Set("one") // nothing new: nothing written
	l.Write([]byte("log\n"))
	l.Set("two")
	l.Done()
	l.Done()
	l.Write([]byte("after\n"))
	const el = "\r\x1b[K"
	want := "before\n" +
		el + "one" +
		el + "log\none" + // the log line in its place, the line again below it
		el + "two" + "\n" +
		"after\n"
	if got := b.String(); got != want {
		t.Errorf("wrote %q\nwant  %q", got, want)
	}
}

func TestLineClear(t *testing.T) {
	var b bytes.Buffer
	l := NewLine(&b)
	l.Clear()
	if b.Len() != 0 {
		t.Errorf("an empty line was cleared with %q", b.String())
	}
	l.Set("x")
	l.Clear()
	l.Write([]byte("y\n"))
	if want := "\r\x1b[Kx\r\x1b[Ky\n"; b.String() != want {
		t.Errorf("wrote %q, want %q", b.String(), want)
	}
}

// A line that wraps could not be erased.
func TestLineIsCut(t *testing.T) {
	var b bytes.Buffer
	l := NewLine(&b)
	l.width = func() int { return 10 }
	l.Set(strings.Repeat("ä", 30))
	if want := "\r\x1b[K" + strings.Repeat("ä", 9); b.String() != want {
		t.Errorf("wrote %q, want %q", b.String(), want)
	}
}

type broken struct{ after int }

func (w broken) Write(p []byte) (int, error) { return min(w.after, len(p)), errors.New("broken") }

// io.Writer: "It returns the number of bytes written from p", so not those of the line.
func TestLineWriteError(t *testing.T) {
	for _, c := range []struct{ wrote, want int }{{0, 0}, {2, 0}, {len(erase) + 2, 2}, {1000, 4}} {
		l := NewLine(broken{c.wrote})
		l.shown = "line"
		if n, err := l.Write([]byte("log\n")); n != c.want || err == nil {
			t.Errorf("after %d bytes: %d, %v, want %d and an error", c.wrote, n, err, c.want)
		}
	}
}

func TestNoTerminal(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if Is(f) || Is(&bytes.Buffer{}) {
		t.Error("a file or a buffer is taken for a terminal")
	}
	if w := width(f); w != 80 {
		t.Errorf("a file has %d columns", w)
	}
}
