// Package testkit is what the tests of the command's packages share. Nothing else imports it.
package testkit

import (
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// VerifyNoLeaks is the whole of a TestMain: it runs the tests, and fails if a goroutine of theirs is left.
func VerifyNoLeaks(m *testing.M) {
	goleak.VerifyTestMain(m, // gnet's worker pool is made when the package is loaded, and lives as long as the process
		goleak.IgnoreAnyFunction("github.com/panjf2000/ants/v2.(*poolCommon).purgeStaleWorkers"),
		goleak.IgnoreAnyFunction("github.com/panjf2000/ants/v2.(*poolCommon).ticktock"),
	)
}

// Log keeps what is written to it. The zero value is ready; its methods may be called from any goroutine.
type Log struct {
	mu sync.Mutex
	b  strings.Builder
}

// Write implements io.Writer, and never fails.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String returns all that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Count returns how often text was written.
func (l *Log) Count(text string) int { return strings.Count(l.String(), text) }

// Take returns what was written since the last Take, and forgets it.
func (l *Log) Take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.b.Reset()
	return l.b.String()
}

// Golden fails the test if got is not what the file at path has. With update it writes the file anew first.
func Golden(t testing.TB, path, got string, update bool) {
	t.Helper()
	if update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("it says\n%s\nwant\n%s\n(go test -update writes the file anew)", got, want)
	}
}
