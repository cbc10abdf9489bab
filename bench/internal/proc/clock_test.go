package proc_test

import (
	"os"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/proc"
)

func burn(t *testing.T, d time.Duration) {
	t.Helper()
	now := func() time.Duration {
		used, err := proc.CPUTime(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		return used
	}
	for end := now() + d; now() < end; {
	}
}

func TestReadingSince(t *testing.T) {
	self := []int{os.Getpid()}
	before, err := proc.Read(self)
	if err != nil {
		t.Fatal(err)
	}
	burn(t, 50*time.Millisecond)
	after, err := proc.Read(self)
	if err != nil {
		t.Fatal(err)
	}
	if used := after.Since(before); used.Sum() < 50*time.Millisecond || used.User < 0 || used.System < 0 {
		t.Errorf("after 50 ms of work the clocks show %+v", used)
	}
	if used := after.Since(nil); used.Sum() <= after.Since(before).Sum() {
		t.Errorf("a process that was not there before counts %v", used.Sum())
	}
	for _, pid := range []int{0, -1, 1 << 30} {
		if _, err := proc.Read([]int{pid}); err == nil {
			t.Errorf("process %d has a clock", pid)
		}
	}
}

func TestRSS(t *testing.T) {
	one, err := proc.RSS([]int{os.Getpid()})
	if err != nil || one < 1<<20 {
		t.Fatalf("RSS is %d: %v", one, err)
	}
	both, err := proc.RSS([]int{os.Getpid(), os.Getppid()})
	if err != nil || both <= one/2 {
		t.Errorf("RSS with the parent is %d, alone %d: %v", both, one, err)
	}
	if _, err := proc.RSS([]int{1 << 30}); err == nil {
		t.Error("a process that is not has memory")
	}
}
