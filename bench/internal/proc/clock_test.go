package proc_test

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/proc"
)

// start runs a shell script in a process group of its own.
func start(t *testing.T, script string) int {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

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

func TestGroup(t *testing.T) {
	leader := start(t, "sleep 60 & sleep 60 & wait")
	for {
		pids, err := proc.Group(leader)
		if err != nil {
			t.Fatal(err)
		}
		if len(pids) < 3 { // the shell has not come so far yet
			time.Sleep(time.Millisecond)
			continue
		}
		if len(pids) != 3 || pids[0] != leader {
			t.Errorf("group %d has the processes %v", leader, pids)
		}
		one, err1 := proc.RSS(pids[:1])
		all, err2 := proc.RSS(pids)
		if err1 != nil || err2 != nil || one < 4096 || all <= one {
			t.Errorf("RSS is %d of one, %d of all: %v, %v", one, all, err1, err2)
		}
		break
	}
	if pids, err := proc.Group(1 << 30); err != nil || len(pids) != 0 {
		t.Errorf("a group that is not: %v, %v", pids, err)
	}
}
