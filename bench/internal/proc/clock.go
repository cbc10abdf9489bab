package proc

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// CPUTime is the CPU time that a process has used, all its threads and the ended ones together, in nanoseconds:
// the clock that /proc/PID/stat rounds.
func CPUTime(pid int) (time.Duration, error) {
	if pid <= 0 {
		return 0, fmt.Errorf("the CPU clock of process %d: no such process", pid)
	}
	var t unix.Timespec
	// The clock of a process has the inverted PID above three bits of kind; 2 is the scheduler's own count (clock_getcpuclockid(3)).
	if err := unix.ClockGettime(int32(^pid)<<3|2, &t); err != nil {
		return 0, fmt.Errorf("the CPU clock of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

// Usage is the CPU time of a group of processes.
type Usage struct{ User, System time.Duration }

// Sum is user and system time together.
func (u Usage) Sum() time.Duration { return u.User + u.System }

// Reading is what the clocks of some processes showed at one moment.
type Reading map[int]clocks

type clocks struct {
	precise time.Duration
	ticks   Usage
}

// Read reads the clocks of the processes. One that has ended is an error.
func Read(pids []int) (Reading, error) {
	r := make(Reading, len(pids))
	for _, pid := range pids {
		precise, err := CPUTime(pid)
		if err != nil {
			return nil, err
		}
		user, system, err := CPU(pid)
		if err != nil {
			return nil, err
		}
		r[pid] = clocks{precise, Usage{user, system}}
	}
	return r, nil
}

// Since is what the processes of r have used since the reading before: the sum to the nanosecond, divided into user
// and system time as the kernel's ticks say. A process that is not in the reading before counts from its birth.
func (r Reading) Since(before Reading) Usage {
	var sum time.Duration
	var ticks Usage
	for pid, now := range r {
		then := before[pid]
		sum += now.precise - then.precise
		ticks.User += now.ticks.User - then.ticks.User
		ticks.System += now.ticks.System - then.ticks.System
	}
	if ticks.Sum() <= 0 {
		return Usage{User: sum} // less than a tick in all
	}
	user := time.Duration(float64(sum) * float64(ticks.User) / float64(ticks.Sum()))
	return Usage{User: user, System: sum - user}
}

// RSS is the resident memory of the processes in bytes, from the counters of the kernel: quick enough to be asked every few
// milliseconds, and off by at most a few pages a thread. Pages that two processes share count twice.
func RSS(pids []int) (int64, error) {
	var sum int64
	for _, pid := range pids {
		var size, resident int64
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if err != nil {
			return 0, err
		}
		if _, err := fmt.Sscan(string(b), &size, &resident); err != nil {
			return 0, fmt.Errorf("/proc/%d/statm: %w", pid, err)
		}
		sum += resident * int64(os.Getpagesize())
	}
	return sum, nil
}
