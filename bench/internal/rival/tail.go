package rival

import (
	"strings"
	"sync"
)

// tailSize is how much of what a command said is kept for its error, in bytes.
const tailSize = 4 << 10

// tail is a writer that keeps the end. Any goroutine may use it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func newTail() *tail { return &tail{} }

// Write implements io.Writer and never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if n := len(t.b) - tailSize; n > 0 {
		t.b = t.b[:copy(t.b, t.b[n:])]
	}
	return len(p), nil
}

// String is what was kept, on lines of its own, ready to stand behind an error; "" if nothing was said.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := strings.TrimSpace(string(t.b)); s != "" {
		return "; it said:\n" + s
	}
	return ""
}
