package terminal

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// Is tells whether w is a terminal.
func Is(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Line is the line that changes in place at the end of w. It is itself a writer: what is written through it appears
// above the line, so logs and the line do not destroy each other. All methods may be called from any goroutine.
type Line struct {
	mu    sync.Mutex
	w     io.Writer
	shown string
	width func() int
}

// NewLine makes a line on w. Nothing is shown until Set.
func NewLine(w io.Writer) *Line {
	return &Line{w: w, width: func() int { return width(w) }}
}

// erase goes to the beginning of the line and clears to its end (ECMA-48: CR, EL).
const erase = "\r\x1b[K"

// Set shows text in place of what the line showed. text is one line without control characters; it is cut to the
// terminal's width, because a line that wraps cannot be erased.
func (l *Line) Set(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := []rune(text); len(r) >= l.width() {
		text = string(r[:l.width()-1])
	}
	if text == l.shown {
		return
	}
	l.shown = text
	_, _ = io.WriteString(l.w, erase+text) // who watches has gone: nothing to tell them
}

// Done leaves what the line shows where it is, and begins a new one below it.
func (l *Line) Done() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shown != "" {
		_, _ = io.WriteString(l.w, "\n")
		l.shown = ""
	}
}

// Clear takes the line away.
func (l *Line) Clear() { l.Set("") }

// Write writes p, whole lines, above the line.
func (l *Line) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shown == "" {
		return l.w.Write(p)
	}
	out := make([]byte, 0, len(erase)+len(p)+len(l.shown))
	out = append(append(append(out, erase...), p...), l.shown...)
	if n, err := l.w.Write(out); err != nil {
		return max(0, min(n-len(erase), len(p))), err
	}
	return len(p), nil
}

// width is the terminal's number of columns; 80 where it does not tell.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if cols, _, err := term.GetSize(int(f.Fd())); err == nil && cols > 1 {
			return cols
		}
	}
	return 80
}
