package enginetest_test

import (
	"fmt"
	"net"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
)

// failures takes down what a test would have failed by, and when it would have cleaned up.
type failures struct {
	*testing.T
	lines []string
	after []func()
}

func (f *failures) Errorf(format string, args ...any) {
	f.lines = append(f.lines, fmt.Sprintf(format, args...))
}
func (f *failures) Cleanup(g func()) { f.after = append(f.after, g) }

func TestServe(t *testing.T) {
	f := &failures{T: t}
	e, stop := enginetest.Serve(f, engine.Config{Loops: 1}, engine.Handler{})
	c, err := net.Dial("tcp", e.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write(enginetest.Request("/")); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 12)
	if _, err := c.Read(answer); err != nil || string(answer) != "HTTP/1.1 101" {
		t.Errorf("%q, %v", answer, err)
	}
	stop()
	if _, err := net.Dial("tcp", e.Addrs()[0].String()); err == nil {
		t.Error("it listens after stop")
	}
	for _, g := range f.after {
		g()
	}
	for range 100 { // now and then before Run
		_, stop := enginetest.Serve(f, engine.Config{Loops: 1}, engine.Handler{})
		stop()
	}
	if len(f.lines) > 0 {
		t.Errorf("it fails by %q", f.lines)
	}
}
