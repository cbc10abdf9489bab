package testkit

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestMain(m *testing.M) { VerifyNoLeaks(m) }

func TestLog(t *testing.T) {
	var l Log
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() { fmt.Fprintf(&l, "line %d\n", i) })
	}
	wg.Wait()
	if n := l.Count("line "); n != 10 || len(l.String()) != 70 {
		t.Errorf("%d lines in %q", n, l.String())
	}
	if len(l.Take()) != 70 || l.Take() != "" {
		t.Error("Take does not take all, or not away")
	}
}

// failures notes what a test would have been failed with.
type failures struct {
	testing.TB
	said []string
}

func (f *failures) Helper()                   {}
func (f *failures) Errorf(s string, a ...any) { f.said = append(f.said, fmt.Sprintf(s, a...)) }

func TestGolden(t *testing.T) {
	path := filepath.Join(t.TempDir(), "golden")
	f := &failures{TB: t}
	Golden(f, path, "one", true)
	Golden(f, path, "one", false)
	if len(f.said) != 0 {
		t.Errorf("failed with %q", f.said)
	}
	Golden(f, path, "two", false)
	if b, err := os.ReadFile(path); err != nil || string(b) != "one" || len(f.said) != 1 {
		t.Errorf("the file has %q, %v; failed with %q", b, err, f.said)
	}
}
