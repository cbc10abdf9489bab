package proc_test

import (
	"os"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/proc"
)

func TestCPU(t *testing.T) {
	used := func() time.Duration {
		u, s, err := proc.CPU(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		return u + s
	}
	for before, sum := used(), 0; used() <= before; sum++ { // ends when the work shows
	}
	if _, _, err := proc.CPU(-1); err == nil {
		t.Error("process -1 has CPU time")
	}
}

func TestReadMemory(t *testing.T) {
	m, err := proc.ReadMemory(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	// A Go process holds more than a megabyte, shares some of it, and owns some alone.
	if m.RSS < 1<<20 || m.PSS <= 0 || m.PSS > m.RSS || m.Private <= 0 || m.Private > m.RSS {
		t.Errorf("memory is %+v", m)
	}
	if _, err := proc.ReadMemory(-1); err == nil {
		t.Error("process -1 has memory")
	}
}
